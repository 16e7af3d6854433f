//! The flow, driven to its end on the caller's thread.

use std::sync::Arc;
use std::time::Instant;

use crate::cancellation::Cancellation;
use crate::clock::{self, Moment};
use crate::error::Error;
use crate::exchange::{Failure, Reply, Request};
use crate::flow::{Action, Flow};
#[cfg(feature = "http")]
use crate::hints;
#[cfg(feature = "http")]
use crate::http;
#[cfg(feature = "http")]
use crate::jitter::Jitter;
#[cfg(feature = "http")]
use crate::memory::Memory;
use crate::options::{Proof, Settings};
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
#[cfg(feature = "http")]
pub fn start_session(options: &crate::Options, cancellation: &Cancellation) -> Result<Session, Error> {
    let settings = Arc::new(options.check()?);
    let carrier = client(&settings)?;
    let mut flow = Flow::new(settings.clone(), Memory::default(), Jitter::seeded());
    match drive(&mut flow, &settings, &*carrier, cancellation, &|_| {})? {
        Driven::Session(session) => Ok(*session),
        Driven::Ended => Err(Error::new(Status::Panic, Step::None, "a bug in this library")),
    }
}

/// What carries the requests of these settings.
#[cfg(feature = "http")]
pub(crate) fn client(settings: &Settings) -> Result<Arc<http::Client>, Error> {
    http::Client::shared(&settings.connection).map_err(|failure| {
        let hint = hints::of(failure.status, Step::None, KsReason::None);
        Error::new(failure.status, Step::None, failure.message).with_hint(hint)
    })
}

/// Steps a flow until it is over; tells `on_step` where it goes.
pub(crate) fn drive(
    flow: &mut Flow,
    settings: &Settings,
    carrier: &dyn Carrier,
    cancellation: &Cancellation,
    on_step: &dyn Fn(Step),
) -> Result<Driven, Error> {
    loop {
        if cancellation.is_cancelled() {
            // Too late if the flow is over already: then its outcome stands.
            let _ = flow.fail(Moment::now(), cancelled());
        }
        match flow.step(Moment::now()) {
            Action::Send(request) => {
                on_step(flow.at());
                let deadline = limit(flow, request.limit_ms);
                match carrier.exchange(&request, deadline, cancellation) {
                    Ok(reply) => flow.receive(Moment::now(), reply)?,
                    Err(failure) => flow.fail(Moment::now(), failure)?,
                }
            }
            Action::Hash { widget_ks, limit_ms } => {
                on_step(flow.at());
                match ask_host(settings, &widget_ks, limit(flow, limit_ms), cancellation) {
                    Ok(hash) => flow.hashed(Some(&hash))?,
                    Err(failure) => flow.fail(Moment::now(), failure)?,
                }
            }
            Action::Wait(pause_ms) => {
                let until_ms = Moment::now().running_ms.saturating_add(pause_ms);
                cancellation.sleep_until(clock::instant_of(until_ms));
            }
            Action::Done(session) => return Ok(Driven::Session(session)),
            Action::Ended => return Ok(Driven::Ended),
            Action::Failed(error) => return Err(*error),
        }
    }
}

fn cancelled() -> Failure {
    Failure::new(Status::Cancelled, "the call was cancelled")
}

/// When an exchange ends that may take so long.
fn limit(flow: &Flow, limit_ms: u64) -> Instant {
    let now = Moment::now().running_ms;
    clock::instant_of(now.saturating_add(limit_ms).min(flow.deadline_ms().unwrap_or(u64::MAX)))
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
