//! A call that can be ended by somebody else.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use crate::sync::{Condvar, Mutex, MutexGuard};

/// Ends the calls that it was given to, at once and for good. Made before the call, so that there is no moment
/// without it; one may serve many calls.
#[derive(Clone, Default)]
pub struct Cancellation {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    cancelled: AtomicBool,
    next_id: AtomicU64,
    hooks: Mutex<Vec<(u64, Wake)>>,
    changed: Condvar,
}

type Wake = Arc<dyn Fn() + Send + Sync>;

impl Cancellation {
    /// One that nobody has cancelled yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels; a second time it does nothing. Hooks run on this thread, outside any lock.
    pub fn cancel(&self) {
        let hooks: Vec<Wake> = {
            let hooks = self.lock();
            self.inner.cancelled.store(true, Ordering::SeqCst);
            hooks.iter().map(|(_, wake)| wake.clone()).collect()
        };
        self.inner.changed.notify_all();
        for wake in hooks {
            wake();
        }
    }

    /// Whether somebody cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.inner.cancelled.load(Ordering::SeqCst)
    }

    /// Has `wake` called when somebody cancels, at once if somebody already did; until the returned hook is dropped.
    /// `wake` must be quick and must not call back: it interrupts whatever the call is blocked in.
    pub(crate) fn on_cancel(&self, wake: impl Fn() + Send + Sync + 'static) -> Hook {
        let wake: Wake = Arc::new(wake);
        let id = self.inner.next_id.fetch_add(1, Ordering::Relaxed);
        let already = {
            let mut hooks = self.lock();
            hooks.push((id, wake.clone()));
            self.is_cancelled()
        };
        if already {
            wake();
        }
        Hook { inner: self.inner.clone(), id }
    }

    /// Sleeps until `deadline` or the cancellation, whichever comes first; true if it was the cancellation.
    pub(crate) fn sleep_until(&self, deadline: Instant) -> bool {
        let mut hooks = self.lock();
        while !self.is_cancelled() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            hooks = self.inner.changed.wait_timeout(hooks, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(u64, Wake)>> {
        self.inner.hooks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cancellation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancellation").field("cancelled", &self.is_cancelled()).finish()
    }
}

/// Keeps a hook of [`Cancellation::on_cancel`] alive.
#[must_use = "the hook is gone when this is dropped"]
pub(crate) struct Hook {
    inner: Arc<Inner>,
    id: u64,
}

impl Drop for Hook {
    fn drop(&mut self) {
        let mut hooks = self.inner.hooks.lock().unwrap_or_else(PoisonError::into_inner);
        hooks.retain(|(id, _)| *id != self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_hook_runs_once_at_the_cancellation_and_not_after_it_was_dropped() {
        let calls = Arc::new(AtomicU32::new(0));
        let cancellation = Cancellation::new();
        let counting = |calls: &Arc<AtomicU32>| {
            let calls = calls.clone();
            move || {
                calls.fetch_add(1, Ordering::SeqCst);
            }
        };
        drop(cancellation.on_cancel(counting(&calls)));
        let _kept = cancellation.on_cancel(counting(&calls));
        cancellation.cancel();
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_hook_that_comes_late_runs_at_once() {
        let cancellation = Cancellation::new();
        cancellation.cancel();
        let called = Arc::new(AtomicBool::new(false));
        let seen = called.clone();
        let _hook = cancellation.on_cancel(move || seen.store(true, Ordering::SeqCst));
        assert!(called.load(Ordering::SeqCst));
    }

    #[test]
    fn a_sleeper_is_woken() {
        let cancellation = Cancellation::new();
        let sleeper = {
            let cancellation = cancellation.clone();
            std::thread::spawn(move || cancellation.sleep_until(Instant::now() + Duration::from_secs(60)))
        };
        cancellation.cancel();
        assert!(sleeper.join().unwrap());
        assert!(!Cancellation::new().sleep_until(Instant::now()));
    }
}
