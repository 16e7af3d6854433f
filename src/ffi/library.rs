//! Section "Library".

use std::ffi::c_char;

use super::convert::Text;
use super::guard::guard_value;

/// Grows by one when a program built against an older header would not run with this library.
pub const KALTURA_ABI_VERSION: i32 = 1;

/// The version of the library that is linked, for instance "0.1.0".
///
/// @return a static string, never NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_version() -> *const c_char {
    static VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// The ABI version of the library that is linked.
///
/// A program that loads the library at run time compares it with KALTURA_ABI_VERSION of the header that it was built
/// with: they must be equal.
///
/// @return the number, 1 or more
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_abi_version() -> i32 {
    KALTURA_ABI_VERSION
}

/// Whether the library that is linked was built with a feature.
///
/// @param name  "http": carries requests itself; "ks-tools", "admin": what kaltura_session_server.h declares; others
///              are unknown to this version
/// @return 1 if it was; 0 if not, or if `name` is NULL or unknown
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_has_feature(name: *const c_char) -> i32 {
    guard_value(0, || {
        // SAFETY: a string by the contract of this call.
        let name = unsafe { Text::new(name) };
        let is_built = match name {
            Text::Is("http") => cfg!(feature = "http"),
            Text::Is("ks-tools") => cfg!(feature = "ks-tools"),
            Text::Is("admin") => cfg!(feature = "admin"),
            Text::Is(_) | Text::Null | Text::NotUtf8 => false,
        };
        i32::from(is_built)
    })
}
