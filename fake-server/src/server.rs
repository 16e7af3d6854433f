//! The server as a whole: listeners, what all connections share, and an end to it.

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::api::Api;
use crate::connection;
use crate::counters::{Counters, Recorder, RequestRecord};
use crate::script::{STALL, Script};
use crate::state::{State, unix_seconds};
use crate::tls::Tls;
use crate::world::World;

/// What to serve, and where.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The accounts.
    pub world: World,
    /// Where to listen for http; port 0 picks a free one.
    pub http: Option<SocketAddr>,
    /// Where to listen for https.
    pub https: Option<SocketAddr>,
    /// Whether answers of anonymous sessions are cached, as the real server does for clients outside of its network.
    pub cache: bool,
}

impl Default for Settings {
    /// The bundled world over http and https, on free ports of 127.0.0.1, without a cache.
    fn default() -> Self {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Settings { world: World::bundled(), http: Some(loopback), https: Some(loopback), cache: false }
    }
}

/// A running server. It stops when it is dropped.
#[derive(Debug)]
pub struct FakeServer {
    shared: Arc<Shared>,
    http_url: String,
    https_url: String,
    acceptors: Vec<(SocketAddr, JoinHandle<()>)>,
}

impl FakeServer {
    /// Starts to listen; on return clients can connect.
    pub fn start(settings: Settings) -> io::Result<FakeServer> {
        let Settings { mut world, http, https, cache } = settings;
        world.start(unix_seconds());
        let tls = https.map(|address| Tls::new(address.ip())).transpose()?;
        let shared = Arc::new(Shared {
            api: Api { world, state: State::new(cache) },
            script: Script::default(),
            recorder: Recorder::default(),
            gates: Gates::default(),
            live: Live::default(),
            stop: Stop::default(),
            tls,
        });
        let mut server =
            FakeServer { shared, http_url: String::new(), https_url: String::new(), acceptors: Vec::new() };
        if let Some(address) = http {
            let bound = server.listen(address, false)?;
            server.http_url = format!("http://{bound}");
        }
        if let Some(address) = https {
            let bound = server.listen(address, true)?;
            let is_localhost = bound.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST);
            let host = if is_localhost { format!("localhost:{}", bound.port()) } else { bound.to_string() };
            server.https_url = format!("https://{host}");
        }
        Ok(server)
    }

    /// As `http://127.0.0.1:12345`; empty if there is no such listener.
    pub fn http_url(&self) -> &str {
        &self.http_url
    }

    /// As `https://localhost:12345`; empty if there is no such listener.
    pub fn https_url(&self) -> &str {
        &self.https_url
    }

    /// The certificate authority to trust, PEM; empty without https.
    pub fn ca_pem(&self) -> &str {
        self.shared.ca_pem()
    }

    /// Replaces the script and starts its counting afresh; see README.md for the language.
    pub fn script(&self, rules: &str) -> Result<(), String> {
        self.shared.script.set(rules)?;
        self.shared.gates.shut();
        Ok(())
    }

    /// What was counted.
    pub fn counters(&self) -> Counters {
        self.shared.recorder.counters()
    }

    /// The last requests, oldest first.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.shared.recorder.requests()
    }

    /// Opens a gate at which `hold` waits.
    pub fn release(&self, name: &str) {
        self.shared.gates.open(name);
    }

    /// Switches the response cache, and empties it.
    pub fn set_cache(&self, on: bool) {
        self.shared.api.state.set_cache(on);
    }

    /// Blocks more than `count` calls in `seconds`; a count of 0 blocks none.
    pub fn set_rate_limit(&self, count: u64, seconds: i64) {
        self.shared.api.state.set_rate_limit(count, seconds);
    }

    /// Puts the server's clock forward, or back.
    pub fn shift_clock(&self, seconds: i64) {
        self.shared.api.state.shift_clock(seconds);
    }

    /// Forgets counters, requests, script, ended sessions, cached answers, limits and the clock's shift.
    pub fn reset(&self) {
        self.shared.reset();
    }

    fn listen(&mut self, address: SocketAddr, secure: bool) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind(address)?;
        let bound = listener.local_addr()?;
        let shared = Arc::clone(&self.shared);
        let acceptor = thread::Builder::new().spawn(move || accept(&shared, &listener, secure))?;
        self.acceptors.push((bound, acceptor));
        Ok(bound)
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.shared.stop.set();
        for (bound, acceptor) in self.acceptors.drain(..) {
            // Wakes the acceptor, which then sees that it is over.
            let _ = TcpStream::connect_timeout(&reachable(bound), Duration::from_secs(1));
            let _ = acceptor.join();
        }
        self.shared.live.shut_down();
    }
}

/// What all connections share.
#[derive(Debug)]
pub struct Shared {
    /// The API.
    pub api: Api,
    /// What misbehaves.
    pub script: Script,
    /// What was seen.
    pub recorder: Recorder,
    /// Where replies are held.
    pub gates: Gates,
    /// Connections that are open.
    pub live: Live,
    /// The end.
    pub stop: Stop,
    tls: Option<Tls>,
}

impl Shared {
    /// PEM, or empty.
    pub fn ca_pem(&self) -> &str {
        self.tls.as_ref().map_or("", Tls::ca_pem)
    }

    /// Forgets everything but the accounts.
    pub fn reset(&self) {
        // An empty script has no bad line.
        let _ = self.script.set("");
        self.gates.shut();
        self.recorder.reset();
        self.api.state.reset();
    }
}

/// Named gates for `hold`. A gate is shut until it is opened, and then open until the next script.
#[derive(Debug, Default)]
pub struct Gates {
    open: Mutex<HashSet<String>>,
    changed: Condvar,
}

impl Gates {
    /// Lets everybody through, now and later.
    pub fn open(&self, name: &str) {
        lock(&self.open).insert(name.to_owned());
        self.changed.notify_all();
    }

    /// Shuts all gates again.
    pub fn shut(&self) {
        lock(&self.open).clear();
    }

    /// Waits until the gate is open, for at most as long as any stall.
    pub fn wait(&self, name: &str, stop: impl Fn() -> bool) {
        let deadline = Instant::now() + STALL;
        let mut open = lock(&self.open);
        while !open.contains(name) && !stop() && Instant::now() < deadline {
            let waited = self.changed.wait_timeout(open, Duration::from_millis(50));
            open = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Handles on all open connections, so that they can be shut down from outside.
#[derive(Debug, Default)]
pub struct Live(Mutex<(u64, HashMap<u64, TcpStream>)>);

impl Live {
    /// Notes a connection; its key.
    pub fn add(&self, tcp: &TcpStream) -> u64 {
        let mut live = lock(&self.0);
        live.0 += 1;
        let id = live.0;
        if let Ok(handle) = tcp.try_clone() {
            live.1.insert(id, handle);
        }
        id
    }

    /// Lets a connection go.
    pub fn remove(&self, id: u64) {
        lock(&self.0).1.remove(&id);
    }

    fn shut_down(&self) {
        for (_, tcp) in lock(&self.0).1.drain() {
            let _ = tcp.shutdown(Shutdown::Both);
        }
    }
}

/// Tells every waiting thread that it is over.
#[derive(Debug, Default)]
pub struct Stop {
    over: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    /// Whether it is over.
    pub fn is_set(&self) -> bool {
        *lock(&self.over)
    }

    /// Waits, unless it is over before.
    pub fn wait(&self, pause: Duration) {
        let over = lock(&self.over);
        // Whether the time passed or the end came makes no difference to the caller.
        drop(self.changed.wait_timeout_while(over, pause, |over| !*over));
    }

    fn set(&self) {
        *lock(&self.over) = true;
        self.changed.notify_all();
    }
}

fn accept(shared: &Arc<Shared>, listener: &TcpListener, secure: bool) {
    loop {
        let accepted = listener.accept();
        if shared.stop.is_set() {
            return;
        }
        let Ok((tcp, _)) = accepted else {
            // Too many open files, most likely.
            shared.stop.wait(Duration::from_millis(20));
            continue;
        };
        let shared = Arc::clone(shared);
        // A connection that gets no thread is dropped, hence closed.
        let _ = thread::Builder::new().spawn(move || {
            let tls = shared.tls.as_ref().filter(|_| secure);
            connection::serve(&shared, tcp, tls);
        });
    }
}

/// Where a listener can be reached from this machine.
fn reachable(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
