//! What one flow leaves for the next of the same app token.

use crate::protocol::hash::{HashType, HashTypes};
use crate::secret::Secret;

/// What is worth knowing the next time: it saves requests, and spares a server that limits them. Empty to begin with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// A widget KS that is believed to live.
    pub widget: Option<WidgetKs>,
    /// The age at which a widget KS was refused, in milliseconds: accounts may cut its life, and no reply tells.
    pub refused_widget_age_ms: Option<u64>,
    /// The hash type that worked.
    pub hash_type: Option<HashType>,
    /// Those that this app token refused. Without them a token of a late type would never be reached under a rate
    /// limit.
    pub refuted: HashTypes,
    /// When all four were refused, on the clock of lives.
    pub mismatch_at_life_ms: Option<u64>,
    /// When a flow ended with an answer that the server stores for two minutes, on the clock of lives.
    pub api_error_at_life_ms: Option<u64>,
}

/// A widget KS with its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WidgetKs {
    /// The KS.
    pub ks: Secret,
    /// When it was asked for, on the clock of lives.
    pub sent_at_life_ms: u64,
    /// Until when it is believed to live.
    pub good_until_life_ms: u64,
}

/// How long the server stores the errors of sessions without a user. Source: `KalturaResponseCacher`.
pub(crate) const ERROR_CACHE_MS: u64 = 120_000;

impl Memory {
    /// Takes what a flow learned that began with `before`. Others may have learned something meanwhile.
    pub(crate) fn learn(&mut self, before: &Memory, after: &Memory) {
        if *self == *before {
            *self = after.clone();
            return;
        }
        if self.widget == before.widget {
            self.widget.clone_from(&after.widget);
        }
        self.refused_widget_age_ms = match (self.refused_widget_age_ms, after.refused_widget_age_ms) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.hash_type = after.hash_type.or(self.hash_type);
        for hash_type in HashType::PROBING_ORDER {
            if after.refuted.contains(hash_type) {
                self.refuted.insert(hash_type);
            }
        }
        self.mismatch_at_life_ms = self.mismatch_at_life_ms.max(after.mismatch_at_life_ms);
        self.api_error_at_life_ms = self.api_error_at_life_ms.max(after.api_error_at_life_ms);
    }

    /// Whether the server may still have a stored error for us.
    pub(crate) fn is_after_api_error(&self, life_ms: u64) -> bool {
        self.api_error_at_life_ms.is_some_and(|at| life_ms.saturating_sub(at) < ERROR_CACHE_MS)
    }

    /// How long all hash types still count as refused, in milliseconds; `None` if they do not.
    pub(crate) fn mismatch_left_ms(&self, life_ms: u64) -> Option<u64> {
        let passed_ms = life_ms.saturating_sub(self.mismatch_at_life_ms?);
        ERROR_CACHE_MS.checked_sub(passed_ms).filter(|&left_ms| left_ms > 0)
    }

    /// The widget KS, if it may be used.
    pub(crate) fn living_widget(&self, life_ms: u64) -> Option<&WidgetKs> {
        let too_old = |widget: &WidgetKs| {
            let age = life_ms.saturating_sub(widget.sent_at_life_ms);
            self.refused_widget_age_ms.is_some_and(|refused| age >= refused)
        };
        self.widget.as_ref().filter(|widget| life_ms < widget.good_until_life_ms && !too_old(widget))
    }
}
