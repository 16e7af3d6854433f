//! Host names to addresses.
//!
//! `getaddrinfo` cannot be interrupted and may take a minute, so it runs on a thread that nobody has to wait for. There is
//! one at most for each name of a client: who comes meanwhile waits for the same answer.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::exchange::Failure;
use crate::ffi::poll::Interest;
use crate::ffi::{guard, os};
use crate::status::Status;

use super::call::{CurrentCall, Wake};
use super::failure;

/// Finds the addresses of a host. It may block; it must not panic.
pub(crate) trait Resolve: Send + Sync {
    /// The addresses in the order in which they should be tried.
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The system's own way, `getaddrinfo`.
pub(super) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        (host, port).to_socket_addrs().map(Iterator::collect)
    }
}

/// The lookups of one client, with their answers.
pub(super) struct Lookups {
    resolver: Arc<dyn Resolve>,
    names: Arc<Mutex<HashMap<Name, Known>>>,
}

type Name = (String, u16);
type Addresses = Arc<[SocketAddr]>;
type Answer = Result<Addresses, Failure>;

enum Known {
    Running(Arc<Lookup>),
    Found { addresses: Addresses, at: Duration },
}

/// A lookup that runs, or whose answer some still have to collect.
#[derive(Default)]
struct Lookup {
    state: Mutex<LookupState>,
}

#[derive(Default)]
struct LookupState {
    answer: Option<Answer>,
    waiting: Vec<Arc<Wake>>,
}

/// As long as the records of big sites live. Addresses that do not answer are forgotten earlier.
const TIME_TO_LIVE: Duration = Duration::from_secs(60);

/// glibc puts up to 64 KiB of an answer on the stack, and loads modules that are not ours.
const STACK_BYTES: usize = 512 * 1024;

impl Lookups {
    /// No lookups yet.
    pub(super) fn new(resolver: Arc<dyn Resolve>) -> Self {
        Lookups { resolver, names: Arc::default() }
    }

    /// The addresses of a host: at once if it is an address or known, else when the resolver answers, as long as the call
    /// may wait.
    pub(super) fn find(&self, host: &str, port: u16, call: &CurrentCall) -> Answer {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok([SocketAddr::new(address, port)].into());
        }
        let lookup = {
            let mut names = lock(&self.names);
            match names.get(&(host.to_owned(), port)) {
                Some(Known::Found { addresses, at }) if os::suspend_aware_now().saturating_sub(*at) < TIME_TO_LIVE => {
                    return Ok(addresses.clone());
                }
                Some(Known::Running(lookup)) => lookup.clone(),
                _ => {
                    let lookup = Arc::new(Lookup::default());
                    self.start((host.to_owned(), port), lookup.clone())?;
                    names.insert((host.to_owned(), port), Known::Running(lookup.clone()));
                    lookup
                }
            }
        };
        lookup.wait(call)
    }

    /// Has the host looked up anew the next time.
    pub(super) fn forget(&self, host: &str, port: u16) {
        let mut names = lock(&self.names);
        let name = (host.to_owned(), port);
        if matches!(names.get(&name), Some(Known::Found { .. })) {
            names.remove(&name);
        }
    }

    /// Starts the thread; the caller holds the lock on the names, so the answer cannot be there before the lookup is.
    fn start(&self, name: Name, lookup: Arc<Lookup>) -> Result<(), Failure> {
        let (resolver, names) = (self.resolver.clone(), self.names.clone());
        let work = move || {
            os::block_signals();
            guard::quiet_this_thread();
            let answer = look_up(&*resolver, &name);
            {
                let mut names = lock(&names);
                match &answer {
                    Ok(addresses) => {
                        names.insert(name, Known::Found { addresses: addresses.clone(), at: os::suspend_aware_now() })
                    }
                    Err(_) => names.remove(&name),
                };
            }
            lookup.answer(answer);
        };
        let thread = thread::Builder::new().name("kaltura-dns".to_owned()).stack_size(STACK_BYTES);
        // As in `sync::start`.
        let started = if os::has_memory() { thread.spawn(work) } else { Err(io::ErrorKind::OutOfMemory.into()) };
        match started {
            Ok(_detached) => Ok(()),
            Err(error) => Err(failure::of_io(Status::Resources, "no thread for the lookup of a host name", &error)),
        }
    }
}

impl Lookup {
    fn wait(&self, call: &CurrentCall) -> Answer {
        let wake = call.wake()?;
        lock(&self.state).waiting.push(wake);
        loop {
            if let Some(answer) = &lock(&self.state).answer {
                return answer.clone();
            }
            call.wait(&[], Interest::Read, None)?;
        }
    }

    fn answer(&self, answer: Answer) {
        let waiting = {
            let mut state = lock(&self.state);
            state.answer = Some(answer);
            std::mem::take(&mut state.waiting)
        };
        for wake in waiting {
            wake.wake();
        }
    }
}

fn look_up(resolver: &dyn Resolve, (host, port): &Name) -> Answer {
    match resolver.resolve(host, *port) {
        Ok(addresses) if addresses.is_empty() => {
            Err(Failure::new(Status::Dns, format!("the host {host} has no address")))
        }
        Ok(addresses) => Ok(addresses.into()),
        Err(error) if failure::is_shortage(&error) => {
            Err(failure::of_io(Status::Resources, "the lookup of a host name failed", &error))
        }
        Err(error) => {
            let text = error.to_string();
            let reason = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
            Err(Failure::new(Status::Dns, format!("the host {host} was not found: {reason}")))
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Instant;

    use crate::cancellation::Cancellation;

    use super::*;

    #[derive(Default)]
    struct Counting {
        calls: AtomicU32,
        delay: Duration,
    }

    impl Resolve for Counting {
        fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
            self.calls.fetch_add(1, Ordering::SeqCst);
            thread::sleep(self.delay);
            match host {
                "k.example" => Ok(vec![SocketAddr::from(([192, 0, 2, 1], port))]),
                "empty.example" => Ok(vec![]),
                _ => Err(io::Error::other("failed to lookup address information: Name or service not known")),
            }
        }
    }

    fn call(ms: u64) -> CurrentCall {
        let call = CurrentCall::default();
        call.begin(Instant::now() + Duration::from_millis(ms), &Cancellation::new());
        call
    }

    #[test]
    fn an_answer_is_kept_until_it_is_forgotten() {
        let resolver = Arc::new(Counting::default());
        let lookups = Lookups::new(resolver.clone());
        for _ in 0..3 {
            assert_eq!(&*lookups.find("k.example", 443, &call(5_000)).unwrap(), &["192.0.2.1:443".parse().unwrap()]);
        }
        assert_eq!(resolver.calls.load(Ordering::SeqCst), 1);
        lookups.forget("k.example", 443);
        lookups.find("k.example", 443, &call(5_000)).unwrap();
        assert_eq!(resolver.calls.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn an_address_needs_no_lookup() {
        let resolver = Arc::new(Counting::default());
        let lookups = Lookups::new(resolver.clone());
        assert_eq!(&*lookups.find("127.0.0.1", 80, &call(0)).unwrap(), &["127.0.0.1:80".parse().unwrap()]);
        assert_eq!(&*lookups.find("[::1]", 80, &call(0)).unwrap(), &["[::1]:80".parse().unwrap()]);
        assert_eq!(resolver.calls.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn an_unknown_name_is_named_and_asked_for_again() {
        let resolver = Arc::new(Counting::default());
        let lookups = Lookups::new(resolver.clone());
        for _ in 0..2 {
            let failure = lookups.find("no.example", 443, &call(5_000)).unwrap_err();
            assert_eq!(failure.status, Status::Dns);
            assert_eq!(failure.message, "the host no.example was not found: Name or service not known");
        }
        assert_eq!(resolver.calls.load(Ordering::SeqCst), 2);
        assert_eq!(lookups.find("empty.example", 443, &call(5_000)).unwrap_err().status, Status::Dns);
    }

    #[test]
    fn many_who_ask_at_once_start_one_lookup() {
        let resolver = Arc::new(Counting { delay: Duration::from_millis(100), ..Default::default() });
        let lookups = Lookups::new(resolver.clone());
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| lookups.find("k.example", 443, &call(5_000)).unwrap());
            }
        });
        assert_eq!(resolver.calls.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn an_answer_that_comes_late_serves_the_next() {
        let resolver = Arc::new(Counting { delay: Duration::from_millis(100), ..Default::default() });
        let lookups = Lookups::new(resolver.clone());
        assert_eq!(lookups.find("k.example", 443, &call(20)).unwrap_err().status, Status::Timeout);
        thread::sleep(Duration::from_millis(150));
        let started = Instant::now();
        lookups.find("k.example", 443, &call(5_000)).unwrap();
        assert!(started.elapsed() < Duration::from_millis(50));
        assert_eq!(resolver.calls.load(Ordering::SeqCst), 1);
    }
}
