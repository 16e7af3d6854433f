//! Over TLS.

use std::sync::mpsc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PublicKeyData, SanType};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{HandshakeKind, ServerConfig, ServerConnection, StreamOwned};

use crate::protocol::sha2::sha256;
use crate::status::Status;

use super::*;

/// A certificate authority made for one test.
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// What is special about a server.
pub(super) struct Leaf {
    pub expired: bool,
    pub name: SanType,
    pub appended: Vec<CertificateDer<'static>>,
    pub versions: &'static [&'static rustls::SupportedProtocolVersion],
}

impl Default for Leaf {
    fn default() -> Self {
        let name = SanType::IpAddress(Ipv4Addr::LOCALHOST.into());
        Leaf { expired: false, name, appended: vec![], versions: rustls::ALL_VERSIONS }
    }
}

const TLS13: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS13];
const TLS12: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS12];

pub(super) struct SecureServer {
    pub origin: String,
    pub server: Server,
    pub handshakes: mpsc::Receiver<HandshakeKind>,
    pub pin: [u8; 32],
}

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        // A name of its own; two of one name would look like one whose signature is wrong.
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test authority {}", NUMBER.fetch_add(1, Ordering::SeqCst));
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    pub(super) fn pem(&self) -> String {
        self.issuer.pem()
    }

    fn der(&self) -> CertificateDer<'static> {
        self.issuer.der().clone()
    }

    fn pin(&self) -> [u8; 32] {
        sha256(&[&self.issuer.key().subject_public_key_info()])
    }

    /// A server with a certificate of this authority; it answers every request with `{}`.
    pub(super) fn server(&self, leaf: Leaf) -> SecureServer {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.subject_alt_names.push(leaf.name);
        if leaf.expired {
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        }
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let pin = sha256(&[&key.subject_public_key_info()]);
        let chain = [vec![certificate.der().clone()], leaf.appended].concat();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(leaf.versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        let config = Arc::new(config);
        let (sender, handshakes) = mpsc::channel();
        let server = Server::start(move |stream, _| {
            let mut tls = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream);
            while read_request(&mut tls).is_some() {
                let _ = sender.send(tls.conn.handshake_kind().unwrap());
                if tls.write_all(reply("{}").as_bytes()).is_err() {
                    break;
                }
            }
        });
        SecureServer { origin: format!("https://{}", server.address), server, handshakes, pin }
    }
}

fn trusting(authority: &Authority, origin: &str) -> Settings {
    Settings { ca_pem: vec![authority.pem().into()], ..settings(origin) }
}

fn failure_of(settings: &Settings) -> Failure {
    exchange(&Client::new(settings).unwrap(), &settings.origin).unwrap_err()
}

fn untrusted(reason: &str) -> Failure {
    Failure::new(Status::Certificate, format!("the server's certificate is not trusted: {reason}"))
}

#[test]
fn a_server_of_the_callers_own_authority_is_trusted() {
    for versions in [TLS13, TLS12] {
        let authority = Authority::new();
        let server = authority.server(Leaf { versions, ..Leaf::default() });
        for trust in [Trust::CustomOnly, Trust::Bundled, Trust::System] {
            let settings = Settings { trust, ..trusting(&authority, &server.origin) };
            let client = Client::new(&settings).unwrap();
            for _ in 0..2 {
                assert_eq!(exchange(&client, &server.origin).unwrap().body.as_slice(), b"{}");
            }
        }
        assert_eq!(server.server.connections(), 3, "one for each client");
    }
}

#[test]
fn a_request_is_one_record() {
    let (sender, receiver) = mpsc::channel();
    let authority = Authority::new();
    let secure = authority.server(Leaf::default());
    // In between, to see what travels.
    let target = secure.server.address;
    let tap = Server::start(move |stream, _| {
        let upstream = TcpStream::connect(target).unwrap();
        let (mut from, mut to) = (stream.try_clone().unwrap(), upstream.try_clone().unwrap());
        let sender = sender.clone();
        thread::spawn(move || {
            let mut buffer = [0; 32 * 1024];
            while let Ok(amount @ 1..) = from.read(&mut buffer) {
                sender.send(buffer[..amount].to_vec()).unwrap();
                to.write_all(&buffer[..amount]).unwrap();
            }
        });
        let _ = io::copy(&mut &upstream, &mut &stream);
    });
    let origin = format!("https://{}", tap.address);
    let client = Client::new(&trusting(&authority, &origin)).unwrap();
    exchange(&client, &origin).unwrap();
    let packets: Vec<Vec<u8>> = receiver.try_iter().collect();
    assert_eq!(packets.len(), 2, "a greeting; then the rest of the handshake together with the request");
    exchange(&client, &origin).unwrap();
    let packets: Vec<Vec<u8>> = receiver.try_iter().collect();
    assert_eq!(packets.len(), 1);
    let record_length = usize::from(u16::from_be_bytes([packets[0][3], packets[0][4]]));
    assert_eq!(packets[0].len(), record_length + 5);
}

#[test]
fn later_connections_resume_the_session() {
    for versions in [TLS13, TLS12] {
        let authority = Authority::new();
        let server = authority.server(Leaf { versions, ..Leaf::default() });
        let client = Client::new(&trusting(&authority, &server.origin)).unwrap();
        for expected in [HandshakeKind::Full, HandshakeKind::Resumed, HandshakeKind::Resumed] {
            exchange(&client, &server.origin).unwrap();
            assert_eq!(server.handshakes.recv().unwrap(), expected);
            client.idle.lock().unwrap().clear();
        }
    }
}

#[test]
fn certificates_are_refused_with_a_reason() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let good = authority.server(Leaf::default());
    for trust in [Trust::CustomOnly, Trust::Bundled, Trust::System] {
        let settings = Settings { trust, ..trusting(&stranger, &good.origin) };
        assert_eq!(failure_of(&settings), untrusted("its issuer is unknown"));
    }
    let expired = authority.server(Leaf { expired: true, ..Leaf::default() });
    assert_eq!(failure_of(&trusting(&authority, &expired.origin)), untrusted("it has expired"));
    let name = SanType::DnsName("k.example".try_into().unwrap());
    let misnamed = authority.server(Leaf { name, ..Leaf::default() });
    assert_eq!(failure_of(&trusting(&authority, &misnamed.origin)), untrusted("it is for another host name"));
}

#[test]
fn a_pinned_key_must_be_in_the_chain() {
    let authority = Authority::new();
    let server = authority.server(Leaf { appended: vec![authority.der()], ..Leaf::default() });
    let pinned = |pins| Settings { pins, ..trusting(&authority, &server.origin) };
    for pins in [vec![server.pin], vec![[0; 32], authority.pin()]] {
        exchange(&Client::new(&pinned(pins)).unwrap(), &server.origin).unwrap();
    }
    assert_eq!(failure_of(&pinned(vec![[0; 32]])), untrusted("no pinned public key is in the chain"));
}

#[test]
fn a_pinned_certificate_that_was_only_appended_does_not_count() {
    let (pinned, attacker) = (Authority::new(), Authority::new());
    let server = attacker.server(Leaf { appended: vec![pinned.der()], ..Leaf::default() });
    let settings = Settings { pins: vec![pinned.pin()], ..trusting(&attacker, &server.origin) };
    assert_eq!(failure_of(&settings), untrusted("no pinned public key is in the chain"));
}

#[test]
fn a_handshake_that_fails_is_a_failure_of_tls() {
    let speaks_http = Server::answering("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    let says_garbage = Server::start(|mut stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        thread::sleep(Duration::from_secs(1));
    });
    let hangs_up = Server::start(|mut stream, _| {
        let _ = stream.read(&mut [0; 1024]);
    });
    let resets = Server::start(|mut stream, _| {
        let _ = stream.read(&mut [0; 1024]);
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    });
    let authority = Authority::new();
    for server in [says_garbage, hangs_up, resets] {
        let failure = failure_of(&trusting(&authority, &format!("https://{}", server.address)));
        assert_eq!(failure.status, Status::Tls, "{}", failure.message);
    }
    let origin = format!("https://{}", speaks_http.address);
    let client = Client::new(&trusting(&authority, &origin)).unwrap();
    let failure = exchange_within(&client, &origin, 200).unwrap_err();
    assert_eq!(failure.status, Status::Timeout, "a server that waits for the end of a request line never answers");
}

#[test]
fn a_stalled_handshake_ends_in_time_and_when_cancelled() {
    let server = Server::start(|mut stream, _| {
        let _ = stream.read(&mut [0; 1024]);
        thread::sleep(Duration::from_secs(5));
    });
    let origin = format!("https://{}", server.address);
    let settings = Settings { connect_timeout: Duration::from_millis(300), ..trusting(&Authority::new(), &origin) };
    let client = Client::new(&settings).unwrap();
    let failure = exchange(&client, &origin).unwrap_err();
    assert_eq!(failure, Failure::new(Status::Timeout, "no connection within 300 ms, during the TLS handshake"));
    let (failure, after) = exchange_cancelled(&client, &origin);
    assert_eq!(failure.status, Status::Cancelled);
    assert!(after < Duration::from_millis(100), "{after:?}");
}
