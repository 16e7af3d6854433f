//! What went wrong, from the words of ureq and of the operating system into those of the flow.

use std::io;

use crate::exchange::{Failure, MAX_REPLY_BYTES};
use crate::status::Status;

/// The failure behind an error of ureq's, where nothing below ureq has said more.
pub(super) fn of_ureq(error: &ureq::Error) -> Failure {
    match error {
        ureq::Error::Protocol(_) => Failure::new(Status::BadReply, "the answer is not HTTP"),
        ureq::Error::LargeResponseHeader(..) => Failure::new(
            Status::ReplyTooLarge,
            format!("the head of the reply is longer than {} KiB", MAX_HEAD_BYTES / 1024),
        ),
        ureq::Error::Io(_) => closed_early(),
        // Their text could hold the address, and is of no use to anybody who did not write this file.
        _ => Failure::new(Status::ConnectionLost, "the request could not be sent"),
    }
}

/// The longest head of a reply.
pub(super) const MAX_HEAD_BYTES: usize = 64 * 1024;

/// A body over the limit.
pub(super) fn too_large() -> Failure {
    Failure::new(Status::ReplyTooLarge, format!("the reply is longer than {} KiB", MAX_REPLY_BYTES / 1024))
}

/// The connection ended in the middle of something.
pub(super) fn closed_early() -> Failure {
    Failure::new(Status::ConnectionLost, "the connection was closed before the whole reply had come")
}

/// The operating system refused something.
pub(super) fn of_io(otherwise: Status, what: &str, error: &io::Error) -> Failure {
    let status = if is_shortage(error) { Status::Resources } else { otherwise };
    Failure::new(status, format!("{what}: {}", reason(error)))
}

/// Whether descriptors or memory have run out.
pub(super) fn is_shortage(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::OutOfMemory
        || error
            .raw_os_error()
            .is_some_and(|code| [libc::EMFILE, libc::ENFILE, libc::ENOMEM, libc::ENOBUFS].contains(&code))
}

fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(code) => format!("{} (os error {code})", error.kind()),
        None => error.to_string(),
    }
}
