//! Carries a flow's requests over HTTP.
//!
//! ureq speaks HTTP/1.1 and keeps connections; what is below it is here, because a library inside somebody else's app
//! must keep every promise about time: names are looked up, connections made and bytes moved with non-blocking sockets
//! that are waited for together with a wake-up, so that any of it ends at the deadline and at a cancellation.
//!
//! - [`Client`]: everything that shares connections; found again by its [`Settings`] in `registry`
//! - `lane`: one ureq agent with at most one connection, busy with one exchange at a time
//! - `call`: that exchange as the layers below see it: until when, cancelled by whom, how to wait
//! - `route`: how a connection comes about, with `resolve`, `connect`, `proxy`, `tls` and `trust`
//! - `connection`, `buffers`, `socket`: the connection itself

mod buffers;
mod call;
mod connect;
mod connection;
mod failure;
mod lane;
mod proxy;
mod registry;
mod resolve;
mod route;
mod socket;
mod tls;
mod trust;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::cancellation::Cancellation;
use crate::exchange::{Failure, Reply, Request};
use crate::ffi::os;

use lane::Lane;
pub(crate) use proxy::{ProxyChoice, ProxyUrl};
pub(crate) use resolve::Resolve;
use resolve::SystemResolver;
use route::Route;
pub use trust::Trust;
#[cfg(target_os = "android")]
pub(crate) use trust::introduce;
pub(crate) use trust::{parse_ca_pem, parse_pin};

/// How a server is reached. Equal settings share connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Scheme, host and port in lower case, without a default port: `https://k.example`. Checked before.
    pub origin: String,
    /// How long a connection may take to come about: the name, TCP, the proxy and TLS together.
    pub connect_timeout: Duration,
    /// The proxy in between.
    pub proxy: ProxyChoice,
    /// Whose certificates are believed, beside `ca_pem`.
    pub trust: Trust,
    /// More certificate authorities, each text with at least one. See [`parse_ca_pem`].
    pub ca_pem: Vec<Arc<str>>,
    /// Public keys of which the server's certificate chain must hold one; none for any. See [`parse_pin`].
    pub pins: Vec<[u8; 32]>,
}

/// Exchanges requests for replies, and keeps connections to do so again.
pub(crate) struct Client {
    route: Arc<Route>,
    /// Those at rest, the one used last at the end: that connection is the likeliest to be open still.
    idle: Mutex<Vec<Lane>>,
}

/// More connections at rest are closed. A provider needs one, threads that all start sessions at once a few.
const MAX_IDLE_LANES: usize = 4;

/// A connection that rested longer is not used again: servers and routers forget it, many without a word. It is ureq's
/// own limit, and counts the sleep of the device, which ureq's does not.
const MAX_IDLE_AGE: Duration = Duration::from_secs(15);

impl Client {
    /// The client for these settings that the process already has, or a new one.
    pub(crate) fn shared(settings: &Settings) -> Result<Arc<Client>, Failure> {
        registry::shared(settings)
    }

    /// A client of its own, for tests that look up names themselves.
    pub(crate) fn with_resolver(settings: &Settings, resolver: Arc<dyn Resolve>) -> Result<Client, Failure> {
        Ok(Client { route: Arc::new(Route::new(settings, resolver)?), idle: Mutex::default() })
    }

    fn new(settings: &Settings) -> Result<Client, Failure> {
        Client::with_resolver(settings, Arc::new(SystemResolver))
    }

    /// Sends one request and reads the whole reply, before `deadline` and unless cancelled.
    pub(crate) fn exchange(
        &self,
        request: &Request,
        deadline: Instant,
        cancellation: &Cancellation,
    ) -> Result<Reply, Failure> {
        let own_limit = Instant::now().checked_add(Duration::from_millis(request.limit_ms));
        let deadline = own_limit.map_or(deadline, |own_limit| own_limit.min(deadline));

        // Whether the server read what was sent over a connection at rest, nobody knows if it breaks then.
        let idle = if request.is_repeatable { self.take_idle() } else { None };
        let mut lane = idle.unwrap_or_else(|| Lane::new(self.route.clone()));
        let outcome = match lane.exchange(request, deadline, cancellation) {
            // The server closed a connection at rest, and its word of that crossed our request.
            Err(broken) if broken.at_rest => {
                lane = Lane::new(self.route.clone());
                lane.exchange(request, deadline, cancellation)
            }
            outcome => outcome,
        };
        let reply = outcome.map_err(|broken| broken.failure)?;
        self.keep(lane);
        Ok(reply)
    }

    fn take_idle(&self) -> Option<Lane> {
        let now = os::suspend_aware_now();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|lane| now.saturating_sub(lane.used_at()) < MAX_IDLE_AGE);
        idle.pop()
    }

    fn keep(&self, lane: Lane) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() == MAX_IDLE_LANES {
            idle.remove(0);
        }
        idle.push(lane);
    }
}
