//! Reading, with and without secrets.

use std::fmt;

use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockDecryptMut as _, KeyIvInit as _};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha1::{Digest as _, Sha1};
use subtle::ConstantTimeEq as _;

use super::{Decryptor, Privileges, VECTOR, hex, key, php};

use crate::secret::Zeroizing;

/// What came of reading a KS.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No secret was given: what it shows is not proven.
    Unverified = 0,
    /// A secret fits, and it lives by this machine's clock. Whether it was ended only the server knows.
    Valid = 1,
    /// A secret fits, but it has expired by this machine's clock.
    Expired = 2,
    /// It is not base64, or empty: something was lost or added on its way.
    BadEncoding = 3,
    /// It is neither of version 1 nor of version 2, or no KS at all.
    UnknownVersion = 4,
    /// No secret fits: it is another account's or server's. Of version 1, whose signature tells no more, also one that
    /// was changed.
    WrongSecret = 5,
    /// It was changed or cut after it was signed.
    Tampered = 6,
    /// Its signature fits or could fit, but the server cannot read what is inside.
    Malformed = 7,
}

/// What a KS says.
#[derive(Clone)]
pub struct Reading {
    /// What came of it.
    pub verdict: Verdict,
    /// 1 or 2; 0 if it is neither.
    pub version: i32,
    /// The account, as it is spelled inside. Version 2 does not sign it: who shares a secret can swap it.
    pub partner_id: Option<String>,
    /// Which of the secrets fits.
    pub secret_index: Option<usize>,
    /// The rest: of version 1 always there, of version 2 if a secret fits.
    pub contents: Option<Contents>,
}

/// What a KS says besides its account. All are texts, because the server keeps them as such.
#[derive(Clone, Default)]
pub struct Contents {
    /// When it ends, Unix seconds.
    pub expires_at: Option<String>,
    /// `0` user; `1` and more, which is `2`, admin.
    pub session_type: Option<String>,
    /// Whatever makes it unique.
    pub rand: Option<String>,
    /// The user it is for.
    pub user_id: Option<String>,
    /// What it may do, as a list.
    pub privileges: Option<String>,
    /// The same, taken apart.
    pub parsed_privileges: Privileges,
    /// The account that impersonates.
    pub master_partner_id: Option<String>,
    /// Free text.
    pub additional_data: Option<String>,
    /// The signature in hex, by which the server knows it when it is ended.
    pub hash: String,
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading")
            .field("verdict", &self.verdict)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Reading {
    /// Identifies all KSs with the same privilege `sessionid`, hence all of one app token. Source:
    /// `kSessionBase::getKSVersionAndHash`, `invalidSessionPeer`.
    pub fn session_id_hash(&self) -> Option<String> {
        let id = self.contents.as_ref()?.parsed_privileges.values("sessionid")?.first()?;
        Some(hex(&Sha1::digest(format!("{}_{id}", self.partner_id.as_deref()?))))
    }

    fn nothing(verdict: Verdict, version: i32) -> Self {
        Reading { verdict, version, partner_id: None, secret_index: None, contents: None }
    }
}

impl Contents {
    /// Type 1 and more.
    pub fn is_admin(&self) -> bool {
        self.session_type.as_deref().and_then(php::number).is_some_and(|number| number >= 1.0)
    }

    /// For nobody.
    pub fn is_anonymous(&self) -> bool {
        matches!(self.user_id.as_deref(), None | Some("" | "0"))
    }

    /// Made by `session.startWidgetSession`, or just like it.
    pub fn is_widget_session(&self) -> bool {
        let is_user = self.session_type.as_deref().is_none_or(|text| php::number(text) == Some(0.0));
        is_user && self.is_anonymous() && self.privileges.as_deref().is_some_and(|list| list.contains("widget:1"))
    }

    /// Over at this second.
    #[expect(clippy::cast_precision_loss, reason = "seconds stay exact for a hundred million years")]
    pub fn is_expired(&self, now_seconds: i64) -> bool {
        match self.expires_at.as_deref() {
            None => true,
            Some(text) => match php::number(text) {
                Some(expiry) => expiry <= now_seconds as f64,
                // PHP 8 compares a text that is no number with a number as text.
                None => text <= now_seconds.to_string().as_str(),
            },
        }
    }
}

/// Reads a KS. Each secret is tried; without one, only what it shows to everybody is told.
pub fn read(ks: &str, secrets: &[&str], now_seconds: i64) -> Reading {
    // "0" is empty to PHP.
    let Some(decoded) = decode(ks).filter(|bytes| !bytes.is_empty() && **bytes != b"0") else {
        return Reading::nothing(Verdict::BadEncoding, 0);
    };
    let mut reading = match decoded.strip_prefix(b"v2|") {
        Some(rest) => read_v2(rest, secrets),
        None => read_v1(&decoded, secrets),
    };
    let is_expired = |contents: &Contents| contents.is_expired(now_seconds);
    if reading.verdict == Verdict::Valid && reading.contents.as_ref().is_some_and(is_expired) {
        reading.verdict = Verdict::Expired;
    }
    reading
}

/// `<40 hex digits>|<partner>;<partner>;<expiry>;…`
fn read_v1(decoded: &[u8], secrets: &[&str]) -> Reading {
    let Some((hash, info)) = split_at_pipe(decoded) else {
        return Reading::nothing(Verdict::UnknownVersion, 0);
    };
    if hash.len() != 40 || !hash.iter().all(u8::is_ascii_hexdigit) {
        return Reading::nothing(Verdict::UnknownVersion, 0);
    }
    let text = String::from_utf8_lossy(info).into_owned();
    let mut parts = text.split(';').map(str::to_owned);
    let (Some(partner_id), Some(_pattern), Some(expires_at)) = (parts.next(), parts.next(), parts.next()) else {
        return Reading::nothing(Verdict::Malformed, 1);
    };
    let signed_with = |secret: &&str| -> bool {
        let digest = Sha1::new().chain_update(secret).chain_update(info).finalize();
        hex(&digest).as_bytes().ct_eq(hash).into()
    };
    let secret_index = secrets.iter().position(signed_with);
    let verdict = match secret_index {
        Some(_) => Verdict::Valid,
        // No signer writes capitals, and the server wants the digits as they are written.
        None if hash.iter().any(u8::is_ascii_uppercase) => Verdict::Tampered,
        None if secrets.is_empty() => Verdict::Unverified,
        None => Verdict::WrongSecret,
    };
    let (session_type, rand, user_id, privileges) = (parts.next(), parts.next(), parts.next(), parts.next());
    let contents = Contents {
        expires_at: Some(expires_at),
        session_type,
        rand,
        user_id,
        parsed_privileges: Privileges::parse(privileges.as_deref().unwrap_or_default()),
        privileges,
        master_partner_id: parts.next(),
        additional_data: parts.next(),
        hash: String::from_utf8_lossy(hash).into_owned(),
    };
    Reading { verdict, version: 1, partner_id: Some(partner_id), secret_index, contents: Some(contents) }
}

/// `<partner>|<cipher>`
fn read_v2(rest: &[u8], secrets: &[&str]) -> Reading {
    let Some((partner_id, encrypted)) = split_at_pipe(rest) else {
        return Reading::nothing(Verdict::Malformed, 2);
    };
    let mut reading = Reading {
        partner_id: Some(String::from_utf8_lossy(partner_id).into_owned()),
        ..Reading::nothing(Verdict::Unverified, 2)
    };
    if encrypted.is_empty() || !encrypted.len().is_multiple_of(16) {
        reading.verdict = Verdict::Tampered;
        return reading;
    }
    if secrets.is_empty() {
        return reading;
    }
    reading.verdict = Verdict::WrongSecret;
    for (index, secret) in secrets.iter().enumerate() {
        let plain = decrypt(secret, encrypted);
        if let Some((hash, signed)) = opened(&plain) {
            reading.secret_index = Some(index);
            reading.contents = v2_contents(hash, signed);
            reading.verdict = if reading.contents.is_some() { Verdict::Valid } else { Verdict::Malformed };
            return reading;
        }
        if is_legible(&plain) {
            reading.verdict = Verdict::Tampered;
        }
    }
    reading
}

fn decrypt(secret: &str, encrypted: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut plain = Zeroizing::new(encrypted.to_vec());
    let cipher = Decryptor::new((&*key(secret)).into(), &VECTOR.into());
    // Cannot fail: these are whole blocks.
    let _ = cipher.decrypt_padded_mut::<NoPadding>(&mut plain);
    plain
}

/// The hash and what it is of, if they fit. The server strips NULs before it looks, whatever they were.
fn opened(plain: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = plain.iter().rposition(|&byte| byte != 0).map_or(0, |at| at + 1);
    let (hash, signed) = plain.get(..end)?.split_at_checked(20)?;
    bool::from(Sha1::digest(signed).as_slice().ct_eq(hash)).then_some((hash, signed))
}

/// Whether a text that does not fit its hash was opened with the right secret all the same: a change garbles one block
/// and one byte of the next, a wrong secret all of them. By chance a block passes in one of millions of cases.
fn is_legible(plain: &[u8]) -> bool {
    const HASH_AND_RAND: usize = 36;
    const MOST_ODD_BYTES: usize = 2;
    let is_odd = |&&byte: &&u8| !(byte.is_ascii_alphanumeric() || b"-_.+%=&\0".contains(&byte));
    let whole_blocks = plain.chunks_exact(16).skip(HASH_AND_RAND.div_ceil(16));
    whole_blocks.into_iter().any(|block| block.iter().filter(is_odd).count() <= MOST_ODD_BYTES)
}

/// `None` where the server's own parser fails: a field is an array.
fn v2_contents(hash: &[u8], signed: &[u8]) -> Option<Contents> {
    let (rand, query) = signed.split_at_checked(16).unwrap_or((signed, &[]));
    let mut contents = Contents { rand: Some(hex(rand)), hash: hex(hash), ..Contents::default() };
    let mut list: Vec<String> = Vec::new();
    for (name, value) in php::parse_query(query) {
        let php::Value::Text(value) = value else {
            return None;
        };
        match name.as_str() {
            "_e" => contents.expires_at = Some(value),
            "_t" => contents.session_type = Some(value),
            "_u" => contents.user_id = Some(value),
            "_m" => contents.master_partner_id = Some(value),
            "_d" => contents.additional_data = Some(value),
            _ => {
                list.push(if value.is_empty() { name.clone() } else { format!("{name}:{value}") });
                contents.parsed_privileges.push(name, &value);
            }
        }
    }
    let list = list.join(",");
    contents.privileges = Some(if list == "all:*" { "*".to_owned() } else { list });
    Some(contents)
}

fn split_at_pipe(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|&byte| byte == b'|')?;
    Some((bytes.get(..at)?, bytes.get(at + 1..)?))
}

/// PHP's strict `base64_decode` over both alphabets: white space is skipped, padding may be absent but not wrong.
fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    const UNPADDED: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::RequireNone)
            .with_decode_allow_trailing_bits(true),
    );
    let mut digits = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut padding = 0usize;
    for byte in text.bytes() {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {}
            b'=' => padding += 1,
            _ if padding > 0 => return None,
            b'-' => digits.push(b'+'),
            b'_' => digits.push(b'/'),
            other => digits.push(other),
        }
    }
    if padding > 2 || (padding > 0 && !(digits.len() + padding).is_multiple_of(4)) {
        return None;
    }
    UNPADDED.decode(&*digits).ok().map(Zeroizing::new)
}
