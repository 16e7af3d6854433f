//! How a reply goes out: the effects of a script turned into steps that the connection takes one by one.
//!
//! Of several effects of one kind the last rule wins, except for what is said, where the first does. Effects of different
//! kinds combine; one that ends the connection hides those that would come later on the wire.

use std::io::Write;
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::errors::{self, ApiError};
use crate::http::Reply;
use crate::script::{Content, Effect};
use crate::services::Action;

/// One thing to do on the wire.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Send in one write.
    Send(Vec<u8>),
    /// Send so many bytes of filler.
    Fill(u64),
    /// Send byte by byte, with a pause before each.
    Drip(Vec<u8>, Duration),
    /// Pause.
    Wait(Duration),
    /// Wait at a named gate.
    Hold(String),
    /// Send nothing more, until the client closes or the time is over.
    Stall(Duration),
    /// FIN.
    Close,
    /// RST.
    Reset,
}

/// The first reply that the effects put in place of the real one.
pub fn content(effects: &[Effect]) -> Option<&Content> {
    effects.iter().find_map(|effect| match effect {
        Effect::Content(content) => Some(content),
        _ => None,
    })
}

/// A scripted reply. `fresh` has the headers of a real one.
pub fn scripted(content: &Content, fresh: Reply, action: Option<Action>) -> Reply {
    let with = |status: u16, content_type: &str, body: &str| {
        let mut reply = Reply { status, body: body.as_bytes().to_vec(), ..fresh.clone() };
        reply.set("Content-Type", content_type);
        reply
    };
    let api_error = |error: ApiError| with(200, "application/json", &error.body().unwrap_or_default());
    match content {
        Content::Empty { x_kaltura } => {
            let mut reply = with(200, "text/html; charset=UTF-8", "");
            if let Some(value) = x_kaltura {
                reply.set("X-Kaltura", value);
            }
            reply
        }
        Content::Html { status } => with(*status, "text/html", "<html><body><h1>Not the API</h1></body></html>\n"),
        Content::Xml => with(
            200,
            "text/xml;charset=UTF-8",
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><xml><result><error><code>SERVICE_FORBIDDEN</code></error></result></xml>",
        ),
        Content::Redirect { status, location } => {
            let mut reply = with(*status, "text/html", "");
            reply.set("Location", location);
            reply
        }
        Content::Status { code, retry_after, body, content_type } => {
            let mut reply = with(*code, content_type, body);
            if let Some(value) = retry_after {
                reply.set("Retry-After", value);
            }
            reply
        }
        Content::Blocked => {
            let declared = action.map_or("service->action", Action::declared).to_lowercase();
            let (service, action) = declared.split_once("->").unwrap_or((&declared, ""));
            api_error(errors::action_blocked(action, service))
        }
        Content::Internal => api_error(errors::internal_error()),
        Content::Api { code, message } => api_error(ApiError::new(code, message, &[])),
        Content::Body { value, status, content_type } => with(*status, content_type, value),
        Content::NotJson => with(200, "application/json", "this is not JSON"),
        Content::JsonNoKs => with(200, "application/json", r#"{"partnerId":101,"objectType":"KalturaSomethingElse"}"#),
        // Never sent: `steps` sends other bytes for it.
        Content::Garbage => with(200, "application/json", ""),
        Content::Huge { bytes } => {
            let start = r#"{"ks":""#;
            let mut reply = with(200, "application/json", start);
            reply.filler = bytes.saturating_sub(start.len() as u64);
            reply
        }
    }
}

/// Changes what a reply says, and its head, as the effects want it. `now` is the server's time.
pub fn dress(reply: &mut Reply, effects: &[Effect], now: SystemTime) {
    for effect in effects {
        match effect {
            Effect::BadKs => {
                let body = String::from_utf8_lossy(&reply.body).replacen("\"ks\":\"", "\"ks\":\"no ks\\n", 1);
                reply.body = body.into_bytes();
            }
            Effect::Envelope => {
                let mut body = b"{\"executionTime\":0.01,\"result\":".to_vec();
                body.append(&mut reply.body);
                body.push(b'}');
                reply.body = body;
            }
            Effect::Date(Some(value)) => reply.set("Date", value),
            Effect::Date(None) => reply.remove("Date"),
            Effect::DateShift(seconds) => reply.set("Date", http_date(now, *seconds)),
            Effect::SessionHeader(Some(value)) => reply.set("X-Kaltura-Session", value),
            Effect::SessionHeader(None) => reply.remove("X-Kaltura-Session"),
            Effect::Header(name, Some(value)) => reply.set(name, value),
            Effect::Header(name, None) => reply.remove(name),
            Effect::HugeHead(bytes) => reply.set("X-Filler", "a".repeat(*bytes)),
            _ => {}
        }
    }
    if effects.contains(&Effect::Gzip) {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        // Writing to memory does not fail.
        if encoder.write_all(&reply.body).is_ok() {
            reply.body = encoder.finish().unwrap_or_default();
        }
        reply.set("Content-Encoding", "gzip");
    }
}

/// The steps of one reply. A reply without a `Close` or `Reset` at its end leaves the connection open.
pub fn steps(mut reply: Reply, effects: &[Effect], head_only: bool, keep_alive: bool) -> Vec<Step> {
    let has = |wanted: &Effect| effects.contains(wanted);
    let mut steps = Vec::new();
    for effect in effects {
        match effect {
            Effect::Hold(name) => steps.push(Step::Hold(name.clone())),
            Effect::Delay(pause) => steps.push(Step::Wait(*pause)),
            _ => {}
        }
    }
    if has(&Effect::Reset) {
        steps.push(Step::Reset);
        return steps;
    }
    if has(&Effect::Close) {
        steps.push(Step::Close);
        return steps;
    }
    if let Some(longest) = last(effects, |effect| match effect {
        Effect::StallHead(longest) => Some(*longest),
        _ => None,
    }) {
        steps.extend([Step::Stall(longest), Step::Close]);
        return steps;
    }
    if content(effects) == Some(&Content::Garbage) {
        steps.extend([Step::Send(b"\x00\x01\xff this is no HTTP \xfe\r\n\r\n".to_vec()), Step::Close]);
        return steps;
    }

    let mut body = std::mem::take(&mut reply.body);
    let ends_by_closing = frame(&mut reply, &mut body, effects, keep_alive) || !keep_alive || has(&Effect::CloseAfter);
    let filler = if head_only { 0 } else { reply.filler };
    if head_only {
        body.clear();
    }
    if deliver(&mut steps, reply.head(), body, effects) {
        if filler > 0 {
            steps.push(Step::Fill(filler));
        }
        if ends_by_closing {
            steps.push(Step::Close);
        }
    }
    steps
}

/// `Date`, shifted.
pub fn http_date(now: SystemTime, shift: i64) -> String {
    let by = Duration::from_secs(shift.unsigned_abs());
    let shifted = if shift < 0 { now.checked_sub(by) } else { now.checked_add(by) };
    httpdate::fmt_http_date(shifted.unwrap_or(now))
}

/// Says in the head where the body ends, truly or not; whether the connection must be closed behind it.
fn frame(reply: &mut Reply, body: &mut Vec<u8>, effects: &[Effect], keep_alive: bool) -> bool {
    let cut = effects.contains(&Effect::ChunkedCut);
    if cut || effects.contains(&Effect::Chunked) {
        reply.set("Transfer-Encoding", "chunked");
        let (first, second) = body.split_at(body.len() / 2);
        let mut chunked = Vec::new();
        for chunk in [first, second].into_iter().filter(|chunk| !chunk.is_empty()) {
            chunked.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            chunked.extend_from_slice(chunk);
            chunked.extend_from_slice(b"\r\n");
        }
        if !cut {
            chunked.extend_from_slice(b"0\r\n\r\n");
        }
        *body = chunked;
        return cut;
    }
    if effects.contains(&Effect::NoContentLength) {
        reply.set("Connection", "close");
        return true;
    }
    let add = last(effects, |effect| match effect {
        Effect::ContentLength(add) => Some(*add),
        _ => None,
    })
    .unwrap_or(0);
    let length = (body.len() as u64).saturating_add(reply.filler).saturating_add_signed(add);
    reply.set("Content-Length", length.to_string());
    if !keep_alive {
        reply.set("Connection", "close");
    }
    // Bytes that were promised and never come: the client would wait for them.
    add > 0
}

/// Steps for head and body; false if they end the connection themselves.
fn deliver(steps: &mut Vec<Step>, head: Vec<u8>, body: Vec<u8>, effects: &[Effect]) -> bool {
    let has = |wanted: &Effect| effects.contains(wanted);
    let pause = |wanted: fn(&Effect) -> Option<Duration>| last(effects, wanted);
    // What has been said but not sent yet, so that head and body share a write unless something comes between.
    let mut pending = Vec::new();

    if let Some(gap) = pause(|effect| if let Effect::DripHead(gap) = effect { Some(*gap) } else { None }) {
        steps.push(Step::Drip(head, gap));
    } else if has(&Effect::CloseInHead) {
        steps.extend([Step::Send(halves(&head).0), Step::Close]);
        return false;
    } else if let Some(gap) = pause(|effect| if let Effect::DelayInHead(gap) = effect { Some(*gap) } else { None }) {
        let (first, second) = halves(&head);
        steps.extend([Step::Send(first), Step::Wait(gap)]);
        pending = second;
    } else {
        pending = head;
    }

    if let Some(gap) = pause(|effect| if let Effect::DelayBody(gap) = effect { Some(*gap) } else { None }) {
        steps.extend([Step::Send(std::mem::take(&mut pending)), Step::Wait(gap)]);
    }
    let (first, second) = halves(&body);
    if let Some(longest) = pause(|effect| if let Effect::StallBody(longest) = effect { Some(*longest) } else { None }) {
        pending.extend_from_slice(&first);
        steps.extend([Step::Send(pending), Step::Stall(longest), Step::Close]);
        return false;
    }
    if has(&Effect::ResetInBody) {
        pending.extend_from_slice(&first);
        // The pause lets the first half arrive before the reset overtakes it.
        steps.extend([Step::Send(pending), Step::Wait(Duration::from_millis(20)), Step::Reset]);
        return false;
    }
    if let Some(bytes) = last(effects, |effect| if let Effect::Truncate(bytes) = effect { Some(*bytes) } else { None })
    {
        let kept = bytes.and_then(|bytes| body.get(..bytes)).unwrap_or(&first);
        pending.extend_from_slice(kept);
        steps.extend([Step::Send(pending), Step::Close]);
        return false;
    }
    if let Some(gap) = pause(|effect| if let Effect::DelayInBody(gap) = effect { Some(*gap) } else { None }) {
        pending.extend_from_slice(&first);
        steps.extend([Step::Send(pending), Step::Wait(gap), Step::Send(second)]);
    } else if let Some(gap) = pause(|effect| if let Effect::Drip(gap) = effect { Some(*gap) } else { None }) {
        steps.extend([Step::Send(pending), Step::Drip(body, gap)]);
    } else {
        pending.extend_from_slice(&body);
        steps.push(Step::Send(pending));
    }
    true
}

fn last<T>(effects: &[Effect], wanted: impl Fn(&Effect) -> Option<T>) -> Option<T> {
    effects.iter().rev().find_map(wanted)
}

fn halves(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (first, second) = bytes.split_at(bytes.len() / 2);
    (first.to_vec(), second.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(effects: &[Effect]) -> Vec<Step> {
        steps(Reply::new(200, "text/plain", "12345678"), effects, false, true)
    }

    #[test]
    fn a_plain_reply_is_a_single_write() {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\n";
        assert_eq!(sent(&[]), [Step::Send(format!("{head}12345678").into_bytes())]);
    }

    #[test]
    fn effects_of_different_kinds_combine() {
        let ms = Duration::from_millis;
        let steps = sent(&[
            Effect::Delay(ms(1)),
            Effect::DelayBody(ms(2)),
            Effect::Truncate(Some(3)),
            Effect::Hold("x".into()),
        ]);
        assert!(matches!(
            steps.as_slice(),
            [Step::Wait(_), Step::Hold(_), Step::Send(_), Step::Wait(_), Step::Send(body), Step::Close] if body == b"123"
        ));
    }

    #[test]
    fn a_promised_length_that_is_too_long_ends_by_closing() {
        assert_eq!(sent(&[Effect::ContentLength(5)]).last(), Some(&Step::Close));
        assert_ne!(sent(&[Effect::ContentLength(-5)]).last(), Some(&Step::Close));
    }
}
