//! What the server has seen: numbers, and the last requests as they arrived.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::http::Request;
use crate::services::Action;

/// How many requests are kept.
const KEPT_REQUESTS: usize = 100;

/// Counts of connections and requests. The control interface is not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Connections accepted, refused ones included.
    pub connections: u64,
    /// Connections open now.
    pub open: u64,
    /// TLS handshakes that were completed.
    pub handshakes: u64,
    /// Of these, with certificates.
    pub full_handshakes: u64,
    /// Of these, with a session ticket.
    pub resumed_handshakes: u64,
    /// TLS handshakes that failed or were spoilt.
    pub failed_handshakes: u64,
    /// Requests.
    pub requests: u64,
    /// Of these, over a connection that had carried one before.
    pub reused_requests: u64,
    /// Requests for `session.startWidgetSession`.
    pub widget_requests: u64,
    /// Requests for `appToken.startSession`.
    pub start_requests: u64,
    /// Requests for `session.end`.
    pub end_requests: u64,
    /// Requests for `session.get`.
    pub get_requests: u64,
    /// Requests for `session.start`.
    pub secret_requests: u64,
    /// Requests for `system.ping`.
    pub ping_requests: u64,
    /// Requests for `system.getTime`.
    pub time_requests: u64,
    /// Requests that came in more than one piece: TLS record, or read from a plain socket.
    pub writes_split: u64,
    /// Requests with the content type `application/json`, to the byte.
    pub content_type_exact: u64,
    /// Replies that wait at a `hold` now.
    pub held: u64,
}

impl Counters {
    /// Names and values, in order.
    pub fn rows(&self) -> [(&'static str, u64); 18] {
        [
            ("connections", self.connections),
            ("open", self.open),
            ("handshakes", self.handshakes),
            ("full_handshakes", self.full_handshakes),
            ("resumed_handshakes", self.resumed_handshakes),
            ("failed_handshakes", self.failed_handshakes),
            ("requests", self.requests),
            ("reused_requests", self.reused_requests),
            ("widget_requests", self.widget_requests),
            ("start_requests", self.start_requests),
            ("end_requests", self.end_requests),
            ("get_requests", self.get_requests),
            ("secret_requests", self.secret_requests),
            ("ping_requests", self.ping_requests),
            ("time_requests", self.time_requests),
            ("writes_split", self.writes_split),
            ("content_type_exact", self.content_type_exact),
            ("held", self.held),
        ]
    }
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct RequestRecord {
    /// Number of the connection, counted from 1 since the last reset.
    pub connection: u64,
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names and values as sent.
    pub headers: Vec<(String, String)>,
    /// The body, decoded if it was chunked; bytes that are not UTF-8 are shown as U+FFFD.
    pub body: String,
    /// Head and body, byte for byte.
    pub raw: Vec<u8>,
    /// In how many pieces it came.
    pub pieces: usize,
}

impl RequestRecord {
    /// A header's value, by name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// For the control interface.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "connection": self.connection,
            "method": self.method,
            "target": self.target,
            "headers": self.headers,
            "body": self.body,
            "pieces": self.pieces,
        })
    }
}

/// Counters and request log, behind one lock.
#[derive(Debug, Default)]
pub struct Recorder(Mutex<Records>);

#[derive(Debug, Default)]
struct Records {
    counters: Counters,
    requests: VecDeque<RequestRecord>,
}

impl Recorder {
    /// The counters now.
    pub fn counters(&self) -> Counters {
        self.lock().counters.clone()
    }

    /// The last requests, oldest first.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.lock().requests.iter().cloned().collect()
    }

    /// Back to zero; what is open or held now stays so.
    pub fn reset(&self) {
        let mut records = self.lock();
        let Counters { open, held, .. } = records.counters;
        *records = Records { counters: Counters { open, held, ..Counters::default() }, requests: VecDeque::new() };
    }

    /// Changes the counters.
    pub fn count(&self, change: impl FnOnce(&mut Counters)) {
        change(&mut self.lock().counters);
    }

    /// Counts a new connection; its number.
    pub fn connection(&self) -> u64 {
        let mut records = self.lock();
        records.counters.connections += 1;
        records.counters.open += 1;
        records.counters.connections
    }

    /// Counts and keeps a request.
    pub fn request(&self, request: &Request, connection: u64, is_first: bool, action: Option<Action>) {
        let mut records = self.lock();
        let counters = &mut records.counters;
        counters.requests += 1;
        counters.reused_requests += u64::from(!is_first);
        counters.writes_split += u64::from(request.pieces > 1);
        counters.content_type_exact += u64::from(request.header("content-type") == Some("application/json"));
        match action {
            Some(Action::StartWidgetSession) => counters.widget_requests += 1,
            Some(Action::StartWithAppToken) => counters.start_requests += 1,
            Some(Action::EndSession) => counters.end_requests += 1,
            Some(Action::GetSession) => counters.get_requests += 1,
            Some(Action::StartWithSecret) => counters.secret_requests += 1,
            Some(Action::Ping) => counters.ping_requests += 1,
            Some(Action::GetTime) => counters.time_requests += 1,
            Some(
                Action::AddAppToken
                | Action::GetAppToken
                | Action::UpdateAppToken
                | Action::DeleteAppToken
                | Action::ListAppTokens,
            )
            | None => {}
        }
        if records.requests.len() == KEPT_REQUESTS {
            records.requests.pop_front();
        }
        records.requests.push_back(RequestRecord {
            connection,
            method: request.method.clone(),
            target: request.target.clone(),
            headers: request.headers.clone(),
            body: String::from_utf8_lossy(&request.body).into_owned(),
            raw: request.raw.clone(),
            pieces: request.pieces,
        });
    }

    fn lock(&self) -> MutexGuard<'_, Records> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
