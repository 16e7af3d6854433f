//! What the server granted.

use std::fmt;

use crate::clock;
use crate::protocol::hash::HashType;
use crate::secret::Secret;
use crate::view::View;

/// A Kaltura Session, as granted and not as asked for.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// The KS: what every other call to Kaltura wants.
    pub ks: Secret,
    /// Whose it is.
    pub partner_id: i64,
    /// The user it is for; empty for none.
    pub user_id: String,
    /// What kind it is.
    pub session_type: SessionType,
    /// What it may do, as the server lists it.
    pub privileges: String,
    /// Which of the privileges that were asked for it lacks, `name:value/value` joined by `,`.
    pub dropped_privileges: String,
    /// In what it differs from what was asked for.
    pub adjustments: Adjustments,
    /// The hash type that the app token has; `None` if nobody knows.
    pub hash_type: Option<HashType>,
    /// When it ends, Unix seconds on the server's clock.
    pub expires_at_seconds: i64,
    /// Where the server's time came from when its life was computed.
    pub clock_source: ClockSource,
    /// When it ends, on the clock of lives.
    pub(crate) dies_at_life_ms: u64,
    /// How many requests it took.
    pub(crate) attempts: u32,
    pub(crate) view: View,
}

/// What a session may do by its kind.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionType {
    /// Acts as its user.
    User = 0,
    /// Acts as an administrator of the account.
    Admin = 2,
}

/// In what a session differs from what was asked for. What was not asked for is never an adjustment.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjustment {
    /// The app token names another user.
    UserReplaced = 1,
    /// The app token names another type.
    TypeReplaced = 2,
    /// The session ends earlier.
    ExpiryShortened = 4,
    /// Privileges are missing; see kaltura_session_dropped_privileges().
    PrivilegesDropped = 8,
}

/// A set of adjustments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Adjustments(u32);

/// Where the time of the server was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockSource {
    /// `X-Kaltura-Session`: from the very host that made the KS.
    Server,
    /// The header `Date`, perhaps of something in front of it.
    Date,
    /// The device's own date, for want of better.
    Wall,
}

impl Session {
    /// How long it lives from now on, in milliseconds; 0 at its end. Right on a device with a wrong date, and after
    /// sleep.
    pub fn remaining_ms(&self) -> u64 {
        self.remaining_ms_at(clock::life_ms_now())
    }

    /// How long it lives from a moment on.
    pub fn remaining_ms_at(&self, life_ms: u64) -> u64 {
        self.dies_at_life_ms.saturating_sub(life_ms)
    }

    /// How many requests it took.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
}

impl fmt::Debug for Session {
    /// Not the user, who is nobody's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("partner_id", &self.partner_id)
            .field("session_type", &self.session_type)
            .field("expires_at_seconds", &self.expires_at_seconds)
            .finish_non_exhaustive()
    }
}

impl SessionType {
    /// The type with this number, if there is one.
    pub fn from_number(number: i64) -> Option<SessionType> {
        match number {
            0 => Some(SessionType::User),
            2 => Some(SessionType::Admin),
            _ => None,
        }
    }
}

impl Adjustments {
    /// The set that holds `adjustment`, if `applies`.
    pub(crate) fn add_if(&mut self, applies: bool, adjustment: Adjustment) {
        if applies {
            self.0 |= adjustment as u32;
        }
    }

    /// The set with these flags.
    pub(crate) fn from_bits(bits: u32) -> Self {
        Adjustments(bits)
    }

    /// Whether an adjustment is among them.
    pub fn contains(self, adjustment: Adjustment) -> bool {
        self.0 & adjustment as u32 != 0
    }

    /// As flags.
    pub fn bits(self) -> u32 {
        self.0
    }
}
