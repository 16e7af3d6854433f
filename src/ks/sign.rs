//! Signing.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockEncryptMut as _, KeyIvInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use sha1::{Digest as _, Sha1};

use super::read::{Contents, Verdict, read};
use super::{Encryptor, Privileges, VECTOR, hex, key, php};
use crate::error::Error;
use crate::hints;
use crate::secret::{Secret, Zeroizing};
use crate::session::SessionType;
use crate::status::{Status, Step};

/// What goes into a new KS.
#[derive(Clone)]
pub struct Fields {
    /// The account.
    pub partner_id: i64,
    /// The user it is for. Empty is a user too, nobody; `None` leaves the field out of version 2.
    pub user_id: Option<String>,
    /// What kind it is.
    pub session_type: SessionType,
    /// When it ends, Unix seconds.
    pub expires_at_seconds: i64,
    /// What it may do, `name:value/value,name,…`.
    pub privileges: String,
}

impl fmt::Debug for Fields {
    /// Not the user, who is nobody's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fields").field("partner_id", &self.partner_id).finish_non_exhaustive()
    }
}

/// Links that are made from a KS with this privilege shall be the same for some minutes, so that they can be cached: its
/// end is rounded up, and its random bytes follow from its end. Source: `kSessionBase::generateKsV2`.
const FOR_DOWNLOADS: &str = "downloadasset";
const DOWNLOAD_SECONDS: i64 = 300;

/// Signs a KS of version 1 or 2 with an account's admin secret, whatever the type, as the server does.
///
/// Privileges are tidied: blanks around them go, and values of equal names are joined, of which version 2 would keep the
/// last alone. What the server would not read as it was given is refused.
///
/// # Errors
/// `InvalidArgument` names the value that cannot be right; `Resources` if there is no randomness.
pub fn sign(version: i32, secret: &str, fields: &Fields) -> Result<Secret, Error> {
    let refuse = |option, message, hint| Err(Error::invalid_argument(option, message, hint));
    if fields.partner_id < 1 {
        return refuse("partner_id", "the partner id is not positive", hints::PARTNER_ID);
    }
    if secret.is_empty() || secret.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return refuse("secret", "the secret is empty, or holds white space", hints::ADMIN_SECRET);
    }
    let mut fields = fields.clone();
    fields.privileges = Privileges::parse_tidily(&fields.privileges).to_string();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let is_for_downloads = fields.privileges.contains(FOR_DOWNLOADS);
    if is_for_downloads {
        let periods = fields.expires_at_seconds.saturating_add(DOWNLOAD_SECONDS - 1).div_euclid(DOWNLOAD_SECONDS);
        fields.expires_at_seconds = periods.saturating_mul(DOWNLOAD_SECONDS);
    }
    let ks = match version {
        1 => sign_v1(secret, &fields, &format!("{:.4}", now.as_secs_f64())),
        2 if is_for_downloads => sign_v2(secret, &fields, php::seeded_random_block(seed(fields.expires_at_seconds))),
        2 => sign_v2(secret, &fields, random_block()?),
        _ => return refuse("version", "no such version of KSs", hints::KS_VERSION),
    };
    check_that_it_reads(&ks, secret, &fields)?;
    Ok(ks)
}

/// When a KS ends that shall live so long.
///
/// # Errors
/// `InvalidArgument` for a life that is none.
pub fn end_of_life(now_seconds: i64, expiry_seconds: i64) -> Result<i64, Error> {
    if expiry_seconds < 1 {
        return Err(Error::invalid_argument("expiry_seconds", "a life below one second", hints::KS_LIFE));
    }
    Ok(now_seconds.saturating_add(expiry_seconds))
}

/// A KS of version 1: signed text, nothing escaped, nothing encrypted. `rand` makes it unique.
pub fn sign_v1(secret: &str, fields: &Fields, rand: &str) -> Secret {
    let Fields { partner_id, user_id, session_type, expires_at_seconds, privileges } = fields;
    let user_id = user_id.as_deref().unwrap_or_default();
    let session_type = *session_type as i32;
    let info = format!("{partner_id};{partner_id};{expires_at_seconds};{session_type};{rand};{user_id};{privileges};;");
    let signature = hex(&Sha1::new().chain_update(secret).chain_update(&info).finalize());
    Secret::new(STANDARD.encode(format!("{signature}|{info}")))
}

/// A KS of version 2: form-encoded fields, hashed and encrypted. `rand` makes it unique.
pub fn sign_v2(secret: &str, fields: &Fields, rand: [u8; 16]) -> Secret {
    let mut query = String::new();
    for (name, value) in v2_fields(fields) {
        let ampersand = if query.is_empty() { "" } else { "&" };
        query.push_str(&format!("{ampersand}{}={}", php::url_encode(&name), php::url_encode(&value)));
    }
    seal_v2(secret, &fields.partner_id.to_string(), rand, query.as_bytes())
}

/// The envelope of version 2 around any fields: for tests of what reads it.
pub fn seal_v2(secret: &str, partner_id: &str, rand: [u8; 16], query: &[u8]) -> Secret {
    let hash = Sha1::new().chain_update(rand).chain_update(query).finalize();
    let mut text = Zeroizing::new([&hash[..], &rand, query].concat());
    // Not padding as others know it: NULs up to a whole block, and none if it is one.
    let length = text.len().next_multiple_of(16);
    text.resize(length, 0);
    let cipher = Encryptor::new((&*key(secret)).into(), &VECTOR.into());
    // Cannot fail: the text fills its buffer, in whole blocks.
    let encrypted = cipher.encrypt_padded_mut::<NoPadding>(&mut text, length).unwrap_or_default();
    Secret::new(URL_SAFE.encode([b"v2|", partner_id.as_bytes(), b"|", encrypted].concat()))
}

/// Names and values in the order of the KS. One that is named like another, also like a field, is overwritten in its
/// place.
fn v2_fields(fields: &Fields) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: String| match pairs.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = value,
        None => pairs.push((name.to_owned(), value)),
    };
    for privilege in fields.privileges.split(',').map(php::trim).filter(|text| !text.is_empty() && *text != "0") {
        let privilege = if privilege == "*" { "all:*" } else { privilege };
        let (name, value) = privilege.split_once(':').unwrap_or((privilege, ""));
        put(name, value.to_owned());
    }
    put("_e", fields.expires_at_seconds.to_string());
    put("_t", (fields.session_type as i32).to_string());
    if let Some(user_id) = &fields.user_id {
        put("_u", user_id.clone());
    }
    pairs
}

/// A `;` in version 1, a privilege that is named like a field of version 2, and the like: the server would read something
/// else than was meant.
fn check_that_it_reads(ks: &str, secret: &str, fields: &Fields) -> Result<(), Error> {
    let reading = read(ks, &[secret], i64::MIN);
    let refuse = |option| Err(Error::invalid_argument(option, "the server would read another value", hints::KS_FIELDS));
    let Some(Contents { user_id, privileges, master_partner_id, additional_data, .. }) =
        reading.contents.filter(|_| reading.verdict == Verdict::Valid)
    else {
        return refuse("privileges");
    };
    if user_id.unwrap_or_default() != fields.user_id.clone().unwrap_or_default() {
        return refuse("user_id");
    }
    let is_empty = |text: Option<String>| text.is_none_or(|text| text.is_empty());
    let all = |list: &str| Privileges::parse(&list.replace("all:*", "*"));
    if all(&privileges.unwrap_or_default()) != all(&fields.privileges)
        || !is_empty(master_partner_id)
        || !is_empty(additional_data)
    {
        return refuse("privileges");
    }
    Ok(())
}

fn random_block() -> Result<[u8; 16], Error> {
    let mut block = [0; 16];
    getrandom::getrandom(&mut block).map_err(|_| {
        Error::new(Status::Resources, Step::None, "the system gives no randomness").with_hint(hints::RESOURCES)
    })?;
    Ok(block)
}

/// PHP's seed has 32 bits.
fn seed(expires_at_seconds: i64) -> u32 {
    u32::try_from(expires_at_seconds & 0xffff_ffff).unwrap_or_default()
}
