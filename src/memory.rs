//! What one flow leaves for the next of the same app token.

use serde_json::{Map, Value, json};

use crate::blob;
use crate::clock::Moment;
use crate::options::Settings;
use crate::protocol::hash::{HashType, HashTypes};
use crate::protocol::ks;
use crate::secret::{Secret, Zeroizing};

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

// As the host keeps it, where moments are ages: the next run counts from another start.
impl Memory {
    /// A blob for the next flow of the same app token, in whatever process.
    pub(crate) fn to_blob(&self, settings: &Settings, now: Moment, boot: Option<&str>) -> Zeroizing<Vec<u8>> {
        let contents = Map::from_iter([("memory".to_owned(), self.to_json(now.life_ms))]);
        blob::seal(&blob::key(settings, "flow", &[]), contents, now, boot)
    }

    /// What such a blob still says; `None` if it is foreign or damaged.
    pub(crate) fn from_blob(bytes: &[u8], settings: &Settings, now: Moment, boot: Option<&str>) -> Option<Self> {
        let opened = blob::open(&blob::key(settings, "flow", &[]), bytes, now, boot)?;
        Some(Memory::from_json(opened.contents.0.get("memory")?, now.life_ms, opened.age_ms))
    }

    pub(crate) fn to_json(&self, life_ms: u64) -> Value {
        let age_ms = |at_ms: u64| life_ms.saturating_sub(at_ms);
        let refuted = HashType::PROBING_ORDER.into_iter().filter(|hash_type| self.refuted.contains(*hash_type));
        json!({
            "widget": self.widget.as_ref().map(|widget| json!({
                "ks": &*widget.ks,
                "age_ms": age_ms(widget.sent_at_life_ms),
                "left_ms": widget.good_until_life_ms.saturating_sub(life_ms),
            })),
            "refused_widget_age_ms": self.refused_widget_age_ms,
            "hash_type": self.hash_type.map(HashType::name),
            "refuted": refuted.map(HashType::name).collect::<Vec<_>>(),
            "mismatch_age_ms": self.mismatch_at_life_ms.map(age_ms),
            "api_error_age_ms": self.api_error_at_life_ms.map(age_ms),
        })
    }

    /// What is still true after so long. What cannot be read is not known.
    pub(crate) fn from_json(value: &Value, life_ms: u64, passed_ms: u64) -> Self {
        let time = |value: &Value, name: &str| value.get(name).and_then(Value::as_u64);
        let named = |value: &Value| HashType::PROBING_ORDER.into_iter().find(|known| value == known.name());
        let stored_error = |name: &str| {
            let age_ms = time(value, name)?.saturating_add(passed_ms);
            life_ms.checked_sub(age_ms).filter(|_| age_ms < ERROR_CACHE_MS)
        };
        let widget = value.get("widget").and_then(|widget| {
            let ks = widget.get("ks")?.as_str().filter(|ks| ks::is_plausible(ks))?;
            let age_ms = time(widget, "age_ms")?.saturating_add(passed_ms);
            Some(WidgetKs {
                ks: Secret::new(ks),
                sent_at_life_ms: life_ms.saturating_sub(age_ms),
                good_until_life_ms: life_ms.saturating_add(time(widget, "left_ms")?.checked_sub(passed_ms)?),
            })
        });
        let mut refuted = HashTypes::default();
        for hash_type in value.get("refuted").and_then(Value::as_array).into_iter().flatten().filter_map(named) {
            refuted.insert(hash_type);
        }
        Memory {
            widget,
            refused_widget_age_ms: time(value, "refused_widget_age_ms"),
            hash_type: value.get("hash_type").and_then(named),
            refuted,
            mismatch_at_life_ms: stored_error("mismatch_age_ms"),
            api_error_at_life_ms: stored_error("api_error_age_ms"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;

    const NOW: Moment = Moment { running_ms: 0, life_ms: 10_000_000, wall_seconds: 1_800_000_000 };

    fn settings(app_token_id: &str, user: &str) -> Settings {
        let mut options = Options::new(101, app_token_id, Some("00112233445566778899aabbccddeeff"));
        options.set_user_id(Some(user));
        options.check_for_flow().unwrap()
    }

    fn memory() -> Memory {
        let mut refuted = HashTypes::default();
        refuted.insert(HashType::Sha256);
        Memory {
            widget: Some(WidgetKs {
                ks: Secret::new("djJ8MTAxfA=="),
                sent_at_life_ms: 9_000_000,
                good_until_life_ms: 10_500_000,
            }),
            refused_widget_age_ms: Some(3_600_000),
            hash_type: Some(HashType::Sha1),
            refuted,
            mismatch_at_life_ms: Some(9_990_000),
            api_error_at_life_ms: Some(9_950_000),
        }
    }

    #[test]
    fn a_memory_comes_back_as_it_was_for_any_user_of_the_token() {
        let blob = memory().to_blob(&settings("0_ab12cd34", "ann"), NOW, Some("boot"));
        assert_eq!(Memory::from_blob(&blob, &settings("0_ab12cd34", "bob"), NOW, Some("boot")), Some(memory()));
        assert_eq!(Memory::from_blob(&blob, &settings("0_other123", "ann"), NOW, Some("boot")), None);
        assert_eq!(Memory::from_blob(&blob[1..], &settings("0_ab12cd34", "ann"), NOW, Some("boot")), None);
    }

    #[test]
    fn what_is_over_is_forgotten_and_the_rest_has_aged() {
        let settings = settings("0_ab12cd34", "ann");
        let blob = memory().to_blob(&settings, NOW, Some("boot"));
        let later = Moment { life_ms: NOW.life_ms + 100_000, ..NOW };
        let aged = Memory::from_blob(&blob, &settings, later, Some("boot")).unwrap();
        assert_eq!(aged, Memory { api_error_at_life_ms: None, ..memory() });
        // After a restart of the device the clock of lives begins anew, and the date may be off by a minute.
        let restarted = Moment { life_ms: 5_000, wall_seconds: NOW.wall_seconds + 100, ..NOW };
        let aged = Memory::from_blob(&blob, &settings, restarted, Some("another")).unwrap();
        assert_eq!(aged.widget.unwrap().good_until_life_ms, 5_000 + 500_000 - 160_000);
        assert_eq!((aged.mismatch_at_life_ms, aged.api_error_at_life_ms), (None, None));
        let over = Moment { life_ms: NOW.life_ms + 600_000, ..NOW };
        assert_eq!(Memory::from_blob(&blob, &settings, over, Some("boot")).unwrap().widget, None);
    }
}
