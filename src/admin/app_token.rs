//! App tokens as the server describes them, and as they are asked for. Source: `KalturaAppToken`.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::hints;
use crate::protocol::hash::HashType;
use crate::protocol::reply::{integer, text};
use crate::secret::Secret;
use crate::session::SessionType;

/// An app token, as the server has it.
#[derive(Clone)]
#[non_exhaustive]
pub struct AppToken {
    /// Its id, for instance `0_ab12cd34`.
    pub id: String,
    /// The token itself: what starts sessions.
    pub token: Secret,
    /// Its account.
    pub partner_id: i64,
    /// When it was made, Unix seconds.
    pub created_at_seconds: i64,
    /// When it was changed last, Unix seconds.
    pub updated_at_seconds: i64,
    /// 1 disabled, 2 active, 3 deleted.
    pub status: i64,
    /// When it ends, Unix seconds; `None` for never.
    pub expires_at_seconds: Option<i64>,
    /// Type of each of its sessions, whatever is asked for; `None` leaves it to who asks.
    pub session_type: Option<i64>,
    /// User of each of its sessions, whoever is asked for; `None` leaves it to who asks.
    pub session_user_id: Option<String>,
    /// How long its sessions live at most.
    pub session_duration_seconds: Option<i64>,
    /// Privileges of each of its sessions.
    pub session_privileges: Option<String>,
    /// How it is hashed. A token that names no type has SHA1. `None` for one that this version does not know.
    pub hash_type: Option<HashType>,
    /// What an administrator wrote beside it.
    pub description: Option<String>,
}

impl fmt::Debug for AppToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppToken").field("id", &self.id).field("status", &self.status).finish_non_exhaustive()
    }
}

impl AppToken {
    /// `None` if there is no id, which all that can be done with it needs.
    pub(super) fn from_json(json: &Value) -> Option<Self> {
        let object = json.as_object()?;
        let number = |name: &str| object.get(name).and_then(integer);
        let string = |name: &str| object.get(name).and_then(text);
        Some(AppToken {
            id: string("id").filter(|id| !id.is_empty())?,
            token: Secret::new(string("token").unwrap_or_default()),
            partner_id: number("partnerId").unwrap_or(0),
            created_at_seconds: number("createdAt").unwrap_or(0),
            updated_at_seconds: number("updatedAt").unwrap_or(0),
            status: number("status").unwrap_or(0),
            expires_at_seconds: number("expiry"),
            session_type: number("sessionType"),
            session_user_id: string("sessionUserId"),
            session_duration_seconds: number("sessionDuration"),
            session_privileges: string("sessionPrivileges"),
            hash_type: match string("hashType").as_deref() {
                None | Some("") => Some(HashType::Sha1),
                Some(name) => HashType::PROBING_ORDER.into_iter().find(|hash_type| hash_type.name() == name),
            },
            description: string("description"),
        })
    }
}

/// One page of a list.
#[derive(Debug)]
pub struct AppTokenPage {
    /// Those of this page.
    pub tokens: Vec<AppToken>,
    /// How many there are on all pages.
    pub total_count: i64,
}

impl AppTokenPage {
    pub(super) fn from_json(json: &Value) -> Option<Self> {
        let tokens: Option<Vec<_>> = json.get("objects")?.as_array()?.iter().map(AppToken::from_json).collect();
        Some(AppTokenPage { tokens: tokens?, total_count: json.get("totalCount").and_then(integer).unwrap_or(0) })
    }
}

/// What an app token shall be. What is not set is the server's choice when it is added, and stays when it is updated.
#[derive(Clone, Debug, Default)]
pub struct AppTokenFields {
    /// How it is hashed.
    pub hash_type: Option<HashType>,
    /// When it ends; unset, never.
    pub expiry: Option<Expiry>,
    /// Type of each of its sessions, whatever is asked for.
    pub session_type: Option<SessionType>,
    /// User of each of its sessions, whoever is asked for.
    pub session_user_id: Option<String>,
    /// How long its sessions live at most; unset, as long as the account allows.
    pub session_duration_seconds: Option<i64>,
    /// Privileges of each of its sessions.
    pub session_privileges: Option<String>,
    /// What to write beside it.
    pub description: Option<String>,
    /// Values that could not even be taken.
    pub(crate) bad: Option<Error>,
}

/// The end of an app token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Unix seconds.
    At(i64),
    /// Seconds from the server's now.
    In(i64),
}

/// The server takes smaller numbers, of either sign, for a time from now on. Source: `kTime`, `base.ini`.
const TEN_YEARS_SECONDS: i64 = 315_360_000;

impl AppTokenFields {
    /// What Kaltura's guides use, instead of the SHA1 that the server takes for a token without.
    pub(super) fn for_add(&self) -> Self {
        AppTokenFields { hash_type: Some(self.hash_type.unwrap_or(HashType::Sha256)), ..self.clone() }
    }

    pub(super) fn to_json(&self) -> Result<Value, Error> {
        if let Some(bad) = &self.bad {
            return Err(bad.clone());
        }
        let mut object = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                object.insert(name.to_owned(), value);
            }
        };
        put("objectType", Some("KalturaAppToken".into()));
        put("hashType", self.hash_type.map(|hash_type| hash_type.name().into()));
        put("expiry", self.expiry.map(checked_expiry).transpose()?.map(Value::from));
        put("sessionType", self.session_type.map(|session_type| (session_type as i32).into()));
        put("sessionUserId", self.session_user_id.clone().map(Value::from));
        put("sessionDuration", self.session_duration_seconds.map(checked_duration).transpose()?.map(Value::from));
        put("sessionPrivileges", self.session_privileges.clone().map(Value::from));
        put("description", self.description.clone().map(Value::from));
        Ok(Value::Object(object))
    }
}

fn checked_expiry(expiry: Expiry) -> Result<i64, Error> {
    match expiry {
        Expiry::At(seconds) if seconds > TEN_YEARS_SECONDS => Ok(seconds),
        Expiry::In(seconds) if (1..=TEN_YEARS_SECONDS).contains(&seconds) => Ok(seconds),
        Expiry::At(_) => {
            let message = "a time before 1980, which the server would count from now on";
            Err(Error::invalid_argument("expires_at_seconds", message, hints::TOKEN_EXPIRY))
        }
        Expiry::In(_) => {
            let message = "the token would end at once, or the server would take the time for one in the past";
            Err(Error::invalid_argument("expires_in_seconds", message, hints::TOKEN_EXPIRY))
        }
    }
}

fn checked_duration(seconds: i64) -> Result<i64, Error> {
    if seconds < 1 {
        let message = "the token's sessions would be dead on arrival";
        return Err(Error::invalid_argument("session_duration_seconds", message, hints::TOKEN_DURATION));
    }
    Ok(seconds)
}

/// Which app tokens are listed. What is not set lets everything through.
#[derive(Clone, Debug, Default)]
pub struct AppTokenFilter {
    /// Ids, of which it must have one.
    pub ids: Vec<String>,
    /// 1 disabled, 2 active; those that are deleted are never listed.
    pub status: Option<i64>,
    /// The user that it names.
    pub session_user_id: Option<String>,
    /// Made at this time or later, Unix seconds.
    pub created_from_seconds: Option<i64>,
    /// Made at this time or earlier, Unix seconds.
    pub created_until_seconds: Option<i64>,
    /// Newest first, instead of oldest first.
    pub newest_first: bool,
    /// Values that could not even be taken.
    pub(crate) bad: Option<Error>,
}

impl AppTokenFilter {
    pub(super) fn to_json(&self) -> Result<Value, Error> {
        if let Some(bad) = &self.bad {
            return Err(bad.clone());
        }
        let order = if self.newest_first { "-createdAt" } else { "+createdAt" };
        let mut filter = json!({"objectType": "KalturaAppTokenFilter", "orderBy": order});
        let mut put = |name: &str, value: Option<Value>| {
            if let (Some(value), Some(object)) = (value, filter.as_object_mut()) {
                object.insert(name.to_owned(), value);
            }
        };
        for id in &self.ids {
            super::id_json(id)?;
        }
        put("idIn", (!self.ids.is_empty()).then(|| self.ids.join(",").into()));
        put("statusEqual", self.status.map(Value::from));
        put("sessionUserIdEqual", self.session_user_id.clone().map(Value::from));
        put("createdAtGreaterThanOrEqual", self.created_from_seconds.map(checked_time).transpose()?.map(Value::from));
        put("createdAtLessThanOrEqual", self.created_until_seconds.map(checked_time).transpose()?.map(Value::from));
        Ok(filter)
    }
}

/// Times of filters are relative where they are small, too.
fn checked_time(seconds: i64) -> Result<i64, Error> {
    if seconds <= TEN_YEARS_SECONDS {
        let message = "a time before 1980, which the server would count from now on";
        return Err(Error::invalid_argument("created", message, hints::TOKEN_CREATED));
    }
    Ok(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_is_not_sent() {
        assert_eq!(AppTokenFields::default().to_json().unwrap(), json!({"objectType": "KalturaAppToken"}));
        assert_eq!(
            AppTokenFilter::default().to_json().unwrap(),
            json!({"objectType": "KalturaAppTokenFilter", "orderBy": "+createdAt"})
        );
    }

    #[test]
    fn what_is_set_is_sent_as_the_server_names_it() {
        let fields = AppTokenFields {
            hash_type: Some(HashType::Sha512),
            expiry: Some(Expiry::In(60)),
            session_type: Some(SessionType::Admin),
            session_user_id: Some("ann".into()),
            session_duration_seconds: Some(600),
            session_privileges: Some("list:*".into()),
            description: Some("a test".into()),
            bad: None,
        };
        let expected = json!({
            "objectType": "KalturaAppToken", "hashType": "SHA512", "expiry": 60, "sessionType": 2,
            "sessionUserId": "ann", "sessionDuration": 600, "sessionPrivileges": "list:*", "description": "a test",
        });
        assert_eq!(fields.to_json().unwrap(), expected);
    }

    #[test]
    fn a_token_is_hashed_with_sha256_unless_another_type_is_named() {
        let hash_type = |fields: AppTokenFields| fields.for_add().to_json().unwrap()["hashType"].clone();
        assert_eq!(hash_type(AppTokenFields::default()), "SHA256");
        assert_eq!(hash_type(AppTokenFields { hash_type: Some(HashType::Md5), ..Default::default() }), "MD5");
    }

    #[test]
    fn ends_and_lives_that_the_server_would_misread_are_refused() {
        let refused = |fields: AppTokenFields| fields.to_json().map(|_| ()).unwrap_err().option.unwrap();
        let ends = |expiry| AppTokenFields { expiry: Some(expiry), ..Default::default() };
        for seconds in [0, -1, TEN_YEARS_SECONDS + 1] {
            assert_eq!(refused(ends(Expiry::In(seconds))), "expires_in_seconds", "{seconds}");
        }
        for seconds in [0, 60, TEN_YEARS_SECONDS] {
            assert_eq!(refused(ends(Expiry::At(seconds))), "expires_at_seconds", "{seconds}");
        }
        for seconds in [0, -60] {
            let fields = AppTokenFields { session_duration_seconds: Some(seconds), ..Default::default() };
            assert_eq!(refused(fields), "session_duration_seconds", "{seconds}");
        }
        assert!(ends(Expiry::In(TEN_YEARS_SECONDS)).to_json().is_ok());
        assert!(ends(Expiry::At(1_893_456_000)).to_json().is_ok());
    }

    #[test]
    fn times_and_ids_of_a_filter_that_the_server_would_misread_are_refused() {
        let refused = |filter: AppTokenFilter| filter.to_json().map(|_| ()).map_err(|error| error.option.unwrap());
        let from = |seconds| AppTokenFilter { created_from_seconds: Some(seconds), ..Default::default() };
        let until = |seconds| AppTokenFilter { created_until_seconds: Some(seconds), ..Default::default() };
        for seconds in [-1, 1, TEN_YEARS_SECONDS] {
            assert_eq!(refused(from(seconds)), Err("created"), "{seconds}");
            assert_eq!(refused(until(seconds)), Err("created"), "{seconds}");
        }
        assert_eq!(refused(from(TEN_YEARS_SECONDS + 1)), Ok(()));
        let ids = |id: &str| AppTokenFilter { ids: vec!["0_a".into(), id.into()], ..Default::default() };
        assert_eq!(refused(ids("")), Err("id"));
        assert_eq!(refused(ids("00112233445566778899aabbccddeeff")), Err("id"));
        assert_eq!(ids("0_b").to_json().unwrap()["idIn"], "0_a,0_b");
    }

    #[test]
    fn a_token_is_read_with_numbers_as_texts_and_without_what_is_missing() {
        let token = AppToken::from_json(&json!({
            "id": "0_a", "token": "00ff", "partnerId": "101", "createdAt": 5, "status": "2", "hashType": "SHA256",
        }))
        .unwrap();
        assert_eq!((token.partner_id, token.created_at_seconds, token.status), (101, 5, 2));
        assert_eq!((token.expires_at_seconds, token.session_type), (None, None));
        assert_eq!((&*token.token, token.hash_type), ("00ff", Some(HashType::Sha256)));
        assert!(!format!("{token:?}").contains("00ff"));
        assert_eq!(AppToken::from_json(&json!({"id": "0_a"})).unwrap().hash_type, Some(HashType::Sha1));
        assert_eq!(AppToken::from_json(&json!({"id": "0_a", "hashType": "SHA3"})).unwrap().hash_type, None);
        assert!(AppToken::from_json(&json!({"token": "00ff"})).is_none());
    }
}
