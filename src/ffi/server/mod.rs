//! The exports that are for servers only: in a header of their own, and in no library that is built for apps.

pub mod privileges;

pub mod ks;

#[cfg(feature = "admin")]
pub mod admin;

#[cfg(feature = "admin")]
pub mod app_token;

#[cfg(feature = "admin")]
pub mod app_token_fields;

#[cfg(feature = "admin")]
pub mod app_token_list;

#[cfg(feature = "admin")]
pub mod flow;

use std::ffi::{CString, c_char};
use std::ptr;

use super::convert::{self, IS_NULL, Text};
use crate::error::Error;
use crate::hints;

/// The text of an argument that must not be NULL.
fn required<'a>(text: Text<'a>, option: &'static str) -> Result<&'a str, Error> {
    text.optional(option)?.ok_or_else(|| Error::invalid_argument(option, IS_NULL, hints::NULL))
}

/// A text for C that may be missing.
fn optional_c_string(text: Option<&str>) -> Option<CString> {
    text.map(convert::c_string)
}

/// A text that belongs to a handle; NULL if it is missing.
fn pointer(text: Option<&CString>) -> *const c_char {
    text.map_or(ptr::null(), |text| text.as_ptr())
}
