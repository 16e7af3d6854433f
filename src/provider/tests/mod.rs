//! The provider with its locks and threads, before a server that is a script and a clock that a test moves.

#[cfg(not(kaltura_shuttle))]
mod asynchronous;
#[cfg(not(kaltura_shuttle))]
mod clocks;
#[cfg(not(kaltura_shuttle))]
mod ends;
#[cfg(not(kaltura_shuttle))]
mod flights;
#[cfg(not(kaltura_shuttle))]
mod herds;
#[cfg(not(kaltura_shuttle))]
mod kept;
#[cfg(kaltura_shuttle)]
mod schedules;
#[cfg(not(kaltura_shuttle))]
mod stress;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::*;
use crate::exchange::{Failure, Reply, ReplyHeaders, Request};
use crate::options::Options;

/// The device's clocks, and how far its date is off.
pub(super) struct Clock {
    moment: std::sync::Mutex<Moment>,
    date_is_off_by: AtomicI64,
}

/// What the date is where it is right.
const TODAY: i64 = 1_800_000_000;

impl Clock {
    fn new() -> Arc<Self> {
        let moment = Moment { running_ms: 1_000_000, life_ms: 5_000_000, wall_seconds: 0 };
        Arc::new(Clock { moment: std::sync::Mutex::new(moment), date_is_off_by: AtomicI64::new(0) })
    }

    fn now(&self) -> Moment {
        let moment = *self.moment.lock().unwrap_or_else(PoisonError::into_inner);
        let wall_seconds = self.server_seconds(moment) + self.date_is_off_by.load(Ordering::SeqCst);
        Moment { wall_seconds, ..moment }
    }

    fn server_seconds(&self, moment: Moment) -> i64 {
        TODAY + i64::try_from(moment.life_ms / 1_000).unwrap()
    }

    fn pass(&self, running_ms: u64, asleep_ms: u64) {
        let mut moment = self.moment.lock().unwrap_or_else(PoisonError::into_inner);
        moment.running_ms += running_ms;
        moment.life_ms += running_ms + asleep_ms;
    }
}

/// What a server does with a request to start a session; the requests before it succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Grants a session of so many seconds.
    Grant(i64),
    Fail(Status),
    /// Refuses, with this code.
    Refuse(&'static str),
    Panic,
}

/// A server that answers from a script.
pub(super) struct Server {
    clock: Arc<Clock>,
    state: Mutex<ServerState>,
    changed: Condvar,
}

pub(super) struct ServerState {
    /// What comes first, and what comes when that is used up.
    script: VecDeque<Act>,
    otherwise: Act,
    /// Requests wait until they are let go.
    is_held: bool,
    /// Requests wait even though they are interrupted: a host's transport that hangs.
    is_deaf: bool,
    /// Those that wait.
    waiting: u32,
    widget_requests: u32,
    start_requests: u32,
    end_requests: u32,
    /// The KSs that were granted, with the user of each.
    granted: Vec<(String, String)>,
    headers: fn(i64) -> ReplyHeaders,
}

fn server_headers(now: i64) -> ReplyHeaders {
    ReplyHeaders { x_kaltura_session: Some(format!("123, {now}")), ..ReplyHeaders::default() }
}

impl Server {
    fn new(clock: &Arc<Clock>) -> Arc<Self> {
        let state = ServerState {
            script: VecDeque::new(),
            otherwise: Act::Grant(1_000),
            is_held: false,
            is_deaf: false,
            waiting: 0,
            widget_requests: 0,
            start_requests: 0,
            end_requests: 0,
            granted: Vec::new(),
            headers: server_headers,
        };
        Arc::new(Server { clock: clock.clone(), state: Mutex::new(state), changed: Condvar::new() })
    }

    fn set(&self, change: impl FnOnce(&mut ServerState)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn hold(&self) {
        self.set(|state| state.is_held = true);
    }

    fn release(&self) {
        self.set(|state| state.is_held = false);
    }

    /// Blocks until so many requests wait.
    fn wait_for(&self, waiting: u32) {
        let mut state = self.lock();
        while state.waiting < waiting {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Widget and start requests.
    fn requests(&self) -> (u32, u32) {
        let state = self.lock();
        (state.widget_requests, state.start_requests)
    }

    fn lock(&self) -> MutexGuard<'_, ServerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The way to a server.
struct Line(Arc<Server>);

impl Carrier for Line {
    fn exchange(&self, request: &Request, _deadline: Instant, cancellation: &Cancellation) -> Result<Reply, Failure> {
        let server = &*self.0;
        let woken = self.0.clone();
        let _hook = cancellation.on_cancel(move || {
            let _state = woken.lock();
            woken.changed.notify_all();
        });
        let started_ms = server.clock.now().running_ms;
        let mut state = server.lock();
        let action = request.url.rsplit('/').next().unwrap().to_owned();
        match action.as_str() {
            "startWidgetSession" => state.widget_requests += 1,
            "startSession" => state.start_requests += 1,
            _ => state.end_requests += 1,
        }
        state.waiting += 1;
        server.changed.notify_all();
        let failure = loop {
            let is_late = server.clock.now().running_ms >= started_ms + request.limit_ms;
            match (state.is_deaf, cancellation.is_cancelled(), is_late) {
                (false, true, _) => break Some(Failure::new(Status::Cancelled, "the call was cancelled")),
                (false, _, true) => break Some(Failure::new(Status::Timeout, "no reply came")),
                _ if !state.is_held => break None,
                _ => state = server.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        };
        state.waiting -= 1;
        let now = server.clock.server_seconds(server.clock.now());
        match failure {
            Some(failure) => Err(failure),
            None => state.answer(&action, &request.body, now),
        }
    }
}

impl ServerState {
    fn answer(&mut self, action: &str, body: &str, now: i64) -> Result<Reply, Failure> {
        let asked: serde_json::Value = serde_json::from_str(body).unwrap();
        let user = asked["userId"].as_str().unwrap_or_default().to_owned();
        let act = match action {
            "startWidgetSession" => {
                // One that shows its partner, or the next flow takes it for a stranger's.
                let ks = STANDARD.encode(format!("v2|101|widget {}", self.widget_requests));
                return Ok(self.reply(now, json!({"objectType": "KalturaStartWidgetSessionResponse", "ks": ks})));
            }
            "startSession" => self.script.pop_front().unwrap_or(self.otherwise),
            _ if self.otherwise == Act::Fail(Status::ConnectionLost) => self.otherwise,
            _ => return Ok(self.reply(now, serde_json::Value::Null)),
        };
        match act {
            Act::Grant(life) => {
                let ks = format!("ks-{}-of-{user}", self.granted.len() + 1);
                self.granted.push((ks.clone(), user.clone()));
                let session = json!({
                    "objectType": "KalturaSessionInfo",
                    "ks": ks,
                    "sessionType": 0,
                    "partnerId": 101,
                    "userId": user,
                    "expiry": now.saturating_add(life),
                    "privileges": "",
                });
                Ok(self.reply(now, session))
            }
            Act::Fail(status) => Err(Failure::new(status, "as the script says")),
            Act::Refuse(code) => {
                let args = json!({"KSID": asked["ks"]});
                let error = json!({"objectType": "KalturaAPIException", "code": code, "message": "no", "args": args});
                Ok(self.reply(now, error))
            }
            Act::Panic => panic!("as the script says"),
        }
    }

    fn reply(&self, now: i64, body: serde_json::Value) -> Reply {
        let body = body.to_string().into_bytes().into();
        Reply { http_status: 200, headers: (self.headers)(now), body }
    }
}

/// A provider with its server and its clock.
pub(super) struct Bench {
    provider: Provider,
    server: Arc<Server>,
    clock: Arc<Clock>,
}

impl Bench {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(choose: impl FnOnce(&mut Options)) -> Self {
        let clock = Clock::new();
        let server = Server::new(&clock);
        Self::beside(&clock, &server, choose)
    }

    /// Another provider before the same server.
    fn beside(clock: &Arc<Clock>, server: &Arc<Server>, choose: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::new(101, "0_ab12cd34", Some("00112233445566778899aabbccddeeff"));
        options.set_max_attempts(1);
        options.set_user_id(Some("ann"));
        choose(&mut options);
        let read = clock.clone();
        let carrier = Arc::new(Line(server.clone()));
        let settings = options.check().unwrap();
        let provider = Provider::with(settings, carrier, Arc::new(move || read.now()), Jitter::lowest());
        Bench { provider, server: server.clone(), clock: clock.clone() }
    }

    /// As [`with`](Self::with), on a device that has no thread left.
    #[cfg(not(kaltura_shuttle))]
    fn without_threads() -> Self {
        let mut bench = Self::new();
        Arc::get_mut(&mut bench.provider.shared).unwrap().stack_bytes = 1 << 47;
        bench
    }

    /// Time passes, for everybody who waits too.
    fn pass(&self, ms: u64) {
        self.clock.pass(ms, 0);
        self.wake();
    }

    fn sleep(&self, ms: u64) {
        self.clock.pass(0, ms);
        self.wake();
    }

    fn wake(&self) {
        drop(self.provider.shared.lock());
        self.provider.shared.changed.notify_all();
        drop(self.server.lock());
        self.server.changed.notify_all();
    }

    fn load(&self) -> Loaded {
        self.provider.load(None)
    }

    fn ks(&self) -> String {
        self.load().unwrap().ks.to_string()
    }

    fn status(&self) -> Status {
        self.load().unwrap_err().status
    }

    /// Blocks until no flight is under way, and what it left for the store is written.
    fn settle(&self) {
        let shared = &self.provider.shared;
        let mut state = shared.lock();
        while !state.flights.is_empty() || state.store.is_busy() {
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Another thread's load.
    fn load_elsewhere(&self) -> thread::JoinHandle<Loaded> {
        let provider = self.provider.clone();
        thread::spawn(move || provider.load(None))
    }
}

/// Shuts down and waits until nothing runs any more.
fn finish(provider: &Provider) {
    provider.shutdown();
    assert!(provider.drain(Duration::from_secs(20)), "something still runs");
}
