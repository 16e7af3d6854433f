//! Through a proxy.

use std::sync::mpsc;

use crate::status::Status;

use super::*;

/// A proxy that opens tunnels to wherever it is asked, and tells what it was asked.
fn proxy() -> (Server, mpsc::Receiver<String>) {
    let (sender, receiver) = mpsc::channel();
    let server = Server::start(move |mut stream, _| {
        let text = read_request(&mut stream).unwrap().text;
        let target = text.split(' ').nth(1).unwrap().to_owned();
        sender.send(text).unwrap();
        let upstream = TcpStream::connect(target).unwrap();
        stream.write_all(b"HTTP/1.1 200 Connection established\r\nX-Any: thing\r\n\r\n").unwrap();
        let (mut from, mut to) = (stream.try_clone().unwrap(), upstream.try_clone().unwrap());
        thread::spawn(move || io::copy(&mut from, &mut to));
        let _ = io::copy(&mut &upstream, &mut &stream);
    });
    (server, receiver)
}

pub(super) fn through(origin: &str, proxy: &str) -> Settings {
    Settings { proxy: ProxyChoice::Url(ProxyUrl::parse(proxy).unwrap()), ..settings(origin) }
}

#[test]
fn a_proxy_opens_a_tunnel_and_is_shown_the_credentials() {
    let (proxy, asked) = proxy();
    let server = Server::answering(reply("{}"));
    let settings = through(&server.origin(), &format!("http://ann:p%40ss@{}", proxy.address));
    let client = Client::new(&settings).unwrap();
    for _ in 0..2 {
        exchange(&client, &server.origin()).unwrap();
    }
    let asked_for = asked.recv().unwrap();
    let target = server.address;
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        asked_for,
        format!(
            "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nUser-Agent: kaltura-session/{version}\r\n\
             Proxy-Authorization: Basic YW5uOnBAc3M=\r\n\r\n"
        )
    );
    assert_eq!((proxy.connections(), server.connections()), (1, 1));
}

#[test]
fn tls_reaches_the_server_through_a_tunnel() {
    let (proxy, _asked) = proxy();
    let authority = secure::Authority::new();
    let server = authority.server(secure::Leaf::default());
    let settings = Settings {
        ca_pem: vec![authority.pem().into()],
        ..through(&server.origin, &format!("http://{}", proxy.address))
    };
    exchange(&Client::new(&settings).unwrap(), &server.origin).unwrap();
    assert_eq!(proxy.connections(), 1);
}

#[test]
fn a_proxy_that_refuses_is_reported_with_its_status() {
    for status in [407, 403, 502] {
        let proxy = Server::answering(format!(
            "HTTP/1.1 {status} No\r\nProxy-Authenticate: Basic\r\nContent-Length: 6\r\n\r\nsecret"
        ));
        let settings = through("https://k.example", &format!("http://ann:secret@{}", proxy.address));
        let settings = Settings { trust: Trust::Bundled, ..settings };
        let failure = exchange(&Client::new(&settings).unwrap(), "https://k.example").unwrap_err();
        assert_eq!(failure, Failure::new(Status::Proxy, format!("the proxy answered with HTTP status {status}")));
    }
}

#[test]
fn a_proxy_that_is_not_there_or_no_proxy_is_reported_as_the_proxy() {
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let hangs_up = Server::start(|stream, _| drop(stream));
    let garbage = Server::answering("220 smtp.example ESMTP\r\n\r\n");
    let chatty = Server::answering("HTTP/1.1 200 OK\r\n\r\nwelcome");
    for address in [nobody, hangs_up.address, garbage.address, chatty.address] {
        let settings = through(NAMED, &format!("http://{address}"));
        let failure = exchange(&Client::new(&settings).unwrap(), NAMED).unwrap_err();
        assert_eq!(failure.status, Status::Proxy, "{}", failure.message);
    }
}

#[test]
fn an_unknown_proxy_is_named() {
    let settings = through("http://127.0.0.1:1", "http://ann:secret@proxy.example:3128");
    let resolver = Table { delay: Duration::ZERO, addresses: vec![] };
    let client = Client::with_resolver(&settings, Arc::new(resolver)).unwrap();
    let failure = exchange(&client, "http://127.0.0.1:1").unwrap_err();
    let message = "at the proxy: the host proxy.example was not found: Name or service not known";
    assert_eq!(failure, Failure::new(Status::Proxy, message));
}

#[test]
fn a_proxy_that_stalls_is_a_timeout_and_can_be_cancelled() {
    let proxy = Server::start(|mut stream, _| {
        read_request(&mut stream);
        thread::sleep(Duration::from_secs(5));
    });
    let client = Client::new(&through(NAMED, &format!("http://{}", proxy.address))).unwrap();
    let failure = exchange_within(&client, NAMED, 150).unwrap_err();
    assert_eq!(failure, Failure::new(Status::Timeout, "no reply within 150 ms, while the proxy was asked"));
    let (failure, after) = exchange_cancelled(&client, NAMED);
    assert_eq!(failure.status, Status::Cancelled);
    assert!(after < Duration::from_millis(100));
}
