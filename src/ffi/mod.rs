//! The C ABI: C in, C out. Each export converts, calls and converts back; whatever is interesting is below.
//!
//! The only unsafe code of the library is here. Every export runs in [`guard`], so no panic crosses the boundary;
//! outputs are NULL before anything can fail. The comments of the exports are the header's: they speak to a C
//! programmer.

#![allow(
    non_camel_case_types,
    reason = "the types carry their C names, so that one search finds Rust, header and tests"
)]
#![allow(clippy::missing_safety_doc, reason = "the C contract in the header's opening comment is the safety contract")]
#![allow(rustdoc::all, reason = "the comments are the header's, in the words of C")]

#[cfg(kaltura_prelinked)]
mod backtrace;
mod convert;
pub(crate) mod fork;
pub(crate) mod guard;
pub(crate) mod os;
#[cfg(feature = "http")]
pub(crate) mod poll;
#[cfg(kaltura_prelinked)]
mod reserve;

// In the order of the header's sections:

pub mod library;

#[cfg(feature = "http")]
pub mod generate;

pub mod strings;

pub mod error;

pub mod cancellation;

pub mod options;

#[cfg(feature = "http")]
pub mod connection;

pub mod hashing;

pub mod log;

pub mod store;

pub mod session;

pub mod start;

pub mod provider;

pub mod exchange;

pub mod flow;

#[cfg(feature = "ks-tools")]
pub mod server;

#[cfg(all(feature = "http", target_os = "android"))]
pub mod android;
