//! Section "KSs: signed and read without a server".

use std::ffi::{CString, c_char};
use std::ptr;

use crate::clock::Moment;
use crate::error::Error;
use crate::ffi::convert::{self, IS_NULL, Text};
use crate::ffi::error::{ErrorOut, kaltura_error};
use crate::ffi::guard::{guard, guard_value};
use crate::ffi::options::kaltura_session_type;
use crate::hints;
use crate::ks::{self, Contents, Reading, Verdict};
use crate::session::SessionType;

use super::{optional_c_string, pointer, required};

/// The number of a [`Verdict`].
pub type kaltura_verdict = i32;

/// What a KS says, as far as it could be read. Immutable; it holds no secret and not the KS itself.
pub struct kaltura_ks {
    reading: Reading,
    user_id: Option<CString>,
    privileges: Option<CString>,
    master_partner_id: Option<CString>,
    additional_data: Option<CString>,
    hash: Option<CString>,
    session_id_hash: Option<CString>,
}

impl kaltura_ks {
    fn new(reading: Reading) -> Self {
        let contents = reading.contents.clone().unwrap_or_default();
        kaltura_ks {
            user_id: optional_c_string(contents.user_id.as_deref()),
            privileges: optional_c_string(contents.privileges.as_deref()),
            master_partner_id: optional_c_string(contents.master_partner_id.as_deref()),
            additional_data: optional_c_string(contents.additional_data.as_deref()),
            hash: reading.contents.as_ref().map(|contents| convert::c_string(&contents.hash)),
            session_id_hash: optional_c_string(reading.session_id_hash().as_deref()),
            reading,
        }
    }

    fn contents(&self) -> Option<&Contents> {
        self.reading.contents.as_ref()
    }
}

/// Signs a KS with an account's admin secret, as the server does. No network.
///
/// The clock of this machine decides when it ends. Privileges are tidied: blanks around them go, and values of equal
/// names are joined, of which version 2 would keep the last alone. What the server would read otherwise than it is given
/// is refused: a semicolon in version 1; in version 2 a privilege whose name has a dot, a blank, a bracket, or that of a
/// field ("_e", "_t", "_u", "_m", "_d"). With the privilege "downloadasset" the end is rounded up to five minutes, and
/// equal calls give equal KSs of version 2.
///
/// @param version         2, encrypted, which every account since 2012 has; or 1, readable by everybody
/// @param partner_id      the account, 1 or more
/// @param secret          its admin secret, as the KMC shows it; the user secret signs nothing. Not NULL
/// @param user_id         the user that the KS is for; NULL or "" for none
/// @param session_type    a KALTURA_SESSION_TYPE value
/// @param expiry_seconds  how long it shall live from now, 1 or more. The account's own limit does not count here
/// @param privileges      "name:value/value,name,...", see kaltura_privileges_new(); "*" for all; NULL or "" for none
/// @param[out] error      NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the KS, visible ASCII, for kaltura_free_string(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT,
///         KALTURA_STATUS_RESOURCES
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_ks_sign(
    version: i32,
    partner_id: i64,
    secret: *const c_char,
    user_id: *const c_char,
    session_type: kaltura_session_type,
    expiry_seconds: i64,
    privileges: *const c_char,
    error: *mut *mut kaltura_error,
) -> *mut c_char {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        // SAFETY: a string or NULL, by the contract of this call.
        let secret = required(unsafe { Text::new(secret) }, "secret")?;
        // SAFETY: as above.
        let user_id = unsafe { Text::new(user_id) }.optional("user_id")?.unwrap_or_default();
        // SAFETY: as above.
        let privileges = unsafe { Text::new(privileges) }.optional("privileges")?.unwrap_or_default();
        let fields = ks::Fields {
            partner_id,
            user_id: Some(user_id.to_owned()),
            session_type: SessionType::from_number(session_type.into())
                .ok_or_else(|| Error::invalid_argument("session_type", "no such session type", hints::SESSION_TYPE))?,
            expires_at_seconds: ks::end_of_life(Moment::now().wall_seconds, expiry_seconds)?,
            privileges: privileges.to_owned(),
        };
        convert::owned_c_string(&ks::sign(version, secret, &fields)?)
    })
}

/// Reads a KS. No network: whether it was ended, the server alone knows, see kaltura_ks_check().
///
/// @param ks            the KS; not NULL
/// @param secrets       admin secrets of the account, each of which may have signed it; NULL for none: then only what it
///                      shows to everybody is told, which of version 2 is its account and of version 1 everything, and
///                      nothing is proven
/// @param secret_count  how many; each string is not NULL
/// @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return what it says, for kaltura_ks_free(), also of one that is not good: see kaltura_ks_verdict(). NULL on failure:
///         KALTURA_STATUS_INVALID_ARGUMENT
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_ks_read(
    ks: *const c_char,
    secrets: *const *const c_char,
    secret_count: usize,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_ks {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        // SAFETY: a string or NULL, by the contract of this call.
        let ks = required(unsafe { Text::new(ks) }, "ks")?;
        // SAFETY: so many pointers or NULL, by the contract of this call.
        let pointers = unsafe { convert::items(secrets, secret_count) };
        if pointers.len() != secret_count {
            return Err(Error::invalid_argument("secrets", IS_NULL, hints::NULL));
        }
        let mut secrets = Vec::with_capacity(pointers.len());
        for &secret in pointers {
            // SAFETY: a string or NULL, by the contract of this call.
            secrets.push(required(unsafe { Text::new(secret) }, "secrets")?);
        }
        let reading = ks::read(ks, &secrets, Moment::now().wall_seconds);
        Ok(Box::into_raw(Box::new(kaltura_ks::new(reading))))
    })
}

/// Whether it is good.
///
/// @param ks  NULL is fine
/// @return a KALTURA_VERDICT value; KALTURA_VERDICT_BAD_ENCODING for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_ks_verdict(ks: Option<&kaltura_ks>) -> kaltura_verdict {
    ks.map_or(Verdict::BadEncoding, |ks| ks.reading.verdict) as i32
}

/// Its version.
///
/// @param ks  NULL is fine
/// @return 1 or 2; 0 if it is neither, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_ks_version(ks: Option<&kaltura_ks>) -> i32 {
    ks.map_or(0, |ks| ks.reading.version)
}

/// The account it is for. Version 2 does not sign it: where accounts share a secret, it can be swapped.
///
/// @param ks  NULL is fine
/// @return the partner id; 0 if it shows none, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_ks_partner_id(ks: Option<&kaltura_ks>) -> i64 {
    ks.and_then(|ks| ks.reading.partner_id.as_deref()?.parse().ok()).unwrap_or(0)
}

/// Which of the secrets fits.
///
/// @param ks  NULL is fine
/// @return its index, from 0 on; -1 if none does, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_ks_secret_index(ks: Option<&kaltura_ks>) -> i64 {
    ks.and_then(|ks| i64::try_from(ks.reading.secret_index?).ok()).unwrap_or(-1)
}

/// The user it is for.
///
/// @param ks  NULL is fine
/// @return a string of the handle's, "" for nobody; NULL if it says none or could not be read, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_ks_user_id(ks: Option<&kaltura_ks>) -> *const c_char {
    pointer(ks.and_then(|ks| ks.user_id.as_ref()))
}

/// What kind it is.
///
/// @param ks  NULL is fine
/// @return a KALTURA_SESSION_TYPE value: the server counts any type from 1 on as admin; -1 if it could not be read, and
///         for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_ks_session_type(ks: Option<&kaltura_ks>) -> kaltura_session_type {
    ks.and_then(kaltura_ks::contents)
        .map_or(-1, |contents| if contents.is_admin() { SessionType::Admin as i32 } else { SessionType::User as i32 })
}

/// When it ends.
///
/// @param ks  NULL is fine
/// @return Unix seconds; 0 if it could not be read, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_ks_expires_at_seconds(ks: Option<&kaltura_ks>) -> i64 {
    ks.and_then(|ks| ks.contents()?.expires_at.as_deref()?.parse().ok()).unwrap_or(0)
}

/// What it may do.
///
/// @param ks  NULL is fine
/// @return "name:value/value,name,...", a string of the handle's, for kaltura_privileges_new(); NULL if it says none or
///         could not be read, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_ks_privileges(ks: Option<&kaltura_ks>) -> *const c_char {
    pointer(ks.and_then(|ks| ks.privileges.as_ref()))
}

/// The account that impersonates the one it is for.
///
/// @param ks  NULL is fine
/// @return a string of the handle's; NULL or "" if there is none; NULL if it could not be read, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_ks_master_partner_id(ks: Option<&kaltura_ks>) -> *const c_char {
    pointer(ks.and_then(|ks| ks.master_partner_id.as_ref()))
}

/// Free text that it carries.
///
/// @param ks  NULL is fine
/// @return a string of the handle's; NULL or "" if there is none; NULL if it could not be read, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_ks_additional_data(ks: Option<&kaltura_ks>) -> *const c_char {
    pointer(ks.and_then(|ks| ks.additional_data.as_ref()))
}

/// The signature, by which the server knows it once it is ended.
///
/// @param ks  NULL is fine
/// @return 40 hexadecimal digits, a string of the handle's; NULL if it could not be read, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_ks_hash(ks: Option<&kaltura_ks>) -> *const c_char {
    pointer(ks.and_then(|ks| ks.hash.as_ref()))
}

/// What it has in common with every KS of the same app token: once that is ended, all of them are.
///
/// @param ks  NULL is fine
/// @return 40 hexadecimal digits, a string of the handle's; NULL without a privilege "sessionid", and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_ks_session_id_hash(ks: Option<&kaltura_ks>) -> *const c_char {
    pointer(ks.and_then(|ks| ks.session_id_hash.as_ref()))
}

/// Whether it is a widget session, which anybody may have: of type user, for nobody, with the privilege "widget:1".
///
/// @param ks  NULL is fine
/// @return 1 if it is, else 0
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_ks_is_widget_session(ks: Option<&kaltura_ks>) -> i32 {
    ks.and_then(kaltura_ks::contents).map_or(0, |contents| contents.is_widget_session().into())
}

/// Frees what was read.
///
/// @param ks  NULL is fine
///
/// Threads: any, but not beside another call with the same handle.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_ks_free(ks: Option<Box<kaltura_ks>>) {
    guard_value((), || drop(ks));
}
