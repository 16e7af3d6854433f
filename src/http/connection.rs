//! What ureq moves its bytes over.

use std::fmt;
use std::sync::Arc;

use ureq::unversioned::transport::{Buffers as _, NextTimeout, Transport};

use crate::exchange::Failure;

use super::buffers::Buffers;
use super::call::CurrentCall;
use super::socket::Socket;
use super::tls::TlsStream;

/// A connection to the server, through a proxy or not.
pub(super) struct Connection {
    stream: Stream,
    buffers: Buffers,
    call: Arc<CurrentCall>,
}

/// The two kinds of connection.
pub(super) enum Stream {
    /// As for `http`.
    Plain(Socket),
    /// As for `https`.
    Secure(Box<TlsStream>),
}

/// So much output is sent without waiting for more of it. A request with long privileges has some kilobytes.
const SEND_AT: usize = 16 * 1024;

impl Connection {
    /// A connection on which nothing was sent yet.
    pub(super) fn new(stream: Stream, call: Arc<CurrentCall>) -> Self {
        Connection { stream, buffers: Buffers::default(), call }
    }

    fn send_held(&mut self) -> Result<(), ureq::Error> {
        if !self.buffers.held().is_empty() {
            self.stream.send(self.buffers.held()).map_err(|failure| self.call.note(failure))?;
            self.buffers.release();
        }
        Ok(())
    }
}

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn ureq::unversioned::transport::Buffers {
        &mut self.buffers
    }

    /// Keeps the output: ureq hands over the head and the body one by one, and they shall go out in one packet and one TLS
    /// record. Whatever was kept is sent when ureq turns to the reply.
    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        if self.buffers.hold(amount) >= SEND_AT {
            self.send_held()?;
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        self.send_held()?;
        let received = self.stream.receive(self.buffers.input_append_buf());
        let amount = received.map_err(|failure| self.call.note(failure))?;
        if amount > 0 {
            self.call.answered();
        }
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        // ureq asks before it lays a connection aside and again before it takes it up: the second look is enough.
        if self.call.is_answered() {
            return true;
        }
        match &mut self.stream {
            Stream::Plain(socket) => socket.is_quiet(),
            Stream::Secure(tls) => tls.is_quiet(),
        }
    }

    fn is_tls(&self) -> bool {
        matches!(self.stream, Stream::Secure(_))
    }
}

impl Stream {
    fn send(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Stream::Plain(socket) => socket.send(bytes),
            Stream::Secure(tls) => tls.send(bytes),
        }
    }

    fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        match self {
            Stream::Plain(socket) => socket.receive(buffer),
            Stream::Secure(tls) => tls.receive(buffer),
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}
