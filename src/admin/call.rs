//! One action of an administrator: a request, its reply, and what the reply means.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cancellation::Cancellation;
use crate::driver;
use crate::error::{ApiError, Error};
use crate::exchange::{Failure, Reply, Request};
use crate::hints;
use crate::options::Settings;
use crate::protocol::api;
use crate::protocol::redact::Redactor;
use crate::protocol::reply::{self, Answer, OtherAnswer};
use crate::protocol::request::AdminRequest;
use crate::secret::Secret;
use crate::status::{KsReason, Status, Step};

/// An action with its parameters.
pub(super) struct Action<'a> {
    pub service: &'static str,
    pub name: &'static str,
    pub members: &'a [(&'a str, Value)],
    /// Whether it only looks: a second `appToken.add` makes a second token, a second `delete` is refused.
    pub is_repeatable: bool,
}

/// An action that can be sent.
pub(super) struct Call {
    name: String,
    ks: Secret,
    redactor: Redactor,
    request: Request,
}

impl Call {
    pub(super) fn new(settings: &Settings, ks: Secret, action: &Action<'_>) -> Self {
        let body = AdminRequest { client_tag: &settings.client_tag, ks: &ks, members: action.members }.body();
        let mut redactor = Redactor::default();
        redactor.add(&ks);
        Call {
            name: format!("{}.{}", action.service, action.name),
            ks,
            redactor,
            request: Request {
                url: settings.service_url.action(action.service, action.name),
                body,
                limit_ms: settings.total_timeout_ms,
                is_repeatable: action.is_repeatable,
            },
        }
    }

    /// What is sent.
    pub(super) fn request(&self) -> &Request {
        &self.request
    }

    /// Sends it, and reads its result with `read`, which gives `None` for what it does not understand.
    pub(super) fn send<T>(
        &self,
        settings: &Settings,
        cancellation: &Cancellation,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<T, Error> {
        driver::check_memory()?;
        let now = Instant::now();
        let deadline = now.checked_add(Duration::from_millis(self.request.limit_ms)).unwrap_or(now);
        match driver::carrier(settings)?.exchange(&self.request, deadline, cancellation) {
            Ok(reply) => self.result(&reply, read),
            Err(failure) => Err(self.no_reply(&failure)),
        }
    }

    /// What a reply means.
    pub(super) fn result<T>(&self, reply: &Reply, read: impl FnOnce(&Value) -> Option<T>) -> Result<T, Error> {
        let value = reply::read_value(reply).map_err(|answer| self.refused(answer, reply))?;
        read(&value.0).ok_or_else(|| {
            let error = self.error(Status::BadReply, &format!("the reply is not one to {}", self.name));
            self.with_reply(error, reply)
        })
    }

    /// What it means that none came.
    pub(super) fn no_reply(&self, failure: &Failure) -> Error {
        let mut error = self.error(failure.status, &failure.message);
        if failure.status == Status::ReplyTooLarge {
            error.hint = hints::PAGE.to_owned();
        }
        error
    }

    fn refused(&self, answer: Answer, reply: &Reply) -> Error {
        let error = match answer {
            Answer::Api(api) => self.api_error(api),
            Answer::Other(other) => self.other(other),
            // `read_value` gives none.
            Answer::Session(_) => self.error(Status::BadReply, "the reply is a session"),
        };
        self.with_reply(error, reply)
    }

    fn api_error(&self, api: ApiError) -> Error {
        let status = api::status(&api.code);
        let mut error =
            self.error(status, &format!("{} was refused: {} ({})", self.name, api.code, api.message.trim()));
        if status == Status::InvalidKs {
            error.ks_reason = api::ks_reason(&api, Some(&self.ks));
        }
        error.hint = match (status, error.ks_reason) {
            (Status::InvalidKs, KsReason::Unreadable) => hints::KS_UNREADABLE.to_owned(),
            (Status::InvalidKs, KsReason::Expired) => hints::KS_EXPIRED.to_owned(),
            (Status::InvalidKs, KsReason::Logout) => hints::KS_ENDED.to_owned(),
            (Status::InvalidKs, _) => hints::KS_RESTRICTED.to_owned(),
            (Status::Forbidden, _) if api.code == "SERVICE_FORBIDDEN" => hints::ADMIN_ONLY.to_owned(),
            (Status::Api, _) if api.code == "MISSING_MANDATORY_PARAMETER" => hints::PARAMETER_LOST.to_owned(),
            _ => error.hint,
        };
        let redact = |text: &String| self.redactor.redact(text);
        error.api = Some(ApiError {
            code: redact(&api.code),
            message: redact(&api.message),
            args: api.args.iter().map(|(name, value)| (redact(name), redact(value))).collect(),
        });
        error
    }

    fn other(&self, other: OtherAnswer) -> Error {
        let mut error = self.error(other.status, &other.message);
        if !other.hint.is_empty() {
            error.hint = other.hint.to_owned();
        }
        error.is_retryable = other.is_retryable;
        error
    }

    fn error(&self, status: Status, message: &str) -> Error {
        let hint = hints::of(status, Step::None, KsReason::None);
        let mut error = Error::new(status, Step::None, self.redactor.redact(message)).with_hint(hint);
        error.attempts = 1;
        error
    }

    fn with_reply(&self, mut error: Error, reply: &Reply) -> Error {
        error.http_status = reply.http_status;
        error.server_session = reply.headers.x_kaltura_session.as_deref().map(|text| self.redactor.redact(text));
        error.server_host = reply.headers.x_me.as_deref().map(|text| self.redactor.redact(text));
        error
    }
}
