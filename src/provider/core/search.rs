//! Every order of a few events, looked through breadth first, beside a model that says what must hold. The bounds are
//! small, so this is evidence and no proof. `KALTURA_SEARCH_STATES` sets how many states each scenario may visit.

#![allow(
    clippy::print_stderr,
    reason = "a search says what it looked through, and the way to a state that breaks a rule"
)]

use std::collections::{HashSet, VecDeque};

use super::tests::{at, error, session};
use super::*;

/// What may happen, and how often.
#[derive(Clone, Copy, Default)]
struct Budget {
    waiters: usize,
    flights: usize,
    /// Steps to the next moment at which something changes.
    ticks: usize,
    /// The device sleeps past the end of every life.
    sleeps: usize,
    users: usize,
    bad_users: usize,
    invalidations: usize,
    log_outs: usize,
    reports: usize,
    cancels: usize,
    ends: usize,
    prefetches: usize,
    shutdowns: usize,
    /// How flights land: these of [`OUTCOMES`].
    outcomes: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Long,
    Passing,
    Dead,
    Short,
    Refused,
}

const OUTCOMES: [Outcome; 5] = [Outcome::Long, Outcome::Passing, Outcome::Dead, Outcome::Short, Outcome::Refused];
const LONG_MS: u64 = 100_000;
const SHORT_MS: u64 = 1_000;
const TOTAL_MS: u64 = 15_000;

#[derive(Clone, Copy, Debug)]
enum Event {
    Enter(usize),
    /// A waiter that was woken, or whose deadline passed, decides.
    Wake(usize),
    Cancel(usize),
    Land(usize, Outcome),
    EndLands(usize, bool),
    Tick,
    Sleep,
    SetUser,
    SetBadUser,
    Invalidate(usize),
    LogOut,
    Report(usize),
    End,
    Prefetch,
    ShutDown,
}

#[derive(Clone)]
struct Sleeper {
    waiter: Waiter,
    is_cancelled: bool,
    is_woken: bool,
    generation: u64,
    deadline_ms: u64,
    /// What had landed when it came, and the newest session that anybody had been given by then.
    landings: u64,
    failures: u64,
    newest: usize,
}

#[derive(Clone)]
struct FlightModel {
    id: u64,
    kind: FlightKind,
    /// Neither a switch of users nor a log-out came since: it may publish.
    is_wanted: bool,
    generation: u64,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct SessionModel {
    number: usize,
    dies_at_ms: u64,
    advisory_at_ms: u64,
    mandatory_at_ms: u64,
    probation_until_ms: u64,
}

/// The provider, and what the specification says of it.
#[derive(Clone)]
struct World {
    core: Core,
    now: Moment,
    left: Budget,
    waiters: Vec<Option<Sleeper>>,
    flights: Vec<FlightModel>,
    session: Option<SessionModel>,
    /// Generation by session number.
    minted: Vec<u64>,
    newest_given: usize,
    generation: u64,
    is_bad: bool,
    is_shut: bool,
    has_ended: bool,
    landings: u64,
    failures: u64,
    streak: u32,
    not_before_ms: u64,
    fail_fast_until_ms: u64,
    /// Of the last failure: the server refused the replacement of a refused KS, or gave that KS again.
    has_given_up: bool,
    refused: Option<usize>,
    is_owed: bool,
}

fn ks(number: usize) -> String {
    format!("K{number}")
}

impl World {
    fn new(budget: Budget) -> Self {
        World {
            core: Core::new(Windows::default(), TOTAL_MS, Jitter::lowest()),
            now: at(1_000),
            left: budget,
            waiters: vec![None; budget.waiters],
            flights: Vec::new(),
            session: None,
            minted: Vec::new(),
            newest_given: 0,
            generation: 0,
            is_bad: false,
            is_shut: false,
            has_ended: false,
            landings: 0,
            failures: 0,
            streak: 0,
            not_before_ms: 0,
            fail_fast_until_ms: 0,
            has_given_up: false,
            refused: None,
            is_owed: false,
        }
    }

    fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for (index, waiter) in self.waiters.iter().enumerate() {
            match waiter {
                // They are alike: only the first of those that sleep comes.
                None if self.waiters[..index].iter().all(Option::is_some) => events.push(Event::Enter(index)),
                None => {}
                Some(sleeper) => {
                    if sleeper.is_woken || self.now.running_ms >= sleeper.deadline_ms {
                        events.push(Event::Wake(index));
                    }
                    if self.left.cancels > 0 && !sleeper.is_cancelled {
                        events.push(Event::Cancel(index));
                    }
                }
            }
        }
        for (index, flight) in self.flights.iter().enumerate() {
            match flight.kind {
                FlightKind::Refresh => {
                    let outcomes = OUTCOMES[..self.left.outcomes]
                        .iter()
                        .filter(|outcome| **outcome != Outcome::Refused || self.refused.is_some());
                    events.extend(outcomes.map(|&outcome| Event::Land(index, outcome)));
                }
                FlightKind::End => events.extend([true, false].map(|is_ok| Event::EndLands(index, is_ok))),
            }
        }
        let left = &self.left;
        let numbers = (1..=self.minted.len()).rev().take(2);
        events.extend(
            [
                (left.ticks > 0 && self.next_moment().is_some()).then_some(Event::Tick),
                (left.sleeps > 0 && self.is_living()).then_some(Event::Sleep),
                (left.users > 0).then_some(Event::SetUser),
                (left.bad_users > 0).then_some(Event::SetBadUser),
                (left.log_outs > 0).then_some(Event::LogOut),
                (left.ends > 0).then_some(Event::End),
                (left.prefetches > 0).then_some(Event::Prefetch),
                (left.shutdowns > 0).then_some(Event::ShutDown),
            ]
            .into_iter()
            .flatten(),
        );
        if left.invalidations > 0 {
            events.extend(numbers.clone().map(Event::Invalidate));
        }
        if left.reports > 0 {
            events.extend(numbers.map(Event::Report));
        }
        events
    }

    /// The next moment at which the answer to anybody may change.
    fn next_moment(&self) -> Option<u64> {
        let session = self.session.iter().flat_map(|session| {
            [session.advisory_at_ms, session.mandatory_at_ms, session.dies_at_ms, session.probation_until_ms]
        });
        // Both clocks start together; a sleep moves the clock of lives on.
        let slept_ms = self.now.life_ms - self.now.running_ms;
        let deadlines = self.waiters.iter().flatten().map(|sleeper| sleeper.deadline_ms + slept_ms);
        let pauses = [self.not_before_ms, self.fail_fast_until_ms];
        session.chain(deadlines).chain(pauses).filter(|&ms| ms > self.now.life_ms).min()
    }

    fn play(&mut self, event: Event) {
        let asleep_before = self.asleep();
        let has_changed = match event {
            Event::Enter(index) => {
                let waiter = self.core.enter(self.now);
                self.waiters[index] = Some(Sleeper {
                    waiter,
                    is_cancelled: false,
                    is_woken: true,
                    generation: self.generation,
                    deadline_ms: self.now.running_ms + TOTAL_MS,
                    landings: self.landings,
                    failures: self.failures,
                    newest: self.newest_given,
                });
                self.wake(index)
            }
            Event::Wake(index) => self.wake(index),
            Event::Cancel(index) => {
                self.left.cancels -= 1;
                self.waiters[index].as_mut().unwrap().is_cancelled = true;
                true
            }
            Event::Land(index, outcome) => self.land(index, outcome),
            Event::EndLands(index, is_ok) => self.end_lands(index, is_ok),
            Event::Tick => {
                self.left.ticks -= 1;
                let passed = self.next_moment().unwrap() - self.now.life_ms;
                self.now.life_ms += passed;
                self.now.running_ms += passed;
                false
            }
            Event::Sleep => {
                self.left.sleeps -= 1;
                self.now.life_ms = self.session.as_ref().unwrap().dies_at_ms + 1;
                false
            }
            Event::SetUser => {
                self.left.users -= 1;
                self.set_user(None)
            }
            Event::SetBadUser => {
                self.left.bad_users -= 1;
                self.set_user(Some(error(Status::InvalidArgument)))
            }
            Event::Invalidate(number) => self.invalidate(number),
            Event::LogOut => {
                self.left.log_outs -= 1;
                let aftermath = self.core.invalidate(None);
                if self.is_shut {
                    assert_eq!(aftermath, Aftermath::default());
                } else {
                    self.session = None;
                    self.supersede(aftermath);
                }
                aftermath.changed
            }
            Event::Report(number) => self.report(number),
            Event::End => self.end(),
            Event::Prefetch => {
                self.left.prefetches -= 1;
                if self.core.prefetch(self.now) {
                    self.take_off();
                }
                false
            }
            Event::ShutDown => {
                self.left.shutdowns -= 1;
                self.core.shut_down();
                self.is_shut = true;
                self.session = None;
                self.flights.iter_mut().for_each(|flight| flight.is_wanted = false);
                true
            }
        };
        if has_changed {
            self.waiters.iter_mut().flatten().for_each(|sleeper| sleeper.is_woken = true);
        } else {
            self.nobody_was_forgotten(&asleep_before);
        }
        self.look();
    }

    fn is_living(&self) -> bool {
        self.session.as_ref().is_some_and(|session| self.now.life_ms < session.dies_at_ms)
    }

    fn asleep(&self) -> Vec<usize> {
        let is_asleep = |sleeper: &Sleeper| !sleeper.is_woken;
        (0..self.waiters.len()).filter(|&index| self.waiters[index].as_ref().is_some_and(is_asleep)).collect()
    }

    /// I6: whoever sleeps on would be told to sleep on. Time alone wakes nobody but at deadlines, and a session that dies
    /// meanwhile, or a pause that ends, is no reason to: the flight that a sleeper waits for will tell.
    fn nobody_was_forgotten(&self, asleep_before: &[usize]) {
        for &index in asleep_before {
            let Some(sleeper) = self.waiters[index].as_ref().filter(|sleeper| !sleeper.is_woken) else { continue };
            if self.now.running_ms >= sleeper.deadline_ms {
                continue;
            }
            let decision = self.core.clone().decide(&sleeper.waiter, sleeper.is_cancelled, true, self.now);
            assert!(matches!(decision.answer, Answer::Wait), "a waiter sleeps on past {decision:?}");
            assert!(!decision.starts_flight, "a waiter sleeps on though nothing is under way");
        }
    }

    /// What holds at any time.
    fn look(&self) {
        let peeked = self.core.clone().peek(self.now).map(|session| session.ks.to_string());
        let living = self.session.as_ref().filter(|session| self.now.life_ms < session.dies_at_ms);
        assert_eq!(peeked, living.map(|session| ks(session.number)), "the session is not the one that should be");
        let wanted = self.flights.iter().filter(|flight| flight.is_wanted).count();
        assert!(wanted <= 1, "two flights may publish");
        assert_eq!(self.core.slot.map(|slot| slot.id), self.flights.iter().find(|f| f.is_wanted).map(|f| f.id));
    }

    fn take_off(&mut self) {
        // I3 and I11.
        assert!(!self.flights.iter().any(|flight| flight.is_wanted), "a second flight starts");
        assert!(!self.is_shut && !self.has_ended && !self.is_bad, "a flight starts though nothing can come of it");
        let (pause_ms, is_living) = match &self.session {
            Some(session) if self.now.life_ms < session.dies_at_ms => {
                assert!(self.now.life_ms >= session.advisory_at_ms, "a fresh session is refreshed");
                (self.not_before_ms, true)
            }
            _ => (self.fail_fast_until_ms, false),
        };
        assert!(self.now.life_ms >= pause_ms, "a flight starts in its pause, living: {is_living}");
        let flight = self.core.take_off(FlightKind::Refresh, self.now);
        assert_eq!(flight.deadline_ms, self.now.running_ms + TOTAL_MS);
        self.flights.push(FlightModel {
            id: flight.id,
            kind: flight.kind,
            is_wanted: true,
            generation: self.generation,
        });
    }

    fn wake(&mut self, index: usize) -> bool {
        let sleeper = self.waiters[index].clone().unwrap();
        let was_wanted = self.flights.iter().any(|flight| flight.is_wanted);
        let decision = self.core.decide(&sleeper.waiter, sleeper.is_cancelled, true, self.now);
        if decision.starts_flight {
            if self.flights.len() >= self.left.flights {
                // As many as this scenario has room for: the start of a thread failed.
                let flight = self.core.take_off(FlightKind::Refresh, self.now);
                self.core.landed(flight.id, Err(error(Status::Resources)), self.now);
                self.note_failure(1_000, false);
                self.waiters[index] = None;
                return true;
            }
            self.take_off();
        }
        match decision.answer {
            Answer::Session(session) => {
                self.check_session(&sleeper, &session, decision.starts_flight, was_wanted);
                self.waiters[index] = None;
            }
            Answer::Error(error) => {
                self.check_error(&sleeper, &error);
                assert!(!decision.starts_flight);
                self.waiters[index] = None;
            }
            Answer::Wait => {
                // I7, and nobody waits for nothing.
                assert!(self.now.running_ms < sleeper.deadline_ms, "a waiter waits past its deadline");
                assert!(self.flights.iter().any(|flight| flight.is_wanted), "a waiter waits for nothing");
                self.waiters[index].as_mut().unwrap().is_woken = false;
            }
        }
        false
    }

    fn check_session(&mut self, sleeper: &Sleeper, session: &Session, starts_flight: bool, was_flying: bool) {
        let number: usize = session.ks[1..].parse().unwrap();
        assert!(self.now.life_ms < session.dies_at_life_ms, "I1: a dead session");
        assert_eq!(self.minted[number - 1], self.generation, "I2: of another user");
        assert_eq!(sleeper.generation, self.generation, "I2: for another user");
        assert!(!self.is_shut && !self.has_ended && !sleeper.is_cancelled && !self.is_bad);
        assert!(number >= sleeper.newest, "O1: older than one that was given");
        let current = self.session.clone().unwrap();
        assert_eq!(number, current.number, "O2: not the current one");
        if self.now.life_ms < current.advisory_at_ms {
            assert!(!starts_flight);
        } else if self.now.life_ms < current.mandatory_at_ms {
            let is_due = !was_flying && self.now.life_ms >= self.not_before_ms;
            assert_eq!(starts_flight, is_due, "an advisory refresh");
        } else {
            let is_excused = self.landings != sleeper.landings
                || (!was_flying && self.now.life_ms < self.not_before_ms)
                || self.now.running_ms >= sleeper.deadline_ms;
            assert!(is_excused, "a session in its mandatory window is given without a try");
        }
        self.newest_given = self.newest_given.max(number);
    }

    /// I4: a living session is withheld for few errors.
    fn check_error(&self, sleeper: &Sleeper, error: &Error) {
        let is_living = self.is_living();
        let is_flying = self.flights.iter().any(|flight| flight.is_wanted);
        let is_expected = match error.status {
            Status::ShutDown => self.is_shut,
            _ if self.is_shut => false,
            Status::Cancelled => sleeper.is_cancelled,
            Status::Superseded => sleeper.generation != self.generation,
            _ if sleeper.generation != self.generation => false,
            Status::InvalidArgument => self.is_bad,
            Status::InvalidKs if error.ks_reason == KsReason::Logout && self.has_ended => true,
            Status::Timeout => !is_living && self.now.running_ms >= sleeper.deadline_ms,
            _ => {
                let has_failed = self.failures != sleeper.failures;
                let is_pausing = !is_flying && self.now.life_ms < self.fail_fast_until_ms;
                !is_living && (has_failed || is_pausing)
            }
        };
        assert!(is_expected, "{error:?} with a living session: {is_living}");
    }

    fn land(&mut self, index: usize, outcome: Outcome) -> bool {
        let flight = self.flights.remove(index);
        let mut number = self.minted.len() + 1;
        let result = match outcome {
            Outcome::Long => Ok(session(&ks(number), self.now.life_ms + LONG_MS)),
            Outcome::Short => Ok(session(&ks(number), self.now.life_ms + SHORT_MS)),
            Outcome::Dead => Ok(session(&ks(number), self.now.life_ms)),
            Outcome::Passing => Err(error(Status::Connect)),
            Outcome::Refused => {
                number = self.refused.unwrap_or(1);
                Ok(session(&ks(number), self.now.life_ms + LONG_MS))
            }
        };
        let life_ms = match outcome {
            Outcome::Short => SHORT_MS,
            _ => LONG_MS,
        };
        if number > self.minted.len() {
            self.minted.push(flight.generation);
        }
        let landing = self.core.landed(flight.id, result, self.now);
        if !flight.is_wanted {
            assert_eq!(landing, Landing::Superseded);
            return false;
        }
        match outcome {
            Outcome::Long | Outcome::Short => {
                assert_eq!(landing, Landing::Published);
                let dies_at_ms = self.now.life_ms + life_ms;
                let is_owed = std::mem::take(&mut self.is_owed);
                self.session = Some(SessionModel {
                    number,
                    dies_at_ms,
                    advisory_at_ms: dies_at_ms - life_ms / 5 * 9 / 10,
                    mandatory_at_ms: dies_at_ms - life_ms / 20,
                    probation_until_ms: if is_owed { self.now.life_ms + 60_000 } else { 0 },
                });
                self.landings += 1;
                self.streak = 0;
                self.not_before_ms = 0;
                self.fail_fast_until_ms = 0;
            }
            Outcome::Passing => {
                let pause_ms = (1_000 << self.streak.min(5)).min(30_000) / 2;
                assert_eq!(landing, Landing::Noted);
                self.note_failure(pause_ms, false);
            }
            Outcome::Dead => {
                assert_eq!(landing, Landing::Noted);
                self.note_failure(30_000, false);
            }
            Outcome::Refused => {
                assert_eq!(landing, Landing::Noted);
                self.note_failure(30_000, true);
            }
        }
        true
    }

    fn note_failure(&mut self, fail_fast_ms: u64, has_given_up: bool) {
        let left_ms = self.session.as_ref().map_or(0, |session| session.dies_at_ms.saturating_sub(self.now.life_ms));
        self.landings += 1;
        self.failures += 1;
        self.streak += 1;
        self.not_before_ms = self.now.life_ms + (left_ms / 4).clamp(1_000, 5_000);
        self.fail_fast_until_ms = self.now.life_ms + fail_fast_ms;
        self.has_given_up = has_given_up;
    }

    fn end_lands(&mut self, index: usize, is_ok: bool) -> bool {
        let flight = self.flights.remove(index);
        self.core.end_landed(flight.id, is_ok);
        self.has_ended |= flight.is_wanted && is_ok;
        true
    }

    fn supersede(&mut self, aftermath: Aftermath) {
        let is_refresh = |flight: &&mut FlightModel| flight.is_wanted && flight.kind == FlightKind::Refresh;
        let flight = self.flights.iter_mut().find(is_refresh);
        assert_eq!(aftermath.superseded, flight.as_ref().map(|flight| flight.id));
        if let Some(flight) = flight {
            flight.is_wanted = false;
        }
    }

    fn set_user(&mut self, bad: Option<Error>) -> bool {
        if self.is_shut {
            // The provider does not come here then.
            return false;
        }
        self.is_bad = bad.is_some();
        let aftermath = self.core.set_user(bad);
        self.generation += 1;
        self.session = None;
        self.streak = 0;
        self.not_before_ms = 0;
        self.fail_fast_until_ms = 0;
        self.has_given_up = false;
        self.refused = None;
        self.is_owed = false;
        self.supersede(aftermath);
        aftermath.changed
    }

    /// I12: drops the one that is named, and no other.
    fn invalidate(&mut self, number: usize) -> bool {
        self.left.invalidations -= 1;
        let aftermath = self.core.invalidate(Some(&ks(number)));
        let is_current = self.session.as_ref().is_some_and(|session| session.number == number);
        assert_eq!(aftermath, Aftermath { superseded: None, clears_store: is_current, changed: is_current });
        if is_current {
            self.session = None;
        }
        aftermath.changed
    }

    fn report(&mut self, number: usize) -> bool {
        self.left.reports -= 1;
        if self.is_shut {
            return false;
        }
        let (advice, aftermath) = self.core.report(&ks(number), KsReason::Expired, self.now);
        let Some(current) = self.session.take_if(|session| session.number == number) else {
            let gives_up = self.session.is_none() && self.has_given_up && self.now.life_ms < self.fail_fast_until_ms;
            assert_eq!(advice, if gives_up { Advice::GiveUp } else { Advice::RefreshAndRetry });
            assert_eq!(aftermath, Aftermath::default());
            return false;
        };
        if self.now.life_ms < current.probation_until_ms {
            assert_eq!(advice, Advice::GiveUp);
            let not_before_ms = self.not_before_ms;
            self.note_failure(60_000, true);
            self.not_before_ms = not_before_ms;
        } else {
            assert_eq!(advice, Advice::RefreshAndRetry);
            self.refused = Some(number);
            self.is_owed = true;
        }
        aftermath.changed
    }

    fn end(&mut self) -> bool {
        self.left.ends -= 1;
        let is_ending = self.flights.iter().any(|flight| flight.is_wanted && flight.kind == FlightKind::End);
        let living = self.session.take().filter(|session| self.now.life_ms < session.dies_at_ms);
        match self.core.end(self.now) {
            Ok((session, flight, aftermath)) => {
                let living = living.expect("there is one to end");
                assert!(!is_ending && !self.is_shut && !self.has_ended);
                assert_eq!(*session.ks, *ks(living.number));
                self.supersede(aftermath);
                self.flights.push(FlightModel {
                    id: flight.id,
                    kind: flight.kind,
                    is_wanted: true,
                    generation: self.generation,
                });
                true
            }
            Err(error) => {
                assert!(living.is_none() || self.is_shut);
                let expected = if self.is_shut { Status::ShutDown } else { Status::WrongState };
                assert_eq!(error.status, expected);
                false
            }
        }
    }

    /// The same for worlds that go on alike: times and numbers count from the present.
    fn key(&self) -> Vec<u8> {
        let mut key = Vec::with_capacity(160);
        let mut number = |number: u64| key.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
        let until = |ms: u64| ms.saturating_sub(self.now.life_ms);
        let minted = self.minted.len();
        let back = |number: usize| (minted - number) as u64;
        let left = &self.left;
        for count in [
            left.ticks,
            left.sleeps,
            left.users,
            left.bad_users,
            left.invalidations,
            left.log_outs,
            left.reports,
            left.cancels,
            left.ends,
            left.prefetches,
            left.shutdowns,
        ] {
            number(count as u64);
        }
        for flag in [self.is_bad, self.is_shut, self.has_ended, self.has_given_up, self.is_owed] {
            number(flag.into());
        }
        // Of the latest two sessions, those that can be named, whether they are the present user's.
        number(minted.min(2) as u64);
        number(self.streak.min(6).into());
        number(until(self.not_before_ms));
        number(until(self.fail_fast_until_ms));
        number(self.refused.map_or(u64::MAX, back));
        number(back(self.newest_given.max(minted.saturating_sub(9))));
        match &self.session {
            None => number(u64::MAX),
            Some(session) => {
                number(back(session.number));
                number(until(session.dies_at_ms));
                number(until(session.advisory_at_ms));
                number(until(session.mandatory_at_ms));
                number(until(session.probation_until_ms));
            }
        }
        for waiter in &self.waiters {
            let Some(sleeper) = waiter else {
                number(u64::MAX);
                continue;
            };
            number(u64::from(sleeper.is_cancelled) + 2 * u64::from(sleeper.is_woken));
            number(self.generation - sleeper.generation);
            number(sleeper.deadline_ms.saturating_sub(self.now.running_ms));
            number(u64::from(self.landings != sleeper.landings));
            number(u64::from(self.failures != sleeper.failures));
            number(back(sleeper.newest.max(minted.saturating_sub(9))));
        }
        for flight in &self.flights {
            number(flight.kind as u64 + 2 * u64::from(flight.is_wanted));
            number(self.generation - flight.generation);
        }
        key
    }
}

/// Looks through a scenario; returns how many states there were.
fn search(name: &str, budget: Budget) -> usize {
    let bound = std::env::var("KALTURA_SEARCH_STATES").ok().and_then(|bound| bound.parse().ok()).unwrap_or(150_000);
    let mut seen = HashSet::new();
    let mut parents: Vec<(usize, Option<Event>)> = vec![(0, None)];
    let mut queue = VecDeque::from([(0, World::new(budget))]);
    while let Some((parent, world)) = queue.pop_front() {
        for event in world.events() {
            let mut next = world.clone();
            let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| next.play(event)));
            if let Err(payload) = played {
                let mut path = vec![format!("{event:?}")];
                let mut index = parent;
                while let (earlier, Some(event)) = parents[index] {
                    path.push(format!("{event:?}"));
                    index = earlier;
                }
                path.reverse();
                eprintln!("{name}: {}", path.join(", "));
                std::panic::resume_unwind(payload);
            }
            if seen.insert(next.key()) && seen.len() <= bound {
                parents.push((parent, Some(event)));
                queue.push_back((parents.len() - 1, next));
            }
        }
    }
    eprintln!("{name}: {} states", seen.len().min(bound));
    seen.len().min(bound)
}

#[test]
fn loads_and_clocks_in_any_order_break_no_rule() {
    let budget =
        Budget { waiters: 3, flights: 3, ticks: 7, sleeps: 1, prefetches: 1, outcomes: 4, ..Budget::default() };
    assert!(search("loads", budget) > 10_000);
}

#[test]
fn users_and_log_outs_in_any_order_break_no_rule() {
    let budget = Budget {
        waiters: 2,
        flights: 4,
        ticks: 2,
        users: 2,
        bad_users: 1,
        log_outs: 1,
        cancels: 1,
        shutdowns: 1,
        outcomes: 2,
        ..Budget::default()
    };
    assert!(search("users", budget) > 10_000);
}

#[test]
fn refusals_and_ends_in_any_order_break_no_rule() {
    let budget = Budget {
        waiters: 2,
        flights: 3,
        ticks: 3,
        users: 1,
        invalidations: 1,
        log_outs: 1,
        reports: 3,
        ends: 1,
        shutdowns: 1,
        outcomes: 5,
        ..Budget::default()
    };
    assert!(search("refusals", budget) > 10_000);
}
