//! A question to the host, which may answer at once, later, from any thread, twice, or never.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use crate::cancellation::Cancellation;
use crate::exchange::Failure;
use crate::ffi::{guard, os};
use crate::status::Status;
use crate::sync;
use crate::sync::thread::{self, JoinHandle};
use crate::sync::{Condvar, Mutex, MutexGuard};
use crate::test_panic;

/// The side that waits for the answer.
pub(crate) struct Asker<T>(Arc<Cell<T>>);

/// The side that owes it. Dropped without an answer, it has answered `None`.
pub(crate) struct Answerer<T>(Arc<Cell<T>>);

struct Cell<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

enum State<T> {
    /// Nobody has spoken yet; what to call if the asker gives up.
    Open(Vec<OnAbandoned>),
    /// The first answer, until the asker takes it; `None` if there will be none.
    Answered(Option<T>),
    /// The asker gave up.
    Abandoned,
}

type OnAbandoned = Box<dyn FnOnce() + Send>;

/// What host code may use of the stack of a thread of ours.
pub(crate) const HOST_STACK_BYTES: usize = 1024 * 1024;

/// A function of the host's that answers questions. Cloned, it is the same function.
pub(crate) struct HostFunction<Q> {
    function: Arc<dyn Fn(Q) + Send + Sync>,
    keep_thread: Option<KeepThread>,
}

/// Is given each thread that a function of the host's runs on, by whoever has to wait for the thread's end.
pub(crate) type KeepThread = Arc<dyn Fn(JoinHandle<()>) + Send + Sync>;

impl<Q: Send + 'static> HostFunction<Q> {
    pub(crate) fn new(function: impl Fn(Q) + Send + Sync + 'static, keep_thread: Option<KeepThread>) -> Self {
        HostFunction { function: Arc::new(function), keep_thread }
    }

    /// Runs it on this thread.
    pub(crate) fn call(&self, question: Q) {
        (self.function)(question);
    }

    /// Has it answer, on a thread of its own: whatever it does, this returns at the deadline. `None` if it gave no answer.
    ///
    /// # Errors
    /// `Timeout`, `Cancelled`, or `Resources` if there is no thread.
    pub(crate) fn ask<T: Send + 'static>(
        &self,
        thread_name: &str,
        question: impl FnOnce(Answerer<T>) -> Q + Send + 'static,
        deadline: Instant,
        cancellation: &Cancellation,
    ) -> Result<Option<T>, Failure> {
        let (asker, answerer) = ask();
        let host = self.clone();
        let run = move || {
            os::block_signals();
            guard::quiet_this_thread();
            // A host in Rust may panic; its answerer is dropped unanswered then.
            let _ = catch_unwind(AssertUnwindSafe(|| {
                test_panic::here("ask");
                host.call(question(answerer));
            }));
        };
        let builder = thread::Builder::new().name(thread_name.into()).stack_size(HOST_STACK_BYTES);
        let thread = sync::start(builder, run)
            .map_err(|_| Failure::new(Status::Resources, "no thread could be started for a callback"))?;
        if let Some(keep) = &self.keep_thread {
            keep(thread);
        }
        asker.wait(deadline, cancellation)
    }
}

impl<Q> Clone for HostFunction<Q> {
    fn clone(&self) -> Self {
        HostFunction { function: self.function.clone(), keep_thread: self.keep_thread.clone() }
    }
}

/// Asks a question.
pub(crate) fn ask<T: Send + 'static>() -> (Asker<T>, Answerer<T>) {
    let cell = Arc::new(Cell { state: Mutex::new(State::Open(Vec::new())), changed: Condvar::new() });
    (Asker(cell.clone()), Answerer(cell))
}

impl<T: Send + 'static> Asker<T> {
    /// Waits for the answer, but not past `deadline` nor past a cancellation.
    ///
    /// # Errors
    /// `Timeout` or `Cancelled`; the question is closed then.
    pub(crate) fn wait(self, deadline: Instant, cancellation: &Cancellation) -> Result<Option<T>, Failure> {
        let cell = self.0.clone();
        let _hook = cancellation.on_cancel(move || {
            // Under the lock, or the wake-up falls between the waiter's look and its sleep.
            let _state = cell.lock();
            cell.changed.notify_all();
        });
        let mut state = self.0.lock();
        loop {
            if let State::Answered(answer) = &mut *state {
                return Ok(answer.take());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let failure = if cancellation.is_cancelled() {
                Failure::new(Status::Cancelled, "the call was cancelled")
            } else if left.is_zero() {
                Failure::new(Status::Timeout, "the host gave no answer in time")
            } else {
                state = self.0.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            };
            let closed = std::mem::replace(&mut *state, State::Abandoned);
            drop(state);
            if let State::Open(hooks) = closed {
                hooks.into_iter().for_each(|hook| hook());
            }
            return Err(failure);
        }
    }
}

impl<T> Answerer<T> {
    /// Answers; only the first answer counts.
    pub(crate) fn answer(&self, answer: Option<T>) {
        let closed = {
            let mut state = self.0.lock();
            match &*state {
                State::Open(_) => std::mem::replace(&mut *state, State::Answered(answer)),
                State::Answered(_) | State::Abandoned => return,
            }
        };
        self.0.changed.notify_all();
        // Host code may run when the hooks are dropped: not under the lock.
        drop(closed);
    }

    /// Whether the asker gave up.
    pub(crate) fn is_abandoned(&self) -> bool {
        matches!(*self.0.lock(), State::Abandoned)
    }

    /// How long the asker still waits, in milliseconds.
    pub(crate) fn left_ms(&self, deadline: Instant) -> u64 {
        let left = deadline.saturating_duration_since(Instant::now());
        if self.is_abandoned() { 0 } else { u64::try_from(left.as_millis()).unwrap_or(u64::MAX) }
    }

    /// Has `hook` called when the asker gives up, at once if it already did; dropped uncalled if it never does.
    pub(crate) fn on_abandoned(&self, hook: impl FnOnce() + Send + 'static) {
        let hook: OnAbandoned = Box::new(hook);
        let late = {
            let mut state = self.0.lock();
            match &mut *state {
                State::Open(hooks) => {
                    hooks.push(hook);
                    return;
                }
                State::Abandoned => Some(hook),
                State::Answered(_) => None,
            }
        };
        if let Some(hook) = late {
            hook();
        }
    }
}

impl<T> Drop for Answerer<T> {
    fn drop(&mut self) {
        self.answer(None);
    }
}

impl<T> Cell<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(20)
    }

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[test]
    fn the_first_answer_counts_from_whatever_thread() {
        let (asker, answerer) = ask();
        let host = thread::spawn(move || {
            answerer.answer(Some(1));
            answerer.answer(Some(2));
        });
        assert_eq!(asker.wait(later(), &Cancellation::new()), Ok(Some(1)));
        host.join().unwrap();
    }

    #[test]
    fn no_answer_is_an_answer_when_the_answerer_goes() {
        let (asker, answerer) = ask::<u32>();
        drop(answerer);
        assert_eq!(asker.wait(later(), &Cancellation::new()), Ok(None));
    }

    #[test]
    fn the_asker_gives_up_in_time_and_the_host_is_told_once() {
        let (asker, answerer) = ask::<u32>();
        let told = Arc::new(AtomicU32::new(0));
        let tell = |told: &Arc<AtomicU32>| {
            let told = told.clone();
            move || {
                told.fetch_add(1, Ordering::SeqCst);
            }
        };
        answerer.on_abandoned(tell(&told));
        assert_eq!(asker.wait(soon(), &Cancellation::new()).unwrap_err().status, Status::Timeout);
        assert_eq!(told.load(Ordering::SeqCst), 1);
        answerer.on_abandoned(tell(&told));
        assert_eq!(told.load(Ordering::SeqCst), 2);
        answerer.answer(Some(1));
    }

    #[test]
    fn a_cancellation_ends_the_wait() {
        let (asker, answerer) = ask::<u32>();
        let cancellation = Cancellation::new();
        let canceller = {
            let cancellation = cancellation.clone();
            thread::spawn(move || cancellation.cancel())
        };
        assert_eq!(asker.wait(later(), &cancellation).unwrap_err().status, Status::Cancelled);
        canceller.join().unwrap();
        drop(answerer);
    }
}
