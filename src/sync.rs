//! The locks and threads of whatever waits for another thread: std's, or in tests those of an explorer of schedules.

#[cfg(not(all(test, kaltura_shuttle)))]
pub(crate) use std::{
    sync::{Condvar, Mutex, MutexGuard},
    thread,
};

#[cfg(all(test, kaltura_shuttle))]
pub(crate) use shuttle::{
    sync::{Condvar, Mutex, MutexGuard},
    thread,
};

/// Lets go of the threads that have ended; the explorer cannot tell.
pub(crate) fn forget_ended(threads: &mut Vec<thread::JoinHandle<()>>) {
    #[cfg(not(all(test, kaltura_shuttle)))]
    threads.retain(|thread| !thread.is_finished());
    #[cfg(all(test, kaltura_shuttle))]
    let _ = threads;
}
