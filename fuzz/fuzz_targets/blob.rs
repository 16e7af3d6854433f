//! Any blob of either kind. Raw, or as JSON under a checksum that is right and beside the fields that it must have, for no
//! fuzzer finds a SHA-256.
#![no_main]

use std::sync::LazyLock;

use kaltura_session::fuzzing::{keys, read_memory, read_session, write_memory, write_session};
use kaltura_session::{Memory, Moment, Settings};
use kaltura_session_fuzz::{check_session, now, settings};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};

const BOOT: Option<&str> = Some("boot");

fuzz_target!(|data: &[u8]| {
    let [how, data @ ..] = data else { return };
    let settings = settings(how & 1 != 0);
    let bytes = if how & 2 != 0 { sealed(data, *how) } else { data.to_vec() };
    let boot = if how & 4 != 0 { BOOT } else { None };
    // Of whose keeping nobody knows when it was.
    let now = if how & 8 != 0 { Moment { life_ms: 5, ..now() } } else { now() };

    if let Some(memory) = read_memory(&bytes, &settings, now, boot) {
        check_memory(&memory, &settings, now);
    }
    if let Some((session, memory)) = read_session(&bytes, &settings, now, boot) {
        check_session(&session, 0, now.life_ms);
        assert!(session.remaining_ms_at(now.life_ms) > 0, "a dead session");
        check_memory(&memory, &settings, now);
        let again = read_session(&write_session(&session, &memory, &settings, now, BOOT), &settings, now, BOOT);
        assert_eq!(again, Some((session, memory)));
    }
});

fn check_memory(memory: &Memory, settings: &Settings, now: Moment) {
    if let Some(widget) = &memory.widget {
        assert!(widget.sent_at_life_ms <= now.life_ms);
        assert!(widget.ks.bytes().all(|byte| byte.is_ascii_graphic()));
    }
    for at in [memory.mismatch_at_life_ms, memory.api_error_at_life_ms].into_iter().flatten() {
        assert!(at <= now.life_ms && now.life_ms - at < 120_000);
    }
    let again = read_memory(&write_memory(memory, settings, now, BOOT), settings, now, BOOT);
    assert_eq!(again.as_ref(), Some(memory));
}

/// The members of a JSON object, made a blob.
fn sealed(members: &[u8], how: u8) -> Vec<u8> {
    static KEYS: LazyLock<[[String; 2]; 2]> = LazyLock::new(|| [keys(&settings(false)), keys(&settings(true))]);
    let key = &KEYS[usize::from(how & 1)][usize::from(how >> 4 & 1)];
    let mut bytes = format!(r#"{{"form":1,"key":"{key}","boot":"boot","saved_life_ms":"#).into_bytes();
    bytes
        .extend_from_slice(format!(r#"{},"saved_wall":{},"#, now().life_ms - 1_000, now().wall_seconds - 1).as_bytes());
    bytes.extend_from_slice(members);
    bytes.push(b'}');
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    bytes
}
