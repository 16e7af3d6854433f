//! Requests and replies as they should be, and as they should not.

use crate::exchange::MAX_REPLY_BYTES;
use crate::status::Status;

use super::*;

#[test]
fn a_request_is_what_the_server_wants_in_one_packet() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let server = Server::start(move |mut stream, _| {
        sender.send(read_request(&mut stream).unwrap()).unwrap();
        stream.write_all(reply("{}").as_bytes()).unwrap();
    });
    let reply = exchange(&client(&server.origin()), &server.origin()).unwrap();
    assert_eq!((reply.http_status, reply.body.as_slice()), (200, b"{}".as_slice()));

    let received = receiver.recv().unwrap();
    assert_eq!(received.reads, 1);
    let (head, body) = received.text.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<String> = head.lines().map(str::to_ascii_lowercase).collect();
    lines[1..].sort();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        lines,
        [
            "post /api_v3/x http/1.1".to_owned(),
            "accept: application/json".to_owned(),
            "content-length: 12".to_owned(),
            "content-type: application/json".to_owned(),
            format!("host: {}", server.address),
            format!("user-agent: kaltura-session/{version}"),
        ]
    );
    assert!(head.contains("ontent-type: application/json\r\n") || head.ends_with("ontent-type: application/json"));
    assert_eq!(body, r#"{"format":1}"#);
}

#[test]
fn a_long_request_arrives_whole() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let server = Server::start(move |mut stream, _| {
        sender.send(read_request(&mut stream).unwrap().text).unwrap();
        stream.write_all(reply("{}").as_bytes()).unwrap();
    });
    let body: String = (0..500_000).map(|number| char::from(b'a' + (number % 23) as u8)).collect();
    let request = Request { body: body.clone().into(), ..request(&server.origin()) };
    let client = client(&server.origin());
    client.exchange(&request, Instant::now() + Duration::from_secs(5), &Cancellation::new()).unwrap();
    assert!(receiver.recv().unwrap().ends_with(&body));
}

#[test]
fn a_connection_serves_several_exchanges() {
    let server = Server::answering(reply("{}"));
    let client = client(&server.origin());
    for _ in 0..3 {
        exchange(&client, &server.origin()).unwrap();
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn exchanges_at_once_have_a_connection_each_and_four_are_kept() {
    let server = Server::start(|mut stream, _| {
        while read_request(&mut stream).is_some() {
            thread::sleep(Duration::from_millis(100));
            stream.write_all(reply("{}").as_bytes()).unwrap();
        }
    });
    let client = client(&server.origin());
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| exchange(&client, &server.origin()).unwrap());
        }
    });
    assert_eq!(server.connections(), 6);
    assert_eq!(client.idle.lock().unwrap().len(), 4);
}

#[test]
fn headers_and_status_are_handed_over() {
    let server = Server::answering(
        b"HTTP/1.1 503 Busy\r\nretry-after: 7\r\nX-Kaltura-Session: 1, 1795435200\r\nX-Me: \xe4\r\nContent-Length: 4\r\n\r\nbusy"
            .to_vec(),
    );
    let reply = exchange(&client(&server.origin()), &server.origin()).unwrap();
    assert_eq!((reply.http_status, reply.body.as_slice()), (503, b"busy".as_slice()));
    assert_eq!(reply.headers.retry_after.as_deref(), Some("7"));
    assert_eq!(reply.headers.x_kaltura_session.as_deref(), Some("1, 1795435200"));
    assert_eq!(reply.headers.x_me, None, "not ASCII");
}

#[test]
fn redirects_are_reported_and_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let server = Server::answering(format!(
            "HTTP/1.1 {status} Elsewhere\r\nLocation: http://other.example/\r\nContent-Length: 2\r\n\r\nxx"
        ));
        let reply = exchange(&client(&server.origin()), &server.origin()).unwrap();
        assert_eq!(reply.http_status, status);
        assert_eq!(reply.headers.location.as_deref(), Some("http://other.example/"));
    }
}

#[test]
fn chunked_and_unlimited_bodies_are_read_to_their_end() {
    for head in ["Transfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n", "\r\n{\"a\":1}"] {
        let server = Server::start(move |mut stream, _| {
            read_request(&mut stream).unwrap();
            stream.write_all(format!("HTTP/1.1 200 OK\r\n{head}").as_bytes()).unwrap();
        });
        let reply = exchange(&client(&server.origin()), &server.origin()).unwrap();
        assert_eq!(reply.body.as_slice(), br#"{"a":1}"#);
    }
}

#[test]
fn an_encoded_body_is_handed_over_as_it_is() {
    let server =
        Server::answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b".to_vec());
    let reply = exchange(&client(&server.origin()), &server.origin()).unwrap();
    assert_eq!(reply.body.as_slice(), b"\x1f\x8b");
}

#[test]
fn a_body_up_to_the_limit_is_read_and_none_beyond() {
    let longest = "x".repeat(MAX_REPLY_BYTES);
    let server = Server::answering(reply(&longest));
    let client_of_longest = client(&server.origin());
    for _ in 0..2 {
        let reply = exchange(&client_of_longest, &server.origin()).unwrap();
        assert_eq!(reply.body.len(), MAX_REPLY_BYTES);
    }
    assert_eq!(server.connections(), 1);

    let announced = reply(&format!("{longest}x"));
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{longest}{longest}");
    for answer in [announced, endless] {
        let server = Server::answering(answer);
        let failure = exchange(&client(&server.origin()), &server.origin()).unwrap_err();
        assert_eq!(failure, Failure::new(Status::ReplyTooLarge, "the reply is longer than 64 KiB"));
    }
}

#[test]
fn a_head_up_to_the_limit_is_read_and_none_beyond() {
    let head_of = |kib: usize| {
        let line = format!("X-Filler: {}\r\n", "x".repeat(1024 - 12));
        format!("HTTP/1.1 200 OK\r\n{}Content-Length: 2\r\n\r\n{{}}", line.repeat(kib))
    };
    let server = Server::answering(head_of(60));
    assert_eq!(exchange(&client(&server.origin()), &server.origin()).unwrap().body.as_slice(), b"{}");
    let server = Server::answering(head_of(80));
    let failure = exchange(&client(&server.origin()), &server.origin()).unwrap_err();
    assert_eq!(failure, Failure::new(Status::ReplyTooLarge, "the head of the reply is longer than 64 KiB"));
}

#[test]
fn what_is_no_http_is_a_bad_reply() {
    for garbage in
        ["SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/9.9 abc\r\n\r\n", "<html></html>\r\n\r\n", "\0\0\0\0\0\0\0\0\r\n\r\n"]
    {
        let server = Server::answering(garbage);
        let failure = exchange(&client(&server.origin()), &server.origin()).unwrap_err();
        assert_eq!(failure, Failure::new(Status::BadReply, "the answer is not HTTP"), "{garbage:?}");
    }
}

#[test]
fn a_reply_that_breaks_off_is_a_lost_connection_and_not_asked_for_again() {
    for part in ["", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\"a"] {
        let server = Server::start(move |mut stream, _| {
            read_request(&mut stream).unwrap();
            stream.write_all(part.as_bytes()).unwrap();
        });
        let failure = exchange(&client(&server.origin()), &server.origin()).unwrap_err();
        assert_eq!(failure.status, Status::ConnectionLost, "{part:?}");
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn a_reset_in_a_body_without_length_is_not_its_end() {
    let server = Server::start(|mut stream, _| {
        read_request(&mut stream).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"a\":1").unwrap();
        thread::sleep(Duration::from_millis(50));
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    });
    let failure = exchange(&client(&server.origin()), &server.origin()).unwrap_err();
    assert_eq!(failure.status, Status::ConnectionLost);
    assert!(failure.message.contains("connection reset"), "{}", failure.message);
}

/// Answers once on its first connection, and does something to the second request there; answers all on others.
fn server_that_gives_up_its_first_connection(with: impl Fn(TcpStream) + Send + Sync + 'static) -> Server {
    Server::start(move |mut stream, number| {
        read_request(&mut stream).unwrap();
        stream.write_all(reply("{}").as_bytes()).unwrap();
        if number == 0 {
            return with(stream);
        }
        while read_request(&mut stream).is_some() {
            stream.write_all(reply("{}").as_bytes()).unwrap();
        }
    })
}

#[test]
fn a_connection_that_the_server_closed_at_rest_is_not_used() {
    let server = server_that_gives_up_its_first_connection(drop);
    let client = client(&server.origin());
    exchange(&client, &server.origin()).unwrap();
    thread::sleep(Duration::from_millis(50));
    exchange(&client, &server.origin()).unwrap();
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_connection_that_is_closed_while_the_request_travels_is_replaced_unseen() {
    let server = server_that_gives_up_its_first_connection(|mut stream| {
        read_request(&mut stream);
    });
    let client = client(&server.origin());
    exchange(&client, &server.origin()).unwrap();
    exchange(&client, &server.origin()).unwrap();
    assert_eq!(server.connections(), 2);
    exchange(&client, &server.origin()).unwrap();
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_request_that_was_half_answered_is_not_sent_again() {
    let server = server_that_gives_up_its_first_connection(|mut stream| {
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200").unwrap();
    });
    let client = client(&server.origin());
    exchange(&client, &server.origin()).unwrap();
    assert_eq!(exchange(&client, &server.origin()).unwrap_err().status, Status::ConnectionLost);
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_connection_is_not_used_after_a_long_rest() {
    let server = Server::answering(reply("{}"));
    let client = client(&server.origin());
    exchange(&client, &server.origin()).unwrap();
    client.idle.lock().unwrap()[0].rest(MAX_IDLE_AGE);
    exchange(&client, &server.origin()).unwrap();
    assert_eq!(server.connections(), 2);
}
