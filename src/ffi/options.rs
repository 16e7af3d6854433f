//! Section "Options".

use std::ffi::{c_char, c_void};
use std::ptr;

use super::convert::{IS_NULL, NOT_UTF8, Text};
use super::guard::guard_value;
use crate::hints;
use crate::options::Options;
use crate::protocol::hash::HashType;
use crate::session::SessionType;

/// With which function an app token is hashed; a property of the token, set by appToken.add.
#[repr(i32)]
pub enum HashTypeValue {
    /// Find it out: tries SHA256, SHA1, SHA512, MD5, at the cost of up to three more requests.
    Auto = 0,
    /// MD5
    Md5 = 1,
    /// SHA-1, the server's default for tokens that name none.
    Sha1 = 2,
    /// SHA-256, what Kaltura's guides use.
    Sha256 = 3,
    /// SHA-512
    Sha512 = 4,
}

/// The number of a [`HashTypeValue`].
pub type kaltura_hash_type = i32;

/// The number of a [`SessionType`].
pub type kaltura_session_type = i32;

/// Called once, when the library lets go of `user_data`, which is what was given with it. On any thread, never under
/// a lock.
pub type kaltura_destroy_fn = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// What a session shall be, and how it is got.
///
/// Only what must be said is a parameter of kaltura_options_new(); everything else has a setter and a default. A bad
/// value, here or in a setter, is kept and reported, by the name that its setter has, by the call that takes the
/// options; a later good value of the same setter clears it. Options are copied by whoever takes them. What is not
/// set is not asked for. A setter does nothing to NULL options.
pub struct kaltura_options(pub(super) Options);

/// Makes options for one app token.
///
/// @param partner_id    the account, 1 or more
/// @param app_token_id  id of the app token, for instance "0_ab12cd34"; copied
/// @param app_token     the app token, 32 hexadecimal digits; copied, and wiped with the options; NULL if a token
///                      hash callback supplies the hash
/// @return the options, for kaltura_options_free(); never NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_options_new(
    partner_id: i64,
    app_token_id: *const c_char,
    app_token: *const c_char,
) -> *mut kaltura_options {
    guard_value(ptr::null_mut(), || {
        // SAFETY: a string or NULL, by the contract of this call.
        let app_token_id = unsafe { Text::new(app_token_id) };
        // SAFETY: as above.
        let app_token = unsafe { Text::new(app_token) };
        let id = if let Text::Is(id) = app_token_id { id } else { "" };
        let token = if let Text::Is(token) = app_token { Some(token) } else { None };
        let mut options = Options::new(partner_id, id, token);
        match app_token_id {
            Text::Is(_) => {}
            Text::Null => options.refuse("app_token_id", IS_NULL, hints::NULL),
            Text::NotUtf8 => options.refuse("app_token_id", NOT_UTF8, hints::UTF8),
        }
        if matches!(app_token, Text::NotUtf8) {
            options.refuse("app_token", NOT_UTF8, hints::UTF8);
        }
        Box::into_raw(Box::new(kaltura_options(options)))
    })
}

/// Frees options; what was made from them goes on.
///
/// @param options  NULL is fine
///
/// Threads: any, but not beside another call with the same options.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_options_free(options: Option<Box<kaltura_options>>) {
    guard_value((), || drop(options));
}

/// Where the server is.
///
/// @param options  NULL does nothing
/// @param url      base address, with or without /api_v3, for instance "https://api.de.kaltura.com"; https, or http
///                 for localhost, 127.x.x.x and [::1], or see kaltura_options_set_allow_http(); a path before /api_v3
///                 is kept; copied; NULL for the default, https://www.kaltura.com. Refused: user info, a query, a
///                 fragment
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_options_set_service_url(options: Option<&mut kaltura_options>, url: *const c_char) {
    // SAFETY: a string or NULL, by the contract of this call.
    set_text(options, "service_url", unsafe { Text::new(url) }, Options::set_service_url);
}

/// Whether http is allowed to hosts other than this machine. It sends the session's secrets in clear.
///
/// @param options  NULL does nothing
/// @param allow    0, the default, or anything else for yes
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_options_set_allow_http(options: Option<&mut kaltura_options>, allow: i32) {
    set(options, |options| options.set_allow_http(allow != 0));
}

/// The app token's hash type. Named, it is used alone and saves requests.
///
/// @param options    NULL does nothing
/// @param hash_type  a KALTURA_HASH_TYPE value, KALTURA_HASH_TYPE_AUTO by default
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_options_set_hash_type(options: Option<&mut kaltura_options>, hash_type: kaltura_hash_type) {
    set(options, |options| match hash_type_of(hash_type) {
        Some(hash_type) => options.set_hash_type(hash_type),
        None => options.refuse("hash_type", "no such hash type", hints::HASH_TYPE),
    });
}

/// The user that the session is for.
///
/// @param options  NULL does nothing
/// @param user_id  in the host's own terms, any text without control characters but tab and line break; copied; NULL
///                 or "" for none, the default. An app token that names a user wins, see
///                 kaltura_session_adjustments()
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_options_set_user_id(options: Option<&mut kaltura_options>, user_id: *const c_char) {
    // SAFETY: a string or NULL, by the contract of this call.
    set_text(options, "user_id", unsafe { Text::new(user_id) }, Options::set_user_id);
}

/// The type of the session. Unset, it is not asked for: the app token's own, else user.
///
/// @param options       NULL does nothing
/// @param session_type  a KALTURA_SESSION_TYPE value; an app token that names one wins
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_options_set_session_type(
    options: Option<&mut kaltura_options>,
    session_type: kaltura_session_type,
) {
    set(options, |options| match SessionType::from_number(session_type.into()) {
        Some(session_type) => options.set_session_type(session_type),
        None => options.refuse("session_type", "no such session type", hints::SESSION_TYPE),
    });
}

/// How long the session shall live.
///
/// @param options  NULL does nothing
/// @param seconds  from now, 0 or more; 0, the default, for as long as the app token allows. The server shortens what
///                 is too long and says nothing, see kaltura_session_adjustments()
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_options_set_expiry_seconds(options: Option<&mut kaltura_options>, seconds: i64) {
    set(options, |options| options.set_expiry_seconds(seconds));
}

/// What the session may do beyond what the app token gives it.
///
/// @param options     NULL does nothing
/// @param privileges  "name:value/value,name,..."; copied; NULL or "" for nothing, the default. The server drops what
///                    it reserves or the token already names, see kaltura_session_dropped_privileges()
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_options_set_privileges(
    options: Option<&mut kaltura_options>,
    privileges: *const c_char,
) {
    // SAFETY: a string or NULL, by the contract of this call.
    set_text(options, "privileges", unsafe { Text::new(privileges) }, Options::set_privileges);
}

/// The widget whose session begins the flow. Seldom needed: an account's own widget serves all its app tokens.
///
/// @param options    NULL does nothing
/// @param widget_id  for instance "_101" or "0_ab12cd34"; copied; NULL for the default, "_" and the partner id
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_options_set_widget_id(
    options: Option<&mut kaltura_options>,
    widget_id: *const c_char,
) {
    // SAFETY: a string or NULL, by the contract of this call.
    set_text(options, "widget_id", unsafe { Text::new(widget_id) }, Options::set_widget_id);
}

/// How long the widget session that begins the flow shall live.
///
/// @param options  NULL does nothing
/// @param seconds  0 or more; 0, the default, for the server's, a day. Up to 1200 it is asked for past the server's
///                 cache, whose sessions may be ten minutes old: safer if token hashes could leak, and slower
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_options_set_widget_expiry_seconds(options: Option<&mut kaltura_options>, seconds: i64) {
    set(options, |options| options.set_widget_expiry_seconds(seconds));
}

/// What the server writes into its log beside each request.
///
/// @param options  NULL does nothing
/// @param tag      name and version of the app, at most 256 bytes; copied; NULL or "" for the library's own, the
///                 default
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_options_set_client_tag(options: Option<&mut kaltura_options>, tag: *const c_char) {
    // SAFETY: a string or NULL, by the contract of this call.
    set_text(options, "client_tag", unsafe { Text::new(tag) }, Options::set_client_tag);
}

/// The time that a call may take, everything together: name look-up, connecting, all requests, pauses and callbacks.
///
/// @param options  NULL does nothing
/// @param ms       milliseconds, 1 or more, 15,000 by default. One exchange may take half of what is left, but at
///                 least 4,000 ms, so that one that hangs leaves time for another
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_options_set_total_timeout_ms(options: Option<&mut kaltura_options>, ms: i64) {
    set(options, |options| options.set_total_timeout_ms(ms));
}

/// How often one request is sent at most, if the network or the server fails.
///
/// @param options   NULL does nothing
/// @param attempts  1 or more, 3 by default. No call sends more than 12 requests in all
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_options_set_max_attempts(options: Option<&mut kaltura_options>, attempts: i32) {
    set(options, |options| options.set_max_attempts(attempts));
}

/// Runs a setter on options that may be NULL.
pub(super) fn set(options: Option<&mut kaltura_options>, setter: impl FnOnce(&mut Options)) {
    guard_value((), || {
        if let Some(options) = options {
            setter(&mut options.0);
        }
    });
}

/// Runs a setter that takes a text or none.
pub(super) fn set_text(
    options: Option<&mut kaltura_options>,
    name: &'static str,
    text: Text<'_>,
    setter: impl FnOnce(&mut Options, Option<&str>),
) {
    set(options, |options| match text {
        Text::Null => setter(options, None),
        Text::Is(text) => setter(options, Some(text)),
        Text::NotUtf8 => options.refuse(name, NOT_UTF8, hints::UTF8),
    });
}

/// `Some(None)` is AUTO, `None` is no hash type.
pub(super) fn hash_type_of(number: kaltura_hash_type) -> Option<Option<HashType>> {
    [
        (HashTypeValue::Auto, None),
        (HashTypeValue::Md5, Some(HashType::Md5)),
        (HashTypeValue::Sha1, Some(HashType::Sha1)),
        (HashTypeValue::Sha256, Some(HashType::Sha256)),
        (HashTypeValue::Sha512, Some(HashType::Sha512)),
    ]
    .into_iter()
    .find_map(|(value, hash_type)| (value as i32 == number).then_some(hash_type))
}

/// The number of a hash type.
pub(super) fn number_of(hash_type: Option<HashType>) -> kaltura_hash_type {
    let value = match hash_type {
        None => HashTypeValue::Auto,
        Some(HashType::Md5) => HashTypeValue::Md5,
        Some(HashType::Sha1) => HashTypeValue::Sha1,
        Some(HashType::Sha256) => HashTypeValue::Sha256,
        Some(HashType::Sha512) => HashTypeValue::Sha512,
    };
    value as i32
}
