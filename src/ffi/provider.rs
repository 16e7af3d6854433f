//! Section "Providers".

use std::ffi::{CString, c_char, c_void};
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use super::cancellation::kaltura_cancellation;
use super::convert::{self, Text, UserData, null_handle};
use super::error::{ErrorOut, kaltura_error};
use super::guard::{guard, guard_value};
use super::options::{kaltura_destroy_fn, kaltura_options};
use super::session::kaltura_session;
use crate::error::Error;
use crate::hints;
use crate::provider::{Advice, Provider};

/// Keeps a valid session at hand for as long as an app runs, whatever number of threads ask for it.
///
/// The states of its session, and what kaltura_provider_load() does in each:
///
///   NONE       None yet, dropped, or dead. A refresh runs, one for all; every load waits for it, and gets the
///              session or the error that it brings. After an error loads get that error again, without a request,
///              until a pause is over: some seconds, two minutes if the app token is wrong. Then, or when it
///              succeeded: -> FRESH.
///   FRESH      Loads get the session at once. When the advisory window begins: -> ADVISORY.
///   ADVISORY   Loads get the session at once; the first one starts a refresh in the background. When that succeeds:
///              -> FRESH. When it fails, it is tried again after a pause, on a later load. When the mandatory window
///              begins: -> MANDATORY.
///   MANDATORY  Loads wait for the refresh. When it succeeds: -> FRESH. When it fails, they get the session that they
///              have, for it lives. At its end: -> NONE.
///
/// A living session is never withheld for an error, and a dead one never given. Lives are counted by the server's
/// time, and go on while the device sleeps. kaltura_provider_invalidate() and kaltura_provider_report_error() drop a
/// session (-> NONE), kaltura_provider_set_user_id() drops whatever is the old user's, kaltura_provider_end_session()
/// and kaltura_provider_shutdown() end it all.
///
/// Nothing is refreshed on a timer: an app that asks for nothing sends nothing. A refresh costs one request on the
/// connection of the last, if that is less than 15 seconds old, while the widget session lives, which is a day by
/// default; else two. Refreshes run on threads of the library's, as do callbacks.
pub struct kaltura_provider {
    provider: Provider,
    service_url: CString,
}

/// The number of an [`Advice`].
pub type kaltura_advice = i32;

/// Flags of [`EndValue`].
pub type kaltura_end = u32;

/// What kaltura_provider_end_session() is to end.
#[repr(u32)]
pub enum EndValue {
    /// Every session of the app token, on whatever device, and every later one too: there is nothing less that the
    /// server could do. For some time, or for good, the app token is dead.
    AllSessionsOfAppToken = 1,
}

/// Takes what a load brought. Exactly one of `session` and `error` is not NULL, and is the function's to free.
pub type kaltura_load_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, session: *mut kaltura_session, error: *mut kaltura_error)>;

/// Takes how an end of sessions went: `error` is NULL if it went well, else the function's to free.
pub type kaltura_done_fn = Option<unsafe extern "C" fn(user_data: *mut c_void, error: *mut kaltura_error)>;

/// Makes a provider. It sends nothing and starts no thread before it is asked for a session.
///
/// @param options     what its sessions shall be; not NULL; copied
/// @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the provider, for kaltura_provider_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT,
///         KALTURA_STATUS_CERTIFICATE, KALTURA_STATUS_RESOURCES
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_provider_new(
    options: Option<&kaltura_options>,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_provider {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        let options = options.ok_or_else(|| null_handle("options"))?;
        let provider = Provider::new(&options.0)?;
        let service_url = convert::c_string(provider.service_url());
        Ok(Box::into_raw(Box::new(kaltura_provider { provider, service_url })))
    })
}

/// Where its server is.
///
/// @param provider  NULL is fine
/// @return the base address, for instance "https://www.kaltura.com"; a string of the provider's; "" for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_provider_service_url(provider: *const kaltura_provider) -> *const c_char {
    // SAFETY: a live provider or NULL, by the contract of this call.
    unsafe { provider.as_ref() }.map_or(c"".as_ptr(), |handle| handle.service_url.as_ptr())
}

/// Whose sessions it keeps.
///
/// @param provider  NULL is fine
/// @return the partner id; 0 for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_provider_partner_id(provider: *const kaltura_provider) -> i64 {
    // SAFETY: a live provider or NULL, by the contract of this call.
    unsafe { provider.as_ref() }.map_or(0, |handle| handle.provider.partner_id())
}

/// A valid session.
///
/// Returns at once while the cached one is fresh, and in its advisory window, where a refresh begins in the
/// background. Else it blocks until a refresh has landed that all callers share, for the total timeout at most. A
/// refresh costs one request while the widget session lives, which is a day by default, else two.
///
/// @param provider      not NULL
/// @param cancellation  ends this call from another thread, but not the refresh that others wait for; NULL if nobody
///                      shall
/// @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the session, for kaltura_session_free(); NULL on failure, never while a session lives: any status. After a
///         failure the same error is given for some seconds without another request, see
///         kaltura_error_retry_after_ms()
///
/// Threads: any, concurrently. In a callback that carries a refresh it gives KALTURA_STATUS_WRONG_STATE instead of
/// waiting for itself.
///
/// cbindgen:prefix=KALTURA_BLOCKS
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_provider_load(
    provider: *mut kaltura_provider,
    cancellation: Option<&kaltura_cancellation>,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_session {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || {
        let cancellation = cancellation.map(|handle| kaltura_cancellation::share(Some(handle)));
        // SAFETY: a live provider or NULL, by the contract of this call; no function of the host's runs meanwhile.
        let fresh = unsafe { provider.as_ref() }.and_then(|handle| handle.provider.fresh(cancellation.as_ref()));
        if let Some(session) = fresh {
            return Ok(kaltura_session::into_handle(session));
        }
        // SAFETY: a live provider or NULL, by the contract of this call.
        let provider = unsafe { share(provider) }?;
        provider.load(cancellation.as_ref()).map(kaltura_session::into_handle)
    })
}

/// The cached session, if one lives. No network, no wait for it.
///
/// @param provider  NULL is fine
/// @return the session, for kaltura_session_free(); NULL if there is none, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_provider_peek(provider: *mut kaltura_provider) -> *mut kaltura_session {
    guard_value(ptr::null_mut(), || {
        // SAFETY: a live provider or NULL, by the contract of this call.
        let provider = unsafe { share(provider) };
        provider.ok().and_then(|provider| provider.peek()).map_or(ptr::null_mut(), kaltura_session::into_handle)
    })
}

/// Starts a refresh in the background, if there is no session or it is due; for instance when the app comes to the
/// front.
///
/// @param provider  NULL does nothing
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_provider_prefetch(provider: *mut kaltura_provider) {
    guard_value((), || {
        // SAFETY: a live provider or NULL, by the contract of this call.
        if let Ok(provider) = unsafe { share(provider) } {
            provider.prefetch();
        }
    });
}

/// As kaltura_provider_load(), without blocking.
///
/// @param provider      not NULL
/// @param cancellation  completes this call at once, with KALTURA_STATUS_CANCELLED, unless it is completed already;
///                      NULL if nobody shall
/// @param callback      takes what the load brought, exactly once, on the provider's delivery thread, never inside
///                      this call; in the order of the calls where one event answers several. Not NULL. It may call
///                      every function, kaltura_provider_free() included; other completions wait while it runs
/// @param user_data     passed to `callback`, never looked at
/// @param destroy       called with `user_data` exactly once, after `callback`, on the same thread; NULL for nothing
/// @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return 1: `callback` will come. 0: it never will, and `destroy` came already: KALTURA_STATUS_INVALID_ARGUMENT,
///         KALTURA_STATUS_SHUT_DOWN, KALTURA_STATUS_RESOURCES, KALTURA_STATUS_AFTER_FORK
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_provider_load_async(
    provider: *mut kaltura_provider,
    cancellation: Option<&kaltura_cancellation>,
    callback: kaltura_load_fn,
    user_data: *mut c_void,
    destroy: kaltura_destroy_fn,
    error: *mut *mut kaltura_error,
) -> i32 {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    let user_data = UserData::new(user_data, destroy);
    guard(error, 0, move || -> Result<_, Arc<Error>> {
        // SAFETY: a live provider or NULL, by the contract of this call.
        let provider = unsafe { share(provider) }?;
        let callback = callback.ok_or_else(null_callback)?;
        let cancellation = cancellation.map(|handle| kaltura_cancellation::share(Some(handle)));
        provider.load_async(cancellation.as_ref(), move |loaded| {
            let (session, error) = match loaded {
                Ok(session) => (kaltura_session::into_handle(session), ptr::null_mut()),
                Err(error) => (ptr::null_mut(), kaltura_error::into_handle(error)),
            };
            // SAFETY: the host gave the function for this user data, and takes both handles over.
            unsafe { callback(user_data.pointer(), session, error) };
        })?;
        Ok(1)
    })
}

/// Drops a session, so that the next load brings another. Local: nothing is sent; for a user's log-out pass NULL.
///
/// @param provider  NULL does nothing
/// @param ks        the KS to drop, if it is still the current one; NULL for whatever there is or is being fetched,
///                  and what the store holds
///
/// Threads: any, concurrently. When it has returned, nobody is given that session any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_provider_invalidate(provider: *mut kaltura_provider, ks: *const c_char) {
    guard_value((), || {
        // SAFETY: a live provider or NULL, by the contract of this call.
        let provider = unsafe { share(provider) };
        // SAFETY: a string or NULL, by the contract of this call.
        let ks = unsafe { Text::new(ks) };
        match (provider, ks) {
            (Ok(provider), Text::Null) => provider.invalidate(None),
            (Ok(provider), Text::Is(ks)) => provider.invalidate(Some(ks)),
            (Ok(_), Text::NotUtf8) | (Err(_), _) => {}
        }
    });
}

/// What to do about an error that another call to the server gave for a KS of this provider.
///
/// A KS that the server refuses as expired, ended or unreadable is dropped, if it is still the current one; any
/// number of threads may report it, at the cost of one refresh. If its replacement is refused within a minute as
/// well, refreshing does not help.
///
/// @param provider  NULL is fine
/// @param ks        the KS that was sent; not NULL
/// @param api_code  the error's code, for instance "INVALID_KS"; not NULL
/// @param ksid      the error's argument KSID; NULL if it is not known
/// @return a KALTURA_ADVICE value; KALTURA_ADVICE_NOT_A_SESSION_PROBLEM for any code but INVALID_KS, and for NULL
///
/// Threads: any, concurrently. It never blocks and never calls out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_provider_report_error(
    provider: *mut kaltura_provider,
    ks: *const c_char,
    api_code: *const c_char,
    ksid: *const c_char,
) -> kaltura_advice {
    guard_value(Advice::NotASessionProblem as i32, || {
        // SAFETY: a live provider or NULL, by the contract of this call.
        let provider = unsafe { share(provider) };
        // SAFETY: a string or NULL, by the contract of this call.
        let ks = unsafe { Text::new(ks) };
        // SAFETY: as above.
        let api_code = unsafe { Text::new(api_code) };
        // SAFETY: as above.
        let ksid = unsafe { Text::new(ksid) };
        let (Ok(provider), Text::Is(ks), Text::Is(api_code)) = (provider, ks, api_code) else {
            return Advice::NotASessionProblem as i32;
        };
        let ksid = match ksid {
            Text::Null => None,
            Text::Is(ksid) => Some(ksid),
            Text::NotUtf8 => Some(""),
        };
        provider.report_error(ks, api_code, ksid) as i32
    })
}

/// Switches the user: when it has returned, no load gives a session of the old one, and loads that wait for one end
/// with KALTURA_STATUS_SUPERSEDED. The same user again changes nothing.
///
/// @param provider    not NULL
/// @param user_id     any text without control characters; copied; NULL or "" for none
/// @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return 1; 0 on failure: KALTURA_STATUS_INVALID_ARGUMENT, after which the old user is gone all the same and loads
///         say so, KALTURA_STATUS_SHUT_DOWN, KALTURA_STATUS_AFTER_FORK
///
/// Threads: any, concurrently. It does not block.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_provider_set_user_id(
    provider: *mut kaltura_provider,
    user_id: *const c_char,
    error: *mut *mut kaltura_error,
) -> i32 {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, 0, || {
        // SAFETY: a live provider or NULL, by the contract of this call.
        let provider = unsafe { share(provider) }?;
        // SAFETY: a string or NULL, by the contract of this call.
        let user_id = unsafe { Text::new(user_id) }.optional("user_id");
        provider.set_user_id(user_id).map(|()| 1)
    })
}

/// Ends the sessions of the app token at the server, and drops the provider's.
///
/// Blocks while it sends one request, for the total timeout at most. The server ends **every** session of the app
/// token, on whatever device, later ones included: to log a user out use kaltura_provider_invalidate() with NULL.
/// After a success loads give KALTURA_STATUS_INVALID_KS with KALTURA_KS_REASON_LOGOUT.
///
/// @param provider      not NULL
/// @param flags         KALTURA_END_ALL_SESSIONS_OF_APP_TOKEN: says that this is meant
/// @param cancellation  ends the call from another thread; NULL if nobody shall
/// @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return 1; 0 on failure: KALTURA_STATUS_INVALID_ARGUMENT without the flag, KALTURA_STATUS_WRONG_STATE if no
///         session lives, or any other; the session is dropped here in any other case
///
/// Threads: any, concurrently.
///
/// cbindgen:prefix=KALTURA_BLOCKS
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_provider_end_session(
    provider: *mut kaltura_provider,
    flags: kaltura_end,
    cancellation: Option<&kaltura_cancellation>,
    error: *mut *mut kaltura_error,
) -> i32 {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, 0, || {
        // SAFETY: a live provider or NULL, by the contract of this call.
        let provider = unsafe { share(provider) }?;
        check_flags(flags)?;
        let cancellation = cancellation.map(|handle| kaltura_cancellation::share(Some(handle)));
        provider.end_session(cancellation.as_ref()).map(|()| 1)
    })
}

/// As kaltura_provider_end_session(), without blocking.
///
/// @param provider      not NULL
/// @param flags         KALTURA_END_ALL_SESSIONS_OF_APP_TOKEN
/// @param cancellation  ends it from another thread; NULL if nobody shall
/// @param callback      takes how it went, exactly once, on the provider's delivery thread; not NULL
/// @param user_data     passed to `callback`, never looked at
/// @param destroy       called with `user_data` exactly once, after `callback`, on the same thread; NULL for nothing
/// @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return 1: `callback` will come. 0: it never will, and `destroy` came already: KALTURA_STATUS_INVALID_ARGUMENT,
///         KALTURA_STATUS_WRONG_STATE, KALTURA_STATUS_SHUT_DOWN, KALTURA_STATUS_RESOURCES, KALTURA_STATUS_AFTER_FORK
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_provider_end_session_async(
    provider: *mut kaltura_provider,
    flags: kaltura_end,
    cancellation: Option<&kaltura_cancellation>,
    callback: kaltura_done_fn,
    user_data: *mut c_void,
    destroy: kaltura_destroy_fn,
    error: *mut *mut kaltura_error,
) -> i32 {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    let user_data = UserData::new(user_data, destroy);
    guard(error, 0, move || -> Result<_, Arc<Error>> {
        // SAFETY: a live provider or NULL, by the contract of this call.
        let provider = unsafe { share(provider) }?;
        let callback = callback.ok_or_else(null_callback)?;
        check_flags(flags)?;
        let cancellation = cancellation.map(|handle| kaltura_cancellation::share(Some(handle)));
        provider.end_session_async(cancellation.as_ref(), move |result| {
            let error = result.err().map_or(ptr::null_mut(), kaltura_error::into_handle);
            // SAFETY: the host gave the function for this user data, and takes the error over.
            unsafe { callback(user_data.pointer(), error) };
        })?;
        Ok(1)
    })
}

/// Interrupts what is under way, in whatever phase: whoever waits is told KALTURA_STATUS_SHUT_DOWN, and so is every
/// later call. Does not wait.
///
/// @param provider  NULL does nothing
///
/// Threads: any, concurrently; from anywhere.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_provider_shutdown(provider: *mut kaltura_provider) {
    guard_value((), || {
        // SAFETY: a live provider or NULL, by the contract of this call.
        if let Ok(provider) = unsafe { share(provider) } {
            provider.shutdown();
        }
    });
}

/// Waits, after kaltura_provider_shutdown(), until no thread and no callback of the provider's runs any more. Needed
/// only before the library or the code of callbacks is unloaded, or a runtime ends that callbacks use.
///
/// @param provider    NULL is fine
/// @param timeout_ms  how long to wait at most, in milliseconds, 0 or more
/// @return 1 when nothing runs any more, and for NULL; 0 if the time was up, before kaltura_provider_shutdown(), in a
///         callback, and in a forked child
///
/// Threads: any, concurrently; not in a callback.
///
/// cbindgen:prefix=KALTURA_BLOCKS
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_provider_drain(provider: *mut kaltura_provider, timeout_ms: i64) -> i32 {
    guard_value(0, || {
        // SAFETY: a live provider or NULL, by the contract of this call.
        let Ok(provider) = (unsafe { share(provider) }) else {
            return 1;
        };
        provider.drain(Duration::from_millis(u64::try_from(timeout_ms).unwrap_or(0))).into()
    })
}

/// Shuts a provider down and lets go of it. Never waits; callbacks that are still owed come, with
/// KALTURA_STATUS_SHUT_DOWN. Sessions that it gave go on living.
///
/// @param provider  NULL is fine
///
/// Threads: any; from anywhere, also in a callback. Calls that run meanwhile end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_provider_free(provider: *mut kaltura_provider) {
    guard_value((), || {
        if provider.is_null() {
            return;
        }
        // SAFETY: not NULL, as just checked; it came from Box::into_raw, and the caller gives it up.
        let handle = unsafe { Box::from_raw(provider) };
        handle.provider.shutdown();
    });
}

/// The provider behind a handle, held for the call, so that the handle may be freed meanwhile.
///
/// # Safety
/// `handle` is NULL or a live provider; the caller of the export vouches for it.
unsafe fn share(handle: *const kaltura_provider) -> Result<Provider, Arc<Error>> {
    // SAFETY: as the caller vouches. The reference ends with this function.
    unsafe { handle.as_ref() }.map(|handle| handle.provider.clone()).ok_or_else(|| Arc::new(null_handle("provider")))
}

fn null_callback() -> Arc<Error> {
    Arc::new(Error::invalid_argument("callback", "the callback is NULL", hints::CALLBACK))
}

fn check_flags(flags: kaltura_end) -> Result<(), Arc<Error>> {
    if flags == EndValue::AllSessionsOfAppToken as u32 {
        return Ok(());
    }
    let message = "the flag is missing that says that every session of the app token is to be ended";
    Err(Arc::new(Error::invalid_argument("flags", message, hints::END_FLAGS)))
}
