//! Whether this process is a child of the one that it was: the child of a fork has the memory of its parent, but none
//! of its threads.

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// How often this process and its ancestors have forked since somebody first asked. Unlike the process id it costs no
/// system call.
pub(crate) fn count() -> u32 {
    #[cfg(unix)]
    {
        extern "C" fn in_the_child() {
            COUNT.fetch_add(1, Ordering::Relaxed);
        }
        static WATCHED: Once = Once::new();
        WATCHED.call_once(|| {
            // SAFETY: the function only adds to an atomic, which the child of many threads may do. It fails only
            // without memory, and then no child is told.
            let _ = unsafe { libc::pthread_atfork(None, None, Some(in_the_child)) };
        });
    }
    COUNT.load(Ordering::Relaxed)
}
