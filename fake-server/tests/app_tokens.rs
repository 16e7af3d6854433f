//! App tokens are added, found, listed, changed and deleted, by administrators.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should panic, helpers included"
)]

mod common;

use std::time::{SystemTime, UNIX_EPOCH};

use common::{Client, PING, START, WIDGET};
use kaltura_fake_server::{FakeServer, HashType, Settings, World};
use serde_json::{Value as Json, json};

struct Api {
    server: FakeServer,
    ks: String,
}

impl Api {
    fn new() -> Api {
        let ks = World::bundled().sign_ks(101, "boss", 2, now() + 3600, "").unwrap();
        Api { server: FakeServer::start(Settings::default()).unwrap(), ks }
    }

    fn call(&self, path: &str, mut params: Json) -> Json {
        params["format"] = 1.into();
        let body = params.to_string();
        let mut client = Client::http(self.server.http_url());
        client.exchange("POST", path, Some("application/json"), body.as_bytes()).json()
    }

    fn admin(&self, action: &str, mut params: Json) -> Json {
        params["ks"] = self.ks.as_str().into();
        self.call(&format!("/api_v3/service/apptoken/action/{action}"), params)
    }

    fn start(&self, token: &Json) -> Json {
        let ks = self.call(WIDGET, json!({"widgetId": "_101"}))["ks"].as_str().unwrap().to_owned();
        let hash = HashType::Sha256.token_hash(&ks, token["token"].as_str().unwrap());
        self.call(START, json!({"ks": ks, "id": token["id"], "tokenHash": hash}))
    }
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

#[test]
fn a_token_that_was_added_starts_sessions_until_it_is_deleted_and_they_end_with_it() {
    let api = Api::new();
    let token = api.admin("add", json!({"appToken": {"hashType": "SHA256", "sessionDuration": 600, "expiry": 60}}));
    assert_eq!(token["token"].as_str().unwrap().len(), 32);
    assert!((now() + 58..=now() + 60).contains(&token["expiry"].as_i64().unwrap()), "{token}");
    let keys: Vec<&String> = token.as_object().unwrap().keys().collect();
    let order = [
        "id",
        "token",
        "partnerId",
        "createdAt",
        "updatedAt",
        "status",
        "expiry",
        "sessionDuration",
        "hashType",
        "objectType",
    ];
    assert_eq!(keys, order);

    let session = api.start(&token);
    assert_eq!(api.call(PING, json!({"ks": session["ks"]})), true);
    assert_eq!(api.admin("delete", json!({"id": token["id"]})), Json::Null);
    assert_eq!(api.call(PING, json!({"ks": session["ks"]}))["args"]["KSID"], "LOGOUT");
    assert_eq!(api.start(&token)["code"], "APP_TOKEN_ID_NOT_FOUND");
    assert_eq!(api.admin("delete", json!({"id": token["id"]}))["code"], "APP_TOKEN_ID_NOT_FOUND");
}

#[test]
fn an_expiry_of_0_is_now_and_a_large_one_a_point_in_time() {
    let api = Api::new();
    let expiry = |expiry: i64| api.admin("add", json!({"appToken": {"expiry": expiry}}))["expiry"].as_i64().unwrap();
    assert!((now() - 2..=now()).contains(&expiry(0)));
    assert_eq!(expiry(1_893_456_000), 1_893_456_000);
}

#[test]
fn an_update_changes_what_it_names_and_nothing_else() {
    let api = Api::new();
    let token = api.admin("add", json!({"appToken": {"sessionUserId": "ann", "description": "first"}}));
    let id = &token["id"];
    api.admin("update", json!({"id": id, "appToken": {"description": "second", "hashType": "MD5"}}));
    let got = api.admin("get", json!({"id": id}));
    assert_eq!(
        (&got["sessionUserId"], &got["description"], &got["hashType"]),
        (&"ann".into(), &"second".into(), &"MD5".into())
    );
    assert_eq!(got["token"], token["token"]);
    let refused = api.admin("update", json!({"id": id, "appToken": {"hashType": "SHA3"}}));
    assert_eq!(refused["code"], "INVALID_ENUM_VALUE");
}

#[test]
fn lists_are_filtered_ordered_and_cut_into_pages() {
    let api = Api::new();
    let before = api.admin("list", json!({}))["totalCount"].as_i64().unwrap();
    assert!(before > 5, "those of the world, without the deleted one");
    for user in ["ann", "bob", "ann"] {
        api.admin("add", json!({"appToken": {"sessionUserId": user}}));
    }
    let of_ann = api.admin("list", json!({"filter": {"sessionUserIdEqual": "ann"}}));
    assert_eq!(
        (of_ann["totalCount"].as_i64(), of_ann["objectType"].as_str()),
        (Some(2), Some("KalturaAppTokenListResponse"))
    );
    let page = |index: i64| api.admin("list", json!({"pager": {"pageSize": 2, "pageIndex": index}}));
    assert_eq!(page(1)["objects"].as_array().unwrap().len(), 2);
    assert_ne!(page(1)["objects"], page(2)["objects"]);
    assert_eq!(page(1000)["objects"], json!([]));
    assert_eq!(page(1)["totalCount"], before + 3);
}

#[test]
fn only_administrators_may() {
    let api = Api::new();
    let user = World::bundled().sign_ks(101, "ann", 0, now() + 3600, "").unwrap();
    for action in ["add", "get", "update", "delete", "list"] {
        let params = json!({"ks": user, "id": "0_sha256tk", "appToken": {}});
        let answer = api.call(&format!("/api_v3/service/apptoken/action/{action}"), params);
        assert_eq!(answer["code"], "SERVICE_FORBIDDEN", "{action}");
    }
    assert_eq!(api.admin("add", json!({}))["code"], "MISSING_MANDATORY_PARAMETER");
    assert_eq!(api.admin("get", json!({"id": "0_blocked1"}))["code"], "APP_TOKEN_ID_NOT_FOUND", "another account's");
}
