//! What the targets share.

use std::sync::{Arc, LazyLock};

use arbitrary::{Arbitrary, Result, Unstructured};
use kaltura_session::{
    Action, Error, Flow, HashType, Jitter, Memory, Moment, Options, Reply, Secret, Session, Settings,
};

pub const PARTNER_ID: i64 = 101;
pub const APP_TOKEN_ID: &str = "0_ab12cd34";
pub const APP_TOKEN: &str = "5ec3e7000000000000000000000000aa";
pub const WIDGET_KS: &str = "c2VjcmV0LXdpZGdldC1rcy1vZi10aGUtZnV6emVy";

/// What a server would say.
pub const WIDGET_REPLY: &str = r#"{"partnerId":101,"ks":"c2VjcmV0LXdpZGdldC1rcy1vZi10aGUtZnV6emVy"}"#;

pub fn now() -> Moment {
    Moment { running_ms: 1_000_000, life_ms: 10_000_000_000, wall_seconds: 1_800_000_000 }
}

pub fn options() -> Options {
    Options::new(PARTNER_ID, APP_TOKEN_ID, Some(APP_TOKEN))
}

/// Settings in which every optional request field is there, and the shortest ones.
pub fn settings(is_long: bool) -> Arc<Settings> {
    static SHORT: LazyLock<Arc<Settings>> = LazyLock::new(|| Arc::new(options().check().unwrap()));
    static LONG: LazyLock<Arc<Settings>> = LazyLock::new(|| {
        let mut options = options();
        options.set_user_id(Some("user"));
        options.set_privileges(Some("list:*,sview:0_abc/0_def"));
        options.set_expiry_seconds(3_600);
        options.set_hash_type(Some(HashType::Sha1));
        options.set_total_timeout_ms(60_000);
        Arc::new(options.check().unwrap())
    });
    if is_long { LONG.clone() } else { SHORT.clone() }
}

/// A flow that has sent its first request, or its second.
pub fn flow_that_waits(settings: Arc<Settings>, at_start: bool) -> Flow {
    let mut flow = Flow::new(settings, Memory::default(), Jitter::lowest());
    let Action::Send(_) = flow.step(now()) else { panic!("the widget call") };
    if at_start {
        let reply = Reply { http_status: 200, body: WIDGET_REPLY.as_bytes().to_vec().into(), ..Reply::default() };
        flow.receive(now(), reply).unwrap();
        let Action::Send(_) = flow.step(now()) else { panic!("startSession") };
    }
    flow
}

/// Nothing that may be shown holds a secret, and nothing breaks a line.
pub fn check_error(error: &Error, secrets: &[&str]) {
    let api = error.api.iter();
    let api =
        api.flat_map(|api| [&api.code, &api.message].into_iter().chain(api.args.iter().flat_map(|(a, b)| [a, b])));
    let headers = error.server_session.iter().chain(&error.server_host);
    for text in [&error.message, &error.hint].into_iter().chain(api).chain(headers) {
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} in {text:?}");
        }
    }
    assert!(!error.message.is_empty() && error.attempts <= 12);
}

/// What every session keeps to.
pub fn check_session(session: &Session, settings_expiry_seconds: i64, life_ms: u64) {
    let ks: &Secret = &session.ks;
    assert!((1..=16_384).contains(&ks.len()) && ks.bytes().all(|byte| byte.is_ascii_graphic()));
    let left_ms = session.remaining_ms_at(life_ms);
    assert!(settings_expiry_seconds == 0 || left_ms <= settings_expiry_seconds as u64 * 1_000, "{left_ms}");
}

/// A text of the fuzzer's, any bytes made UTF-8.
pub fn text(input: &mut Unstructured<'_>) -> Result<String> {
    let length = usize::from(u8::arbitrary(input)?).min(input.len());
    Ok(String::from_utf8_lossy(input.bytes(length)?).into_owned())
}
