//! TCP connections to the first address that answers ("happy eyeballs", RFC 8305).
//!
//! A phone's IPv6 often leads nowhere, without a word. Trying one address after the other would lose seconds there.

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use crate::exchange::Failure;
use crate::ffi::poll::Interest;
use crate::status::Status;

use super::call::CurrentCall;
use super::failure;

/// The next address is tried after so long without an answer. Source: RFC 8305, section 5.
const HEAD_START: Duration = Duration::from_millis(250);

/// A non-blocking connection to one of the addresses.
pub(super) fn connect(addresses: &[SocketAddr], call: &CurrentCall) -> Result<TcpStream, Failure> {
    let mut untried: VecDeque<SocketAddr> = interleave(addresses).into();
    let mut pending: Vec<Socket> = Vec::new();
    let mut last_failure = None;
    let mut next_start = Instant::now();
    loop {
        if pending.is_empty() || Instant::now() >= next_start {
            match untried.pop_front() {
                Some(address) => match start(&address) {
                    Ok(Attempt::Connected(socket)) => return finish(socket),
                    Ok(Attempt::Pending(socket)) => {
                        pending.push(socket);
                        next_start = Instant::now() + HEAD_START;
                    }
                    Err(failure) => {
                        last_failure = Some(failure);
                        continue;
                    }
                },
                None if pending.is_empty() => {
                    return Err(last_failure.unwrap_or_else(|| Failure::new(Status::Connect, "there is no address")));
                }
                None => {}
            }
        }
        let sockets: Vec<_> = pending.iter().map(AsFd::as_fd).collect();
        let until = (!untried.is_empty()).then_some(next_start);
        let ready = call.wait(&sockets, Interest::Write, until)?;
        // From the last, so that the places of the others stay right.
        for place in ready.into_iter().rev() {
            let socket = pending.swap_remove(place);
            match socket.take_error() {
                Ok(None) => return finish(socket),
                Ok(Some(error)) | Err(error) => {
                    last_failure = Some(refused(&error));
                    // Whoever is next need not wait any longer.
                    next_start = Instant::now();
                }
            }
        }
    }
}

enum Attempt {
    Connected(Socket),
    Pending(Socket),
}

fn start(address: &SocketAddr) -> Result<Attempt, Failure> {
    let socket = Socket::new(Domain::for_address(*address), Type::STREAM, Some(Protocol::TCP))
        .and_then(|socket| socket.set_nonblocking(true).map(|()| socket))
        .map_err(|error| failure::of_io(Status::Connect, "no socket", &error))?;
    match socket.connect(&(*address).into()) {
        Ok(()) => Ok(Attempt::Connected(socket)),
        // A signal in between does not end the attempt. Source: POSIX, connect().
        Err(error) if [Some(libc::EINPROGRESS), Some(libc::EINTR)].contains(&error.raw_os_error()) => {
            Ok(Attempt::Pending(socket))
        }
        Err(error) => Err(refused(&error)),
    }
}

fn finish(socket: Socket) -> Result<TcpStream, Failure> {
    // Without it the end of a long request waits for the receipt of its beginning.
    socket.set_tcp_nodelay(true).map_err(|error| failure::of_io(Status::Connect, "no connection", &error))?;
    Ok(socket.into())
}

fn refused(error: &std::io::Error) -> Failure {
    failure::of_io(Status::Connect, "no connection", error)
}

/// One of each family in turn, beginning with the family that the system prefers. Source: RFC 8305, section 4.
fn interleave(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let prefers_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (mut first, mut second): (VecDeque<SocketAddr>, VecDeque<SocketAddr>) =
        addresses.iter().partition(|address| address.is_ipv6() == prefers_v6);
    let mut order = Vec::with_capacity(addresses.len());
    while let Some(address) = first.pop_front() {
        order.push(address);
        std::mem::swap(&mut first, &mut second);
        if first.is_empty() {
            std::mem::swap(&mut first, &mut second);
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns_and_keep_their_order() {
        let [a6, b6, a4, b4, c4] =
            ["[::1]:1", "[::2]:1", "1.1.1.1:1", "2.2.2.2:1", "3.3.3.3:1"].map(|address| address.parse().unwrap());
        assert_eq!(interleave(&[a6, b6, a4, b4, c4]), [a6, a4, b6, b4, c4]);
        assert_eq!(interleave(&[a4, b4, c4, a6]), [a4, a6, b4, c4]);
        assert_eq!(interleave(&[a4]), [a4]);
        assert_eq!(interleave(&[]), []);
    }
}
