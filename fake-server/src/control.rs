//! The control interface under `/_fake/`, for tests that are not written in Rust: plain HTTP, text in and out.

use crate::http::{Reply, Request};
use crate::php;
use crate::server::Shared;
use crate::value::Value;

/// Where the control interface lives.
pub const PREFIX: &str = "/_fake/";

const HELP: &str = "\
GET  /_fake/counters                        what was counted, a `name value` per line
GET  /_fake/requests                        the last 100 requests as JSON
GET  /_fake/requests?raw=1                  the last request, byte for byte
GET  /_fake/ca                              the certificate authority, PEM
POST /_fake/script                          replaces the script by the body, a rule per line
POST /_fake/release?name=NAME               opens a gate at which `hold` waits
POST /_fake/cache?on=1                      switches the response cache on or off
POST /_fake/rate-limit?count=N&seconds=S    blocks more than N calls in S seconds; count=0 blocks none
POST /_fake/clock?shift=SECONDS             puts the server's clock forward or back
POST /_fake/reset                           forgets all of it
";

/// Answers a control request.
pub fn answer(shared: &Shared, request: &Request) -> Reply {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let fields = php::parse_query(query.as_bytes());
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.to_text());
    let number = |name: &str| field(name).map(|text| Value::Text(text).to_int());
    let name = path.strip_prefix(PREFIX).unwrap_or_default();
    match (request.method.as_str(), name) {
        ("GET", "") => text(200, HELP),
        ("GET", "counters") => {
            let rows = shared.recorder.counters();
            let lines: Vec<String> = rows.rows().iter().map(|(name, count)| format!("{name} {count}\n")).collect();
            text(200, &lines.concat())
        }
        ("GET", "requests") if field("raw").is_some() => {
            let last = shared.recorder.requests().pop().map(|request| request.raw);
            Reply::new(200, "text/plain", last.unwrap_or_default())
        }
        ("GET", "requests") => {
            let requests: Vec<_> = shared.recorder.requests().iter().map(|request| request.to_json()).collect();
            Reply::new(200, "application/json", serde_json::Value::from(requests).to_string())
        }
        ("GET", "ca") => text(200, shared.ca_pem()),
        ("POST", "script") => match shared.script.set(&String::from_utf8_lossy(&request.body)) {
            Ok(()) => {
                shared.gates.shut();
                text(200, "ok\n")
            }
            Err(error) => text(400, &format!("{error}\n")),
        },
        ("POST", "release") => match field("name") {
            Some(name) => {
                shared.gates.open(&name);
                text(200, "ok\n")
            }
            None => text(400, "release needs ?name=NAME\n"),
        },
        ("POST", "cache") => {
            shared.api.state.set_cache(number("on").unwrap_or(1) != 0);
            text(200, "ok\n")
        }
        ("POST", "rate-limit") => {
            let count = number("count").and_then(|count| u64::try_from(count).ok()).unwrap_or_default();
            shared.api.state.set_rate_limit(count, number("seconds").unwrap_or(10));
            text(200, "ok\n")
        }
        ("POST", "clock") => {
            shared.api.state.shift_clock(number("shift").unwrap_or_default());
            text(200, "ok\n")
        }
        ("POST", "reset") => {
            shared.reset();
            text(200, "ok\n")
        }
        _ => text(404, HELP),
    }
}

fn text(status: u16, body: &str) -> Reply {
    Reply::new(status, "text/plain", body)
}
