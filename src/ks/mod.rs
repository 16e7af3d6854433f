//! Kaltura Sessions signed and read where the account's admin secret is: on servers, in tools and in tests. Never in an
//! app, for whoever has the secret may be anybody. Sources: `kSessionBase`, `KCryptoWrapper`.

mod php;
mod privileges;
mod read;
mod sign;

#[cfg(test)]
mod tests;

pub use privileges::Privileges;
pub use read::{Contents, Reading, Verdict, read};
pub use sign::{Fields, end_of_life, seal_v2, sign, sign_v1, sign_v2};

use aes::Aes128;
use sha1::{Digest as _, Sha1};
use zeroize::Zeroizing;

/// The cipher of version 2. Its vector is always zero: the random bytes that the text begins with stand for it.
type Encryptor = cbc::Encryptor<Aes128>;
type Decryptor = cbc::Decryptor<Aes128>;
const VECTOR: [u8; 16] = [0; 16];

/// The key of version 2: the first bytes of the hash of the secret, which is text and not decoded.
fn key(secret: &str) -> Zeroizing<[u8; 16]> {
    let digest = Zeroizing::new(<[u8; 20]>::from(Sha1::digest(secret)));
    Zeroizing::new(std::array::from_fn(|at| digest.get(at).copied().unwrap_or_default()))
}

/// Lower-case hex.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
