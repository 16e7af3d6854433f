//! Section "Cancellation".

use std::ptr;

use super::guard::guard_value;
use crate::cancellation::Cancellation;

/// Ends the calls that it was given to. Made before the call, so that there is no moment without it; once cancelled
/// it stays so; one may serve many calls. It ends the caller's own call at once, never a refresh that others wait
/// for.
pub struct kaltura_cancellation(Cancellation);

/// Makes a cancellation.
///
/// @return it, for kaltura_cancellation_free(); never NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn kaltura_cancellation_new() -> *mut kaltura_cancellation {
    guard_value(ptr::null_mut(), || Box::into_raw(Box::new(kaltura_cancellation(Cancellation::new()))))
}

/// Cancels: every call that was given it, running or to come, ends with KALTURA_STATUS_CANCELLED. Does not block.
///
/// @param cancellation  NULL is fine
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_cancellation_cancel(cancellation: *mut kaltura_cancellation) {
    guard_value((), || {
        // SAFETY: a live cancellation or NULL, by the contract of this call; shared, since others may use it now.
        if let Some(cancellation) = unsafe { cancellation.as_ref() } {
            cancellation.0.cancel();
        }
    });
}

/// Frees a cancellation without cancelling; calls that were given it and have begun go on.
///
/// @param cancellation  NULL is fine
///
/// Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_cancellation_free(cancellation: Option<Box<kaltura_cancellation>>) {
    guard_value((), || drop(cancellation));
}

impl kaltura_cancellation {
    /// What a call holds on to; one that nobody cancels for NULL.
    pub(super) fn share(handle: Option<&kaltura_cancellation>) -> Cancellation {
        handle.map_or_else(Cancellation::new, |handle| handle.0.clone())
    }
}
