//! Any headers beside a session or a failure that is tried again: `name: value` on each line, the first line a number.
#![no_main]

use kaltura_session::{Action, Moment, Reply};
use kaltura_session_fuzz::{APP_TOKEN, WIDGET_KS, check_error, check_session, flow_that_waits, now, settings};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Some((first, headers)) = text.split_once('\n') else { return };
    let Ok(how) = first.parse::<u32>() else { return };
    let mut reply = Reply { http_status: 100 + (how % 500) as u16, ..Reply::default() };
    let is_long = how & 1 != 0;
    if how % 500 == 100 && how % 3 != 0 {
        reply.body = br#"{"ks":"a2V5","expiry":1800003600,"userId":"u"}"#.to_vec().into();
    }
    for line in headers.lines() {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        reply.headers.add(name, value);
    }
    // A device whose date is wrong, too.
    let now = Moment { wall_seconds: if how % 7 == 0 { i64::MIN } else { now().wall_seconds }, ..now() };
    let mut flow = flow_that_waits(settings(is_long), true);
    flow.receive(now, reply).unwrap();
    match flow.step(now) {
        Action::Done(session) => check_session(&session, if is_long { 3_600 } else { 0 }, now.life_ms),
        Action::Failed(error) => check_error(&error, &[APP_TOKEN, WIDGET_KS]),
        // Never longer than the whole call may take.
        Action::Wait(ms) => assert!(ms < if is_long { 60_000 } else { 15_000 }),
        Action::Send(_) => {}
        Action::Hash { .. } | Action::Ended => panic!("not of this flow"),
    }
});
