//! What an answer means. Tolerant where servers differ, strict where a mistake would be believed.

use std::borrow::Cow;

use serde_json::Value;

use crate::error::ApiError;
use crate::exchange::{Reply, ReplyHeaders};
use crate::hints;
use crate::protocol::{ks, service_url};
use crate::secret::{Secret, Wipe};
use crate::status::Status;

/// How an answer reads.
pub(crate) enum Answer {
    /// A session of either kind.
    Session(GrantedSession),
    /// Kaltura's own error.
    Api(ApiError),
    /// Something else.
    Other(OtherAnswer),
}

/// The fields of both replies: `KalturaStartWidgetSessionResponse` and `KalturaSessionInfo`. What is missing is
/// `None`.
pub(crate) struct GrantedSession {
    pub ks: Secret,
    pub partner_id: Option<i64>,
    /// Absolute, Unix seconds. The widget reply has none.
    pub expires_at_seconds: Option<i64>,
    pub user_id: Option<String>,
    pub session_type: Option<i64>,
    pub privileges: Option<String>,
}

/// An answer that is neither a session nor an error of Kaltura's.
pub(crate) struct OtherAnswer {
    pub status: Status,
    pub message: Cow<'static, str>,
    pub hint: &'static str,
    /// Whether the flow tries again.
    pub again: bool,
    /// What the error says of it.
    pub is_retryable: bool,
    /// A code that came in a header.
    pub api: Option<ApiError>,
}

/// Reads an answer. The order of the questions is part of the specification: a 502 with Kaltura's JSON inside is
/// Kaltura's answer, a 200 without it is not.
pub(crate) fn read(reply: &Reply) -> Answer {
    let http_status = reply.http_status;
    if (300..400).contains(&http_status) {
        return Answer::Other(redirect(&reply.headers));
    }
    let is_success = (200..300).contains(&http_status);
    let body = strip_bom(&reply.body);
    let parsed = serde_json::from_slice::<Value>(body).ok().map(Wiped);
    let object = parsed.as_ref().and_then(|value| unwrap_envelope(&value.0));
    if let Some(error) = object.and_then(|object| api_error(object, is_success)) {
        return Answer::Api(error);
    }
    if !is_success {
        return Answer::Other(http_failure(http_status));
    }
    match object.map(granted_session) {
        Some(Ok(session)) => Answer::Session(session),
        Some(Err(other)) => Answer::Other(other),
        None => Answer::Other(no_object(body, parsed.is_some(), &reply.headers)),
    }
}

/// Reads an answer that is no session but any JSON; an error is what else it is.
#[cfg(feature = "admin")]
pub(crate) fn read_value(reply: &Reply) -> Result<Wiped, Answer> {
    if (300..400).contains(&reply.http_status) {
        return Err(Answer::Other(redirect(&reply.headers)));
    }
    let is_success = (200..300).contains(&reply.http_status);
    let body = strip_bom(&reply.body);
    let parsed = serde_json::from_slice::<Value>(body).ok().map(Wiped);
    let object = parsed.as_ref().and_then(|value| unwrap_envelope(&value.0));
    if let Some(error) = object.and_then(|object| api_error(object, is_success)) {
        return Err(Answer::Api(error));
    }
    match parsed {
        _ if !is_success => Err(Answer::Other(http_failure(reply.http_status))),
        Some(value) => Ok(value),
        None => Err(Answer::Other(no_object(body, false, &reply.headers))),
    }
}

/// Whether it is the answer of an action that has no result. Source: `KalturaJsonSerializer`.
pub(crate) fn is_null(reply: &Reply) -> bool {
    (200..300).contains(&reply.http_status) && strip_bom(&reply.body).trim_ascii() == b"null"
}

/// Parsed JSON whose texts are wiped when it is dropped.
pub(crate) struct Wiped(pub(crate) Value);

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

/// Wipes every text of a JSON value.
fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.wipe(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

type Object = serde_json::Map<String, Value>;

/// Kaltura's other back end, and one document of this one, wrap what they say in `{"result": …}`.
fn unwrap_envelope(value: &Value) -> Option<&Object> {
    let object = value.as_object()?;
    if object.contains_key("objectType") {
        return Some(object);
    }
    match object.get("result").and_then(Value::as_object) {
        Some(result) => Some(result.get("error").and_then(Value::as_object).unwrap_or(result)),
        None => Some(object),
    }
}

fn api_error(object: &Object, is_success: bool) -> Option<ApiError> {
    let is_named = object.get("objectType").and_then(Value::as_str) == Some("KalturaAPIException");
    let is_shaped = object.contains_key("code") && object.contains_key("message") && !object.contains_key("ks");
    (is_named || (is_success && is_shaped)).then(|| ApiError {
        code: object.get("code").and_then(text).unwrap_or_default(),
        message: object.get("message").and_then(text).unwrap_or_default(),
        args: object.get("args").map(args).unwrap_or_default(),
    })
}

/// An object of texts, or `[]` when there are none. Source: `KalturaAPIException`, PHP's empty array.
fn args(value: &Value) -> Vec<(String, String)> {
    let members = value.as_object().into_iter().flatten();
    members.filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect()
}

fn granted_session(object: &Object) -> Result<GrantedSession, OtherAnswer> {
    let Some(ks) = object.get("ks").and_then(Value::as_str) else {
        return Err(bad_reply("the reply is JSON but holds no session"));
    };
    if !ks::is_plausible(ks) {
        return Err(bad_reply("the KS in the reply is empty, too long, or not visible ASCII"));
    }
    Ok(GrantedSession {
        ks: Secret::new(ks),
        partner_id: object.get("partnerId").and_then(integer),
        expires_at_seconds: object.get("expiry").and_then(integer),
        user_id: object.get("userId").and_then(user_id),
        session_type: object.get("sessionType").and_then(integer),
        privileges: object.get("privileges").and_then(text),
    })
}

/// A number or a numeric text: the same field is one here and the other there. Source: `KalturaSessionInfo`.
pub(crate) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `false` is what PHP makes of a user id that is not UTF-8.
fn user_id(value: &Value) -> Option<String> {
    if *value == Value::Bool(false) { Some(String::new()) } else { text(value) }
}

fn redirect(headers: &ReplyHeaders) -> OtherAnswer {
    let target = headers.location.as_deref().and_then(service_url::scheme_and_host);
    let message = match target {
        Some(target) => format!("the server redirects to {target}").into(),
        None => "the server redirects to an address that is not told here".into(),
    };
    OtherAnswer { status: Status::Redirect, message, ..bad_reply("") }
}

fn http_failure(http_status: u16) -> OtherAnswer {
    let message = format!("the server answered with HTTP status {http_status}").into();
    let (status, hint, again) = match http_status {
        429 => (Status::RateLimited, "", true),
        501 | 505 | 511 => (Status::HttpStatus, hints::HTTP_STATUS, false),
        408 | 425 => (Status::HttpStatus, hints::HTTP_STATUS, true),
        500..600 => (Status::HttpStatus, hints::SERVER_DOWN, true),
        404 => (Status::HttpStatus, hints::NOT_FOUND, false),
        407 => (Status::Proxy, "", false),
        _ => (Status::HttpStatus, hints::HTTP_STATUS, false),
    };
    OtherAnswer { status, message, hint, again, is_retryable: again, api: None }
}

/// A 2xx whose body is no JSON object.
fn no_object(body: &[u8], is_json: bool, headers: &ReplyHeaders) -> OtherAnswer {
    let trimmed = body.trim_ascii();
    let refused_early = headers.x_kaltura.as_deref().filter(|how| how.starts_with("error-"));
    if let (true, Some(code)) = (trimmed.is_empty(), refused_early) {
        // Country and address rules end the script before it can write JSON. Source: `KExternalErrors::dieError`.
        let message = headers.x_kaltura_app.clone().unwrap_or_default();
        let api = Some(ApiError { code: code.to_owned(), message, args: Vec::new() });
        let message = "the server refused this client without an answer".into();
        return OtherAnswer { status: Status::Forbidden, message, hint: "", api, ..bad_reply("") };
    }
    let starts_with = |start: &[u8]| {
        trimmed.len() >= start.len() && trimmed.iter().zip(start).all(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    let passing = OtherAnswer { again: true, is_retryable: true, ..bad_reply("") };
    match trimmed.first() {
        None => OtherAnswer { message: "the reply is empty".into(), ..passing },
        Some(b'{' | b'[') if !is_json => {
            OtherAnswer { message: "the reply is JSON that was cut off or damaged".into(), ..passing }
        }
        Some(_) if is_json => bad_reply("the reply is JSON but no object"),
        Some(_) if trimmed.starts_with(&[0x1f, 0x8b]) => bad_reply("the reply is compressed, which was not asked for"),
        Some(b'<') if starts_with(b"<?xml") || starts_with(b"<xml") => {
            OtherAnswer { message: "the server answered in XML".into(), hint: hints::BAD_REPLY_XML, ..bad_reply("") }
        }
        Some(b'<') => OtherAnswer {
            message: "the reply is a web page".into(),
            hint: hints::BAD_REPLY_HTML,
            is_retryable: true,
            ..bad_reply("")
        },
        Some(_) => OtherAnswer { message: "the reply is no JSON".into(), is_retryable: true, ..bad_reply("") },
    }
}

fn bad_reply(message: &'static str) -> OtherAnswer {
    OtherAnswer {
        status: Status::BadReply,
        message: message.into(),
        hint: "",
        again: false,
        is_retryable: false,
        api: None,
    }
}

fn strip_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(http_status: u16, body: &str) -> Answer {
        read(&Reply { http_status, body: body.as_bytes().to_vec().into(), ..Default::default() })
    }

    fn other(http_status: u16, body: &str) -> OtherAnswer {
        match answer(http_status, body) {
            Answer::Other(other) => other,
            Answer::Session(_) => panic!("a session: {body:?}"),
            Answer::Api(_) => panic!("an API error: {body:?}"),
        }
    }

    #[test]
    fn numbers_may_be_texts_and_a_user_id_false() {
        let body = r#"{"ks":"K","partnerId":"101","sessionType":"2","expiry":"1795438800","userId":false,"objectType":"KalturaSessionInfo"}"#;
        let Answer::Session(session) = answer(200, body) else { panic!() };
        assert_eq!(session.partner_id, Some(101));
        assert_eq!(session.session_type, Some(2));
        assert_eq!(session.expires_at_seconds, Some(1_795_438_800));
        assert_eq!(session.user_id.as_deref(), Some(""));
        assert_eq!(session.privileges, None);
    }

    #[test]
    fn an_envelope_and_a_byte_order_mark_are_looked_through() {
        let Answer::Session(session) = answer(200, "\u{feff}{\"result\":{\"ks\":\"K\",\"userId\":0}}") else {
            panic!()
        };
        assert_eq!((&*session.ks, session.user_id.as_deref()), ("K", Some("0")));
    }

    #[test]
    fn an_api_error_counts_under_any_http_status_if_it_names_itself() {
        let named = r#"{"objectType":"KalturaAPIException","code":"X","message":"m","args":{"A":"1","B":2}}"#;
        for http_status in [200, 404, 502] {
            let Answer::Api(error) = answer(http_status, named) else { panic!() };
            assert_eq!(error.args, [("A".into(), "1".into()), ("B".into(), "2".into())]);
        }
        let shaped = r#"{"code":"X","message":"m"}"#;
        assert!(matches!(answer(200, shaped), Answer::Api(_)));
        assert_eq!(other(502, shaped).status, Status::HttpStatus);
    }

    #[test]
    fn each_kind_of_rubbish_has_its_own_words() {
        let cases = [
            ("", true, true),
            (" \n", true, true),
            ("{\"ks\":\"abc", true, true),
            ("[1,2", true, true),
            ("<!DOCTYPE html>", false, true),
            ("Warning: mysql", false, true),
            ("<?xml version=\"1.0\"?>", false, false),
            ("<XML><result/>", false, false),
            ("\u{1f}", false, true),
            ("true", false, false),
            ("{}", false, false),
            ("{\"ks\":5}", false, false),
            ("{\"ks\":\"\"}", false, false),
            ("{\"ks\":\"a b\"}", false, false),
            ("{\"ks\":\"é\"}", false, false),
        ];
        for (body, again, is_retryable) in cases {
            let other = other(200, body);
            assert_eq!(
                (other.status, other.again, other.is_retryable),
                (Status::BadReply, again, is_retryable),
                "{body:?}"
            );
            assert!(!other.message.is_empty());
        }
        let Answer::Other(gzip) =
            read(&Reply { http_status: 200, body: vec![0x1f, 0x8b, 8].into(), ..Default::default() })
        else {
            panic!()
        };
        assert!(gzip.message.contains("compressed") && !gzip.again);
    }

    #[test]
    fn a_ks_may_be_long_but_not_endless() {
        let with = |length: usize| format!("{{\"ks\":\"{}\"}}", "k".repeat(length));
        assert!(matches!(answer(200, &with(ks::MAX_KS_BYTES)), Answer::Session(_)));
        assert_eq!(other(200, &with(ks::MAX_KS_BYTES + 1)).status, Status::BadReply);
    }

    #[test]
    fn http_statuses_fall_into_those_that_pass_and_those_that_stay() {
        for (http_status, status, again) in [
            (100, Status::HttpStatus, false),
            (400, Status::HttpStatus, false),
            (404, Status::HttpStatus, false),
            (407, Status::Proxy, false),
            (408, Status::HttpStatus, true),
            (425, Status::HttpStatus, true),
            (429, Status::RateLimited, true),
            (500, Status::HttpStatus, true),
            (501, Status::HttpStatus, false),
            (505, Status::HttpStatus, false),
            (511, Status::HttpStatus, false),
            (599, Status::HttpStatus, true),
        ] {
            let other = other(http_status, "x");
            assert_eq!((other.status, other.again, other.is_retryable), (status, again, again), "{http_status}");
        }
        assert_eq!(other(304, "").status, Status::Redirect);
    }
}
