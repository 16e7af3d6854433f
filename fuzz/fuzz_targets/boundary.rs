//! The C boundary as a sequence of calls: each byte of the input a call or an argument, handles NULL, living or just
//! freed-and-nulled, texts of any bytes. No call that uses the network.
#![no_main]

use std::ffi::{CStr, CString, c_char, c_void};
use std::process::abort;
use std::ptr::{self, null_mut};
use std::sync::Once;

use ::kaltura_session::ffi::cancellation::*;
use ::kaltura_session::ffi::connection::*;
use ::kaltura_session::ffi::error::*;
use ::kaltura_session::ffi::flow::*;
use ::kaltura_session::ffi::library::*;
use ::kaltura_session::ffi::log::*;
use ::kaltura_session::ffi::options::*;
use ::kaltura_session::ffi::provider::*;
use ::kaltura_session::ffi::session::*;
use ::kaltura_session::ffi::store::*;
use arbitrary::{Arbitrary, Result, Unstructured};
use kaltura_session_fuzz::WIDGET_REPLY;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    catch_panics_of_the_library();
    let mut host = Host::default();
    let input = &mut Unstructured::new(data);
    while host.call(input).is_ok() && !input.is_empty() {}
});

/// All that a host holds; a NULL is as good as a handle.
struct Host {
    options: *mut kaltura_options,
    flow: *mut kaltura_flow,
    provider: *mut kaltura_provider,
    cancellation: *mut kaltura_cancellation,
    session: *mut kaltura_session,
    error: *mut kaltura_error,
    memory: Vec<u8>,
}

impl Default for Host {
    fn default() -> Self {
        Host {
            options: null_mut(),
            flow: null_mut(),
            provider: null_mut(),
            cancellation: null_mut(),
            session: null_mut(),
            error: null_mut(),
            memory: Vec::new(),
        }
    }
}

/// The host gives back what it holds.
impl Drop for Host {
    fn drop(&mut self) {
        unsafe {
            kaltura_options_free(owned(&mut self.options));
            kaltura_flow_free(owned(&mut self.flow));
            kaltura_provider_free(std::mem::replace(&mut self.provider, null_mut()));
            kaltura_cancellation_free(owned(&mut self.cancellation));
            kaltura_session_free(self.session);
            kaltura_error_free(self.error);
        }
    }
}

const REPLIES: [&str; 5] = [
    WIDGET_REPLY,
    r#"{"ks":"djF8a3M","expiry":4000000000,"userId":"u","partnerId":101,"sessionType":2,"privileges":"a\u0000b"}"#,
    r#"{"objectType":"KalturaAPIException","code":"INVALID_APP_TOKEN_HASH","message":"m\u0000","args":{"A":"1"}}"#,
    r#"{"objectType":"KalturaAPIException","code":"INTERNAL_SERVERL_ERROR","message":"m","args":[]}"#,
    "",
];

impl Host {
    #[rustfmt::skip] // one call on a line
    fn call(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        unsafe {
            let options = self.options.as_mut();
            match input.int_in_range(0..=41)? {
                0 => {
                    kaltura_options_free(owned(&mut self.options));
                    let id = Text::arbitrary(input)?;
                    self.options = kaltura_options_new(i64::arbitrary(input)?, id.get(), Text::arbitrary(input)?.get());
                }
                1 => {
                    kaltura_options_free(owned(&mut self.options));
                    self.options = kaltura_options_new(101, c"0_ab12cd34".as_ptr(), c"00112233445566778899aabbccddeeff".as_ptr());
                }
                2 => kaltura_options_set_service_url(options, Text::arbitrary(input)?.get()),
                3 => kaltura_options_set_allow_http(options, i32::arbitrary(input)?),
                4 => kaltura_options_set_hash_type(options, i32::arbitrary(input)?),
                5 => kaltura_options_set_user_id(options, Text::arbitrary(input)?.get()),
                6 => kaltura_options_set_session_type(options, i32::arbitrary(input)?),
                7 => kaltura_options_set_expiry_seconds(options, i64::arbitrary(input)?),
                8 => kaltura_options_set_privileges(options, Text::arbitrary(input)?.get()),
                9 => kaltura_options_set_widget_id(options, Text::arbitrary(input)?.get()),
                10 => kaltura_options_set_widget_expiry_seconds(options, i64::arbitrary(input)?),
                11 => kaltura_options_set_client_tag(options, Text::arbitrary(input)?.get()),
                12 => kaltura_options_set_total_timeout_ms(options, i64::arbitrary(input)?),
                13 => kaltura_options_set_max_attempts(options, i32::arbitrary(input)?),
                14 => kaltura_options_set_connect_timeout_ms(options, i64::arbitrary(input)?),
                15 => kaltura_options_set_proxy_url(options, Text::arbitrary(input)?.get()),
                16 => kaltura_options_set_trust(options, i32::arbitrary(input)?),
                17 => kaltura_options_add_ca_pem(options, Text::arbitrary(input)?.get()),
                18 => kaltura_options_add_pin_spki_sha256(options, Text::arbitrary(input)?.get()),
                19 => kaltura_options_set_refresh_windows_seconds(options, i64::arbitrary(input)?, i64::arbitrary(input)?),
                20 => {
                    let user_data = Box::into_raw(Box::new(0u64)).cast();
                    kaltura_options_set_log(options, i32::arbitrary(input)?, Some(log), user_data, Some(destroy));
                }
                21 => {
                    kaltura_flow_free(owned(&mut self.flow));
                    let error = self.error_place();
                    self.flow = kaltura_flow_new(self.options.as_ref(), error);
                }
                22..=24 => {
                    let action = kaltura_flow_step(self.flow.as_mut());
                    assert!((1..=5).contains(&action));
                    let flow = self.flow.as_ref();
                    let body = CStr::from_ptr(kaltura_flow_body(flow)).to_bytes().len();
                    assert_eq!(body, kaltura_flow_body_length(flow));
                    assert!(kaltura_flow_wait_ms(flow) >= 0 && kaltura_flow_timeout_ms(flow) >= 0);
                    for text in [kaltura_flow_url(flow), kaltura_flow_widget_ks(flow)] {
                        look_at(text);
                    }
                }
                25..=26 => {
                    let (any, which) = (Text::arbitrary(input)?, usize::from(u8::arbitrary(input)?));
                    let body = REPLIES.get(which).map_or(any.bytes(), |reply| reply.as_bytes());
                    let http_status = if bool::arbitrary(input)? { 200 } else { i32::arbitrary(input)? };
                    let body_pointer = if body.is_empty() { ptr::null() } else { body.as_ptr() };
                    kaltura_flow_reply(self.flow.as_mut(), http_status, body_pointer, body.len());
                }
                27 => {
                    let name = Text::arbitrary(input)?;
                    kaltura_flow_add_header(self.flow.as_mut(), name.get(), Text::arbitrary(input)?.get());
                }
                28 => { kaltura_flow_fail(self.flow.as_mut(), i32::from(i8::arbitrary(input)?), Text::arbitrary(input)?.get()); }
                29 => { kaltura_flow_set_token_hash(self.flow.as_mut(), Text::arbitrary(input)?.get()); }
                30 => self.take_session(),
                31 => {
                    kaltura_error_free(self.error);
                    self.error = kaltura_flow_take_error(self.flow.as_mut());
                }
                32 => {
                    self.memory = vec![0; kaltura_flow_memory(self.flow.as_ref(), null_mut(), 0) + 8];
                    let capacity = self.memory.len();
                    let length = kaltura_flow_memory(self.flow.as_ref(), self.memory.as_mut_ptr(), capacity);
                    self.memory.truncate(length);
                }
                33 => {
                    if let Some(byte) = self.memory.get_mut(usize::from(u16::arbitrary(input)?)) {
                        *byte ^= u8::arbitrary(input)?;
                    }
                    kaltura_flow_set_memory(self.flow.as_mut(), self.memory.as_ptr(), self.memory.len());
                }
                34 => look_at_session(self.session),
                35 => look_at_error(self.error, input)?,
                36 => {
                    let copy = kaltura_session_retain(self.session);
                    kaltura_session_free(std::mem::replace(&mut self.session, copy));
                    let copy = kaltura_error_retain(self.error);
                    kaltura_error_free(std::mem::replace(&mut self.error, copy));
                }
                37 => {
                    kaltura_cancellation_free(owned(&mut self.cancellation));
                    self.cancellation = kaltura_cancellation_new();
                }
                38 => kaltura_cancellation_cancel(self.cancellation),
                39 => {
                    kaltura_provider_free(std::mem::replace(&mut self.provider, null_mut()));
                    let error = self.error_place();
                    self.provider = kaltura_provider_new(self.options.as_ref(), error);
                }
                40 => self.call_provider(input)?,
                _ => {
                    look_at(kaltura_version());
                    look_at(kaltura_status_name(i32::arbitrary(input)?));
                    kaltura_has_feature(Text::arbitrary(input)?.get());
                }
            }
        }
        Ok(())
    }

    unsafe fn call_provider(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        unsafe {
            let provider = self.provider;
            match input.int_in_range(0..=6)? {
                0 => kaltura_session_free(kaltura_provider_peek(provider)),
                1 => kaltura_provider_invalidate(provider, Text::arbitrary(input)?.get()),
                2 => {
                    let (ks, code) = (Text::arbitrary(input)?, Text::arbitrary(input)?);
                    kaltura_provider_report_error(provider, ks.get(), code.get(), Text::arbitrary(input)?.get());
                }
                3 => {
                    let user_id = Text::arbitrary(input)?;
                    let error = self.error_place();
                    kaltura_provider_set_user_id(self.provider, user_id.get(), error);
                }
                4 => kaltura_provider_shutdown(provider),
                5 => look_at(kaltura_provider_service_url(provider)),
                _ => assert!(kaltura_provider_partner_id(provider) >= 0),
            }
        }
        Ok(())
    }

    fn error_place(&mut self) -> *mut *mut kaltura_error {
        unsafe { kaltura_error_free(self.error) };
        // As in C: the place need not be initialised.
        self.error = ptr::dangling_mut();
        &raw mut self.error
    }

    unsafe fn take_session(&mut self) {
        unsafe {
            kaltura_session_free(self.session);
            self.session = kaltura_flow_take_session(self.flow.as_mut());
        }
    }
}

/// A C string of any bytes, or NULL.
struct Text(Option<CString>);

impl<'a> Arbitrary<'a> for Text {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let length = usize::from(u8::arbitrary(input)?);
        if length == 255 {
            return Ok(Text(None));
        }
        let bytes = input.bytes(length.min(input.len()))?;
        let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
        Ok(Text(CString::new(&bytes[..end]).ok()))
    }
}

impl Text {
    fn get(&self) -> *const c_char {
        self.0.as_ref().map_or(ptr::null(), |text| text.as_ptr())
    }

    fn bytes(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], |text| text.as_bytes())
    }
}

unsafe fn owned<T>(handle: &mut *mut T) -> Option<Box<T>> {
    let handle = std::mem::replace(handle, null_mut());
    (!handle.is_null()).then(|| unsafe { Box::from_raw(handle) })
}

/// Valid UTF-8 wherever a string comes out.
fn look_at(text: *const c_char) {
    if !text.is_null() {
        unsafe { CStr::from_ptr(text) }.to_str().unwrap();
    }
}

unsafe fn look_at_session(session: *const kaltura_session) {
    let session = unsafe { session.as_ref() };
    look_at(kaltura_session_ks(session));
    look_at(kaltura_session_user_id(session));
    look_at(kaltura_session_privileges(session));
    look_at(kaltura_session_dropped_privileges(session));
    assert!(kaltura_session_remaining_ms(session) >= 0);
}

unsafe fn look_at_error(error: *const kaltura_error, input: &mut Unstructured<'_>) -> Result<()> {
    let handle = unsafe { error.as_ref() };
    assert_ne!(kaltura_error_status(handle), 99, "a panic");
    for text in [
        kaltura_error_message(handle),
        kaltura_error_hint(handle),
        kaltura_error_option(handle),
        kaltura_error_api_code(handle),
        kaltura_error_api_message(handle),
        kaltura_error_api_arg_name(handle, usize::from(u8::arbitrary(input)?)),
        unsafe { kaltura_error_api_arg(handle, Text::arbitrary(input)?.get()) },
        kaltura_error_server_session(handle),
        kaltura_error_server_host(handle),
    ] {
        look_at(text);
    }
    Ok(())
}

unsafe extern "C" fn log(user_data: *mut c_void, _level: i32, line: *const c_char) {
    look_at(line);
    unsafe { *user_data.cast::<u64>() += 1 };
}

/// Frees what a callback counted in: once too often, and AddressSanitizer sees it.
unsafe extern "C" fn destroy(user_data: *mut c_void) {
    drop(unsafe { Box::from_raw(user_data.cast::<u64>()) });
}

/// The boundary turns panics into statuses, and says nothing: here they are findings.
fn catch_panics_of_the_library() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // The library puts its own hook in at the first call.
        kaltura_cancellation_free(None);
        std::panic::set_hook(Box::new(|info| {
            eprintln!("{info}");
            abort();
        }));
    });
}
