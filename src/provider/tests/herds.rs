//! Many threads at once: what they get, and what it costs.

use std::sync::Barrier;
use std::sync::atomic::AtomicUsize;

use super::*;

const THREADS: usize = 64;

/// Runs `body` on 64 threads that begin together; gives what each brought.
fn herd<T: Send + 'static>(body: impl Fn() -> T + Send + Sync + 'static) -> Vec<T> {
    let barrier = Arc::new(Barrier::new(THREADS));
    let body = Arc::new(body);
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (barrier, body) = (barrier.clone(), body.clone());
            thread::spawn(move || {
                barrier.wait();
                body()
            })
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

/// 64 threads load; `event` comes once so many wait for a flight.
fn herd_that_waits(bench: &Bench, event: impl FnOnce()) -> Vec<Loaded> {
    let begun = Arc::new(AtomicUsize::new(0));
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (provider, begun) = (bench.provider.clone(), begun.clone());
            thread::spawn(move || {
                begun.fetch_add(1, Ordering::SeqCst);
                provider.load(None)
            })
        })
        .collect();
    while begun.load(Ordering::SeqCst) < THREADS {
        thread::yield_now();
    }
    bench.server.wait_for(1);
    event();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

#[test]
fn sixty_four_threads_of_ten_thousand_loads_cost_two_requests_and_see_one_ks() {
    let bench = Bench::new();
    let provider = bench.provider.clone();
    let brought = herd(move || {
        let first = provider.load(None).unwrap();
        for _ in 1..10_000 {
            let loaded = provider.load(None).unwrap();
            assert!(first == loaded);
        }
        first.ks.to_string()
    });
    assert!(brought.iter().all(|ks| *ks == "ks-1-of-ann"));
    assert_eq!(bench.server.requests(), (1, 1));
    finish(&bench.provider);
}

#[test]
fn in_the_advisory_window_one_request_goes_out_and_nobody_waits_for_it() {
    let bench = Bench::new();
    bench.ks();
    bench.pass(900_000);
    bench.server.hold();
    let provider = bench.provider.clone();
    // They would hang here if they waited: the server answers none.
    let brought = herd(move || (0..100).map(|_| provider.load(None).unwrap().ks.to_string()).collect::<Vec<_>>());
    assert!(brought.iter().flatten().all(|ks| ks == "ks-1-of-ann"));
    bench.server.wait_for(1);
    assert_eq!(bench.server.requests(), (1, 2));
    bench.server.release();
    bench.settle();
    assert_eq!(bench.ks(), "ks-2-of-ann");
    assert_eq!(bench.server.requests(), (1, 2));
}

#[test]
fn in_the_mandatory_window_everybody_gets_the_new_session() {
    let bench = Bench::new();
    bench.ks();
    bench.pass(960_000);
    bench.server.hold();
    let brought = herd_that_waits(&bench, || bench.server.release());
    assert!(brought.into_iter().all(|loaded| *loaded.unwrap().ks == *"ks-2-of-ann"));
    assert_eq!(bench.server.requests(), (1, 2));
}

#[test]
fn a_herd_without_a_session_shares_the_error_of_one_flight() {
    let bench = Bench::new();
    bench.server.set(|state| state.script.push_back(Act::Fail(Status::Certificate)));
    bench.server.hold();
    let brought = herd_that_waits(&bench, || bench.server.release());
    assert!(brought.into_iter().all(|loaded| loaded.unwrap_err().status == Status::Certificate));
    // Latecomers are told the same, without a request.
    assert_eq!(bench.status(), Status::Certificate);
    assert_eq!(bench.server.requests(), (1, 1));
}

#[test]
fn while_the_server_is_down_the_old_ks_is_served_to_its_end_and_then_the_error() {
    let bench = Bench::new();
    let first = bench.load().unwrap();
    bench.server.set(|state| state.otherwise = Act::Fail(Status::Connect));
    bench.pass(800_000);
    let mut flights_while_it_lived = 0;
    for _ in 0..800 {
        let loaded = bench.load();
        bench.settle();
        let life_ms = first.remaining_ms_at(bench.clock.now().life_ms);
        match loaded {
            Ok(session) => assert!(life_ms > 0 && session == first),
            Err(error) => assert_eq!((error.status, life_ms), (Status::Connect, 0)),
        }
        if life_ms > 0 {
            flights_while_it_lived = bench.server.requests().1 - 1;
        }
        bench.pass(1_000);
    }
    let flights_after = bench.server.requests().1 - 1 - flights_while_it_lived;
    // 180 s of advisory window with pauses of 5 s, shorter ones in the last seconds; 600 s with up to 15 s.
    assert!((30..=48).contains(&flights_while_it_lived), "{flights_while_it_lived}");
    assert!((38..=50).contains(&flights_after), "{flights_after}");
    bench.server.set(|state| state.otherwise = Act::Grant(1_000));
    bench.pass(15_000);
    assert_eq!(bench.ks(), "ks-2-of-ann");
}

#[test]
fn a_refresh_costs_one_request() {
    let bench = Bench::new();
    for refresh in 1..=5 {
        assert_eq!(bench.ks(), format!("ks-{refresh}-of-ann"));
        assert_eq!(bench.server.requests(), (1, refresh));
        bench.pass(1_000_000);
    }
}

#[test]
fn a_widget_ks_that_has_expired_costs_two_requests_once() {
    let bench = Bench::new();
    bench.ks();
    bench.sleep(86_400_000);
    // It is known to be too old.
    bench.ks();
    assert_eq!(bench.server.requests(), (2, 2));
    bench.sleep(3_600_000);
    // The server refuses it earlier: found out by one request, then two.
    bench.server.set(|state| state.script.push_back(Act::Refuse("INVALID_KS")));
    bench.ks();
    assert_eq!(bench.server.requests(), (3, 4));
    bench.sleep(1_000_000);
    bench.ks();
    assert_eq!(bench.server.requests(), (3, 5));
}
