//! What the API remembers between requests: ended sessions, used-up limits, cached answers, the rate limit, the clock.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::ks::Session;
use crate::world::{AppToken, collated};

/// How long an answer of an anonymous session is kept. Source: `kApiCache`, `CONDITIONAL_CACHE_EXPIRY` and its defaults.
const CACHED_SUCCESS_SECONDS: i64 = 600;
/// The same for an error answer. Source: `KalturaResponseCacher::adjustApiCacheForException`.
const CACHED_ERROR_SECONDS: i64 = 120;

/// The memory, behind one lock.
#[derive(Debug, Default)]
pub struct State(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    cache_on_at_start: bool,
    ended: HashMap<String, Option<i64>>,
    cache_on: bool,
    cache: HashMap<String, Cached>,
    rate_limit: Option<RateLimit>,
    clock_shift: i64,
    /// Those that were added, changed or deleted, by their ids as the database compares them.
    app_tokens: HashMap<String, AppToken>,
}

#[derive(Clone, Debug)]
struct Cached {
    body: Option<String>,
    stored_at: i64,
    seconds: i64,
}

#[derive(Debug)]
struct RateLimit {
    count: u64,
    seconds: i64,
    used: u64,
    window_start: i64,
}

/// What the memory says about a session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing {
    /// Good for this call.
    Good,
    /// Ended, alone or with its app token.
    LoggedOut,
    /// Its actions are used up.
    LimitUsedUp,
}

impl State {
    /// A memory whose response cache is on or off.
    pub fn new(cache_on: bool) -> State {
        State(Mutex::new(Memory { cache_on, cache_on_at_start: cache_on, ..Memory::default() }))
    }

    /// Forgets everything; the cache is on or off as at the start.
    pub fn reset(&self) {
        let mut memory = self.lock();
        let cache_on = memory.cache_on_at_start;
        *memory = Memory { cache_on, cache_on_at_start: cache_on, ..Memory::default() };
    }

    /// The server's time in Unix seconds.
    pub fn now(&self) -> i64 {
        unix_seconds().saturating_add(self.lock().clock_shift)
    }

    /// Puts the server's clock forward, or back.
    pub fn shift_clock(&self, seconds: i64) {
        self.lock().clock_shift = seconds;
    }

    /// Ends a session and its group. Source: `invalidSessionPeer::invalidateKs`.
    pub fn end(&self, session: &Session) {
        let mut memory = self.lock();
        memory.ended.insert(session.hash.clone(), None);
        if let Some(group) = session.session_id_hash() {
            memory.ended.insert(group, None);
        }
    }

    /// Ends all sessions of a group, later ones too.
    pub fn end_group(&self, session_id_hash: String) {
        self.lock().ended.insert(session_id_hash, None);
    }

    /// Takes note of an app token that is new or changed.
    pub fn keep_app_token(&self, token: AppToken) {
        self.lock().app_tokens.insert(collated(&token.id), token);
    }

    /// The app tokens that are new or changed.
    pub fn app_tokens(&self) -> Vec<AppToken> {
        self.lock().app_tokens.values().cloned().collect()
    }

    /// One of them.
    pub fn app_token(&self, id: &str) -> Option<AppToken> {
        self.lock().app_tokens.get(&collated(id)).cloned()
    }

    /// Looks a session up and counts this call if its actions are limited. `limit` is asked only if nothing is known yet.
    ///
    /// Source: `ks::isValid`. A limit of n allows n calls.
    pub fn stand<E>(&self, session: &Session, limit: impl FnOnce() -> Result<Option<i64>, E>) -> Result<Standing, E> {
        let mut memory = self.lock();
        let group = session.session_id_hash();
        let group_ended = group.is_some_and(|group| memory.ended.contains_key(&group));
        match memory.ended.get_mut(&session.hash) {
            Some(None) => Ok(Standing::LoggedOut),
            _ if group_ended => Ok(Standing::LoggedOut),
            Some(Some(left)) if *left <= 0 => Ok(Standing::LimitUsedUp),
            Some(Some(left)) => {
                *left -= 1;
                Ok(Standing::Good)
            }
            None => {
                if let Some(limit) = limit()? {
                    memory.ended.insert(session.hash.clone(), Some(limit - 1));
                }
                Ok(Standing::Good)
            }
        }
    }

    /// Switches the response cache, and empties it.
    pub fn set_cache(&self, on: bool) {
        let mut memory = self.lock();
        memory.cache_on = on;
        memory.cache.clear();
    }

    /// Whether answers are cached at all.
    pub fn is_caching(&self) -> bool {
        self.lock().cache_on
    }

    /// A cached answer that is still good: its body and its age in seconds.
    pub fn cached(&self, key: &str) -> Option<(Option<String>, i64)> {
        let now = self.now();
        let memory = self.lock();
        let cached = memory.cache.get(key).filter(|_| memory.cache_on)?;
        let age = now - cached.stored_at;
        (age < cached.seconds).then(|| (cached.body.clone(), age))
    }

    /// Keeps an answer.
    pub fn cache(&self, key: &str, body: Option<String>, is_error: bool) {
        let stored_at = self.now();
        let seconds = if is_error { CACHED_ERROR_SECONDS } else { CACHED_SUCCESS_SECONDS };
        self.lock().cache.insert(key.to_owned(), Cached { body, stored_at, seconds });
    }

    /// Allows `count` calls in any `seconds`; 0 calls means no limit.
    pub fn set_rate_limit(&self, count: u64, seconds: i64) {
        let limit = RateLimit { count, seconds, used: 0, window_start: i64::MIN };
        self.lock().rate_limit = (count > 0).then_some(limit);
    }

    /// Counts a call; false if it is one too many.
    pub fn within_rate_limit(&self) -> bool {
        let now = unix_seconds();
        let mut memory = self.lock();
        let Some(limit) = &mut memory.rate_limit else {
            return true;
        };
        if now >= limit.window_start.saturating_add(limit.seconds) {
            (limit.used, limit.window_start) = (0, now);
        }
        limit.used += 1;
        limit.used <= limit.count
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        // The memory is consistent between any two statements, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The real time in Unix seconds.
pub fn unix_seconds() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| i64::try_from(age.as_secs()).unwrap_or(i64::MAX))
}
