//! Lives on every kind of clock: no KS is given that is dead, none is withheld that lives.

use super::*;

const YEAR_MS: u64 = 365 * 24 * 3_600 * 1_000;
const YEAR_S: i64 = 365 * 24 * 3_600;

fn no_headers(_now: i64) -> ReplyHeaders {
    ReplyHeaders::default()
}

fn absurd_date(_now: i64) -> ReplyHeaders {
    ReplyHeaders { date: Some("Thu, 99 Foo 1234 25:61:61".into()), ..ReplyHeaders::default() }
}

fn date_five_days_behind(now: i64) -> ReplyHeaders {
    let date = std::time::UNIX_EPOCH + Duration::from_secs(u64::try_from(now - 5 * 24 * 3_600).unwrap());
    let x_kaltura_session = Some(format!("123, {now}"));
    ReplyHeaders { date: Some(httpdate::fmt_http_date(date)), x_kaltura_session, ..ReplyHeaders::default() }
}

/// For how long a fresh session is served while no refresh can succeed, to the second.
fn served_seconds(bench: &Bench) -> u64 {
    let first = bench.ks();
    bench.server.set(|state| state.otherwise = Act::Fail(Status::Connect));
    let mut seconds = 0;
    while bench.load().is_ok_and(|session| *session.ks == *first) {
        bench.settle();
        bench.pass(1_000);
        seconds += 1;
        assert!(seconds < 10_000);
    }
    seconds
}

#[test]
fn a_device_whose_date_is_wrong_by_years_serves_a_session_to_its_end_and_no_longer() {
    for years in [-30, -1, 0, 1, 30] {
        let bench = Bench::new();
        bench.clock.date_is_off_by.store(years * YEAR_S, Ordering::SeqCst);
        bench.server.set(|state| state.otherwise = Act::Grant(100));
        assert_eq!(served_seconds(&bench), 100, "{years} years");
        finish(&bench.provider);
    }
}

#[test]
fn the_host_that_made_the_ks_is_believed_before_a_date() {
    let bench = Bench::new();
    bench.server.set(|state| (state.otherwise, state.headers) = (Act::Grant(100), date_five_days_behind));
    assert_eq!(served_seconds(&bench), 100);
    finish(&bench.provider);
}

#[test]
fn without_a_usable_time_of_the_servers_the_devices_date_and_what_was_asked_for_decide() {
    for headers in [no_headers as fn(i64) -> ReplyHeaders, absurd_date] {
        for (off_by, expected) in [(0, 100), (-1_000, 100), (40, 60)] {
            let bench = Bench::with(|options| options.set_expiry_seconds(100));
            bench.clock.date_is_off_by.store(off_by, Ordering::SeqCst);
            bench.server.set(|state| (state.otherwise, state.headers) = (Act::Grant(100), headers));
            assert_eq!(served_seconds(&bench), expected, "{off_by} s off");
            finish(&bench.provider);
        }
    }
}

#[test]
fn a_night_of_sleep_ends_a_session_that_was_fresh_in_the_evening() {
    let bench = Bench::new();
    bench.server.set(|state| state.otherwise = Act::Grant(4 * 3_600));
    let evening = bench.ks();
    bench.pass(60_000);
    assert_eq!(bench.ks(), evening);
    bench.sleep(8 * 3_600 * 1_000);
    assert!(bench.provider.peek().is_none());
    assert_ne!(bench.ks(), evening);
    finish(&bench.provider);
}

#[test]
fn a_flight_that_slept_with_the_device_keeps_its_patience() {
    let bench = Bench::new();
    bench.server.hold();
    let waiter = bench.load_elsewhere();
    bench.server.wait_for(1);
    bench.sleep(3_600 * 1_000);
    bench.server.release();
    assert!(waiter.join().unwrap().is_ok());
    finish(&bench.provider);
}

#[test]
fn lives_from_a_second_to_ten_years_are_served_to_their_end() {
    for life_s in [1, 2, 5, 60, 86_400, YEAR_S, 10 * YEAR_S, 30 * YEAR_S] {
        let bench = Bench::new();
        bench.server.set(|state| state.otherwise = Act::Grant(life_s));
        let first = bench.ks();
        bench.server.set(|state| state.otherwise = Act::Fail(Status::Connect));
        let life_ms = u64::try_from(life_s).unwrap() * 1_000;
        // The provider counts no further than ten years.
        let counted_ms = life_ms.min(10 * YEAR_MS);
        bench.sleep(counted_ms - 1);
        assert_eq!(bench.ks(), first, "{life_s} s");
        bench.settle();
        bench.sleep(1);
        assert!(bench.provider.peek().is_none(), "{life_s} s");
        finish(&bench.provider);
    }
}

#[test]
fn a_session_that_is_dead_on_arrival_is_a_failed_refresh_with_a_pause() {
    for life_s in [0, -1, -YEAR_S, i64::MIN / 2] {
        let bench = Bench::new();
        bench.server.set(|state| state.otherwise = Act::Grant(life_s));
        assert_eq!(bench.status(), Status::DeadSession, "{life_s} s");
        assert_eq!(bench.status(), Status::DeadSession);
        assert_eq!(bench.server.requests().1, 1, "no storm");
        finish(&bench.provider);
    }
}

#[test]
fn a_reply_that_took_long_makes_no_life_longer() {
    let bench = Bench::new();
    bench.server.set(|state| (state.is_held, state.otherwise) = (true, Act::Grant(100)));
    let waiter = bench.load_elsewhere();
    bench.server.wait_for(1);
    bench.server.release();
    let session = waiter.join().unwrap().unwrap();
    let now = bench.clock.now();
    assert!(session.remaining_ms_at(now.life_ms) <= 100_000);
    bench.sleep(100_000);
    assert!(bench.provider.peek().is_none());
    finish(&bench.provider);
}

#[test]
fn a_clock_that_steps_back_brings_no_dead_session_to_life() {
    let bench = Bench::new();
    bench.server.set(|state| state.otherwise = Act::Grant(100));
    bench.ks();
    bench.sleep(100_000);
    assert!(bench.provider.peek().is_none());
    bench.clock.moment.lock().unwrap().life_ms -= 50_000;
    assert!(bench.provider.peek().is_none());
    finish(&bench.provider);
}
