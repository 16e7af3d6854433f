//! A flow as a sequence of steps: whatever a host, a server and the clocks do, in whatever order.
#![no_main]

use std::sync::{Arc, LazyLock};

use arbitrary::{Arbitrary, Result, Unstructured};
use kaltura_session::{Action, Failure, Flow, Jitter, Log, LogLevel, Memory, Moment, Options, Reply, Settings, Status};
use kaltura_session_fuzz::{
    APP_TOKEN, APP_TOKEN_ID, PARTNER_ID, WIDGET_KS, WIDGET_REPLY, check_error, check_session, now, options, text,
};
use libfuzzer_sys::fuzz_target;

const EXPIRY_SECONDS: i64 = 3_600;

/// Whole replies, so that the fuzzer need not find out how JSON is written.
const REPLIES: [&str; 14] = [
    WIDGET_REPLY,
    r#"{"ks":"djF8a3M","expiry":1800003600,"userId":"u","partnerId":101,"sessionType":0,"privileges":""}"#,
    r#"{"objectType":"KalturaAPIException","code":"INVALID_APP_TOKEN_HASH","message":"m","args":[]}"#,
    r#"{"objectType":"KalturaAPIException","code":"INVALID_KS","message":"m","args":{"KSID":"EXPIRED"}}"#,
    r#"{"objectType":"KalturaAPIException","code":"SERVICE_FORBIDDEN","message":"m","args":[]}"#,
    r#"{"objectType":"KalturaAPIException","code":"ACTION_BLOCKED","message":"m","args":[]}"#,
    r#"{"objectType":"KalturaAPIException","code":"INTERNAL_SERVERL_ERROR","message":"m","args":[]}"#,
    r#"{"objectType":"KalturaAPIException","code":"APP_TOKEN_ID_NOT_FOUND","message":"m","args":{"ID":"i"}}"#,
    r#"{"partnerId":102,"ks":"Zm9yZWlnbg"}"#,
    // A version 1 KS: 40 hexadecimal digits, `|`, `101;`.
    r#"{"ks":"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OXwxMDE7MTAxOw"}"#,
    "null",
    "",
    "<html>",
    r#"{"ks":"#,
];

const FAILURES: [Status; 9] = [
    Status::Dns,
    Status::Connect,
    Status::Certificate,
    Status::Tls,
    Status::ConnectionLost,
    Status::Timeout,
    Status::Cancelled,
    Status::ReplyTooLarge,
    Status::CallbackFailed,
];

fuzz_target!(|data: &[u8]| {
    // The end of the input is the end of the story.
    let _ = play(&mut Unstructured::new(data));
});

fn play(input: &mut Unstructured<'_>) -> Result<()> {
    let settings = SETTINGS[input.choose_index(SETTINGS.len())?].clone();
    let mut now = now();
    let mut memory = Memory::default();
    for _ in 0..3 {
        let mut flow = Flow::new(settings.clone(), memory, Jitter::lowest());
        play_one(input, &mut flow, &mut now)?;
        memory = flow.memory().clone();
    }
    Ok(())
}

fn play_one(input: &mut Unstructured<'_>, flow: &mut Flow, now: &mut Moment) -> Result<()> {
    let (mut requests, mut is_over) = (0, false);
    for _ in 0..64 {
        match input.int_in_range(0..=7)? {
            0..=2 => {
                let action = flow.step(*now);
                let left_ms = flow.deadline_ms().unwrap().saturating_sub(now.running_ms);
                assert!(!is_over || matches!(&action, Action::Failed(error) if error.status == Status::WrongState));
                match action {
                    Action::Send(request) => {
                        requests += 1;
                        assert!(requests <= 12 && (1..=left_ms).contains(&request.limit_ms));
                    }
                    Action::Hash { limit_ms, .. } => assert!((1..=left_ms).contains(&limit_ms)),
                    Action::Wait(ms) => assert!(ms <= left_ms),
                    Action::Done(session) => {
                        check_session(&session, EXPIRY_SECONDS, now.life_ms);
                        is_over = true;
                    }
                    Action::Failed(error) => {
                        check_error(&error, &[APP_TOKEN, WIDGET_KS]);
                        is_over |= error.status != Status::WrongState;
                    }
                    Action::Ended => panic!("not of this flow"),
                }
            }
            3..=4 => {
                let body = match usize::from(u8::arbitrary(input)?) {
                    which if which < REPLIES.len() => REPLIES[which].to_owned(),
                    _ => text(input)?,
                };
                let http_status = *input.choose(&[200, 200, 200, 302, 404, 429, 500, 503])?;
                let mut reply = Reply { http_status, body: body.into_bytes().into(), ..Reply::default() };
                if bool::arbitrary(input)? {
                    let name = *input.choose(&["Date", "Age", "Retry-After", "X-Kaltura-Session", "X-Kaltura"])?;
                    reply.headers.add(name, &text(input)?);
                }
                let taken = flow.receive(*now, reply);
                assert!(!is_over || taken.is_err());
            }
            5 => {
                let failed =
                    flow.fail(*now, Failure::new(*input.choose(&FAILURES)?, format!("failed: {}", text(input)?)));
                assert!(!is_over || failed.is_err());
            }
            6 => {
                let answer = if bool::arbitrary(input)? { Some("0".repeat(64)) } else { Some(text(input)?) };
                assert!(!is_over || flow.hashed(answer.as_deref()).is_err());
            }
            _ => {
                // Time goes on, and while the device sleeps only one clock does.
                let ms = u64::from(u32::arbitrary(input)? >> input.int_in_range(0..=24)?);
                now.life_ms += ms;
                now.running_ms += if bool::arbitrary(input)? { ms } else { 0 };
                now.wall_seconds = now.wall_seconds.saturating_add(i64::from(i32::arbitrary(input)? >> 8));
            }
        }
    }
    Ok(())
}

/// With an app token, with a named hash type, and with the host's hash; what is logged is looked at.
static SETTINGS: LazyLock<[Arc<Settings>; 3]> = LazyLock::new(|| {
    let with_log = |mut options: Options| {
        options.set_expiry_seconds(EXPIRY_SECONDS);
        options.set_user_id(Some("eve;*"));
        options.set_log(Log::new(LogLevel::Debug, |_, line| {
            assert!(!line.contains(APP_TOKEN) && !line.contains(WIDGET_KS), "{line}");
        }));
        Arc::new(options.check_for_flow().unwrap())
    };
    let mut named = options();
    named.set_hash_type(Some(kaltura_session::HashType::Md5));
    named.set_max_attempts(i32::MAX);
    named.set_total_timeout_ms(i64::MAX);
    [with_log(options()), with_log(named), with_log(Options::new(PARTNER_ID, APP_TOKEN_ID, None))]
});
