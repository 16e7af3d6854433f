//! The tables of the provider, row by row.

use super::*;
use crate::session::{Adjustments, ClockSource, SessionType};
use crate::view::View;

/// Both clocks at so many milliseconds.
pub(in crate::provider) fn at(ms: u64) -> Moment {
    Moment { running_ms: ms, life_ms: ms, wall_seconds: 1_800_000_000 }
}

pub(in crate::provider) fn session(ks: &str, dies_at_ms: u64) -> Session {
    Session {
        ks: Secret::new(ks),
        partner_id: 101,
        user_id: String::new(),
        session_type: SessionType::User,
        privileges: String::new(),
        dropped_privileges: String::new(),
        adjustments: Adjustments::default(),
        hash_type: None,
        expires_at_seconds: 0,
        clock_source: ClockSource::Server,
        dies_at_life_ms: dies_at_ms,
        attempts: 2,
        view: View::default(),
    }
}

pub(in crate::provider) fn error(status: Status) -> Error {
    Error::new(status, Step::StartSession, format!("{status:?}"))
}

const TOTAL_MS: u64 = 15_000;

fn core() -> Core {
    Core::new(Windows::default(), TOTAL_MS, Jitter::lowest())
}

/// A core whose session `K` was landed at 0 and lives for 1,000 s: advisory from 820 s on, mandatory from 950 s on.
fn cached() -> Core {
    let mut core = core();
    let flight = core.take_off(FlightKind::Refresh, at(0));
    assert_eq!(core.landed(flight.id, Ok(session("K", 1_000_000)), at(0)), Landing::Published);
    core
}

const FRESH: Moment = Moment { running_ms: 10_000, life_ms: 10_000, wall_seconds: 0 };
const ADVISORY: Moment = Moment { running_ms: 900_000, life_ms: 900_000, wall_seconds: 0 };
const MANDATORY: Moment = Moment { running_ms: 960_000, life_ms: 960_000, wall_seconds: 0 };
const DEAD: Moment = Moment { running_ms: 1_000_000, life_ms: 1_000_000, wall_seconds: 0 };

fn later(moment: Moment, ms: u64) -> Moment {
    Moment { running_ms: moment.running_ms + ms, life_ms: moment.life_ms + ms, ..moment }
}

/// What a decision comes to: `K` of a session, the status of an error, or `wait`; with a `+` if a flight starts.
fn told(decision: &Decision) -> String {
    let answer = match &decision.answer {
        Answer::Session(session) => session.ks.to_string(),
        Answer::Error(error) => format!("{:?}", error.status),
        Answer::Wait => "wait".into(),
    };
    if decision.starts_flight { answer + "+" } else { answer }
}

fn decide(core: &mut Core, waiter: &Waiter, now: Moment) -> String {
    told(&core.decide(waiter, false, true, now))
}

/// A newcomer's decision; a flight that it starts is started.
fn load(core: &mut Core, now: Moment) -> (Waiter, String) {
    let waiter = core.enter(now);
    let decision = core.decide(&waiter, false, true, now);
    if decision.starts_flight {
        core.take_off(FlightKind::Refresh, now);
    }
    (waiter, told(&decision))
}

fn land(core: &mut Core, result: Result<Session, Error>, now: Moment) -> Landing {
    let flight = core.slot.expect("a flight is under way");
    core.landed(flight.id, result, now)
}

fn fail(core: &mut Core, status: Status, now: Moment) {
    assert_eq!(land(core, Err(error(status)), now), Landing::Noted);
}

// 1.4, row by row.

#[test]
fn row_1_after_a_shutdown_everybody_is_told_so() {
    let mut core = cached();
    let waiter = core.enter(FRESH);
    core.shut_down();
    // Before rows 2, 3 and 6.
    assert_eq!(told(&core.decide(&waiter, true, true, FRESH)), "ShutDown");
    assert_eq!(load(&mut core, FRESH).1, "ShutDown");
}

#[test]
fn row_2_a_cancelled_waiter_is_told_so_even_beside_a_fresh_session() {
    let mut core = cached();
    let waiter = core.enter(FRESH);
    assert_eq!(told(&core.decide(&waiter, true, true, FRESH)), "Cancelled");
}

#[test]
fn row_3_a_waiter_of_an_earlier_user_is_superseded_and_may_try_again() {
    let mut core = core();
    let (waiter, _) = load(&mut core, at(0));
    core.set_user(None);
    let Answer::Error(error) = core.decide(&waiter, false, true, at(1)).answer else { panic!("no error") };
    assert_eq!((error.status, error.is_retryable), (Status::Superseded, true));
    // Back to the first user: another generation all the same.
    core.set_user(None);
    assert_eq!(decide(&mut core, &waiter, at(1)), "Superseded");
}

#[test]
fn row_4_with_a_bad_user_every_load_is_the_callers_turn_until_a_good_one_comes() {
    let mut core = cached();
    core.set_user(Some(error(Status::InvalidArgument)));
    assert_eq!(load(&mut core, FRESH).1, "InvalidArgument");
    assert!(core.slot.is_none());
    core.set_user(None);
    assert_eq!(load(&mut core, FRESH).1, "wait+");
}

#[test]
fn row_5_after_the_end_of_sessions_there_are_none() {
    let mut core = cached();
    let (_, flight, _) = core.end(FRESH).unwrap();
    core.end_landed(flight.id, true);
    let waiter = core.enter(FRESH);
    let decision = core.decide(&waiter, false, true, FRESH);
    let Answer::Error(error) = &decision.answer else { panic!("no error") };
    assert_eq!((error.status, error.ks_reason), (Status::InvalidKs, KsReason::Logout));
    assert!(!decision.starts_flight);
}

#[test]
fn row_6_a_fresh_session_is_given_and_nothing_else_happens() {
    let mut core = cached();
    assert_eq!(load(&mut core, FRESH).1, "K");
    assert_eq!(load(&mut core, at(819_999)).1, "K");
}

#[test]
fn row_7_in_the_advisory_window_one_starts_a_refresh_and_nobody_waits() {
    let mut core = cached();
    assert_eq!(load(&mut core, at(820_000)).1, "K+");
    assert_eq!(load(&mut core, at(820_000)).1, "K");
    fail(&mut core, Status::Connect, ADVISORY);
    // 5 s of pause: the lowest of the draw.
    assert_eq!(load(&mut core, later(ADVISORY, 4_999)).1, "K");
    assert_eq!(load(&mut core, later(ADVISORY, 5_000)).1, "K+");
}

#[test]
fn row_8_in_the_mandatory_window_the_session_is_given_once_a_flight_has_landed() {
    let mut core = cached();
    let (waiter, first) = load(&mut core, MANDATORY);
    assert_eq!(first, "wait+");
    fail(&mut core, Status::Connect, MANDATORY);
    assert_eq!(decide(&mut core, &waiter, MANDATORY), "K");
    // Those who come in the pause do not wait either.
    assert_eq!(load(&mut core, MANDATORY).1, "K");
}

#[test]
fn row_8_in_the_mandatory_window_the_session_is_given_at_the_waiters_deadline() {
    let mut core = cached();
    let (waiter, _) = load(&mut core, MANDATORY);
    assert_eq!(decide(&mut core, &waiter, later(MANDATORY, TOTAL_MS - 1)), "wait");
    assert_eq!(decide(&mut core, &waiter, later(MANDATORY, TOTAL_MS)), "K");
}

#[test]
fn row_9_in_the_mandatory_window_one_starts_a_refresh_and_all_get_the_new_session() {
    let mut core = cached();
    let (first, told) = load(&mut core, at(950_000));
    assert_eq!(told, "wait+");
    let (second, told) = load(&mut core, MANDATORY);
    assert_eq!(told, "wait");
    land(&mut core, Ok(session("L", 2_000_000)), MANDATORY);
    assert_eq!(decide(&mut core, &first, MANDATORY), "L");
    assert_eq!(decide(&mut core, &second, MANDATORY), "L");
}

#[test]
fn row_10_without_a_session_a_failed_flight_is_everybodys_error() {
    let mut core = core();
    let (first, _) = load(&mut core, at(0));
    let (second, _) = load(&mut core, at(0));
    fail(&mut core, Status::Connect, at(100));
    let errors = [first, second].map(|waiter| core.decide(&waiter, false, true, at(100_000)).answer);
    let [Answer::Error(one), Answer::Error(other)] = errors else { panic!("no errors") };
    assert!(Arc::ptr_eq(&one, &other));
    assert_eq!(one.status, Status::Connect);
}

#[test]
fn row_11_without_a_session_a_waiter_gives_up_at_its_own_deadline() {
    let mut core = core();
    let (waiter, _) = load(&mut core, at(0));
    assert_eq!(decide(&mut core, &waiter, at(TOTAL_MS - 1)), "wait");
    assert_eq!(decide(&mut core, &waiter, at(TOTAL_MS)), "Timeout");
}

#[test]
fn row_12_in_the_pause_the_error_is_repeated_with_the_time_that_is_left() {
    let mut core = core();
    load(&mut core, at(0));
    fail(&mut core, Status::AppTokenNotFound, at(1_000));
    let waiter = core.enter(at(11_000));
    let decision = core.decide(&waiter, false, true, at(11_000));
    let Answer::Error(error) = &decision.answer else { panic!("no error") };
    assert_eq!((error.status, error.retry_after_ms), (Status::AppTokenNotFound, 20_000));
    assert!(!decision.starts_flight);
}

#[test]
fn row_13_without_a_session_and_a_pause_one_starts_a_refresh_and_all_wait() {
    let mut core = core();
    assert_eq!(load(&mut core, at(0)).1, "wait+");
    assert_eq!(load(&mut core, at(0)).1, "wait");
    fail(&mut core, Status::AppTokenNotFound, at(0));
    assert_eq!(load(&mut core, at(29_999)).1, "AppTokenNotFound");
    assert_eq!(load(&mut core, at(30_000)).1, "wait+");
}

#[test]
fn a_thread_that_a_flight_waits_for_is_given_what_is_cached_and_never_waits() {
    let mut core = cached();
    let waiter = core.enter(FRESH);
    assert_eq!(told(&core.decide(&waiter, false, false, FRESH)), "K");
    for now in [MANDATORY, DEAD] {
        let waiter = core.enter(now);
        assert_eq!(told(&core.decide(&waiter, false, false, now)), "WrongState");
    }
    assert!(core.slot.is_none());
}

#[test]
fn the_phases_begin_and_end_to_the_millisecond() {
    for (now_ms, expected) in [(819_999, "K"), (820_000, "K+"), (949_999, "K+"), (950_000, "wait+"), (999_999, "wait+")]
    {
        assert_eq!(load(&mut cached(), at(now_ms)).1, expected, "{now_ms}");
    }
    let mut core = cached();
    assert!(core.peek(at(999_999)).is_some());
    assert!(core.peek(DEAD).is_none());
    assert_eq!(load(&mut core, DEAD).1, "wait+");
}

#[test]
fn a_clock_that_steps_back_does_nothing() {
    let mut core = cached();
    assert!(core.peek(DEAD).is_none());
    assert!(core.peek(FRESH).is_none());
    assert_eq!(load(&mut core, FRESH).1, "wait+");
    // Its deadline counts from the latest time that was seen.
    assert_eq!(core.enter(at(0)).deadline_ms, DEAD.running_ms + TOTAL_MS);
}

// 1.3, the numbers.

#[test]
fn every_new_session_is_fresh_whatever_its_life_and_the_windows() {
    let windows = [None, Some(1), Some(600_000), Some(u64::MAX)];
    let lives = [1, 2, 3, 19, 20, 1_000, 120_000, 3_600_000, 86_400_000, LONGEST_LIFE_MS, u64::MAX];
    for advisory_ms in windows {
        for mandatory_ms in windows {
            for life_ms in lives {
                let mut core = Core::new(Windows { advisory_ms, mandatory_ms }, TOTAL_MS, Jitter::seeded());
                load(&mut core, at(7));
                assert_eq!(land(&mut core, Ok(session("K", life_ms.saturating_add(7))), at(7)), Landing::Published);
                let current = core.session.as_ref().unwrap();
                assert!(current.advisory_at_ms <= current.mandatory_at_ms);
                assert!(current.mandatory_at_ms <= current.dies_at_ms);
                assert_eq!(current.dies_at_ms, 7 + life_ms.min(LONGEST_LIFE_MS));
                assert_eq!(core.phase(at(7)), Phase::Fresh, "{advisory_ms:?} {mandatory_ms:?} {life_ms}");
                assert_eq!(core.phase(at(7).max_life()), Phase::None);
            }
        }
    }
}

impl Moment {
    fn max_life(self) -> Moment {
        Moment { life_ms: u64::MAX, ..self }
    }
}

#[test]
fn the_windows_are_a_share_of_the_life_up_to_ten_minutes_and_one() {
    for (life_s, advisory_s, mandatory_s) in [(100, 18, 5), (3_600, 540, 60), (86_400, 540, 60)] {
        let mut core = core();
        load(&mut core, at(0));
        land(&mut core, Ok(session("K", life_s * 1_000)), at(0));
        let current = core.session.as_ref().unwrap();
        assert_eq!(current.advisory_at_ms, (life_s - advisory_s) * 1_000);
        assert_eq!(current.mandatory_at_ms, (life_s - mandatory_s) * 1_000);
    }
}

#[test]
fn the_draw_of_the_advisory_window_is_a_tenth_either_way_and_made_once() {
    let mut seen = Vec::new();
    for _ in 0..200 {
        let mut core = Core::new(Windows::default(), TOTAL_MS, Jitter::seeded());
        load(&mut core, at(0));
        land(&mut core, Ok(session("K", 1_000_000)), at(0));
        let start = core.session.as_ref().unwrap().advisory_at_ms;
        assert!((780_000..=820_000).contains(&start), "{start}");
        load(&mut core, FRESH);
        assert_eq!(core.session.as_ref().unwrap().advisory_at_ms, start);
        seen.push(start);
    }
    assert!(seen.iter().min() < Some(&790_000) && seen.iter().max() > Some(&810_000));
}

#[test]
fn windows_by_option_are_at_most_a_half_and_a_quarter() {
    let windows = Windows { advisory_ms: Some(600_000), mandatory_ms: Some(300_000) };
    let mut core = Core::new(windows, TOTAL_MS, Jitter::lowest());
    load(&mut core, at(0));
    land(&mut core, Ok(session("K", 120_000)), at(0));
    let current = core.session.as_ref().unwrap();
    assert_eq!((current.advisory_at_ms, current.mandatory_at_ms), (60_000, 90_000));
}

#[test]
fn the_pause_of_a_refresh_leaves_time_for_another() {
    // (life left when the refresh fails, Retry-After, pause)
    for (left_ms, retry_after_ms, pause_ms) in
        [(100_000, 0, 5_000), (8_000, 0, 2_000), (100, 0, 1_000), (100_000, 40_000, 40_000)]
    {
        let mut core = cached();
        let now = at(1_000_000 - left_ms);
        core.prefetch(now);
        core.take_off(FlightKind::Refresh, now);
        let mut error = error(Status::ServerFailure);
        error.retry_after_ms = retry_after_ms;
        land(&mut core, Err(error), now);
        assert_eq!(core.refresh_not_before_ms, now.life_ms + pause_ms, "{left_ms}");
    }
}

#[test]
fn the_pause_without_a_session_depends_on_whose_turn_it_is() {
    for (status, pause_ms) in [
        (Status::Dns, 500),
        (Status::Timeout, 500),
        (Status::ServerFailure, 500),
        (Status::CallbackFailed, 500),
        (Status::RateLimited, 10_000),
        (Status::AppTokenMismatch, 120_000),
        (Status::AppTokenExpired, 30_000),
        (Status::Certificate, 30_000),
        (Status::DeadSession, 30_000),
        (Status::BadReply, 30_000),
        (Status::Resources, 1_000),
        (Status::Panic, 1_000),
    ] {
        let mut core = core();
        load(&mut core, at(0));
        fail(&mut core, status, at(0));
        assert_eq!(core.fail_fast_until_ms, pause_ms, "{status:?}");
    }
}

#[test]
fn the_pause_of_passing_trouble_doubles_up_to_half_a_minute() {
    let mut core = core();
    let mut now = at(0);
    let mut pauses = Vec::new();
    for _ in 0..40 {
        load(&mut core, now);
        fail(&mut core, Status::Connect, now);
        pauses.push(core.fail_fast_until_ms - now.life_ms);
        now = at(core.fail_fast_until_ms);
    }
    assert_eq!(pauses[..7], [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    assert_eq!(pauses[39], 15_000);
    load(&mut core, now);
    land(&mut core, Ok(session("K", now.life_ms + 1)), now);
    load(&mut core, later(now, 1));
    fail(&mut core, Status::Connect, later(now, 1));
    assert_eq!(core.fail_fast_until_ms - now.life_ms, 501);
}

#[test]
fn what_the_server_says_about_the_pause_counts() {
    for status in [Status::RateLimited, Status::ServerFailure] {
        let mut core = core();
        load(&mut core, at(0));
        let mut error = error(status);
        error.retry_after_ms = 77_000;
        land(&mut core, Err(error), at(0));
        assert_eq!(core.fail_fast_until_ms, 77_000);
    }
}

// 1.5, row by row.

#[test]
fn a_landed_session_replaces_the_old_one_and_ends_pauses_and_streak() {
    let mut core = cached();
    load(&mut core, MANDATORY);
    fail(&mut core, Status::Connect, MANDATORY);
    let now = at(core.refresh_not_before_ms);
    load(&mut core, now);
    assert_eq!(land(&mut core, Ok(session("L", 9_000_000)), now), Landing::Published);
    assert_eq!((core.streak, core.refresh_not_before_ms, core.fail_fast_until_ms), (0, 0, 0));
    assert_eq!((core.failures, core.successes), (1, 2));
    assert_eq!(load(&mut core, now).1, "L");
}

#[test]
fn a_session_that_is_dead_on_arrival_is_a_failure() {
    let mut core = core();
    let (waiter, _) = load(&mut core, at(1_000));
    assert_eq!(land(&mut core, Ok(session("K", 1_000)), at(1_000)), Landing::Noted);
    assert_eq!(decide(&mut core, &waiter, at(1_000)), "DeadSession");
}

#[test]
fn a_failure_leaves_the_living_session() {
    let mut core = cached();
    load(&mut core, ADVISORY);
    fail(&mut core, Status::AppTokenExpired, ADVISORY);
    assert_eq!(load(&mut core, later(ADVISORY, 1_000)).1, "K");
    assert_eq!((core.failures, core.streak), (1, 1));
}

#[test]
fn a_superseded_flight_changes_nothing() {
    let mut core = core();
    load(&mut core, at(0));
    let old = core.slot.unwrap();
    core.set_user(None);
    let (waiter, told) = load(&mut core, at(1));
    assert_eq!(told, "wait+");
    for result in [Ok(session("OLD", 1_000_000)), Err(error(Status::Connect))] {
        assert_eq!(core.landed(old.id, result, at(2)), Landing::Superseded);
        assert_eq!(decide(&mut core, &waiter, at(2)), "wait");
        assert_eq!((core.failures, core.successes), (0, 0));
    }
    assert_eq!(land(&mut core, Ok(session("NEW", 1_000_000)), at(3)), Landing::Published);
    assert_eq!(core.landed(old.id, Ok(session("OLD", 1_000_000)), at(4)), Landing::Superseded);
    assert_eq!(decide(&mut core, &waiter, at(4)), "NEW");
}

#[test]
fn a_failed_end_of_sessions_is_not_a_failed_load() {
    let mut core = cached();
    let (_, flight, _) = core.end(FRESH).unwrap();
    let (waiter, told) = load(&mut core, FRESH);
    assert_eq!(told, "wait");
    core.end_landed(flight.id, false);
    assert_eq!((core.failures, core.successes), (0, 1));
    assert_eq!(decide(&mut core, &waiter, FRESH), "wait+");
}

#[test]
fn another_user_starts_from_nothing() {
    let mut core = cached();
    load(&mut core, MANDATORY);
    fail(&mut core, Status::AppTokenExpired, MANDATORY);
    core.invalidate(Some("K"));
    assert_eq!(load(&mut core, MANDATORY).1, "AppTokenExpired");
    let aftermath = core.set_user(None);
    assert_eq!(aftermath, Aftermath { superseded: None, clears_store: true, changed: true });
    assert_eq!(load(&mut core, MANDATORY).1, "wait+");
    let superseded = core.slot.map(|slot| slot.id);
    assert_eq!(core.set_user(None).superseded, superseded);
    assert!(core.slot.is_none());
}

#[test]
fn another_user_leaves_an_end_of_sessions_under_way() {
    let mut core = cached();
    let (_, flight, _) = core.end(FRESH).unwrap();
    assert_eq!(core.set_user(None).superseded, None);
    assert!(core.holds_slot(flight.id));
    assert_eq!(load(&mut core, FRESH).1, "wait");
}

#[test]
fn invalidating_the_current_ks_leaves_a_flight_and_the_pauses() {
    let mut core = cached();
    load(&mut core, ADVISORY);
    let aftermath = core.invalidate(Some("K"));
    assert_eq!(aftermath, Aftermath { superseded: None, clears_store: true, changed: true });
    let (waiter, told) = load(&mut core, ADVISORY);
    assert_eq!(told, "wait");
    land(&mut core, Ok(session("L", 2_000_000)), ADVISORY);
    assert_eq!(decide(&mut core, &waiter, ADVISORY), "L");
}

#[test]
fn invalidating_another_ks_does_nothing() {
    let mut core = cached();
    assert_eq!(core.invalidate(Some("OTHER")), Aftermath::default());
    assert_eq!(load(&mut core, FRESH).1, "K");
}

#[test]
fn a_local_log_out_supersedes_a_refresh_and_its_waiters_start_the_next() {
    let mut core = core();
    let (waiter, _) = load(&mut core, at(0));
    let old = core.slot.unwrap();
    assert_eq!(core.invalidate(None).superseded, Some(old.id));
    assert_eq!(core.landed(old.id, Ok(session("OLD", 1_000_000)), at(1)), Landing::Superseded);
    assert_eq!(decide(&mut core, &waiter, at(1)), "wait+");
}

#[test]
fn a_prefetch_starts_what_a_load_would_start() {
    assert!(core().prefetch(at(0)));
    assert!(!cached().prefetch(FRESH));
    assert!(cached().prefetch(ADVISORY));
    assert!(cached().prefetch(MANDATORY));
    assert!(cached().prefetch(DEAD));
    let mut core = cached();
    load(&mut core, ADVISORY);
    assert!(!core.prefetch(ADVISORY), "one is under way");
    fail(&mut core, Status::Connect, ADVISORY);
    assert!(!core.prefetch(ADVISORY), "it pauses");
    core.invalidate(Some("K"));
    assert!(!core.prefetch(ADVISORY), "it fails fast");
    core.set_user(Some(error(Status::InvalidArgument)));
    assert!(!core.prefetch(ADVISORY), "there is no user");
    core.set_user(None);
    core.shut_down();
    assert!(!core.prefetch(ADVISORY), "it is shut down");
}

#[test]
fn a_peek_starts_nothing() {
    let mut core = cached();
    assert!(core.peek(MANDATORY).is_some());
    assert!(core.slot.is_none());
    core.shut_down();
    assert!(core.peek(MANDATORY).is_none());
}

#[test]
fn an_end_of_sessions_wants_a_living_one_and_takes_it_at_once() {
    assert_eq!(core().end(at(0)).unwrap_err().status, Status::WrongState);
    assert_eq!(cached().end(DEAD).unwrap_err().status, Status::WrongState);
    let mut core = cached();
    load(&mut core, ADVISORY);
    let refresh = core.slot.unwrap();
    let (session, flight, aftermath) = core.end(ADVISORY).unwrap();
    assert_eq!((&*session.ks, aftermath.superseded, aftermath.clears_store), ("K", Some(refresh.id), true));
    assert!(core.peek(ADVISORY).is_none());
    assert_eq!(core.end(ADVISORY).unwrap_err().status, Status::WrongState, "one is under way");
    core.end_landed(flight.id, true);
    assert_eq!(core.end(ADVISORY).unwrap_err().status, Status::WrongState, "they are ended");
    core.shut_down();
    assert_eq!(core.end(ADVISORY).unwrap_err().status, Status::ShutDown);
}

#[test]
fn an_end_of_sessions_outlasts_a_local_log_out() {
    let mut core = cached();
    let (_, flight, _) = core.end(FRESH).unwrap();
    assert_eq!(core.invalidate(None).superseded, None);
    core.end_landed(flight.id, true);
    assert_eq!(load(&mut core, FRESH).1, "InvalidKs");
}

#[test]
fn a_shutdown_takes_the_session_and_whatever_lands_later_is_ignored() {
    let mut core = cached();
    load(&mut core, ADVISORY);
    let flight = core.slot.unwrap();
    core.shut_down();
    assert_eq!(core.landed(flight.id, Ok(session("L", 9_000_000)), ADVISORY), Landing::Superseded);
    assert!(core.peek(ADVISORY).is_none());
    assert_eq!(core.invalidate(None), Aftermath::default());
}

// 1.8, row by row.

#[test]
fn a_report_of_anything_but_a_dead_ks_changes_nothing() {
    let mut core = cached();
    let mut advice = |reason| core.report("K", reason, FRESH);
    assert_eq!(advice(KsReason::None), (Advice::NotASessionProblem, Aftermath::default()));
    for reason in [KsReason::Ip, KsReason::Uri, KsReason::ActionsLimit, KsReason::Other] {
        assert_eq!(advice(reason), (Advice::GiveUp, Aftermath::default()));
    }
    assert_eq!(load(&mut core, FRESH).1, "K");
}

#[test]
fn a_dead_ks_is_replaced_once_however_many_report_it() {
    for reason in [KsReason::Expired, KsReason::Logout, KsReason::Unreadable] {
        let mut core = cached();
        let (advice, aftermath) = core.report("K", reason, FRESH);
        assert_eq!(advice, Advice::RefreshAndRetry);
        assert_eq!(aftermath, Aftermath { superseded: None, clears_store: false, changed: true });
        assert_eq!(core.report("K", reason, FRESH), (Advice::RefreshAndRetry, Aftermath::default()));
        let (_, told) = load(&mut core, FRESH);
        assert_eq!(told, "wait+");
        land(&mut core, Ok(session("L", 9_000_000)), FRESH);
        assert_eq!(core.report("K", reason, FRESH), (Advice::RefreshAndRetry, Aftermath::default()));
        assert_eq!(load(&mut core, FRESH).1, "L");
    }
}

/// A core whose session `L` replaces the refused `K`.
fn on_probation() -> Core {
    let mut core = cached();
    core.report("K", KsReason::Logout, FRESH);
    load(&mut core, FRESH);
    land(&mut core, Ok(session("L", 9_000_000)), FRESH);
    core
}

#[test]
fn a_replacement_that_is_refused_within_a_minute_means_giving_up_for_another() {
    let mut core = on_probation();
    let refused = later(FRESH, 59_999);
    let (advice, aftermath) = core.report("L", KsReason::Logout, refused);
    assert_eq!((advice, aftermath.changed), (Advice::GiveUp, true));
    assert_eq!(core.report("L", KsReason::Logout, refused).0, Advice::GiveUp);
    let waiter = core.enter(refused);
    let Answer::Error(error) = core.decide(&waiter, false, true, later(refused, 1)).answer else { panic!("no error") };
    assert_eq!((error.status, error.ks_reason), (Status::InvalidKs, KsReason::Logout));
    assert_eq!(error.retry_after_ms, 59_999);
    assert_eq!(core.report("L", KsReason::Logout, later(refused, 60_000)).0, Advice::RefreshAndRetry);
    assert_eq!(load(&mut core, later(refused, 60_000)).1, "wait+");
}

#[test]
fn a_replacement_that_lasted_a_minute_is_replaced_in_its_turn() {
    let mut core = on_probation();
    assert_eq!(core.report("L", KsReason::Expired, later(FRESH, 60_000)).0, Advice::RefreshAndRetry);
    load(&mut core, later(FRESH, 60_000));
    land(&mut core, Ok(session("M", 9_000_000)), later(FRESH, 60_000));
    assert_eq!(core.report("M", KsReason::Expired, later(FRESH, 60_001)).0, Advice::GiveUp);
}

#[test]
fn a_session_that_replaces_none_is_not_on_probation() {
    let mut core = on_probation();
    load(&mut core, at(8_900_000));
    land(&mut core, Ok(session("M", 20_000_000)), at(8_900_000));
    assert_eq!(core.report("M", KsReason::Expired, at(8_900_001)).0, Advice::RefreshAndRetry);
}

#[test]
fn the_refused_ks_once_more_is_a_failed_refresh() {
    let mut core = cached();
    core.report("K", KsReason::Logout, FRESH);
    let (waiter, _) = load(&mut core, FRESH);
    assert_eq!(land(&mut core, Ok(session("K", 9_000_000)), FRESH), Landing::Noted);
    assert_eq!(decide(&mut core, &waiter, FRESH), "InvalidKs");
    assert_eq!(load(&mut core, later(FRESH, 29_999)).1, "InvalidKs");
    load(&mut core, later(FRESH, 30_000));
    assert_eq!(land(&mut core, Ok(session("L", 9_000_000)), later(FRESH, 30_000)), Landing::Published);
    assert_eq!(core.report("L", KsReason::Logout, later(FRESH, 30_001)).0, Advice::GiveUp, "it is owed all the same");
}

// I10, no storm.

/// How many flights fail within ten minutes while somebody loads every 10 ms.
fn flights_of_an_outage(core: &mut Core, start: Moment, status: Status, flight_ms: u64) -> u64 {
    let before = core.next_flight;
    let mut lands_at = None;
    for step in 0..60_000 {
        let now = later(start, step * 10);
        if lands_at.is_some_and(|lands_at| now.life_ms >= lands_at) {
            fail(core, status, now);
            lands_at = None;
        }
        load(core, now);
        if core.slot.is_some() && lands_at.is_none() {
            lands_at = Some(now.life_ms + flight_ms);
        }
    }
    core.next_flight - before
}

#[test]
fn an_outage_of_ten_minutes_costs_a_few_dozen_flights() {
    let flights = flights_of_an_outage(&mut core(), at(0), Status::Connect, 10);
    assert!((20..=46).contains(&flights), "{flights}");
    let mut core = core();
    load(&mut core, at(0));
    land(&mut core, Ok(session("K", 7_000_000)), at(0));
    let flights = flights_of_an_outage(&mut core, at(6_300_000 + 160_000), Status::Connect, 10);
    assert!((20..=120).contains(&flights), "{flights}");
    assert_eq!(flights_of_an_outage(&mut self::core(), at(0), Status::AppTokenNotFound, 10), 20);
    assert_eq!(flights_of_an_outage(&mut self::core(), at(0), Status::AppTokenMismatch, 10), 5);
}

#[test]
fn a_token_that_is_about_to_expire_costs_the_logarithm_of_its_rest() {
    // Each new session ends with the token, an hour from now.
    let end_ms = 3_600_000;
    let mut core = core();
    let mut flights = 0;
    for now_ms in (0..end_ms).step_by(100) {
        load(&mut core, at(now_ms));
        if core.slot.is_some() {
            flights += 1;
            land(&mut core, Ok(session(&format!("K{flights}"), end_ms)), at(now_ms));
        }
    }
    assert!(flights <= 60, "{flights}");
}
