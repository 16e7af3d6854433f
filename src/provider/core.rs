//! The provider's decisions, as one table: no lock, no clock, no thread, no I/O.
//!
//! Whoever wants a session is a [`Waiter`]; [`Core::decide`] tells it what to do, at entry and after every event. At most
//! one flight may publish what it brings: the one in the slot.

use std::sync::Arc;

use crate::clock::Moment;
use crate::error::Error;
use crate::hints;
use crate::jitter::Jitter;
use crate::memory::ERROR_CACHE_MS;
use crate::secret::Secret;
use crate::session::Session;
use crate::status::{KsReason, Status, Step};
use crate::test_panic;

#[cfg(test)]
mod search;
#[cfg(test)]
pub(super) mod tests;

/// What a provider knows.
#[derive(Clone)]
pub(crate) struct Core {
    windows: Windows,
    total_ms: u64,
    jitter: Jitter,
    /// The latest moment seen: a clock that steps back does nothing.
    latest: Moment,
    generation: u64,
    /// Why the user that was set last cannot be, until a good one is.
    bad_user: Option<Arc<Error>>,
    session: Option<Current>,
    slot: Option<Flight>,
    next_flight: u64,
    /// Refreshes that held the slot when they landed; never reset.
    failures: u64,
    successes: u64,
    /// The last failure of this generation.
    last_error: Option<Arc<Error>>,
    /// No refresh before, while a KS lives. On the clock of lives, as all pauses.
    refresh_not_before_ms: u64,
    /// No refresh before, while there is none.
    fail_fast_until_ms: u64,
    /// Failures in a row.
    streak: u32,
    /// The KS that a report named last.
    refused: Option<Refused>,
    is_shut: bool,
    has_ended: bool,
}

/// How early a session is renewed, in milliseconds; `None` for the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Windows {
    pub advisory_ms: Option<u64>,
    pub mandatory_ms: Option<u64>,
}

#[derive(Clone)]
struct Current {
    session: Arc<Session>,
    /// From here on it is refreshed in the background.
    advisory_at_ms: u64,
    /// From here on callers wait for the refresh.
    mandatory_at_ms: u64,
    dies_at_ms: u64,
    /// Until then it stands in for a KS that was refused, and a refusal of it too means that refreshing does not help.
    probation_until_ms: u64,
}

/// A refresh or an end of sessions that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flight {
    pub id: u64,
    pub kind: FlightKind,
    /// On the running clock.
    pub deadline_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlightKind {
    Refresh,
    End,
}

#[derive(Clone)]
struct Refused {
    ks: Secret,
    is_replacement_owed: bool,
}

/// Somebody who wants a session: a blocking call, or an asynchronous request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiter {
    generation: u64,
    /// On the running clock.
    pub deadline_ms: u64,
    failures: u64,
    successes: u64,
}

/// What a waiter does.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub answer: Answer,
    /// A refresh is to be started, whatever the answer.
    pub starts_flight: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Session(Arc<Session>),
    Error(Arc<Error>),
    /// Sleep until an event, or the own deadline.
    Wait,
}

/// What to do about an error of another call to the server.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// The session is not to blame.
    NotASessionProblem = 0,
    /// Load again, then repeat the call, once.
    RefreshAndRetry = 1,
    /// A new session would be refused as well.
    GiveUp = 2,
}

/// What an event leaves to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Aftermath {
    /// A flight that lost the slot and is to be interrupted.
    pub superseded: Option<u64>,
    /// What the store holds is out of date.
    pub clears_store: bool,
    /// Waiters have to decide again.
    pub changed: bool,
}

/// How a flight landed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Landing {
    /// Its session is the current one.
    Published,
    /// It failed, or ended the sessions.
    Noted,
    /// It had lost the slot: nothing happened.
    Superseded,
}

/// How a session stands, given the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    None,
    Fresh,
    Advisory,
    Mandatory,
}

const SECOND_MS: u64 = 1_000;

/// No session lives longer, for the sake of arithmetic.
const LONGEST_LIFE_MS: u64 = 10 * 365 * 24 * 3_600 * SECOND_MS;

/// A session that replaces a refused one is on probation for so long.
const PROBATION_MS: u64 = 60 * SECOND_MS;

impl Core {
    pub(crate) fn new(windows: Windows, total_ms: u64, jitter: Jitter) -> Self {
        Core {
            windows,
            total_ms,
            jitter,
            latest: Moment::default(),
            generation: 0,
            bad_user: None,
            session: None,
            slot: None,
            next_flight: 1,
            failures: 0,
            successes: 0,
            last_error: None,
            refresh_not_before_ms: 0,
            fail_fast_until_ms: 0,
            streak: 0,
            refused: None,
            is_shut: false,
            has_ended: false,
        }
    }

    /// A new waiter.
    pub(crate) fn enter(&mut self, now: Moment) -> Waiter {
        let now = self.see(now);
        Waiter {
            generation: self.generation,
            deadline_ms: now.running_ms.saturating_add(self.total_ms),
            failures: self.failures,
            successes: self.successes,
        }
    }

    /// What a waiter does. `may_wait` is false on a thread that carries a flight of this provider: it would wait for itself.
    pub(crate) fn decide(&mut self, waiter: &Waiter, is_cancelled: bool, may_wait: bool, now: Moment) -> Decision {
        test_panic::here("core");
        let now = self.see(now);
        let give = |session: &Arc<Session>| Answer::Session(session.clone());
        let phase = self.phase(now);
        let is_late = now.running_ms >= waiter.deadline_ms;
        let has_landed = (self.failures, self.successes) != (waiter.failures, waiter.successes);
        let (answer, wants_flight) = if self.is_shut {
            (fail(shut_down()), false)
        } else if is_cancelled {
            (fail(cancelled()), false)
        } else if waiter.generation != self.generation {
            (fail(superseded()), false)
        } else if let Some(error) = &self.bad_user {
            (Answer::Error(error.clone()), false)
        } else if self.has_ended {
            (fail(logged_out()), false)
        } else {
            match (phase, &self.session) {
                (Phase::Fresh, Some(current)) => (give(&current.session), false),
                (Phase::Advisory, Some(current)) => (give(&current.session), now.life_ms >= self.refresh_not_before_ms),
                (Phase::Mandatory, Some(current)) => {
                    let is_pausing = self.slot.is_none() && now.life_ms < self.refresh_not_before_ms;
                    if has_landed || is_pausing || is_late {
                        (give(&current.session), false)
                    } else {
                        (Answer::Wait, true)
                    }
                }
                (Phase::None, _) | (_, None) => match &self.last_error {
                    Some(error) if self.failures != waiter.failures => (Answer::Error(error.clone()), false),
                    _ if is_late => (fail(late()), false),
                    Some(error) if self.slot.is_none() && now.life_ms < self.fail_fast_until_ms => {
                        let mut again = (**error).clone();
                        again.retry_after_ms = self.fail_fast_until_ms - now.life_ms;
                        (fail(again), false)
                    }
                    _ => (Answer::Wait, true),
                },
            }
        };
        if matches!(answer, Answer::Wait) && !may_wait {
            return Decision { answer: fail(would_wait_for_itself()), starts_flight: false };
        }
        Decision { answer, starts_flight: wants_flight && self.slot.is_none() }
    }

    /// Fills the slot. Only after a decision, or a prefetch, that said so.
    pub(crate) fn take_off(&mut self, kind: FlightKind, now: Moment) -> Flight {
        let now = self.see(now);
        debug_assert!(self.slot.is_none() && !self.is_shut && !self.has_ended);
        let flight = Flight { id: self.next_flight, kind, deadline_ms: now.running_ms.saturating_add(self.total_ms) };
        self.next_flight += 1;
        self.slot = Some(flight);
        flight
    }

    /// A refresh landed.
    pub(crate) fn landed(&mut self, flight: u64, result: Result<Session, Error>, now: Moment) -> Landing {
        let now = self.see(now);
        if self.slot.is_none_or(|slot| slot.id != flight) {
            return Landing::Superseded;
        }
        self.slot = None;
        match result.and_then(|session| self.accept(session, now)) {
            Ok(current) => {
                self.session = Some(current);
                self.successes += 1;
                self.streak = 0;
                self.refresh_not_before_ms = 0;
                self.fail_fast_until_ms = 0;
                Landing::Published
            }
            Err(error) => {
                self.fail(error, now);
                Landing::Noted
            }
        }
    }

    /// An end of sessions landed.
    pub(crate) fn end_landed(&mut self, flight: u64, has_ended: bool) {
        if self.slot.is_some_and(|slot| slot.id == flight) {
            self.slot = None;
            self.has_ended |= has_ended;
            if has_ended {
                self.session = None;
            }
        }
    }

    /// Another user, a bad one included; the caller has made sure that it is another.
    pub(crate) fn set_user(&mut self, bad: Option<Error>) -> Aftermath {
        self.generation += 1;
        self.bad_user = bad.map(Arc::new);
        self.session = None;
        self.refused = None;
        self.last_error = None;
        self.streak = 0;
        self.refresh_not_before_ms = 0;
        self.fail_fast_until_ms = 0;
        Aftermath { superseded: self.supersede(), clears_store: true, changed: true }
    }

    /// Drops the session, if it is the one named; any, and a refresh under way too, if none is named.
    pub(crate) fn invalidate(&mut self, ks: Option<&str>) -> Aftermath {
        if self.is_shut {
            return Aftermath::default();
        }
        let Some(ks) = ks else {
            // A late reply must not log the user in again.
            self.session = None;
            return Aftermath { superseded: self.supersede(), clears_store: true, changed: true };
        };
        if !self.is_current(ks) {
            return Aftermath::default();
        }
        self.session = None;
        Aftermath { clears_store: true, changed: true, ..Aftermath::default() }
    }

    /// What to do about an error that another call to the server gave for a KS.
    pub(crate) fn report(&mut self, ks: &str, reason: KsReason, now: Moment) -> (Advice, Aftermath) {
        let now = self.see(now);
        match reason {
            KsReason::None => return (Advice::NotASessionProblem, Aftermath::default()),
            KsReason::ActionsLimit | KsReason::Ip | KsReason::Uri | KsReason::Other => {
                return (Advice::GiveUp, Aftermath::default());
            }
            KsReason::Expired | KsReason::Logout | KsReason::Unreadable => {}
        }
        let Some(current) = self.session.as_ref().filter(|current| &*current.session.ks == ks) else {
            let is_refused_again = self.session.is_none()
                && now.life_ms < self.fail_fast_until_ms
                && self.last_error.as_ref().is_some_and(|error| error.status == Status::InvalidKs);
            let advice = if is_refused_again { Advice::GiveUp } else { Advice::RefreshAndRetry };
            return (advice, Aftermath::default());
        };
        let was_on_probation = now.life_ms < current.probation_until_ms;
        self.session = None;
        // The store keeps what it has: a report never calls out, and the replacement is saved over it.
        let aftermath = Aftermath { changed: true, ..Aftermath::default() };
        if was_on_probation {
            let mut error = Error::new(Status::InvalidKs, Step::StartSession, "the server refuses every new session");
            error.hint = hints::of(Status::InvalidKs, Step::StartSession, reason).to_owned();
            error.ks_reason = reason;
            self.failures += 1;
            self.streak += 1;
            self.last_error = Some(Arc::new(error));
            self.fail_fast_until_ms = now.life_ms.saturating_add(PROBATION_MS);
            return (Advice::GiveUp, aftermath);
        }
        self.refused = Some(Refused { ks: Secret::new(ks), is_replacement_owed: true });
        (Advice::RefreshAndRetry, aftermath)
    }

    /// Whether a refresh is to be started although nobody asks for a session.
    pub(crate) fn prefetch(&mut self, now: Moment) -> bool {
        let now = self.see(now);
        let is_dead_end = self.is_shut || self.has_ended || self.bad_user.is_some() || self.slot.is_some();
        !is_dead_end
            && match self.phase(now) {
                Phase::Fresh => false,
                Phase::Advisory | Phase::Mandatory => now.life_ms >= self.refresh_not_before_ms,
                Phase::None => now.life_ms >= self.fail_fast_until_ms,
            }
    }

    /// The session, if it lives.
    pub(crate) fn peek(&mut self, now: Moment) -> Option<Arc<Session>> {
        let now = self.see(now);
        let is_served = !self.is_shut && self.phase(now) != Phase::None;
        self.session.as_ref().filter(|_| is_served).map(|current| current.session.clone())
    }

    /// Until when a load gives the session without deciding anything, on the clock of lives; `None` if it is not fresh.
    pub(crate) fn fresh_until_ms(&self, now: Moment) -> Option<u64> {
        let is_fresh = self.phase(now) == Phase::Fresh;
        self.session.as_ref().filter(|_| is_fresh).map(|current| current.advisory_at_ms)
    }

    /// Takes the living session, to end it at the server, and the slot.
    ///
    /// # Errors
    /// If there is none to end.
    pub(crate) fn end(&mut self, now: Moment) -> Result<(Arc<Session>, Flight, Aftermath), Error> {
        let now = self.see(now);
        if self.is_shut {
            return Err(shut_down());
        }
        let is_ending = self.slot.is_some_and(|slot| slot.kind == FlightKind::End);
        let current = self.session.take().filter(|current| now.life_ms < current.dies_at_ms);
        let Some(current) = current.filter(|_| !is_ending && !self.has_ended) else {
            return Err(nothing_to_end());
        };
        let superseded = self.supersede();
        let flight = self.take_off(FlightKind::End, now);
        Ok((current.session, flight, Aftermath { superseded, clears_store: true, changed: true }))
    }

    /// No more sessions, and no more flights.
    pub(crate) fn shut_down(&mut self) {
        self.is_shut = true;
        self.session = None;
        self.slot = None;
    }

    pub(crate) fn is_shut(&self) -> bool {
        self.is_shut
    }

    pub(crate) fn has_bad_user(&self) -> bool {
        self.bad_user.is_some()
    }

    /// Whether a flight may publish what it brings.
    pub(crate) fn holds_slot(&self, flight: u64) -> bool {
        self.slot.is_some_and(|slot| slot.id == flight)
    }

    fn see(&mut self, now: Moment) -> Moment {
        self.latest.running_ms = self.latest.running_ms.max(now.running_ms);
        self.latest.life_ms = self.latest.life_ms.max(now.life_ms);
        self.latest.wall_seconds = now.wall_seconds;
        self.latest
    }

    fn phase(&self, now: Moment) -> Phase {
        match &self.session {
            Some(current) if now.life_ms < current.advisory_at_ms => Phase::Fresh,
            Some(current) if now.life_ms < current.mandatory_at_ms => Phase::Advisory,
            Some(current) if now.life_ms < current.dies_at_ms => Phase::Mandatory,
            Some(_) | None => Phase::None,
        }
    }

    fn is_current(&self, ks: &str) -> bool {
        self.session.as_ref().is_some_and(|current| &*current.session.ks == ks)
    }

    /// A refresh that holds the slot loses it; an end of sessions does not.
    fn supersede(&mut self) -> Option<u64> {
        self.slot.take_if(|slot| slot.kind == FlightKind::Refresh).map(|slot| slot.id)
    }

    fn accept(&mut self, session: Session, now: Moment) -> Result<Current, Error> {
        let life_ms = session.remaining_ms_at(now.life_ms).min(LONGEST_LIFE_MS);
        if life_ms == 0 {
            return Err(with_hint(Status::DeadSession, "the KS had expired when it came"));
        }
        if self.refused.as_ref().is_some_and(|refused| refused.ks == session.ks) {
            return Err(with_hint(Status::InvalidKs, "the server gave the refused KS again"));
        }
        let is_owed = self.refused.as_mut().is_some_and(|refused| std::mem::take(&mut refused.is_replacement_owed));
        let advisory_ms = match self.windows.advisory_ms {
            Some(window_ms) => window_ms.min(life_ms / 2),
            // Drawn once for each session: drawn at each look it would flicker.
            None => (600 * SECOND_MS).min(life_ms / 5) * self.jitter.between(900, 1_100) / 1_000,
        };
        let mandatory_ms = match self.windows.mandatory_ms {
            Some(window_ms) => window_ms.min(life_ms / 4),
            None => (60 * SECOND_MS).min(life_ms / 20),
        };
        let dies_at_ms = now.life_ms.saturating_add(life_ms);
        Ok(Current {
            session: Arc::new(session),
            advisory_at_ms: dies_at_ms - advisory_ms,
            mandatory_at_ms: dies_at_ms - mandatory_ms.min(advisory_ms),
            dies_at_ms,
            probation_until_ms: if is_owed { now.life_ms.saturating_add(PROBATION_MS) } else { 0 },
        })
    }

    fn fail(&mut self, error: Error, now: Moment) {
        self.failures += 1;
        self.streak = self.streak.saturating_add(1);
        let life_left_ms = self.session.as_ref().map_or(0, |current| current.dies_at_ms.saturating_sub(now.life_ms));
        let pause_ms = self.jitter.between(5 * SECOND_MS, 30 * SECOND_MS);
        let pause_ms = pause_ms.min(life_left_ms / 4).max(SECOND_MS).max(error.retry_after_ms);
        self.refresh_not_before_ms = now.life_ms.saturating_add(pause_ms);
        let fail_fast_ms = self.fail_fast_ms(&error);
        self.fail_fast_until_ms = now.life_ms.saturating_add(fail_fast_ms);
        self.last_error = Some(Arc::new(error));
    }

    /// How long the error is repeated without another request.
    fn fail_fast_ms(&mut self, error: &Error) -> u64 {
        match error.status {
            Status::Resources | Status::Panic => SECOND_MS,
            // The server stores its answer for as long, unless the rest of that time is known.
            Status::AppTokenMismatch if error.retry_after_ms == 0 => ERROR_CACHE_MS,
            Status::AppTokenMismatch => error.retry_after_ms,
            Status::RateLimited if error.retry_after_ms > 0 => error.retry_after_ms,
            Status::RateLimited => self.jitter.between(10 * SECOND_MS, 13 * SECOND_MS),
            _ if error.is_retryable => {
                let longest_ms = (30 * SECOND_MS).min(SECOND_MS << self.streak.saturating_sub(1).min(5));
                self.jitter.between(longest_ms / 2, longest_ms).max(error.retry_after_ms)
            }
            _ => 30 * SECOND_MS,
        }
    }
}

fn fail(error: Error) -> Answer {
    Answer::Error(Arc::new(error))
}

fn with_hint(status: Status, message: &str) -> Error {
    Error::new(status, Step::StartSession, message).with_hint(hints::of(status, Step::StartSession, KsReason::None))
}

fn before_any(status: Status, message: &str) -> Error {
    Error::new(status, Step::None, message).with_hint(hints::of(status, Step::None, KsReason::None))
}

pub(crate) fn shut_down() -> Error {
    before_any(Status::ShutDown, "the provider was shut down")
}

pub(crate) fn cancelled() -> Error {
    before_any(Status::Cancelled, "the call was cancelled")
}

/// It has no step: where the flight stands only the flight knows.
fn late() -> Error {
    before_any(Status::Timeout, "no session came in time")
}

fn superseded() -> Error {
    before_any(Status::Superseded, "the user was changed meanwhile")
}

pub(crate) fn would_wait_for_itself() -> Error {
    before_any(Status::WrongState, "this thread carries the refresh that it would wait for")
}

fn nothing_to_end() -> Error {
    before_any(Status::WrongState, "there is no living session to end: load one first")
}

fn logged_out() -> Error {
    let mut error = Error::new(Status::InvalidKs, Step::None, "the sessions of this app token were ended");
    error.ks_reason = KsReason::Logout;
    error.with_hint(hints::of(Status::InvalidKs, Step::StartSession, KsReason::Logout))
}
