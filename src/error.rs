//! The one error of this library.

use std::fmt;

use crate::status::{Category, KsReason, Status, Step};
use crate::view::View;

/// Why a call failed: in numbers for a program, in words for a person. It never holds a KS, a token or a token hash.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Error {
    /// What went wrong.
    pub status: Status,
    /// Where in the flow.
    pub step: Step,
    /// What went wrong, in one line.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
    /// For [`Status::InvalidArgument`], which option is bad.
    pub option: Option<&'static str>,
    /// What the server said.
    pub api: Option<ApiError>,
    /// For [`Status::InvalidKs`], why.
    pub ks_reason: KsReason,
    /// HTTP status of the last reply, 0 if none came.
    pub http_status: u16,
    /// Whether the same call may succeed later with nothing changed.
    pub is_retryable: bool,
    /// How long the server wants to be left alone, in milliseconds; 0 if it named no time.
    pub retry_after_ms: u64,
    /// How many requests were sent.
    pub attempts: u32,
    /// `X-Kaltura-Session` of the last reply: names the server's log line in a support ticket.
    pub server_session: Option<String>,
    /// `X-Me` of the last reply: the host that answered.
    pub server_host: Option<String>,
    pub(crate) view: View,
}

/// An error as Kaltura words it; redacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// Its code, such as `INVALID_APP_TOKEN_HASH`.
    pub code: String,
    /// Its message.
    pub message: String,
    /// Its arguments, by name.
    pub args: Vec<(String, String)>,
}

impl Error {
    /// An error that says no more than its status, step and message.
    pub(crate) fn new(status: Status, step: Step, message: impl Into<String>) -> Self {
        Error {
            status,
            step,
            message: message.into(),
            hint: String::new(),
            option: None,
            api: None,
            ks_reason: KsReason::None,
            http_status: 0,
            is_retryable: status.is_retryable(),
            retry_after_ms: 0,
            attempts: 0,
            server_session: None,
            server_host: None,
            view: View::default(),
        }
    }

    /// A value that cannot be right; `message` never quotes it.
    pub(crate) fn invalid_argument(option: &'static str, message: impl Into<String>, hint: &str) -> Self {
        let mut error = Error::new(Status::InvalidArgument, Step::None, message);
        error.option = Some(option);
        error.hint = hint.to_owned();
        error
    }

    /// The same with a hint.
    pub(crate) fn with_hint(mut self, hint: &str) -> Self {
        self.hint = hint.to_owned();
        self
    }

    /// Whose turn it is.
    pub fn category(&self) -> Category {
        self.status.category()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
