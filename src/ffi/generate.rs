//! Section "One call".

use std::ffi::c_char;
use std::ptr;

use super::convert::{self, IS_NULL, Text};
use super::error::{ErrorOut, kaltura_error};
use super::guard::guard;
use crate::cancellation::Cancellation;
use crate::driver;
use crate::error::Error;
use crate::hints;
use crate::options::Options;

/// Exchanges an app token for a Kaltura Session (KS), whatever the token's hash type.
///
/// Blocks while it sends two requests, and up to three more if the app token's hash type is not SHA256, over one
/// connection, for at most 15 seconds in all. Connections to one server are shared by all calls of a process. For a
/// user interface's thread see kaltura_provider_load_async(); for all settings, and what was granted,
/// kaltura_start_session().
///
/// @param service_url   base address of the server, with or without /api_v3; https, or http on this machine; NULL for
///                      https://www.kaltura.com
/// @param partner_id    the account, 1 or more
/// @param app_token_id  id of the app token, as appToken.add gave it, for instance "0_ab12cd34"
/// @param app_token     the app token, 32 hexadecimal digits
/// @param user_id       the user that the KS is for, in the host's own terms; NULL or "" for none. An app token that
///                      names a user wins
/// @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the KS, visible ASCII, for kaltura_free_string(); NULL on failure: any status but those of providers
///
/// Threads: any, concurrently.
///
/// cbindgen:prefix=KALTURA_BLOCKS
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_generate_ks(
    service_url: *const c_char,
    partner_id: i64,
    app_token_id: *const c_char,
    app_token: *const c_char,
    user_id: *const c_char,
    error: *mut *mut kaltura_error,
) -> *mut c_char {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        // SAFETY: a string or NULL, by the contract of this call.
        let service_url = unsafe { Text::new(service_url) }.optional("service_url")?;
        // SAFETY: as above.
        let app_token_id = unsafe { Text::new(app_token_id) }.optional("app_token_id")?;
        // SAFETY: as above.
        let app_token = unsafe { Text::new(app_token) }.optional("app_token")?;
        // SAFETY: as above.
        let user_id = unsafe { Text::new(user_id) }.optional("user_id")?;
        let missing = |option| move || Error::invalid_argument(option, IS_NULL, hints::NULL);
        let app_token_id = app_token_id.ok_or_else(missing("app_token_id"))?;
        let app_token = app_token.ok_or_else(missing("app_token"))?;
        let mut options = Options::new(partner_id, app_token_id, Some(app_token));
        options.set_service_url(service_url);
        options.set_user_id(user_id);
        let session = driver::start_session(&options, &Cancellation::new())?;
        convert::owned_c_string(&session.ks)
    })
}
