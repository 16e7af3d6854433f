//! Chance, so that clients which were refused together do not come back together.

use std::hash::{BuildHasher, RandomState};

/// A small source of chance; nothing secret hangs on it.
#[derive(Clone, Debug)]
pub struct Jitter(u64);

impl Jitter {
    /// One that differs from every other.
    pub fn seeded() -> Self {
        // std seeds its hash tables from the system's randomness; an odd number is never the fixed point 0.
        Jitter(RandomState::new().hash_one(0) | 1)
    }

    /// One that always draws the lowest number, for tests.
    pub fn lowest() -> Self {
        Jitter(0)
    }

    /// A number from `low` to `high`, ends included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        // Xorshift64, G. Marsaglia 2003.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let width = high.saturating_sub(low).saturating_add(1);
        low + self.0 % width.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_stay_between_the_ends_and_reach_both() {
        let mut jitter = Jitter::seeded();
        let drawn: Vec<u64> = (0..1000).map(|_| jitter.between(10, 13)).collect();
        assert!((10..=13).all(|number| drawn.contains(&number)));
        assert!(drawn.iter().all(|number| (10..=13).contains(number)));
        assert_eq!(Jitter::lowest().between(10, 13), 10);
    }
}
