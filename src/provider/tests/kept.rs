//! What a provider leaves in the host's store, and what the next one makes of it.

use super::*;
use crate::provider::store::{key, read, write};
use crate::secret::Zeroizing;

/// A store in memory that notes every call.
#[derive(Default)]
struct Chest {
    kept: std::sync::Mutex<Option<(String, Vec<u8>)>>,
    calls: std::sync::Mutex<Vec<&'static str>>,
    is_busy: std::sync::atomic::AtomicBool,
}

struct Lid(Arc<Chest>);

impl Lid {
    fn call<T>(&self, name: &'static str, body: impl FnOnce() -> T) -> T {
        // A panic would end here: it is a host's.
        let is_alone = !self.0.is_busy.swap(true, Ordering::SeqCst);
        self.0.calls.lock().unwrap().push(if is_alone { name } else { "two calls at once" });
        let result = body();
        self.0.is_busy.store(false, Ordering::SeqCst);
        result
    }
}

impl Keep for Lid {
    fn load(&self, key: &str) -> Option<Zeroizing<Vec<u8>>> {
        self.call("load", || {
            let kept = self.0.kept.lock().unwrap();
            kept.as_ref().filter(|(known, _)| known == key).map(|(_, bytes)| Zeroizing::new(bytes.clone()))
        })
    }

    fn save(&self, key: &str, blob: &[u8]) -> bool {
        self.call("save", || *self.0.kept.lock().unwrap() = Some((key.to_owned(), blob.to_vec())));
        true
    }

    fn clear(&self, _key: &str) -> bool {
        self.call("clear", || *self.0.kept.lock().unwrap() = None);
        true
    }
}

fn bench_with(chest: &Arc<Chest>, clock: &Arc<Clock>, server: &Arc<Server>) -> Bench {
    Bench::beside(clock, server, |options| options.set_store(Store::new(Lid(chest.clone()))))
}

#[test]
fn the_next_run_starts_without_a_request_and_refreshes_with_one() {
    let chest = Arc::new(Chest::default());
    let clock = Clock::new();
    let server = Server::new(&clock);
    let first = bench_with(&chest, &clock, &server);
    let ks = first.ks();
    finish(&first.provider);
    clock.pass(5_000, 0);
    let second = bench_with(&chest, &clock, &server);
    assert!(second.provider.peek().is_none(), "never in a peek");
    assert_eq!(second.ks(), ks);
    assert_eq!(server.requests(), (1, 1));
    second.settle();
    second.provider.invalidate(Some(&ks));
    assert_ne!(second.ks(), ks);
    assert_eq!(server.requests(), (1, 2), "the widget session was kept too");
    finish(&second.provider);
    let calls = chest.calls.lock().unwrap().clone();
    assert_eq!(calls, ["load", "save", "load", "clear", "save"]);
}

#[test]
fn a_log_out_and_a_switch_of_user_clear_the_store() {
    let chest = Arc::new(Chest::default());
    let clock = Clock::new();
    let bench = bench_with(&chest, &clock, &Server::new(&clock));
    bench.ks();
    bench.settle();
    assert!(chest.kept.lock().unwrap().is_some());
    bench.provider.invalidate(None);
    assert!(chest.kept.lock().unwrap().is_none());
    bench.ks();
    bench.settle();
    bench.provider.set_user_id(Ok(Some("bob"))).unwrap();
    assert!(chest.kept.lock().unwrap().is_none());
    assert_eq!(bench.load().unwrap().user_id, "bob");
    finish(&bench.provider);
}

fn settings(user: &str) -> Settings {
    let mut options = Options::new(101, "0_ab12cd34", Some("00112233445566778899aabbccddeeff"));
    options.set_user_id(Some(user));
    options.check().unwrap()
}

fn now() -> Moment {
    Moment { running_ms: 0, life_ms: 10_000_000, wall_seconds: TODAY }
}

fn blob(boot: Option<&str>) -> Zeroizing<Vec<u8>> {
    let bench = Bench::new();
    bench.clock.moment.lock().unwrap().life_ms = now().life_ms;
    let session = bench.load().unwrap();
    let memory = bench.provider.shared.lock().memory.clone();
    finish(&bench.provider);
    write(&key(&settings("ann")), &session, &memory, now(), boot)
}

#[test]
fn a_blob_is_believed_as_long_as_the_clock_that_is_left_allows() {
    let key = key(&settings("ann"));
    let later = |life_ms: u64, wall_seconds: i64| Moment {
        life_ms: now().life_ms + life_ms,
        wall_seconds: now().wall_seconds + wall_seconds,
        ..now()
    };
    let left = |boot, then: Option<&str>, moment: Moment| {
        let kept = read(&key, &blob(boot), moment, then)?;
        Some(kept.session.remaining_ms_at(moment.life_ms))
    };
    // The same run of the system: exact, whatever the date says.
    assert_eq!(left(Some("a"), Some("a"), later(400_000, -99_999)), Some(600_000));
    assert_eq!(left(Some("a"), Some("a"), later(1_000_000, 0)), None);
    // Another run: by the date, and a minute of doubt.
    assert_eq!(left(Some("a"), Some("b"), Moment { life_ms: 5, ..later(0, 400) }), Some(540_000));
    assert_eq!(left(None, None, later(0, 400)), Some(540_000));
    assert_eq!(left(Some("a"), Some("b"), later(0, -1)), None, "the date went back");
    assert_eq!(left(Some("a"), Some("b"), later(0, 940)), None);
}

#[test]
fn a_foreign_blob_is_ignored_and_the_key_tells_nothing() {
    let ann = key(&settings("ann"));
    assert!(read(&key(&settings("bob")), &blob(None), now(), None).is_none());
    assert!(ann.is_ascii() && ann.len() <= 64 && !ann.contains("ann") && !ann.contains("101"));
}

#[test]
fn a_damaged_blob_is_ignored_wherever_the_damage_is() {
    let key = key(&settings("ann"));
    let whole = blob(None);
    assert!(read(&key, &whole, now(), None).is_some());
    for length in 0..whole.len() {
        assert!(read(&key, &whole[..length], now(), None).is_none(), "cut at {length}");
    }
    for place in 0..whole.len() {
        let mut damaged = whole.to_vec();
        damaged[place] ^= 0x20;
        assert!(read(&key, &damaged, now(), None).is_none(), "changed at {place}");
    }
}

/// A store whose next save waits until it is let go.
struct Slow {
    lid: Lid,
    entered: std::sync::mpsc::Sender<()>,
    go: std::sync::Mutex<std::sync::mpsc::Receiver<()>>,
}

impl Keep for Slow {
    fn load(&self, key: &str) -> Option<Zeroizing<Vec<u8>>> {
        self.lid.load(key)
    }

    fn save(&self, key: &str, blob: &[u8]) -> bool {
        self.entered.send(()).unwrap();
        self.go.lock().unwrap().recv().unwrap();
        self.lid.save(key, blob)
    }

    fn clear(&self, key: &str) -> bool {
        self.lid.clear(key)
    }
}

#[test]
fn a_save_that_is_held_up_lands_before_the_clear_that_followed_it() {
    let chest = Arc::new(Chest::default());
    let (entered, saves) = std::sync::mpsc::channel();
    let (go, gone) = std::sync::mpsc::channel();
    let slow = Slow { lid: Lid(chest.clone()), entered, go: std::sync::Mutex::new(gone) };
    let bench = Bench::with(|options| options.set_store(Store::new(slow)));
    let started = Instant::now();
    bench.ks();
    assert!(started.elapsed() < Duration::from_secs(5), "waiters go before the store is written");
    saves.recv().unwrap();
    // Both return at once; the thread that saves carries them out.
    bench.provider.set_user_id(Ok(Some("bob"))).unwrap();
    bench.provider.invalidate(None);
    go.send(()).unwrap();
    bench.settle();
    assert!(chest.kept.lock().unwrap().is_none());
    assert_eq!(chest.calls.lock().unwrap()[..3], ["load", "save", "clear"]);
    finish(&bench.provider);
}

#[test]
fn a_session_that_was_dropped_does_not_come_back_though_its_clear_is_held_up() {
    let chest = Arc::new(Chest::default());
    let clock = Clock::new();
    let server = Server::new(&clock);
    let before = bench_with(&chest, &clock, &server);
    let old = before.ks();
    finish(&before.provider);
    let bench = bench_with(&chest, &clock, &server);
    // Somebody else's call keeps the store busy: the clear is ordered and waits.
    bench.provider.shared.lock().store.user = Some(thread::spawn(|| thread::current().id()).join().unwrap());
    bench.provider.invalidate(None);
    let load = bench.load_elsewhere();
    while bench.provider.shared.lock().flights.is_empty() {
        thread::yield_now();
    }
    bench.provider.shared.lock().store.user = None;
    bench.wake();
    assert_ne!(*load.join().unwrap().unwrap().ks, *old);
    finish(&bench.provider);
}
