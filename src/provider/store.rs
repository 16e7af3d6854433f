//! What a provider leaves with its host between runs: one blob, of which the host knows nothing.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::blob;
use crate::clock::Moment;
use crate::memory::Memory;
use crate::options::Settings;
use crate::protocol::hash::HashType;
use crate::secret::{Secret, Zeroizing};
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
pub(crate) struct Kept {
    pub session: Session,
    pub memory: Memory,
}

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

/// The key of an account's blob: it changes with everything that a session hangs on.
pub(crate) fn key(settings: &Settings) -> String {
    let session_type = settings.session_type.map_or("", |session_type| match session_type {
        SessionType::User => "user",
        SessionType::Admin => "admin",
    });
    let user_id = settings.user_id.as_deref().unwrap_or_default();
    blob::key(settings, "session", &[user_id, session_type, settings.privileges.as_deref().unwrap_or_default()])
}

/// What is saved of a session and what led to it.
pub(crate) fn write(
    key: &str,
    session: &Session,
    memory: &Memory,
    now: Moment,
    boot: Option<&str>,
) -> Zeroizing<Vec<u8>> {
    let kept = json!({
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
    });
    let contents = [("session".to_owned(), kept), ("memory".to_owned(), memory.to_json(now.life_ms))];
    blob::seal(key, Map::from_iter(contents), now, boot)
}

/// What a blob still says; `None` if it is foreign or damaged, or its session may be dead.
pub(crate) fn read(key: &str, blob: &[u8], now: Moment, boot: Option<&str>) -> Option<Kept> {
    let opened = blob::open(key, blob, now, boot)?;
    let contents = &opened.contents.0;
    let kept = contents.get("session")?;
    let text = |name: &str| kept.get(name).and_then(Value::as_str);
    let number = |name: &str| kept.get(name).and_then(Value::as_i64);
    let left_ms = kept.get("left_ms")?.as_u64()?.checked_sub(opened.age_ms).filter(|&left_ms| left_ms > 0)?;
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
    Some(Kept { session, memory: Memory::from_json(contents.get("memory")?, now.life_ms, opened.age_ms) })
}
