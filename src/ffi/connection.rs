//! Section "Options: how the server is reached". Only where the library carries its requests itself.

use std::ffi::c_char;

use super::convert::{IS_NULL, NOT_UTF8, Text};
use super::options::{kaltura_options, set, set_text};
use crate::hints;
use crate::http::Trust;
use crate::options::Options;

/// Which certificate authorities are trusted.
#[repr(i32)]
pub enum TrustValue {
    /// Those of the operating system, and what kaltura_options_add_ca_pem() adds.
    System = 0,
    /// Mozilla's, as they were when the library was built, and what kaltura_options_add_ca_pem() adds.
    Bundled = 1,
    /// What kaltura_options_add_ca_pem() adds, nothing else.
    CustomOnly = 2,
}

/// The number of a [`TrustValue`].
pub type kaltura_trust = i32;

/// The time that a connection may take to come about, within the total.
///
/// @param options  NULL does nothing
/// @param ms       milliseconds, 1 or more, 5,000 by default
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_options_set_connect_timeout_ms(options: Option<&mut kaltura_options>, ms: i64) {
    set(options, |options| options.set_connect_timeout_ms(ms));
}

/// The proxy that carries the connection, by CONNECT.
///
/// @param options  NULL does nothing
/// @param url      "http://[user:password@]host[:port]"; "" for none at all; copied; NULL, the default, for what the
///                 environment says (https_proxy or http_proxy, all_proxy, no_proxy, as curl reads them), which never
///                 applies to this machine
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_options_set_proxy_url(options: Option<&mut kaltura_options>, url: *const c_char) {
    // SAFETY: a string or NULL, by the contract of this call.
    set_text(options, "proxy_url", unsafe { Text::new(url) }, Options::set_proxy_url);
}

/// Which certificate authorities are trusted.
///
/// @param options  NULL does nothing
/// @param trust    a KALTURA_TRUST value, KALTURA_TRUST_SYSTEM by default
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_options_set_trust(options: Option<&mut kaltura_options>, trust: kaltura_trust) {
    let known = [
        (TrustValue::System, Trust::System),
        (TrustValue::Bundled, Trust::Bundled),
        (TrustValue::CustomOnly, Trust::CustomOnly),
    ];
    set(options, |options| {
        match known.into_iter().find_map(|(value, known)| (value as i32 == trust).then_some(known)) {
            Some(trust) => options.set_trust(trust),
            None => options.refuse("trust", "no such trust", hints::TRUST),
        }
    });
}

/// Trusts more certificate authorities, for instance a company's or a test server's. May be called several times.
///
/// @param options  NULL does nothing
/// @param pem      the text of a PEM file, not its path, with one certificate or more; copied
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_options_add_ca_pem(options: Option<&mut kaltura_options>, pem: *const c_char) {
    // SAFETY: a string or NULL, by the contract of this call.
    let pem = unsafe { Text::new(pem) };
    set(options, |options| match pem {
        Text::Is(pem) => options.add_ca_pem(pem),
        Text::Null => options.refuse("ca_pem", IS_NULL, hints::NULL),
        Text::NotUtf8 => options.refuse("ca_pem", NOT_UTF8, hints::UTF8),
    });
}

/// Pins public keys: once one is added, only certificate chains that hold one of them are accepted, on top of all
/// other checks: the server's own key, or that of an authority which it sends along and which signed for it. May be
/// called several times; give at least two, one of them kept in reserve.
///
/// @param options  NULL does nothing
/// @param base64   base64 of the SHA-256 of a SubjectPublicKeyInfo, 44 characters, with or without "sha256/" before
///                 it; copied
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_options_add_pin_spki_sha256(
    options: Option<&mut kaltura_options>,
    base64: *const c_char,
) {
    // SAFETY: a string or NULL, by the contract of this call.
    let base64 = unsafe { Text::new(base64) };
    set(options, |options| match base64 {
        Text::Is(base64) => options.add_pin_spki_sha256(base64),
        Text::Null => options.refuse("pin_spki_sha256", IS_NULL, hints::NULL),
        Text::NotUtf8 => options.refuse("pin_spki_sha256", NOT_UTF8, hints::UTF8),
    });
}
