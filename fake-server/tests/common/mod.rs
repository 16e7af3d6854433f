//! A small HTTP client that shows what arrives byte by byte, and trusts whom it is told to.
#![allow(dead_code, reason = "each test program uses another part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should panic, helpers included"
)]

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

pub const WIDGET: &str = "/api_v3/service/session/action/startWidgetSession";
pub const START: &str = "/api_v3/service/appToken/action/startSession";
pub const PING: &str = "/api_v3/service/system/action/ping?format=1";

/// A reply, or what was left of one.
#[derive(Debug, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Everything that came.
    pub raw: Vec<u8>,
    /// How the connection ended, if it did.
    pub end: Option<End>,
    /// From sending the request to the first byte, and to the last.
    pub first_byte: Duration,
    pub last_byte: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    Closed,
    Reset,
    Other(ErrorKind),
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

pub trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

pub struct Client {
    stream: Box<dyn Stream>,
}

impl Client {
    pub fn http(url: &str) -> Client {
        Client { stream: Box::new(connect(url)) }
    }

    pub fn https(url: &str, config: &Arc<ClientConfig>) -> io::Result<Client> {
        let name = ServerName::try_from("localhost").unwrap();
        let mut connection = ClientConnection::new(Arc::clone(config), name).unwrap();
        let mut tcp = connect(url);
        connection.complete_io(&mut tcp)?;
        Ok(Client { stream: Box::new(StreamOwned::new(connection, tcp)) })
    }

    /// Sends a request and reads its reply, up to the length it promises or to the end.
    pub fn exchange(&mut self, method: &str, target: &str, content_type: Option<&str>, body: &[u8]) -> Reply {
        let mut request =
            format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n", body.len());
        if let Some(content_type) = content_type {
            request.push_str(&format!("Content-Type: {content_type}\r\n"));
        }
        request.push_str("\r\n");
        let mut request = request.into_bytes();
        request.extend_from_slice(body);
        self.send(&request, method == "HEAD")
    }

    pub fn get(&mut self, target: &str) -> Reply {
        self.exchange("GET", target, None, b"")
    }

    /// Sends a request in several writes, with pauses in which each can arrive alone.
    pub fn send_in_pieces(&mut self, pieces: &[&[u8]]) -> Reply {
        let (last, first) = pieces.split_last().unwrap();
        for piece in first {
            self.stream.write_all(piece).and_then(|()| self.stream.flush()).unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
        self.send(last, false)
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, request: &[u8], head_only: bool) -> Reply {
        let started = Instant::now();
        let mut reply = Reply::default();
        // A server that has gone already is seen by reading.
        let _ = self.stream.write_all(request).and_then(|()| self.stream.flush());
        let mut buffer = vec![0; 64 * 1024];
        while !is_whole(&reply.raw, head_only) {
            match self.stream.read(&mut buffer) {
                Ok(0) => reply.end = Some(End::Closed),
                Ok(length) => {
                    if reply.raw.is_empty() {
                        reply.first_byte = started.elapsed();
                    }
                    reply.raw.extend_from_slice(&buffer[..length]);
                    continue;
                }
                Err(error) => {
                    reply.end = Some(match error.kind() {
                        ErrorKind::ConnectionReset => End::Reset,
                        ErrorKind::UnexpectedEof => End::Closed,
                        kind => End::Other(kind),
                    });
                }
            }
            break;
        }
        reply.last_byte = started.elapsed();
        take_apart(&mut reply);
        reply
    }
}

/// Trusts the authority in a PEM text.
pub fn trusting(ca_pem: &str) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

pub fn connect(url: &str) -> TcpStream {
    let authority = url.split("://").nth(1).unwrap().replace("localhost", "127.0.0.1");
    let tcp = TcpStream::connect(authority).unwrap();
    tcp.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    tcp
}

fn is_whole(raw: &[u8], head_only: bool) -> bool {
    let Some((length, head)) = split_head(raw) else {
        return false;
    };
    if head.starts_with("HTTP/1.1 100 ") {
        return is_whole(&raw[length..], head_only);
    }
    if head_only {
        return true;
    }
    let body = &raw[length..];
    let header = |name: &str| {
        head.lines().find_map(|line| line.split_once(": ").filter(|(known, _)| known.eq_ignore_ascii_case(name)))
    };
    match (header("content-length"), header("transfer-encoding")) {
        (Some((_, length)), _) => body.len() >= length.parse::<usize>().unwrap(),
        (None, Some(_)) => body.ends_with(b"0\r\n\r\n"),
        (None, None) => false,
    }
}

fn split_head(raw: &[u8]) -> Option<(usize, String)> {
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((end + 4, String::from_utf8_lossy(&raw[..end]).into_owned()))
}

fn take_apart(reply: &mut Reply) {
    let Some((length, head)) = split_head(&reply.raw) else {
        return;
    };
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    reply.status = status.unwrap_or_default();
    reply.headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    reply.body = reply.raw[length..].to_vec();
}
