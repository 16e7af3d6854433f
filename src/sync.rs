//! The locks and threads of whatever waits for another thread: std's, or in tests those of an explorer of schedules.

use std::io;

use crate::ffi::os;

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

/// Starts a thread. What std keeps of one comes from the system alone, and it ends the process if there is no more.
pub(crate) fn start(
    builder: thread::Builder,
    run: impl FnOnce() + Send + 'static,
) -> io::Result<thread::JoinHandle<()>> {
    if !os::has_memory() {
        return Err(io::ErrorKind::OutOfMemory.into());
    }
    builder.spawn(run)
}

/// Lets go of the threads that have ended; the explorer cannot tell.
pub(crate) fn forget_ended(threads: &mut Vec<thread::JoinHandle<()>>) {
    #[cfg(not(all(test, kaltura_shuttle)))]
    threads.retain(|thread| !thread.is_finished());
    #[cfg(all(test, kaltura_shuttle))]
    let _ = threads;
}
