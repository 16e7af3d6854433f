//! What a KS shows to whoever holds no secret: its version and its partner.

use crate::secret::Zeroizing;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// How a KS is put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KsVersion {
    /// Signed text: fields between `;`, so a `;` in a user id shifts what is signed.
    V1,
    /// Encrypted fields.
    V2,
}

/// The longest KS that is believed. The server has no limit; a KS grows with its privileges.
pub(crate) const MAX_KS_BYTES: usize = 16_384;

/// What a KS shows is in its head: 40 digits of a signature, a partner id, punctuation.
const SHOWING_CHARACTERS: usize = 88;

/// Whether it may be a KS at all: visible ASCII of a sane length.
pub(crate) fn is_plausible(ks: &str) -> bool {
    (1..=MAX_KS_BYTES).contains(&ks.len()) && ks.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Version and partner of a KS, if it shows them. Version 2 begins with `v2|<partner>|`, version 1 with 40
/// hexadecimal digits, `|` and `<partner>;`. Source: `kSessionBase::parseKS`.
pub(crate) fn shown(ks: &str) -> Option<(KsVersion, i64)> {
    // Whole groups of four characters, more than any partner id needs.
    let plain = decode(ks.get(..SHOWING_CHARACTERS).unwrap_or(ks))?;
    if let Some(rest) = plain.strip_prefix(b"v2|") {
        return Some((KsVersion::V2, number_before(rest, b'|')?));
    }
    let (signature, rest) = plain.split_at_checked(40)?;
    let rest = rest.strip_prefix(b"|")?;
    signature
        .iter()
        .all(u8::is_ascii_hexdigit)
        .then(|| number_before(rest, b';'))?
        .map(|partner| (KsVersion::V1, partner))
}

fn decode(ks: &str) -> Option<Zeroizing<Vec<u8>>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    // Version 2 is written in the URL's alphabet, version 1 in the standard one; the server takes either.
    let standard: Zeroizing<Vec<u8>> = Zeroizing::new(
        ks.bytes()
            .map(|byte| match byte {
                b'-' => b'+',
                b'_' => b'/',
                other => other,
            })
            .collect(),
    );
    LENIENT.decode(&*standard).ok().map(Zeroizing::new)
}

fn number_before(text: &[u8], end: u8) -> Option<i64> {
    let digits = text.split(|&byte| byte == end).next().filter(|digits| digits.len() < text.len())?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ks_of_the_real_server_shows_its_version_and_partner() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/data/ks-vectors.json")).unwrap();
        for vector in vectors["generate"].as_array().unwrap() {
            let version = if vector["version"] == 1 { KsVersion::V1 } else { KsVersion::V2 };
            assert_eq!(
                shown(vector["ks"].as_str().unwrap()),
                Some((version, vector["partnerId"].as_i64().unwrap())),
                "{}",
                vector["name"]
            );
        }
    }

    #[test]
    fn what_is_no_ks_shows_nothing() {
        for text in ["", "abc", "djJ8", "djJ8MTAx", "not base64 at all", "é"] {
            assert_eq!(shown(text), None, "{text:?}");
        }
    }
}
