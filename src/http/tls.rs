//! TLS, by rustls.

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, KeyProvider};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::sign::SigningKey;
use rustls::{CertificateError, ClientConfig, ClientConnection, Error};
use zeroize::Zeroize;

use crate::exchange::Failure;
use crate::status::Status;

use super::Settings;
use super::failure;
use super::socket::Socket;
use super::trust;

/// What all TLS connections of a client share: its trust, and the sessions that it can resume.
pub(super) struct Tls {
    config: Arc<ClientConfig>,
}

/// A client speaks to one server, and a session serves one connection.
const RESUMABLE_SESSIONS: usize = 8;

impl Tls {
    /// TLS as the settings want it.
    pub(super) fn new(settings: &Settings) -> Result<Self, Failure> {
        // Named here, never taken from the process: that one is the host's.
        let provider = CryptoProvider { key_provider: &NoKeys, ..rustls::crypto::ring::default_provider() };
        let provider = Arc::new(provider);
        let verifier = trust::verifier(settings, &provider)?;
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| Failure::new(Status::Tls, "TLS is not set up"))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.resumption = Resumption::in_memory_sessions(RESUMABLE_SESSIONS);
        Ok(Tls { config: Arc::new(config) })
    }
}

/// A client without a certificate signs nothing, so all that rustls could sign with need not be in the library.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(&self, _key: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Err(Error::General("private keys are not supported".into()))
    }
}

/// A TLS connection.
pub(super) struct TlsStream {
    session: ClientConnection,
    socket: Socket,
    /// Encrypted bytes on their way out.
    outgoing: Vec<u8>,
    /// So much was received since the input was wiped.
    unwiped: usize,
}

impl TlsStream {
    /// Shakes hands with the server.
    pub(super) fn connect(tls: &Tls, host: &str, socket: Socket) -> Result<Self, Failure> {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let name = ServerName::try_from(bare.to_owned())
            .map_err(|_| Failure::new(Status::Certificate, "no certificate can be valid for this host name"))?;
        let session = ClientConnection::new(tls.config.clone(), name).map_err(|error| of_tls(&error))?;
        let mut stream = TlsStream { session, socket, outgoing: Vec::new(), unwiped: 0 };
        while stream.session.is_handshaking() {
            stream.advance_handshake().map_err(|failure| match failure.status {
                Status::ConnectionLost => {
                    Failure::new(Status::Tls, format!("the TLS handshake failed: {}", failure.message))
                }
                _ => failure,
            })?;
        }
        // What the session still has to send, its last word of the handshake, goes out with the request.
        Ok(stream)
    }

    /// Sends everything.
    pub(super) fn send(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        while !bytes.is_empty() {
            let taken = match self.session.writer().write(bytes) {
                Ok(taken) if taken > 0 => taken,
                _ => return Err(Failure::new(Status::Tls, "nothing more can be encrypted")),
            };
            bytes = bytes.get(taken..).unwrap_or_default();
            self.send_pending()?;
        }
        Ok(())
    }

    /// Receives something, 0 bytes at the end.
    pub(super) fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        loop {
            match self.session.reader().read(buffer) {
                Ok(amount) => {
                    self.wipe_input();
                    return Ok(amount);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.receive_encrypted()?;
                    // Such as the answer to the server's wish for new keys.
                    self.send_pending()?;
                }
                // An end that TLS did not announce: anybody on the way could have cut it here.
                Err(_) => return Err(failure::closed_early()),
            }
        }
    }

    /// Whether a connection at rest may be used again. A server may send session tickets whenever it likes; they are
    /// taken in.
    pub(super) fn is_quiet(&mut self) -> bool {
        loop {
            match self.session.read_tls(&mut WhatIsThere(&self.socket)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(amount) if amount > 0 => match self.session.process_new_packets() {
                    Ok(state) if state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed() => {}
                    _ => return false,
                },
                _ => return false,
            }
        }
    }

    /// rustls decrypts where it reads to, and leaves the text there until the next record. It hands that place out to whoever
    /// brings more bytes.
    fn wipe_input(&mut self) {
        let _ = self.session.read_tls(&mut Wiper(std::mem::take(&mut self.unwiped)));
    }

    fn advance_handshake(&mut self) -> Result<(), Failure> {
        self.send_pending()?;
        match self.receive_encrypted()? {
            0 => Err(Failure::new(Status::ConnectionLost, "the server hung up")),
            _ => Ok(()),
        }
    }

    /// Sends what the session has to send, in one piece.
    fn send_pending(&mut self) -> Result<(), Failure> {
        self.outgoing.clear();
        while self.session.wants_write() {
            if self.session.write_tls(&mut self.outgoing).is_err() {
                return Err(Failure::new(Status::Tls, "nothing more can be encrypted"));
            }
        }
        self.socket.send(&self.outgoing)
    }

    /// Receives and decrypts; how many bytes came, 0 at the end.
    fn receive_encrypted(&mut self) -> Result<usize, Failure> {
        let mut source = Source { socket: &mut self.socket, failure: None };
        let amount = self.session.read_tls(&mut source).map_err(|_| {
            source.failure.unwrap_or_else(|| Failure::new(Status::Tls, "the server's TLS messages are too long"))
        })?;
        self.unwiped += amount;
        self.session.process_new_packets().map_err(|error| {
            // Tells the server why, if that is still possible.
            let _ = self.send_pending();
            of_tls(&error)
        })?;
        Ok(amount)
    }
}

/// The socket as rustls reads from it; its failure is kept, for which an I/O error has no room.
struct Source<'socket> {
    socket: &'socket mut Socket,
    failure: Option<Failure>,
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.receive(buffer).map_err(|failure| {
            self.failure = Some(failure);
            io::ErrorKind::Other.into()
        })
    }
}

/// The same without waiting.
struct WhatIsThere<'socket>(&'socket Socket);

impl Read for WhatIsThere<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.receive_now(buffer)
    }
}

/// Brings nothing, and wipes so much of what it was to fill.
struct Wiper(usize);

impl Read for Wiper {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let used = self.0.min(buffer.len());
        buffer.get_mut(..used).unwrap_or_default().zeroize();
        Err(io::ErrorKind::WouldBlock.into())
    }
}

fn of_tls(error: &Error) -> Failure {
    match error {
        Error::InvalidCertificate(certificate) => Failure::new(
            Status::Certificate,
            format!("the server's certificate is not trusted: {}", reason(certificate)),
        ),
        Error::NoCertificatesPresented => Failure::new(Status::Certificate, "the server has no certificate"),
        Error::AlertReceived(alert) => Failure::new(Status::Tls, format!("the server ended the connection: {alert:?}")),
        Error::InvalidMessage(_) => Failure::new(Status::Tls, "the answer is not TLS"),
        other => Failure::new(Status::Tls, format!("the secure connection failed: {other}")),
    }
}

fn reason(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => "its issuer is unknown".to_owned(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "it is not valid yet".to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another host name".to_owned()
        }
        CertificateError::Revoked => "it was revoked".to_owned(),
        CertificateError::BadSignature => "its signature is wrong".to_owned(),
        CertificateError::BadEncoding => "it is damaged".to_owned(),
        CertificateError::Other(other) => other.0.to_string(),
        other => format!("{other}"),
    }
}
