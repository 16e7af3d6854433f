//! The app token flow as a state machine: no sockets, no clock, no threads.
//!
//! What to send next, what the answer means, whether to try again and when: all that is decided here and nowhere
//! else, so that a blocking call, a provider and a host that carries the requests itself behave alike. A driver is a
//! loop around [`step`](Flow::step).

use std::fmt;
use std::sync::Arc;

use crate::clock::Moment;
use crate::error::{ApiError, Error};
use crate::exchange::{Failure, MAX_REPLY_BYTES, Reply, ReplyHeaders, Request};
use crate::hints;
use crate::jitter::Jitter;
use crate::log::LogLevel;
use crate::memory::{Memory, WidgetKs};
use crate::options::{Proof, Settings};
use crate::protocol::api;
use crate::protocol::hash::{self, HashType, HashTypes};
use crate::protocol::ks::{self, KsVersion};
use crate::protocol::privileges;
use crate::protocol::redact::Redactor;
use crate::protocol::reply::{self, Answer, GrantedSession, OtherAnswer};
use crate::protocol::request::{EndRequest, StartRequest, WidgetRequest};
use crate::secret::Secret;
use crate::session::{Adjustment, Adjustments, ClockSource, Session, SessionType};
use crate::status::{KsReason, Status, Step};
use crate::test_panic;
use crate::view::View;

/// One run of the flow, from the options to a session or an error.
pub struct Flow {
    settings: Arc<Settings>,
    memory: Memory,
    jitter: Jitter,
    redactor: Redactor,
    phase: Phase,
    turn: Turn,
    /// On the running clock; set by the first step.
    deadline_ms: Option<u64>,
    widget: Option<UsedWidget>,
    /// What each (KS, hash) or the widget call had of attempts.
    sends: u32,
    /// Whether the present request goes past the server's cache: its last answer was a stored one.
    nocache: bool,
    /// Whether all requests of this flow do.
    nocache_always: bool,
    /// Requests sent.
    attempts: u32,
    /// A widget KS that was refused is renewed once.
    is_renewed: bool,
    /// A rate limit is waited out once.
    has_waited_out_limit: bool,
    /// The last failure that was tried again.
    last_failure: Option<Error>,
    /// When the flow was last told the time, on the clock of lives.
    seen_life_ms: u64,
}

/// What a driver does next.
#[derive(Debug)]
pub enum Action {
    /// Send this, then [`receive`](Flow::receive) or [`fail`](Flow::fail).
    Send(Request),
    /// Have this hashed, then [`hashed`](Flow::hashed) or [`fail`](Flow::fail).
    Hash {
        /// The KS to hash, followed by the app token.
        widget_ks: Secret,
        /// Time limit in milliseconds.
        limit_ms: u64,
    },
    /// Step again after so many milliseconds.
    Wait(u64),
    /// It is done. A further step is out of turn.
    Done(Box<Session>),
    /// It is done, and a session is not what was wanted: not of a [`Flow::new`]. A further step is out of turn.
    Ended,
    /// It has failed. A further step is out of turn.
    Failed(Box<Error>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Widget,
    Hash,
    Start,
    /// Of another flow, whose one request ends the sessions.
    End,
}

enum Turn {
    /// The next step does what the phase is for.
    Ready,
    /// A pause is told even if it is none: a host counts on seeing one before each retry.
    Pausing {
        until_ms: u64,
        is_told: bool,
    },
    Sent(Moment),
    Hashing,
    Over(Outcome),
    /// The outcome was handed over.
    Taken,
}

enum Outcome {
    Done(Box<Session>),
    Ended,
    Failed(Box<Error>),
}

/// The widget KS that this flow works with.
struct UsedWidget {
    ks: Secret,
    sent_at_life_ms: u64,
    /// It is an earlier flow's: this one does not know how it stands with it.
    is_given: bool,
    hash: Option<UsedHash>,
}

struct UsedHash {
    hash_type: HashType,
    hash: Secret,
}

/// No flow sends more, whatever the server does.
const MAX_REQUESTS: u32 = 12;

/// The pause before the first retry is at most so long; each further one may be twice as long.
const FIRST_PAUSE_MS: u64 = 250;
const LONGEST_PAUSE_MS: u64 = 4_000;

/// How long a rate limit is waited out. The server counts over ten seconds by default. Source:
/// `KalturaResponseCacher`.
const LIMIT_PAUSE_MS: (u64, u64) = (10_000, 13_000);

/// What must be left after that, or waiting is pointless.
const LIMIT_RESERVE_MS: u64 = 2_000;

/// An exchange gets half of the time left, but at least this: one that hangs must leave time for another.
const SHORTEST_EXCHANGE_MS: u64 = 4_000;

/// A total timeout longer than this makes no difference to anybody.
const LONGEST_TOTAL_MS: u64 = 7 * 24 * 3_600 * 1_000;

/// The server's default life of a widget session. Source: `SessionService::startWidgetSession`, parameter `expiry`.
const WIDGET_SECONDS: i64 = 86_400;

/// How old a widget KS from the server's cache may be. Source: `KalturaResponseCacher`, `kApiCache`.
const WIDGET_CACHE_SECONDS: i64 = 600;

/// A widget KS is given up so long before its end.
const WIDGET_MARGIN_SECONDS: i64 = 60;

/// Clocks tick between the server's reading of them and ours.
const EXPIRY_TOLERANCE_SECONDS: i64 = 2;

impl Flow {
    /// A flow that begins with what an earlier one left.
    pub fn new(settings: Arc<Settings>, memory: Memory, jitter: Jitter) -> Self {
        let mut redactor = Redactor::default();
        if let Proof::Token(token) = &settings.proof {
            redactor.add(token);
        }
        Flow {
            settings,
            memory,
            jitter,
            redactor,
            phase: Phase::Widget,
            turn: Turn::Ready,
            deadline_ms: None,
            widget: None,
            sends: 0,
            nocache: false,
            nocache_always: false,
            attempts: 0,
            is_renewed: false,
            has_waited_out_limit: false,
            last_failure: None,
            seen_life_ms: 0,
        }
    }

    /// A flow whose one request ends the sessions of a KS's app token, with the retries of any other.
    pub fn end_of(settings: Arc<Settings>, ks: &Secret, jitter: Jitter) -> Self {
        let mut flow = Flow::new(settings, Memory::default(), jitter);
        flow.redactor.add(ks);
        flow.widget = Some(UsedWidget { ks: ks.clone(), sent_at_life_ms: 0, is_given: false, hash: None });
        flow.phase = Phase::End;
        flow
    }

    /// What to do next. Out of turn, as when a reply is owed, it is `Failed` with `WrongState` and changes nothing.
    pub fn step(&mut self, now: Moment) -> Action {
        test_panic::here("step");
        self.seen_life_ms = now.life_ms;
        if self.deadline_ms.is_none() {
            self.begin(now);
        }
        if let Turn::Pausing { until_ms, is_told } = &mut self.turn {
            let left_ms = until_ms.saturating_sub(now.running_ms);
            if left_ms > 0 || !*is_told {
                *is_told = true;
                return Action::Wait(left_ms);
            }
            self.turn = Turn::Ready;
        }
        if matches!(self.turn, Turn::Ready)
            && let Some(action) = self.proceed(now)
        {
            return action;
        }
        match std::mem::replace(&mut self.turn, Turn::Taken) {
            Turn::Over(Outcome::Done(session)) => Action::Done(session),
            Turn::Over(Outcome::Ended) => Action::Ended,
            Turn::Over(Outcome::Failed(error)) => Action::Failed(error),
            owed => {
                self.turn = owed;
                Action::Failed(Box::new(wrong_state("a step out of turn")))
            }
        }
    }

    /// Takes the reply to the request that was sent.
    ///
    /// # Errors
    /// `WrongState` if none is owed.
    pub fn receive(&mut self, now: Moment, reply: Reply) -> Result<(), Error> {
        test_panic::here("receive");
        let Turn::Sent(sent) = self.turn else {
            return Err(wrong_state("a reply that nobody asked for"));
        };
        self.seen_life_ms = now.life_ms;
        if reply.body.len() > MAX_REPLY_BYTES {
            let message = format!("the reply is longer than {} KiB", MAX_REPLY_BYTES / 1024);
            return self.fail(now, Failure::new(Status::ReplyTooLarge, message));
        }
        if self.phase == Phase::End && reply::is_null(&reply) {
            self.end(Outcome::Ended);
            return Ok(());
        }
        match reply::read(&reply) {
            Answer::Session(_) if self.phase == Phase::End => {
                let error = self.error(Status::BadReply, "a session came where none was asked for");
                let error = self.with_reply(error, &reply);
                self.end(Outcome::Failed(Box::new(error)));
            }
            Answer::Session(session) if self.phase == Phase::Widget => self.widget_session(sent, session, &reply),
            Answer::Session(session) => self.app_token_session(now, sent, session, &reply),
            Answer::Api(error) => self.api_error(now, sent, error, &reply),
            Answer::Other(other) => self.other_answer(now, other, &reply),
        }
        Ok(())
    }

    /// Takes note that no reply, or no token hash, will come. A cancellation may come at any time.
    ///
    /// # Errors
    /// `WrongState` if nothing is owed.
    pub fn fail(&mut self, now: Moment, failure: Failure) -> Result<(), Error> {
        self.seen_life_ms = now.life_ms;
        let is_cancelled = failure.status == Status::Cancelled;
        match self.turn {
            Turn::Over(_) | Turn::Taken => return Err(wrong_state("a failure after the end")),
            Turn::Ready | Turn::Pausing { .. } if !is_cancelled => return Err(wrong_state("a failure of nothing")),
            Turn::Ready | Turn::Pausing { .. } | Turn::Sent(_) | Turn::Hashing => {}
        }
        let error = self.error(failure.status, &failure.message);
        let is_worth_another = matches!(self.turn, Turn::Sent(_))
            && matches!(
                failure.status,
                Status::Dns | Status::Connect | Status::Tls | Status::ConnectionLost | Status::Timeout
            );
        if is_worth_another {
            self.retry(now, error, None)
        } else {
            self.end(Outcome::Failed(Box::new(error)))
        }
        Ok(())
    }

    /// Takes the token hash that was asked for; `None` if the host has none.
    ///
    /// # Errors
    /// `WrongState` if none was asked for.
    pub fn hashed(&mut self, answer: Option<&str>) -> Result<(), Error> {
        if !matches!(self.turn, Turn::Hashing) {
            return Err(wrong_state("a token hash that nobody asked for"));
        }
        match answer.and_then(hash::parse_token_hash) {
            Some((hash_type, hash)) => self.start_with(hash_type, hash),
            None => {
                let message = match answer {
                    Some(_) => "the host's token hash is not 32, 40, 64 or 128 hexadecimal digits",
                    None => "the host gave no token hash",
                };
                let error = self.error(Status::CallbackFailed, message);
                self.end(Outcome::Failed(Box::new(error)));
            }
        }
        Ok(())
    }

    /// What the next flow of the same app token may know.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// When everything must be over, on the running clock; `None` before the first step.
    pub fn deadline_ms(&self) -> Option<u64> {
        self.deadline_ms
    }

    /// Where the flow stands.
    pub fn at(&self) -> Step {
        match self.phase {
            Phase::Widget => Step::WidgetSession,
            Phase::Hash => Step::TokenHash,
            Phase::Start => Step::StartSession,
            Phase::End => Step::EndSession,
        }
    }
}

// Going forward.
impl Flow {
    fn begin(&mut self, now: Moment) {
        let total_ms = self.settings.total_timeout_ms.min(LONGEST_TOTAL_MS);
        self.deadline_ms = Some(now.running_ms.saturating_add(total_ms));
        self.nocache_always = self.memory.is_after_api_error(now.life_ms);
        if self.memory.refuted.is_all() {
            self.memory.refuted = HashTypes::default();
        }
        if self.phase == Phase::End {
            return;
        }
        let Some(widget) = self.memory.living_widget(now.life_ms) else {
            return;
        };
        if api::is_foreign(&widget.ks, self.settings.partner_id) {
            self.log(LogLevel::Warn, "a widget KS that is not of this partner is ignored");
            return;
        }
        let widget =
            UsedWidget { ks: widget.ks.clone(), sent_at_life_ms: widget.sent_at_life_ms, is_given: true, hash: None };
        self.redactor.add(&widget.ks);
        self.widget = Some(widget);
        self.phase = Phase::Hash;
    }

    /// Does what the phase is for; `None` if it is over.
    fn proceed(&mut self, now: Moment) -> Option<Action> {
        let left_ms = self.left_ms(now);
        if left_ms == 0 {
            self.end_late("the total timeout passed");
            return None;
        }
        if self.phase == Phase::Hash
            && let Some(action) = self.hash(left_ms)
        {
            return Some(action);
        }
        if matches!(self.turn, Turn::Over(_)) {
            return None;
        }
        if self.attempts >= MAX_REQUESTS {
            self.end_late("the flow needed too many requests");
            return None;
        }
        let (url, body) = self.request()?;
        self.attempts += 1;
        self.sends += 1;
        self.turn = Turn::Sent(now);
        self.log_debug(|flow| format!("{}: request {}", step_name(flow.at()), flow.attempts));
        let limit_ms = left_ms.min(SHORTEST_EXCHANGE_MS.max(left_ms / 2));
        // All they do is to make a session, or to end one.
        Some(Action::Send(Request { url, body, limit_ms, is_repeatable: true }))
    }

    fn request(&self) -> Option<(String, crate::secret::Zeroizing<String>)> {
        let settings = &*self.settings;
        let nocache = self.nocache || self.nocache_always;
        if self.phase == Phase::Widget {
            let request = WidgetRequest {
                client_tag: &settings.client_tag,
                widget_id: &settings.widget_id_sent(),
                expiry_seconds: settings.widget_expiry_seconds,
                // A KS from the cache may be older than it was asked to live.
                nocache: nocache || settings.widget_expiry_seconds.is_some_and(is_short_for_cache),
            };
            let url = settings.service_url.action(WidgetRequest::SERVICE, WidgetRequest::ACTION);
            return Some((url, request.body()));
        }
        let widget = self.widget.as_ref()?;
        if self.phase == Phase::End {
            let request = EndRequest { client_tag: &settings.client_tag, ks: &widget.ks };
            return Some((settings.service_url.action(EndRequest::SERVICE, EndRequest::ACTION), request.body()));
        }
        let request = StartRequest {
            client_tag: &settings.client_tag,
            ks: &widget.ks,
            app_token_id: &settings.app_token_id,
            token_hash: &widget.hash.as_ref()?.hash,
            user_id: settings.user_id.as_deref(),
            session_type: settings.session_type.map(|session_type| session_type as i64),
            expiry_seconds: settings.expiry_seconds,
            privileges: settings.privileges.as_deref(),
            nocache,
        };
        let url = settings.service_url.action(StartRequest::SERVICE, StartRequest::ACTION);
        Some((url, request.body()))
    }

    /// Finds the token hash; `Some` if the host has to.
    fn hash(&mut self, left_ms: u64) -> Option<Action> {
        if let Some(option) = self.semicolon_on_version_1() {
            let mut error = self.error(Status::InvalidArgument, "a semicolon, which version 1 sessions cannot carry");
            error.option = Some(option);
            error.hint = hints::SEMICOLON.to_owned();
            self.end(Outcome::Failed(Box::new(error)));
            return None;
        }
        let settings = self.settings.clone();
        let widget_ks = self.widget.as_ref()?.ks.clone();
        match &settings.proof {
            Proof::Token(token) => {
                let hash_type = self.next_hash_type();
                self.start_with(hash_type, hash::token_hash(hash_type, &widget_ks, token));
                None
            }
            Proof::Host(_) => {
                self.turn = Turn::Hashing;
                Some(Action::Hash { widget_ks, limit_ms: left_ms })
            }
        }
    }

    /// Which option holds a `;` that a version 1 KS cannot carry: its fields are separated by it, so a user id of
    /// `eve;*;;` would be signed as user `eve` with privileges `*`. Source: `ksBase::createKSessionV1`.
    fn semicolon_on_version_1(&self) -> Option<&'static str> {
        let holds = |text: &Option<String>| text.as_deref().is_some_and(|text| text.contains(';'));
        let option = match &*self.settings {
            settings if holds(&settings.user_id) => "user_id",
            settings if holds(&settings.privileges) => "privileges",
            _ => return None,
        };
        let (version, _) = ks::shown(&self.widget.as_ref()?.ks)?;
        (version == KsVersion::V1).then_some(option)
    }

    fn next_hash_type(&self) -> HashType {
        let untried = |hash_type: &HashType| !self.memory.refuted.contains(*hash_type);
        let remembered = self.memory.hash_type.filter(untried);
        let first = || HashType::PROBING_ORDER.into_iter().find(untried);
        self.settings.hash_type.or(remembered).or_else(first).unwrap_or(HashType::Sha256)
    }

    fn start_with(&mut self, hash_type: HashType, hash: Secret) {
        self.redactor.add(&hash);
        if let Some(widget) = &mut self.widget {
            widget.hash = Some(UsedHash { hash_type, hash });
        }
        self.go_to(Phase::Start);
    }

    /// Goes on to another logical request, with attempts of its own.
    fn go_to(&mut self, phase: Phase) {
        self.phase = phase;
        self.turn = Turn::Ready;
        self.sends = 0;
        self.nocache = false;
    }
}

// What the answers mean.
impl Flow {
    fn widget_session(&mut self, sent: Moment, session: GrantedSession, reply: &Reply) {
        self.redactor.add(&session.ks);
        if session.partner_id.is_some_and(|partner_id| partner_id != self.settings.partner_id) {
            let mut error = self.error(Status::InvalidArgument, "the widget belongs to another partner");
            error.option = Some("widget_id");
            error.hint = hints::FOREIGN_WIDGET.to_owned();
            let error = self.with_reply(error, reply);
            return self.end(Outcome::Failed(Box::new(error)));
        }
        let was_fresh = self.nocache || self.nocache_always;
        let cache_seconds = if was_fresh { 0 } else { WIDGET_CACHE_SECONDS };
        let asked_seconds = self.settings.widget_expiry_seconds.unwrap_or(WIDGET_SECONDS);
        let good_seconds = asked_seconds.saturating_sub(cache_seconds + WIDGET_MARGIN_SECONDS);
        self.memory.widget = Some(WidgetKs {
            ks: session.ks.clone(),
            sent_at_life_ms: sent.life_ms,
            good_until_life_ms: sent.life_ms.saturating_add(milliseconds(good_seconds)),
        });
        self.widget = Some(UsedWidget { ks: session.ks, sent_at_life_ms: sent.life_ms, is_given: false, hash: None });
        self.last_failure = None;
        self.go_to(Phase::Hash);
    }

    fn app_token_session(&mut self, now: Moment, sent: Moment, granted: GrantedSession, reply: &Reply) {
        self.redactor.add(&granted.ks);
        let Some(expires_at_seconds) = granted.expires_at_seconds else {
            let error = self.error(Status::BadReply, "the session in the reply has no readable expiry");
            let error = self.with_reply(error, reply);
            return self.end(Outcome::Failed(Box::new(error)));
        };
        let (server_now, clock_source) = server_time(&reply.headers, now);
        let life_seconds = expires_at_seconds.saturating_sub(server_now);
        let capped_seconds = self.settings.expiry_seconds.map_or(life_seconds, |asked| life_seconds.min(asked));
        if capped_seconds <= 0 {
            let error = self.error(Status::DeadSession, "the KS had expired when it was given");
            let error = self.with_reply(error, reply);
            return self.end(Outcome::Failed(Box::new(error)));
        }
        let hash_type = self.widget.as_ref().and_then(|widget| widget.hash.as_ref()).map(|hash| hash.hash_type);
        self.remember_success(hash_type);
        let mut session = self.session(granted, life_seconds, expires_at_seconds, hash_type);
        session.clock_source = clock_source;
        session.dies_at_life_ms = sent.life_ms.saturating_add(milliseconds(capped_seconds));
        self.log_info(|_| format!("a session of {capped_seconds} s was granted"));
        self.end(Outcome::Done(Box::new(session)));
    }

    fn session(
        &self,
        granted: GrantedSession,
        life_seconds: i64,
        expires_at_seconds: i64,
        hash_type: Option<HashType>,
    ) -> Session {
        let settings = &*self.settings;
        // What a reply leaves out is as asked.
        let user_id = granted.user_id.unwrap_or_else(|| settings.user_id.clone().unwrap_or_default());
        let asked_type = settings.session_type.unwrap_or(SessionType::User);
        let session_type = granted.session_type.map_or(asked_type, |number| {
            // The server counts any type from 1 on as admin. Source: `ksBase::isAdmin`.
            if number >= 1 { SessionType::Admin } else { SessionType::User }
        });
        let asked_privileges = settings.privileges.as_deref().unwrap_or_default();
        let dropped = match &granted.privileges {
            Some(privileges) => privileges::dropped(asked_privileges, privileges),
            None => Vec::new(),
        };
        let mut adjustments = Adjustments::default();
        let differs = settings.user_id.as_ref().is_some_and(|asked| *asked != user_id);
        adjustments.add_if(differs, Adjustment::UserReplaced);
        let differs = settings.session_type.is_some_and(|asked| asked != session_type);
        adjustments.add_if(differs, Adjustment::TypeReplaced);
        let is_shorter = |asked: i64| life_seconds < asked - EXPIRY_TOLERANCE_SECONDS;
        adjustments.add_if(settings.expiry_seconds.is_some_and(is_shorter), Adjustment::ExpiryShortened);
        adjustments.add_if(!dropped.is_empty(), Adjustment::PrivilegesDropped);
        if session_type == SessionType::Admin && settings.session_type != Some(SessionType::Admin) {
            self.log(LogLevel::Warn, "an admin session was granted though none was asked for; keep it off devices");
        }
        Session {
            ks: granted.ks,
            partner_id: granted.partner_id.unwrap_or(settings.partner_id),
            user_id,
            session_type,
            privileges: granted.privileges.unwrap_or_else(|| asked_privileges.to_owned()),
            dropped_privileges: dropped.join(","),
            adjustments,
            hash_type,
            expires_at_seconds,
            clock_source: ClockSource::Wall,
            dies_at_life_ms: 0,
            attempts: self.attempts,
            view: View::default(),
        }
    }

    fn remember_success(&mut self, hash_type: Option<HashType>) {
        if let Some(found) = hash_type.filter(|_| self.is_probing() && self.memory.hash_type != hash_type) {
            self.log_info(|_| format!("the app token's hash type is {}: name it, and save requests", found.name()));
        }
        self.memory.hash_type = hash_type;
        self.memory.mismatch_at_life_ms = None;
        self.memory.api_error_at_life_ms = None;
    }

    fn api_error(&mut self, now: Moment, sent: Moment, api: ApiError, reply: &Reply) {
        let status = api::status(&api.code);
        let sent_ks = self.widget.as_ref().filter(|_| self.phase != Phase::Widget).map(|widget| widget.ks.clone());
        let reason = match status {
            Status::InvalidKs => api::ks_reason(&api, sent_ks.as_deref()),
            _ => KsReason::None,
        };
        if self.phase == Phase::Start && self.renews_widget(status, &api) {
            return self.renew_widget(sent, reason);
        }
        if status == Status::AppTokenMismatch && self.phase == Phase::Start && self.is_probing() {
            if let Some(refused) = self.widget.as_ref().and_then(|widget| widget.hash.as_ref()) {
                self.memory.refuted.insert(refused.hash_type);
            }
            if !self.memory.refuted.is_all() {
                self.log_debug(|_| "the hash type was refused, trying the next".into());
                return self.go_to(Phase::Hash);
            }
            self.memory.mismatch_at_life_ms = Some(now.life_ms);
        }
        let mut error = self.error(status, &api::message(self.at(), &api));
        error.ks_reason = reason;
        error.hint = self.api_hint(status, reason, &api);
        error.api = Some(self.redacted(&api));
        if let Some(why) = &reply.headers.x_kaltura_api_access_control {
            error.message = format!("{}; access control: {}", error.message, self.header(why));
        }
        let error = self.with_reply(error, reply);
        self.nocache |= api::is_cached_failure(status, &api.code);
        match status {
            Status::RateLimited => self.wait_out_limit(now, error),
            Status::ServerFailure => self.retry(now, error, None),
            _ => self.end(Outcome::Failed(Box::new(error))),
        }
    }

    fn renews_widget(&self, status: Status, api: &ApiError) -> bool {
        let is_given = self.widget.as_ref().is_some_and(|widget| widget.is_given);
        !self.is_renewed && (status == Status::InvalidKs || (is_given && api.code == "SERVICE_FORBIDDEN"))
    }

    /// The widget KS was refused. The server's cache would hand out the same one again, so the next is asked for past
    /// it.
    fn renew_widget(&mut self, sent: Moment, reason: KsReason) {
        if let Some(widget) = self.widget.take() {
            if self.memory.widget.as_ref().is_some_and(|known| known.ks == widget.ks) {
                self.memory.widget = None;
            }
            if widget.is_given && reason == KsReason::Expired {
                self.memory.refused_widget_age_ms = Some(sent.life_ms.saturating_sub(widget.sent_at_life_ms));
            }
        }
        self.log_info(|_| "the widget KS was refused, asking for a new one".into());
        self.is_renewed = true;
        self.go_to(Phase::Widget);
        self.nocache = true;
    }

    fn other_answer(&mut self, now: Moment, other: OtherAnswer, reply: &Reply) {
        let mut error = self.error(other.status, &other.message);
        if !other.hint.is_empty() {
            error.hint = other.hint.to_owned();
        }
        error.is_retryable = other.is_retryable;
        if let Some(api) = other.api {
            error.api = Some(ApiError { message: self.header(&api.message), code: self.header(&api.code), ..api });
        }
        let retry_after_ms = retry_after_ms(&reply.headers, now).filter(|_| other.again);
        error.retry_after_ms = retry_after_ms.unwrap_or(0);
        let error = self.with_reply(error, reply);
        if other.again { self.retry(now, error, retry_after_ms) } else { self.end(Outcome::Failed(Box::new(error))) }
    }

    fn is_probing(&self) -> bool {
        self.settings.hash_type.is_none() && matches!(self.settings.proof, Proof::Token(_))
    }
}

// Trying again, and ending.
impl Flow {
    fn retry(&mut self, now: Moment, error: Error, retry_after_ms: Option<u64>) {
        let doublings = self.sends.saturating_sub(1).min(8);
        let pause_ms = self.jitter.between(0, LONGEST_PAUSE_MS.min(FIRST_PAUSE_MS << doublings));
        let pause_ms = pause_ms.max(retry_after_ms.unwrap_or(0));
        if self.sends >= self.settings.max_attempts || pause_ms >= self.left_ms(now) {
            return self.end(Outcome::Failed(Box::new(error)));
        }
        self.pause(now, pause_ms, error);
    }

    /// Many clients behind one address share the server's counter: hence the chance in the pause.
    fn wait_out_limit(&mut self, now: Moment, error: Error) {
        let pause_ms = self.jitter.between(LIMIT_PAUSE_MS.0, LIMIT_PAUSE_MS.1);
        let is_spent = self.has_waited_out_limit || self.sends >= self.settings.max_attempts;
        if is_spent || pause_ms + LIMIT_RESERVE_MS > self.left_ms(now) {
            return self.end(Outcome::Failed(Box::new(error)));
        }
        self.has_waited_out_limit = true;
        self.pause(now, pause_ms, error);
    }

    fn pause(&mut self, now: Moment, pause_ms: u64, error: Error) {
        self.log_info(|_| format!("{}; trying again in {pause_ms} ms", error.message));
        self.last_failure = Some(error);
        self.turn = Turn::Pausing { until_ms: now.running_ms.saturating_add(pause_ms), is_told: false };
    }

    fn end_late(&mut self, message: &str) {
        let error = match self.last_failure.take() {
            Some(last) => last,
            None => self.error(Status::Timeout, message),
        };
        self.end(Outcome::Failed(Box::new(error)));
    }

    fn end(&mut self, outcome: Outcome) {
        if let Outcome::Failed(error) = &outcome {
            if error.api.as_ref().is_some_and(|api| api::is_cached_failure(error.status, &api.code)) {
                self.memory.api_error_at_life_ms = Some(self.seen_life_ms);
            }
            self.log_line(LogLevel::Error, || format!("{}: {}", error.status.name(), error.message));
        }
        self.turn = Turn::Over(outcome);
    }

    fn left_ms(&self, now: Moment) -> u64 {
        self.deadline_ms.unwrap_or(0).saturating_sub(now.running_ms)
    }
}

// Words.
impl Flow {
    fn error(&self, status: Status, message: &str) -> Error {
        let mut error = Error::new(status, self.at(), self.redactor.redact(message));
        error.hint = hints::of(status, self.at(), KsReason::None).to_owned();
        error.attempts = self.attempts;
        error
    }

    fn with_reply(&self, mut error: Error, reply: &Reply) -> Error {
        error.http_status = reply.http_status;
        error.server_session = reply.headers.x_kaltura_session.as_deref().map(|text| self.header(text));
        error.server_host = reply.headers.x_me.as_deref().map(|text| self.header(text));
        error
    }

    /// A header's text, fit to be shown.
    fn header(&self, text: &str) -> String {
        const MAX: usize = 128;
        let is_shown = |c: &char| c.is_ascii_graphic() || *c == ' ';
        self.redactor.redact(&text.chars().filter(is_shown).take(MAX).collect::<String>())
    }

    fn redacted(&self, api: &ApiError) -> ApiError {
        let redact = |text: &String| self.redactor.redact(text);
        ApiError {
            code: redact(&api.code),
            message: redact(&api.message),
            args: api.args.iter().map(|(name, value)| (redact(name), redact(value))).collect(),
        }
    }

    fn api_hint(&self, status: Status, reason: KsReason, api: &ApiError) -> String {
        let settings = &*self.settings;
        let hint = match status {
            Status::AppTokenMismatch if matches!(settings.proof, Proof::Host(_)) => hints::MISMATCH_HOST,
            Status::AppTokenMismatch if settings.hash_type.is_none() => hints::MISMATCH_AUTO,
            Status::AppTokenMismatch => hints::MISMATCH_NAMED,
            Status::Forbidden if settings.service_url.is_http() && api.code == "SERVICE_ACCESS_CONTROL_RESTRICTED" => {
                hints::HTTPS_ONLY
            }
            Status::Forbidden if settings.widget_id.is_some() && api.code == "SERVICE_FORBIDDEN" => hints::OWN_WIDGET,
            Status::Api if api.code.len() == 5 && api.code.starts_with("5002") => hints::OTT,
            Status::Api if api.code == "MISSING_MANDATORY_PARAMETER" => hints::PARAMETER_LOST,
            _ => hints::of(status, self.at(), reason),
        };
        let mut hint = hint.to_owned();
        if status == Status::AppTokenMismatch && settings.has_odd_token() {
            hint.push_str(hints::ODD_TOKEN);
        }
        hint
    }

    fn log(&self, level: LogLevel, line: &str) {
        self.log_line(level, || line.to_owned());
    }

    fn log_info(&self, line: impl FnOnce(&Flow) -> String) {
        self.log_line(LogLevel::Info, || line(self));
    }

    fn log_debug(&self, line: impl FnOnce(&Flow) -> String) {
        self.log_line(LogLevel::Debug, || line(self));
    }

    fn log_line(&self, level: LogLevel, line: impl FnOnce() -> String) {
        self.settings.log.write(level, || self.redactor.redact(&line()));
    }
}

impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flow").field("at", &self.at()).field("attempts", &self.attempts).finish_non_exhaustive()
    }
}

/// What the server's clock says: that of the host which made the KS if it tells, else that of whatever answered, with
/// the time that the answer lay in a cache, else the device's.
fn server_time(headers: &ReplyHeaders, now: Moment) -> (i64, ClockSource) {
    if let Some(seconds) = headers.x_kaltura_session.as_deref().and_then(session_header_seconds) {
        return (seconds, ClockSource::Server);
    }
    if let Some(date) = headers.date.as_deref().and_then(http_date_seconds) {
        let age = headers.age.as_deref().and_then(|age| age.trim().parse::<u32>().ok()).unwrap_or(0);
        return (date.saturating_add(age.into()), ClockSource::Date);
    }
    (now.wall_seconds, ClockSource::Wall)
}

/// `<random>, <Unix seconds>`. Source: `UniqueId`.
fn session_header_seconds(text: &str) -> Option<i64> {
    let digits = text.split_once(',')?.1.trim();
    let is_time = (9..=11).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_time.then(|| digits.parse().ok())?
}

fn http_date_seconds(text: &str) -> Option<i64> {
    let date = httpdate::parse_http_date(text.trim()).ok()?;
    let since = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

/// `Retry-After`: seconds, or a date, which counts from the reply's own.
fn retry_after_ms(headers: &ReplyHeaders, now: Moment) -> Option<u64> {
    let text = headers.retry_after.as_deref()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(1_000));
    }
    let then = http_date_seconds(text)?;
    let since = headers.date.as_deref().and_then(http_date_seconds).unwrap_or(now.wall_seconds);
    Some(milliseconds(then.saturating_sub(since)))
}

fn is_short_for_cache(seconds: i64) -> bool {
    seconds <= 2 * WIDGET_CACHE_SECONDS
}

fn milliseconds(seconds: i64) -> u64 {
    u64::try_from(seconds).unwrap_or(0).saturating_mul(1_000)
}

fn step_name(step: Step) -> &'static str {
    match step {
        Step::WidgetSession => "session.startWidgetSession",
        Step::StartSession => "appToken.startSession",
        Step::TokenHash => "token hash",
        Step::EndSession => "session.end",
        Step::None => "nothing",
    }
}

pub(crate) fn wrong_state(message: &str) -> Error {
    Error::new(Status::WrongState, Step::None, message).with_hint(hints::WRONG_STATE)
}
