//! Kaltura Sessions: made, read and proven, in both versions. Source: `kSessionBase`.

use std::time::{SystemTime, UNIX_EPOCH};

use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockDecryptMut, BlockEncryptMut, KeyIvInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use crate::php;
use crate::privileges::{self, Privileges};
use crate::value::Value;

/// What goes into a new KS.
#[derive(Clone, Debug)]
pub struct Fields {
    /// The account.
    pub partner_id: String,
    /// None leaves the field out of a version 2 KS.
    pub user: Option<String>,
    /// 0 user, 2 admin.
    pub kind: i64,
    /// End, in Unix seconds.
    pub expiry: i64,
    /// As `name:value/value,name`.
    pub privileges: String,
}

/// What a KS says, once its signature has been found good. Texts, because the server keeps them as such.
#[derive(Clone, Debug)]
#[cfg_attr(not(test), expect(dead_code, reason = "the vectors compare fields that no action looks at"))]
pub struct Session {
    /// 1 or 2.
    pub version: u8,
    /// The account, as it is spelled in the KS.
    pub partner_id: String,
    /// End, in Unix seconds.
    pub expiry: Option<String>,
    /// `0` user, `1` and more admin.
    pub kind: Option<String>,
    /// Whatever makes it unique.
    pub rand: Option<String>,
    /// The user id.
    pub user: Option<String>,
    /// The privileges as one text.
    pub privileges: Option<String>,
    /// The same, taken apart.
    pub parsed_privileges: Privileges,
    /// Account that impersonates.
    pub master_partner_id: Option<String>,
    /// Free text.
    pub additional_data: Option<String>,
    /// The signature, in hex. It identifies the KS at `session.end`.
    pub hash: String,
}

/// Why a KS was not accepted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Refusal {
    /// It is no KS, or its signature is wrong.
    Bad,
    /// No secret is known for its partner.
    UnknownPartner,
    /// The server's parser runs into a type error: a version 2 field is an array.
    Crash,
}

impl Session {
    /// Type 1 and more.
    pub fn is_admin(&self) -> bool {
        self.number(&self.kind).is_some_and(|kind| kind >= 1.0)
    }

    /// Neither named nor numbered.
    pub fn is_anonymous(&self) -> bool {
        matches!(self.user.as_deref(), None | Some("" | "0"))
    }

    /// Made by `startWidgetSession`, or just like it.
    pub fn is_widget_session(&self) -> bool {
        let is_user = self.kind.is_none() || self.number(&self.kind) == Some(0.0);
        is_user && self.is_anonymous() && self.privileges.as_deref().is_some_and(|list| list.contains("widget:1"))
    }

    /// Over at this second.
    pub fn is_expired(&self, now: i64) -> bool {
        match (&self.expiry, self.number(&self.expiry)) {
            (None, _) => true,
            (Some(_), Some(expiry)) => expiry <= now as f64,
            // PHP 8 compares text that is no number with a number as text.
            (Some(text), None) => text.as_str() <= now.to_string().as_str(),
        }
    }

    /// Identifies all KSs with the same `sessionid` privilege, hence all of one app token.
    pub fn session_id_hash(&self) -> Option<String> {
        let id = privileges::values(&self.parsed_privileges, "sessionid")?.first()?;
        Some(hex(&Sha1::digest(format!("{}_{id}", self.partner_id))))
    }

    fn number(&self, field: &Option<String>) -> Option<f64> {
        let (number, whole) = php::leading_number(field.as_deref()?)?;
        whole.then(|| number.to_float())
    }
}

/// Makes a KS as the server does, with fresh randomness. `secret` is the account's main admin secret, whatever the type.
///
/// With the privilege `downloadasset` the expiry is rounded up to five minutes, and a version 2 KS gets a random block that
/// follows from the expiry, so that links made from it can be cached. Source: `ks::toSecureString`.
pub fn sign(version: u8, secret: &str, fields: &Fields) -> String {
    let microtime = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |age| age.as_secs_f64());
    let mut fields = fields.clone();
    let mut rand = [0u8; 16];
    if fields.privileges.contains("downloadasset") {
        fields.expiry = fields.expiry.saturating_add(299).div_euclid(300).saturating_mul(300);
        rand = php::seeded_random_block(fields.expiry as u32);
    } else if getrandom::getrandom(&mut rand).is_err() {
        rand = php::seeded_random_block((microtime * 1000.0) as u32);
    }
    match version {
        2 => sign_v2(secret, &fields, rand),
        _ => sign_v1(secret, &fields, &format!("{:.4}", microtime)),
    }
}

/// A version 1 KS: signed text, nothing escaped, nothing encrypted.
pub fn sign_v1(secret: &str, fields: &Fields, rand: &str) -> String {
    let Fields { partner_id, user, kind, expiry, privileges } = fields;
    let user = user.as_deref().unwrap_or_default();
    let info = format!("{partner_id};{partner_id};{expiry};{kind};{rand};{user};{privileges};;");
    let signature = hex(&Sha1::digest(format!("{secret}{info}")));
    STANDARD.encode(format!("{signature}|{info}"))
}

/// A version 2 KS: form-encoded fields, signed with SHA-1 and encrypted with AES-128 in CBC mode.
pub fn sign_v2(secret: &str, fields: &Fields, rand: [u8; 16]) -> String {
    let query: Vec<String> = v2_fields(fields)
        .iter()
        .map(|(name, value)| format!("{}={}", php::url_encode(name), php::url_encode(value)))
        .collect();
    let mut signed = rand.to_vec();
    signed.extend_from_slice(query.join("&").as_bytes());
    let mut plain = Sha1::digest(&signed).to_vec();
    plain.extend_from_slice(&signed);
    plain.resize(plain.len().next_multiple_of(16), 0);
    let length = plain.len();
    let cipher = cbc::Encryptor::<aes::Aes128>::new(&v2_key(secret).into(), &[0; 16].into());
    // Cannot fail: the text is as long as the buffer and a multiple of the block size.
    let encrypted = cipher.encrypt_padded_mut::<NoPadding>(&mut plain, length).unwrap_or_default();
    let mut ks = format!("v2|{}|", fields.partner_id).into_bytes();
    ks.extend_from_slice(encrypted);
    STANDARD.encode(ks).replace('+', "-").replace('/', "_")
}

/// Reads a KS. `secrets` knows the admin secrets of a partner, by the spelling in the KS.
pub fn parse(ks: &str, secrets: impl Fn(&str) -> Option<Vec<String>>) -> Result<Session, Refusal> {
    let decoded = decode_base64(ks).filter(|bytes| !bytes.is_empty() && bytes != b"0").ok_or(Refusal::Bad)?;
    match decoded.strip_prefix(b"v2|") {
        Some(rest) => parse_v2(rest, secrets),
        None => parse_v1(&decoded, secrets),
    }
}

fn parse_v1(decoded: &[u8], secrets: impl Fn(&str) -> Option<Vec<String>>) -> Result<Session, Refusal> {
    let (hash, info) = split_at_pipe(decoded).ok_or(Refusal::Bad)?;
    let text = String::from_utf8_lossy(info).into_owned();
    let mut parts = text.split(';').map(str::to_owned);
    let (Some(partner_id), Some(_pattern), Some(expiry)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Refusal::Bad);
    };
    let secrets = secrets(&partner_id).ok_or(Refusal::UnknownPartner)?;
    let signed_with = |secret: &String| {
        let digest = Sha1::new().chain_update(secret).chain_update(info).finalize();
        hex(&digest).as_bytes() == hash
    };
    if !secrets.iter().any(signed_with) {
        return Err(Refusal::Bad);
    }
    let (kind, rand, user, privileges) = (parts.next(), parts.next(), parts.next(), parts.next());
    Ok(Session {
        version: 1,
        partner_id,
        expiry: Some(expiry),
        kind,
        rand,
        user,
        parsed_privileges: privileges::parse(privileges.as_deref().unwrap_or_default()),
        privileges,
        master_partner_id: parts.next(),
        additional_data: parts.next(),
        hash: String::from_utf8_lossy(hash).into_owned(),
    })
}

fn parse_v2(rest: &[u8], secrets: impl Fn(&str) -> Option<Vec<String>>) -> Result<Session, Refusal> {
    let (partner_id, encrypted) = split_at_pipe(rest).ok_or(Refusal::Bad)?;
    let partner_id = String::from_utf8_lossy(partner_id).into_owned();
    let secrets = secrets(&partner_id).ok_or(Refusal::UnknownPartner)?;
    let (hash, signed) = secrets.iter().find_map(|secret| open_v2(secret, encrypted)).ok_or(Refusal::Bad)?;
    let (rand, query) = signed.split_at_checked(16).unwrap_or((&signed, &[]));

    let mut session = Session {
        version: 2,
        partner_id,
        expiry: None,
        kind: None,
        rand: Some(hex(rand)),
        user: None,
        privileges: None,
        parsed_privileges: Privileges::new(),
        master_partner_id: None,
        additional_data: None,
        hash: hex(&hash),
    };
    let mut list = Vec::new();
    for (name, value) in php::parse_query(query) {
        if matches!(value, Value::Array(_)) {
            return Err(Refusal::Crash);
        }
        let value = value.to_text();
        match name.as_str() {
            "_e" => session.expiry = Some(value),
            "_t" => session.kind = Some(value),
            "_u" => session.user = Some(value),
            "_m" => session.master_partner_id = Some(value),
            "_d" => session.additional_data = Some(value),
            _ if value.is_empty() => {
                list.push(name.clone());
                session.parsed_privileges.push((name, Vec::new()));
            }
            _ => {
                list.push(format!("{name}:{value}"));
                session.parsed_privileges.push((name, value.split('/').map(str::to_owned).collect()));
            }
        }
    }
    let list = list.join(",");
    session.privileges = Some(if list == "all:*" { "*".to_owned() } else { list });
    Ok(session)
}

/// Decrypts with one secret; the 20 bytes of the signature and what they sign, if they fit.
fn open_v2(secret: &str, encrypted: &[u8]) -> Option<([u8; 20], Vec<u8>)> {
    let mut buffer = encrypted.to_vec();
    let cipher = cbc::Decryptor::<aes::Aes128>::new(&v2_key(secret).into(), &[0; 16].into());
    let plain = cipher.decrypt_padded_mut::<NoPadding>(&mut buffer).ok()?;
    let end = plain.iter().rposition(|&byte| byte != 0).map_or(0, |at| at + 1);
    let (hash, signed) = plain.get(..end)?.split_first_chunk::<20>()?;
    (Sha1::digest(signed).as_slice() == hash).then(|| (*hash, signed.to_vec()))
}

fn v2_key(secret: &str) -> [u8; 16] {
    let digest: [u8; 20] = Sha1::digest(secret).into();
    std::array::from_fn(|at| digest.get(at).copied().unwrap_or_default())
}

/// Names and values in the order of the KS. A privilege that is named like a field is overwritten in its place.
fn v2_fields(fields: &Fields) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: String| match pairs.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = value,
        None => pairs.push((name.to_owned(), value)),
    };
    for privilege in fields.privileges.split(',').map(php::trim).filter(|p| !p.is_empty() && *p != "0") {
        let privilege = if privilege == "*" { "all:*" } else { privilege };
        let (name, value) = privilege.split_once(':').unwrap_or((privilege, ""));
        put(name, value.to_owned());
    }
    put("_e", fields.expiry.to_string());
    put("_t", fields.kind.to_string());
    if let Some(user) = &fields.user {
        put("_u", user.clone());
    }
    pairs
}

fn split_at_pipe(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|&byte| byte == b'|')?;
    Some((bytes.get(..at)?, bytes.get(at + 1..)?))
}

/// PHP's strict `base64_decode` over both alphabets: white space is skipped, padding may be absent but not wrong.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut digits = String::with_capacity(text.len());
    let mut padding = 0usize;
    for c in text.chars() {
        match c {
            ' ' | '\t' | '\n' | '\r' => {}
            '=' => padding += 1,
            _ if padding > 0 => return None,
            '-' => digits.push('+'),
            '_' => digits.push('/'),
            _ => digits.push(c),
        }
    }
    if padding > 2 || (padding > 0 && !(digits.len() + padding).is_multiple_of(4)) {
        return None;
    }
    let engine = base64::engine::GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        base64::engine::GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
    );
    engine.decode(digits).ok()
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;
    use crate::vectors::vectors;

    fn fields(case: &Json) -> Fields {
        let text = |json: &Json| match json {
            Json::Null => None,
            Json::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        Fields {
            partner_id: case["partnerId"].to_string(),
            user: text(&case["userId"]),
            kind: case["type"].as_i64().unwrap(),
            expiry: case["expiry"].as_i64().unwrap(),
            privileges: case["privileges"].as_str().unwrap().to_owned(),
        }
    }

    fn bytes(hex: &str) -> [u8; 16] {
        std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
    }

    fn assert_parsed(ks: &str, secrets: Option<&str>, expected: &Json, name: &str) {
        let secrets = |_: &str| secrets.map(|list| list.split(',').map(str::to_owned).collect());
        let parsed = parse(ks, secrets);
        if expected["ok"] == false {
            let verdict = match expected["verdict"].as_str().unwrap() {
                "false" => Refusal::Bad,
                "null" => Refusal::UnknownPartner,
                _ => Refusal::Crash,
            };
            assert_eq!(parsed.unwrap_err(), verdict, "{name}");
            return;
        }
        let session = parsed.unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        let field = |key: &str| expected[key].as_str().map(str::to_owned);
        assert_eq!(session.version, expected["version"].as_u64().unwrap() as u8, "{name}");
        assert_eq!(Some(session.partner_id.clone()), field("partnerId"), "{name}");
        assert_eq!(session.expiry, field("expiry"), "{name}");
        assert_eq!(session.kind, field("type"), "{name}");
        assert_eq!(session.rand, field("rand"), "{name}");
        assert_eq!(session.user, field("user"), "{name}");
        assert_eq!(session.privileges, field("privileges"), "{name}");
        assert_eq!(session.master_partner_id, field("masterPartnerId"), "{name}");
        assert_eq!(session.additional_data, field("additionalData"), "{name}");
        assert_eq!(Some(session.hash.clone()), field("hash"), "{name}");
        assert_eq!(session.session_id_hash(), field("sessionIdHash"), "{name}");
        assert_eq!(session.is_admin(), expected["isAdmin"].as_bool().unwrap(), "{name}");
        assert_eq!(session.is_widget_session(), expected["isWidgetSession"].as_bool().unwrap(), "{name}");
        assert_eq!(session.is_anonymous(), expected["isAnonymous"].as_bool().unwrap(), "{name}");
        let privileges: serde_json::Map<_, _> =
            session.parsed_privileges.iter().map(|(name, values)| (name.clone(), Json::from(values.clone()))).collect();
        assert_eq!(Json::from(privileges), expected["parsedPrivileges"], "{name}");
    }

    #[test]
    fn made_ks_are_those_of_the_server_byte_for_byte() {
        for case in vectors()["generate"].as_array().unwrap() {
            let secret = case["secret"].as_str().unwrap();
            let ks = match case["version"].as_u64() {
                Some(2) => sign_v2(secret, &fields(case), bytes(case["randomHex"].as_str().unwrap())),
                _ => sign_v1(secret, &fields(case), case["randField"].as_str().unwrap()),
            };
            assert_eq!(ks, case["ks"].as_str().unwrap(), "{}", case["name"]);
            assert_parsed(&ks, Some(secret), &case["parsed"], case["name"].as_str().unwrap());
        }
    }

    #[test]
    fn read_ks_get_the_servers_verdict() {
        for case in vectors()["parse"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            assert_parsed(case["ks"].as_str().unwrap(), case["secret"].as_str(), &case["result"], name);
        }
    }

    #[test]
    fn seeded_random_blocks_are_those_of_php() {
        for case in vectors()["generate"].as_array().unwrap() {
            if let Some(seed) = case["phpSrandSeed"].as_u64() {
                assert_eq!(hex(&php::seeded_random_block(seed as u32)), case["randomHex"].as_str().unwrap(), "{case}");
            }
        }
    }

    #[test]
    fn a_ks_for_downloads_is_the_same_within_five_minutes() {
        let mut fields = Fields {
            partner_id: "101".into(),
            user: Some("u".into()),
            kind: 0,
            expiry: 1893455701,
            privileges: "downloadasset:0_flv1".into(),
        };
        let secret = "a1b2c3d4e5f60718293a4b5c6d7e8f90";
        let first = sign(2, secret, &fields);
        fields.expiry = 1893456000;
        assert_eq!(first, sign(2, secret, &fields));
        let cases = vectors()["generate"].as_array().unwrap().clone();
        assert!(cases.iter().any(|case| case["ks"] == first.as_str()));
    }
}
