//! What the recorded answers do not show: the order of checks, odd parameters, restrictions, roles.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should panic, helpers included"
)]

mod common;

use std::time::{SystemTime, UNIX_EPOCH};

use common::{Client, PING, START, WIDGET, trusting};
use kaltura_fake_server::{FakeServer, HashType, Settings, World};
use serde_json::{Value as Json, json};

const TOKEN: &str = "303132333435363738393a3b3c3d3e3f";

struct Api {
    server: FakeServer,
    world: World,
}

impl Api {
    fn new() -> Api {
        Api::with(World::bundled())
    }

    fn with(world: World) -> Api {
        let settings = Settings { world: world.clone(), ..Settings::default() };
        Api { server: FakeServer::start(settings).unwrap(), world }
    }

    fn call(&self, path: &str, mut params: Json) -> Json {
        params["format"] = 1.into();
        let body = params.to_string();
        let mut client = Client::http(self.server.http_url());
        client.exchange("POST", path, Some("application/json"), body.as_bytes()).json()
    }

    fn get(&self, target: &str) -> Json {
        Client::http(self.server.http_url()).get(target).json()
    }

    fn widget_ks(&self) -> String {
        self.call(WIDGET, json!({"widgetId": "_101"}))["ks"].as_str().unwrap().to_owned()
    }

    /// A KS of partner 101 that lives for an hour.
    fn ks(&self, user: &str, kind: i64, privileges: &str) -> String {
        self.world.sign_ks(101, user, kind, now() + 3600, privileges).unwrap()
    }

    /// Starts a session with a token that takes what is asked for.
    fn start(&self, asked: Json) -> Json {
        let ks = self.widget_ks();
        let mut params = json!({"ks": ks, "id": "0_sha256tk", "tokenHash": HashType::Sha256.token_hash(&ks, TOKEN)});
        for (name, value) in asked.as_object().unwrap() {
            params[name] = value.clone();
        }
        self.call(START, params)
    }

    fn ping(&self, ks: &str) -> Json {
        self.call("/api_v3/service/system/action/ping", json!({"ks": ks}))
    }
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

#[test]
fn the_first_check_that_fails_wins() {
    let api = Api::new();
    let expired = api.world.sign_ks(101, "0", 0, 1, "view:*,widget:1").unwrap();
    let code = |params| api.call(START, params)["code"].clone();
    assert_eq!(code(json!({"ks": "rubbish"})), "INVALID_KS");
    assert_eq!(code(json!({"ks": expired})), "MISSING_MANDATORY_PARAMETER");
    assert_eq!(code(json!({"ks": expired, "id": "x", "tokenHash": "y", "type": 7})), "INVALID_ENUM_VALUE");
    assert_eq!(code(json!({"ks": expired, "id": "x", "tokenHash": "y"})), "INVALID_KS");
    assert_eq!(code(json!({"id": "x", "tokenHash": "y"})), "SERVICE_FORBIDDEN");
    let wrong = api.call(WIDGET, json!({"ks": "rubbish", "widgetId": "_101"}));
    assert_eq!(wrong["args"]["KSID"], "rubbish");
}

#[test]
fn formats_other_than_json_are_refused_plainly() {
    let api = Api::new();
    let mut client = Client::http(api.server.http_url());
    for (query, got) in [("", "none, which means XML"), ("?format=2", "format=2"), ("?format=9", "format=9")] {
        let reply = client.get(&format!("/api_v3/service/system/action/ping{query}"));
        assert_eq!((reply.status, reply.header("content-type")), (501, Some("text/plain")));
        assert!(reply.text().starts_with("kaltura-fake-server answers JSON only") && reply.text().contains(got));
    }
    for path in ["multirequest", "baseEntry/action/list", "media/action/list"] {
        assert_eq!(client.get(&format!("/api_v3/service/{path}?format=1")).status, 501, "{path}");
    }
}

#[test]
fn names_are_reported_in_lower_case() {
    let api = Api::new();
    assert_eq!(api.get("/api_v3/?format=1")["code"], "SERVICE_NOT_SPECIFIED");
    let error = api.get("/api_v3/service/SESSION/action/Dance?format=1");
    assert_eq!(error["message"], "Action \"dance\" does not exists for service \"session\"");
    assert_eq!(api.get("/api_v3/service/SySTem/action/PING?format=1"), true);
}

#[test]
fn odd_values_are_cast_as_php_does() {
    let api = Api::new();
    let expiry = |value: Json| api.start(json!({"expiry": value}))["expiry"].as_i64().unwrap() - now();
    assert!((58..=60).contains(&expiry("60.9".into())) && (58..=60).contains(&expiry(60.9.into())));
    assert!((86_398..=86_400).contains(&expiry("abc".into())) && (86_398..=86_400).contains(&expiry(Json::Null)));
    assert!((-62..=-60).contains(&expiry((-60).into())));
    assert_eq!(api.start(json!({"type": null}))["sessionType"], 0);
    assert_eq!(api.start(json!({"type": "2"}))["sessionType"], 2);
    assert_eq!(api.start(json!({"type": "true"}))["args"]["ENUM_VAL"], "1");
    assert_eq!(api.start(json!({"userId": 12}))["userId"], "12");
    assert_eq!(api.start(json!({"userId": "a\u{b}"}))["args"]["XML_FIELD"], "userId");
    assert_eq!(api.start(json!({"userId": "😀 /é"}))["userId"], "😀 /é");
    let ks = api.widget_ks();
    let hash = HashType::Sha256.token_hash(&ks, TOKEN);
    let form = format!("ks={ks}&id=0_sha256tk&tokenHash={hash}&format=1&userId=%ff");
    let mut client = Client::http(api.server.http_url());
    let reply = client.exchange("POST", START, Some("application/x-www-form-urlencoded"), form.as_bytes());
    assert_eq!(reply.json()["userId"], false);
}

#[test]
fn the_partner_id_comes_back_as_it_was_sent() {
    let api = Api::new();
    assert_eq!(api.start(json!({}))["partnerId"], "101");
    assert_eq!(api.start(json!({"partnerId": 101}))["partnerId"], 101);
    assert_eq!(api.start(json!({"partnerId": "101"}))["partnerId"], "101");
    assert_eq!(api.start(json!({"partnerId": 0}))["partnerId"], "101");
    assert_eq!(api.start(json!({"p": 102}))["code"], "SERVICE_FORBIDDEN");
    assert_eq!(api.start(json!({"partnerId": 999}))["code"], "SERVICE_FORBIDDEN_CONTENT_BLOCKED");
}

#[test]
fn sessions_are_restricted_by_address_uri_and_count() {
    let api = Api::new();
    assert_eq!(api.ping(&api.ks("u", 0, "iprestrict:127.0.0.1")), true);
    assert_eq!(api.ping(&api.ks("u", 0, "iprestrict:9.9.9.9"))["args"]["KSID"], "EXCEEDED_RESTRICTED_IP");
    assert_eq!(api.ping(&api.ks("u", 0, "urirestrict:/x|/api_v3/service/system/*")), true);
    let twice = api.ks("u", 0, "actionslimit:2");
    assert_eq!((api.ping(&twice), api.ping(&twice)), (true.into(), true.into()));
    assert_eq!(api.ping(&twice)["args"]["KSID"], "EXCEEDED_ACTIONS_LIMIT");
    assert_eq!(api.ping(&api.ks("u", 0, "setrole:-1"))["code"], "INVALID_SET_ROLE");
    assert_eq!(api.ping(&api.ks("u", 0, "setrole:7"))["args"]["ID"], "N/A");
}

#[test]
fn ending_a_session_ends_those_of_the_same_token_but_no_widget_session() {
    let api = Api::new();
    let end = |ks: &str| api.call("/api_v3/service/session/action/end", json!({"ks": ks}));
    let (first, second) = (api.start(json!({})), api.start(json!({})));
    assert_eq!(end(first["ks"].as_str().unwrap()), Json::Null);
    assert_eq!(api.ping(second["ks"].as_str().unwrap())["args"]["KSID"], "LOGOUT");
    let widget = api.widget_ks();
    end(&widget);
    assert_eq!(api.ping(&widget), true);
    assert_eq!(api.call("/api_v3/service/session/action/end", json!({})), Json::Null);
}

#[test]
fn secrets_start_sessions_of_their_kind() {
    let api = Api::new();
    let start = |secret: &str, kind: i64| {
        let params = json!({"secret": secret, "partnerId": 101, "type": kind, "expiry": 999_999});
        api.call("/api_v3/service/session/action/start", params)
    };
    let (admin, user) = ("a1b2c3d4e5f60718293a4b5c6d7e8f90", "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
    let additional = "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf";
    assert_eq!(start(user, 2)["args"]["PID"], "101");
    assert!(start(user, 0).is_string() && start(additional, 2).is_string());
    let ks = start(admin, 2);
    let info = api.call("/api_v3/service/session/action/get", json!({"ks": ks}));
    let seconds = info["expiry"].as_str().unwrap().parse::<i64>().unwrap() - now();
    assert!((86_398..=86_400).contains(&seconds), "capped by the account: {seconds}");
    let role = json!({"secret": admin, "partnerId": 101, "privileges": "setrole:9"});
    assert_eq!(api.call("/api_v3/service/session/action/start", role)["code"], "UNKNOWN_ROLE_ID");
}

#[test]
fn https_only_accounts_are_served_over_https() {
    let api = Api::new();
    let ks = api.world.sign_ks(105, "0", 0, now() + 60, "view:*,widget:1").unwrap();
    assert_eq!(api.ping(&ks)["code"], "SERVICE_ACCESS_CONTROL_RESTRICTED");
    let mut client = Client::https(api.server.https_url(), &trusting(api.server.ca_pem())).unwrap();
    assert_eq!(client.get(&format!("{PING}&ks={ks}")).text(), "true");
}

#[test]
fn roles_and_blocked_users_come_from_the_world() {
    let world =
        r#"{"partners":{"7":{"adminSecret":"s","blockedUsers":["eve"],"roles":{"5":["apptoken.startsession"]}}}}"#;
    let api = Api::with(World::parse(world, now()).unwrap());
    let ks = |user: &str, kind, privileges: &str| api.world.sign_ks(7, user, kind, now() + 60, privileges).unwrap();
    assert_eq!(api.ping(&ks("eve", 0, ""))["code"], "USER_BLOCKED");
    assert_eq!(api.ping(&ks("bob", 0, "setrole:5")), true);
    let get = api.call("/api_v3/service/session/action/get", json!({"ks": ks("bob", 2, "setrole:5")}));
    assert_eq!(get["code"], "SERVICE_FORBIDDEN");
    assert!(api.call(WIDGET, json!({"widgetId": "_7"}))["ks"].is_string());
}

#[test]
fn options_and_head_have_no_body() {
    let api = Api::new();
    let mut client = Client::http(api.server.http_url());
    let options = client.exchange("OPTIONS", START, None, b"");
    assert_eq!((options.status, options.body.len()), (200, 0));
    assert_eq!(options.header("access-control-allow-methods"), Some("POST, GET, HEAD, OPTIONS"));
    let head = client.exchange("HEAD", PING, None, b"");
    assert_eq!((head.header("content-length"), head.body.len()), (Some("4"), 0));
    assert_eq!(client.get(PING).text(), "true");
}

#[test]
fn a_token_that_is_over_hides_behind_a_wrong_hash() {
    let api = Api::new();
    let start = |id: &str, hash: &str| api.call(START, json!({"ks": api.widget_ks(), "id": id, "tokenHash": hash}));
    assert_eq!(start("0_expired1", "00")["code"], "INVALID_APP_TOKEN_HASH");
    assert_eq!(start("<b>0_nope", "00")["args"]["ID"], "0_nope");
    let upper = api.start(json!({"id": "0_SHA256TK"}));
    assert_eq!(upper["privileges"], "sessionid:0_SHA256TK,apptoken:0_SHA256TK");
}
