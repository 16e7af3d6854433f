//! Small scenarios under every kind of schedule that an explorer tries: at each lock, wait and wake-up another thread may go
//! on. `KALTURA_SCHEDULES` sets how many.

use std::sync::atomic::AtomicU32;

use super::*;

fn explore(scenario: fn()) {
    let schedules = std::env::var("KALTURA_SCHEDULES").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000);
    shuttle::check_random(scenario, schedules);
    shuttle::check_pct(scenario, schedules, 3);
}

#[test]
fn two_loads_share_a_flight() {
    explore(|| {
        let bench = Bench::new();
        let other = bench.load_elsewhere();
        let mine = bench.load().unwrap();
        assert!(Arc::ptr_eq(&mine, &other.join().unwrap().unwrap()));
        assert_eq!(bench.server.requests(), (1, 1));
        bench.settle();
        bench.provider.shutdown();
        assert!(bench.provider.drain(Duration::from_secs(20)));
    });
}

#[test]
fn a_load_that_begins_after_a_switch_of_user_is_the_new_ones() {
    explore(|| {
        let bench = Bench::new();
        let old = bench.load_elsewhere();
        bench.provider.set_user_id(Ok(Some("bob"))).unwrap();
        assert_eq!(bench.load().unwrap().user_id, "bob");
        match old.join().unwrap() {
            Ok(session) => assert!(session.user_id == "ann" || session.user_id == "bob"),
            Err(error) => assert_eq!(error.status, Status::Superseded),
        }
        bench.settle();
        assert_eq!(bench.load().unwrap().user_id, "bob");
        bench.provider.shutdown();
    });
}

#[test]
fn a_request_completes_once_beside_a_cancel_and_a_shutdown() {
    explore(|| {
        let bench = Bench::new();
        let completions = Arc::new(AtomicU32::new(0));
        let (cancellation, count) = (Cancellation::new(), completions.clone());
        let completion = move |_: Loaded| {
            count.fetch_add(1, Ordering::SeqCst);
        };
        bench.provider.load_async(Some(&cancellation), completion).unwrap();
        let canceller = thread::spawn(move || cancellation.cancel());
        let provider = bench.provider.clone();
        let ender = thread::spawn(move || provider.shutdown());
        canceller.join().unwrap();
        ender.join().unwrap();
        assert!(bench.provider.drain(Duration::from_secs(20)));
        assert_eq!(completions.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn what_was_invalidated_is_given_to_nobody_who_comes_later() {
    explore(|| {
        let bench = Bench::new();
        let first = bench.load().unwrap();
        let other = bench.load_elsewhere();
        bench.provider.invalidate(Some(&first.ks));
        assert!(!Arc::ptr_eq(&bench.load().unwrap(), &first));
        other.join().unwrap().unwrap();
        bench.settle();
        bench.provider.shutdown();
    });
}

#[test]
fn an_end_beside_loads_leaves_them_the_session_or_the_word() {
    explore(|| {
        let bench = Bench::new();
        bench.load().unwrap();
        let other = bench.load_elsewhere();
        bench.provider.end_session(None).unwrap();
        if let Err(error) = other.join().unwrap() {
            assert_eq!(error.ks_reason, KsReason::Logout);
        }
        assert_eq!(bench.load().unwrap_err().ks_reason, KsReason::Logout);
        bench.provider.shutdown();
        assert!(bench.provider.drain(Duration::from_secs(20)));
    });
}
