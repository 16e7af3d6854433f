//! One connection from accepting to closing: the script's part in it, requests, replies.

use std::io;
use std::net::TcpStream;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustls::{HandshakeKind, ServerConnection};

use crate::api::{Answer, Origin};
use crate::control;
use crate::delivery::{self, Step};
use crate::http::{Inbox, Received, Reply, Request};
use crate::params::Params;
use crate::script::Effect;
use crate::server::Shared;
use crate::services::Action;
use crate::tls::{CertKind, Tls};
use crate::wire::{Wire, is_timeout};

/// How long to wait for the first bytes, which tell a control connection from one that counts.
const FIRST_BYTES: Duration = Duration::from_millis(100);

/// Serves a client until either side has had enough.
pub fn serve(shared: &Shared, tcp: TcpStream, tls: Option<&Tls>) {
    if tcp.set_nodelay(true).is_err() {
        return;
    }
    let id = shared.live.add(&tcp);
    if shared.stop.is_set() {
        // Accepted too late to be shut down with the others.
        return;
    }
    let mut wire = Wire::plain(tcp);
    if is_control(wire.tcp()) {
        // An error means that the client has gone, here and below.
        let _ = exchange(shared, &mut wire, 0);
    } else {
        let number = shared.recorder.connection();
        let _ = admit(shared, &mut wire, tls, number);
        // Before the socket is closed, so that a client that saw the end also sees it counted.
        shared.recorder.count(|counters| counters.open = counters.open.saturating_sub(1));
    }
    // First the other handle: only the last one to go closes, or resets, the connection.
    shared.live.remove(id);
    drop(wire);
}

/// What the script has in store for the connection, then TLS, then requests.
fn admit(shared: &Shared, wire: &mut Wire, tls: Option<&Tls>, number: u64) -> io::Result<()> {
    let mut kind = CertKind::Good;
    for effect in shared.script.connection() {
        match effect {
            Effect::Delay(pause) => {
                shared.stop.wait(pause);
            }
            Effect::Cert(asked) => kind = asked,
            Effect::Close => {
                wire.close();
                return Ok(());
            }
            Effect::Reset => {
                wire.reset();
                return Ok(());
            }
            Effect::Stall(longest) => {
                wire.drain(longest, || shared.stop.is_set());
                return Ok(());
            }
            Effect::TlsStall(longest) => {
                shared.recorder.count(|counters| counters.failed_handshakes += 1);
                wire.read_piece()?;
                wire.drain(longest, || shared.stop.is_set());
                return Ok(());
            }
            Effect::TlsGarbage => {
                shared.recorder.count(|counters| counters.failed_handshakes += 1);
                wire.send(b"This is plain text.\r\n")?;
                wire.close();
                return Ok(());
            }
            _ => {}
        }
    }
    if let Some(tls) = tls {
        let connection = ServerConnection::new(tls.config(kind)).map_err(io::Error::other)?;
        let result = wire.handshake(connection);
        shared.recorder.count(|counters| match &result {
            Ok(kind) => {
                counters.handshakes += 1;
                let resumed = *kind == Some(HandshakeKind::Resumed);
                counters.resumed_handshakes += u64::from(resumed);
                counters.full_handshakes += u64::from(!resumed);
            }
            Err(_) => counters.failed_handshakes += 1,
        });
        if result.is_err() {
            // The alert must not be overtaken by a reset.
            wire.close();
            return Ok(());
        }
    }
    exchange(shared, wire, number)
}

/// Requests and replies, one after the other.
fn exchange(shared: &Shared, wire: &mut Wire, number: u64) -> io::Result<()> {
    let mut inbox = Inbox::default();
    let mut is_first = true;
    loop {
        let request = match inbox.receive(wire)? {
            Received::Request(request) => request,
            Received::Closed => return Ok(()),
            Received::Refused(status) => {
                let reply = Reply::new(status, "text/plain", format!("refused with status {status}\n"));
                return run(shared, wire, delivery::steps(reply, &[], false, false)).map(|_| ());
            }
        };
        let keep_alive = request.keeps_alive();
        let head_only = request.method == "HEAD";
        let steps = if request.target.starts_with(control::PREFIX) {
            delivery::steps(control::answer(shared, &request), &[], head_only, keep_alive)
        } else {
            let (reply, effects) = answer(shared, wire, &request, number, is_first);
            is_first = false;
            delivery::steps(reply, &effects, head_only, keep_alive)
        };
        if !run(shared, wire, steps)? {
            return Ok(());
        }
    }
}

/// The reply to a request that counts, and what shall become of it.
fn answer(shared: &Shared, wire: &Wire, request: &Request, number: u64, is_first: bool) -> (Reply, Vec<Effect>) {
    let params = Params::of_request(&request.method, &request.target, request.header("content-type"), &request.body);
    let action = params
        .as_ref()
        .and_then(|params| Action::find(&params.text("service").to_lowercase(), &params.text("action").to_lowercase()));
    shared.recorder.request(request, number, is_first, action);
    let effects = shared.script.request(action);
    let now = UNIX_EPOCH + Duration::from_secs(u64::try_from(shared.api.state.now()).unwrap_or_default());
    let fresh = fresh_reply(now);
    let mut reply = match (delivery::content(&effects), params) {
        (Some(content), _) => delivery::scripted(content, fresh, action),
        (None, None) => Reply {
            headers: date_headers(now),
            ..Reply::new(404, "text/html", "<html><body>Not Found</body></html>\n")
        },
        (None, Some(_)) if request.method == "OPTIONS" => options_reply(fresh),
        (None, Some(params)) => real_reply(shared, wire, request, &params, fresh, now),
    };
    if request.is_old && request.keeps_alive() {
        reply.set("Connection", "keep-alive");
    }
    delivery::dress(&mut reply, &effects, now);
    (reply, effects)
}

fn real_reply(
    shared: &Shared,
    wire: &Wire,
    request: &Request,
    params: &Params,
    mut fresh: Reply,
    now: SystemTime,
) -> Reply {
    let address = wire.tcp().peer_addr().map_or(std::net::Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
    let origin = Origin { uri: &request.target, address, secure: wire.is_secure(), get: request.method == "GET" };
    match shared.api.answer(params, origin) {
        Answer::Unsupported(text) => {
            let mut reply = Reply::new(501, "text/plain", format!("{text}\n"));
            reply.headers.splice(0..0, date_headers(now));
            reply
        }
        Answer::Json { body, headers, cached } => {
            for (name, value) in headers {
                fresh.set(name, value);
            }
            if cached {
                fresh.remove("X-Kaltura-Session");
            }
            fresh.set("Content-Type", "application/json");
            fresh.body = body.unwrap_or_default().into_bytes();
            fresh
        }
    }
}

/// Takes the steps; false if the connection is over.
fn run(shared: &Shared, wire: &mut Wire, steps: Vec<Step>) -> io::Result<bool> {
    for step in steps {
        match step {
            Step::Send(bytes) => wire.send(&bytes)?,
            Step::Fill(mut left) => {
                let block = [b'a'; 64 * 1024];
                while left > 0 {
                    let length = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
                    wire.send(block.get(..length).unwrap_or_default())?;
                    left -= length as u64;
                }
            }
            Step::Drip(bytes, gap) => {
                for byte in bytes {
                    shared.stop.wait(gap);
                    wire.send(&[byte])?;
                }
            }
            Step::Wait(pause) => {
                shared.stop.wait(pause);
            }
            Step::Hold(name) => {
                shared.recorder.count(|counters| counters.held += 1);
                shared.gates.wait(&name, || shared.stop.is_set());
                shared.recorder.count(|counters| counters.held = counters.held.saturating_sub(1));
            }
            Step::Stall(longest) => wire.drain(longest, || shared.stop.is_set()),
            Step::Close => {
                wire.close();
                return Ok(false);
            }
            Step::Reset => {
                wire.reset();
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Whether the first bytes ask for the control interface. A client that says nothing for a while does not.
fn is_control(tcp: &TcpStream) -> bool {
    let deadline = Instant::now() + FIRST_BYTES;
    let prefixes = ["GET /_fake/", "POST /_fake/"].map(str::as_bytes);
    let mut buffer = [0; 12];
    let mut found = false;
    while let Some(left) = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        if tcp.set_read_timeout(Some(left)).is_err() {
            break;
        }
        let start = match tcp.peek(&mut buffer) {
            Ok(length) => buffer.get(..length).unwrap_or_default(),
            Err(error) if is_timeout(&error) => continue,
            Err(_) => break,
        };
        found = prefixes.iter().any(|prefix| start.starts_with(prefix));
        if found || start.is_empty() || !prefixes.iter().any(|prefix| prefix.starts_with(start)) {
            break;
        }
        // More of the line is on its way.
        std::thread::sleep(Duration::from_millis(1));
    }
    let _ = tcp.set_read_timeout(None);
    found
}

/// A reply with the headers of every answer of the API. Sources: `api_v3/web/index.php`,
/// `KalturaResponseCacher::sendCachingHeaders`, `UniqueId`.
fn fresh_reply(now: SystemTime) -> Reply {
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs());
    let mut random = [0; 4];
    // A number that repeats does no harm.
    let _ = getrandom::getrandom(&mut random);
    let session = format!("{}, {seconds}", u32::from_le_bytes(random) & 0x7fff_ffff);
    let exposed = "Server, Content-Length, Content-Range, Date, X-Kaltura, X-Kaltura-Session, X-Me";
    let cache_control = "no-store, no-cache, must-revalidate, post-check=0, pre-check=0";
    let mut headers = date_headers(now);
    for (name, value) in [
        ("X-Me", "fake-kaltura"),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", exposed),
        ("X-Kaltura-Session", &session),
        ("Expires", "Sun, 19 Nov 2000 08:52:00 GMT"),
        ("Cache-Control", cache_control),
        ("Pragma", "no-cache"),
    ] {
        headers.push((name.to_owned(), value.to_owned()));
    }
    Reply { status: 200, headers, ..Reply::default() }
}

fn options_reply(mut reply: Reply) -> Reply {
    reply.set("Access-Control-Allow-Headers", "Origin, X-Requested-With, Content-Type, Accept, Range, Cache-Control");
    reply.set("Access-Control-Allow-Methods", "POST, GET, HEAD, OPTIONS");
    reply.set("Access-Control-Max-Age", "86400");
    reply.set("Content-Type", "text/html; charset=UTF-8");
    reply
}

fn date_headers(now: SystemTime) -> Vec<(String, String)> {
    let date = delivery::http_date(now, 0);
    vec![("Date".to_owned(), date), ("Server".to_owned(), "kaltura-fake-server".to_owned())]
}
