//! The thread that completes asynchronous requests, the only one that does: so each is completed exactly once, whatever
//! cancels, lands or shuts down meanwhile.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::core::{self, Answer, Waiter};
use super::flight::{self, no_thread};
use super::{Loaded, Shared, State};
use crate::cancellation::{Cancellation, Hook};
use crate::error::Error;
use crate::sync::thread::ThreadId;
use crate::sync::{self, MutexGuard};

/// Somebody who is owed a completion.
pub(super) enum Request {
    Load { waiter: Waiter, cancellation: Option<Cancellation>, hook: Option<Hook>, completion: LoadCompletion },
    End { flight: u64, result: Option<Result<(), Arc<Error>>>, completion: EndCompletion },
}

pub(super) type LoadCompletion = Box<dyn FnOnce(Loaded) + Send>;
/// Completes one request.
type Complete = Box<dyn FnOnce()>;

pub(super) type EndCompletion = Box<dyn FnOnce(Result<(), Arc<Error>>) + Send>;

#[derive(Default)]
pub(super) struct Delivery {
    pub is_on: bool,
    pub thread: Option<ThreadId>,
}

/// The thread ends when it had nothing to do for so long.
const IDLE_MS: u64 = 5_000;

/// Asks for a session.
pub(super) fn request_load(
    shared: &Arc<Shared>,
    cancellation: Option<Cancellation>,
    hook: Option<Hook>,
    completion: LoadCompletion,
) -> Result<(), Arc<Error>> {
    let mut state = shared.lock();
    if let Err(error) = switch_on(shared, &mut state) {
        // Host code runs when the completion goes, and the hook wants the lock.
        drop(state);
        drop((completion, hook));
        return Err(error);
    }
    let waiter = state.core.enter(shared.now());
    state.requests.push_back(Request::Load { waiter, cancellation, hook, completion });
    drop(state);
    shared.changed.notify_all();
    Ok(())
}

/// Promises the completion of an end of sessions.
pub(super) fn owe_end(shared: &Arc<Shared>, flight: u64, completion: EndCompletion) -> Result<(), Arc<Error>> {
    let mut state = shared.lock();
    if let Err(error) = switch_on(shared, &mut state) {
        drop(state);
        drop(completion);
        return Err(error);
    }
    state.requests.push_back(Request::End { flight, result: None, completion });
    Ok(())
}

/// Says what became of it.
pub(super) fn pay_end(shared: &Shared, flight: u64, paid: Result<(), Arc<Error>>) {
    for request in &mut shared.lock().requests {
        match request {
            Request::End { flight: owed, result, .. } if *owed == flight => *result = Some(paid.clone()),
            Request::End { .. } | Request::Load { .. } => {}
        }
    }
    shared.changed.notify_all();
}

/// Takes the promise back.
pub(super) fn forgive_end(state: &mut State, flight: u64) -> Option<Request> {
    let is_owed = |request: &Request| matches!(request, Request::End { flight: owed, .. } if *owed == flight);
    let position = state.requests.iter().position(is_owed)?;
    state.requests.remove(position)
}

fn switch_on(shared: &Arc<Shared>, state: &mut State) -> Result<(), Arc<Error>> {
    if state.core.is_shut() {
        return Err(Arc::new(core::shut_down()));
    }
    if state.delivery.is_on {
        return Ok(());
    }
    sync::forget_ended(&mut state.threads);
    let served = shared.clone();
    let thread = shared.spawn("kaltura-delivery", move || {
        if catch_unwind(AssertUnwindSafe(|| serve(&served))).map_err(std::mem::forget).is_err() {
            give_up(&served);
        }
    });
    let thread = thread.map_err(|_| Arc::new(no_thread("no thread could be started for the completion")))?;
    state.delivery = Delivery { is_on: true, thread: Some(thread.thread().id()) };
    state.threads.push(thread);
    Ok(())
}

fn serve(shared: &Arc<Shared>) {
    let mut state = shared.lock();
    let mut idle_since_ms = shared.now().running_ms;
    loop {
        let (next_state, answered) = take_answered(shared, state);
        state = next_state;
        if let Some(complete) = answered {
            drop(state);
            flight::call_host(complete);
            state = shared.lock();
            idle_since_ms = shared.now().running_ms;
            continue;
        }
        let now_ms = shared.now().running_ms;
        let idle_until_ms = idle_since_ms.saturating_add(IDLE_MS);
        if state.requests.is_empty() && (state.core.is_shut() || now_ms >= idle_until_ms) {
            // In one critical section with the look at the requests, or one that comes now is stranded.
            state.delivery = Delivery::default();
            drop(state);
            shared.changed.notify_all();
            return;
        }
        let deadlines = state.requests.iter().map(|request| match request {
            Request::Load { waiter, .. } => waiter.deadline_ms,
            // Its thread says when.
            Request::End { .. } => now_ms.saturating_add(IDLE_MS),
        });
        let until_ms = deadlines.min().unwrap_or(idle_until_ms);
        state = shared.wait(state, until_ms);
    }
}

/// After a bug in here: whoever is owed a completion is told of it.
fn give_up(shared: &Shared) {
    let requests = std::mem::take(&mut shared.lock().requests);
    for request in requests {
        let bug = Arc::new(flight::bug());
        flight::call_host(move || match request {
            Request::Load { completion, hook, .. } => {
                drop(hook);
                completion(Err(bug));
            }
            Request::End { completion, .. } => completion(Err(bug)),
        });
    }
    shared.lock().delivery = Delivery::default();
    shared.changed.notify_all();
}

/// The first request that has its answer, as what completes it.
fn take_answered<'a>(
    shared: &'a Arc<Shared>,
    mut state: MutexGuard<'a, State>,
) -> (MutexGuard<'a, State>, Option<Complete>) {
    let mut index = 0;
    while let Some(request) = state.requests.get(index) {
        let loaded = match request {
            Request::End { result, .. } => result.is_some().then_some(None),
            Request::Load { waiter, cancellation, .. } => {
                let waiter = *waiter;
                let is_cancelled = cancellation.as_ref().is_some_and(Cancellation::is_cancelled);
                let decision = state.core.decide(&waiter, is_cancelled, true, shared.now());
                if decision.starts_flight {
                    flight::start(shared, &mut state, false);
                    if matches!(decision.answer, Answer::Wait) {
                        // It may have failed at once.
                        continue;
                    }
                }
                match decision.answer {
                    Answer::Session(session) => Some(Some(Ok(session))),
                    Answer::Error(error) => Some(Some(Err(state.with_step(error)))),
                    Answer::Wait => None,
                }
            }
        };
        let Some(loaded) = loaded else {
            index += 1;
            continue;
        };
        let complete: Option<Complete> = match (state.requests.remove(index), loaded) {
            (Some(Request::Load { completion, hook, .. }), Some(loaded)) => Some(Box::new(move || {
                drop(hook);
                completion(loaded);
            })),
            (Some(Request::End { completion, result: Some(result), .. }), _) => {
                Some(Box::new(move || completion(result)))
            }
            _ => None,
        };
        return (state, complete);
    }
    (state, None)
}
