//! The flow over scripted replies: no sockets, no clock. The scripts were run against the real server's code.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what went wrong by stopping"
)]

use std::sync::{Arc, Mutex};

use kaltura_session::{
    Action, Adjustment, ClockSource, Error, Failure, Flow, HashType, HashTypes, Hashing, Jitter, Log, LogLevel, Memory,
    Moment, Options, Reply, Secret, Session, SessionType, Status, TokenHashCallback, WidgetKs,
};
use serde_json::{Map, Value};

const DATA: &str = include_str!("data/flow-scenarios.json");

#[test]
fn every_scenario_goes_as_it_went_with_the_real_server() {
    let data = data();
    let scenarios = data["scenarios"].as_array().unwrap();
    assert_eq!(scenarios.len(), 31);
    for scenario in scenarios {
        Run::new(&data, scenario).play();
    }
}

#[test]
fn every_check_refuses_what_the_table_says() {
    let data = data();
    let cases = data["checks"]["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 29);
    for case in cases {
        let refused = match options(&data["defs"]["options"], &case["options"]) {
            Ok(options) => options.check().err().map(|error| {
                assert_eq!((error.status, error.attempts), (Status::InvalidArgument, 0));
                assert!(!error.hint.is_empty());
                error.option.unwrap()
            }),
            // A value that has no place in the Rust type: the boundary refuses it, see c-tests.
            Err(option) => Some(option),
        };
        assert_eq!(refused, case["refused"].as_str(), "{}", case["options"]);
    }
}

#[cfg(feature = "http")]
#[test]
fn one_pin_alone_is_warned_of() {
    for (pins, warnings) in [(0, 0), (1, 1), (2, 0)] {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = lines.clone();
        let mut options = Options::new(101, "0_ab12cd34", Some("00112233445566778899aabbccddeeff"));
        options.set_log(Log::new(LogLevel::Warn, move |_, line| sink.lock().unwrap().push(line.to_owned())));
        for _ in 0..pins {
            options.add_pin_spki_sha256("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
        }
        options.check().unwrap();
        let lines = lines.lock().unwrap();
        assert_eq!(lines.iter().filter(|line| line.contains("one pin alone")).count(), warnings, "{pins}");
    }
}

#[test]
fn every_api_code_has_its_status_at_either_step() {
    let rows = [
        ("INVALID_WIDGET_ID", Status::UnknownPartner, false),
        ("SERVICE_FORBIDDEN_CONTENT_BLOCKED", Status::PartnerBlocked, false),
        ("APP_TOKEN_ID_NOT_FOUND", Status::AppTokenNotFound, false),
        ("APP_TOKEN_NOT_ACTIVE", Status::AppTokenNotActive, false),
        ("APP_TOKEN_EXPIRED", Status::AppTokenExpired, false),
        ("INVALID_APP_TOKEN_HASH", Status::AppTokenMismatch, false),
        ("INVALID_KS", Status::InvalidKs, false),
        ("SERVICE_FORBIDDEN", Status::Forbidden, false),
        ("SERVICE_ACCESS_CONTROL_RESTRICTED", Status::Forbidden, false),
        ("USER_BLOCKED", Status::Forbidden, false),
        ("ACCESS_UNAUTHORIZED", Status::Forbidden, false),
        ("PARTNER_ACCESS_FORBIDDEN", Status::Forbidden, false),
        ("ACTION_BLOCKED", Status::RateLimited, true),
        ("INTERNAL_SERVERL_ERROR", Status::ServerFailure, true),
        ("INTERNAL_SERVER_ERROR", Status::ServerFailure, true),
        ("INTERNAL_DATABASE_ERROR", Status::ServerFailure, true),
        ("START_WIDGET_SESSION_ERROR", Status::Api, false),
    ];
    for (code, status, is_retryable) in rows {
        for at_start in [false, true] {
            let mut script = Script::new(|options| options.set_max_attempts(1));
            if at_start {
                script.answer_widget();
            }
            let error = script.run_to_error(&format!(
                r#"{{"code":"{code}","message":"m","objectType":"KalturaAPIException","args":[]}}"#
            ));
            assert_eq!((error.status, error.is_retryable), (status, is_retryable), "{code}");
            assert_eq!(error.api.unwrap().code, code);
        }
    }
}

#[test]
fn only_a_flow_that_ended_with_a_stored_answer_sends_the_next_past_the_cache() {
    let internal = r#"{"code":"INTERNAL_SERVERL_ERROR","message":"m","objectType":"KalturaAPIException","args":[]}"#;
    let unknown = r#"{"code":"INVALID_WIDGET_ID","message":"m","objectType":"KalturaAPIException","args":[]}"#;
    let mut ended = Script::new(|options| options.set_max_attempts(1));
    ended.run_to_error(internal);
    assert!(ended.flow.memory().api_error_at_life_ms.is_some());

    let mut went_on = Script::new(|_| {});
    went_on.receive(200, &[], internal);
    went_on.run_to_error(unknown);
    assert_eq!(went_on.flow.memory().api_error_at_life_ms, None);
}

#[test]
fn no_flow_sends_more_than_twelve_requests() {
    let mut script = Script::new(|options| {
        options.set_max_attempts(100);
        options.set_total_timeout_ms(1_000_000);
    });
    let mut sent = 0;
    let error = loop {
        match script.flow.step(script.now) {
            Action::Send(_) => {
                sent += 1;
                script.flow.fail(script.now, Failure::new(Status::Connect, "refused")).unwrap();
            }
            Action::Wait(ms) => script.now.running_ms += ms,
            Action::Failed(error) => break error,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((sent, error.attempts, error.status), (12, 12, Status::Connect));
}

#[test]
fn a_retry_after_may_be_a_date_and_is_told_when_there_is_no_time_for_it() {
    let date = ("Date", "Mon, 23 Nov 2026 12:00:00 GMT");
    for (retry_after, pause_ms) in
        [("3", 3_000), ("Mon, 23 Nov 2026 12:00:05 GMT", 5_000), ("Mon, 23 Nov 2026 11:00:00 GMT", 0)]
    {
        let mut script = Script::new(|_| {});
        script.receive(503, &[date, ("Retry-After", retry_after)], "");
        let Action::Wait(ms) = script.flow.step(script.now) else { panic!("{retry_after}") };
        assert_eq!(ms, pause_ms, "{retry_after}");
    }
    let mut script = Script::new(|_| {});
    script.receive(503, &[date, ("Retry-After", "99999999999999999999")], "");
    let Action::Failed(error) = script.flow.step(script.now) else { panic!() };
    assert_eq!((error.status, error.retry_after_ms), (Status::HttpStatus, u64::MAX));
}

#[test]
fn calls_out_of_turn_are_answered_and_change_nothing() {
    let mut script = Script::new(|_| {});
    let now = script.now;
    let is_wrong = |result: Result<(), Error>| result.unwrap_err().status == Status::WrongState;
    assert!(is_wrong(script.flow.receive(now, Reply::default())));
    assert!(is_wrong(script.flow.fail(now, Failure::new(Status::Connect, "x"))));
    assert!(is_wrong(script.flow.hashed(Some("ab"))));
    let Action::Send(_) = script.flow.step(now) else { panic!() };
    let Action::Failed(error) = script.flow.step(now) else { panic!() };
    assert_eq!(error.status, Status::WrongState);
    script.answer(200, &[], r#"{"ks":"djJ8MTAxfA==","partnerId":101}"#);
    let Action::Send(_) = script.flow.step(now) else { panic!("the flow went on") };
    script.answer(200, &[], &"x".repeat(64 * 1024 + 1));
    let Action::Failed(error) = script.flow.step(now) else { panic!() };
    assert_eq!(error.status, Status::ReplyTooLarge);
    let Action::Failed(error) = script.flow.step(now) else { panic!() };
    assert_eq!(error.status, Status::WrongState);
}

#[test]
fn a_cancellation_ends_a_flow_wherever_it_is_but_not_one_that_is_over() {
    let cancelled = || Failure::new(Status::Cancelled, "cancelled");
    for steps in 0..3 {
        let mut script = Script::new(|_| {});
        if steps > 0 {
            script.receive(503, &[], "");
        }
        if steps > 1 {
            script.flow.step(script.now);
        }
        script.flow.fail(script.now, cancelled()).unwrap();
        let Action::Failed(error) = script.flow.step(script.now) else { panic!("{steps}") };
        assert_eq!(error.status, Status::Cancelled);
        assert!(script.flow.fail(script.now, cancelled()).is_err());
    }
}

/// A flow over answers that a test gives one by one.
struct Script {
    now: Moment,
    flow: Flow,
}

impl Script {
    fn new(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::new(101, "0_sha256tk", Some("303132333435363738393a3b3c3d3e3f"));
        options.set_hash_type(Some(HashType::Sha256));
        change(&mut options);
        let flow = Flow::new(Arc::new(options.check().unwrap()), Memory::default(), Jitter::lowest());
        Script { now: Moment { wall_seconds: 1_795_435_200, ..Moment::default() }, flow }
    }

    fn answer(&mut self, http_status: u16, headers: &[(&str, &str)], body: &str) {
        let mut reply = Reply { http_status, body: body.as_bytes().to_vec().into(), ..Reply::default() };
        headers.iter().for_each(|(name, value)| reply.headers.add(name, value));
        self.flow.receive(self.now, reply).unwrap();
    }

    /// Answers the next request.
    fn receive(&mut self, http_status: u16, headers: &[(&str, &str)], body: &str) {
        while let Action::Wait(ms) = self.flow.step(self.now) {
            self.now.running_ms += ms;
        }
        self.answer(http_status, headers, body);
    }

    fn answer_widget(&mut self) {
        self.receive(200, &[], r#"{"ks":"djJ8MTAxfA==","partnerId":101}"#);
    }

    /// Answers every request alike until the flow has failed.
    fn run_to_error(&mut self, body: &str) -> Error {
        loop {
            match self.flow.step(self.now) {
                Action::Send(_) => self.answer(200, &[], body),
                Action::Wait(ms) => self.now.running_ms += ms,
                Action::Failed(error) => return *error,
                other => panic!("{other:?}"),
            }
        }
    }
}

struct Run<'a> {
    scenario: &'a Value,
    lines: Arc<Mutex<Vec<String>>>,
    now: Moment,
    flow: Flow,
}

impl<'a> Run<'a> {
    fn new(data: &Value, scenario: &'a Value) -> Self {
        let mut options = options(&data["defs"]["options"], &scenario["options"]).unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = lines.clone();
        options.set_log(Log::new(LogLevel::Debug, move |_, line| sink.lock().unwrap().push(line.to_owned())));
        let wall = scenario["given"]["wall_s"].as_i64().or(data["defs"]["wall_s"].as_i64()).unwrap();
        let now = Moment { running_ms: 0, life_ms: 0, wall_seconds: wall };
        let settings = Arc::new(options.check().unwrap());
        let flow = Flow::new(settings, memory(&scenario["given"]), Jitter::lowest());
        Run { scenario, lines, now, flow }
    }

    fn play(mut self) {
        let name = self.scenario["name"].as_str().unwrap();
        for step in self.scenario["steps"].as_array().unwrap() {
            if step.get("hash").is_some() {
                self.hash(name, &step["hash"]);
            } else {
                self.exchange(name, step);
            }
            if let Some(range) = step["wait_ms"].as_array() {
                let Action::Wait(pause) = self.flow.step(self.now) else { panic!("{name}: no pause") };
                let low = range[0].as_u64().unwrap();
                assert!((low..=range[1].as_u64().unwrap()).contains(&pause), "{name}: pause of {pause} ms");
                self.pass(pause);
            }
        }
        let outcome = &self.scenario["outcome"];
        match self.flow.step(self.now) {
            Action::Done(session) => self.check_session(name, &session, &outcome["done"]),
            Action::Failed(error) => self.check_error(name, &error, &outcome["failed"]),
            other => panic!("{name}: not over but {other:?}"),
        }
        let lines = self.lines.lock().unwrap().join("\n");
        for secret in self.scenario["never_in_any_text"].as_array().into_iter().flatten() {
            assert!(!lines.contains(secret.as_str().unwrap()), "{name}: {lines}");
        }
    }

    fn exchange(&mut self, name: &str, step: &Value) {
        let action = self.flow.step(self.now);
        let Action::Send(request) = action else { panic!("{name}: expected a request, got {action:?}") };
        let (kind, members) = step["send"].as_object().unwrap().iter().next().unwrap();
        let path = match kind.as_str() {
            "widget" => "session/action/startWidgetSession",
            _ => "appToken/action/startSession",
        };
        assert_eq!(request.url, format!("https://kaltura.example/api_v3/service/{path}"), "{name}");
        let mut body: Map<String, Value> = serde_json::from_str(&request.body).unwrap();
        assert_eq!(body.remove("format"), Some(1.into()), "{name}");
        assert!(!body.remove("clientTag").unwrap().as_str().unwrap().is_empty(), "{name}");
        assert_eq!(Value::Object(body), *members, "{name}");
        if let Some(limit) = step["limit_ms"].as_u64() {
            assert_eq!(request.limit_ms, limit, "{name}");
        }
        self.pass(step["took_ms"].as_u64().unwrap_or(100));
        if let Some(failure) = step["failure"].as_str() {
            self.flow.fail(self.now, Failure::new(status(failure), "as scripted")).unwrap();
        } else {
            self.flow.receive(self.now, reply(&data(), &step["reply"])).unwrap();
        }
    }

    fn hash(&mut self, name: &str, step: &Value) {
        let Action::Hash { widget_ks, .. } = self.flow.step(self.now) else { panic!("{name}: no hash asked for") };
        assert_eq!(&*widget_ks, step["widget_ks"].as_str().unwrap(), "{name}");
        self.flow.hashed(step["answer"].as_str()).unwrap();
    }

    fn pass(&mut self, ms: u64) {
        self.now.running_ms += ms;
        self.now.life_ms += ms;
    }

    fn check_session(&self, name: &str, session: &Session, expected: &Value) {
        assert!(expected.is_object(), "{name}: a session");
        let adjustments: Vec<&str> = [
            (Adjustment::UserReplaced, "USER_REPLACED"),
            (Adjustment::TypeReplaced, "TYPE_REPLACED"),
            (Adjustment::ExpiryShortened, "EXPIRY_SHORTENED"),
            (Adjustment::PrivilegesDropped, "PRIVILEGES_DROPPED"),
        ]
        .into_iter()
        .filter_map(|(adjustment, name)| session.adjustments.contains(adjustment).then_some(name))
        .collect();
        let clock = match session.clock_source {
            ClockSource::Server => "server",
            ClockSource::Date => "date",
            ClockSource::Wall => "wall",
        };
        let got = serde_json::json!({
            "ks": &*session.ks,
            "user_id": session.user_id,
            "session_type": session.session_type as i32,
            "privileges": session.privileges,
            "dropped_privileges": session.dropped_privileges,
            "adjustments": adjustments,
            "hash_type": session.hash_type.map(HashType::name),
            "expires_at": session.expires_at_seconds,
            "remaining_ms": session.remaining_ms_at(self.now.life_ms),
            "clock": clock,
            "attempts": session.attempts(),
        });
        for (member, value) in expected.as_object().unwrap() {
            assert_eq!(got[member], *value, "{name}: {member}");
        }
    }

    fn check_error(&self, name: &str, error: &Error, expected: &Value) {
        assert!(expected.is_object(), "{name}: {error:?}");
        let api = error.api.as_ref();
        let args: Map<String, Value> =
            api.into_iter().flat_map(|api| &api.args).map(|(n, v)| (n.clone(), v.as_str().into())).collect();
        let got = serde_json::json!({
            "status": error.status.name().trim_start_matches("KALTURA_STATUS_"),
            "step": screaming(&format!("{:?}", error.step)),
            "retryable": error.is_retryable,
            "retry_after_ms": error.retry_after_ms,
            "api_code": api.map(|api| &api.code),
            "api_args": args,
            "ks_reason": screaming(&format!("{:?}", error.ks_reason)),
            "http_status": error.http_status,
            "attempts": error.attempts,
            "option": error.option,
        });
        let mut all = serde_json::json!({ "retry_after_ms": 0, "api_code": null, "ks_reason": "NONE" });
        all.as_object_mut().unwrap().extend(expected.as_object().unwrap().clone());
        for (member, value) in all.as_object().unwrap() {
            assert_eq!(got[member], *value, "{name}: {member} of {error:?}");
        }
        assert!(!error.hint.is_empty(), "{name}");
        for secret in self.scenario["never_in_any_text"].as_array().into_iter().flatten() {
            assert!(!format!("{error:?} {error}").contains(secret.as_str().unwrap()), "{name}: {error:?}");
        }
    }
}

fn data() -> Value {
    let mut data: Value = serde_json::from_str(DATA).unwrap();
    let defs: Vec<(String, String)> = data["defs"]
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(name, text)| Some((format!("${{{name}}}"), text.as_str()?.to_owned())))
        .collect();
    fill(&mut data, &defs);
    data
}

fn fill(value: &mut Value, defs: &[(String, String)]) {
    match value {
        Value::String(text) => defs.iter().for_each(|(name, def)| *text = text.replace(name, def)),
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, defs)),
        Value::Object(members) => members.values_mut().for_each(|member| fill(member, defs)),
        _ => {}
    }
}

/// Options as a scenario lists them; `Err` names one whose value the Rust type does not know.
fn options(base: &Value, changes: &Value) -> Result<Options, &'static str> {
    let mut all = base.as_object().unwrap().clone();
    all.extend(changes.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
    let text = |name: &str| all.get(name).and_then(Value::as_str);
    let number = |name: &str| all.get(name).and_then(Value::as_i64);
    let mut options = Options::new(number("partner_id").unwrap(), text("app_token_id").unwrap(), text("app_token"));
    options.set_service_url(text("service_url"));
    options.set_user_id(text("user_id"));
    options.set_privileges(text("privileges"));
    options.set_widget_id(text("widget_id"));
    options.set_expiry_seconds(number("expiry_seconds").unwrap_or(0));
    options.set_widget_expiry_seconds(number("widget_expiry_seconds").unwrap_or(0));
    options.set_total_timeout_ms(number("total_timeout_ms").unwrap_or(15_000));
    options.set_allow_http(all.get("allow_http") == Some(&Value::Bool(true)));
    if let Some(session_type) = number("session_type") {
        options.set_session_type(SessionType::from_number(session_type).ok_or("session_type")?);
    }
    if all.get("host_hash") == Some(&Value::Bool(true)) {
        options.set_token_hash(TokenHashCallback::new(|hashing: Hashing| drop(hashing)));
    }
    match text("hash_type") {
        None | Some("AUTO") => {}
        Some(name) => options.set_hash_type(Some(hash_type(name).ok_or("hash_type")?)),
    }
    Ok(options)
}

fn memory(given: &Value) -> Memory {
    let mut refuted = HashTypes::default();
    for name in given["refuted"].as_array().into_iter().flatten() {
        refuted.insert(hash_type(name.as_str().unwrap()).unwrap());
    }
    Memory {
        widget: given["widget_ks"].as_str().map(|ks| WidgetKs {
            ks: Secret::new(ks),
            sent_at_life_ms: 0,
            good_until_life_ms: 1_000_000,
        }),
        hash_type: given["hash_type"].as_str().and_then(hash_type),
        refuted,
        api_error_at_life_ms: (given["after_api_error"] == true).then_some(0),
        ..Memory::default()
    }
}

fn reply(data: &Value, scripted: &Value) -> Reply {
    let mut reply = Reply {
        http_status: scripted["status"].as_u64().unwrap_or(200).try_into().unwrap(),
        body: scripted["body"].as_str().unwrap().as_bytes().to_vec().into(),
        ..Reply::default()
    };
    let headers = scripted.get("headers").unwrap_or(&data["defs"]["headers"]);
    for (name, value) in headers.as_object().unwrap() {
        reply.headers.add(name, value.as_str().unwrap());
    }
    reply
}

fn status(name: &str) -> Status {
    let name = format!("KALTURA_STATUS_{name}");
    Status::ALL.iter().find(|(_, known)| *known == name).unwrap().0
}

fn hash_type(name: &str) -> Option<HashType> {
    HashType::PROBING_ORDER.into_iter().find(|hash_type| hash_type.name() == name)
}

fn screaming(camel: &str) -> String {
    let mut text = String::new();
    for (index, c) in camel.chars().enumerate() {
        if c.is_uppercase() && index > 0 {
            text.push('_');
        }
        text.push(c.to_ascii_uppercase());
    }
    text
}
