//! The control interface, the counters, and the program around them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should panic, helpers included"
)]

mod common;

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use common::{Client, End, PING, START, WIDGET, trusting};
use kaltura_fake_server::{FakeServer, Settings};

fn server() -> FakeServer {
    FakeServer::start(Settings::default()).unwrap()
}

#[test]
fn scripts_are_set_and_refused_in_plain_text() {
    let server = server();
    let mut control = Client::http(server.http_url());
    assert_eq!(control.exchange("POST", "/_fake/script", None, b"request:1 empty").text(), "ok\n");
    assert!(Client::http(server.http_url()).get(PING).body.is_empty());
    let refused = control.exchange("POST", "/_fake/script", None, b"request:1 empty\nrequest:1 fly");
    assert_eq!(refused.status, 400);
    assert_eq!(refused.text(), "line 2: `fly` is nothing that a reply can do: request:1 fly\n");
}

#[test]
fn control_connections_do_not_count_and_others_do() {
    let server = server();
    let mut control = Client::http(server.http_url());
    let mut counter = |name: &str| {
        let text = control.get("/_fake/counters").text();
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} "))).unwrap().to_owned();
        line.parse::<u64>().unwrap()
    };
    assert_eq!((counter("connections"), counter("open"), counter("requests")), (0, 0, 0));
    let mut client = Client::http(server.http_url());
    client.get(PING);
    client.exchange("POST", WIDGET, Some("application/json"), b"{\"format\":1,\"widgetId\":\"_101\"}");
    client.exchange("POST", START, Some("application/json; charset=utf-8"), b"{\"format\":1}");
    assert_eq!((counter("connections"), counter("open"), counter("requests")), (1, 1, 3));
    assert_eq!((counter("ping_requests"), counter("widget_requests"), counter("start_requests")), (1, 1, 1));
    assert_eq!((counter("content_type_exact"), counter("reused_requests"), counter("writes_split")), (1, 2, 0));
    drop(client);
    while counter("open") > 0 {}
}

#[test]
fn requests_are_shown_as_they_came() {
    let server = server();
    let mut control = Client::http(server.http_url());
    let request = b"POST /api_v3/?service=system HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}";
    Client::http(server.http_url()).send(request, false);
    assert_eq!(control.get("/_fake/requests?raw=1").body, request);
    let requests = control.get("/_fake/requests").json();
    assert_eq!(requests[0]["target"], "/api_v3/?service=system");
    assert_eq!(requests[0]["headers"][0], serde_json::json!(["host", "x"]));
    assert_eq!((&requests[0]["body"], &requests[0]["connection"]), (&"{}".into(), &1.into()));
    assert_eq!(server.requests()[0].header("Host"), Some("x"));
}

#[test]
fn split_writes_are_told_from_single_ones_over_tls() {
    let server = server();
    let mut client = Client::https(server.https_url(), &trusting(server.ca_pem())).unwrap();
    client.exchange("POST", PING, None, b"x");
    assert_eq!(server.counters().writes_split, 0);
    let head = b"POST /api_v3/service/system/action/ping?format=1 HTTP/1.1\r\nContent-Length: 1\r\n\r\n";
    client.send_in_pieces(&[head, b"x"]);
    assert_eq!(server.counters().writes_split, 1);
}

#[test]
fn tls_sessions_are_resumed_and_told_apart() {
    let server = server();
    let config = trusting(server.ca_pem());
    for _ in 0..3 {
        assert_eq!(Client::https(server.https_url(), &config).unwrap().get(PING).text(), "true");
    }
    let counters = server.counters();
    assert_eq!((counters.handshakes, counters.full_handshakes, counters.resumed_handshakes), (3, 1, 2));
}

#[test]
fn control_is_plain_http_on_the_https_port_too() {
    let server = server();
    let url = server.https_url().replace("https://localhost", "http://127.0.0.1");
    let mut control = Client::http(&url);
    assert_eq!(control.get("/_fake/ca").text(), server.ca_pem());
    assert_eq!(control.get("/_fake/nothing").status, 404);
    assert_eq!(server.counters().connections, 0);
}

#[test]
fn rate_limits_clock_and_cache_are_switched() {
    let server = server();
    let mut control = Client::http(server.http_url());
    let mut client = Client::http(server.http_url());
    let mut post = |target: &str| assert_eq!(control.exchange("POST", target, None, b"").text(), "ok\n", "{target}");

    post("/_fake/rate-limit?count=1&seconds=60");
    assert_eq!(client.get(PING).text(), "true");
    assert!(
        client.get(PING).text().contains(r#""ACTION_BLOCKED","message":"Action \"ping\" in service \"system\" is"#)
    );
    post("/_fake/rate-limit?count=0");
    assert_eq!(client.get(PING).text(), "true");

    post("/_fake/clock?shift=-1000000");
    let time: i64 = client.get("/api_v3/service/system/action/getTime?format=1").text().parse().unwrap();
    assert!(time < std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64 - 900_000);

    let widget = format!("{WIDGET}?widgetId=_101&format=1");
    let mut ks = |target: &str| {
        let reply = client.get(target);
        (
            reply.json()["ks"].clone(),
            reply.header("x-kaltura").map(str::to_owned),
            reply.header("x-kaltura-session").is_some(),
        )
    };
    assert_ne!(ks(&widget).0, ks(&widget).0);
    post("/_fake/cache?on=1");
    let (first, second, fresh) =
        (ks(&widget), ks(&format!("{widget}&clientTag=x")), ks(&format!("{widget}&nocache=1")));
    assert!(first.0 == second.0 && first.0 != fresh.0);
    assert!(first.1.unwrap().starts_with("cache-key,cache_v3-") && first.2);
    assert!(second.1.unwrap().starts_with("cached-dispatcher,cache_v3-") && !second.2);

    post("/_fake/reset");
    assert_ne!(ks(&widget).0, ks(&widget).0);
    assert_eq!(server.counters().requests, 2);
}

#[test]
fn odd_requests_get_a_status() {
    let server = server();
    let status = |request: &[u8]| Client::http(server.http_url()).send(request, false).status;
    assert_eq!(status(b"nonsense\r\n\r\n"), 400);
    assert_eq!(status(b"POST /api_v3/ HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n"), 413);
    assert_eq!(status(format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(9000)).as_bytes()), 414);
    assert_eq!(status(b"GET /index.html HTTP/1.1\r\n\r\n"), 404);
    let old = Client::http(server.http_url()).send(b"GET /api_v3/ HTTP/1.0\r\n\r\n", false);
    assert_eq!((old.status, old.header("connection")), (501, Some("close")));
}

#[test]
fn chunked_bodies_and_expect_are_understood() {
    let server = server();
    let chunked = b"POST /api_v3/service/system/action/ping HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\
        Content-Type: application/json\r\n\r\n5\r\n{\"for\r\n8\r\nmat\":1 }\r\n0\r\n\r\n";
    assert_eq!(Client::http(server.http_url()).send(chunked, false).text(), "true");
    let expecting = b"POST /api_v3/ HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n";
    let mut client = Client::http(server.http_url());
    assert!(client.send_in_pieces(&[expecting, b"x"]).raw.starts_with(b"HTTP/1.1 100 Continue\r\n\r\n"));
}

#[test]
fn the_program_tells_where_it_listens_and_ends_with_its_input() {
    let (mut program, lines) = start_program(&["--http", "127.0.0.1:0"], Stdio::piped());
    assert_eq!(lines.len(), 1);
    let url = lines[0].strip_prefix("http ").unwrap();
    assert_eq!(Client::http(url).get(PING).text(), "true");
    drop(program.stdin.take());
    assert_eq!(program.wait().unwrap().code(), Some(0));
}

#[test]
#[cfg(unix)]
fn the_program_ends_on_sigterm() {
    let ca = std::env::temp_dir().join(format!("kaltura-fake-server-ca-{}.pem", std::process::id()));
    let arguments = ["--https", "127.0.0.1:0", "--ca-out", ca.to_str().unwrap(), "--no-stdin"];
    let (mut program, lines) = start_program(&arguments, Stdio::null());
    let url = lines[0].strip_prefix("https ").unwrap();
    assert!(url.starts_with("https://localhost:"));
    let config = trusting(&std::fs::read_to_string(&ca).unwrap());
    assert_eq!(Client::https(url, &config).unwrap().get(PING).text(), "true");
    assert!(Command::new("kill").arg(program.id().to_string()).status().unwrap().success());
    assert_eq!(program.wait().unwrap().code(), Some(0));
    std::fs::remove_file(ca).unwrap();
}

#[test]
fn the_program_refuses_unknown_arguments() {
    let output = Command::new(env!("CARGO_BIN_EXE_kaltura-fake-server")).arg("--dance").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--dance"));
}

/// Starts the program; what it prints until it is ready, one line per listener.
fn start_program(arguments: &[&str], input: Stdio) -> (Child, Vec<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kaltura-fake-server"));
    let mut program = command.args(arguments).stdin(input).stdout(Stdio::piped()).spawn().unwrap();
    let mut out: BufReader<ChildStdout> = BufReader::new(program.stdout.take().unwrap());
    let listeners = arguments.iter().filter(|word| word.starts_with("--http")).count();
    let lines = (0..listeners).map(|_| {
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    });
    (program, lines.collect())
}

#[test]
fn a_reset_forgets_the_script_and_ended_connections_stay_ended() {
    let server = server();
    server.script("request:* close").unwrap();
    assert_eq!(Client::http(server.http_url()).get(PING).end, Some(End::Closed));
    server.reset();
    assert_eq!(Client::http(server.http_url()).get(PING).text(), "true");
    assert_eq!(server.counters().connections, 1);
}
