//! Any text in any option, and what is sent if it is taken: a byte names the option, the rest is the value.
#![no_main]

use std::net::IpAddr;
use std::sync::Arc;

use kaltura_session::{Action, Flow, Jitter, Memory, Options, Status};
use kaltura_session_fuzz::{APP_TOKEN, APP_TOKEN_ID, PARTNER_ID, check_error, now, options};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [option, value @ ..] = data else { return };
    let Ok(value) = std::str::from_utf8(value) else { return };
    let mut options = match option % 11 {
        0 => Options::new(PARTNER_ID, value, Some(APP_TOKEN)),
        1 => Options::new(PARTNER_ID, APP_TOKEN_ID, Some(value)),
        _ => options(),
    };
    options.set_allow_http(option & 128 != 0);
    match option % 11 {
        2 => options.set_service_url(Some(value)),
        3 => options.set_user_id(Some(value)),
        4 => options.set_privileges(Some(value)),
        5 => options.set_widget_id(Some(value)),
        6 => options.set_client_tag(Some(value)),
        7 => options.set_proxy_url(Some(value)),
        8 => options.add_ca_pem(value),
        9 => options.add_pin_spki_sha256(value),
        10 => {
            let number = value.parse().unwrap_or(i64::MAX);
            options.set_expiry_seconds(number);
            options.set_widget_expiry_seconds(number);
            options.set_total_timeout_ms(number);
        }
        _ => {}
    }
    match options.check() {
        Err(error) => {
            assert_eq!(error.status, Status::InvalidArgument);
            assert!(error.option.is_some() && !error.hint.is_empty());
            // A value is not told, for it may be a secret in the wrong place. One without digits may be part of any text.
            let (secret, digits) = ([value], value.bytes().filter(u8::is_ascii_digit).count());
            check_error(&error, if digits >= 8 { &secret } else { &[] });
        }
        Ok(settings) => {
            let mut flow = Flow::new(Arc::new(settings), Memory::default(), Jitter::lowest());
            let Action::Send(request) = flow.step(now()) else { panic!("the widget call") };
            serde_json::from_str::<serde_json::Value>(&request.body).unwrap();
            let is_https = request.url.starts_with("https://");
            assert!(is_https || options_allow(option, &request.url), "{}", request.url);
            assert!(request.url.ends_with("/api_v3/service/session/action/startWidgetSession"));
            assert!(request.url.bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }
});

/// http goes to this machine, unless it was allowed.
fn options_allow(option: &u8, url: &str) -> bool {
    let authority = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    option & 128 != 0 || host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
