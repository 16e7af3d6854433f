//! Refreshes: at every point they can be interrupted, superseded, failed, and nobody is given what they bring then.

use super::*;

#[test]
fn a_switch_of_user_gives_no_session_of_the_old_one_at_any_point_of_a_flight() {
    for answers_late in [false, true] {
        let bench = Bench::new();
        bench.server.set(|state| (state.is_held, state.is_deaf) = (true, answers_late));
        let old = bench.load_elsewhere();
        bench.server.wait_for(1);
        bench.provider.set_user_id(Ok(Some("bob"))).unwrap();
        assert_eq!(old.join().unwrap().unwrap_err().status, Status::Superseded);
        bench.server.set(|state| state.is_held = false);
        assert_eq!(bench.load().unwrap().user_id, "bob");
        bench.settle();
        assert_eq!(bench.load().unwrap().user_id, "bob");
        finish(&bench.provider);
    }
}

#[test]
fn a_user_who_comes_back_is_given_nothing_of_before() {
    let bench = Bench::new();
    let before = bench.ks();
    bench.provider.set_user_id(Ok(Some("bob"))).unwrap();
    bench.provider.set_user_id(Ok(Some("ann"))).unwrap();
    assert_ne!(bench.ks(), before);
    finish(&bench.provider);
}

#[test]
fn the_same_user_again_changes_nothing_and_a_bad_one_is_poison_until_a_good_one_comes() {
    let bench = Bench::new();
    let first = bench.ks();
    bench.provider.set_user_id(Ok(Some("ann"))).unwrap();
    assert_eq!(bench.ks(), first);
    assert_eq!(bench.provider.set_user_id(Ok(Some("\u{1}"))).unwrap_err().status, Status::InvalidArgument);
    assert_eq!(bench.status(), Status::InvalidArgument);
    assert!(bench.provider.peek().is_none());
    bench.provider.set_user_id(Ok(None)).unwrap();
    assert_eq!(bench.load().unwrap().user_id, "");
    finish(&bench.provider);
}

#[test]
fn a_log_out_supersedes_the_refresh_whose_waiters_start_the_next() {
    let bench = Bench::new();
    bench.server.hold();
    let waiter = bench.load_elsewhere();
    bench.server.wait_for(1);
    bench.provider.invalidate(None);
    bench.server.release();
    assert!(waiter.join().unwrap().is_ok());
    bench.settle();
    assert_eq!(bench.server.requests().0, 2, "the flight of before was interrupted in its first request");
    finish(&bench.provider);
}

#[test]
fn only_the_named_session_is_dropped() {
    let bench = Bench::new();
    let first = bench.ks();
    bench.provider.invalidate(Some("another"));
    assert_eq!(bench.ks(), first);
    bench.provider.invalidate(Some(&first));
    assert!(bench.provider.peek().is_none());
    let second = bench.ks();
    bench.provider.invalidate(Some(&first));
    assert_eq!(bench.ks(), second);
    finish(&bench.provider);
}

#[test]
fn a_panic_in_a_flight_is_everybodys_error_and_not_a_hang() {
    let bench = Bench::new();
    bench.server.set(|state| state.script = [Act::Panic].into());
    assert_eq!(bench.status(), Status::Panic);
    bench.pass(1_001);
    assert_eq!(bench.ks(), "ks-1-of-ann");
    finish(&bench.provider);
}

#[test]
fn a_caller_carries_the_flight_where_there_is_no_thread() {
    let bench = Bench::without_threads();
    assert_eq!(bench.ks(), "ks-1-of-ann");
    bench.pass(900_000);
    assert_eq!(bench.ks(), "ks-1-of-ann", "a background refresh fails, and the living session is served");
}

#[test]
fn a_wrong_app_token_is_told_from_memory_for_two_minutes_whoever_the_user_is() {
    let bench = Bench::new();
    bench.server.set(|state| state.otherwise = Act::Refuse("INVALID_APP_TOKEN_HASH"));
    assert_eq!(bench.status(), Status::AppTokenMismatch);
    let probed = bench.server.requests();
    assert_eq!(probed, (1, 4));
    bench.pass(60_000);
    assert_eq!(bench.status(), Status::AppTokenMismatch);
    bench.provider.set_user_id(Ok(Some("bob"))).unwrap();
    assert_eq!(bench.status(), Status::AppTokenMismatch);
    assert_eq!(bench.server.requests(), probed);
    bench.server.set(|state| state.otherwise = Act::Grant(1_000));
    bench.pass(61_000);
    assert!(bench.load().is_ok());
    finish(&bench.provider);
}

#[test]
fn a_load_on_a_thread_that_carries_the_flight_is_refused_instead_of_waiting_for_itself() {
    let seen = Arc::new(std::sync::Mutex::new(None::<Status>));
    let slot = Arc::new(std::sync::Mutex::new(None::<Provider>));
    let (note, provider) = (seen.clone(), slot.clone());
    let bench = Bench::with(|options| {
        options.set_log(Log::new(LogLevel::Info, move |_, _| {
            let provider = provider.lock().unwrap().clone();
            if let Some(Err(error)) = provider.map(|provider| provider.load(None)) {
                note.lock().unwrap().get_or_insert(error.status);
            }
        }));
    });
    *slot.lock().unwrap() = Some(bench.provider.clone());
    assert!(bench.load().is_ok());
    bench.settle();
    assert_eq!(*seen.lock().unwrap(), Some(Status::WrongState));
    *slot.lock().unwrap() = None;
    finish(&bench.provider);
}

#[test]
fn every_decision_has_its_line() {
    let lines = Arc::new(std::sync::Mutex::new(Vec::new()));
    let sink = lines.clone();
    let bench = Bench::with(|options| {
        options.set_log(Log::new(LogLevel::Info, move |_, line| sink.lock().unwrap().push(line.to_owned())));
    });
    let first = bench.ks();
    bench.settle();
    bench.server.set(|state| state.otherwise = Act::Fail(Status::Connect));
    bench.pass(850_000);
    assert_eq!(bench.ks(), first);
    bench.settle();
    bench.provider.report_error(&first, "INVALID_KS", Some("EXPIRED"));
    bench.pass(40_000);
    assert!(bench.load().is_err());
    bench.settle();
    bench.provider.set_user_id(Ok(Some("bob"))).unwrap();
    assert!(bench.load().is_err());
    finish(&bench.provider);
    let lines = lines.lock().unwrap().join("\n");
    for said in [
        "refreshing the session",
        "refreshed the session, which is served from now on",
        "kept the living session through a failed refresh",
        "dropped the session: the server refused it",
        "dropped the session: the user was changed",
        "the refresh failed",
    ] {
        assert!(lines.contains(said), "{said} in\n{lines}");
    }
    assert!(!lines.contains(&first) && !lines.contains("00112233445566778899aabbccddeeff"));
}
