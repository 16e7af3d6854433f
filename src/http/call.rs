//! The exchange that a lane is busy with, as its connector and its connection see it.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::cancellation::{Cancellation, Hook};
use crate::exchange::Failure;
use crate::ffi::poll::{Interest, PollFd, poll};
use crate::status::Status;

use super::failure;

/// What is left of a call that ended without a reply.
pub(super) struct Remains {
    /// What the layers below ureq had to say.
    pub failure: Option<Failure>,
    /// Whether a connection of an earlier exchange was used, and broke before a single byte of the reply.
    pub is_unanswered_reuse: bool,
}

/// One per lane, shared with the lane's connector and connection: they find here until when they may take, and leave
/// here what went wrong, for which ureq's errors have no room.
#[derive(Default)]
pub(super) struct CurrentCall {
    call: Mutex<Option<Call>>,
    /// Made when something waits for the first time, and kept: most lanes live for several exchanges.
    wake: Mutex<Option<Arc<Wake>>>,
}

struct Call {
    deadline: Instant,
    limit: Duration,
    cancellation: Cancellation,
    /// Set once something waits; until then a look at the cancellation does.
    hook: Option<Hook>,
    connecting: Option<Connecting>,
    stage: Stage,
    is_connection_new: bool,
    is_answered: bool,
    failure: Option<Failure>,
}

#[derive(Clone, Copy)]
struct Connecting {
    deadline: Instant,
    limit: Duration,
}

/// What an exchange is doing, for the message if its time runs out.
#[derive(Clone, Copy)]
pub(super) enum Stage {
    Resolving,
    Connecting,
    Tunnelling,
    Securing,
    Exchanging,
}

impl CurrentCall {
    /// A new exchange begins.
    pub(super) fn begin(&self, deadline: Instant, cancellation: &Cancellation) {
        *self.lock() = Some(Call {
            deadline,
            limit: deadline.saturating_duration_since(Instant::now()),
            cancellation: cancellation.clone(),
            hook: None,
            connecting: None,
            stage: Stage::Exchanging,
            is_connection_new: false,
            is_answered: false,
            failure: None,
        });
    }

    /// The exchange is over.
    pub(super) fn end(&self) -> Remains {
        // Dropped after the lock: the hook takes a lock of its own.
        let call = self.lock().take();
        call.map_or(Remains { failure: None, is_unanswered_reuse: false }, |call| Remains {
            is_unanswered_reuse: !call.is_connection_new && !call.is_answered,
            failure: call.failure,
        })
    }

    /// A new connection is needed, and may take so long.
    pub(super) fn begin_connection(&self, limit: Duration) {
        if let Some(call) = self.lock().as_mut() {
            call.is_connection_new = true;
            call.connecting = Instant::now().checked_add(limit).map(|deadline| Connecting { deadline, limit });
        }
    }

    /// The new connection is there.
    pub(super) fn end_connection(&self) {
        if let Some(call) = self.lock().as_mut() {
            call.connecting = None;
            call.stage = Stage::Exchanging;
        }
    }

    /// Says what is being done.
    pub(super) fn enter(&self, stage: Stage) {
        if let Some(call) = self.lock().as_mut() {
            call.stage = stage;
        }
    }

    /// A part of the reply is here.
    pub(super) fn answered(&self) {
        if let Some(call) = self.lock().as_mut() {
            call.is_answered = true;
        }
    }

    /// Whether it was, and the exchange goes on.
    pub(super) fn is_answered(&self) -> bool {
        self.lock().as_ref().is_some_and(|call| call.is_answered)
    }

    /// Keeps the failure for the end of the exchange, the first if there are several; what is returned only unwinds ureq.
    pub(super) fn note(&self, failure: Failure) -> ureq::Error {
        if let Some(call) = self.lock().as_mut() {
            call.failure.get_or_insert(failure);
        }
        ureq::Error::ConnectionFailed
    }

    /// Fails if the exchange must end now.
    pub(super) fn check(&self) -> Result<(), Failure> {
        self.time_left().map(|_| ())
    }

    /// Waits until one of `sockets` is ready; those that are, by their places. None if `until` came first, or if
    /// somebody called [`Wake::wake`]. Fails when the exchange must end.
    pub(super) fn wait(
        &self,
        sockets: &[BorrowedFd<'_>],
        interest: Interest,
        until: Option<Instant>,
    ) -> Result<Vec<usize>, Failure> {
        let wake = self.wake()?;
        self.wake_when_cancelled(&wake);
        let mut left = self.time_left()?;
        if let Some(until) = until {
            left = left.min(until.saturating_duration_since(Instant::now()));
        }
        let mut fds: Vec<PollFd<'_>> = sockets.iter().map(|&socket| PollFd::new(socket, interest)).collect();
        fds.push(PollFd::new(wake.reader.as_fd(), Interest::Read));
        poll(&mut fds, Some(left))
            .map_err(|error| failure::of_io(Status::Resources, "waiting for the network failed", &error))?;
        if fds.pop().is_some_and(|fd| fd.is_ready()) {
            wake.drain();
        }
        // A socket that is ready in the same moment does not save a call that was cancelled.
        self.check()?;
        Ok(fds.iter().enumerate().filter(|(_, fd)| fd.is_ready()).map(|(place, _)| place).collect())
    }

    /// What ends a [`wait`](Self::wait) from another thread.
    pub(super) fn wake(&self) -> Result<Arc<Wake>, Failure> {
        let mut wake = self.wake.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wake) = wake.as_ref() {
            return Ok(wake.clone());
        }
        let new = Wake::new().map_err(|error| failure::of_io(Status::Resources, "no socket pair", &error))?;
        Ok(wake.insert(Arc::new(new)).clone())
    }

    fn wake_when_cancelled(&self, wake: &Arc<Wake>) {
        if let Some(call) = self.lock().as_mut()
            && call.hook.is_none()
        {
            let wake = wake.clone();
            call.hook = Some(call.cancellation.on_cancel(move || wake.wake()));
        }
    }

    fn time_left(&self) -> Result<Duration, Failure> {
        match self.lock().as_ref() {
            Some(call) => call.time_left(),
            // A connection at rest; nothing waits for one.
            None => Err(Failure::new(Status::ConnectionLost, "the exchange is over")),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Call>> {
        self.call.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    fn time_left(&self) -> Result<Duration, Failure> {
        if self.cancellation.is_cancelled() {
            return Err(Failure::new(Status::Cancelled, "the call was cancelled"));
        }
        let now = Instant::now();
        let connecting = self.connecting.filter(|connecting| connecting.deadline < self.deadline);
        let deadline = connecting.map_or(self.deadline, |connecting| connecting.deadline);
        let left = deadline.saturating_duration_since(now);
        if left.is_zero() {
            let (missing, limit) = match connecting {
                Some(connecting) => ("connection", connecting.limit),
                None => ("reply", self.limit),
            };
            // Rounded up: some microseconds of it had passed when the call began.
            let limit_ms = limit.as_nanos().div_ceil(1_000_000);
            let message = format!("no {missing} within {limit_ms} ms, {}", self.stage.text());
            return Err(Failure::new(Status::Timeout, message));
        }
        Ok(left)
    }
}

impl Stage {
    fn text(self) -> &'static str {
        match self {
            Stage::Resolving => "while the host name was looked up",
            Stage::Connecting => "while connecting",
            Stage::Tunnelling => "while the proxy was asked",
            Stage::Securing => "during the TLS handshake",
            Stage::Exchanging => "after the connection was there",
        }
    }
}

/// Ends a wait from another thread: a byte through a pair of sockets.
pub(super) struct Wake {
    reader: UnixStream,
    writer: UnixStream,
}

impl Wake {
    fn new() -> io::Result<Wake> {
        let (reader, writer) = UnixStream::pair()?;
        reader.set_nonblocking(true)?;
        writer.set_nonblocking(true)?;
        Ok(Wake { reader, writer })
    }

    /// Ends the wait of the lane, or the next one if there is none now.
    pub(super) fn wake(&self) {
        // A full pipe wakes just as well. It cannot be broken, which would raise SIGPIPE: both ends are here.
        let _ = (&self.writer).write(&[1]);
    }

    fn drain(&self) {
        while matches!((&self.reader).read(&mut [0; 64]), Ok(64)) {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call_that_ends_in(ms: u64) -> (CurrentCall, Cancellation) {
        let (call, cancellation) = (CurrentCall::default(), Cancellation::new());
        call.begin(Instant::now() + Duration::from_millis(ms), &cancellation);
        (call, cancellation)
    }

    #[test]
    fn a_wait_ends_at_the_earliest_of_its_limits() {
        let (call, _) = call_that_ends_in(50);
        call.enter(Stage::Connecting);
        let soon = Instant::now() + Duration::from_millis(5);
        assert_eq!(call.wait(&[], Interest::Read, Some(soon)), Ok(vec![]));
        let failure = call.wait(&[], Interest::Read, None).unwrap_err();
        assert_eq!(failure, Failure::new(Status::Timeout, "no reply within 50 ms, while connecting"));

        let (call, _) = call_that_ends_in(10_000);
        call.begin_connection(Duration::from_millis(10));
        let failure = call.wait(&[], Interest::Read, None).unwrap_err();
        assert_eq!(failure.status, Status::Timeout);
        assert!(failure.message.starts_with("no connection within 10 ms"), "{}", failure.message);
    }

    #[test]
    fn a_wake_up_that_is_left_over_ends_one_wait_and_no_more() {
        let (call, _) = call_that_ends_in(10_000);
        call.wake().unwrap().wake();
        assert_eq!(call.wait(&[], Interest::Read, None), Ok(vec![]));
        let until = Instant::now() + Duration::from_millis(20);
        assert_eq!(call.wait(&[], Interest::Read, Some(until)), Ok(vec![]));
        assert!(Instant::now() >= until);
    }

    #[test]
    fn a_cancellation_wins_over_a_socket_that_is_ready() {
        let (call, cancellation) = call_that_ends_in(10_000);
        let (socket, writer) = UnixStream::pair().unwrap();
        drop(writer);
        assert_eq!(call.wait(&[socket.as_fd()], Interest::Read, None), Ok(vec![0]));
        cancellation.cancel();
        assert_eq!(call.wait(&[socket.as_fd()], Interest::Read, None).unwrap_err().status, Status::Cancelled);
    }

    #[test]
    fn the_first_failure_is_kept() {
        let (call, _) = call_that_ends_in(10_000);
        call.note(Failure::new(Status::Dns, "first"));
        call.note(Failure::new(Status::Tls, "second"));
        assert_eq!(call.end().failure.unwrap().message, "first");
    }
}
