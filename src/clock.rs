//! The three clocks. One that counts patience and stops while the device sleeps, one that counts lives and goes on,
//! and the device's date, which may be wrong by years.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::ffi::os;

/// The present on all three clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds of running time, from an arbitrary start: deadlines and pauses. A call that slept for an hour
    /// with its device goes on with the patience that it had.
    pub running_ms: u64,
    /// Milliseconds of time that goes on during sleep, from an arbitrary start: how long a KS lives.
    pub life_ms: u64,
    /// The device's date, Unix seconds: the last resort where no server tells the time.
    pub wall_seconds: i64,
}

impl Moment {
    /// Now.
    pub fn now() -> Self {
        Moment { running_ms: running_ms(Instant::now()), life_ms: life_ms_now(), wall_seconds: wall_seconds_now() }
    }
}

/// An instant on the running clock of [`Moment`].
pub(crate) fn running_ms(instant: Instant) -> u64 {
    to_u64(instant.saturating_duration_since(*epoch()).as_millis())
}

/// The present on the clock of lives.
pub(crate) fn life_ms_now() -> u64 {
    to_u64(os::suspend_aware_now().as_millis())
}

fn wall_seconds_now() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds),
    }
}

fn epoch() -> &'static Instant {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    EPOCH.get_or_init(Instant::now)
}

fn to_u64(milliseconds: u128) -> u64 {
    u64::try_from(milliseconds).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clocks_go_forward() {
        let first = Moment::now();
        let second = Moment::now();
        assert!(second.running_ms >= first.running_ms && second.life_ms >= first.life_ms);
    }
}
