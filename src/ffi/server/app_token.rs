//! Section "App tokens".

use std::ffi::{CString, c_char};
use std::ptr;

use crate::admin::AppToken;
use crate::error::Error;
use crate::ffi::cancellation::kaltura_cancellation;
use crate::ffi::convert::{self, SecretCString, Text, null_handle};
use crate::ffi::error::{ErrorOut, kaltura_error};
use crate::ffi::guard::{guard, guard_value};
use crate::ffi::options::{kaltura_hash_type, kaltura_session_type, number_of};

use super::admin::kaltura_admin;
use super::app_token_fields::kaltura_app_token_fields;
use super::{optional_c_string, pointer, required};

/// Whether an app token starts sessions.
#[repr(i32)]
pub enum AppTokenStatusValue {
    /// It does not: sessions are refused with KALTURA_STATUS_APP_TOKEN_NOT_ACTIVE.
    Disabled = 1,
    /// It does.
    Active = 2,
    /// It is deleted.
    Deleted = 3,
}

/// The number of an [`AppTokenStatusValue`].
pub type kaltura_app_token_status = i32;

/// An app token as the server has it. Immutable; the token itself is wiped when it is freed.
pub struct kaltura_app_token {
    app_token: AppToken,
    id: CString,
    token: SecretCString,
    session_user_id: Option<CString>,
    session_privileges: Option<CString>,
    description: Option<CString>,
}

impl kaltura_app_token {
    pub(super) fn new(app_token: AppToken) -> Self {
        kaltura_app_token {
            id: convert::c_string(&app_token.id),
            token: SecretCString::new(&app_token.token),
            session_user_id: optional_c_string(app_token.session_user_id.as_deref()),
            session_privileges: optional_c_string(app_token.session_privileges.as_deref()),
            description: optional_c_string(app_token.description.as_deref()),
            app_token,
        }
    }

    pub(super) fn into_handle(app_token: AppToken) -> *mut kaltura_app_token {
        Box::into_raw(Box::new(kaltura_app_token::new(app_token)))
    }
}

/// Makes an app token: appToken.add.
///
/// Blocks while it sends one request, for the total timeout at most. The request is sent once, over a connection of its
/// own: sent twice it could make two tokens. When no answer came, whether there is a token only kaltura_app_token_list()
/// tells.
///
/// @param admin         not NULL
/// @param fields        what it shall be; NULL for an app token that never ends and whose sessions are as they are asked
///                      for, admin included: better to fix type and duration
/// @param cancellation  ends the call from another thread; NULL if nobody shall
/// @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the app token, for kaltura_app_token_free(); NULL on failure: any status but those of providers
///
/// Threads: any, concurrently.
///
/// cbindgen:prefix=KALTURA_BLOCKS
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_app_token_add(
    admin: Option<&kaltura_admin>,
    fields: Option<&kaltura_app_token_fields>,
    cancellation: Option<&kaltura_cancellation>,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_app_token {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        let admin = admin.ok_or_else(|| null_handle("admin"))?;
        let cancellation = kaltura_cancellation::share(cancellation);
        let added = match fields {
            Some(fields) => admin.0.add(&fields.0, &cancellation)?,
            None => admin.0.add(&Default::default(), &cancellation)?,
        };
        Ok(kaltura_app_token::into_handle(added))
    })
}

/// Gets an app token, the token itself included: appToken.get.
///
/// Blocks while it sends one request, for the total timeout at most.
///
/// @param admin         not NULL
/// @param id            its id, for instance "0_ab12cd34"; not NULL
/// @param cancellation  ends the call from another thread; NULL if nobody shall
/// @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the app token, for kaltura_app_token_free(); NULL on failure: KALTURA_STATUS_APP_TOKEN_NOT_FOUND, or any
///         other status but those of providers
///
/// Threads: any, concurrently.
///
/// cbindgen:prefix=KALTURA_BLOCKS
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_app_token_get(
    admin: Option<&kaltura_admin>,
    id: *const c_char,
    cancellation: Option<&kaltura_cancellation>,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_app_token {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        let admin = admin.ok_or_else(|| null_handle("admin"))?;
        // SAFETY: a string or NULL, by the contract of this call.
        let id = required(unsafe { Text::new(id) }, "id")?;
        let got = admin.0.get(id, &kaltura_cancellation::share(cancellation))?;
        Ok(kaltura_app_token::into_handle(got))
    })
}

/// Changes what is set in `fields` of an app token: appToken.update. Sessions that it started stay as they are.
///
/// Blocks while it sends one request, for the total timeout at most.
///
/// @param admin         not NULL
/// @param id            its id; not NULL
/// @param fields        what shall change; not NULL
/// @param cancellation  ends the call from another thread; NULL if nobody shall
/// @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the app token as it is now, for kaltura_app_token_free(); NULL on failure:
///         KALTURA_STATUS_APP_TOKEN_NOT_FOUND, or any other status but those of providers
///
/// Threads: any, concurrently.
///
/// cbindgen:prefix=KALTURA_BLOCKS
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_app_token_update(
    admin: Option<&kaltura_admin>,
    id: *const c_char,
    fields: Option<&kaltura_app_token_fields>,
    cancellation: Option<&kaltura_cancellation>,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_app_token {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        let admin = admin.ok_or_else(|| null_handle("admin"))?;
        // SAFETY: a string or NULL, by the contract of this call.
        let id = required(unsafe { Text::new(id) }, "id")?;
        let fields = fields.ok_or_else(|| null_handle("fields"))?;
        let updated = admin.0.update(id, &fields.0, &kaltura_cancellation::share(cancellation))?;
        Ok(kaltura_app_token::into_handle(updated))
    })
}

/// Deletes an app token: appToken.delete. It starts no more sessions, **and every session that it started is ended at
/// once**, on whatever device. There is no way back.
///
/// Blocks while it sends one request, for the total timeout at most.
///
/// @param admin         not NULL
/// @param id            its id; not NULL
/// @param cancellation  ends the call from another thread; NULL if nobody shall
/// @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return 1; 0 on failure: KALTURA_STATUS_APP_TOKEN_NOT_FOUND, also for one that is deleted already, or any other
///         status but those of providers
///
/// Threads: any, concurrently.
///
/// cbindgen:prefix=KALTURA_BLOCKS
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_app_token_delete(
    admin: Option<&kaltura_admin>,
    id: *const c_char,
    cancellation: Option<&kaltura_cancellation>,
    error: *mut *mut kaltura_error,
) -> i32 {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, 0, || -> Result<_, Error> {
        let admin = admin.ok_or_else(|| null_handle("admin"))?;
        // SAFETY: a string or NULL, by the contract of this call.
        let id = required(unsafe { Text::new(id) }, "id")?;
        admin.0.delete(id, &kaltura_cancellation::share(cancellation))?;
        Ok(1)
    })
}

/// Its id, for kaltura_options_new().
///
/// @param app_token  NULL is fine
/// @return a string of the handle's, never NULL; "" for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_id(app_token: Option<&kaltura_app_token>) -> *const c_char {
    app_token.map_or(c"".as_ptr(), |app_token| app_token.id.as_ptr())
}

/// The token itself, for kaltura_options_new(): who has it can start its sessions.
///
/// @param app_token  NULL is fine
/// @return a string of the handle's, wiped with it; "" for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_token(app_token: Option<&kaltura_app_token>) -> *const c_char {
    app_token.map_or(c"".as_ptr(), |app_token| app_token.token.as_ptr())
}

/// Its account.
///
/// @param app_token  NULL is fine
/// @return the partner id; 0 for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_partner_id(app_token: Option<&kaltura_app_token>) -> i64 {
    app_token.map_or(0, |handle| handle.app_token.partner_id)
}

/// When it was made.
///
/// @param app_token  NULL is fine
/// @return Unix seconds; 0 for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_created_at_seconds(app_token: Option<&kaltura_app_token>) -> i64 {
    app_token.map_or(0, |handle| handle.app_token.created_at_seconds)
}

/// When it was changed last.
///
/// @param app_token  NULL is fine
/// @return Unix seconds; 0 for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_updated_at_seconds(app_token: Option<&kaltura_app_token>) -> i64 {
    app_token.map_or(0, |handle| handle.app_token.updated_at_seconds)
}

/// Whether it starts sessions. The server changes it, no call here does.
///
/// @param app_token  NULL is fine
/// @return a KALTURA_APP_TOKEN_STATUS value; 0 for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_get_status(app_token: Option<&kaltura_app_token>) -> kaltura_app_token_status {
    app_token.and_then(|handle| i32::try_from(handle.app_token.status).ok()).unwrap_or(0)
}

/// When it ends.
///
/// @param app_token  NULL is fine
/// @return Unix seconds; 0 for never, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_expires_at_seconds(app_token: Option<&kaltura_app_token>) -> i64 {
    app_token.and_then(|handle| handle.app_token.expires_at_seconds).unwrap_or(0)
}

/// The type of its sessions.
///
/// @param app_token  NULL is fine
/// @return a KALTURA_SESSION_TYPE value; -1 if whoever starts one chooses, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_session_type(app_token: Option<&kaltura_app_token>) -> kaltura_session_type {
    app_token.and_then(|handle| i32::try_from(handle.app_token.session_type?).ok()).unwrap_or(-1)
}

/// The user of its sessions.
///
/// @param app_token  NULL is fine
/// @return a string of the handle's; NULL if whoever starts one chooses, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_session_user_id(app_token: Option<&kaltura_app_token>) -> *const c_char {
    pointer(app_token.and_then(|handle| handle.session_user_id.as_ref()))
}

/// How long its sessions live at most.
///
/// @param app_token  NULL is fine
/// @return seconds; -1 if it does not say, and for NULL. 0 is no life at all
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_session_duration_seconds(app_token: Option<&kaltura_app_token>) -> i64 {
    app_token.and_then(|handle| handle.app_token.session_duration_seconds).unwrap_or(-1)
}

/// What its sessions may do, whatever is asked for.
///
/// @param app_token  NULL is fine
/// @return "name:value/value,name,...", a string of the handle's; NULL if it does not say, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_session_privileges(app_token: Option<&kaltura_app_token>) -> *const c_char {
    pointer(app_token.and_then(|handle| handle.session_privileges.as_ref()))
}

/// How it is hashed, for kaltura_options_set_hash_type().
///
/// @param app_token  NULL is fine
/// @return a KALTURA_HASH_TYPE value: KALTURA_HASH_TYPE_SHA1 for one that names none; KALTURA_HASH_TYPE_AUTO for a type
///         that this version does not know, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_get_hash_type(app_token: Option<&kaltura_app_token>) -> kaltura_hash_type {
    number_of(app_token.and_then(|handle| handle.app_token.hash_type))
}

/// What an administrator wrote beside it.
///
/// @param app_token  NULL is fine
/// @return a string of the handle's; NULL if there is nothing, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_description(app_token: Option<&kaltura_app_token>) -> *const c_char {
    pointer(app_token.and_then(|handle| handle.description.as_ref()))
}

/// Frees what the server told of an app token; the token itself stays, see kaltura_app_token_delete().
///
/// @param app_token  NULL is fine
///
/// Threads: any, but not beside another call with the same handle.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_free(app_token: Option<Box<kaltura_app_token>>) {
    guard_value((), || drop(app_token));
}
