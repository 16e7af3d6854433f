//! What the operating system offers and the standard library does not: a clock that goes on while the device sleeps,
//! threads that take no signals, a word of how memory is.

use std::time::Duration;

/// Time since some fixed moment, sleep of the device included.
pub(crate) fn suspend_aware_now() -> Duration {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const GOES_ON_IN_SLEEP: libc::clockid_t = libc::CLOCK_BOOTTIME;
    // Of Apple's clocks, CLOCK_MONOTONIC goes on too, but is adjusted with the date. Source: clock_gettime(3).
    #[cfg(target_vendor = "apple")]
    const GOES_ON_IN_SLEEP: libc::clockid_t = libc::CLOCK_MONOTONIC_RAW;
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    const GOES_ON_IN_SLEEP: libc::clockid_t = libc::CLOCK_MONOTONIC;

    // A sandbox may refuse the first; every system has the second.
    read_clock(GOES_ON_IN_SLEEP).or_else(|| read_clock(libc::CLOCK_MONOTONIC)).unwrap_or_default()
}

/// A moment that stays the same for some milliseconds, until the next tick of the system.
pub(crate) type Tick = Duration;

/// The present tick, for a tenth of what a clock costs; `None` where there is no such thing. It is the date of the last
/// tick, so it also changes when the device has slept, or the date is set.
pub(crate) fn tick() -> Option<Tick> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        read_clock(libc::CLOCK_REALTIME_COARSE)
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        None
    }
}

/// Whether the system still gives memory, as much as a few exchanges take.
pub(crate) fn has_memory() -> bool {
    const BYTES: usize = 64 * 1024;
    // SAFETY: any size may be asked for.
    let memory = std::hint::black_box(unsafe { libc::malloc(BYTES) });
    // SAFETY: it came from malloc; NULL is fine.
    unsafe { libc::free(memory) };
    !memory.is_null()
}

/// Keeps signals that were sent to the process away from the calling thread: their handlers are the host's, and it
/// does not expect them on a thread that it did not start. Faults of the thread itself are still delivered, and so are
/// the signals with which runtimes stop their threads, this one as soon as it has run a callback of theirs: real-time
/// signals (.NET, Mono), SIGPWR and SIGXCPU (Mono, Boehm's collector).
pub(crate) fn block_signals() {
    const FAULTS: [libc::c_int; 7] =
        [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGABRT, libc::SIGTRAP, libc::SIGSYS];
    let mut signals = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: the set is there to be written to.
    if unsafe { libc::sigfillset(signals.as_mut_ptr()) } != 0 {
        return;
    }
    for fault in FAULTS {
        // SAFETY: the set was filled above.
        unsafe { libc::sigdelset(signals.as_mut_ptr(), fault) };
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    for signal in (libc::SIGRTMIN()..=libc::SIGRTMAX()).chain([libc::SIGPWR, libc::SIGXCPU]) {
        // SAFETY: the set was filled above.
        unsafe { libc::sigdelset(signals.as_mut_ptr(), signal) };
    }
    // SAFETY: the set is complete; the old mask is not asked for.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, signals.as_ptr(), std::ptr::null_mut()) };
}

/// Whether this is the thread that an app draws with, which must not wait for a network.
pub(crate) fn is_main_thread() -> bool {
    #[cfg(target_vendor = "apple")]
    {
        // SAFETY: it takes nothing and only looks at the calling thread.
        unsafe { libc::pthread_main_np() == 1 }
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        // SAFETY: it takes nothing and cannot fail.
        let thread = unsafe { libc::gettid() };
        // SAFETY: it takes nothing and cannot fail.
        let process = unsafe { libc::getpid() };
        thread == process
    }
    #[cfg(not(any(target_vendor = "apple", target_os = "linux", target_os = "android")))]
    {
        false
    }
}

fn read_clock(clock: libc::clockid_t) -> Option<Duration> {
    let mut time = std::mem::MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: the time is there to be written to.
    if unsafe { libc::clock_gettime(clock, time.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: the call above succeeded, so the time was written.
    let time = unsafe { time.assume_init() };
    Some(Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_runs() {
        let before = suspend_aware_now();
        std::thread::sleep(Duration::from_millis(5));
        assert!(suspend_aware_now() - before >= Duration::from_millis(5));
        assert!(!before.is_zero());
    }

    #[test]
    fn a_thread_that_blocks_signals_still_takes_its_own_faults() {
        std::thread::spawn(|| {
            block_signals();
            let mut mask = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
            // SAFETY: no new mask; the old one is there to be written to.
            unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), mask.as_mut_ptr()) };
            // SAFETY: the mask was written above.
            let is_blocked = |signal| unsafe { libc::sigismember(mask.as_ptr(), signal) } == 1;
            assert!(is_blocked(libc::SIGALRM) && is_blocked(libc::SIGTERM) && is_blocked(libc::SIGPROF));
            assert!(!is_blocked(libc::SIGSEGV) && !is_blocked(libc::SIGABRT));
            #[cfg(any(target_os = "linux", target_os = "android"))]
            assert!(!is_blocked(libc::SIGRTMIN()) && !is_blocked(libc::SIGPWR) && !is_blocked(libc::SIGXCPU));
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_thread_of_the_library_is_not_the_main_thread() {
        assert!(!std::thread::spawn(is_main_thread).join().unwrap());
    }
}
