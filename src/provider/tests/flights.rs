//! Refreshes: at every point they can be interrupted, superseded, failed, and nobody is given what they bring then.

use super::*;
use crate::token_hash::{Hashing, TokenHashCallback};

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

#[test]
fn a_cancellation_ends_its_own_call_and_no_flight() {
    for comes_before in [true, false] {
        let bench = Bench::new();
        bench.server.hold();
        let (cancellation, provider) = (Cancellation::new(), bench.provider.clone());
        if comes_before {
            cancellation.cancel();
        }
        let other = bench.load_elsewhere();
        bench.server.wait_for(1);
        let cancelled = cancellation.clone();
        let waiter = thread::spawn(move || provider.load(Some(&cancelled)));
        cancellation.cancel();
        assert_eq!(waiter.join().unwrap().unwrap_err().status, Status::Cancelled);
        bench.server.release();
        assert!(other.join().unwrap().is_ok());
        assert_eq!(bench.server.requests(), (1, 1));
        finish(&bench.provider);
    }
}

#[test]
fn a_cancellation_that_comes_as_the_wait_begins_finds_no_lock_held() {
    for _ in 0..300 {
        let bench = Bench::new();
        bench.server.hold();
        let (cancellation, provider) = (Cancellation::new(), bench.provider.clone());
        let cancelled = cancellation.clone();
        let waiter = thread::spawn(move || provider.load(Some(&cancelled)));
        cancellation.cancel();
        assert_eq!(waiter.join().unwrap().unwrap_err().status, Status::Cancelled);
        bench.provider.shutdown();
    }
}

#[test]
fn beyond_four_flights_that_are_held_up_a_load_fails_at_once() {
    let bench = Bench::new();
    bench.server.set(|state| (state.is_held, state.is_deaf) = (true, true));
    let mut superseded = Vec::new();
    for user in 1..=3 {
        superseded.push(bench.load_elsewhere());
        bench.server.wait_for(user);
        bench.provider.set_user_id(Ok(Some(&format!("user-{user}")))).unwrap();
    }
    let logged_out = bench.load_elsewhere();
    bench.server.wait_for(4);
    // The clock stands still: were they to wait for their own deadlines, it would take 15 s.
    let started = Instant::now();
    bench.provider.invalidate(None);
    assert_eq!(logged_out.join().unwrap().unwrap_err().status, Status::Resources);
    bench.pass(1_001);
    assert_eq!(bench.status(), Status::Resources);
    assert!(started.elapsed() < Duration::from_secs(5));
    for waiter in superseded {
        assert_eq!(waiter.join().unwrap().unwrap_err().status, Status::Superseded);
    }
    bench.server.release();
    bench.settle();
    bench.pass(2_001);
    assert_eq!(bench.load().unwrap().user_id, "user-3");
    finish(&bench.provider);
}

/// A provider whose token hashes come from `hash`, which is given the provider too.
fn with_hash(hash: impl Fn(&Provider, Hashing) + Send + Sync + 'static) -> Bench {
    let handed = Arc::new(std::sync::OnceLock::<Provider>::new());
    let provider = handed.clone();
    let clock = Clock::new();
    let server = Server::new(&clock);
    let mut options = Options::new(101, "0_ab12cd34", None);
    options.set_max_attempts(1);
    options.set_total_timeout_ms(300);
    options.set_token_hash(TokenHashCallback::new(move |hashing| hash(provider.wait(), hashing)));
    let read = clock.clone();
    let carrier = Arc::new(Line(server.clone()));
    let provider = Provider::with(options.check().unwrap(), carrier, Arc::new(move || read.now()), Jitter::lowest());
    handed.set(provider.clone()).ok().unwrap();
    Bench { provider, server, clock }
}

const HASH: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn flights_that_have_landed_hold_up_no_further_ones_until_they_are_many() {
    let gate = Arc::new(std::sync::RwLock::new(()));
    let passed = gate.clone();
    let bench = Bench::with(|options| {
        options.set_log(Log::new(LogLevel::Info, move |_, line| {
            if line.contains("served from now on") {
                drop(passed.read());
            }
        }));
    });
    let held = gate.write();
    for _ in 0..32 {
        bench.ks();
        bench.provider.invalidate(None);
    }
    assert_eq!(bench.status(), Status::Resources);
    drop(held);
    bench.settle();
    bench.pass(1_001);
    bench.ks();
    finish(&bench.provider);
}

#[test]
fn a_load_in_the_hash_callback_is_refused_and_a_cached_one_given() {
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let note = seen.clone();
    let bench = with_hash(move |provider, hashing| {
        let loaded = provider.load(None).map(|session| session.ks.to_string());
        note.lock().unwrap().push(loaded.map_err(|error| error.status));
        assert!(!provider.drain(Duration::from_secs(20)));
        hashing.reply(HASH);
    });
    bench.ks();
    bench.settle();
    bench.pass(900_000);
    bench.ks();
    bench.settle();
    assert_eq!(*seen.lock().unwrap(), [Err(Status::WrongState), Ok("ks-1-of-".into())]);
    finish(&bench.provider);
}

#[test]
fn a_hash_callback_that_hangs_holds_up_a_drain_and_nothing_else() {
    let (go, gone) = std::sync::mpsc::channel::<()>();
    let gone = std::sync::Mutex::new(gone);
    let bench = with_hash(move |_, hashing| {
        gone.lock().unwrap().recv().unwrap();
        hashing.reply(HASH);
    });
    let error = bench.load().unwrap_err();
    assert_eq!((error.status, error.step), (Status::Timeout, Step::TokenHash));
    bench.provider.shutdown();
    assert!(!bench.provider.drain(Duration::from_millis(20)));
    go.send(()).unwrap();
    finish(&bench.provider);
}

#[test]
fn a_log_and_a_store_that_panic_cost_nobody_the_session() {
    struct Trap;
    impl Keep for Trap {
        fn load(&self, _key: &str) -> Option<crate::secret::Zeroizing<Vec<u8>>> {
            panic!("the host's own")
        }
        fn save(&self, _key: &str, _blob: &[u8]) -> bool {
            panic!("the host's own")
        }
        fn clear(&self, _key: &str) -> bool {
            false
        }
    }
    let bench = Bench::with(|options| {
        options.set_store(Store::new(Trap));
        options.set_log(Log::new(LogLevel::Info, |_, line| {
            assert!(!line.contains("served from now on") && !line.contains("could not be"), "the host's own");
        }));
    });
    assert_eq!(bench.ks(), "ks-1-of-ann");
    bench.settle();
    bench.provider.invalidate(None);
    assert_eq!(bench.ks(), "ks-2-of-ann");
    finish(&bench.provider);
}

#[test]
fn a_log_that_panics_at_the_first_line_is_an_error_and_not_a_hang() {
    let bench = Bench::with(|options| {
        options.set_log(Log::new(LogLevel::Info, |_, line| assert_ne!(line, "refreshing the session")));
    });
    assert_eq!(bench.status(), Status::Panic);
    finish(&bench.provider);
}

#[test]
fn no_function_of_the_hosts_runs_under_the_lock() {
    struct Peeks(Arc<std::sync::OnceLock<Provider>>);
    impl Peeks {
        // It would stand still here.
        fn peek(&self) {
            self.0.get().map(Provider::peek);
        }
    }
    impl Keep for Peeks {
        fn load(&self, _key: &str) -> Option<crate::secret::Zeroizing<Vec<u8>>> {
            self.peek();
            None
        }
        fn save(&self, _key: &str, _blob: &[u8]) -> bool {
            self.peek();
            false
        }
        fn clear(&self, _key: &str) -> bool {
            self.peek();
            false
        }
    }
    impl Drop for Peeks {
        fn drop(&mut self) {
            self.peek();
        }
    }
    let provider = Arc::new(std::sync::OnceLock::new());
    let (kept, logged) = (Peeks(provider.clone()), Peeks(provider.clone()));
    let bench = Bench::with(|options| {
        options.set_store(Store::new(kept));
        options.set_log(Log::new(LogLevel::Debug, move |_, _| logged.peek()));
    });
    provider.set(bench.provider.clone()).ok().unwrap();
    let user_data = Peeks(provider.clone());
    bench.ks();
    bench.provider.set_user_id(Ok(Some("bob"))).unwrap();
    bench.provider.load_async(None, move |_| user_data.peek()).unwrap();
    bench.ks();
    bench.provider.end_session(None).unwrap();
    finish(&bench.provider);
}
