//! Requests that the host carries over its own network stack: its proxy, its certificates, its metrics.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::ask::{Answerer, HostFunction};
use crate::cancellation::Cancellation;
use crate::driver::Carrier;
use crate::exchange::{Failure, Reply, ReplyHeaders, Request};
use crate::secret::Zeroizing;
use crate::status::{Category, Status};

/// Is given each request. It may answer later and from any thread.
#[derive(Clone)]
pub struct TransportCallback(HostFunction<Exchange>);

/// A request that waits for its reply. Dropped unanswered, the connection was lost.
pub struct Exchange {
    url: String,
    body: Zeroizing<String>,
    deadline: Instant,
    headers: Mutex<ReplyHeaders>,
    answerer: Answerer<Result<Reply, Failure>>,
}

impl TransportCallback {
    /// Wraps the host's function.
    pub fn new(callback: impl Fn(Exchange) + Send + Sync + 'static) -> Self {
        TransportCallback(HostFunction::new(callback, None))
    }

    /// The host's function, and what is put in its place.
    pub(crate) fn map(&self, wrap: impl FnOnce(&HostFunction<Exchange>) -> HostFunction<Exchange>) -> Self {
        TransportCallback(wrap(&self.0))
    }
}

impl Carrier for TransportCallback {
    fn exchange(&self, request: &Request, deadline: Instant, cancellation: &Cancellation) -> Result<Reply, Failure> {
        let (url, body) = (request.url.clone(), request.body.clone());
        let question = move |answerer| Exchange { url, body, deadline, headers: Mutex::default(), answerer };
        match self.0.ask("kaltura-send", question, deadline, cancellation)? {
            Some(answer) => answer,
            None => Err(Failure::new(Status::ConnectionLost, "the host's transport gave no reply")),
        }
    }
}

impl Exchange {
    /// Where the request goes: always by `POST`, with the content type [`CONTENT_TYPE`](crate::CONTENT_TYPE).
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What is sent.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// How long the reply is still waited for, in milliseconds; 0 when nobody waits any more.
    pub fn timeout_ms(&self) -> u64 {
        self.answerer.left_ms(self.deadline)
    }

    /// Whether nobody waits for the reply any more.
    pub fn is_cancelled(&self) -> bool {
        self.answerer.is_abandoned()
    }

    /// Has `hook` called when nobody waits for the reply any more, at once if it is so already.
    pub fn on_cancel(&self, hook: impl FnOnce() + Send + 'static) {
        self.answerer.on_abandoned(hook);
    }

    /// Takes note of a header of the reply to come.
    pub fn add_header(&self, name: &str, value: &str) {
        self.headers.lock().unwrap_or_else(PoisonError::into_inner).add(name, value);
    }

    /// Answers. Only the first answer counts.
    pub fn reply(&self, http_status: u16, body: &[u8]) {
        let headers = self.headers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.answerer.answer(Some(Ok(Reply { http_status, headers, body: Zeroizing::new(body.to_vec()) })));
    }

    /// Says that there will be no reply.
    pub fn fail(&self, status: Option<Status>, message: &str) {
        self.answerer.answer(Some(Err(host_failure(status, message))));
    }
}

impl fmt::Debug for TransportCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransportCallback")
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("url", &self.url).finish_non_exhaustive()
    }
}

/// A failure as the host tells it. What cannot come of sending a request is a connection that was lost.
pub(crate) fn host_failure(status: Option<Status>, message: &str) -> Failure {
    let can_come = |status: &Status| {
        let others = [Status::ReplyTooLarge, Status::BadReply, Status::Cancelled];
        status.category() == Category::Network || others.contains(status)
    };
    let message = if message.is_empty() { "the host could not send the request" } else { message };
    Failure::new(status.filter(can_come).unwrap_or(Status::ConnectionLost), message)
}
