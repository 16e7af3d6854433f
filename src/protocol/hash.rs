//! The token hash: the proof that a client knows the app token, without sending it.

use md5::{Digest, Md5};
use sha1::Sha1;
use zeroize::Zeroize;

use crate::protocol::sha2::{sha256, sha512};
use crate::secret::Secret;

/// With which function an app token is hashed. A property of the token, set by `appToken.add`; no reply tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashType {
    /// MD5
    Md5,
    /// SHA-1, the server's own default.
    Sha1,
    /// SHA-256, what Kaltura's guides use.
    Sha256,
    /// SHA-512
    Sha512,
}

impl HashType {
    /// In which order they are tried when none is named: what the guides use, what the server does by default, the
    /// rest.
    pub const PROBING_ORDER: [HashType; 4] = [HashType::Sha256, HashType::Sha1, HashType::Sha512, HashType::Md5];

    /// Kaltura's name for it, `KalturaAppTokenHashType`.
    pub fn name(self) -> &'static str {
        match self {
            HashType::Md5 => "MD5",
            HashType::Sha1 => "SHA1",
            HashType::Sha256 => "SHA256",
            HashType::Sha512 => "SHA512",
        }
    }

    /// The type whose hashes have so many hexadecimal digits.
    pub fn from_hex_length(digits: usize) -> Option<HashType> {
        match digits {
            32 => Some(HashType::Md5),
            40 => Some(HashType::Sha1),
            64 => Some(HashType::Sha256),
            128 => Some(HashType::Sha512),
            _ => None,
        }
    }
}

/// `hex(H(ks + token))` in lower case, over both exactly as they are. The server compares the digits as text, so
/// upper case fails. Source: `AppToken::calcHash`, `AppTokenService::startSession`.
pub fn token_hash(hash_type: HashType, ks: &str, token: &str) -> Secret {
    match hash_type {
        HashType::Md5 => hex(Md5::new().chain_update(ks).chain_update(token).finalize()),
        HashType::Sha1 => hex(Sha1::new().chain_update(ks).chain_update(token).finalize()),
        HashType::Sha256 => hex(sha256(&[ks.as_bytes(), token.as_bytes()])),
        HashType::Sha512 => hex(sha512(&[ks.as_bytes(), token.as_bytes()])),
    }
}

/// A hash that somebody else computed, in lower case, with the type that its length tells; `None` if it is no hash.
pub(crate) fn parse_token_hash(answer: &str) -> Option<(HashType, Secret)> {
    let hash_type = HashType::from_hex_length(answer.len())?;
    let is_hex = answer.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex.then(|| (hash_type, Secret::new(answer.to_ascii_lowercase())))
}

/// A set of hash types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HashTypes(u8);

impl HashTypes {
    /// Whether the type is among them.
    pub fn contains(self, hash_type: HashType) -> bool {
        self.0 & Self::bit(hash_type) != 0
    }

    /// Adds a type.
    pub fn insert(&mut self, hash_type: HashType) {
        self.0 |= Self::bit(hash_type);
    }

    /// Whether all four are among them.
    pub fn is_all(self) -> bool {
        HashType::PROBING_ORDER.into_iter().all(|hash_type| self.contains(hash_type))
    }

    fn bit(hash_type: HashType) -> u8 {
        1 << hash_type as u8
    }
}

fn hex(mut digest: impl AsMut<[u8]>) -> Secret {
    let bytes = digest.as_mut();
    let mut hex = String::with_capacity(2 * bytes.len());
    for digit in bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        hex.push(char::from_digit(digit.into(), 16).unwrap_or_default());
    }
    bytes.zeroize();
    Secret::new(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_real_server_hold() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/data/ks-vectors.json")).unwrap();
        let cases = vectors["tokenHash"].as_array().unwrap();
        assert!(cases.len() >= 13);
        for case in cases {
            let text = |name: &str| case[name].as_str().unwrap();
            let hash_type =
                HashType::PROBING_ORDER.into_iter().find(|hash_type| hash_type.name() == text("hashType")).unwrap();
            assert_eq!(&*token_hash(hash_type, text("ks"), text("token")), text("tokenHash"));
        }
    }

    #[test]
    fn an_answer_of_the_host_is_read_in_any_case_and_by_its_length() {
        let (hash_type, hash) = parse_token_hash(&"aB".repeat(20)).unwrap();
        assert_eq!((hash_type, &*hash), (HashType::Sha1, "ab".repeat(20).as_str()));
        for bad in ["", "ab", &"g".repeat(64), &"é".repeat(16), &" ".repeat(32)] {
            assert!(parse_token_hash(bad).is_none(), "{bad:?}");
        }
    }
}
