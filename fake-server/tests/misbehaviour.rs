//! Each misbehaviour of the script language, over real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should panic, helpers included"
)]

mod common;

use std::time::Duration;

use common::{Client, End, PING, Reply, START, WIDGET, connect, trusting};
use kaltura_fake_server::{FakeServer, Settings};

fn server(script: &str) -> FakeServer {
    let server = FakeServer::start(Settings::default()).unwrap();
    server.script(script).unwrap();
    server
}

/// What a widget request over http gets under a script.
fn widget(script: &str) -> Reply {
    let server = server(script);
    Client::http(server.http_url()).get(&format!("{WIDGET}?widgetId=_101&format=1"))
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[test]
fn replies_are_replaced() {
    let cases: [(&str, u16, &str, &str); 13] = [
        ("empty", 200, "text/html; charset=UTF-8", ""),
        ("html status=502", 502, "text/html", "<html>"),
        ("html status=200", 200, "text/html", "<html>"),
        ("xml", 200, "text/xml;charset=UTF-8", "<?xml"),
        ("redirect status=307 location=http://x.example/", 307, "text/html", ""),
        ("status code=503 body=\"try later\" type=text/plain", 503, "text/plain", "try later"),
        ("blocked", 200, "application/json", r#"{"code":"ACTION_BLOCKED","message":"Action \"startwidgetsession\" in"#),
        ("internal", 200, "application/json", r#"{"code":"INTERNAL_SERVERL_ERROR""#),
        ("api code=ODD message=\"so odd\"", 200, "application/json", r#"{"code":"ODD","message":"so odd""#),
        ("body value=\"{\\\"a\\\": 1}\" status=418", 418, "application/json", r#"{"a": 1}"#),
        ("not-json", 200, "application/json", "this is"),
        ("json-no-ks", 200, "application/json", r#"{"partnerId""#),
        ("envelope", 200, "application/json", r#"{"executionTime":0.01,"result":{"partnerId":101,"ks""#),
    ];
    for (effect, status, content_type, start) in cases {
        let reply = widget(&format!("widget:* {effect}"));
        assert_eq!(reply.status, status, "{effect}");
        assert_eq!(reply.header("content-type"), Some(content_type), "{effect}");
        assert!(reply.text().starts_with(start), "{effect}: {}", reply.text());
        assert!(start.is_empty() == reply.body.is_empty(), "{effect}");
        assert!(reply.end.is_none(), "{effect}");
    }
}

#[test]
fn headers_of_replacements_are_those_asked_for() {
    assert_eq!(widget("request:1 redirect location=http://x.example/").header("location"), Some("http://x.example/"));
    assert_eq!(widget("request:1 status code=429").header("retry-after"), None);
    assert_eq!(widget("request:1 status code=429 retry-after=2").header("retry-after"), Some("2"));
    assert_eq!(widget("request:1 empty-xkaltura value=error-16").header("x-kaltura"), Some("error-16"));
}

#[test]
fn heads_are_changed() {
    assert_eq!(widget("request:1 date value=\"Thu, 01 Jan 1970 00:00:00 GMT\"").header("date").unwrap().len(), 29);
    assert_eq!(widget("request:1 date none").header("date"), None);
    assert!(widget("request:1 date shift=86400").header("date").is_some());
    assert_eq!(widget("request:1 no-session-header").header("x-kaltura-session"), None);
    assert_eq!(widget("request:1 session-header value=soon").header("x-kaltura-session"), Some("soon"));
    assert_eq!(widget("request:1 header name=X-Me value=\"web 7\"").header("x-me"), Some("web 7"));
    assert_eq!(widget("request:1 header name=X-Me").header("x-me"), None);
    assert!(widget("request:1 huge-head bytes=200000").raw.len() > 200_000);
}

#[test]
fn bad_ks_holds_a_line_break() {
    assert!(widget("widget:1 bad-ks").json()["ks"].as_str().unwrap().starts_with("no ks\n"));
}

#[test]
fn gzip_comes_without_being_asked_for() {
    let reply = widget("widget:1 gzip");
    assert_eq!(reply.header("content-encoding"), Some("gzip"));
    assert!(reply.body.starts_with(&[0x1f, 0x8b]));
}

#[test]
fn bodies_are_framed_wrongly() {
    let short = widget("request:1 content-length add=+10");
    assert_eq!(short.end, Some(End::Closed));
    assert_eq!(short.header("content-length").unwrap().parse::<usize>().unwrap(), short.body.len() + 10);

    let long = widget("request:1 content-length add=-10");
    assert!(long.header("content-length").unwrap().parse::<usize>().unwrap() < 200);

    let open = widget("request:1 no-content-length");
    assert_eq!((open.header("content-length"), open.end), (None, Some(End::Closed)));
    assert!(open.json()["ks"].is_string());

    let chunked = widget("request:1 chunked");
    assert_eq!((chunked.header("transfer-encoding"), chunked.end), (Some("chunked"), None));
    assert!(chunked.body.ends_with(b"\r\n0\r\n\r\n"));

    let cut = widget("request:1 chunked-cut");
    assert_eq!(cut.end, Some(End::Closed));
    assert!(!cut.body.ends_with(b"0\r\n\r\n"));
}

#[test]
fn connections_end_in_the_middle_of_a_reply() {
    for (effect, end, body) in [
        ("reset", End::Reset, None),
        ("close", End::Closed, None),
        ("close-in-head", End::Closed, None),
        ("garbage", End::Closed, None),
        ("reset-in-body", End::Reset, Some(false)),
        ("truncate", End::Closed, Some(false)),
    ] {
        let reply = widget(&format!("request:* {effect}"));
        assert_eq!(reply.end, Some(end), "{effect}");
        let came = (!reply.headers.is_empty()).then(|| reply.text().ends_with('}'));
        assert_eq!(came, body, "{effect}: {reply:?}");
    }
    assert_eq!(widget("request:1 truncate bytes=7").text(), r#"{"partn"#);
}

#[test]
fn close_after_breaks_a_kept_connection() {
    let server = server("request:1 close-after");
    let mut client = Client::http(server.http_url());
    let reply = client.get(PING);
    assert_eq!((reply.text().as_str(), reply.header("connection"), reply.end), ("true", None, None));
    let second = client.get(PING);
    assert!(second.raw.is_empty() && second.end.is_some());
}

#[test]
fn replies_are_slow() {
    for (effect, first_ms, last_ms) in [
        ("delay-head ms=60", 60, 60),
        ("delay-in-head ms=60", 0, 60),
        ("delay-body ms=60", 0, 60),
        ("delay-in-body ms=60", 0, 60),
        ("drip ms=1", 0, 100),
        ("drip-head ms=1", 0, 100),
    ] {
        let reply = widget(&format!("request:* {effect}"));
        assert!(reply.first_byte >= ms(first_ms) && reply.last_byte >= ms(last_ms), "{effect}: {reply:?}");
        assert!(first_ms > 0 || reply.first_byte < ms(50), "{effect}: {reply:?}");
        assert!(reply.json()["ks"].is_string(), "{effect}");
    }
}

#[test]
fn stalls_last_until_their_time_is_over() {
    let head = widget("request:1 stall-head ms=80");
    assert!(head.raw.is_empty() && head.last_byte >= ms(80));
    let body = widget("request:1 stall-body ms=80");
    assert!(body.status == 200 && !body.text().ends_with('}') && body.last_byte >= ms(80));
}

#[test]
fn a_hundred_megabytes_can_be_read() {
    let server = server("widget:1 huge bytes=104857600");
    let mut client = Client::http(server.http_url());
    let reply = client.exchange("HEAD", &format!("{WIDGET}?widgetId=_101&format=1"), None, b"");
    assert_eq!(reply.header("content-length"), Some("104857600"));
    server.script("widget:1 huge bytes=3000000").unwrap();
    assert_eq!(client.get(&format!("{WIDGET}?widgetId=_101&format=1")).body.len(), 3_000_000);
}

#[test]
fn held_replies_wait_for_their_release() {
    let server = server("request:1 hold name=gate");
    let url = server.http_url().to_owned();
    let waiting = std::thread::spawn(move || Client::http(&url).get(PING));
    while server.counters().held == 0 {
        std::thread::sleep(ms(1));
    }
    assert!(!waiting.is_finished());
    server.release("gate");
    assert_eq!(waiting.join().unwrap().text(), "true");
    assert_eq!(server.counters().held, 0);
}

#[test]
fn scopes_count_separately_and_misbehaviour_passes() {
    let server = server("start:1 internal\nrequest:3 empty");
    let mut client = Client::http(server.http_url());
    assert_eq!(client.get(PING).text(), "true");
    assert!(client.get(&format!("{START}?format=1")).text().contains("INTERNAL_SERVERL_ERROR"));
    assert!(client.get(&format!("{START}?format=1")).body.is_empty());
    assert!(client.get(&format!("{START}?format=1")).text().contains("MISSING_MANDATORY_PARAMETER"));
}

#[test]
fn plain_connections_misbehave() {
    let server = server("connection:1 close\nconnection:2 reset\nconnection:3 stall ms=60\nconnection:4 delay ms=60");
    let ends: Vec<_> = (0..4).map(|_| Client::http(server.http_url()).get(PING)).collect();
    assert_eq!(ends[0].end, Some(End::Closed));
    assert_eq!(ends[1].end, Some(End::Reset));
    assert!(ends[2].raw.is_empty() && ends[2].last_byte >= ms(60));
    assert!(ends[3].text() == "true" && ends[3].first_byte >= ms(60));
    assert_eq!(server.counters().connections, 4);
    assert_eq!(server.counters().requests, 1);
}

#[test]
fn certificates_are_wrong_on_request() {
    let server = server("connection:1 cert unknown\nconnection:2 cert expired\nconnection:3 cert wrong-name");
    let config = trusting(server.ca_pem());
    for complaint in ["UnknownIssuer", "xpired", "not valid for name"] {
        let error = Client::https(server.https_url(), &config).err().unwrap();
        assert!(format!("{error} {error:?}").contains(complaint), "{complaint}: {error}");
    }
    assert_eq!(Client::https(server.https_url(), &config).unwrap().get(PING).text(), "true");
    assert_eq!(server.counters().failed_handshakes, 3);
}

#[test]
fn handshakes_stall_or_are_no_tls() {
    let server = server("connection:1 tls-stall ms=60\nconnection:2 tls-garbage\nconnection:3 stall ms=60");
    let config = trusting(server.ca_pem());
    for _ in 0..3 {
        assert!(Client::https(server.https_url(), &config).is_err());
    }
    assert_eq!(server.counters().failed_handshakes, 2);
}

#[test]
fn misbehaviour_works_over_tls_too() {
    for (effect, end) in [("reset", End::Reset), ("close", End::Closed), ("truncate", End::Closed)] {
        let server = server(&format!("request:1 {effect}"));
        let mut client = Client::https(server.https_url(), &trusting(server.ca_pem())).unwrap();
        assert_eq!(client.get(PING).end, Some(end), "{effect}");
    }
}

#[test]
fn a_dropped_server_ends_stalls_and_connections() {
    let server = server("request:2 stall-head");
    let mut client = Client::http(server.http_url());
    assert_eq!(client.get(PING).text(), "true");
    let idle = connect(server.http_url());
    let waiting = std::thread::spawn(move || client.get(PING));
    std::thread::sleep(ms(150));
    drop(server);
    assert!(waiting.join().unwrap().end.is_some());
    drop(idle);
}
