//! Section "Log".

use std::ffi::{c_char, c_void};

use super::convert::{self, UserData};
use super::options::{kaltura_destroy_fn, kaltura_options, set};
use crate::hints;
use crate::log::{Log, LogLevel};

/// The number of a [`LogLevel`].
pub type kaltura_log_level = i32;

/// Takes a log line. It never holds a KS, a token or a token hash, nor the user id.
///
/// `line` is one line without a line break, valid until the function returns.
pub type kaltura_log_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, level: kaltura_log_level, line: *const c_char)>;

/// Has log lines handed to the host.
///
/// @param options    NULL does nothing but destroy `user_data`
/// @param max_level  a KALTURA_LOG_LEVEL value: lines beyond it are not made
/// @param callback   takes each line, on the thread of the call or one of the library's, perhaps on several at a
///                   time; NULL for no log, the default
/// @param user_data  passed to `callback`, never looked at
/// @param destroy    called with `user_data` when the options and everything made from them are gone, or when this
///                   setter replaces it; NULL for nothing
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_options_set_log(
    options: Option<&mut kaltura_options>,
    max_level: kaltura_log_level,
    callback: kaltura_log_fn,
    user_data: *mut c_void,
    destroy: kaltura_destroy_fn,
) {
    let user_data = UserData::new(user_data, destroy);
    let levels = [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug];
    let level = levels.into_iter().find(|level| *level as i32 == max_level);
    set(options, move |options| match (callback, level) {
        (None, _) => options.set_log(Log::default()),
        (Some(_), None) => options.refuse("log", "no such log level", hints::LOG_LEVEL),
        (Some(callback), Some(level)) => options.set_log(Log::new(level, move |level, line| {
            let line = convert::c_string(&line.replace(['\n', '\r'], " "));
            // SAFETY: the host gave the function for this user data; the line outlives the call.
            unsafe { callback(user_data.pointer(), level as i32, line.as_ptr()) };
        })),
    });
}
