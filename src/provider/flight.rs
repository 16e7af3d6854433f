//! What runs on a flight's thread: a refresh, an end of sessions, and the store's writes.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, PoisonError};

use super::core::{Flight, FlightKind, Landing};
use super::{Shared, State, delivery, store};
use crate::ask::HostFunction;
use crate::cancellation::Cancellation;
use crate::driver::{self, Carrier, Driven};
use crate::error::Error;
use crate::flow::Flow;
use crate::hints;
use crate::jitter::Jitter;
use crate::log::LogLevel;
use crate::memory::Memory;
use crate::options::{Proof, Settings};
use crate::secret::Zeroizing;
use crate::session::Session;
use crate::status::{Status, Step};
use crate::sync::thread::{self, ThreadId};
use crate::sync::{self, Mutex};
use crate::test_panic;

/// A flight that runs, in the slot or superseded.
pub(super) struct RunningFlight {
    pub id: u64,
    pub interrupt: Cancellation,
    pub thread: Option<ThreadId>,
    step: Arc<AtomicI32>,
    /// Its waiters have what they waited for; it still writes the log and the store.
    has_landed: bool,
}

/// A flight with what it needs.
pub(super) struct Refresh {
    flight: Flight,
    interrupt: Cancellation,
    step: Arc<AtomicI32>,
    settings: Arc<Settings>,
    memory: Memory,
    /// Why sessions were dropped before it.
    dropped: Vec<&'static str>,
}

/// How the start of a flight went.
pub(super) enum Start {
    /// A thread carries it, or it has failed at once.
    Done,
    /// No thread was to be had: the caller carries it.
    OnCaller(Box<Refresh>),
}

/// Superseded flights may be held up in host code; beyond so many no further one is started.
const MAX_FLIGHTS: usize = 4;
/// So may those that have landed, which a busy machine alone leaves behind as well.
const MAX_LANDED_FLIGHTS: usize = 32;

/// Fills the slot and starts a thread for it. `has_caller`: somebody waits who could carry it instead.
pub(super) fn start(shared: &Arc<Shared>, state: &mut State, has_caller: bool) -> Start {
    let flight = state.core.take_off(FlightKind::Refresh, shared.now());
    if !state.has_room_for_a_flight() {
        fail_at_once(shared, state, flight, "too many refreshes are held up by callbacks");
        return Start::Done;
    }
    let refresh = Box::new(Refresh {
        flight,
        interrupt: Cancellation::new(),
        step: Arc::new(AtomicI32::new(Step::None as i32)),
        settings: state.settings.clone(),
        memory: state.memory.clone(),
        dropped: std::mem::take(&mut state.dropped),
    });
    state.flights.push(RunningFlight {
        id: flight.id,
        interrupt: refresh.interrupt.clone(),
        thread: None,
        step: refresh.step.clone(),
        has_landed: false,
    });
    // The thread takes it out; if none starts, it is still here.
    let handed = Arc::new(Mutex::new(Some(refresh)));
    let take = |handed: &Mutex<Option<Box<Refresh>>>| handed.lock().unwrap_or_else(PoisonError::into_inner).take();
    let taken = handed.clone();
    let carried = shared.clone();
    let run = move || {
        if let Some(refresh) = take(&taken) {
            refresh.run(&carried);
        }
    };
    sync::forget_ended(&mut state.threads);
    match shared.spawn("kaltura-flight", run) {
        Ok(thread) => {
            state.set_thread(flight.id, thread.thread().id());
            state.threads.push(thread);
            Start::Done
        }
        Err(_) => match take(&handed).filter(|_| has_caller) {
            Some(refresh) => {
                state.set_thread(flight.id, thread::current().id());
                Start::OnCaller(refresh)
            }
            None => {
                state.flights.retain(|running| running.id != flight.id);
                fail_at_once(shared, state, flight, "no thread could be started for a refresh");
                Start::Done
            }
        },
    }
}

fn fail_at_once(shared: &Shared, state: &mut State, flight: Flight, message: &str) {
    state.core.landed(flight.id, Err(no_thread(message)), shared.now());
    shared.changed.notify_all();
}

impl Refresh {
    /// Carries the flight to its end and lands it, whatever happens on the way.
    pub(super) fn run(self: Box<Self>, shared: &Arc<Shared>) {
        let id = self.flight.id;
        let settings = self.settings.clone();
        let before = self.memory.clone();
        let flown = catch_unwind(AssertUnwindSafe(|| self.fly(shared))).unwrap_or_else(|payload| {
            std::mem::forget(payload);
            Flown { result: Err(bug()), memory: before.clone(), is_from_store: false }
        });
        let failure = flown.result.as_ref().err().cloned();
        let mut state = shared.lock();
        let now = shared.now();
        state.memory.learn(&before, &flown.memory);
        let landing = state.core.landed(id, flown.result, now);
        state.set_landed(id);
        let served = state.core.peek(now);
        let is_news = landing == Landing::Published && !flown.is_from_store;
        if let (true, Some(session), true) = (is_news, &served, settings.store.is_some()) {
            let key = store::key(&settings);
            let blob = store::write(&key, session, &flown.memory, now, shared.boot_id.as_deref());
            state.store.order_save(key, blob);
        }
        // Waiters go before the log and the store are written.
        shared.changed.notify_all();
        drop(state);
        let line = || describe(landing, failure.as_ref(), served.is_some());
        call_host(|| settings.log.write(LogLevel::Info, line));
        drop(served);
        write_store(shared);
        drop(settings);
        leave(shared, id);
    }

    fn fly(self: Box<Self>, shared: &Arc<Shared>) -> Flown {
        test_panic::here("flight");
        for why in &self.dropped {
            self.settings.log.write(LogLevel::Info, || format!("dropped the session: {why}"));
        }
        self.settings.log.write(LogLevel::Info, || "refreshing the session".into());
        if let Some(kept) = load_store(shared, &self) {
            return Flown { result: Ok(kept.session), memory: kept.memory, is_from_store: true };
        }
        let now = shared.now();
        if let Some(left_ms) = self.memory.mismatch_left_ms(now.life_ms) {
            let error = known_mismatch(&self.settings, left_ms);
            return Flown { result: Err(error), memory: self.memory, is_from_store: false };
        }
        let settings = Settings {
            proof: proof(shared, self.flight.id, &self.settings.proof),
            total_timeout_ms: self.flight.deadline_ms.saturating_sub(now.running_ms),
            ..(*self.settings).clone()
        };
        let settings = Arc::new(settings);
        let mut flow = Flow::new(settings.clone(), self.memory, Jitter::seeded());
        let carrier = carrier(shared, self.flight.id, &settings);
        let driven = drive(&mut flow, &settings, shared, &*carrier, &self.interrupt, &self.step);
        let result = driven.and_then(|driven| match driven {
            Driven::Session(session) => Ok(*session),
            Driven::Ended => Err(bug()),
        });
        Flown { result, memory: flow.memory().clone(), is_from_store: false }
    }
}

struct Flown {
    result: Result<Session, Error>,
    memory: Memory,
    is_from_store: bool,
}

fn describe(landing: Landing, failure: Option<&Error>, is_served: bool) -> String {
    match (landing, failure) {
        (Landing::Superseded, _) => "a refresh that nobody wants any more has ended".into(),
        (Landing::Published, _) => "refreshed the session, which is served from now on".into(),
        (Landing::Noted, Some(error)) if is_served => {
            format!("kept the living session through a failed refresh: {}", error.message)
        }
        (Landing::Noted, Some(error)) => format!("the refresh failed: {}", error.message),
        (Landing::Noted, None) => "the refresh brought a session that cannot be used".into(),
    }
}

/// The server was asked for another user a moment ago; the token is wrong whoever the user is.
fn known_mismatch(settings: &Settings, left_ms: u64) -> Error {
    let mut error = Error::new(Status::AppTokenMismatch, Step::StartSession, "no hash type fitted a moment ago");
    error.hint = hints::MISMATCH_AUTO.to_owned();
    if settings.has_odd_token() {
        error.hint.push_str(hints::ODD_TOKEN);
    }
    error.retry_after_ms = left_ms;
    error
}

/// The proof of a flight.
fn proof(shared: &Arc<Shared>, flight: u64, proof: &Proof) -> Proof {
    match proof {
        Proof::Host(Some(callback)) => Proof::Host(Some(callback.map(|host| watched(shared, flight, host)))),
        Proof::Host(None) | Proof::Token(_) => proof.clone(),
    }
}

/// What carries the requests of a flight.
fn carrier(shared: &Arc<Shared>, flight: u64, settings: &Settings) -> Arc<dyn Carrier + Send + Sync> {
    match &settings.transport {
        Some(transport) => Arc::new(transport.map(|host| watched(shared, flight, host))),
        None => shared.carrier.clone(),
    }
}

/// A function of the host's that tells the provider which thread it runs on, and when it is through. A flight does not
/// wait for one that hangs, but [`drain`](super::Provider::drain) does, and for the thread.
fn watched<Q: Send + 'static>(shared: &Arc<Shared>, flight: u64, host: &HostFunction<Q>) -> HostFunction<Q> {
    let host = host.clone();
    let carried = shared.clone();
    let run = move |question| {
        let this = thread::current().id();
        {
            let mut state = carried.lock();
            if !state.flights.iter().any(|running| running.id == flight) {
                // Nobody wants it any more, and nobody would know of this thread.
                return;
            }
            state.host_threads.push((flight, this));
        }
        call_host(|| host.call(question));
        carried.lock().host_threads.retain(|&(_, thread)| thread != this);
        carried.changed.notify_all();
    };
    let shared = shared.clone();
    let keep_thread = move |thread| {
        let mut state = shared.lock();
        sync::forget_ended(&mut state.threads);
        state.threads.push(thread);
    };
    HostFunction::new(run, Some(Arc::new(keep_thread)))
}

/// Runs a host's function that owes no answer. One in Rust may panic; what comes after it is owed all the same.
pub(super) fn call_host(function: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(function)).map_err(std::mem::forget);
}

/// An end of sessions that holds the slot.
pub(super) struct Ending {
    flight: Flight,
    session: Arc<Session>,
    interrupt: Cancellation,
    step: Arc<AtomicI32>,
    settings: Arc<Settings>,
}

/// Takes the session out of the provider and fills the slot with its end.
pub(super) fn begin_end(shared: &Arc<Shared>) -> Result<Ending, Arc<Error>> {
    shared.check_process()?;
    let mut state = shared.lock();
    if state.is_waited_for() {
        return Err(Arc::new(super::core::would_wait_for_itself()));
    }
    let now = shared.now();
    let (session, flight, aftermath) = state.core.end(now).map_err(Arc::new)?;
    let ending = Ending {
        flight,
        session,
        interrupt: Cancellation::new(),
        step: Arc::new(AtomicI32::new(Step::EndSession as i32)),
        settings: state.settings.clone(),
    };
    state.flights.push(RunningFlight {
        id: flight.id,
        interrupt: ending.interrupt.clone(),
        thread: Some(thread::current().id()),
        step: ending.step.clone(),
        has_landed: false,
    });
    if aftermath.clears_store {
        state.order_clear();
    }
    shared.clean_up(state, aftermath, "it is being ended");
    Ok(ending)
}

impl Ending {
    pub(super) fn run(self, shared: &Arc<Shared>, cancellation: Option<&Cancellation>) -> Result<(), Error> {
        let interrupt = self.interrupt.clone();
        let _hook = cancellation.map(|cancellation| cancellation.on_cancel(move || interrupt.cancel()));
        let id = self.flight.id;
        let result = catch_unwind(AssertUnwindSafe(|| {
            let mut flow = Flow::end_of(self.settings.clone(), &self.session.ks, Jitter::seeded());
            let carrier = carrier(shared, id, &self.settings);
            drive(&mut flow, &self.settings, shared, &*carrier, &self.interrupt, &self.step).map(drop)
        }));
        let result = result.unwrap_or_else(|payload| {
            std::mem::forget(payload);
            Err(bug())
        });
        let mut state = shared.lock();
        let was_shut = state.core.is_shut();
        state.core.end_landed(id, result.is_ok());
        shared.changed.notify_all();
        drop(state);
        leave(shared, id);
        match result {
            Err(error) if error.status == Status::Cancelled && was_shut => Err(super::core::shut_down()),
            other => other,
        }
    }
}

/// As [`begin_end`] and [`Ending::run`] on a thread of its own.
pub(super) fn end_async(
    shared: &Arc<Shared>,
    cancellation: Option<Cancellation>,
    completion: delivery::EndCompletion,
) -> Result<(), Arc<Error>> {
    let ending = begin_end(shared)?;
    let id = ending.flight.id;
    delivery::owe_end(shared, id, completion).inspect_err(|_| {
        shared.lock().core.end_landed(id, false);
        leave(shared, id);
    })?;
    let carried = shared.clone();
    let run = move || {
        let result = ending.run(&carried, cancellation.as_ref()).map_err(Arc::new);
        delivery::pay_end(&carried, id, result);
    };
    let mut state = shared.lock();
    match shared.spawn("kaltura-end", run) {
        Ok(thread) => {
            state.set_thread(id, thread.thread().id());
            state.threads.push(thread);
            Ok(())
        }
        Err(_) => {
            state.core.end_landed(id, false);
            let owed = delivery::forgive_end(&mut state, id);
            drop(state);
            leave(shared, id);
            drop(owed);
            Err(Arc::new(no_thread("no thread could be started to end the session")))
        }
    }
}

fn drive(
    flow: &mut Flow,
    settings: &Settings,
    shared: &Shared,
    carrier: &dyn Carrier,
    interrupt: &Cancellation,
    step: &AtomicI32,
) -> Result<Driven, Error> {
    let on_step = |at: Step| step.store(at as i32, Ordering::Release);
    driver::drive(flow, settings, carrier, &*shared.clock, interrupt, &on_step)
}

fn leave(shared: &Shared, id: u64) {
    shared.lock().flights.retain(|running| running.id != id);
    shared.changed.notify_all();
}

pub(super) fn bug() -> Error {
    Error::new(Status::Panic, Step::None, "a bug in this library").with_hint(hints::PANIC)
}

pub(super) fn no_thread(message: &str) -> Error {
    Error::new(Status::Resources, Step::None, message).with_hint(hints::RESOURCES)
}

/// What the store is to be told. One order for each key, of which the last wins; one call at a time; no lock during it: so
/// the save of a moment that has passed never lands on the clear that followed it, and no load comes between.
#[derive(Default)]
pub(super) struct StoreState {
    orders: VecDeque<(String, Option<Zeroizing<Vec<u8>>>)>,
    /// The thread that is calling the store.
    pub user: Option<ThreadId>,
    /// Whether it was asked for the present user's session.
    pub has_loaded: bool,
}

impl StoreState {
    pub(super) fn order_clear(&mut self, key: String) {
        self.order(key, None);
    }

    fn order_save(&mut self, key: String, blob: Zeroizing<Vec<u8>>) {
        self.order(key, Some(blob));
    }

    pub(super) fn is_busy(&self) -> bool {
        self.user.is_some() || !self.orders.is_empty()
    }

    fn order(&mut self, key: String, blob: Option<Zeroizing<Vec<u8>>>) {
        self.orders.retain(|(ordered, _)| *ordered != key);
        self.orders.push_back((key, blob));
    }
}

/// Carries out what the store was ordered, unless somebody does already.
pub(super) fn write_store(shared: &Shared) {
    let mut state = shared.lock();
    while state.store.user.is_none() {
        let Some((key, blob)) = state.store.orders.pop_front() else { break };
        let settings = state.settings.clone();
        state.store.user = Some(thread::current().id());
        drop(state);
        call_host(|| tell_store(&settings, &key, blob.as_ref().map(|blob| &***blob)));
        drop((key, blob, settings));
        state = shared.lock();
        state.store.user = None;
        shared.changed.notify_all();
    }
}

fn tell_store(settings: &Settings, key: &str, blob: Option<&[u8]>) {
    let Some(store) = &settings.store else { return };
    let (is_done, verb) = match blob {
        Some(blob) => (store.keep().save(key, blob), "saved"),
        None => (store.keep().clear(key), "cleared"),
    };
    if !is_done {
        let line = || format!("the session could not be {verb} in the store");
        settings.log.write(LogLevel::Warn, line);
    }
}

/// What the store holds for the flight's user, asked for once.
fn load_store(shared: &Shared, refresh: &Refresh) -> Option<store::Kept> {
    let store = refresh.settings.store.as_ref()?;
    let key = store::key(&refresh.settings);
    let mut state = shared.lock();
    // What was ordered goes first, or a session that was dropped comes back.
    while state.store.is_busy() {
        let is_late = shared.now().running_ms >= refresh.flight.deadline_ms;
        if is_late || !state.core.holds_slot(refresh.flight.id) {
            return None;
        }
        if state.store.user.is_some() {
            state = shared.wait(state, refresh.flight.deadline_ms);
        } else {
            drop(state);
            write_store(shared);
            state = shared.lock();
        }
    }
    if state.store.has_loaded || !state.core.holds_slot(refresh.flight.id) {
        return None;
    }
    state.store.has_loaded = true;
    state.store.user = Some(thread::current().id());
    drop(state);
    let mut blob = None;
    call_host(|| blob = store.keep().load(&key));
    shared.lock().store.user = None;
    shared.changed.notify_all();
    write_store(shared);
    let kept = store::read(&key, &blob?, shared.now(), shared.boot_id.as_deref());
    let line = if kept.is_some() { "found a living session in the store" } else { "ignored what is in the store" };
    refresh.settings.log.write(LogLevel::Info, || line.into());
    kept
}

impl State {
    /// By the flights under way, and those that left host code running behind them.
    fn has_room_for_a_flight(&self) -> bool {
        let has_left = |id: u64| !self.flights.iter().any(|running| running.id == id);
        let left_behind = self.host_threads.iter().filter(|(id, _)| has_left(*id)).count();
        let landed = self.flights.iter().filter(|running| running.has_landed).count();
        self.flights.len() - landed + left_behind < MAX_FLIGHTS && landed < MAX_LANDED_FLIGHTS
    }

    fn set_landed(&mut self, id: u64) {
        if let Some(flight) = self.flights.iter_mut().find(|flight| flight.id == id) {
            flight.has_landed = true;
        }
    }

    fn set_thread(&mut self, id: u64, thread: ThreadId) {
        if let Some(flight) = self.flights.iter_mut().find(|flight| flight.id == id) {
            flight.thread = Some(thread);
        }
    }
}

impl RunningFlight {
    /// Where it stands.
    pub(super) fn step(&self) -> Step {
        let at = self.step.load(Ordering::Acquire);
        [Step::WidgetSession, Step::TokenHash, Step::StartSession, Step::EndSession]
            .into_iter()
            .find(|step| *step as i32 == at)
            .unwrap_or(Step::None)
    }
}
