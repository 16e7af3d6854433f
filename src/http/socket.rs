//! A TCP connection whose every wait ends when the exchange must.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::sync::Arc;

use crate::exchange::Failure;
use crate::ffi::poll::Interest;
use crate::status::Status;

use super::call::CurrentCall;
use super::failure;

/// A non-blocking TCP connection. Its errors are [`Status::ConnectionLost`], unless the exchange had to end.
pub(super) struct Socket {
    stream: TcpStream,
    call: Arc<CurrentCall>,
    /// Something was sent since the last receipt: the answer takes a while, so a look before waiting is in vain.
    awaits_answer: bool,
}

impl Socket {
    /// Takes a connected, non-blocking stream.
    pub(super) fn new(stream: TcpStream, call: Arc<CurrentCall>) -> Self {
        Socket { stream, call, awaits_answer: false }
    }

    /// Sends everything.
    ///
    /// With plain `write` only. The standard library's `write_vectored` is `writev`, which raises SIGPIPE in the host if
    /// the server has gone; its `write` is `send` with MSG_NOSIGNAL. (On Apple SO_NOSIGPIPE, set by socket2, does it.)
    pub(super) fn send(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        self.awaits_answer |= !bytes.is_empty();
        while !bytes.is_empty() {
            self.call.check()?;
            match (&self.stream).write(bytes) {
                Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
                Err(error) => self.after(&error, Interest::Write)?,
            }
        }
        Ok(())
    }

    /// Receives something, 0 bytes at the end.
    pub(super) fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        loop {
            match std::mem::take(&mut self.awaits_answer) {
                true => self.wait(Interest::Read)?,
                false => self.call.check()?,
            }
            match self.receive_now(buffer) {
                Ok(amount) => return Ok(amount),
                Err(error) => self.after(&error, Interest::Read)?,
            }
        }
    }

    /// Receives what is there already; [`io::ErrorKind::WouldBlock`] if nothing is.
    pub(super) fn receive_now(&self, buffer: &mut [u8]) -> io::Result<usize> {
        (&self.stream).read(buffer)
    }

    /// Whether a connection at rest may be used again: neither its end nor anything else has come, for nobody asked.
    pub(super) fn is_quiet(&self) -> bool {
        self.stream.peek(&mut [0]).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Waits if that is what the error asks for.
    fn after(&self, error: &io::Error, interest: Interest) -> Result<(), Failure> {
        match error.kind() {
            io::ErrorKind::WouldBlock => self.wait(interest),
            io::ErrorKind::Interrupted => Ok(()),
            _ => Err(failure::of_io(Status::ConnectionLost, "the connection broke", error)),
        }
    }

    fn wait(&self, interest: Interest) -> Result<(), Failure> {
        // Woken for nothing: the caller looks at the socket and comes back.
        self.call.wait(&[self.stream.as_fd()], interest, None).map(|_| ())
    }
}
