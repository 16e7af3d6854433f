//! Nothing gets past: no panic leaves the library, and none prints.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Once};

use crate::error::Error;
use crate::ffi::error::ErrorOut;
use crate::hints;
use crate::status::{Status, Step};

#[cfg(panic = "abort")]
compile_error!("a panic must become a status, so kaltura-session needs panic = \"unwind\"");

thread_local! {
    /// How many guards this thread is in: tells the panic hook whose panic it is. It holds no state of a call.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Runs an export that can fail; a failure or a panic becomes the error object and `failed`.
pub(super) fn guard<T, E: Into<Arc<Error>>>(error: ErrorOut, failed: T, body: impl FnOnce() -> Result<T, E>) -> T {
    match quietly(body) {
        Some(Ok(value)) => value,
        Some(Err(failure)) => {
            error.write(failure.into());
            failed
        }
        None => {
            error.write(Arc::new(bug()));
            failed
        }
    }
}

/// Runs an export that has no error to give; a panic becomes `failed`.
pub(super) fn guard_value<T>(failed: T, body: impl FnOnce() -> T) -> T {
    quietly(body).unwrap_or(failed)
}

/// What became of a call that panicked.
pub(super) fn bug() -> Error {
    Error::new(Status::Panic, Step::None, "a bug in this library").with_hint(hints::PANIC)
}

fn quietly<T>(body: impl FnOnce() -> T) -> Option<T> {
    install_hook();
    DEPTH.with(|depth| depth.set(depth.get() + 1));
    let result = panic::catch_unwind(AssertUnwindSafe(body));
    DEPTH.with(|depth| depth.set(depth.get() - 1));
    // A payload whose drop panics would get out here.
    result.map_err(std::mem::forget).ok()
}

/// A panic on this thread, which is the library's own, prints nothing from now on.
pub(crate) fn quiet_this_thread() {
    DEPTH.with(|depth| depth.set(depth.get() + 1));
}

/// Keeps panics under a guard off the host's standard error. A host in Rust keeps its own hook for all others.
fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if DEPTH.try_with(Cell::get).unwrap_or(0) == 0 {
                others(info);
            }
        }));
    });
}

/// Panics under the guard, and returns 1 if that was caught: for tests/dist.rs, in no library that is shipped.
#[cfg(kaltura_test_panic)]
#[unsafe(no_mangle)]
#[allow(clippy::panic, reason = "that is the test")]
pub extern "C" fn kaltura_test_panic() -> i32 {
    guard_value(1, || panic!("in kaltura-session"))
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::*;
    use crate::ffi::error::{kaltura_error, kaltura_error_free, kaltura_error_status};

    #[test]
    fn a_panic_becomes_a_status() {
        let mut error: *mut kaltura_error = ptr::dangling_mut();
        // SAFETY: the pointer is to a local.
        let out = unsafe { ErrorOut::new(&raw mut error) };
        assert!(error.is_null());
        let result = guard(out, 7, || -> Result<i32, Error> { panic!("inside") });
        assert_eq!(result, 7);
        // SAFETY: the guard wrote a live error.
        let status = kaltura_error_status(unsafe { error.as_ref() });
        assert_eq!(status, Status::Panic as i32);
        // SAFETY: owned by this test.
        unsafe { kaltura_error_free(error) };
    }

    #[test]
    fn a_getter_that_panics_gives_its_default() {
        assert_eq!(guard_value(3, || panic!("inside")), 3);
        assert_eq!(DEPTH.with(Cell::get), 0);
    }
}
