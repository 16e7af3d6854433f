//! A valid KS, always at hand: cached, refreshed before it ends, shared by all threads of a process.
//!
//! [`core`] decides; what is here locks, waits, starts threads and calls out. One mutex guards everything that changes, one
//! condition variable wakes whoever waits for a change. No function of the host's runs under the lock.

mod core;
mod delivery;
mod flight;
mod shelf;
pub(crate) mod store;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use self::core::{Aftermath, Answer, Core};
use self::flight::{RunningFlight, Start};
use self::shelf::Shelves;
use crate::ask::HOST_STACK_BYTES;
use crate::blob;
use crate::cancellation::{Cancellation, Hook};
use crate::clock::Moment;
use crate::driver::Carrier;
use crate::error::{ApiError, Error};
use crate::ffi::os::{self, Tick};
use crate::ffi::{fork, guard};
use crate::hints;
use crate::jitter::Jitter;
use crate::log::{Log, LogLevel};
use crate::memory::Memory;
use crate::options::{Options, Settings};
use crate::protocol::api;
use crate::session::Session;
use crate::status::{KsReason, Status, Step};
use crate::sync;
use crate::sync::thread::{self, JoinHandle, ThreadId};
use crate::sync::{Condvar, Mutex, MutexGuard};

pub use self::core::Advice;
pub(crate) use self::core::Windows;
pub use self::store::{Keep, Store};

/// Keeps a session. Cloned, it is the same provider.
#[derive(Clone)]
pub struct Provider {
    shared: Arc<Shared>,
}

/// What a provider's threads, calls and handles hold together.
struct Shared {
    /// How often its process had forked: a child has the provider's memory but not its threads.
    forks: u32,
    carrier: Arc<dyn Carrier + Send + Sync>,
    clock: Clock,
    /// As long as it stays the same, `clock` need not be read; `None` if nobody can tell.
    tick: fn() -> Option<Tick>,
    boot_id: Option<String>,
    /// Of each thread.
    stack_bytes: usize,
    service_url: String,
    partner_id: i64,
    state: Mutex<State>,
    changed: Condvar,
    shelves: Shelves,
}

struct State {
    core: Core,
    /// With the present user.
    settings: Arc<Settings>,
    memory: Memory,
    flights: Vec<RunningFlight>,
    requests: VecDeque<delivery::Request>,
    delivery: delivery::Delivery,
    store: flight::StoreState,
    /// Threads that run host code for a flight, which they may outlast.
    host_threads: Vec<(u64, ThreadId)>,
    threads: Vec<JoinHandle<()>>,
    is_draining: bool,
    has_warned: bool,
    /// Why sessions were dropped since the last flight, which logs it: a call of the host's writes no line, so that a log
    /// that calls the library does not call itself.
    dropped: Vec<&'static str>,
}

type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// How a load ends: the session and the errors are shared by all who waited.
pub type Loaded = Result<Arc<Session>, Arc<Error>>;

impl Provider {
    /// A provider for these options. No request yet, and no thread.
    ///
    /// # Errors
    /// `InvalidArgument` for an option that cannot be right.
    pub fn new(options: &Options) -> Result<Self, Error> {
        let settings = options.check()?;
        let carrier = crate::driver::carrier(&settings)?;
        Ok(Self::build(settings, carrier, (Arc::new(Moment::now), os::tick), Jitter::seeded()))
    }

    /// A provider whose requests, clock and chance are somebody else's.
    #[cfg(test)]
    pub(crate) fn with(
        settings: Settings,
        carrier: Arc<dyn Carrier + Send + Sync>,
        clock: Clock,
        jitter: Jitter,
    ) -> Self {
        Self::build(settings, carrier, (clock, || None), jitter)
    }

    fn build(
        settings: Settings,
        carrier: Arc<dyn Carrier + Send + Sync>,
        (clock, tick): (Clock, fn() -> Option<Tick>),
        jitter: Jitter,
    ) -> Self {
        let has_store = settings.store.is_some();
        let state = State {
            core: Core::new(settings.windows, settings.total_timeout_ms, jitter),
            memory: Memory::default(),
            flights: Vec::new(),
            requests: VecDeque::new(),
            delivery: delivery::Delivery::default(),
            store: flight::StoreState::default(),
            host_threads: Vec::new(),
            threads: Vec::new(),
            is_draining: false,
            has_warned: false,
            dropped: Vec::new(),
            settings: Arc::new(settings),
        };
        let shared = Shared {
            forks: fork::count(),
            carrier,
            clock,
            tick,
            boot_id: if has_store { blob::boot_id() } else { None },
            stack_bytes: HOST_STACK_BYTES,
            service_url: state.settings.service_url.as_str().to_owned(),
            partner_id: state.settings.partner_id,
            state: Mutex::new(state),
            changed: Condvar::new(),
            shelves: Shelves::default(),
        };
        Provider { shared: Arc::new(shared) }
    }

    /// Where its server is.
    pub fn service_url(&self) -> &str {
        &self.shared.service_url
    }

    /// Whose sessions it keeps.
    pub fn partner_id(&self) -> i64 {
        self.shared.partner_id
    }

    /// A valid session: at once while the cached one is good, else after a refresh that all callers share.
    ///
    /// # Errors
    /// Why there is none; never while one lives.
    pub fn load(&self, cancellation: Option<&Cancellation>) -> Loaded {
        if let Some(session) = self.fresh(cancellation) {
            return Ok(session);
        }
        let shared = &self.shared;
        shared.check_process()?;
        // Before the lock, which it outlives: to let go of it takes another.
        let mut hook: Option<Option<Hook>> = None;
        let mut state = shared.lock_to_look();
        // After the lock: a thread that was held up there must not believe an old clock.
        let mut now = shared.now();
        let waiter = state.core.enter(now);
        loop {
            let is_cancelled = cancellation.is_some_and(Cancellation::is_cancelled);
            let may_wait = !state.is_waited_for();
            let decision = state.core.decide(&waiter, is_cancelled, may_wait, now);
            match (&decision.answer, state.core.fresh_until_ms(now)) {
                (Answer::Session(session), Some(until_ms)) => shared.shelves.keep(session, until_ms, now.life_ms),
                _ => shared.shelves.clear(),
            }
            if decision.starts_flight {
                let waits = matches!(decision.answer, Answer::Wait);
                if let Start::OnCaller(flight) = flight::start(shared, &mut state, waits) {
                    drop(state);
                    flight.run(shared);
                    state = shared.lock();
                }
                if waits {
                    // It may have landed by now.
                    now = shared.now();
                    continue;
                }
            }
            match decision.answer {
                Answer::Session(session) => return Ok(session),
                Answer::Error(error) => return Err(state.with_step(error)),
                Answer::Wait if hook.is_some() => state = shared.wait(state, waiter.deadline_ms),
                Answer::Wait => {
                    let warned = state.warns_of_main_thread();
                    drop(state);
                    hook = Some(cancellation.map(|cancellation| shared.wake_when_cancelled(cancellation)));
                    if let Some(log) = warned {
                        log.write(LogLevel::Warn, || {
                            "a load waits on the main thread; use the asynchronous one".into()
                        });
                    }
                    state = shared.lock();
                }
            }
            now = shared.now();
        }
    }

    /// What [`load`](Self::load) gives if it need not decide anything: a shorter way to the same.
    pub(crate) fn fresh(&self, cancellation: Option<&Cancellation>) -> Option<Arc<Session>> {
        let shared = &self.shared;
        if shared.forks != fork::count() || cancellation.is_some_and(Cancellation::is_cancelled) {
            return None;
        }
        shared.shelves.fresh((shared.tick)(), || shared.now().life_ms)
    }

    /// Has `completion` called with what [`load`](Self::load) would return, once, on a thread of the provider's.
    ///
    /// # Errors
    /// If that cannot be promised: after a fork or a shutdown, or without a thread. `completion` is dropped uncalled then.
    pub fn load_async(
        &self,
        cancellation: Option<&Cancellation>,
        completion: impl FnOnce(Loaded) + Send + 'static,
    ) -> Result<(), Arc<Error>> {
        self.shared.check_process()?;
        let hook = cancellation.map(|cancellation| self.shared.wake_when_cancelled(cancellation));
        delivery::request_load(&self.shared, cancellation.cloned(), hook, Box::new(completion))
    }

    /// The cached session, if it lives; no I/O, no wait for any.
    pub fn peek(&self) -> Option<Arc<Session>> {
        self.shared.check_process().ok()?;
        let mut state = self.shared.lock_to_look();
        state.core.peek(self.shared.now())
    }

    /// Starts a refresh, if the session is due for one.
    pub fn prefetch(&self) {
        if self.shared.check_process().is_err() {
            return;
        }
        let mut state = self.shared.lock();
        if state.core.prefetch(self.shared.now()) {
            flight::start(&self.shared, &mut state, false);
        }
    }

    /// Drops the session with this KS; with none, whatever there is or is being fetched: a local log-out.
    pub fn invalidate(&self, ks: Option<&str>) {
        if self.shared.check_process().is_err() {
            return;
        }
        let mut state = self.shared.lock();
        let aftermath = state.core.invalidate(ks);
        if aftermath.clears_store {
            state.order_clear();
        }
        self.shared.clean_up(state, aftermath, "the host dropped it");
    }

    /// What to do about an error that another call to the server gave for a KS of this provider: `code` as the server
    /// said, and `ksid`, its argument KSID, if it had one.
    pub fn report_error(&self, ks: &str, code: &str, ksid: Option<&str>) -> Advice {
        let args = ksid.map(|ksid| ("KSID".to_owned(), ksid.to_owned())).into_iter().collect();
        let error = ApiError { code: code.to_owned(), message: String::new(), args };
        if api::status(code) != Status::InvalidKs {
            return Advice::NotASessionProblem;
        }
        if self.shared.check_process().is_err() {
            return Advice::GiveUp;
        }
        let reason = match ksid {
            // Without the reason an expired KS is the likeliest.
            None => KsReason::Expired,
            Some(_) => api::ks_reason(&error, Some(ks)),
        };
        let mut state = self.shared.lock();
        if state.core.is_shut() {
            return Advice::GiveUp;
        }
        let (advice, aftermath) = state.core.report(ks, reason, self.shared.now());
        self.shared.clean_up(state, aftermath, "the server refused it");
        advice
    }

    /// Switches the user: from here on nobody is given a session of the old one.
    ///
    /// # Errors
    /// `InvalidArgument` for an id that is an error already or that the server would refuse; the old user is gone all the
    /// same, and loads give that error.
    pub fn set_user_id(&self, user_id: Result<Option<&str>, Error>) -> Result<(), Arc<Error>> {
        let user_id = user_id.and_then(|user_id| crate::options::check_user_id(user_id).map(|()| user_id));
        self.shared.check_process()?;
        let mut state = self.shared.lock();
        if state.core.is_shut() {
            return Err(Arc::new(core::shut_down()));
        }
        let user_id = user_id.map(|user_id| user_id.filter(|user_id| !user_id.is_empty()).map(str::to_owned));
        if user_id.as_ref().is_ok_and(|user_id| !state.core.has_bad_user() && state.settings.user_id == *user_id) {
            return Ok(());
        }
        // The old user's, so before the switch.
        state.order_clear();
        let (aftermath, result) = match user_id {
            Ok(user_id) => {
                state.settings = Arc::new(Settings { user_id, ..(*state.settings).clone() });
                state.store.has_loaded = false;
                (state.core.set_user(None), Ok(()))
            }
            Err(error) => (state.core.set_user(Some(error.clone())), Err(Arc::new(error))),
        };
        self.shared.clean_up(state, aftermath, "the user was changed");
        result
    }

    /// Ends, at the server, **every** session of the app token, on whatever device, later ones included. The provider
    /// gives no session after that.
    ///
    /// # Errors
    /// `WrongState` if no session lives that could be named to the server; else why the server could not be told. The
    /// session is dropped here in any case.
    pub fn end_session(&self, cancellation: Option<&Cancellation>) -> Result<(), Arc<Error>> {
        let ending = flight::begin_end(&self.shared)?;
        ending.run(&self.shared, cancellation).map_err(Arc::new)
    }

    /// Has `completion` called with what [`end_session`](Self::end_session) would return, once.
    ///
    /// # Errors
    /// As for [`load_async`](Self::load_async), and `WrongState`.
    pub fn end_session_async(
        &self,
        cancellation: Option<&Cancellation>,
        completion: impl FnOnce(Result<(), Arc<Error>>) + Send + 'static,
    ) -> Result<(), Arc<Error>> {
        flight::end_async(&self.shared, cancellation.cloned(), Box::new(completion))
    }

    /// Interrupts what is under way; whoever waits is told `ShutDown`, and so is every later call. Does not wait.
    pub fn shutdown(&self) {
        if self.shared.check_process().is_err() {
            return;
        }
        let mut state = self.shared.lock();
        if state.core.is_shut() {
            return;
        }
        state.core.shut_down();
        let interrupts: Vec<Cancellation> = state.flights.iter().map(|flight| flight.interrupt.clone()).collect();
        drop(state);
        self.shared.changed.notify_all();
        interrupts.iter().for_each(Cancellation::cancel);
    }

    /// Waits until nothing of the provider's runs any more; false if it did not come to that in time, or was called on one
    /// of the provider's threads. Only after [`shutdown`](Self::shutdown).
    pub fn drain(&self, timeout: Duration) -> bool {
        if self.shared.check_process().is_err() {
            return false;
        }
        let start = Instant::now();
        let mut state = self.shared.lock();
        if state.is_own_thread() || !state.core.is_shut() {
            return false;
        }
        while state.is_draining || !state.is_quiet() {
            let Some(left) = timeout.checked_sub(start.elapsed()).filter(|left| !left.is_zero()) else {
                return false;
            };
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.is_draining = true;
        let threads = std::mem::take(&mut state.threads);
        drop(state);
        // They have left the state already; this is for their last instructions, so that the code may be unloaded.
        threads.into_iter().for_each(|thread| drop(thread.join()));
        self.shared.lock().is_draining = false;
        self.shared.changed.notify_all();
        true
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if self.check_process().is_err() {
            // The threads are the parent's: there is nothing here to detach from.
            std::mem::forget(std::mem::take(&mut self.lock().threads));
        }
    }
}

impl Shared {
    /// For whoever may change what a load gives.
    fn lock(&self) -> MutexGuard<'_, State> {
        let state = self.lock_to_look();
        self.shelves.clear();
        state
    }

    /// For a load, or to clear the shelves later.
    fn lock_to_look(&self) -> MutexGuard<'_, State> {
        // A panic under the lock leaves nothing half done: every transition is total.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Moment {
        (self.clock)()
    }

    fn check_process(&self) -> Result<(), Arc<Error>> {
        if self.forks == fork::count() {
            return Ok(());
        }
        let error = Error::new(Status::AfterFork, Step::None, "the provider was made before fork()");
        Err(Arc::new(error.with_hint(hints::of(Status::AfterFork, Step::None, KsReason::None))))
    }

    /// Starts a thread that may run host code.
    fn spawn(&self, name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
        let builder = thread::Builder::new().name(name.into()).stack_size(self.stack_bytes);
        sync::start(builder, move || {
            os::block_signals();
            guard::quiet_this_thread();
            run();
        })
    }

    /// Sleeps until an event or a time on the running clock.
    fn wait<'a>(&self, state: MutexGuard<'a, State>, until_ms: u64) -> MutexGuard<'a, State> {
        let left = Duration::from_millis(until_ms.saturating_sub(self.now().running_ms));
        let state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        self.shelves.clear();
        state
    }

    /// Not under the lock: if somebody has cancelled already, the wake-up comes at once.
    fn wake_when_cancelled(self: &Arc<Self>, cancellation: &Cancellation) -> Hook {
        let shared = Arc::downgrade(self);
        cancellation.on_cancel(move || {
            if let Some(shared) = shared.upgrade() {
                // Under the lock, or the wake-up falls between the waiter's look and its sleep.
                let state = shared.lock();
                shared.changed.notify_all();
                drop(state);
            }
        })
    }

    /// Does what an event left to do, outside the lock where host code runs.
    fn clean_up(&self, mut state: MutexGuard<'_, State>, aftermath: Aftermath, why: &'static str) {
        let interrupt = aftermath.superseded.and_then(|id| state.interrupt_of(id));
        if aftermath.changed {
            if !state.dropped.contains(&why) {
                state.dropped.push(why);
            }
            self.changed.notify_all();
        }
        drop(state);
        if let Some(interrupt) = interrupt {
            interrupt.cancel();
        }
        if aftermath.clears_store {
            flight::write_store(self);
        }
    }
}

impl State {
    /// Whether a flight waits for this thread, so that the thread must not wait for a flight.
    fn is_waited_for(&self) -> bool {
        let is_idle = self.flights.is_empty() && self.host_threads.is_empty() && self.store.user.is_none();
        !is_idle && {
            let this = Some(thread::current().id());
            self.store.user == this
                || self.flights.iter().any(|flight| flight.thread == this)
                || self.host_threads.iter().any(|&(_, thread)| Some(thread) == this)
        }
    }

    fn is_own_thread(&self) -> bool {
        self.is_waited_for() || self.delivery.thread == Some(thread::current().id())
    }

    fn is_quiet(&self) -> bool {
        let is_flying = !self.flights.is_empty() || !self.host_threads.is_empty();
        !is_flying && self.requests.is_empty() && !self.delivery.is_on && !self.store.is_busy()
    }

    fn interrupt_of(&self, id: u64) -> Option<Cancellation> {
        self.flights.iter().find(|flight| flight.id == id).map(|flight| flight.interrupt.clone())
    }

    fn order_clear(&mut self) {
        if self.settings.store.is_some() {
            self.store.order_clear(store::key(&self.settings));
        }
    }

    /// Where to write that a load waits on the main thread; once.
    fn warns_of_main_thread(&mut self) -> Option<Log> {
        let is_first = os::is_main_thread() && !std::mem::replace(&mut self.has_warned, true);
        is_first.then(|| self.settings.log.clone())
    }

    /// Where the flight stands that a late waiter waited for.
    fn with_step(&self, error: Arc<Error>) -> Arc<Error> {
        match self.flights.iter().find(|flight| self.core.holds_slot(flight.id)) {
            Some(flight) if (error.status, error.step) == (Status::Timeout, Step::None) => {
                Arc::new(Error { step: flight.step(), ..(*error).clone() })
            }
            _ => error,
        }
    }
}
