//! Section "Library", what every call shares that gives a string away.

use std::ffi::c_char;

use super::convert;
use super::guard::guard_value;

/// Wipes a string that the library gave away, then frees it.
///
/// @param string  a `char *` that a call returned; NULL is fine
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_free_string(string: *mut c_char) {
    guard_value((), || {
        // SAFETY: NULL or a string of ours, by the contract of this call.
        unsafe { convert::free_c_string(string) }
    });
}
