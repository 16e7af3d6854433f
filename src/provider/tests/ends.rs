//! Shutting down, draining, ending sessions.

use super::*;

#[test]
fn after_a_shutdown_everything_says_so_and_nothing_runs() {
    let bench = Bench::new();
    bench.ks();
    finish(&bench.provider);
    assert_eq!(bench.status(), Status::ShutDown);
    assert!(bench.provider.peek().is_none());
    bench.provider.prefetch();
    bench.provider.invalidate(None);
    assert_eq!(bench.provider.set_user_id(Ok(Some("bob"))).unwrap_err().status, Status::ShutDown);
    assert_eq!(bench.provider.end_session(None).unwrap_err().status, Status::ShutDown);
    assert_eq!(bench.provider.report_error("ks", "INVALID_KS", Some("EXPIRED")), Advice::GiveUp);
    assert_eq!(bench.server.requests(), (1, 1));
    assert!(bench.provider.drain(Duration::ZERO), "a second one has nothing to wait for");
}

#[test]
fn a_shutdown_interrupts_a_flight_and_whoever_waits_for_it() {
    let bench = Bench::new();
    bench.server.hold();
    let waiter = bench.load_elsewhere();
    bench.server.wait_for(1);
    bench.provider.shutdown();
    assert_eq!(waiter.join().unwrap().unwrap_err().status, Status::ShutDown);
    finish(&bench.provider);
}

#[test]
fn a_drain_gives_up_in_time_while_something_hangs_and_before_a_shutdown() {
    let bench = Bench::new();
    assert!(!bench.provider.drain(Duration::ZERO));
    bench.server.set(|state| (state.is_held, state.is_deaf) = (true, true));
    let waiter = bench.load_elsewhere();
    bench.server.wait_for(1);
    bench.provider.shutdown();
    assert!(waiter.join().unwrap().is_err());
    assert!(!bench.provider.drain(Duration::from_millis(20)));
    bench.server.release();
    finish(&bench.provider);
}

#[test]
fn ended_sessions_are_refused_without_a_request_for_good() {
    let bench = Bench::new();
    bench.ks();
    bench.provider.end_session(None).unwrap();
    let error = bench.load().unwrap_err();
    assert_eq!((error.status, error.ks_reason), (Status::InvalidKs, KsReason::Logout));
    assert_eq!(bench.provider.end_session(None).unwrap_err().status, Status::WrongState);
    assert_eq!(bench.server.requests(), (1, 1));
    finish(&bench.provider);
}

#[test]
fn a_failed_end_logs_out_here_and_the_next_load_brings_another_session() {
    let bench = Bench::new();
    assert_eq!(bench.provider.end_session(None).unwrap_err().status, Status::WrongState, "nothing to end");
    let first = bench.ks();
    bench.server.set(|state| state.otherwise = Act::Fail(Status::ConnectionLost));
    assert_eq!(bench.provider.end_session(None).unwrap_err().status, Status::ConnectionLost);
    bench.server.set(|state| state.otherwise = Act::Grant(1_000));
    assert_ne!(bench.ks(), first);
    finish(&bench.provider);
}

#[test]
fn loads_wait_for_the_outcome_of_an_end() {
    let bench = Bench::new();
    bench.ks();
    bench.server.hold();
    let provider = bench.provider.clone();
    let ending = thread::spawn(move || provider.end_session(None));
    bench.server.wait_for(1);
    assert!(bench.provider.peek().is_none());
    let waiter = bench.load_elsewhere();
    bench.server.release();
    ending.join().unwrap().unwrap();
    assert_eq!(waiter.join().unwrap().unwrap_err().ks_reason, KsReason::Logout);
    finish(&bench.provider);
}

#[test]
fn a_replacement_that_is_refused_too_ends_the_refreshing_for_a_minute() {
    let bench = Bench::new();
    let first = bench.ks();
    let report = |ks: &str, ksid| bench.provider.report_error(ks, "INVALID_KS", Some(ksid));
    assert_eq!(bench.provider.report_error(&first, "SERVICE_FORBIDDEN", None), Advice::NotASessionProblem);
    assert_eq!(report(&first, "EXCEEDED_RESTRICTED_IP"), Advice::GiveUp);
    assert_eq!(report(&first, "EXPIRED"), Advice::RefreshAndRetry);
    assert_eq!(report(&first, "EXPIRED"), Advice::RefreshAndRetry, "whoever comes late");
    let second = bench.ks();
    assert_eq!(report(&second, "LOGOUT"), Advice::GiveUp);
    assert_eq!(bench.status(), Status::InvalidKs);
    assert_eq!(bench.server.requests(), (1, 2));
    bench.pass(60_001);
    assert!(bench.load().is_ok());
    finish(&bench.provider);
}
