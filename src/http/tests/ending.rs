//! Every stage of an exchange ends at the limit and at a cancellation.

use std::net::Shutdown;

use crate::status::Status;

use super::*;

/// A cancellation takes effect within this time.
const AT_ONCE: Duration = Duration::from_millis(100);

/// Reads the request and then does not answer as it should.
fn server_that(misbehaves: fn(&mut TcpStream)) -> Server {
    Server::start(move |mut stream, _| {
        read_request(&mut stream);
        misbehaves(&mut stream);
    })
}

fn is_silent(_: &mut TcpStream) {
    thread::sleep(Duration::from_secs(5));
}

fn stops_in_the_head(stream: &mut TcpStream) {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Le").unwrap();
    thread::sleep(Duration::from_secs(5));
}

fn stops_in_the_body(stream: &mut TcpStream) {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{").unwrap();
    thread::sleep(Duration::from_secs(5));
}

fn drips(stream: &mut TcpStream) {
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n");
    while stream.write_all(b" ").is_ok() {
        thread::sleep(Duration::from_millis(20));
    }
}

fn drips_its_head(stream: &mut TcpStream) {
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-Filler: ");
    while stream.write_all(b"x").is_ok() {
        thread::sleep(Duration::from_millis(20));
    }
}

const MISBEHAVIOURS: [fn(&mut TcpStream); 5] = [is_silent, stops_in_the_head, stops_in_the_body, drips, drips_its_head];

#[test]
fn a_reply_that_does_not_come_in_time_is_a_timeout() {
    for misbehaves in MISBEHAVIOURS {
        let server = server_that(misbehaves);
        let started = Instant::now();
        let failure = exchange_within(&client(&server.origin()), &server.origin(), 150).unwrap_err();
        let took = started.elapsed();
        let message = "no reply within 150 ms, after the connection was there";
        assert_eq!(failure, Failure::new(Status::Timeout, message));
        assert!(took >= Duration::from_millis(149) && took < Duration::from_millis(300), "{took:?}");
    }
}

#[test]
fn the_deadline_counts_if_it_is_earlier_than_the_limit() {
    let server = server_that(is_silent);
    let started = Instant::now();
    let deadline = started + Duration::from_millis(100);
    let outcome = client(&server.origin()).exchange(&request(&server.origin()), deadline, &Cancellation::new());
    assert_eq!(outcome.unwrap_err().status, Status::Timeout);
    assert!(started.elapsed() < Duration::from_millis(250));
}

#[test]
fn a_cancellation_ends_the_wait_for_a_reply() {
    for misbehaves in MISBEHAVIOURS {
        let server = server_that(misbehaves);
        let (failure, after) = exchange_cancelled(&client(&server.origin()), &server.origin());
        assert_eq!(failure, Failure::new(Status::Cancelled, "the call was cancelled"));
        assert!(after < AT_ONCE, "{after:?}");
    }
}

#[test]
fn a_cancellation_ends_a_lookup() {
    let client = client_with(vec![], Duration::from_secs(2), Duration::from_secs(10));
    let (failure, after) = exchange_cancelled(&client, NAMED);
    assert_eq!(failure.status, Status::Cancelled);
    assert!(after < AT_ONCE, "{after:?}");
}

#[test]
fn a_cancellation_ends_connecting() {
    let hole = BlackHole::new();
    let client = client_with(vec![hole.address], Duration::ZERO, Duration::from_secs(10));
    let (failure, after) = exchange_cancelled(&client, NAMED);
    assert_eq!(failure.status, Status::Cancelled);
    assert!(after < AT_ONCE, "{after:?}");
}

#[test]
fn a_cancellation_ends_sending() {
    let server = Server::start(|stream, _| {
        stream.shutdown(Shutdown::Write).ok();
        thread::sleep(Duration::from_secs(5));
    });
    let cancellation = Cancellation::new();
    let client = client(&server.origin());
    let request = Request { body: "x".repeat(20_000_000).into(), ..request(&server.origin()) };
    let started = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(300));
            cancellation.cancel();
        });
        let outcome = client.exchange(&request, Instant::now() + Duration::from_secs(5), &cancellation);
        assert_eq!(outcome.unwrap_err().status, Status::Cancelled);
    });
    assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
}

#[test]
fn a_call_that_is_over_before_it_begins_sends_nothing() {
    let server = Server::answering(reply("{}"));
    let client = client(&server.origin());
    let cancelled = Cancellation::new();
    cancelled.cancel();
    let later = Instant::now() + Duration::from_secs(5);
    let outcome = client.exchange(&request(&server.origin()), later, &cancelled);
    assert_eq!(outcome.unwrap_err().status, Status::Cancelled);
    let outcome = client.exchange(&request(&server.origin()), Instant::now(), &Cancellation::new());
    assert_eq!(outcome.unwrap_err().status, Status::Timeout);
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_cancellation_after_the_reply_leaves_the_next_exchange_alone() {
    let server = Server::answering(reply("{}"));
    let client = client(&server.origin());
    for _ in 0..3 {
        let cancellation = Cancellation::new();
        let later = Instant::now() + Duration::from_secs(5);
        client.exchange(&request(&server.origin()), later, &cancellation).unwrap();
        cancellation.cancel();
    }
    assert_eq!(server.connections(), 1);
}
