//! Section "Sessions", how one is started.

use std::ptr;
use std::sync::Arc;

use super::cancellation::kaltura_cancellation;
use super::convert::null_handle;
use super::error::{ErrorOut, kaltura_error};
use super::guard::guard;
use super::options::kaltura_options;
use super::session::kaltura_session;
use crate::driver;
use crate::error::Error;

/// Starts a session.
///
/// Blocks while it sends two requests, and up to three more if the app token's hash type is neither SHA256 nor named,
/// over one connection, for the total timeout at most. Connections to one server are shared by all calls of a process
/// whose options for it are equal.
///
/// @param options       what it shall be; not NULL; copied
/// @param cancellation  ends the call from another thread; NULL if nobody shall
/// @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the session, for kaltura_session_free(); NULL on failure: any status but those of providers
///
/// Threads: any, concurrently.
///
/// cbindgen:prefix=KALTURA_BLOCKS
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_start_session(
    options: Option<&kaltura_options>,
    cancellation: Option<&kaltura_cancellation>,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_session {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        let options = options.ok_or_else(|| null_handle("options"))?;
        let cancellation = kaltura_cancellation::share(cancellation);
        let session = driver::start_session(&options.0, &cancellation)?;
        Ok(kaltura_session::into_handle(Arc::new(session)))
    })
}
