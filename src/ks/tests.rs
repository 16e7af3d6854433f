//! Against what the server's own code signed and read.

use serde_json::Value as Json;

use super::*;
use crate::session::SessionType;
use crate::status::Status;

/// Between the KSs of the vectors that live and the one that does not.
const NOW: i64 = 1_700_000_000;

const SECRET: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90";
const OTHER_SECRET: &str = "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf";

fn vectors() -> Json {
    serde_json::from_str(include_str!("../../tests/data/ks-vectors.json")).unwrap()
}

fn fields(case: &Json) -> Fields {
    Fields {
        partner_id: case["partnerId"].as_i64().unwrap(),
        user_id: match &case["userId"] {
            Json::Null => None,
            Json::String(text) => Some(text.clone()),
            number => Some(number.to_string()),
        },
        session_type: SessionType::from_number(case["type"].as_i64().unwrap()).unwrap(),
        expires_at_seconds: case["expiry"].as_i64().unwrap(),
        privileges: case["privileges"].as_str().unwrap().to_owned(),
    }
}

fn some_fields() -> Fields {
    Fields {
        partner_id: 101,
        user_id: Some("ann".into()),
        session_type: SessionType::User,
        expires_at_seconds: 1_893_456_000,
        privileges: "list:*,edit:0_a/0_b".into(),
    }
}

fn assert_read(ks: &str, secrets: &[&str], expected: &Json, name: &str) {
    let reading = read(ks, secrets, NOW);
    let field = |key: &str| expected[key].as_str().map(str::to_owned);
    assert_eq!(i64::from(reading.version), expected["version"].as_i64().unwrap(), "{name}");
    assert_eq!(reading.partner_id, field("partnerId"), "{name}");
    assert_eq!(reading.session_id_hash(), field("sessionIdHash"), "{name}");
    let contents = reading.contents.unwrap_or_else(|| panic!("{name}: {:?}", reading.verdict));
    let is_over = contents.expires_at.as_deref() == Some("1600000000");
    assert_eq!(reading.verdict, if is_over { Verdict::Expired } else { Verdict::Valid }, "{name}");
    assert_eq!(contents.expires_at, field("expiry"), "{name}");
    assert_eq!(contents.session_type, field("type"), "{name}");
    assert_eq!(contents.rand, field("rand"), "{name}");
    assert_eq!(contents.user_id, field("user"), "{name}");
    assert_eq!(contents.privileges, field("privileges"), "{name}");
    assert_eq!(contents.master_partner_id, field("masterPartnerId"), "{name}");
    assert_eq!(contents.additional_data, field("additionalData"), "{name}");
    assert_eq!(Some(contents.hash.clone()), field("hash"), "{name}");
    assert_eq!(contents.is_admin(), expected["isAdmin"].as_bool().unwrap(), "{name}");
    assert_eq!(contents.is_widget_session(), expected["isWidgetSession"].as_bool().unwrap(), "{name}");
    assert_eq!(contents.is_anonymous(), expected["isAnonymous"].as_bool().unwrap(), "{name}");
    let privileges: serde_json::Map<_, _> = contents
        .parsed_privileges
        .iter()
        .map(|(name, values)| (name.to_owned(), Json::from(values.to_vec())))
        .collect();
    assert_eq!(Json::from(privileges), expected["parsedPrivileges"], "{name}");
}

#[test]
fn what_the_server_signs_is_signed_byte_for_byte_and_read() {
    let vectors = vectors();
    let cases = vectors["generate"].as_array().unwrap();
    assert_eq!(cases.len(), 17);
    for case in cases {
        let (name, secret) = (case["name"].as_str().unwrap(), case["secret"].as_str().unwrap());
        let ks = if case["version"] == 2 {
            let hex = case["randomHex"].as_str().unwrap();
            let rand = std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap());
            if let Some(seed) = case["phpSrandSeed"].as_u64() {
                assert_eq!(php::seeded_random_block(u32::try_from(seed).unwrap()), rand, "{name}");
            }
            sign_v2(secret, &fields(case), rand)
        } else {
            sign_v1(secret, &fields(case), case["randField"].as_str().unwrap())
        };
        assert_eq!(&*ks, case["ks"].as_str().unwrap(), "{name}");
        assert_read(&ks, &[secret], &case["parsed"], name);
    }
}

#[test]
fn what_the_server_reads_is_read_and_what_it_refuses_has_a_verdict() {
    let vectors = vectors();
    let cases = vectors["parse"].as_array().unwrap();
    assert_eq!(cases.len(), 25);
    for case in cases {
        let (name, ks) = (case["name"].as_str().unwrap(), case["ks"].as_str().unwrap());
        let secrets: Vec<&str> = case["secret"].as_str().map(|list| list.split(',').collect()).unwrap_or_default();
        if case["result"]["ok"] == true {
            assert_read(ks, &secrets, &case["result"], name);
            continue;
        }
        let verdict = match name {
            "v2 no secret known" => Verdict::Unverified,
            "v2 wrong secret" | "v1 wrong secret" => Verdict::WrongSecret,
            "v2 one ciphertext bit flipped" | "v2 ciphertext not a multiple of 16" | "v2 empty ciphertext" => {
                Verdict::Tampered
            }
            "v1 upper-case signature" => Verdict::Tampered,
            "v2 array-valued field" => Verdict::Malformed,
            "v2 upper-case V2 marker" | "v1 no pipe" => Verdict::UnknownVersion,
            // There is no text in it that could tell.
            "v2 random block ending in NUL and no fields" => Verdict::WrongSecret,
            _ => Verdict::BadEncoding,
        };
        assert_eq!(read(ks, &secrets, NOW).verdict, verdict, "{name}");
    }
}

#[test]
fn without_a_secret_version_1_shows_everything_and_version_2_its_partner() {
    let one = read(&sign(1, SECRET, &some_fields()).unwrap(), &[], NOW);
    let contents = one.contents.unwrap();
    assert_eq!((one.verdict, one.version, one.partner_id.as_deref()), (Verdict::Unverified, 1, Some("101")));
    assert_eq!((contents.user_id.as_deref(), contents.expires_at.as_deref()), (Some("ann"), Some("1893456000")));
    let two = read(&sign(2, SECRET, &some_fields()).unwrap(), &[], NOW);
    assert_eq!((two.verdict, two.version, two.partner_id.as_deref()), (Verdict::Unverified, 2, Some("101")));
    assert!(two.contents.is_none());
}

#[test]
fn any_of_several_secrets_opens_it_and_is_named() {
    for version in [1, 2] {
        let ks = sign(version, SECRET, &some_fields()).unwrap();
        let reading = read(&ks, &[OTHER_SECRET, SECRET], NOW);
        assert_eq!((reading.verdict, reading.secret_index), (Verdict::Valid, Some(1)));
        assert_eq!(read(&ks, &[OTHER_SECRET], NOW).verdict, Verdict::WrongSecret);
    }
}

#[test]
fn it_is_over_at_the_second_that_it_names() {
    for version in [1, 2] {
        let ks = sign(version, SECRET, &some_fields()).unwrap();
        assert_eq!(read(&ks, &[SECRET], 1_893_455_999).verdict, Verdict::Valid);
        assert_eq!(read(&ks, &[SECRET], 1_893_456_000).verdict, Verdict::Expired);
    }
}

/// Whichever byte of the cipher is changed: the secret is the right one, and that is seen.
#[test]
fn every_change_of_a_byte_of_version_2_is_seen_as_one() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE;
    let plain = URL_SAFE.decode(&*sign(2, SECRET, &some_fields()).unwrap()).unwrap();
    for at in "v2|101|".len()..plain.len() {
        let mut changed = plain.clone();
        changed[at] ^= 0x11;
        assert_eq!(read(&URL_SAFE.encode(changed), &[OTHER_SECRET, SECRET], NOW).verdict, Verdict::Tampered, "{at}");
    }
}

/// The whole of it: a signature that begins like the right one is none.
#[test]
fn every_change_of_a_byte_of_the_signature_is_seen() {
    use aes::cipher::block_padding::NoPadding;
    use aes::cipher::{BlockEncryptMut as _, KeyIvInit as _};
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    let fields = b"list=%2A&_e=1893456000&_t=0&_u=ann";
    let signed = [&[7; 16][..], fields].concat();
    for at in 0..20 {
        let mut hash = Sha1::digest(&signed).to_vec();
        hash[at] ^= 1;
        let mut text = [hash, signed.clone()].concat();
        text.resize(text.len().next_multiple_of(16), 0);
        let length = text.len();
        let cipher = Encryptor::new((&*key(SECRET)).into(), &VECTOR.into());
        let encrypted = cipher.encrypt_padded_mut::<NoPadding>(&mut text, length).unwrap();
        let ks = URL_SAFE.encode([b"v2|101|", encrypted].concat());
        assert_eq!(read(&ks, &[SECRET], NOW).verdict, Verdict::Tampered, "{at}");
    }
    let one = STANDARD.decode(&*sign(1, SECRET, &some_fields()).unwrap()).unwrap();
    for at in 0..40 {
        let mut changed = one.clone();
        changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
        assert_eq!(read(&STANDARD.encode(changed), &[SECRET], NOW).verdict, Verdict::WrongSecret, "{at}");
    }
}

#[test]
fn what_does_not_begin_with_forty_digits_is_of_no_version() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let digits = "0".repeat(40);
    let verdict = |begin: &str| read(&STANDARD.encode(format!("{begin}|101;101;1893456000")), &[SECRET], NOW).verdict;
    assert_eq!(verdict(&digits), Verdict::WrongSecret);
    assert_eq!(verdict(&digits[1..]), Verdict::UnknownVersion);
    assert_eq!(verdict(&format!("{digits}0")), Verdict::UnknownVersion);
    assert_eq!(verdict(&format!("g{}", &digits[1..])), Verdict::UnknownVersion);
}

#[test]
fn padding_may_be_absent_but_not_wrong() {
    let verdict = |text: &str| read(text, &[SECRET], NOW).verdict;
    let ks = sign(2, SECRET, &some_fields()).unwrap();
    let bare = ks.trim_end_matches('=');
    let padding = &ks[bare.len()..];
    assert!(!padding.is_empty(), "or this shows nothing");
    assert_eq!(verdict(bare), Verdict::Valid);
    for count in 1..=2 {
        let is_right = (bare.len() + count).is_multiple_of(4);
        let expected = if is_right { Verdict::Valid } else { Verdict::BadEncoding };
        assert_eq!(verdict(&format!("{bare}{}", "=".repeat(count))), expected, "{count}");
    }
    assert_eq!(verdict(&format!("{bare}{padding}=")), Verdict::BadEncoding);
    assert_eq!(verdict(&format!("{bare}{padding}====")), Verdict::BadEncoding);
    assert_eq!(verdict(&format!("{bare}{padding}AAAA")), Verdict::BadEncoding);
    // "0", which PHP takes for nothing.
    assert_eq!(verdict("MA=="), Verdict::BadEncoding);
}

/// As PHP compares a text with a number: as numbers if it is one, else as texts.
#[test]
fn an_end_that_is_no_number_is_compared_as_text() {
    let verdict = |query: &str| {
        let ks = seal_v2(SECRET, "101", [7; 16], query.as_bytes());
        read(&ks, &[SECRET], NOW).verdict
    };
    assert_eq!(verdict("_e=1893456000&_t=0"), Verdict::Valid);
    assert_eq!(verdict("_e=abc&_t=0"), Verdict::Valid);
    assert_eq!(verdict("_e=%2Babc&_t=0"), Verdict::Expired);
    assert_eq!(verdict("_e=&_t=0"), Verdict::Expired);
    assert_eq!(verdict("_t=0"), Verdict::Expired);
}

#[test]
fn every_type_from_one_on_is_an_administrators() {
    for (number, is_admin) in [("0", false), ("1", true), ("2", true), ("-1", false), ("", false)] {
        let ks = seal_v2(SECRET, "101", [7; 16], format!("_e=1893456000&_t={number}").as_bytes());
        assert_eq!(read(&ks, &[SECRET], NOW).contents.unwrap().is_admin(), is_admin, "{number}");
    }
}

#[test]
fn all_privileges_are_signed_as_the_server_signs_them_and_zero_is_none() {
    let fields = |privileges: &str| Fields { privileges: privileges.into(), ..some_fields() };
    let ks = sign(2, SECRET, &fields("*")).unwrap();
    let contents = read(&ks, &[SECRET], NOW).contents.unwrap();
    assert_eq!(contents.parsed_privileges.values("all"), Some(&["*".to_owned()][..]));
    // PHP takes the text for nothing, and the privilege is lost.
    assert_eq!(sign(2, SECRET, &fields("0")).unwrap_err().option, Some("privileges"));
}

#[test]
fn two_ks_of_the_same_fields_differ_but_those_for_downloads_do_not() {
    let plain = some_fields();
    assert_ne!(sign(2, SECRET, &plain).unwrap(), sign(2, SECRET, &plain).unwrap());
    let download = |expires_at_seconds| {
        sign(2, SECRET, &Fields { expires_at_seconds, privileges: "downloadasset:0_flv1".into(), ..some_fields() })
    };
    assert_eq!(download(1_893_455_701).unwrap(), download(1_893_456_000).unwrap());
    assert_ne!(download(1_893_455_700).unwrap(), download(1_893_456_000).unwrap());
    let user = Fields { user_id: Some("u".into()), privileges: "downloadasset:0_flv1".into(), ..some_fields() };
    let of_server = vectors();
    let of_server =
        of_server["generate"].as_array().unwrap().iter().find(|case| case["privileges"] == "downloadasset:0_flv1");
    assert_eq!(&*sign(2, SECRET, &user).unwrap(), of_server.unwrap()["ks"].as_str().unwrap());
}

#[test]
fn what_the_server_would_read_otherwise_is_not_signed() {
    let refused = |version, change: fn(&mut Fields)| {
        let mut fields = some_fields();
        change(&mut fields);
        let error = sign(version, SECRET, &fields).map(|_| ()).unwrap_err();
        assert_eq!(error.status, Status::InvalidArgument);
        assert!(!error.hint.is_empty());
        error.option.unwrap()
    };
    assert_eq!(refused(1, |fields| fields.user_id = Some("evil;*;x".into())), "user_id");
    assert_eq!(refused(1, |fields| fields.privileges = "list:*;101".into()), "privileges");
    assert_eq!(refused(2, |fields| fields.privileges = "_u:evil".into()), "privileges");
    assert_eq!(refused(2, |fields| fields.privileges = "_m:102".into()), "privileges");
    assert_eq!(refused(2, |fields| fields.privileges = "my.priv:1".into()), "privileges");
    assert_eq!(refused(2, |fields| fields.privileges = "a[b]:1".into()), "privileges");
    assert_eq!(refused(2, |fields| fields.partner_id = 0), "partner_id");
    assert_eq!(refused(3, |_| {}), "version");
    for secret in ["", "a b", "a\n"] {
        assert_eq!(sign(2, secret, &some_fields()).unwrap_err().option, Some("secret"));
    }
}

#[test]
fn privileges_are_tidied_before_they_are_signed() {
    for version in [1, 2] {
        let privileges = |list: &str| {
            let fields = Fields { privileges: list.into(), ..some_fields() };
            read(&sign(version, SECRET, &fields).unwrap(), &[SECRET], NOW).contents.unwrap().privileges.unwrap()
        };
        assert_eq!(privileges("setrole:1, setrole:2 ,list:*"), "setrole:1/2,list:*");
        assert_eq!(privileges("*"), "*");
        assert_eq!(privileges(""), "");
    }
}

#[test]
fn debug_output_shows_neither_user_nor_secret() {
    let ks = sign(2, SECRET, &some_fields()).unwrap();
    let shown = format!("{ks:?} {:?} {:?}", some_fields(), read(&ks, &[SECRET], NOW));
    assert!(!shown.contains("ann") && !shown.contains("djJ8"), "{shown}");
}
