//! Section "Token hash callback".

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::convert::{SecretCString, Text, UserData};
use super::guard::guard_value;
use super::options::{kaltura_destroy_fn, kaltura_options, set};
use crate::hints;
use crate::token_hash::{Hashing, TokenHashCallback};

/// A widget KS that waits for its token hash.
pub struct kaltura_hashing {
    hashing: Hashing,
    widget_ks: SecretCString,
}

/// Called once, when nobody waits for the answer any more.
pub type kaltura_cancel_fn = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// Is asked for a token hash, on a thread of the library's.
///
/// It takes `hashing` over: answer with kaltura_hashing_reply() or kaltura_hashing_fail(), at once or later, from any
/// thread, then free it. It may be called again before it returned, on another thread.
pub type kaltura_token_hash_fn = Option<unsafe extern "C" fn(user_data: *mut c_void, hashing: *mut kaltura_hashing)>;

/// Leaves the token hash to the host, so that the app token may stay on a backend; the options have no app token
/// then.
///
/// @param options    NULL does nothing but destroy `user_data`
/// @param callback   is asked for each token hash; not NULL
/// @param user_data  passed to `callback`, never looked at
/// @param destroy    called with `user_data` when the options and everything made from them are gone, or when this
///                   setter replaces it; NULL for nothing
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_options_set_token_hash(
    options: Option<&mut kaltura_options>,
    callback: kaltura_token_hash_fn,
    user_data: *mut c_void,
    destroy: kaltura_destroy_fn,
) {
    let user_data = UserData::new(user_data, destroy);
    set(options, move |options| match callback {
        Some(callback) => options.set_token_hash(TokenHashCallback::new(move |hashing| {
            let widget_ks = SecretCString::new(hashing.widget_ks());
            let handle = Box::into_raw(Box::new(kaltura_hashing { hashing, widget_ks }));
            // SAFETY: the host gave the function for this user data, and takes the handle over.
            unsafe { callback(user_data.pointer(), handle) };
        })),
        None => options.refuse("token_hash", "the callback is NULL", hints::CALLBACK),
    });
}

/// The KS to hash: the answer is hex(H(this, then the app token)), both exactly as they are.
///
/// @param hashing  NULL is fine
/// @return a string of the hashing's; "" for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_hashing_widget_ks(hashing: Option<&kaltura_hashing>) -> *const c_char {
    hashing.map_or(c"".as_ptr(), |hashing| hashing.widget_ks.as_ptr())
}

/// How long the answer is still waited for.
///
/// @param hashing  NULL is fine
/// @return milliseconds; 0 when it is too late, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_hashing_timeout_ms(hashing: Option<&kaltura_hashing>) -> i64 {
    guard_value(0, || hashing.map_or(0, |hashing| i64::try_from(hashing.hashing.timeout_ms()).unwrap_or(i64::MAX)))
}

/// Has a function called when nobody waits for the answer any more, at once if it is so already; so that a request to
/// a backend can be given up.
///
/// @param hashing    NULL does nothing but destroy `user_data`
/// @param callback   called at most once, on any thread; NULL does nothing
/// @param user_data  passed to `callback`, never looked at
/// @param destroy    called with `user_data` exactly once, after `callback` if that is called; NULL for nothing
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_hashing_on_cancel(
    hashing: Option<&kaltura_hashing>,
    callback: kaltura_cancel_fn,
    user_data: *mut c_void,
    destroy: kaltura_destroy_fn,
) {
    let user_data = UserData::new(user_data, destroy);
    guard_value((), move || {
        if let (Some(hashing), Some(callback)) = (hashing, callback) {
            // The user data lives as long as the hook.
            let user_data = Arc::new(user_data);
            hashing.hashing.on_cancel(move || {
                // SAFETY: the host gave the function for this user data.
                unsafe { callback(user_data.pointer()) };
            });
        }
    });
}

/// Answers. Only the first answer counts; later and late ones do nothing.
///
/// @param hashing  NULL does nothing
/// @param hash     32, 40, 64 or 128 hexadecimal digits in any case, whose number tells the hash type; copied.
///                 Anything else, NULL included, fails the call with KALTURA_STATUS_CALLBACK_FAILED
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_hashing_reply(hashing: Option<&kaltura_hashing>, hash: *const c_char) {
    guard_value((), || {
        // SAFETY: a string or NULL, by the contract of this call.
        let hash = unsafe { Text::new(hash) };
        if let Some(hashing) = hashing {
            hashing.hashing.reply(if let Text::Is(hash) = hash { hash } else { "" });
        }
    });
}

/// Says that there will be no hash: the call fails with KALTURA_STATUS_CALLBACK_FAILED.
///
/// @param hashing  NULL does nothing
/// @param message  why, in one line, for the error's message; copied; NULL is fine
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_hashing_fail(hashing: Option<&kaltura_hashing>, message: *const c_char) {
    guard_value((), || {
        // SAFETY: a string or NULL, by the contract of this call.
        let message = unsafe { Text::new(message) };
        if let Some(hashing) = hashing {
            hashing.hashing.fail(if let Text::Is(message) = message { message } else { "" });
        }
    });
}

/// Frees a hashing, once. Unanswered, it has failed.
///
/// @param hashing  NULL is fine
///
/// Threads: any, but not beside another call with the same hashing.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_hashing_free(hashing: Option<Box<kaltura_hashing>>) {
    guard_value((), || drop(hashing));
}
