//! Everything at once on real threads: whatever the order, each call ends, each completion comes once, and nobody is given
//! a session of a user that was left before the load began.

use std::sync::atomic::AtomicU32;

use super::*;

const ROUNDS: u32 = 60;

#[test]
fn random_interleavings_lose_no_completion_and_mix_up_no_users() {
    for round in 0..ROUNDS {
        let bench = Bench::new();
        let (begun, completed, dropped) =
            (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let workers: Vec<_> = (0..6u32)
            .map(|worker| {
                let provider = bench.provider.clone();
                let (begun, completed, dropped) = (begun.clone(), completed.clone(), dropped.clone());
                thread::spawn(move || {
                    let mut chance = Jitter::seeded();
                    for _ in 0..40 {
                        step(worker, round, &provider, &mut chance, &begun, &completed, &dropped);
                    }
                })
            })
            .collect();
        for _ in 0..20 {
            bench.pass(200);
            thread::yield_now();
        }
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        finish(&bench.provider);
        assert_eq!(begun.load(Ordering::SeqCst), completed.load(Ordering::SeqCst), "round {round}");
        assert_eq!(begun.load(Ordering::SeqCst), dropped.load(Ordering::SeqCst), "round {round}");
    }
}

struct CountsItsDrop(Arc<AtomicU32>);

impl Drop for CountsItsDrop {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn step(
    worker: u32,
    round: u32,
    provider: &Provider,
    chance: &mut Jitter,
    begun: &Arc<AtomicU32>,
    completed: &Arc<AtomicU32>,
    dropped: &Arc<AtomicU32>,
) {
    match chance.between(0, 9) {
        0..=2 => drop(provider.load(None)),
        3..=5 => {
            let cancellation = Cancellation::new();
            let (completed, counts) = (completed.clone(), CountsItsDrop(dropped.clone()));
            let request = provider.load_async(Some(&cancellation), move |_| {
                let _counts = counts;
                completed.fetch_add(1, Ordering::SeqCst);
            });
            match request {
                Ok(()) => drop(begun.fetch_add(1, Ordering::SeqCst)),
                // Refused after a shutdown: dropped uncalled, and not begun.
                Err(_) => drop(dropped.fetch_sub(1, Ordering::SeqCst)),
            }
            if chance.between(0, 1) == 0 {
                cancellation.cancel();
            }
        }
        6 if worker == 0 => {
            let user = format!("user-{}", chance.between(0, 3));
            if provider.set_user_id(Ok(Some(&user))).is_ok()
                && let Ok(session) = provider.load(None)
            {
                // This worker alone switches, so what it loads now is this user's.
                assert_eq!(session.user_id, user);
            }
        }
        7 => provider.invalidate(None),
        8 => {
            if let Some(session) = provider.peek() {
                provider.report_error(&session.ks, "INVALID_KS", Some("EXPIRED"));
            }
        }
        9 if worker == 5 && round.is_multiple_of(4) && chance.between(0, 9) == 0 => provider.shutdown(),
        _ => provider.prefetch(),
    }
}
