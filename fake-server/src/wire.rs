//! One client's connection: plain or TLS, with full control over what is sent when, and a count of the pieces that came.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use rustls::{HandshakeKind, ServerConnection};
use socket2::SockRef;

/// A TLS record's header is 5 bytes long, its payload at most 2^14 + 2048.
const RECORD_HEADER: usize = 5;
const READ_SIZE: usize = 32 * 1024;

/// A connection.
#[derive(Debug)]
pub struct Wire {
    tcp: TcpStream,
    tls: Option<Box<ServerConnection>>,
    /// Bytes from the socket that do not make a whole TLS record yet.
    partial: Vec<u8>,
}

impl Wire {
    /// A plain connection.
    pub fn plain(tcp: TcpStream) -> Wire {
        Wire { tcp, tls: None, partial: Vec::new() }
    }

    /// Whether it is encrypted.
    pub fn is_secure(&self) -> bool {
        self.tls.is_some()
    }

    /// The socket below.
    pub fn tcp(&self) -> &TcpStream {
        &self.tcp
    }

    /// Runs a TLS handshake; whether it was a full or a resumed one.
    pub fn handshake(&mut self, mut tls: ServerConnection) -> io::Result<Option<HandshakeKind>> {
        let result = self.run_handshake(&mut tls);
        let kind = tls.handshake_kind();
        self.tls = Some(Box::new(tls));
        result.map(|()| kind)
    }

    /// The next piece: a TLS record with application data, or what one read from a plain socket gives. Empty at the end.
    pub fn read_piece(&mut self) -> io::Result<Vec<u8>> {
        let Some(mut tls) = self.tls.take() else {
            return self.read_tcp();
        };
        let piece = self.read_record_piece(&mut tls);
        self.tls = Some(tls);
        piece
    }

    /// Sends bytes in one write, as far as the socket allows.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.tls {
            None => self.tcp.write_all(bytes),
            Some(tls) => {
                // The default buffer limit of 64 KiB is below a big body.
                for part in bytes.chunks(READ_SIZE) {
                    tls.writer().write_all(part)?;
                    flush_tls(tls, &mut self.tcp)?;
                }
                Ok(())
            }
        }
    }

    /// Ends the connection properly: close_notify and FIN, then waits a moment for the client to do the same.
    ///
    /// Without the wait, bytes that were not read yet would turn the FIN into a reset.
    pub fn close(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            let _ = flush_tls(tls, &mut self.tcp);
        }
        let _ = self.tcp.shutdown(Shutdown::Write);
        self.drain(Duration::from_millis(500), || false);
    }

    /// Ends the connection with a TCP reset.
    pub fn reset(&mut self) {
        let _ = SockRef::from(&self.tcp).set_linger(Some(Duration::ZERO));
        // Dropping the last handle sends the reset; the registry's handle must not keep the socket alive.
        self.tls = None;
    }

    /// Reads and forgets until the client closes, the time is over or `stop` says so.
    pub fn drain(&mut self, longest: Duration, stop: impl Fn() -> bool) {
        let deadline = Instant::now() + longest;
        let mut buffer = [0; 4096];
        while let Some(left) = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            if stop() || self.tcp.set_read_timeout(Some(left.min(Duration::from_millis(50)))).is_err() {
                break;
            }
            match self.tcp.read(&mut buffer) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if is_timeout(&error) => {}
                Err(_) => break,
            }
        }
        let _ = self.tcp.set_read_timeout(None);
    }

    fn run_handshake(&mut self, tls: &mut ServerConnection) -> io::Result<()> {
        while tls.is_handshaking() {
            flush_tls(tls, &mut self.tcp)?;
            if !tls.is_handshaking() {
                break;
            }
            let record = self.read_record()?.ok_or(io::ErrorKind::UnexpectedEof)?;
            feed(tls, &record, &mut self.tcp)?;
        }
        flush_tls(tls, &mut self.tcp)
    }

    fn read_record_piece(&mut self, tls: &mut ServerConnection) -> io::Result<Vec<u8>> {
        loop {
            let Some(record) = self.read_record()? else {
                return Ok(Vec::new());
            };
            let mut piece = vec![0; feed(tls, &record, &mut self.tcp)?];
            if !piece.is_empty() {
                tls.reader().read_exact(&mut piece)?;
                return Ok(piece);
            }
            // Key updates and the like are answered; close_notify is the end.
            flush_tls(tls, &mut self.tcp)?;
            match tls.reader().read(&mut [0]) {
                Ok(0) => return Ok(Vec::new()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                other => {
                    other?;
                }
            }
        }
    }

    /// One whole TLS record; none at the end of the stream.
    fn read_record(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(&[_, _, _, high, low]) = self.partial.first_chunk::<RECORD_HEADER>() {
                let length = RECORD_HEADER + usize::from(u16::from_be_bytes([high, low]));
                if self.partial.len() >= length {
                    let rest = self.partial.split_off(length);
                    return Ok(Some(std::mem::replace(&mut self.partial, rest)));
                }
            }
            let more = self.read_tcp()?;
            if more.is_empty() {
                return Ok(None);
            }
            self.partial.extend_from_slice(&more);
        }
    }

    fn read_tcp(&mut self) -> io::Result<Vec<u8>> {
        let mut buffer = vec![0; READ_SIZE];
        let length = loop {
            match self.tcp.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        buffer.truncate(length);
        Ok(buffer)
    }
}

/// Whether a read only ran out of time.
pub fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

/// Gives one record to TLS; the number of plaintext bytes that can be read now. An alert is sent on a failure.
fn feed(tls: &mut ServerConnection, mut record: &[u8], tcp: &mut TcpStream) -> io::Result<usize> {
    let mut readable = 0;
    while !record.is_empty() {
        tls.read_tls(&mut record)?;
        match tls.process_new_packets() {
            Ok(state) => readable = state.plaintext_bytes_to_read(),
            Err(error) => {
                let _ = flush_tls(tls, tcp);
                return Err(io::Error::new(io::ErrorKind::InvalidData, error));
            }
        }
    }
    Ok(readable)
}

fn flush_tls(tls: &mut ServerConnection, tcp: &mut TcpStream) -> io::Result<()> {
    // Collected first, so that a flight is one write.
    let mut flight = Vec::new();
    while tls.wants_write() {
        tls.write_tls(&mut flight)?;
    }
    tcp.write_all(&flight)
}
