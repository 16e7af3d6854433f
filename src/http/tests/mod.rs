//! The whole transport against small servers on this machine.

mod connecting;
mod ending;
mod exchanging;
mod proxied;
mod secure;

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::cancellation::Cancellation;
use crate::exchange::{Failure, Reply, Request};

use super::*;

/// A server whose every connection is handled on a thread of its own, by a handler that also learns its number.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    fn start(handler: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let server = Server { address: listener.local_addr().unwrap(), connections: Arc::default() };
        let connections = server.connections.clone();
        let handler = Arc::new(handler);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let number = connections.fetch_add(1, Ordering::SeqCst);
                let handler = handler.clone();
                thread::spawn(move || handler(stream.unwrap(), number));
            }
        });
        server
    }

    /// A server that answers every request with the same bytes.
    fn answering(reply: impl Into<Vec<u8>>) -> Server {
        let reply = reply.into();
        Server::start(move |mut stream, _| {
            while read_request(&mut stream).is_some() {
                if stream.write_all(&reply).is_err() {
                    break;
                }
            }
        })
    }

    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// What a request looked like on the wire.
struct Received {
    text: String,
    reads: usize,
}

/// Reads one request, `None` if there is none.
fn read_request(stream: &mut impl Read) -> Option<Received> {
    let (mut bytes, mut reads) = (Vec::new(), 0);
    loop {
        let mut buffer = [0; 32 * 1024];
        let amount = stream.read(&mut buffer).unwrap_or(0);
        if amount == 0 {
            return None;
        }
        reads += 1;
        bytes.extend_from_slice(&buffer[..amount]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.to_ascii_lowercase().lines().find_map(|line| {
            let value = line.strip_prefix("content-length: ")?;
            value.parse::<usize>().ok()
        });
        if body.len() >= length.unwrap_or(0) {
            return Some(Received { text, reads });
        }
    }
}

/// A good reply with this body.
fn reply(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn settings(origin: &str) -> Settings {
    Settings {
        origin: origin.to_owned(),
        connect_timeout: Duration::from_secs(5),
        proxy: ProxyChoice::None,
        trust: Trust::CustomOnly,
        ca_pem: Vec::new(),
        pins: Vec::new(),
    }
}

fn client(origin: &str) -> Client {
    Client::new(&settings(origin)).unwrap()
}

fn request(origin: &str) -> Request {
    Request {
        url: format!("{origin}/api_v3/x"),
        body: r#"{"format":1}"#.to_owned().into(),
        limit_ms: 5_000,
        is_repeatable: true,
    }
}

/// An exchange that nobody cancels.
fn exchange(client: &Client, origin: &str) -> Result<Reply, Failure> {
    exchange_within(client, origin, 5_000)
}

fn exchange_within(client: &Client, origin: &str, limit_ms: u64) -> Result<Reply, Failure> {
    let request = Request { limit_ms, ..request(origin) };
    client.exchange(&request, Instant::now() + Duration::from_secs(60), &Cancellation::new())
}

/// An exchange that is cancelled after 100 ms: what came of it, and how long after that.
fn exchange_cancelled(client: &Client, origin: &str) -> (Failure, Duration) {
    let cancellation = Cancellation::new();
    let at = Arc::new(Mutex::new(Instant::now()));
    let canceller = {
        let (cancellation, at) = (cancellation.clone(), at.clone());
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            *at.lock().unwrap() = Instant::now();
            cancellation.cancel();
        })
    };
    let outcome = client.exchange(&request(origin), Instant::now() + Duration::from_secs(60), &cancellation);
    let ended = Instant::now();
    canceller.join().unwrap();
    let at = *at.lock().unwrap();
    (outcome.unwrap_err(), ended.saturating_duration_since(at))
}

/// A server that takes connections only into a queue that is full: whoever connects gets no answer.
struct BlackHole {
    address: SocketAddr,
    _listener: socket2::Socket,
    _queue: Vec<socket2::Socket>,
}

impl BlackHole {
    fn new() -> BlackHole {
        let socket = || socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        let listener = socket();
        listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap().as_socket().unwrap();
        let queue = (0..8).map(|_| {
            let socket = socket();
            socket.set_nonblocking(true).unwrap();
            let _ = socket.connect(&address.into());
            socket
        });
        let queue = queue.collect();
        thread::sleep(Duration::from_millis(10));
        BlackHole { address, _listener: listener, _queue: queue }
    }
}

/// Answers from a table, after a delay.
struct Table {
    delay: Duration,
    addresses: Vec<SocketAddr>,
}

impl Resolve for Table {
    fn resolve(&self, _: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
        thread::sleep(self.delay);
        if self.addresses.is_empty() {
            return Err(io::Error::other("failed to lookup address information: Name or service not known"));
        }
        Ok(self.addresses.clone())
    }
}

fn client_with(addresses: Vec<SocketAddr>, delay: Duration, connect_timeout: Duration) -> Client {
    let settings = Settings { connect_timeout, ..settings(NAMED) };
    Client::with_resolver(&settings, Arc::new(Table { delay, addresses })).unwrap()
}

/// The origin of tests that look up a name.
const NAMED: &str = "http://k.example";
