//! Whatever a KS says, reading it ends, and what it says twice is the same.
//!
//! The first byte of the input chooses: the rest is a KS as it comes over the wire; or the fields inside a version 2 KS
//! that is signed here, so that the fuzzer need not break SHA-1; or all of a version 1 KS behind its signature.

#![no_main]

use kaltura_session::SessionType;
use kaltura_session::ks::{Fields, Verdict, read, seal_v2, sign, sign_v1};
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90";
const OTHER_SECRET: &str = "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf";
const NOW: i64 = 1_700_000_000;

fuzz_target!(|input: &[u8]| {
    let Some((&choice, rest)) = input.split_first() else {
        return;
    };
    match choice % 4 {
        0 => {
            let text = String::from_utf8_lossy(rest);
            let reading = read(&text, &[SECRET, OTHER_SECRET], NOW);
            let is_open = reading.version == 1 || reading.secret_index.is_some();
            assert_eq!(reading.contents.is_some(), is_open && reading.verdict != Verdict::Malformed);
            let bare = read(&text, &[], NOW);
            assert!(!matches!(bare.verdict, Verdict::Valid | Verdict::Expired | Verdict::WrongSecret));
        }
        1 => {
            let ks = seal_v2(SECRET, "101", [7; 16], rest);
            let reading = read(&ks, &[OTHER_SECRET, SECRET], NOW);
            // A text that ends in NULs loses them before its hash is looked at.
            let is_stripped = rest.last() == Some(&0);
            assert!(reading.secret_index == Some(1) || is_stripped, "{reading:?}");
            let _ = reading.session_id_hash();
        }
        2 => {
            let text = String::from_utf8_lossy(rest);
            let fields = Fields {
                partner_id: 101,
                user_id: Some(text.clone().into_owned()),
                session_type: SessionType::User,
                expires_at_seconds: NOW + 1,
                privileges: text.into_owned(),
            };
            let reading = read(&sign_v1(SECRET, &fields, "1"), &[SECRET], NOW);
            assert!(matches!(reading.verdict, Verdict::Valid | Verdict::Malformed), "{reading:?}");
        }
        _ => {
            let text = String::from_utf8_lossy(rest);
            let (user_id, privileges) = text.split_once('\n').unwrap_or(("", &text));
            let fields = Fields {
                partner_id: 101,
                user_id: Some(user_id.to_owned()),
                session_type: SessionType::User,
                expires_at_seconds: NOW + 1,
                privileges: privileges.to_owned(),
            };
            for version in [1, 2] {
                if let Ok(ks) = sign(version, SECRET, &fields) {
                    let contents = read(&ks, &[SECRET], NOW).contents.unwrap();
                    assert_eq!(contents.user_id.as_deref(), Some(user_id));
                }
            }
        }
    }
});
