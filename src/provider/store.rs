//! What a provider leaves with its host between runs: one blob, of which the host knows nothing.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::clock::Moment;
use crate::memory::{Memory, WidgetKs};
use crate::options::Settings;
use crate::protocol::hash::HashType;
use crate::secret::Secret;
use crate::session::{Adjustments, ClockSource, Session, SessionType};
use crate::view::View;

/// Where the host keeps blobs: a Keychain, a Keystore, a file.
#[derive(Clone)]
pub struct Store(Arc<dyn Keep>);

/// The host's functions. A key stands for server, partner, app token id and user; each call is the only one at its time.
pub trait Keep: Send + Sync {
    /// What was saved under a key.
    fn load(&self, key: &str) -> Option<Zeroizing<Vec<u8>>>;
    /// Saves; false if it could not be done.
    fn save(&self, key: &str, blob: &[u8]) -> bool;
    /// Forgets; false if it could not be done.
    fn clear(&self, key: &str) -> bool;
}

/// What a blob says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub session: Session,
    pub memory: Memory,
}

/// The form of the blob; a blob of another form is ignored.
const FORM: u64 = 1;

/// A blob ends with the SHA-256 of the rest: a KS with a wrong letter would be refused by the server only.
const CHECKSUM_BYTES: usize = 32;

/// Where only the device's date tells how long a KS lay in the store, it is given up so much earlier.
const DOUBT_MS: u64 = 60_000;

impl Store {
    /// Wraps the host's functions.
    pub fn new(keep: impl Keep + 'static) -> Self {
        Store(Arc::new(keep))
    }

    pub(super) fn keep(&self) -> &dyn Keep {
        &*self.0
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// The key of an account's blob: it shows neither user nor server, and changes with everything that a session hangs on.
pub(super) fn key(settings: &Settings) -> String {
    let mut hash = Sha256::new();
    let session_type = settings.session_type.map_or("", |session_type| match session_type {
        SessionType::User => "user",
        SessionType::Admin => "admin",
    });
    let parts = [
        settings.service_url.as_str(),
        &settings.partner_id.to_string(),
        &settings.app_token_id,
        settings.user_id.as_deref().unwrap_or_default(),
        session_type,
        settings.privileges.as_deref().unwrap_or_default(),
        settings.widget_id.as_deref().unwrap_or_default(),
    ];
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    digest.iter().take(16).fold(String::from("kaltura-session-"), |key, byte| format!("{key}{byte:02x}"))
}

/// What is saved of a session and what led to it.
pub(super) fn write(
    key: &str,
    session: &Session,
    memory: &Memory,
    now: Moment,
    boot: Option<&str>,
) -> Zeroizing<Vec<u8>> {
    let widget = memory.widget.as_ref().map(|widget| {
        json!({
            "ks": &*widget.ks,
            "age_ms": now.life_ms.saturating_sub(widget.sent_at_life_ms),
            "left_ms": widget.good_until_life_ms.saturating_sub(now.life_ms),
        })
    });
    let mut blob = json!({
        "form": FORM,
        "key": key,
        "boot": boot,
        "saved_life_ms": now.life_ms,
        "saved_wall": now.wall_seconds,
        "ks": &*session.ks,
        "partner_id": session.partner_id,
        "user_id": session.user_id,
        "type": session.session_type as i32,
        "privileges": session.privileges,
        "dropped": session.dropped_privileges,
        "adjustments": session.adjustments.bits(),
        "hash_type": session.hash_type.map(HashType::name),
        "expires_at": session.expires_at_seconds,
        "left_ms": session.remaining_ms_at(now.life_ms),
        "widget": widget,
    });
    let text = Zeroizing::new(blob.to_string());
    crate::protocol::reply::wipe(&mut blob);
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() + CHECKSUM_BYTES));
    bytes.extend_from_slice(text.as_bytes());
    bytes.extend_from_slice(&Sha256::digest(text.as_bytes()));
    bytes
}

/// What a blob still says; `None` if it is foreign, damaged, of another form, or its session may be dead.
pub(super) fn read(key: &str, blob: &[u8], now: Moment, boot: Option<&str>) -> Option<Kept> {
    let (text, checksum) = blob.split_at_checked(blob.len().checked_sub(CHECKSUM_BYTES)?)?;
    if *Sha256::digest(text) != *checksum {
        return None;
    }
    let mut value: Value = serde_json::from_slice(text).ok()?;
    let kept = kept(key, &value, now, boot);
    crate::protocol::reply::wipe(&mut value);
    kept
}

fn kept(key: &str, blob: &Value, now: Moment, boot: Option<&str>) -> Option<Kept> {
    let text = |name: &str| blob.get(name).and_then(Value::as_str);
    let number = |name: &str| blob.get(name).and_then(Value::as_i64);
    let time = |value: &Value, name: &str| value.get(name).and_then(Value::as_u64);
    if time(blob, "form")? != FORM || text("key")? != key {
        return None;
    }
    let is_same_boot = boot.is_some() && text("boot") == boot;
    let passed_ms = if is_same_boot {
        // The clock of lives went on, whatever the date did.
        now.life_ms.checked_sub(time(blob, "saved_life_ms")?)?
    } else {
        let seconds = now.wall_seconds.checked_sub(number("saved_wall")?)?;
        u64::try_from(seconds).ok()?.saturating_mul(1_000).saturating_add(DOUBT_MS)
    };
    let left_ms = time(blob, "left_ms")?.checked_sub(passed_ms).filter(|&left_ms| left_ms > 0)?;
    let hash_type = HashType::PROBING_ORDER.into_iter().find(|hash_type| Some(hash_type.name()) == text("hash_type"));
    let ks = text("ks").filter(|ks| crate::protocol::ks::is_plausible(ks))?;
    let session = Session {
        ks: Secret::new(ks),
        partner_id: number("partner_id")?,
        user_id: text("user_id")?.to_owned(),
        session_type: SessionType::from_number(number("type")?)?,
        privileges: text("privileges")?.to_owned(),
        dropped_privileges: text("dropped")?.to_owned(),
        adjustments: Adjustments::from_bits(u32::try_from(number("adjustments")?).ok()?),
        hash_type,
        expires_at_seconds: number("expires_at")?,
        clock_source: ClockSource::Wall,
        dies_at_life_ms: now.life_ms.saturating_add(left_ms),
        attempts: 0,
        view: View::default(),
    };
    let widget = blob.get("widget").and_then(|widget| {
        let left_ms = time(widget, "left_ms")?.checked_sub(passed_ms)?;
        let age_ms = time(widget, "age_ms")?.saturating_add(passed_ms);
        let ks = widget.get("ks")?.as_str().filter(|ks| crate::protocol::ks::is_plausible(ks))?;
        Some(WidgetKs {
            ks: Secret::new(ks),
            sent_at_life_ms: now.life_ms.saturating_sub(age_ms),
            good_until_life_ms: now.life_ms.saturating_add(left_ms),
        })
    });
    Some(Kept { session, memory: Memory { widget, hash_type, ..Memory::default() } })
}

/// What tells one run of the operating system from the next, where that is to be had.
pub(super) fn boot_id() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}
