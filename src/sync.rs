//! The locks and threads of whatever waits for another thread: std's; in tests those of an explorer of schedules, or those
//! that checkers know.

#[cfg(all(test, kaltura_shuttle))]
pub(crate) use shuttle::{
    sync::{Condvar, Mutex, MutexGuard},
    thread,
};

#[cfg(not(all(test, kaltura_shuttle)))]
pub(crate) use std::thread;

#[cfg(not(all(test, kaltura_shuttle)))]
pub(crate) use known::{Condvar, Mutex, MutexGuard};

/// Those that no explorer of schedules has to know: for what does I/O.
pub(crate) mod known {
    #[cfg(kaltura_pthreads)]
    pub(crate) use crate::ffi::pthreads::{Condvar, Mutex, MutexGuard};

    #[cfg(not(kaltura_pthreads))]
    pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};
}

/// Lets go of the threads that have ended; the explorer cannot tell.
pub(crate) fn forget_ended(threads: &mut Vec<thread::JoinHandle<()>>) {
    #[cfg(not(all(test, kaltura_shuttle)))]
    threads.retain(|thread| !thread.is_finished());
    #[cfg(all(test, kaltura_shuttle))]
    let _ = threads;
}
