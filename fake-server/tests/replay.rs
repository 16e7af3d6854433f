//! Replays recorded calls and compares the answers with those of the real server.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should panic, helpers included"
)]

mod common;

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use common::{Client, Reply, START, WIDGET};
use kaltura_fake_server::{FakeServer, HashType, Settings, World};
use serde_json::Value as Json;

#[test]
fn every_recorded_answer_comes_back() {
    let golden: Json = serde_json::from_str(include_str!("../data/http-golden.json")).unwrap();
    let mut replay = Replay::start(&golden);
    let cases = golden["cases"].as_array().unwrap();
    let failures: Vec<String> = cases.iter().filter_map(|case| replay.run(case)).collect();
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), cases.len(), failures.join("\n"));
    assert_eq!(cases.len(), 49);
}

struct Replay {
    server: FakeServer,
    world: World,
    tokens: Json,
    recipes: Json,
    values: HashMap<String, String>,
}

impl Replay {
    fn start(golden: &Json) -> Replay {
        let world: Json = serde_json::from_str(include_str!("../data/world.json")).unwrap();
        Replay {
            server: FakeServer::start(Settings::default()).unwrap(),
            world: World::bundled(),
            tokens: world["appTokens"].clone(),
            recipes: golden["meta"]["variables"].clone(),
            values: HashMap::new(),
        }
    }

    /// What differs, if anything does.
    fn run(&mut self, case: &Json) -> Option<String> {
        let (request, expected) = (&case["request"], &case["response"]);
        let method = request["method"].as_str().unwrap();
        let params = self.fill(&request["params"]);
        let mut target = request["path"].as_str().unwrap().to_owned();
        let content_type = request["contentType"].as_str();
        let mut body = String::new();
        match content_type {
            None if method == "GET" && !params.is_null() => target = format!("{target}?{}", form(&params)),
            Some(kind) if kind.starts_with("application/json") => body = params.to_string(),
            _ if params.is_null() => {}
            _ => body = form(&params),
        }
        let sent_at = now();
        let reply = Client::http(self.server.http_url()).exchange(method, &target, content_type, body.as_bytes());
        let got = self.mask(&reply.text(), sent_at);
        let want = self.unname(expected["body"].as_str().unwrap());
        let wanted = expected["headers"].as_object().unwrap();
        let header = wanted.iter().find(|(name, value)| reply.header(name) != value.as_str());
        if reply.status == expected["status"] && got == want && header.is_none() {
            return None;
        }
        Some(format!("{}\n  want {want}\n  got  {} {got}\n  header {header:?}", case["name"], reply.status))
    }

    /// Replaces `${NAME}` by the value of that name.
    fn fill(&mut self, json: &Json) -> Json {
        match json {
            Json::String(text) => match text.strip_prefix("${").and_then(|name| name.strip_suffix('}')) {
                Some(name) => Json::from(self.value(name)),
                None => json.clone(),
            },
            Json::Object(members) => members
                .iter()
                .map(|(key, value)| (key.clone(), self.fill(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            _ => json.clone(),
        }
    }

    fn value(&mut self, name: &str) -> String {
        if let Some(value) = self.values.get(name) {
            return value.clone();
        }
        let recipe = self.recipes[name].clone();
        let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
        let value = if let Some(widget) = recipe["widget"].as_str() {
            self.ks_of(WIDGET, &serde_json::json!({"widgetId": widget}))
        } else if let Some([kind, ks, token]) = recipe["hash"].as_array().map(Vec::as_slice) {
            let ks = self.value(&text(ks));
            let token = text(&self.tokens[text(token)]["token"]);
            hash_type(&text(kind)).token_hash(&ks, &token)
        } else if let Some(source) = recipe["upper"].as_str() {
            self.value(source).to_uppercase()
        } else if let Some(sign) = recipe["sign"].as_object() {
            let expiry = sign.get("expiry").and_then(Json::as_i64);
            let expiry = expiry.unwrap_or_else(|| now() + sign["expiryIn"].as_i64().unwrap());
            let (partner_id, kind) = (sign["partnerId"].as_i64().unwrap(), sign["type"].as_i64().unwrap());
            self.world.sign_ks(partner_id, &text(&sign["userId"]), kind, expiry, &text(&sign["privileges"])).unwrap()
        } else {
            let session = recipe["session"].clone();
            let (ks, hash) = (self.value("WKS"), self.value(&text(&session["hash"])));
            let params =
                serde_json::json!({"ks": ks, "id": session["id"], "tokenHash": hash, "userId": session["userId"]});
            self.ks_of(START, &params)
        };
        self.values.insert(name.to_owned(), value.clone());
        value
    }

    fn ks_of(&self, path: &str, params: &Json) -> String {
        let body = format!("{}&format=1", form(params));
        let kind = Some("application/x-www-form-urlencoded");
        let reply: Reply = Client::http(self.server.http_url()).exchange("POST", path, kind, body.as_bytes());
        reply.json()["ks"].as_str().unwrap_or_else(|| panic!("{}", reply.text())).to_owned()
    }

    /// Hides KSs and times: what remains must be equal.
    fn mask(&self, text: &str, sent_at: i64) -> String {
        let mut text = text.to_owned();
        for value in self.values.values().filter(|value| value.len() > 40) {
            text = text.replace(value.as_str(), "<KS>").replace(&value.replace('/', "\\/"), "<KS>");
        }
        let mut masked = String::new();
        for word in text.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || "-_+/\\=".contains(c))) {
            let length = word.trim_end_matches(|c: char| !(c.is_ascii_alphanumeric() || "-_+/\\=".contains(c))).len();
            let (core, rest) = word.split_at(length);
            match core.parse::<i64>() {
                Ok(time) if core.len() == 10 => {
                    let seconds = ((time - sent_at) as f64 / 10.0).round() as i64 * 10;
                    masked.push_str(&format!("<now{seconds:+}>"));
                }
                _ if core.len() >= 60 => masked.push_str("<KS>"),
                _ => masked.push_str(core),
            }
            masked.push_str(rest);
        }
        masked
    }

    /// A KS that was used and a KS that came are both just "a KS".
    fn unname(&self, text: &str) -> String {
        self.values.keys().fold(text.to_owned(), |text, name| text.replace(&format!("${{{name}}}"), "<KS>"))
    }
}

fn hash_type(name: &str) -> HashType {
    match name {
        "md5" => HashType::Md5,
        "sha1" => HashType::Sha1,
        "sha256" => HashType::Sha256,
        _ => HashType::Sha512,
    }
}

fn form(params: &Json) -> String {
    let text = |json: &Json| json.as_str().map_or_else(|| json.to_string(), str::to_owned);
    let pairs = params.as_object().into_iter().flatten();
    let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", encode(&text(value)))).collect();
    pairs.join("&")
}

fn encode(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}
