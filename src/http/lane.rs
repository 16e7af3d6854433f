//! One ureq agent with at most one connection.
//!
//! A lane is busy with one exchange at a time. So what belongs to the exchange lies in the lane, where the connection finds
//! it, and no setting has to travel through ureq: it would take a configuration for each request.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::config::{AutoHeaderValue, Config};
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout};

use crate::cancellation::Cancellation;
use crate::exchange::{CONTENT_TYPE, Failure, MAX_REPLY_BYTES, Reply, ReplyHeaders, Request};
use crate::ffi::os;
use crate::secret::Zeroizing;
use crate::status::Status;

use super::MAX_IDLE_AGE;
use super::call::{CurrentCall, Remains};
use super::connection::Connection;
use super::failure::{self, MAX_HEAD_BYTES};
use super::route::Route;

/// An agent and the exchange it is busy with.
pub(super) struct Lane {
    agent: Agent,
    call: Arc<CurrentCall>,
    used_at: Duration,
}

/// An exchange that failed. Its lane is of no more use.
pub(super) struct Broken {
    /// Why.
    pub failure: Failure,
    /// Whether the connection had been at rest, and was closed by the server before it answered.
    pub at_rest: bool,
}

/// How the library calls itself.
pub(super) const USER_AGENT: &str = concat!("kaltura-session/", env!("CARGO_PKG_VERSION"));

impl Lane {
    /// A lane without a connection; it takes some microseconds.
    pub(super) fn new(route: Arc<Route>) -> Self {
        let call = Arc::new(CurrentCall::default());
        let config = Config::builder()
            .http_status_as_error(false)
            // A redirect would carry the session elsewhere; it is reported.
            .max_redirects(0)
            .user_agent(USER_AGENT)
            .accept(CONTENT_TYPE)
            .accept_encoding(AutoHeaderValue::None)
            .max_response_header_size(MAX_HEAD_BYTES)
            .max_idle_connections(1)
            .max_idle_connections_per_host(1)
            .max_idle_age(MAX_IDLE_AGE)
            // Otherwise ureq looks into the environment; `route` does that.
            .proxy(None)
            .build();
        let agent = Agent::with_parts(config, LaneConnector { route, call: call.clone() }, NoResolver);
        Lane { agent, call, used_at: os::suspend_aware_now() }
    }

    /// When the last exchange ended, on the clock of [`os::suspend_aware_now`].
    pub(super) fn used_at(&self) -> Duration {
        self.used_at
    }

    /// Sends one request and reads the whole reply.
    pub(super) fn exchange(
        &mut self,
        request: &Request,
        deadline: Instant,
        cancellation: &Cancellation,
    ) -> Result<Reply, Broken> {
        self.call.begin(deadline, cancellation);
        let outcome = self.call.check().and_then(|()| self.run(request));
        let Remains { failure: noted, is_unanswered_reuse } = self.call.end();
        self.used_at = os::suspend_aware_now();
        outcome.map_err(|failure| {
            let failure = noted.unwrap_or(failure);
            let at_rest = is_unanswered_reuse && failure.status == Status::ConnectionLost;
            Broken { failure, at_rest }
        })
    }

    /// As if the lane had rested so much longer.
    #[cfg(test)]
    pub(super) fn rest(&mut self, time: Duration) {
        self.used_at = self.used_at.saturating_sub(time);
    }

    #[cfg(test)]
    pub(super) fn call_for_test(&self) -> Arc<CurrentCall> {
        self.call.clone()
    }

    fn run(&self, request: &Request) -> Result<Reply, Failure> {
        let mut response = self
            .agent
            .post(&request.url)
            .content_type(CONTENT_TYPE)
            .send(request.body.as_bytes())
            .map_err(|error| failure::of_ureq(&error))?;
        let mut headers = ReplyHeaders::default();
        for (name, value) in response.headers() {
            if let Ok(value) = value.to_str() {
                headers.add(name.as_str(), value);
            }
        }
        Ok(Reply { http_status: response.status().as_u16(), headers, body: read_body(response.body_mut())? })
    }
}

fn read_body(body: &mut ureq::Body) -> Result<Zeroizing<Vec<u8>>, Failure> {
    // One byte more than allowed shows that it is too long. Room for all of it at once: a vector that grows leaves its old
    // bytes in the heap.
    let at_most = MAX_REPLY_BYTES + 1;
    let announced = body.content_length().map_or(at_most, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced > at_most {
        return Err(failure::too_large());
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(announced.saturating_add(1)));
    let mut reader = body.as_reader().take(at_most.try_into().unwrap_or(u64::MAX));
    reader.read_to_end(&mut bytes).map_err(|error| match error.get_ref().and_then(|cause| cause.downcast_ref()) {
        Some(cause) => failure::of_ureq(cause),
        None => failure::closed_early(),
    })?;
    if bytes.len() > MAX_REPLY_BYTES {
        return Err(failure::too_large());
    }
    Ok(bytes)
}

struct LaneConnector {
    route: Arc<Route>,
    call: Arc<CurrentCall>,
}

impl Connector for LaneConnector {
    type Out = Connection;

    fn connect(&self, details: &ConnectionDetails, _: Option<()>) -> Result<Option<Connection>, ureq::Error> {
        self.route.open(details.uri, &self.call).map(Some).map_err(|failure| self.call.note(failure))
    }
}

impl std::fmt::Debug for LaneConnector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LaneConnector").finish_non_exhaustive()
    }
}

/// ureq resolves the name before each request, also when it then uses a connection that is there. The connector does it
/// when it must, and this one does nothing.
#[derive(Debug)]
struct NoResolver;

impl Resolver for NoResolver {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}
