//! Any answer to either request: HTTP status (two bytes), settings (one byte), then the body.
#![no_main]

use kaltura_session::{Action, Reply};
use kaltura_session_fuzz::{APP_TOKEN, WIDGET_KS, check_error, check_session, flow_that_waits, now, settings};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [high, low, how, body @ ..] = data else { return };
    let (at_start, is_long) = (how & 1 != 0, how & 2 != 0);
    let mut flow = flow_that_waits(settings(is_long), at_start);
    let http_status = 100 + u16::from_be_bytes([*high, *low]) % 500;
    flow.receive(now(), Reply { http_status, body: body.to_vec().into(), ..Reply::default() }).unwrap();
    match flow.step(now()) {
        Action::Done(session) => {
            assert!(at_start && (200..300).contains(&http_status));
            check_session(&session, if is_long { 3_600 } else { 0 }, now().life_ms);
            assert!(session.remaining_ms_at(now().life_ms) > 0);
        }
        Action::Failed(error) => check_error(&error, if at_start { &[APP_TOKEN, WIDGET_KS] } else { &[APP_TOKEN] }),
        Action::Send(request) => assert!(request.limit_ms > 0 && !request.url.contains(WIDGET_KS)),
        Action::Wait(ms) => assert!(ms < 60_000),
        Action::Hash { .. } | Action::Ended => panic!("not of this flow"),
    }
});
