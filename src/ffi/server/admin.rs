//! Section "Administrators".

use std::ffi::c_char;
use std::ptr;

use crate::admin::{self, Admin};
use crate::error::Error;
use crate::ffi::cancellation::kaltura_cancellation;
use crate::ffi::convert::{Text, null_handle};
use crate::ffi::error::{ErrorOut, kaltura_error};
use crate::ffi::guard::{guard, guard_value};
use crate::ffi::options::kaltura_options;

use super::required;

/// An administrator of an account. Immutable; its secrets are wiped when it is freed.
pub struct kaltura_admin(pub(super) Admin);

/// An administrator with a session that somebody started, of type admin.
///
/// @param options     for the account and how its server is reached, made by kaltura_options_new() with the partner id
///                    and NULL twice; service URL, timeouts, authorities, proxy, transport and client tag count, and
///                    nothing else; not NULL; copied
/// @param ks          the KS; not NULL; copied
/// @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the administrator, for kaltura_admin_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_admin_new(
    options: Option<&kaltura_options>,
    ks: *const c_char,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_admin {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        let options = options.ok_or_else(|| null_handle("options"))?;
        // SAFETY: a string or NULL, by the contract of this call.
        let ks = required(unsafe { Text::new(ks) }, "ks")?;
        Ok(Box::into_raw(Box::new(kaltura_admin(Admin::with_ks(&options.0, ks)?))))
    })
}

/// An administrator with the account's admin secret. It signs a session of an hour for each request, by the clock of
/// this machine; the secret itself is never sent.
///
/// @param options     as for kaltura_admin_new()
/// @param secret      the admin secret; not NULL; copied
/// @param user_id     the user that the server notes beside what is done; copied; NULL or "" for none
/// @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the administrator, for kaltura_admin_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT,
///         KALTURA_STATUS_RESOURCES
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_admin_new_with_secret(
    options: Option<&kaltura_options>,
    secret: *const c_char,
    user_id: *const c_char,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_admin {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        let options = options.ok_or_else(|| null_handle("options"))?;
        // SAFETY: a string or NULL, by the contract of this call.
        let secret = required(unsafe { Text::new(secret) }, "secret")?;
        // SAFETY: as above.
        let user_id = unsafe { Text::new(user_id) }.optional("user_id")?.unwrap_or_default();
        Ok(Box::into_raw(Box::new(kaltura_admin(Admin::with_secret(&options.0, secret, user_id)?))))
    })
}

/// Frees an administrator.
///
/// @param admin  NULL is fine
///
/// Threads: any, but not beside another call with the same administrator.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_admin_free(admin: Option<Box<kaltura_admin>>) {
    guard_value((), || drop(admin));
}

/// Asks the server whether it takes a KS, of whatever type: system.ping, the cheapest call there is.
///
/// Blocks while it sends one request, for the total timeout at most. It uses up one action of a KS with the privilege
/// "actionslimit".
///
/// @param options       as for kaltura_admin_new()
/// @param ks            the KS; not NULL
/// @param cancellation  ends the call from another thread; NULL if nobody shall
/// @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return 1 if it does; 0 on failure: KALTURA_STATUS_INVALID_KS if it does not, see kaltura_error_ks_reason(), or any
///         other
///
/// Threads: any, concurrently.
///
/// cbindgen:prefix=KALTURA_BLOCKS
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_ks_check(
    options: Option<&kaltura_options>,
    ks: *const c_char,
    cancellation: Option<&kaltura_cancellation>,
    error: *mut *mut kaltura_error,
) -> i32 {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, 0, || -> Result<_, Error> {
        let options = options.ok_or_else(|| null_handle("options"))?;
        // SAFETY: a string or NULL, by the contract of this call.
        let ks = required(unsafe { Text::new(ks) }, "ks")?;
        admin::check_ks(&options.0, ks, &kaltura_cancellation::share(cancellation))?;
        Ok(1)
    })
}
