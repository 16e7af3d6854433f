//! Fresh sessions at hand: what most loads give, without the provider's lock.
//!
//! There is a shelf for every few threads, with a copy of its own, so that threads share neither a lock nor a count of
//! references. A session lies there only while the provider would give it: shelves are filled under the provider's lock,
//! and cleared whenever somebody takes that lock who may change what it guards.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};

use crate::ffi::os::Tick;
use crate::session::Session;
use crate::sync::{Mutex, MutexGuard};

const SHELVES: usize = 16;

/// From so long before the advisory window on, the provider decides: a tick is as long as 10 ms.
const MARGIN_MS: u64 = 1_000;

#[derive(Default)]
pub(super) struct Shelves {
    shelves: [Shelf; SHELVES],
    /// Changed under the provider's lock alone.
    has_any: AtomicBool,
}

/// In memory that no other shelf's is fetched with.
#[derive(Default)]
#[repr(align(128))]
struct Shelf(Mutex<Option<Kept>>);

struct Kept {
    session: Arc<Session>,
    /// On the clock of lives.
    fresh_until_ms: u64,
    /// When that was compared with the clock.
    checked_at: Option<Tick>,
}

impl Shelves {
    /// The session on this thread's shelf, if it is fresh. `tick` is the present one, read before.
    pub(super) fn fresh(&self, tick: Option<Tick>, life_ms: impl FnOnce() -> u64) -> Option<Arc<Session>> {
        let mut shelf = self.mine()?.lock();
        let kept = shelf.as_mut()?;
        if tick.is_none() || kept.checked_at != tick {
            if is_over(kept.fresh_until_ms, life_ms()) {
                *shelf = None;
                return None;
            }
            kept.checked_at = tick;
        }
        Some(kept.session.clone())
    }

    /// Puts a session on this thread's shelf. Only under the provider's lock.
    pub(super) fn keep(&self, session: &Arc<Session>, fresh_until_ms: u64, life_ms: u64) {
        if is_over(fresh_until_ms, life_ms) {
            return;
        }
        let Some(shelf) = self.mine() else { return };
        let is_first = !self.has_any.swap(true, Ordering::Relaxed);
        let session = if is_first { session.clone() } else { Arc::new((**session).clone()) };
        *shelf.lock() = Some(Kept { session, fresh_until_ms, checked_at: None });
    }

    /// Only under the provider's lock.
    pub(super) fn clear(&self) {
        if self.has_any.swap(false, Ordering::Relaxed) {
            self.shelves.iter().for_each(|shelf| *shelf.lock() = None);
        }
    }

    fn mine(&self) -> Option<&Shelf> {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static INDEX: usize = THREADS.fetch_add(1, Ordering::Relaxed) % SHELVES;
        }
        // A thread that ends has none.
        INDEX.try_with(|&index| self.shelves.get(index)).ok()?
    }
}

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, Option<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_over(fresh_until_ms: u64, life_ms: u64) -> bool {
    life_ms.saturating_add(MARGIN_MS) >= fresh_until_ms
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::core::tests::session;
    use super::*;

    const FRESH_UNTIL_MS: u64 = 60_000;
    const TICK: Option<Tick> = Some(Duration::from_millis(4));
    const NEXT_TICK: Option<Tick> = Some(Duration::from_millis(8));

    fn shelves() -> Shelves {
        let shelves = Shelves::default();
        shelves.keep(&Arc::new(session("ks", 100_000)), FRESH_UNTIL_MS, 0);
        shelves
    }

    #[test]
    fn within_a_tick_the_clock_is_not_read() {
        let shelves = shelves();
        assert!(shelves.fresh(TICK, || 1).is_some());
        assert!(shelves.fresh(TICK, || FRESH_UNTIL_MS).is_some());
        assert!(shelves.fresh(NEXT_TICK, || FRESH_UNTIL_MS).is_none());
    }

    #[test]
    fn without_ticks_the_clock_is_read_each_time() {
        let shelves = shelves();
        assert!(shelves.fresh(None, || 1).is_some());
        assert!(shelves.fresh(None, || FRESH_UNTIL_MS).is_none());
    }

    #[test]
    fn what_was_not_fresh_once_is_gone() {
        let shelves = shelves();
        assert!(shelves.fresh(TICK, || FRESH_UNTIL_MS - MARGIN_MS).is_none());
        assert!(shelves.fresh(NEXT_TICK, || 0).is_none());
    }

    #[test]
    fn another_thread_has_a_shelf_and_a_copy_of_its_own() {
        let shelves = shelves();
        let mine = shelves.fresh(TICK, || 0).unwrap();
        std::thread::scope(|scope| {
            let other = scope.spawn(|| {
                assert!(shelves.fresh(TICK, || 0).is_none());
                shelves.keep(&mine, FRESH_UNTIL_MS, 0);
                shelves.fresh(TICK, || 0).unwrap()
            });
            let copy = other.join().unwrap();
            assert!(copy == mine && !Arc::ptr_eq(&copy, &mine));
        });
        shelves.clear();
        assert!(shelves.fresh(TICK, || 0).is_none());
    }
}
