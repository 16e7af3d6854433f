//! Waiting for several sockets at once.

use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};

/// One descriptor to wait for in [`poll`].
#[repr(transparent)]
pub(crate) struct PollFd<'fd> {
    raw: libc::pollfd,
    fd: PhantomData<BorrowedFd<'fd>>,
}

/// What a descriptor is waited for to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    /// Readable, at its end, or broken.
    Read,
    /// Writable, connected, or broken.
    Write,
}

impl<'fd> PollFd<'fd> {
    /// Waits for `fd`.
    pub(crate) fn new(fd: BorrowedFd<'fd>, interest: Interest) -> Self {
        let events = match interest {
            Interest::Read => libc::POLLIN,
            Interest::Write => libc::POLLOUT,
        };
        PollFd { raw: libc::pollfd { fd: fd.as_raw_fd(), events, revents: 0 }, fd: PhantomData }
    }

    /// Whether the last [`poll`] found it ready.
    pub(crate) fn is_ready(&self) -> bool {
        self.raw.revents != 0
    }
}

/// Waits until a descriptor is ready or the time is over; the number of those that are ready. No time limit is
/// forever.
///
/// A signal handler that runs meanwhile does not lengthen the wait. The time is rounded up to milliseconds, so that a
/// caller who waits again for what is left does not spin through the last one.
pub(crate) fn poll(fds: &mut [PollFd<'_>], timeout: Option<Duration>) -> io::Result<usize> {
    let count = fds.len().try_into().map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    // A limit beyond what the clock can hold is none.
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let mut left_ms = deadline.and(timeout).map_or(-1, round_up_to_ms);
    loop {
        // SAFETY: `PollFd` has the layout of `pollfd`, and the slice is `count` long and borrowed for writing.
        let ready = unsafe { libc::poll(fds.as_mut_ptr().cast(), count, left_ms) };
        match usize::try_from(ready) {
            Ok(0) if deadline.is_none_or(|deadline| Instant::now() < deadline) => {}
            Ok(ready) => return Ok(ready),
            Err(_negative) => {
                let error = io::Error::last_os_error();
                if error.kind() != io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
        }
        if let Some(deadline) = deadline {
            left_ms = round_up_to_ms(deadline.saturating_duration_since(Instant::now()));
        }
    }
}

fn round_up_to_ms(time: Duration) -> libc::c_int {
    time.as_nanos().div_ceil(1_000_000).try_into().unwrap_or(libc::c_int::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_wait_ends_with_the_time_and_not_before() {
        let (reader, _writer) = UnixStream::pair().unwrap();
        let started = Instant::now();
        let mut fds = [PollFd::new(reader.as_fd(), Interest::Read)];
        assert_eq!(poll(&mut fds, Some(Duration::from_micros(20_300))).unwrap(), 0);
        assert!(!fds[0].is_ready());
        assert!(started.elapsed() >= Duration::from_micros(20_300));
    }

    #[test]
    fn a_wait_ends_with_the_first_descriptor_that_is_ready() {
        let (silent, _writer) = UnixStream::pair().unwrap();
        let (reader, mut writer) = UnixStream::pair().unwrap();
        writer.write_all(b"x").unwrap();
        let mut fds = [PollFd::new(silent.as_fd(), Interest::Read), PollFd::new(reader.as_fd(), Interest::Read)];
        assert_eq!(poll(&mut fds, None).unwrap(), 1);
        assert!(!fds[0].is_ready() && fds[1].is_ready());
    }

    #[test]
    fn a_huge_time_limit_is_none() {
        let (mut reader, writer) = UnixStream::pair().unwrap();
        drop(writer);
        let mut fds = [PollFd::new(reader.as_fd(), Interest::Read)];
        assert_eq!(poll(&mut fds, Some(Duration::MAX)).unwrap(), 1);
        assert_eq!(io::Read::read(&mut reader, &mut [0]).unwrap(), 0);
    }

    #[test]
    fn a_signal_neither_ends_nor_lengthens_a_wait() {
        extern "C" fn ignore(_: libc::c_int) {}
        let handler: extern "C" fn(libc::c_int) = ignore;
        // SAFETY: the handler does nothing, so it may run anywhere.
        unsafe { libc::signal(libc::SIGWINCH, handler as libc::sighandler_t) };
        // SAFETY: it takes nothing.
        let thread = unsafe { libc::pthread_self() };
        let sender = std::thread::spawn(move || {
            for _ in 0..10 {
                std::thread::sleep(Duration::from_millis(10));
                // SAFETY: the thread joins this one before it ends.
                unsafe { libc::pthread_kill(thread, libc::SIGWINCH) };
            }
        });
        let started = Instant::now();
        let ready = poll(&mut [], Some(Duration::from_millis(150))).unwrap();
        let took = started.elapsed();
        sender.join().unwrap();
        assert_eq!(ready, 0);
        assert!(took >= Duration::from_millis(150) && took < Duration::from_millis(500), "{took:?}");
    }
}
