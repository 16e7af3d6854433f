//! Section "Errors".

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::{Arc, OnceLock};

use super::convert::{self, Text};
use super::guard::guard_value;
use crate::error::Error;
use crate::status::{Category, KsReason, Status, Step};

/// The number of a [`Status`].
pub type kaltura_status = i32;

/// The number of a [`Category`].
pub type kaltura_category = i32;

/// The number of a [`Step`].
pub type kaltura_step = i32;

/// The number of a [`KsReason`].
pub type kaltura_ks_reason = i32;

/// Why a call failed. Immutable and reference-counted; it never holds a KS, a token or a token hash, so it may be
/// logged.
#[repr(transparent)]
pub struct kaltura_error(Error);

/// The error's texts as C wants them, made when one is first asked for.
struct Texts {
    message: CString,
    hint: CString,
    option: Option<CString>,
    api_code: Option<CString>,
    api_message: Option<CString>,
    api_args: Vec<(CString, CString)>,
    server_session: Option<CString>,
    server_host: Option<CString>,
}

impl kaltura_error {
    /// Hands an error to C, perhaps one that others were handed too.
    pub(super) fn into_handle(error: Arc<Error>) -> *mut kaltura_error {
        Arc::into_raw(error).cast_mut().cast()
    }

    fn texts(&self) -> Option<&Texts> {
        let optional = |text: &Option<String>| text.as_deref().map(convert::c_string);
        let error = &self.0;
        error.view.get_or_make(|| {
            let api = error.api.as_ref();
            Texts {
                message: convert::c_string(&error.message),
                hint: convert::c_string(&error.hint),
                option: error.option.map(convert::c_string),
                api_code: api.map(|api| convert::c_string(&api.code)),
                api_message: api.map(|api| convert::c_string(&api.message)),
                api_args: api
                    .into_iter()
                    .flat_map(|api| &api.args)
                    .map(|(name, value)| (convert::c_string(name), convert::c_string(value)))
                    .collect(),
                server_session: optional(&error.server_session),
                server_host: optional(&error.server_host),
            }
        })
    }
}

/// Where a failing call puts its error; NULL from the start, and if the caller wants none.
pub(super) struct ErrorOut(*mut *mut kaltura_error);

impl ErrorOut {
    /// # Safety
    /// `place` is NULL or a place for a pointer, initialised or not; the caller of the export vouches for it.
    pub(super) unsafe fn new(place: *mut *mut kaltura_error) -> Self {
        if !place.is_null() {
            // SAFETY: not NULL, as just checked; the rest is the caller's promise. Not through a reference: the place
            // may be uninitialised.
            unsafe { place.write(ptr::null_mut()) };
        }
        ErrorOut(place)
    }

    pub(super) fn write(self, error: Arc<Error>) {
        if !self.0.is_null() {
            // SAFETY: as in `new`.
            unsafe { self.0.write(kaltura_error::into_handle(error)) };
        }
    }
}

/// What went wrong.
///
/// @param error  NULL is fine
/// @return a KALTURA_STATUS value; KALTURA_STATUS_OK for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_error_status(error: Option<&kaltura_error>) -> kaltura_status {
    error.map_or(Status::Ok, |handle| handle.0.status) as i32
}

/// The name of a status, for a log.
///
/// @param status  any number
/// @return a static string such as "KALTURA_STATUS_TIMEOUT", never NULL; "KALTURA_STATUS_UNKNOWN" for a number that
///         this version does not know
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_status_name(status: kaltura_status) -> *const c_char {
    static NAMES: OnceLock<Vec<CString>> = OnceLock::new();
    guard_value(c"KALTURA_STATUS_UNKNOWN".as_ptr(), || {
        let names = NAMES.get_or_init(|| Status::ALL.iter().map(|(_, name)| convert::c_string(name)).collect());
        let position = Status::ALL.iter().position(|&(known, _)| known as i32 == status);
        position
            .and_then(|position| names.get(position))
            .map_or(c"KALTURA_STATUS_UNKNOWN".as_ptr(), |name| name.as_ptr())
    })
}

/// Whose turn it is.
///
/// @param error  NULL is fine
/// @return a KALTURA_CATEGORY value; KALTURA_CATEGORY_NONE for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_error_category(error: Option<&kaltura_error>) -> kaltura_category {
    error.map_or(Category::None, |handle| handle.0.category()) as i32
}

/// Where in the flow it happened.
///
/// @param error  NULL is fine
/// @return a KALTURA_STEP value; KALTURA_STEP_NONE for NULL, and before the first request
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_error_step(error: Option<&kaltura_error>) -> kaltura_step {
    error.map_or(Step::None, |handle| handle.0.step) as i32
}

/// What went wrong, in one line without secrets, for a log.
///
/// @param error  NULL is fine
/// @return a string of the error's, never NULL; "" for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_error_message(error: Option<&kaltura_error>) -> *const c_char {
    guard_value(c"".as_ptr(), || texts(error).map_or(c"".as_ptr(), |texts| texts.message.as_ptr()))
}

/// What to do about it, in plain words, for whoever set up the app.
///
/// @param error  NULL is fine
/// @return a string of the error's, never NULL; "" for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_error_hint(error: Option<&kaltura_error>) -> *const c_char {
    guard_value(c"".as_ptr(), || texts(error).map_or(c"".as_ptr(), |texts| texts.hint.as_ptr()))
}

/// Which value was refused.
///
/// @param error  NULL is fine
/// @return for KALTURA_STATUS_INVALID_ARGUMENT the name of the parameter, or of the option as its setter spells it,
///         for instance "service_url"; a string of the error's; else NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_error_option(error: Option<&kaltura_error>) -> *const c_char {
    guard_value(ptr::null(), || pointer(texts(error).and_then(|texts| texts.option.as_ref())))
}

/// The server's own code.
///
/// @param error  NULL is fine
/// @return a string of the error's, for instance "INVALID_APP_TOKEN_HASH"; NULL if the server gave none
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_error_api_code(error: Option<&kaltura_error>) -> *const c_char {
    guard_value(ptr::null(), || pointer(texts(error).and_then(|texts| texts.api_code.as_ref())))
}

/// The server's own message, with everything that may be a secret redacted.
///
/// @param error  NULL is fine
/// @return a string of the error's; NULL if the server gave none
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_error_api_message(error: Option<&kaltura_error>) -> *const c_char {
    guard_value(ptr::null(), || pointer(texts(error).and_then(|texts| texts.api_message.as_ref())))
}

/// The names of the arguments of the server's message, one by one.
///
/// @param error  NULL is fine
/// @param index  from 0 on
/// @return a string of the error's; NULL past the end
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_error_api_arg_name(error: Option<&kaltura_error>, index: usize) -> *const c_char {
    guard_value(ptr::null(), || pointer(texts(error).and_then(|texts| texts.api_args.get(index)).map(|(name, _)| name)))
}

/// An argument of the server's message, with everything that may be a secret redacted.
///
/// @param error  NULL is fine
/// @param name   its name, for instance "ID"; NULL is fine
/// @return a string of the error's; NULL if there is no such argument
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_error_api_arg(error: Option<&kaltura_error>, name: *const c_char) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: a string or NULL, by the contract of this call.
        let Text::Is(name) = (unsafe { Text::new(name) }) else {
            return ptr::null();
        };
        let mut args = texts(error).into_iter().flat_map(|texts| &texts.api_args);
        pointer(args.find(|(known, _)| known.to_bytes() == name.as_bytes()).map(|(_, value)| value))
    })
}

/// Why the server refused a KS.
///
/// @param error  NULL is fine
/// @return a KALTURA_KS_REASON value; KALTURA_KS_REASON_NONE unless the status is KALTURA_STATUS_INVALID_KS
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_error_ks_reason(error: Option<&kaltura_error>) -> kaltura_ks_reason {
    error.map_or(KsReason::None, |handle| handle.0.ks_reason) as i32
}

/// The HTTP status of the reply that was the failure.
///
/// @param error  NULL is fine
/// @return 100 to 599; 0 if no reply came, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_error_http_status(error: Option<&kaltura_error>) -> i32 {
    error.map_or(0, |handle| handle.0.http_status.into())
}

/// Whether the same call may succeed later with nothing changed.
///
/// @param error  NULL is fine
/// @return 1 if it may, else 0
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_error_is_retryable(error: Option<&kaltura_error>) -> i32 {
    error.map_or(0, |handle| handle.0.is_retryable.into())
}

/// How long the server wants to be left alone.
///
/// @param error  NULL is fine
/// @return milliseconds from when the error was made; 0 if the server named no time
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_error_retry_after_ms(error: Option<&kaltura_error>) -> i64 {
    error.map_or(0, |handle| i64::try_from(handle.0.retry_after_ms).unwrap_or(i64::MAX))
}

/// How many requests were sent. A connection at rest that turns out to be closed is replaced without counting.
///
/// @param error  NULL is fine
/// @return 0 to 12
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_error_attempts(error: Option<&kaltura_error>) -> i32 {
    error.map_or(0, |handle| i32::try_from(handle.0.attempts).unwrap_or(i32::MAX))
}

/// The reply's X-Kaltura-Session, which names the server's log line: give it to Kaltura's support.
///
/// @param error  NULL is fine
/// @return a string of the error's; NULL if there was none
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_error_server_session(error: Option<&kaltura_error>) -> *const c_char {
    guard_value(ptr::null(), || pointer(texts(error).and_then(|texts| texts.server_session.as_ref())))
}

/// The reply's X-Me, the name of the host that answered: give it to Kaltura's support.
///
/// @param error  NULL is fine
/// @return a string of the error's; NULL if there was none
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_error_server_host(error: Option<&kaltura_error>) -> *const c_char {
    guard_value(ptr::null(), || pointer(texts(error).and_then(|texts| texts.server_host.as_ref())))
}

/// Takes another reference to an error, for another owner.
///
/// @param error  NULL is fine
/// @return the same error, for kaltura_error_free(); NULL for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_error_retain(error: *const kaltura_error) -> *mut kaltura_error {
    guard_value(ptr::null_mut(), || {
        // SAFETY: a live error or NULL, by the contract of this call.
        unsafe { convert::retain_handle::<Error, _>(error) }
    })
}

/// Lets go of one reference to an error.
///
/// @param error  NULL is fine
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_error_free(error: *mut kaltura_error) {
    guard_value((), || {
        // SAFETY: a live error or NULL, by the contract of this call.
        unsafe { convert::release_handle::<Error, _>(error) }
    });
}

fn texts(error: Option<&kaltura_error>) -> Option<&Texts> {
    error.and_then(kaltura_error::texts)
}

fn pointer(text: Option<&CString>) -> *const c_char {
    text.map_or(ptr::null(), |text| text.as_ptr())
}
