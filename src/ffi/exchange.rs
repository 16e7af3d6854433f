//! Section "Host-carried HTTP: a transport for sessions and providers".

use std::ffi::{CString, c_char, c_void};
use std::sync::Arc;

use super::convert::{self, SecretCString, Text, UserData};
use super::error::kaltura_status;
use super::guard::guard_value;
use super::hashing::kaltura_cancel_fn;
use super::options::{kaltura_destroy_fn, kaltura_options, set};
use crate::hints;
use crate::status::Status;
use crate::transport::{Exchange, TransportCallback};

/// A request that waits for its reply. It may outlive the call, the provider and its time limit.
pub struct kaltura_exchange {
    exchange: Exchange,
    url: CString,
    body: SecretCString,
}

/// Is given a request to send, on a thread of the library's.
///
/// It takes `exchange` over: answer with kaltura_exchange_reply() or kaltura_exchange_fail(), at once or later, from
/// any thread, then free it. It may be called again before it returned, on another thread. It may block: a call that
/// waits for the answer ends in time all the same.
pub type kaltura_send_fn = Option<unsafe extern "C" fn(user_data: *mut c_void, exchange: *mut kaltura_exchange)>;

/// Has the host carry the requests of sessions and providers over its own network stack: its proxy, its certificates,
/// its metrics. What is set about how the server is reached, connect timeout, proxy and trust, is the host's then.
///
/// Each is a POST with `Content-Type: application/json` to the byte: with a charset behind it the server ignores the
/// body. Follow no redirects; use no cookies and no cache.
///
/// @param options    NULL does nothing but destroy `user_data`
/// @param callback   is given each request; not NULL
/// @param user_data  passed to `callback`, never looked at
/// @param destroy    called with `user_data` when the options and everything made from them are gone, or when this
///                   setter replaces it; NULL for nothing
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_options_set_transport(
    options: Option<&mut kaltura_options>,
    callback: kaltura_send_fn,
    user_data: *mut c_void,
    destroy: kaltura_destroy_fn,
) {
    let user_data = UserData::new(user_data, destroy);
    set(options, move |options| match callback {
        Some(callback) => options.set_transport(TransportCallback::new(move |exchange| {
            let (url, body) = (convert::c_string(exchange.url()), SecretCString::new(exchange.body()));
            let handle = Box::into_raw(Box::new(kaltura_exchange { exchange, url, body }));
            // SAFETY: the host gave the function for this user data, and takes the handle over.
            unsafe { callback(user_data.pointer(), handle) };
        })),
        None => options.refuse("transport", "the callback is NULL", hints::CALLBACK),
    });
}

/// Where the request goes; it holds no secret.
///
/// @param exchange  NULL is fine
/// @return an absolute URL, ASCII; a string of the exchange's; "" for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_exchange_url(exchange: Option<&kaltura_exchange>) -> *const c_char {
    exchange.map_or(c"".as_ptr(), |exchange| exchange.url.as_ptr())
}

/// What is sent: JSON in UTF-8, with secrets inside.
///
/// @param exchange  NULL is fine
/// @return a string of the exchange's, wiped with it; "" for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_exchange_body(exchange: Option<&kaltura_exchange>) -> *const c_char {
    exchange.map_or(c"".as_ptr(), |exchange| exchange.body.as_ptr())
}

/// The length of what is sent.
///
/// @param exchange  NULL is fine
/// @return bytes, without the NUL; 0 for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_exchange_body_length(exchange: Option<&kaltura_exchange>) -> usize {
    exchange.map_or(0, |exchange| exchange.exchange.body().len())
}

/// How long the reply is still waited for: the time limit for the host's request.
///
/// @param exchange  NULL is fine
/// @return milliseconds; 0 when it is too late, and for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_exchange_timeout_ms(exchange: Option<&kaltura_exchange>) -> i64 {
    guard_value(0, || exchange.map_or(0, |exchange| i64::try_from(exchange.exchange.timeout_ms()).unwrap_or(i64::MAX)))
}

/// Whether nobody waits for the reply any more.
///
/// @param exchange  NULL is fine
/// @return 1 if so, and for NULL; else 0
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_exchange_is_cancelled(exchange: Option<&kaltura_exchange>) -> i32 {
    guard_value(1, || exchange.is_none_or(|exchange| exchange.exchange.is_cancelled()).into())
}

/// Has a function called when nobody waits for the reply any more, at once if it is so already; so that the host can
/// give its request up.
///
/// @param exchange   NULL does nothing but destroy `user_data`
/// @param callback   called at most once, on any thread; NULL does nothing
/// @param user_data  passed to `callback`, never looked at
/// @param destroy    called with `user_data` exactly once, after `callback` if that is called; NULL for nothing
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_exchange_on_cancel(
    exchange: Option<&kaltura_exchange>,
    callback: kaltura_cancel_fn,
    user_data: *mut c_void,
    destroy: kaltura_destroy_fn,
) {
    let user_data = UserData::new(user_data, destroy);
    guard_value((), move || {
        if let (Some(exchange), Some(callback)) = (exchange, callback) {
            // The user data lives as long as the hook.
            let user_data = Arc::new(user_data);
            exchange.exchange.on_cancel(move || {
                // SAFETY: the host gave the function for this user data.
                unsafe { callback(user_data.pointer()) };
            });
        }
    });
}

/// Passes a header of the reply on, before kaltura_exchange_reply(). Those that mean something are Date, Age,
/// Retry-After, Location, X-Kaltura, X-Kaltura-App, X-Kaltura-Session, X-Kaltura-API-Access-Control and X-Me; all
/// others are let go.
/// Without Date and X-Kaltura-Session the life of the session depends on the device's date.
///
/// @param exchange  NULL does nothing
/// @param name      in any case; copied; NULL does nothing
/// @param value     copied; NULL does nothing
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_exchange_add_header(
    exchange: Option<&kaltura_exchange>,
    name: *const c_char,
    value: *const c_char,
) {
    guard_value((), || {
        // SAFETY: a string or NULL, by the contract of this call.
        let name = unsafe { Text::new(name) };
        // SAFETY: as above.
        let value = unsafe { Text::new(value) };
        if let (Some(exchange), Text::Is(name), Text::Is(value)) = (exchange, name, value) {
            exchange.exchange.add_header(name, value);
        }
    });
}

/// Answers with an HTTP reply, whatever its status. Only the first answer counts; later and late ones do nothing.
///
/// @param exchange     NULL does nothing
/// @param http_status  100 to 599; any other number is KALTURA_STATUS_HTTP_STATUS
/// @param body         the body as it came, decompressed if it was compressed; any bytes; copied; NULL for none
/// @param length       how many bytes; beyond 64 KiB it is KALTURA_STATUS_REPLY_TOO_LARGE
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_exchange_reply(
    exchange: Option<&kaltura_exchange>,
    http_status: i32,
    body: *const u8,
    length: usize,
) {
    guard_value((), || {
        // SAFETY: so many bytes or NULL, by the contract of this call.
        let body = unsafe { convert::bytes(body, length) };
        if let Some(exchange) = exchange {
            exchange.exchange.reply(convert::http_status(http_status), convert::reply_body(body));
        }
    });
}

/// Says that there will be no reply. Only the first answer counts; later and late ones do nothing.
///
/// @param exchange  NULL does nothing
/// @param status    a KALTURA_STATUS value from KALTURA_STATUS_DNS to KALTURA_STATUS_TIMEOUT, or
///                  KALTURA_STATUS_REPLY_TOO_LARGE, KALTURA_STATUS_CANCELLED, or KALTURA_STATUS_BAD_REPLY for what
///                  is no HTTP; any other number counts as KALTURA_STATUS_CONNECTION_LOST
/// @param message   what happened, in one line, for the error's message; copied; NULL is fine
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_exchange_fail(
    exchange: Option<&kaltura_exchange>,
    status: kaltura_status,
    message: *const c_char,
) {
    guard_value((), || {
        // SAFETY: a string or NULL, by the contract of this call.
        let message = unsafe { Text::new(message) };
        if let Some(exchange) = exchange {
            exchange
                .exchange
                .fail(Status::from_number(status), if let Text::Is(message) = message { message } else { "" });
        }
    });
}

/// Frees an exchange, once. Unanswered, its connection was lost.
///
/// @param exchange  NULL is fine
///
/// Threads: any, but not beside another call with the same exchange.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_exchange_free(exchange: Option<Box<kaltura_exchange>>) {
    guard_value((), || drop(exchange));
}
