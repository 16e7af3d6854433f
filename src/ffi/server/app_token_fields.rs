//! Section "App tokens: what one shall be".

use std::ffi::c_char;
use std::ptr;

use crate::admin::{AppTokenFields, Expiry};
use crate::error::Error;
use crate::ffi::convert::{NOT_UTF8, Text};
use crate::ffi::guard::guard_value;
use crate::ffi::options::{hash_type_of, kaltura_hash_type, kaltura_session_type};
use crate::hints;
use crate::session::SessionType;

/// What an app token shall be. A bad value is kept and reported by the call that takes the fields. A setter does nothing
/// to NULL.
pub struct kaltura_app_token_fields(pub(super) AppTokenFields);

/// Makes fields of which none is set: the server's choice for kaltura_app_token_add(), no change for
/// kaltura_app_token_update().
///
/// @return the fields, for kaltura_app_token_fields_free(); never NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn kaltura_app_token_fields_new() -> *mut kaltura_app_token_fields {
    guard_value(ptr::null_mut(), || Box::into_raw(Box::new(kaltura_app_token_fields(AppTokenFields::default()))))
}

/// Frees fields.
///
/// @param fields  NULL is fine
///
/// Threads: any, but not beside another call with the same fields.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_fields_free(fields: Option<Box<kaltura_app_token_fields>>) {
    guard_value((), || drop(fields));
}

/// How the token is hashed.
///
/// @param fields     NULL does nothing
/// @param hash_type  a KALTURA_HASH_TYPE value; KALTURA_HASH_TYPE_AUTO, the default, is SHA256 for a new token and no
///                   change for another
///
/// Threads: one call at a time with the same fields.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_fields_set_hash_type(
    fields: Option<&mut kaltura_app_token_fields>,
    hash_type: kaltura_hash_type,
) {
    set(fields, |fields| match hash_type_of(hash_type) {
        Some(hash_type) => fields.hash_type = hash_type,
        None => refuse(fields, "hash_type", "no such hash type", hints::HASH_TYPE),
    });
}

/// When the token ends, and with it the last of its sessions. Unset, never.
///
/// @param fields   NULL does nothing
/// @param seconds  from the server's now, 1 to 315,360,000, which is ten years. Not 0: the server takes that for now
///
/// Threads: one call at a time with the same fields.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_fields_set_expires_in_seconds(
    fields: Option<&mut kaltura_app_token_fields>,
    seconds: i64,
) {
    set(fields, |fields| fields.expiry = Some(Expiry::In(seconds)));
}

/// The same as a point in time; what was set last counts.
///
/// @param fields   NULL does nothing
/// @param seconds  Unix seconds, after 1980: the server counts smaller numbers from now on
///
/// Threads: one call at a time with the same fields.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_fields_set_expires_at_seconds(
    fields: Option<&mut kaltura_app_token_fields>,
    seconds: i64,
) {
    set(fields, |fields| fields.expiry = Some(Expiry::At(seconds)));
}

/// The type of the token's sessions, whatever is asked for. Unset, whoever starts one chooses, admin included.
///
/// @param fields        NULL does nothing
/// @param session_type  a KALTURA_SESSION_TYPE value
///
/// Threads: one call at a time with the same fields.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_fields_set_session_type(
    fields: Option<&mut kaltura_app_token_fields>,
    session_type: kaltura_session_type,
) {
    set(fields, |fields| match SessionType::from_number(session_type.into()) {
        Some(session_type) => fields.session_type = Some(session_type),
        None => refuse(fields, "session_type", "no such session type", hints::SESSION_TYPE),
    });
}

/// The user of the token's sessions, whoever is asked for. Unset, whoever starts one chooses.
///
/// @param fields   NULL does nothing
/// @param user_id  copied; "" for nobody; NULL to leave it unset
///
/// Threads: one call at a time with the same fields.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_app_token_fields_set_session_user_id(
    fields: Option<&mut kaltura_app_token_fields>,
    user_id: *const c_char,
) {
    // SAFETY: a string or NULL, by the contract of this call.
    set_text(fields, "session_user_id", unsafe { Text::new(user_id) }, |fields, text| fields.session_user_id = text);
}

/// How long the token's sessions live at most. Unset, as long as the account allows.
///
/// @param fields   NULL does nothing
/// @param seconds  1 or more. Not 0: the server would start sessions that are dead on arrival
///
/// Threads: one call at a time with the same fields.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_fields_set_session_duration_seconds(
    fields: Option<&mut kaltura_app_token_fields>,
    seconds: i64,
) {
    set(fields, |fields| fields.session_duration_seconds = Some(seconds));
}

/// What the token's sessions may do, whatever is asked for.
///
/// @param fields      NULL does nothing
/// @param privileges  "name:value/value,name,...", see kaltura_privileges_new(); copied; NULL to leave it unset
///
/// Threads: one call at a time with the same fields.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_app_token_fields_set_session_privileges(
    fields: Option<&mut kaltura_app_token_fields>,
    privileges: *const c_char,
) {
    // SAFETY: a string or NULL, by the contract of this call.
    let privileges = unsafe { Text::new(privileges) };
    set_text(fields, "session_privileges", privileges, |fields, text| fields.session_privileges = text);
}

/// What to write beside the token, for other administrators.
///
/// @param fields       NULL does nothing
/// @param description  copied; NULL to leave it unset
///
/// Threads: one call at a time with the same fields.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_app_token_fields_set_description(
    fields: Option<&mut kaltura_app_token_fields>,
    description: *const c_char,
) {
    // SAFETY: a string or NULL, by the contract of this call.
    set_text(fields, "description", unsafe { Text::new(description) }, |fields, text| fields.description = text);
}

fn set(fields: Option<&mut kaltura_app_token_fields>, setter: impl FnOnce(&mut AppTokenFields)) {
    guard_value((), || {
        if let Some(fields) = fields {
            setter(&mut fields.0);
        }
    });
}

fn set_text(
    fields: Option<&mut kaltura_app_token_fields>,
    name: &'static str,
    text: Text<'_>,
    setter: impl FnOnce(&mut AppTokenFields, Option<String>),
) {
    set(fields, |fields| match text {
        Text::Null => setter(fields, None),
        Text::Is(text) => setter(fields, Some(text.to_owned())),
        Text::NotUtf8 => refuse(fields, name, NOT_UTF8, hints::UTF8),
    });
}

fn refuse(fields: &mut AppTokenFields, option: &'static str, message: &str, hint: &str) {
    fields.bad = Some(Error::invalid_argument(option, message, hint));
}
