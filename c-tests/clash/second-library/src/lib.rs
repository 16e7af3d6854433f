//! Somebody else's Rust static library, that a program links beside kaltura-session.

use std::panic;

/// Panics, catches it, and returns 1 if that worked.
#[unsafe(no_mangle)]
pub extern "C" fn second_library_catches_a_panic() -> i32 {
    i32::from(panic::catch_unwind(|| panic!("in the second library")).is_err())
}
