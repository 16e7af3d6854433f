//! Section "Sessions".

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::Arc;

use super::convert::{self, SecretCString};
use super::guard::guard_value;
use super::options::{kaltura_hash_type, kaltura_session_type, number_of};
use crate::session::Session;

/// Flags of [`Adjustment`](crate::Adjustment).
pub type kaltura_adjustment = u32;

/// A Kaltura Session, as granted and not as asked for. Immutable and reference-counted; its KS is wiped with the last
/// reference.
#[repr(transparent)]
pub struct kaltura_session(Session);

/// The session's texts as C wants them.
struct Texts {
    ks: SecretCString,
    user_id: CString,
    privileges: CString,
    dropped_privileges: CString,
}

impl kaltura_session {
    /// Hands a session to C, perhaps one that others were handed too.
    pub(super) fn into_handle(session: Arc<Session>) -> *mut kaltura_session {
        Arc::into_raw(session).cast_mut().cast()
    }

    fn texts(&self) -> Option<&Texts> {
        let session = &self.0;
        session.view.get_or_make(|| Texts {
            ks: SecretCString::new(&session.ks),
            user_id: convert::c_string(&session.user_id),
            privileges: convert::c_string(&session.privileges),
            dropped_privileges: convert::c_string(&session.dropped_privileges),
        })
    }
}

/// The KS: what every other call to Kaltura wants. Send it in the body of a request, not in a URL.
///
/// @param session  NULL is fine
/// @return a string of the session's, visible ASCII, wiped with it; "" for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_session_ks(session: Option<&kaltura_session>) -> *const c_char {
    text(session, |texts| texts.ks.as_ptr())
}

/// The account it is for.
///
/// @param session  NULL is fine
/// @return the partner id; 0 for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_session_partner_id(session: Option<&kaltura_session>) -> i64 {
    session.map_or(0, |handle| handle.0.partner_id)
}

/// The user it is for, as granted.
///
/// @param session  NULL is fine
/// @return a string of the session's, never NULL; "" for no user, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_session_user_id(session: Option<&kaltura_session>) -> *const c_char {
    text(session, |texts| texts.user_id.as_ptr())
}

/// Its type, as granted.
///
/// @param session  NULL is fine
/// @return a KALTURA_SESSION_TYPE value; KALTURA_SESSION_TYPE_USER for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_session_granted_type(session: Option<&kaltura_session>) -> kaltura_session_type {
    session.map_or(0, |handle| handle.0.session_type as i32)
}

/// What it may do, as granted.
///
/// @param session  NULL is fine
/// @return "name:value/value,name,..." as the server lists it; a string of the session's, never NULL; "" for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_session_privileges(session: Option<&kaltura_session>) -> *const c_char {
    text(session, |texts| texts.privileges.as_ptr())
}

/// Which of the privileges that were asked for it lacks: later calls that need them are refused.
///
/// @param session  NULL is fine
/// @return "name:value/value,name,..."; a string of the session's, never NULL; "" for none, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_session_dropped_privileges(session: Option<&kaltura_session>) -> *const c_char {
    text(session, |texts| texts.dropped_privileges.as_ptr())
}

/// In what it differs from what was asked for. The server adjusts without a word.
///
/// @param session  NULL is fine
/// @return KALTURA_ADJUSTMENT flags; 0 for none, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_session_adjustments(session: Option<&kaltura_session>) -> kaltura_adjustment {
    session.map_or(0, |handle| handle.0.adjustments.bits())
}

/// The hash type that the app token has: name it in the options, and save requests.
///
/// @param session  NULL is fine
/// @return a KALTURA_HASH_TYPE value; KALTURA_HASH_TYPE_AUTO if it is not known, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_session_hash_type(session: Option<&kaltura_session>) -> kaltura_hash_type {
    number_of(session.and_then(|handle| handle.0.hash_type))
}

/// When it ends, on the server's clock, which may differ from the device's.
///
/// @param session  NULL is fine
/// @return Unix time in seconds; 0 for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_session_expires_at_seconds(session: Option<&kaltura_session>) -> i64 {
    session.map_or(0, |handle| handle.0.expires_at_seconds)
}

/// How long it still lives. Right on a device with a wrong date, and after the device slept.
///
/// @param session  NULL is fine
/// @return milliseconds; 0 at its end, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_session_remaining_ms(session: Option<&kaltura_session>) -> i64 {
    guard_value(0, || session.map_or(0, |handle| i64::try_from(handle.0.remaining_ms()).unwrap_or(i64::MAX)))
}

/// Takes another reference to a session, for another owner.
///
/// @param session  NULL is fine
/// @return the same session, for kaltura_session_free(); NULL for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_session_retain(session: *const kaltura_session) -> *mut kaltura_session {
    guard_value(ptr::null_mut(), || {
        // SAFETY: a live session or NULL, by the contract of this call.
        unsafe { convert::retain_handle::<Session, _>(session) }
    })
}

/// Lets go of one reference to a session; the last one wipes the KS.
///
/// @param session  NULL is fine
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_session_free(session: *mut kaltura_session) {
    guard_value((), || {
        // SAFETY: a live session or NULL, by the contract of this call.
        unsafe { convert::release_handle::<Session, _>(session) }
    });
}

fn text(session: Option<&kaltura_session>, text: impl FnOnce(&Texts) -> *const c_char) -> *const c_char {
    guard_value(c"".as_ptr(), || session.and_then(kaltura_session::texts).map_or(c"".as_ptr(), text))
}
