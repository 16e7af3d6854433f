//! The flow, driven to its end on the caller's thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cancellation::Cancellation;
use crate::clock::Moment;
use crate::error::Error;
use crate::exchange::{Failure, Reply, Request};
use crate::ffi::os;
use crate::flow::{Action, Flow};
use crate::hints;
#[cfg(feature = "http")]
use crate::http;
use crate::jitter::Jitter;
use crate::memory::Memory;
use crate::options::{Options, Proof, Settings};
use crate::secret::Secret;
use crate::session::Session;
#[cfg(feature = "http")]
use crate::status::KsReason;
use crate::status::{Status, Step};

/// Whatever carries a flow's requests.
pub(crate) trait Carrier {
    /// Sends one request and reads the whole reply, before `deadline` and unless cancelled.
    fn exchange(&self, request: &Request, deadline: Instant, cancellation: &Cancellation) -> Result<Reply, Failure>;
}

/// How a flow ended well.
pub(crate) enum Driven {
    Session(Box<Session>),
    /// The sessions were ended.
    Ended,
}

/// Starts a session: blocks while it sends its requests, for the total timeout at most.
///
/// # Errors
/// Every status but those of providers.
pub fn start_session(options: &Options, cancellation: &Cancellation) -> Result<Session, Error> {
    let settings = Arc::new(options.check()?);
    let carrier = carrier(&settings)?;
    let mut flow = Flow::new(settings.clone(), Memory::default(), Jitter::seeded());
    match drive(&mut flow, &settings, &*carrier, &Moment::now, cancellation, &|_| {})? {
        Driven::Session(session) => Ok(*session),
        Driven::Ended => Err(Error::new(Status::Panic, Step::None, "a bug in this library")),
    }
}

/// What carries the requests of these settings.
pub(crate) fn carrier(settings: &Settings) -> Result<Arc<dyn Carrier + Send + Sync>, Error> {
    match &settings.transport {
        Some(transport) => Ok(Arc::new(transport.clone())),
        None => own_carrier(settings),
    }
}

#[cfg(feature = "http")]
fn own_carrier(settings: &Settings) -> Result<Arc<dyn Carrier + Send + Sync>, Error> {
    match http::Client::shared(&settings.connection) {
        Ok(client) => Ok(client),
        Err(failure) => {
            let hint = hints::of(failure.status, Step::None, KsReason::None);
            Err(Error::new(failure.status, Step::None, failure.message).with_hint(hint))
        }
    }
}

#[cfg(not(feature = "http"))]
fn own_carrier(_settings: &Settings) -> Result<Arc<dyn Carrier + Send + Sync>, Error> {
    let message = "no transport was given, and this build of the library has none";
    Err(Error::invalid_argument("transport", message, hints::TRANSPORT))
}

/// Steps a flow until it is over; tells `on_step` where it goes.
pub(crate) fn drive(
    flow: &mut Flow,
    settings: &Settings,
    carrier: &dyn Carrier,
    now: &dyn Fn() -> Moment,
    cancellation: &Cancellation,
    on_step: &dyn Fn(Step),
) -> Result<Driven, Error> {
    check_memory()?;
    // Read again after whatever takes time: it is three clocks.
    let mut moment = now();
    loop {
        if cancellation.is_cancelled() {
            // Too late if the flow is over already: then its outcome stands.
            let _ = flow.fail(moment, cancelled());
        }
        match flow.step(moment) {
            Action::Send(request) => {
                on_step(flow.at());
                let outcome = carrier.exchange(&request, limit(flow, request.limit_ms, moment), cancellation);
                moment = now();
                match outcome {
                    Ok(reply) => flow.receive(moment, reply)?,
                    Err(failure) => flow.fail(moment, failure)?,
                }
            }
            Action::Hash { widget_ks, limit_ms } => {
                on_step(flow.at());
                let outcome = ask_host(settings, &widget_ks, limit(flow, limit_ms, moment), cancellation);
                moment = now();
                match outcome {
                    Ok(hash) => flow.hashed(Some(&hash))?,
                    Err(failure) => flow.fail(moment, failure)?,
                }
            }
            Action::Wait(pause_ms) => {
                cancellation.sleep_until(after(pause_ms));
                moment = now();
            }
            Action::Done(session) => return Ok(Driven::Session(session)),
            Action::Ended => return Ok(Driven::Ended),
            Action::Failed(error) => return Err(*error),
        }
    }
}

/// A call that would have to live on the reserve from its beginning does not begin.
pub(crate) fn check_memory() -> Result<(), Error> {
    if os::has_memory() {
        return Ok(());
    }
    Err(Error::new(Status::Resources, Step::None, "the process has no memory left").with_hint(hints::RESOURCES))
}

fn cancelled() -> Failure {
    Failure::new(Status::Cancelled, "the call was cancelled")
}

/// When an exchange ends that may take so long.
fn limit(flow: &Flow, limit_ms: u64, now: Moment) -> Instant {
    let left_ms = flow.deadline_ms().map_or(u64::MAX, |deadline_ms| deadline_ms.saturating_sub(now.running_ms));
    after(limit_ms.min(left_ms))
}

fn after(ms: u64) -> Instant {
    let now = Instant::now();
    now.checked_add(Duration::from_millis(ms)).unwrap_or(now)
}

fn ask_host(
    settings: &Settings,
    widget_ks: &Secret,
    deadline: Instant,
    cancellation: &Cancellation,
) -> Result<Secret, Failure> {
    match &settings.proof {
        Proof::Host(Some(callback)) => callback.ask(widget_ks, deadline, cancellation),
        Proof::Host(None) | Proof::Token(_) => {
            Err(Failure::new(Status::CallbackFailed, "there is no token hash callback"))
        }
    }
}

#[cfg(feature = "http")]
impl Carrier for http::Client {
    fn exchange(&self, request: &Request, deadline: Instant, cancellation: &Cancellation) -> Result<Reply, Failure> {
        http::Client::exchange(self, request, deadline, cancellation)
    }
}
