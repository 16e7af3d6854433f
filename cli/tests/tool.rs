//! The tool as a person and as a script use it, before the fake server.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should panic, helpers included"
)]

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use kaltura_fake_server::{FakeServer, Settings};
use serde_json::Value as Json;

const SECRET: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90";
const APP_TOKEN: &str = "303132333435363738393a3b3c3d3e3f";

struct Tool {
    server: FakeServer,
}

impl Tool {
    fn new() -> Tool {
        Tool { server: FakeServer::start(Settings::default()).unwrap() }
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kaltura-session"));
        command.args(words.split_whitespace()).env_clear();
        command.env("KALTURA_SERVICE_URL", self.server.http_url()).env("KALTURA_PARTNER_ID", "101");
        command.env("KALTURA_ADMIN_SECRET", SECRET).env("KALTURA_APP_TOKEN", APP_TOKEN);
        command
    }

    fn run(&self, words: &str) -> Output {
        self.command(words).output().unwrap()
    }

    /// What is printed as JSON, and the exit code.
    fn json(&self, words: &str) -> (Json, i32) {
        let output = self.run(&format!("{words} --json"));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        (serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")), output.status.code().unwrap())
    }

    fn with_input(&self, words: &str, input: &str) -> Output {
        let mut command = self.command(words);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_generated_ks_stands_alone_on_standard_output_and_is_valid() {
    let tool = Tool::new();
    let generated = tool.run("generate --app-token-id 0_sha256tk --user-id ann");
    assert!(generated.status.success());
    let ks = text(&generated.stdout);
    assert!(ks.starts_with("djJ8") && ks.ends_with('\n') && ks.lines().count() == 1);
    assert!(text(&generated.stderr).contains("user session for user \"ann\""));
    let inspected = tool.with_input("inspect", &ks);
    assert!(inspected.status.success());
    assert!(text(&inspected.stdout).starts_with("valid: "), "{}", text(&inspected.stdout));
}

#[test]
fn an_app_token_lives_from_add_to_delete() {
    let tool = Tool::new();
    let (added, code) = tool.json("app-token add --session-type user --session-duration 600 --description test");
    assert_eq!((code, added["hashType"].as_str(), added["sessionType"].as_str()), (0, Some("SHA256"), Some("user")));
    let id = added["id"].as_str().unwrap();
    let mut generate = tool.command(&format!("generate --app-token-id {id}"));
    assert!(generate.env("KALTURA_APP_TOKEN", added["token"].as_str().unwrap()).output().unwrap().status.success());
    assert_eq!(tool.json(&format!("app-token get {id}")).0["token"], Json::Null);
    assert_eq!(tool.json(&format!("app-token get {id} --show-token")).0["token"], added["token"]);
    assert_eq!(tool.json(&format!("app-token update {id} --description other")).0["description"], "other");
    let listed = tool.json("app-token list --newest-first --limit 1").0;
    assert_eq!(listed["appTokens"][0]["id"], id);
    assert_eq!(tool.json(&format!("app-token delete {id}")), (serde_json::json!({"id": id, "isDeleted": true}), 0));
    let (error, code) = tool.json(&format!("app-token get {id}"));
    assert_eq!((error["error"]["apiCode"].as_str(), code), (Some("APP_TOKEN_ID_NOT_FOUND"), 5));
}

#[test]
fn exit_codes_tell_whose_turn_it_is() {
    let tool = Tool::new();
    let category = |words: &str| {
        let (json, code) = tool.json(words);
        (json["error"]["category"].as_str().map(str::to_owned), code)
    };
    let told = |name: &str, code| (Some(name.to_owned()), code);
    assert_eq!(category("app-token add --expires-in 0"), told("caller", 2));
    assert_eq!(category("sign --expiry=-5"), told("caller", 2));
    assert_eq!(category("generate --app-token-id 0_sha256tk --service-url http://127.0.0.1:1"), told("network", 3));
    tool.server.script("request:* status code=404").unwrap();
    assert_eq!(category("generate --app-token-id 0_sha256tk"), told("reply", 4));
    tool.server.script("").unwrap();
    assert_eq!(category("generate --app-token-id 0_nope"), told("server", 5));
    assert_eq!(tool.run("generate --no-such-option").status.code(), Some(2));
    assert_eq!(tool.with_input("inspect", "!!!").status.code(), Some(1));
}

#[test]
fn no_secret_is_taken_from_an_argument_and_none_is_told_in_an_error() {
    let tool = Tool::new();
    for words in ["generate --help", "sign --help", "inspect --help", "app-token add --help", "app-token get --help"] {
        let help = text(&tool.run(words).stdout);
        for line in help
            .lines()
            .filter(|line| line.contains("--secret") || line.contains("--ks") || line.contains("--app-token "))
        {
            assert!(line.contains("-file") || line.contains("--ks-version"), "{line}");
        }
    }
    let mut refused = tool.command("generate --app-token-id 0_sha256tk --hash-type sha256");
    let refused = refused.env("KALTURA_APP_TOKEN", "ffffffffffffffffffffffffffffffff").output().unwrap();
    assert_eq!(refused.status.code(), Some(5));
    let told = text(&refused.stderr);
    assert!(told.contains("INVALID_APP_TOKEN_HASH") && !told.contains("ffff"), "{told}");
    let missing =
        Command::new(env!("CARGO_BIN_EXE_kaltura-session")).args(["sign", "--partner-id", "1"]).env_clear().output();
    let missing = missing.unwrap();
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("KALTURA_ADMIN_SECRET"));
}

/// All of them, no other, and each as the README promises it.
fn assert_members(json: &Json, members: &str) {
    let mut expected: Vec<&str> = members.split_whitespace().collect();
    expected.sort_unstable();
    let mut there: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    there.sort_unstable();
    assert_eq!(there, expected, "{json}");
    let readme = include_str!("../README.md");
    for name in expected {
        assert!(readme.contains(&format!("`{name}`")), "{name} is not in the README");
    }
}

#[test]
fn the_json_of_each_command_has_the_members_that_the_readme_promises() {
    const SESSION: &str = "ks partnerId userId type privileges droppedPrivileges adjustments hashType expiresAt \
        remainingMs requests status";
    const APP_TOKEN: &str = "id partnerId status hashType expiresAt sessionType sessionUserId sessionDuration \
        sessionPrivileges description createdAt updatedAt";
    const READING: &str = "verdict version partnerId secretIndex userId type isWidgetSession expiresAt privileges \
        parsedPrivileges masterPartnerId additionalData hash sessionIdHash";
    const ERROR: &str = "status category message hint option apiCode httpStatus isRetryable attempts serverSession \
        serverHost";
    let tool = Tool::new();
    let generated = tool.json("generate --app-token-id 0_sha256tk").0;
    assert_members(&generated, SESSION);
    assert_members(&generated["adjustments"], "userReplaced typeReplaced expiryShortened privilegesDropped");
    assert_members(&tool.json("diagnose --app-token-id 0_sha256tk").0, &SESSION.replacen("ks ", "", 1));
    assert_members(&tool.json("sign").0, "ks version expiresAt");
    assert_members(&tool.json("app-token add").0, &format!("{APP_TOKEN} token"));
    assert_members(&tool.json("app-token get 0_sha256tk --show-token").0, &format!("{APP_TOKEN} token"));
    assert_members(&tool.json("app-token get 0_sha256tk").0, APP_TOKEN);
    assert_members(&tool.json("app-token update 0_sha256tk --description x").0, APP_TOKEN);
    let listed = tool.json("app-token list --limit 1").0;
    assert_members(&listed, "appTokens");
    assert_members(&listed["appTokens"][0], APP_TOKEN);
    assert_members(&tool.json("app-token delete 0_sha256tk").0, "id isDeleted");
    for text in [text(&tool.run("sign").stdout), "no KS".to_owned()] {
        let read = tool.with_input("inspect --json", &text).stdout;
        assert_members(&serde_json::from_slice(&read).unwrap(), READING);
    }
    for (words, category) in [
        ("app-token get 0_nope", "server"),
        ("sign --expiry 0", "caller"),
        ("sign --secret-file /nowhere", "caller"),
        ("sign --no-such-option", "caller"),
        ("no-such-command", "caller"),
    ] {
        let (failed, _) = tool.json(words);
        assert_members(&failed, "error");
        assert_members(&failed["error"], ERROR);
        assert_eq!(failed["error"]["category"], category, "{words}");
        assert!(!failed["error"]["message"].as_str().unwrap().contains(['\n', '\x1b']), "{words}");
    }
}

/// What a script reads today it shall read tomorrow.
#[test]
fn the_json_of_a_ks_and_of_a_refusal_is_this() {
    let tool = Tool::new();
    let vectors: Json = serde_json::from_str(include_str!("../../tests/data/ks-vectors.json")).unwrap();
    let case = &vectors["generate"].as_array().unwrap()[0];
    let mut inspect = tool.command("inspect --json");
    inspect
        .env("KALTURA_KS", case["ks"].as_str().unwrap())
        .env("KALTURA_ADMIN_SECRET", case["secret"].as_str().unwrap());
    let inspected: Json = serde_json::from_slice(&inspect.output().unwrap().stdout).unwrap();
    let golden = |text: &str| serde_json::from_str::<Json>(text).unwrap();
    assert_eq!(inspected, golden(include_str!("golden/inspect.json")));
    let mut refused = tool.json("app-token get 0_nope").0;
    refused["error"]["serverSession"] = Json::Null; // random
    assert_eq!(refused, golden(include_str!("golden/refused.json")));
}

fn assert_fits(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 80 && !line.contains('\x1b'), "{line}");
    }
}

#[test]
fn output_has_colours_only_where_they_are_wanted_and_fits_80_columns() {
    let tool = Tool::new();
    for words in ["app-token list", "app-token get 0_sha256tk", "diagnose --app-token-id 0_sha256tk"] {
        assert!(text(&tool.run(&format!("{words} --color always")).stdout).contains("\x1b["), "{words}");
    }
    let many = "list:*,edit:0_abcdefgh/0_ijklmnop,download:0_abcdefgh,appid:app-of-some-length-example.com,sview:*";
    let words = "x".repeat(30);
    let mut add = tool.command("app-token add --session-type admin --session-duration 131999");
    add.args(["--session-privileges", many, "--session-user-id", &words, "--description", &words]);
    let added = text(&add.output().unwrap().stdout);
    assert_fits(&added);
    let id = added.lines().next().unwrap().split_whitespace().nth(1).unwrap();
    assert_fits(&text(&tool.run("app-token list").stdout));
    assert_fits(&text(&tool.run("app-token list --show-token").stdout));
    assert_fits(&text(&tool.run(&format!("app-token get {id} --show-token")).stdout));
    let mut sign = tool.command("sign");
    let ks = text(&sign.args(["--privileges", many]).output().unwrap().stdout);
    assert_fits(&text(&tool.with_input("inspect", &ks).stdout));
    for words in [
        "generate --app-token-id 0_nope",
        "generate --app-token-id 0_disabled",
        "app-token get 0_nope",
        "app-token add --expires-in 0",
        "sign --secret-file /nowhere",
        "generate --app-token-id 0_sha256tk --service-url http://127.0.0.1:1",
        "generate --app-token-id 0_sha256tk --privileges sview:*,edit:0_abcdefgh,actionslimit:5,setrole:7",
        "diagnose --app-token-id 0_sha256tk --privileges sview:*,edit:0_abcdefgh,actionslimit:5,setrole:7",
    ] {
        let Output { stdout, stderr, .. } = tool.run(words);
        // A KS, an error's first word, and what stands in a log line are as long as they are.
        let shown = text(&stdout)
            .lines()
            .filter(|line| !line.starts_with("djJ8"))
            .map(|line| format!("{line}\n"))
            .collect::<String>();
        assert_fits(&shown);
        assert_fits(&text(&stderr));
    }
}

/// Whoever made a KS does not paint on the terminal of whoever looks at it.
#[test]
fn control_characters_are_not_printed() {
    let tool = Tool::new();
    let mut sign = tool.command("sign --ks-version 1");
    let ks = text(&sign.args(["--user-id", "\x1b[2Jann\x07"]).output().unwrap().stdout);
    let shown = text(&tool.with_input("inspect", &ks).stdout);
    assert!(shown.contains("ann") && !shown.contains(['\x1b', '\x07']), "{shown:?}");
    let mut add = tool.command("app-token add");
    let shown = text(&add.args(["--description", "a\tb\nc"]).output().unwrap().stdout);
    assert!(shown.contains("a b c\n"), "{shown:?}");
}

#[test]
fn a_diagnosis_tells_each_step_and_no_secret() {
    let tool = Tool::new();
    let told = tool.run("diagnose --app-token-id 0_sha256tk");
    let told = text(&told.stdout);
    assert!(told.contains("hash type is SHA256") && told.contains("system.ping"), "{told}");
    assert!(!told.contains("djJ8") && !told.contains(APP_TOKEN));
    assert_eq!(tool.json("diagnose --app-token-id 0_sha256tk").0.get("ks"), None);
}

#[test]
fn completions_and_the_manual_page_come_from_the_same_definition() {
    let tool = Tool::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(text(&tool.run(&format!("completions {shell}")).stdout).contains("app-token"), "{shell}");
    }
    let manual = text(&tool.run("man").stdout);
    assert!(manual.contains(".TH") && manual.contains("KALTURA_ADMIN_SECRET"));
    let folder = std::env::temp_dir().join(format!("kaltura-session-man-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    assert!(tool.command("man").arg(&folder).status().unwrap().success());
    let page = std::fs::read_to_string(folder.join("kaltura-session-app-token-add.1")).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(page.contains("session\\-duration"), "{page}");
}
