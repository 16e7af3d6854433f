//! Section "Privileges".

use std::ffi::{CString, c_char};
use std::ptr;

use crate::error::Error;
use crate::ffi::convert::{self, Text, null_handle};
use crate::ffi::error::{ErrorOut, kaltura_error};
use crate::ffi::guard::{guard, guard_value};
use crate::ks::Privileges;

use super::{pointer, required};

/// A list of privileges, "name:value/value,name,...", to be put together or taken apart.
///
/// Nothing can be escaped: a comma ends a privilege, a slash a value, the first colon the name. Names that occur again
/// add their values to the first. The value "*" stands for all.
pub struct kaltura_privileges {
    list: Privileges,
    text: CString,
    /// Names, and values with slashes between them.
    parts: Vec<(CString, CString)>,
}

impl kaltura_privileges {
    fn new(list: Privileges) -> Self {
        let part = |(name, values): (&str, &[String])| (convert::c_string(name), convert::c_string(&values.join("/")));
        let parts = list.iter().map(part).collect();
        kaltura_privileges { text: convert::c_string(&list.to_string()), parts, list }
    }
}

/// Takes a list of privileges apart, or begins an empty one. Blanks around privileges are dropped.
///
/// @param list        "name:value/value,name,..."; NULL or "" for none
/// @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the list, for kaltura_privileges_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT for what is not
///         UTF-8
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_privileges_new(
    list: *const c_char,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_privileges {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        // SAFETY: a string or NULL, by the contract of this call.
        let list = unsafe { Text::new(list) }.optional("list")?.unwrap_or_default();
        Ok(Box::into_raw(Box::new(kaltura_privileges::new(Privileges::parse_tidily(list)))))
    })
}

/// Adds a privilege, or a value to the one of that name.
///
/// @param privileges  not NULL
/// @param name        without commas, colons, blanks around it and control characters; not NULL, not empty
/// @param value       "*" for all; several have slashes between them; no commas, no control characters; NULL or "" for
///                    a privilege without values
/// @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return 1; 0 on failure: KALTURA_STATUS_INVALID_ARGUMENT
///
/// Threads: one call at a time with the same list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_privileges_add(
    privileges: Option<&mut kaltura_privileges>,
    name: *const c_char,
    value: *const c_char,
    error: *mut *mut kaltura_error,
) -> i32 {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, 0, || -> Result<_, Error> {
        let privileges = privileges.ok_or_else(|| null_handle("privileges"))?;
        // SAFETY: a string or NULL, by the contract of this call.
        let name = required(unsafe { Text::new(name) }, "name")?;
        // SAFETY: as above.
        let value = unsafe { Text::new(value) }.optional("value")?.unwrap_or_default();
        let mut list = privileges.list.clone();
        list.add(name, value)?;
        *privileges = kaltura_privileges::new(list);
        Ok(1)
    })
}

/// The whole list, as kaltura_ks_sign() and kaltura_options_set_privileges() take it.
///
/// @param privileges  NULL is fine
/// @return a string of the list's, which lives until something is added; "" for NULL
///
/// Threads: any, but not beside kaltura_privileges_add() with the same list.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_privileges_text(privileges: Option<&kaltura_privileges>) -> *const c_char {
    privileges.map_or(c"".as_ptr(), |privileges| privileges.text.as_ptr())
}

/// How many names there are.
///
/// @param privileges  NULL is fine
/// @return the number; 0 for NULL
///
/// Threads: any, but not beside kaltura_privileges_add() with the same list.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_privileges_count(privileges: Option<&kaltura_privileges>) -> usize {
    privileges.map_or(0, |privileges| privileges.parts.len())
}

/// The names, one by one.
///
/// @param privileges  NULL is fine
/// @param index       from 0 on, in the order of the list
/// @return a string of the list's, which lives until something is added; NULL past the end
///
/// Threads: any, but not beside kaltura_privileges_add() with the same list.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_privileges_name(privileges: Option<&kaltura_privileges>, index: usize) -> *const c_char {
    pointer(privileges.and_then(|privileges| privileges.parts.get(index)).map(|(name, _)| name))
}

/// The values of the names, one by one.
///
/// @param privileges  NULL is fine
/// @param index       from 0 on, in the order of the list
/// @return the values with slashes between them, "" if there are none; a string of the list's, which lives until
///         something is added; NULL past the end
///
/// Threads: any, but not beside kaltura_privileges_add() with the same list.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_privileges_values(privileges: Option<&kaltura_privileges>, index: usize) -> *const c_char {
    pointer(privileges.and_then(|privileges| privileges.parts.get(index)).map(|(_, values)| values))
}

/// Whether the list grants something: by a value, by "*" among the values of a name, or by the privilege "*".
///
/// @param privileges  NULL is fine
/// @param name        for instance "edit"; NULL is fine
/// @param value       for instance an entry id; NULL is fine
/// @return 1 if it does, else 0
///
/// Threads: any, but not beside kaltura_privileges_add() with the same list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_privileges_allow(
    privileges: Option<&kaltura_privileges>,
    name: *const c_char,
    value: *const c_char,
) -> i32 {
    guard_value(0, || {
        // SAFETY: a string or NULL, by the contract of this call.
        let name = unsafe { Text::new(name) };
        // SAFETY: as above.
        let value = unsafe { Text::new(value) };
        match (privileges, name, value) {
            (Some(privileges), Text::Is(name), Text::Is(value)) => privileges.list.allow(name, value).into(),
            _ => 0,
        }
    })
}

/// Frees a list.
///
/// @param privileges  NULL is fine
///
/// Threads: any, but not beside another call with the same list.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_privileges_free(privileges: Option<Box<kaltura_privileges>>) {
    guard_value((), || drop(privileges));
}
