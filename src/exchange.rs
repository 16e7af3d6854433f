//! One request and what came of it: the words in which the flow speaks to whatever carries its HTTP.

use std::fmt;

use crate::secret::Zeroizing;
use crate::status::Status;

/// A request to send: always `POST`, with `Content-Type: application/json` to the byte. (The server ignores the body
/// under any other spelling, a charset included. Source: `infraRequestUtils::getRequestParams`.)
pub struct Request {
    /// Absolute URL; it holds no secret.
    pub url: String,
    /// JSON; it holds secrets and is wiped when dropped.
    pub body: Zeroizing<String>,
    /// Time limit of this one exchange, in milliseconds, at least 1.
    pub limit_ms: u64,
    /// Whether it does no harm if the server gets it twice.
    pub is_repeatable: bool,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("url", &self.url).field("limit_ms", &self.limit_ms).finish_non_exhaustive()
    }
}

/// The content type of every request.
pub const CONTENT_TYPE: &str = "application/json";

/// A reply longer than this is refused. The longest that the server sends holds one KS of a few kilobytes.
pub const MAX_REPLY_BYTES: usize = 64 * 1024;

/// An HTTP reply, whatever its status.
#[derive(Default)]
pub struct Reply {
    /// HTTP status, 100 to 599.
    pub http_status: u16,
    /// The headers that mean something to the flow.
    pub headers: ReplyHeaders,
    /// The body as it came; wiped when dropped.
    pub body: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("http_status", &self.http_status).finish_non_exhaustive()
    }
}

/// The response headers that the flow reads; all others are let go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplyHeaders {
    /// `Date`
    pub date: Option<String>,
    /// `Age`
    pub age: Option<String>,
    /// `Retry-After`
    pub retry_after: Option<String>,
    /// `Location`
    pub location: Option<String>,
    /// `X-Kaltura`: how the reply was made, `error-<code>` if it was refused before the JSON layer.
    pub x_kaltura: Option<String>,
    /// `X-Kaltura-App`: why, in words.
    pub x_kaltura_app: Option<String>,
    /// `X-Kaltura-Session`: `<random>, <Unix seconds>` of the host that answered.
    pub x_kaltura_session: Option<String>,
    /// `X-Kaltura-API-Access-Control`: which access control refused.
    pub x_kaltura_api_access_control: Option<String>,
    /// `X-Me`: name of the host that answered.
    pub x_me: Option<String>,
}

impl ReplyHeaders {
    /// Names of the headers that [`add`](Self::add) keeps.
    pub const NAMES: [&'static str; 9] = [
        "Date",
        "Age",
        "Retry-After",
        "Location",
        "X-Kaltura",
        "X-Kaltura-App",
        "X-Kaltura-Session",
        "X-Kaltura-API-Access-Control",
        "X-Me",
    ];

    /// Takes note of a header, its name in any case. The first of several with one name counts.
    pub fn add(&mut self, name: &str, value: &str) {
        // Most headers are none of these.
        let Some(place) = Self::NAMES.iter().position(|known| known.eq_ignore_ascii_case(name)) else {
            return;
        };
        let slots = [
            &mut self.date,
            &mut self.age,
            &mut self.retry_after,
            &mut self.location,
            &mut self.x_kaltura,
            &mut self.x_kaltura_app,
            &mut self.x_kaltura_session,
            &mut self.x_kaltura_api_access_control,
            &mut self.x_me,
        ];
        if let Some(slot) = slots.into_iter().nth(place) {
            slot.get_or_insert_with(|| value.trim().to_owned());
        }
    }
}

/// No reply came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A network status, `Cancelled`, `ReplyTooLarge` or `Resources`.
    pub status: Status,
    /// One line that says what happened; no secrets.
    pub message: String,
}

impl Failure {
    /// A failure with its message: lower case, no full stop.
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Failure { status, message: message.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_in_any_case_and_the_first_counts() {
        let mut headers = ReplyHeaders::default();
        headers.add("x-kaltura-session", " 5, 1795435200 ");
        headers.add("X-KALTURA-SESSION", "later");
        headers.add("Set-Cookie", "a=b");
        assert_eq!(headers.x_kaltura_session.as_deref(), Some("5, 1795435200"));
        assert_eq!(
            headers,
            ReplyHeaders { x_kaltura_session: headers.x_kaltura_session.clone(), ..Default::default() }
        );
    }

    #[test]
    fn debug_output_shows_no_body() {
        let request = Request {
            url: "https://k.example".into(),
            body: "s3cret".to_owned().into(),
            limit_ms: 1,
            is_repeatable: true,
        };
        let reply = Reply { body: b"s3cret".to_vec().into(), ..Default::default() };
        assert!(!format!("{request:?} {reply:?}").contains("s3cret"));
    }
}
