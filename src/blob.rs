//! What a host keeps for the library between runs: bytes that mean nothing to it, and that say whose they are, whether
//! they are whole and how long they lay.

use serde_json::{Map, Value};

use crate::clock::Moment;
use crate::options::Settings;
use crate::protocol::reply::Wiped;
use crate::protocol::sha2::sha256;
use crate::secret::Zeroizing;

/// The form of a blob; one of another form is ignored.
const FORM: u64 = 1;

/// A blob ends with the SHA-256 of the rest: a KS with a wrong letter would be refused by the server only.
const CHECKSUM_BYTES: usize = 32;

/// Where only the device's date tells how long a blob lay, it counts as so much older.
const DOUBT_MS: u64 = 60_000;

/// What a blob was found to hold.
pub(crate) struct Opened {
    pub contents: Wiped,
    /// How long it lay, in milliseconds.
    pub age_ms: u64,
}

/// A key that stands for an account on a server and whatever else is given. It shows none of it.
pub(crate) fn key(settings: &Settings, kind: &str, others: &[&str]) -> String {
    let mut text = Vec::new();
    let account = [
        settings.service_url.as_str(),
        &settings.partner_id.to_string(),
        &settings.app_token_id,
        settings.widget_id.as_deref().unwrap_or_default(),
    ];
    for part in account.iter().chain(others) {
        text.extend(part.len().to_le_bytes());
        text.extend(part.bytes());
    }
    sha256(&[&text]).iter().take(16).fold(format!("kaltura-{kind}-"), |key, byte| format!("{key}{byte:02x}"))
}

/// Makes a blob.
pub(crate) fn seal(key: &str, contents: Map<String, Value>, now: Moment, boot: Option<&str>) -> Zeroizing<Vec<u8>> {
    let mut sealed = contents;
    sealed.insert("form".into(), FORM.into());
    sealed.insert("key".into(), key.into());
    sealed.insert("boot".into(), boot.into());
    sealed.insert("saved_life_ms".into(), now.life_ms.into());
    sealed.insert("saved_wall".into(), now.wall_seconds.into());
    let sealed = Wiped(sealed.into());
    let text = Zeroizing::new(sealed.0.to_string());
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() + CHECKSUM_BYTES));
    bytes.extend_from_slice(text.as_bytes());
    bytes.extend_from_slice(&sha256(&[text.as_bytes()]));
    bytes
}

/// Reads a blob; `None` if it is foreign, damaged or of another form, or if nothing tells its age.
pub(crate) fn open(key: &str, blob: &[u8], now: Moment, boot: Option<&str>) -> Option<Opened> {
    let (text, checksum) = blob.split_at_checked(blob.len().checked_sub(CHECKSUM_BYTES)?)?;
    if sha256(&[text]) != *checksum {
        return None;
    }
    let contents = Wiped(serde_json::from_slice(text).ok()?);
    let value = &contents.0;
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    if value.get("form")?.as_u64()? != FORM || text("key")? != key {
        return None;
    }
    let is_same_boot = boot.is_some() && text("boot") == boot;
    let age_ms = if is_same_boot {
        // The clock of lives went on, whatever the date did.
        now.life_ms.checked_sub(value.get("saved_life_ms")?.as_u64()?)?
    } else {
        let seconds = now.wall_seconds.checked_sub(value.get("saved_wall")?.as_i64()?)?;
        u64::try_from(seconds).ok()?.saturating_mul(1_000).saturating_add(DOUBT_MS)
    };
    Some(Opened { contents, age_ms })
}

/// What tells one run of the operating system from the next, where that is to be had.
pub(crate) fn boot_id() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}
