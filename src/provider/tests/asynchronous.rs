//! Completions: exactly one for each request, whatever happens meanwhile.

use std::sync::mpsc;

use super::*;

/// How a request is completed, and on which thread.
type Completed = mpsc::Receiver<(Result<String, Status>, std::thread::ThreadId)>;

const LONG: Duration = Duration::from_secs(20);

fn begin(bench: &Bench, cancellation: Option<&Cancellation>) -> Completed {
    let (sender, receiver) = mpsc::channel();
    let completion = move |loaded: Loaded| {
        let outcome = loaded.map(|session| session.ks.to_string()).map_err(|error| error.status);
        sender.send((outcome, std::thread::current().id())).unwrap();
    };
    bench.provider.load_async(cancellation, completion).unwrap();
    receiver
}

fn outcome(completed: &Completed) -> Result<String, Status> {
    let (outcome, thread) = completed.recv_timeout(LONG).unwrap();
    assert_ne!(thread, std::thread::current().id(), "never inside the call");
    assert!(completed.recv_timeout(LONG).is_err(), "the completion is gone, so there is no second one");
    outcome
}

#[test]
fn a_cold_and_a_cached_load_are_completed_on_the_same_library_thread() {
    let bench = Bench::new();
    let (cold, cached) = (begin(&bench, None), begin(&bench, None));
    let (first, thread) = cold.recv_timeout(LONG).unwrap();
    assert_eq!(first, Ok("ks-1-of-ann".into()));
    assert_eq!(cached.recv_timeout(LONG).unwrap(), (first, thread));
    finish(&bench.provider);
}

#[test]
fn requests_that_one_event_answers_complete_in_the_order_of_their_calls() {
    let bench = Bench::new();
    bench.server.hold();
    let (sender, receiver) = mpsc::channel();
    for number in 0..20 {
        let sender = sender.clone();
        bench.provider.load_async(None, move |_| sender.send(number).unwrap()).unwrap();
    }
    bench.server.release();
    let order: Vec<i32> = (0..20).map(|_| receiver.recv_timeout(LONG).unwrap()).collect();
    assert!(order.is_sorted(), "{order:?}");
    finish(&bench.provider);
}

#[test]
fn every_event_that_ends_a_request_ends_it_once() {
    type Event = fn(&Bench, &Cancellation);
    let events: [(&str, Event, Result<String, Status>); 6] = [
        ("landing", |bench, _| bench.server.release(), Ok("ks-1-of-ann".into())),
        ("cancel", |_, cancellation| cancellation.cancel(), Err(Status::Cancelled)),
        ("shutdown", |bench, _| bench.provider.shutdown(), Err(Status::ShutDown)),
        ("user", |bench, _| drop(bench.provider.set_user_id(Ok(Some("bob")))), Err(Status::Superseded)),
        ("time", |bench, _| bench.pass(16_000), Err(Status::Timeout)),
        ("cancel twice", |_, cancellation| (0..2).for_each(|_| cancellation.cancel()), Err(Status::Cancelled)),
    ];
    for (first_name, first, expected) in &events {
        for (second_name, second, _) in &events {
            let (bench, cancellation) = (Bench::new(), Cancellation::new());
            bench.server.hold();
            let request = begin(&bench, Some(&cancellation));
            bench.server.wait_for(1);
            first(&bench, &cancellation);
            let ended = outcome(&request);
            second(&bench, &cancellation);
            assert_eq!(ended, *expected, "{first_name}, then {second_name}");
            bench.server.release();
            finish(&bench.provider);
        }
    }
}

#[test]
fn a_completion_may_load_switch_the_user_and_let_go_of_the_provider() {
    let bench = Bench::new();
    let (sender, receiver) = mpsc::channel();
    let provider = bench.provider.clone();
    let completion = move |loaded: Loaded| {
        let first = loaded.unwrap().user_id.clone();
        let cached = provider.load(None).unwrap().user_id.clone();
        provider.set_user_id(Ok(Some("bob"))).unwrap();
        let other = provider.load(None).unwrap().user_id.clone();
        provider.shutdown();
        assert!(!provider.drain(LONG), "it would wait for itself");
        drop(provider);
        sender.send((first, cached, other)).unwrap();
    };
    bench.provider.load_async(None, completion).unwrap();
    assert_eq!(receiver.recv_timeout(LONG).unwrap(), ("ann".into(), "ann".into(), "bob".into()));
    finish(&bench.provider);
}

#[test]
fn a_completion_that_panics_takes_nobody_elses_away() {
    let bench = Bench::new();
    bench.server.hold();
    bench.provider.load_async(None, |_| panic!("the host's own")).unwrap();
    let next = begin(&bench, None);
    bench.server.release();
    assert_eq!(outcome(&next), Ok("ks-1-of-ann".into()));
    finish(&bench.provider);
}

#[test]
fn without_a_thread_a_request_is_refused_and_its_completion_dropped() {
    let bench = Bench::without_threads();
    let (sender, receiver) = mpsc::channel::<()>();
    let error = bench.provider.load_async(None, move |_| sender.send(()).unwrap()).unwrap_err();
    assert_eq!(error.status, Status::Resources);
    assert!(receiver.recv().is_err(), "dropped uncalled");
}

/// Says so when it goes.
struct UserData(mpsc::Sender<&'static str>);

impl Drop for UserData {
    fn drop(&mut self) {
        self.0.send("destroyed").unwrap();
    }
}

#[test]
fn what_a_completion_holds_goes_after_it_was_called_and_no_later_than_the_drain() {
    let bench = Bench::new();
    let (sender, receiver) = mpsc::channel();
    let user_data = UserData(sender.clone());
    let completion = move |_: Loaded| user_data.0.send("called").unwrap();
    bench.provider.load_async(None, completion).unwrap();
    finish(&bench.provider);
    let user_data = UserData(sender);
    // After a shutdown it is refused: gone before the call returns.
    let completion = move |_: Loaded| user_data.0.send("called").unwrap();
    assert_eq!(bench.provider.load_async(None, completion).unwrap_err().status, Status::ShutDown);
    assert_eq!(receiver.iter().collect::<Vec<_>>(), ["called", "destroyed", "destroyed"]);
}

#[test]
fn an_idle_delivery_thread_goes_and_the_next_request_has_another() {
    let bench = Bench::new();
    let first = begin(&bench, None).recv_timeout(LONG).unwrap();
    bench.settle();
    while bench.provider.shared.lock().delivery.is_on {
        bench.pass(5_000);
        thread::yield_now();
    }
    let second = begin(&bench, None).recv_timeout(LONG).unwrap();
    assert!(first.0.is_ok() && second.0.is_ok());
    assert_ne!(first.1, second.1);
    finish(&bench.provider);
}

#[test]
fn an_end_is_completed_beside_loads_and_a_cancelled_one_says_so() {
    let bench = Bench::new();
    bench.ks();
    bench.server.hold();
    let (sender, ends) = mpsc::channel();
    let cancellation = Cancellation::new();
    let done = move |result: Result<(), Arc<Error>>| sender.send(result.map_err(|error| error.status)).unwrap();
    bench.provider.end_session_async(Some(&cancellation), done.clone()).unwrap();
    // The caller's thread carries nothing: a load of its own may wait.
    let load = begin(&bench, None);
    assert_eq!(bench.provider.end_session_async(None, done.clone()).unwrap_err().status, Status::WrongState);
    bench.server.wait_for(1);
    cancellation.cancel();
    assert_eq!(ends.recv_timeout(LONG).unwrap(), Err(Status::Cancelled));
    bench.server.release();
    assert_eq!(outcome(&load), Ok("ks-2-of-ann".into()), "a cancelled end is no failed load");
    bench.server.hold();
    bench.provider.end_session_async(None, done).unwrap();
    bench.server.wait_for(1);
    bench.provider.shutdown();
    assert_eq!(ends.recv_timeout(LONG).unwrap(), Err(Status::ShutDown));
    finish(&bench.provider);
}

#[test]
fn after_an_asynchronous_end_was_begun_its_caller_may_wait() {
    for _ in 0..50 {
        let bench = Bench::new();
        bench.ks();
        bench.provider.end_session_async(None, |result| result.unwrap()).unwrap();
        assert_eq!(bench.load().unwrap_err().ks_reason, KsReason::Logout);
        finish(&bench.provider);
    }
}
