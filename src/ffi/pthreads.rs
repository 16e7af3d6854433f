//! Mutex and condition variable over POSIX threads, in the shape of std's, for checkers that do not know std's own, which
//! are made of atomics: `make check-helgrind`. What is shipped has std's.

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::sync::{LockResult, TryLockError, TryLockResult};
use std::time::Duration;

/// As [`std::sync::Mutex`], without poison.
#[derive(Debug)]
pub(crate) struct Mutex<T> {
    raw: UnsafeCell<libc::pthread_mutex_t>,
    value: UnsafeCell<T>,
}

/// As [`std::sync::MutexGuard`].
#[derive(Debug)]
pub(crate) struct MutexGuard<'a, T>(&'a Mutex<T>);

/// As [`std::sync::Condvar`].
#[derive(Debug)]
pub(crate) struct Condvar(UnsafeCell<libc::pthread_cond_t>);

// SAFETY: the value is reached through the lock alone.
unsafe impl<T: Send> Send for Mutex<T> {}

// SAFETY: as for Send.
unsafe impl<T: Send> Sync for Mutex<T> {}

// SAFETY: a condition variable is for several threads.
unsafe impl Sync for Condvar {}

// SAFETY: as for Sync.
unsafe impl Send for Condvar {}

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Mutex { raw: UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER), value: UnsafeCell::new(value) }
    }

    pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        // SAFETY: a mutex that lives as long as the borrow, and does not move meanwhile.
        unsafe { libc::pthread_mutex_lock(self.raw.get()) };
        Ok(MutexGuard(self))
    }

    pub(crate) fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        // SAFETY: as in `lock`.
        if unsafe { libc::pthread_mutex_trylock(self.raw.get()) } == 0 {
            Ok(MutexGuard(self))
        } else {
            Err(TryLockError::WouldBlock)
        }
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Mutex::new(T::default())
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: whoever has the guard has the lock.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: whoever has the guard has the lock.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        // SAFETY: this thread has the lock, by the guard.
        unsafe { libc::pthread_mutex_unlock(self.0.raw.get()) };
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Condvar::new()
    }
}

impl Condvar {
    pub(crate) const fn new() -> Self {
        Condvar(UnsafeCell::new(libc::PTHREAD_COND_INITIALIZER))
    }

    pub(crate) fn notify_all(&self) {
        // SAFETY: a condition variable that lives as long as the borrow.
        unsafe { libc::pthread_cond_broadcast(self.0.get()) };
    }

    /// The guard, and whether the time was up.
    pub(crate) fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        time: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, bool)> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let until = now.saturating_add(time.min(Duration::from_secs(86_400)));
        let until = libc::timespec {
            tv_sec: until.as_secs().try_into().unwrap_or(libc::time_t::MAX),
            tv_nsec: until.subsec_nanos().into(),
        };
        // SAFETY: this thread has the lock, by the guard; the time outlives the call.
        let result = unsafe { libc::pthread_cond_timedwait(self.0.get(), guard.0.raw.get(), &raw const until) };
        Ok((guard, result != 0))
    }
}
