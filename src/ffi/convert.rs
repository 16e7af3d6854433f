//! How values cross the boundary. Everything that the exports do with raw pointers is here.

use std::ffi::{CStr, CString, c_char, c_void};
use std::sync::Arc;

use zeroize::Zeroize;

use super::options::kaltura_destroy_fn;
use crate::error::Error;
use crate::exchange::MAX_REPLY_BYTES;
use crate::hints;
use crate::status::{Status, Step};

/// A text argument as it came.
pub(super) enum Text<'a> {
    Null,
    NotUtf8,
    Is(&'a str),
}

impl<'a> Text<'a> {
    /// Reads a NUL-terminated text, which must live while this does.
    ///
    /// # Safety
    /// `pointer` is NULL or a NUL-terminated string; the caller of the export vouches for it.
    pub(super) unsafe fn new(pointer: *const c_char) -> Self {
        if pointer.is_null() {
            return Text::Null;
        }
        // SAFETY: not NULL, as just checked; that it ends with NUL is the caller's promise.
        match unsafe { CStr::from_ptr(pointer) }.to_str() {
            Ok(text) => Text::Is(text),
            Err(_) => Text::NotUtf8,
        }
    }

    /// The text, where NULL stands for none.
    pub(super) fn optional(self, option: &'static str) -> Result<Option<&'a str>, Error> {
        match self {
            Text::Null => Ok(None),
            Text::Is(text) => Ok(Some(text)),
            Text::NotUtf8 => Err(Error::invalid_argument(option, NOT_UTF8, hints::UTF8)),
        }
    }
}

pub(super) const NOT_UTF8: &str = "the value is not UTF-8";
pub(super) const IS_NULL: &str = "the value is NULL";

/// What a call answers whose handle is NULL.
pub(super) fn null_handle(name: &'static str) -> Error {
    let mut error = Error::new(Status::InvalidArgument, Step::None, format!("the handle {name} is NULL"));
    error.option = Some(name);
    error.hint = hints::NULL.to_owned();
    error
}

/// Bytes that C holds, for the call.
///
/// # Safety
/// `pointer` is NULL or points to `length` bytes; the caller of the export vouches for it.
pub(super) unsafe fn bytes<'a>(pointer: *const u8, length: usize) -> &'a [u8] {
    // No object is longer than that: it was a negative number.
    if pointer.is_null() || length == 0 || isize::try_from(length).is_err() {
        return &[];
    }
    // SAFETY: not NULL, as just checked; the length is the caller's promise.
    unsafe { std::slice::from_raw_parts(pointer, length) }
}

/// Pointers that C holds, for the call.
///
/// # Safety
/// `pointer` is NULL or points to `length` pointers; the caller of the export vouches for it.
#[cfg(feature = "ks-tools")]
pub(super) unsafe fn items<'a>(pointer: *const *const c_char, length: usize) -> &'a [*const c_char] {
    if pointer.is_null() || length == 0 {
        return &[];
    }
    // SAFETY: not NULL, as just checked; the length is the caller's promise.
    unsafe { std::slice::from_raw_parts(pointer, length) }
}

/// Writes bytes to where C has room for them.
///
/// # Safety
/// `place` is NULL or has room for as many bytes; the caller of the export vouches for it.
pub(super) unsafe fn copy_to(bytes: &[u8], place: *mut u8) {
    if !place.is_null() {
        // SAFETY: not NULL, as just checked; the room is the caller's promise, and it is not ours, so nothing overlaps.
        unsafe { place.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    }
}

/// An HTTP status as the host tells it; 0 for a number that is none.
pub(super) fn http_status(number: i32) -> u16 {
    u16::try_from(number).ok().filter(|status| (100..600).contains(status)).unwrap_or(0)
}

/// So much of a reply's body as shows whether it is too long.
pub(super) fn reply_body(bytes: &[u8]) -> &[u8] {
    bytes.get(..=MAX_REPLY_BYTES).unwrap_or(bytes)
}

/// A text for C. A NUL inside, which C could not see past, becomes U+FFFD.
pub(super) fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}

/// A secret for C, wiped when dropped. What comes here holds no NUL: it is visible ASCII.
pub(super) struct SecretCString(CString);

impl SecretCString {
    pub(super) fn new(text: &str) -> Self {
        SecretCString(c_string(text))
    }

    pub(super) fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr()
    }
}

impl Drop for SecretCString {
    fn drop(&mut self) {
        std::mem::take(&mut self.0).into_bytes_with_nul().as_mut_slice().zeroize();
    }
}

/// A copy of a text that C owns, from the C library's allocator: freeing it does not depend on what C did to it.
#[cfg(any(feature = "http", feature = "ks-tools"))]
pub(super) fn owned_c_string(text: &str) -> Result<*mut c_char, Error> {
    let bytes = text.as_bytes();
    // SAFETY: any size may be asked for.
    let memory = unsafe { libc::malloc(bytes.len() + 1) }.cast::<u8>();
    if memory.is_null() {
        return Err(Error::new(Status::Resources, Step::None, "no memory for the result").with_hint(hints::RESOURCES));
    }
    // SAFETY: the block has one byte more than the text, and nobody else knows it yet.
    unsafe { memory.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    // SAFETY: within the block, as above.
    let end = unsafe { memory.add(bytes.len()) };
    // SAFETY: the last byte of the block.
    unsafe { end.write(0) };
    Ok(memory.cast())
}

/// Wipes and frees what [`owned_c_string`] made.
///
/// # Safety
/// `string` is NULL or a string of `owned_c_string` that was not freed yet.
pub(super) unsafe fn free_c_string(string: *mut c_char) {
    if string.is_null() {
        return;
    }
    // SAFETY: not NULL, as just checked; that it ends with NUL is the caller's promise.
    let length = unsafe { libc::strlen(string) };
    // SAFETY: so many bytes stand before the NUL, and the caller gives the string up.
    let bytes = unsafe { std::slice::from_raw_parts_mut(string.cast::<u8>(), length) };
    bytes.zeroize();
    // SAFETY: it came from malloc, and is given up.
    unsafe { libc::free(string.cast::<c_void>()) };
}

/// Another reference to a handle that is an `Arc<T>` behind the name that C has for `T`.
///
/// # Safety
/// `handle` is NULL or came from `Arc::<T>::into_raw`, and the caller holds a reference to it.
pub(super) unsafe fn retain_handle<T, H>(handle: *const H) -> *mut H {
    if !handle.is_null() {
        // SAFETY: as the caller vouches; the handle's type is transparent.
        unsafe { Arc::increment_strong_count(handle.cast::<T>()) };
    }
    handle.cast_mut()
}

/// Lets go of a reference to such a handle.
///
/// # Safety
/// As for `retain_handle`; the caller gives up its reference.
pub(super) unsafe fn release_handle<T, H>(handle: *mut H) {
    if !handle.is_null() {
        // SAFETY: as the caller vouches; the handle's type is transparent.
        drop(unsafe { Arc::from_raw(handle.cast_const().cast::<T>()) });
    }
}

/// The host's pointer, which is passed back and never looked at, with its destroy function.
pub(super) struct UserData {
    pointer: *mut c_void,
    destroy: kaltura_destroy_fn,
}

// SAFETY: the pointer is only passed back to the host, whose callbacks may run on any thread by the header's
// contract.
unsafe impl Send for UserData {}

// SAFETY: as for Send.
unsafe impl Sync for UserData {}

impl UserData {
    pub(super) fn new(pointer: *mut c_void, destroy: kaltura_destroy_fn) -> Self {
        UserData { pointer, destroy }
    }

    pub(super) fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            // SAFETY: the host gave the function for this pointer, and this is its last use.
            unsafe { destroy(self.pointer) };
        }
    }
}
