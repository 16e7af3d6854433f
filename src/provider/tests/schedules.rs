//! Small scenarios under every kind of schedule that an explorer tries: at each lock, wait and wake-up another thread may go
//! on. `KALTURA_SCHEDULES` sets how many.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32};

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

#[test]
fn a_session_that_dies_while_a_load_is_held_up_at_the_lock_is_not_given() {
    explore(|| {
        let bench = Bench::new();
        let first = bench.load().unwrap();
        bench.settle();
        let held = bench.provider.shared.lock();
        let late = bench.load_elsewhere();
        // It may stand at the lock by now, or not have begun.
        thread::yield_now();
        bench.clock.pass(0, 1_000_000);
        drop(held);
        assert!(!Arc::ptr_eq(&late.join().unwrap().unwrap(), &first));
        finish(&bench.provider);
    });
}

#[test]
fn a_cancelled_load_ends_whatever_it_is_about_to_do() {
    explore(|| {
        let bench = Bench::new();
        bench.server.hold();
        let (cancellation, provider) = (Cancellation::new(), bench.provider.clone());
        let cancelled = cancellation.clone();
        let waiter = thread::spawn(move || provider.load(Some(&cancelled)));
        cancellation.cancel();
        assert_eq!(waiter.join().unwrap().unwrap_err().status, Status::Cancelled);
        // The flight, if there is one, is none of the cancellation's business.
        bench.server.release();
        assert!(bench.load().is_ok());
        finish(&bench.provider);
    });
}

#[test]
fn a_request_that_comes_as_the_delivery_thread_goes_is_not_stranded() {
    explore(|| {
        let bench = Bench::new();
        let completed = Arc::new((Mutex::new(0), Condvar::new()));
        let request = || {
            let completed = completed.clone();
            let completion = move |loaded: Loaded| {
                assert!(loaded.is_ok());
                *completed.0.lock().unwrap() += 1;
                completed.1.notify_all();
            };
            bench.provider.load_async(None, completion).unwrap();
        };
        request();
        bench.settle();
        let (clock, provider) = (bench.clock.clone(), bench.provider.clone());
        // The delivery thread has been idle for long enough.
        let time = thread::spawn(move || {
            clock.pass(6_000, 0);
            drop(provider.shared.lock());
            provider.shared.changed.notify_all();
        });
        request();
        let mut count = completed.0.lock().unwrap();
        while *count < 2 {
            count = completed.1.wait(count).unwrap();
        }
        drop(count);
        time.join().unwrap();
        finish(&bench.provider);
    });
}

#[test]
fn the_herd_of_a_failed_refresh_in_the_mandatory_window_keeps_the_living_session() {
    explore(|| {
        let bench = Bench::new();
        let first = bench.load().unwrap();
        bench.settle();
        bench.server.set(|state| state.otherwise = Act::Fail(Status::Connect));
        bench.pass(960_000);
        let others = [bench.load_elsewhere(), bench.load_elsewhere()];
        assert!(Arc::ptr_eq(&bench.load().unwrap(), &first));
        for other in others {
            assert!(Arc::ptr_eq(&other.join().unwrap().unwrap(), &first));
        }
        assert_eq!(bench.server.requests(), (1, 2), "one flight, then its pause");
        finish(&bench.provider);
    });
}

#[test]
fn a_waiter_gives_up_in_time_though_nothing_answers() {
    explore(|| {
        let bench = Bench::new();
        bench.server.set(|state| (state.is_held, state.is_deaf) = (true, true));
        let waiter = bench.load_elsewhere();
        bench.server.wait_for(1);
        bench.pass(15_000);
        let error = waiter.join().unwrap().unwrap_err();
        assert_eq!((error.status, error.step), (Status::Timeout, Step::WidgetSession));
        bench.provider.shutdown();
        bench.server.release();
        finish(&bench.provider);
    });
}

#[test]
fn a_log_out_beside_a_flight_leaves_nobody_logged_in() {
    explore(|| {
        let bench = Bench::new();
        bench.provider.prefetch();
        bench.provider.invalidate(None);
        bench.settle();
        assert!(bench.provider.peek().is_none());
        finish(&bench.provider);
    });
}

#[test]
fn the_store_ends_as_the_last_change_says() {
    explore(|| {
        let chest = Arc::new(Chest::default());
        let kept = chest.clone();
        let bench = Bench::with(|options| options.set_store(Store::new(Lid(kept))));
        let load = bench.load_elsewhere();
        bench.provider.set_user_id(Ok(Some("bob"))).unwrap();
        let loaded = load.join().unwrap();
        bench.settle();
        let has_bobs = bench.provider.peek().is_some();
        match loaded {
            // It began after the switch.
            Ok(session) if session.user_id == "bob" => assert!(has_bobs),
            Ok(_) | Err(_) => assert!(!has_bobs),
        }
        assert_eq!(chest.lock().len(), usize::from(has_bobs), "what Ann's flight brought is gone");
        bench.provider.invalidate(None);
        bench.settle();
        assert!(chest.lock().is_empty());
        assert!(!chest.was_called_twice_at_once.load(Ordering::SeqCst));
        finish(&bench.provider);
    });
}

#[test]
fn a_flight_that_lands_late_saves_nothing() {
    explore(|| {
        let chest = Arc::new(Chest::default());
        let kept = chest.clone();
        let bench = Bench::with(|options| options.set_store(Store::new(Lid(kept))));
        let old = bench.load_elsewhere();
        bench.provider.set_user_id(Ok(Some("bob"))).unwrap();
        assert!(bench.load().is_ok());
        drop(old.join().unwrap());
        bench.settle();
        assert_eq!(chest.lock().len(), 1, "Bob's alone");
        finish(&bench.provider);
    });
}

#[test]
fn a_session_that_was_dropped_does_not_come_back_out_of_the_store() {
    explore(|| {
        let chest = Arc::new(Chest::default());
        let clock = Clock::new();
        let server = Server::new(&clock);
        let bench = |chest: &Arc<Chest>| {
            let kept = chest.clone();
            Bench::beside(&clock, &server, |options| options.set_store(Store::new(Lid(kept))))
        };
        let before = bench(&chest);
        let old = before.load().unwrap();
        finish(&before.provider);
        let bench = bench(&chest);
        let provider = bench.provider.clone();
        let log_out = thread::spawn(move || provider.invalidate(None));
        let other = bench.load_elsewhere();
        log_out.join().unwrap();
        assert_ne!(bench.load().unwrap().ks, old.ks);
        other.join().unwrap().unwrap();
        finish(&bench.provider);
    });
}

/// A store in memory; two calls at once are a fault.
#[derive(Default)]
struct Chest {
    blobs: Mutex<HashMap<String, Vec<u8>>>,
    is_busy: AtomicBool,
    was_called_twice_at_once: AtomicBool,
}

impl Chest {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<u8>>> {
        self.blobs.lock().unwrap()
    }

    fn call<T>(&self, body: impl FnOnce(&mut HashMap<String, Vec<u8>>) -> T) -> T {
        if self.is_busy.swap(true, Ordering::SeqCst) {
            self.was_called_twice_at_once.store(true, Ordering::SeqCst);
        }
        // Another thread may go on at the lock.
        let result = body(&mut self.lock());
        self.is_busy.store(false, Ordering::SeqCst);
        result
    }
}

struct Lid(Arc<Chest>);

impl Keep for Lid {
    fn load(&self, key: &str) -> Option<crate::secret::Zeroizing<Vec<u8>>> {
        self.0.call(|blobs| blobs.get(key).cloned().map(Into::into))
    }

    fn save(&self, key: &str, blob: &[u8]) -> bool {
        self.0.call(|blobs| blobs.insert(key.to_owned(), blob.to_vec()));
        true
    }

    fn clear(&self, key: &str) -> bool {
        self.0.call(|blobs| blobs.remove(key));
        true
    }
}
