//! Section "Host-carried HTTP: a flow in steps".

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::Arc;

use super::convert::{self, SecretCString, Text, null_handle};
use super::error::{ErrorOut, kaltura_error, kaltura_status};
use super::guard::{bug, guard, guard_value};
use super::options::kaltura_options;
use super::session::kaltura_session;
#[cfg(feature = "admin")]
use crate::admin::AdminFlow;
use crate::blob;
use crate::clock::Moment;
use crate::error::Error;
use crate::exchange::{Failure, Reply, ReplyHeaders};
#[cfg(feature = "admin")]
use crate::flow::wrong_state;
use crate::flow::{Action, Flow};
use crate::jitter::Jitter;
use crate::memory::Memory;
use crate::options::Settings;
use crate::secret::Zeroizing;
use crate::session::Session;
use crate::status::{Status, Step};
use crate::transport::host_failure;

/// The flow from app token to session, in steps that the host takes: no socket, no thread, no callback but the log's.
///
/// Step, do what the step says, tell the flow what came of it, step again:
///
///   SEND    POST kaltura_flow_body() to kaltura_flow_url(), with `Content-Type: application/json` to the byte, within
///           kaltura_flow_timeout_ms(); no redirects, no cookies, no cache. Then kaltura_flow_add_header() for each
///           header of the reply and kaltura_flow_reply(), or kaltura_flow_fail().
///   HASH    Only if the options have no app token: have kaltura_flow_widget_ks() hashed. Then
///           kaltura_flow_set_token_hash(), or kaltura_flow_fail().
///   WAIT    Nothing, for kaltura_flow_wait_ms().
///   DONE    kaltura_flow_take_session().
///   FAILED  kaltura_flow_take_error().
///
/// What is sent, how often, with which hash type, and what becomes of it, is as with kaltura_start_session(). The total
/// timeout begins with the first step. A call that does not fit leaves the flow as it was, and answers 0 or FAILED with
/// KALTURA_STATUS_WRONG_STATE.
pub struct kaltura_flow {
    machine: Machine,
    headers: ReplyHeaders,
    asks: Asks,
    session: Option<Arc<Session>>,
    error: Option<Arc<Error>>,
}

/// What is taken in steps.
enum Machine {
    Session {
        settings: Arc<Settings>,
        flow: Box<Flow>,
    },
    /// See `server/flow.rs`.
    #[cfg(feature = "admin")]
    Admin(AdminFlow),
}

/// What the last step asked for.
#[derive(Default)]
struct Asks {
    url: CString,
    body: Option<(SecretCString, usize)>,
    widget_ks: Option<SecretCString>,
    timeout_ms: u64,
    wait_ms: u64,
}

/// What a flow wants to have done. The set is closed.
#[repr(i32)]
pub enum FlowActionValue {
    /// Send a request.
    Send = 1,
    /// Have a widget KS hashed.
    Hash = 2,
    /// Wait.
    Wait = 3,
    /// Take the session.
    Done = 4,
    /// Take the error.
    Failed = 5,
}

/// The number of a [`FlowActionValue`].
pub type kaltura_flow_action = i32;

/// Makes a flow.
///
/// @param options     what the session shall be; not NULL; copied. Without an app token the flow asks for the token
///                    hash by a step. Not used: transport, token hash callback, store, and how the server is reached
/// @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the flow, for kaltura_flow_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_flow_new(
    options: Option<&kaltura_options>,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_flow {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        let options = options.ok_or_else(|| null_handle("options"))?;
        let settings = Arc::new(options.0.check_for_flow()?);
        let flow = Box::new(Flow::new(settings.clone(), Memory::default(), Jitter::seeded()));
        Ok(kaltura_flow::into_handle(Machine::Session { settings, flow }))
    })
}

/// Goes on.
///
/// @param flow  NULL is answered with KALTURA_FLOW_ACTION_FAILED
/// @return a KALTURA_FLOW_ACTION value: what to do next. Out of turn, as when a reply is owed, it is
///         KALTURA_FLOW_ACTION_FAILED with KALTURA_STATUS_WRONG_STATE
///
/// Threads: one call at a time with the same flow.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_flow_step(flow: Option<&mut kaltura_flow>) -> kaltura_flow_action {
    guard_flow(flow, FlowActionValue::Failed as i32, |handle| {
        let action = handle.machine.step();
        if !matches!(action, Action::Failed(_)) {
            // What was out of turn before is over.
            handle.error = None;
        }
        let value = match action {
            Action::Send(request) => {
                let body = (SecretCString::new(&request.body), request.body.len());
                handle.headers = ReplyHeaders::default();
                handle.asks = Asks {
                    url: convert::c_string(&request.url),
                    body: Some(body),
                    timeout_ms: request.limit_ms,
                    ..Asks::default()
                };
                FlowActionValue::Send
            }
            Action::Hash { widget_ks, limit_ms } => {
                let widget_ks = Some(SecretCString::new(&widget_ks));
                handle.asks = Asks { widget_ks, timeout_ms: limit_ms, ..Asks::default() };
                FlowActionValue::Hash
            }
            Action::Wait(wait_ms) => {
                handle.asks = Asks { wait_ms, ..Asks::default() };
                FlowActionValue::Wait
            }
            Action::Done(session) => {
                handle.asks = Asks::default();
                handle.session = Some(Arc::new(*session));
                FlowActionValue::Done
            }
            // Only an administrator's: those of sessions have one.
            Action::Ended => {
                handle.asks = Asks::default();
                FlowActionValue::Done
            }
            // Out of turn, what was asked for still is.
            Action::Failed(error) => {
                handle.note(*error);
                FlowActionValue::Failed
            }
        };
        value as i32
    })
}

/// Where the request goes; it holds no secret.
///
/// @param flow  NULL is fine
/// @return after SEND an absolute URL, ASCII; a string of the flow's, until the next call that changes it; else ""
///
/// Threads: one call at a time with the same flow.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_flow_url(flow: Option<&kaltura_flow>) -> *const c_char {
    flow.map_or(c"".as_ptr(), |flow| flow.asks.url.as_ptr())
}

/// What to send: JSON in UTF-8, with secrets inside.
///
/// @param flow  NULL is fine
/// @return after SEND a string of the flow's, until the next call that changes it; else ""
///
/// Threads: one call at a time with the same flow.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_flow_body(flow: Option<&kaltura_flow>) -> *const c_char {
    flow.and_then(|flow| flow.asks.body.as_ref()).map_or(c"".as_ptr(), |(body, _)| body.as_ptr())
}

/// The length of what to send.
///
/// @param flow  NULL is fine
/// @return after SEND bytes, without the NUL; else 0
///
/// Threads: one call at a time with the same flow.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_flow_body_length(flow: Option<&kaltura_flow>) -> usize {
    flow.and_then(|flow| flow.asks.body.as_ref()).map_or(0, |&(_, length)| length)
}

/// The time limit of what was asked for.
///
/// @param flow  NULL is fine
/// @return after SEND and HASH milliseconds from the step, at least 1; else 0
///
/// Threads: one call at a time with the same flow.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_flow_timeout_ms(flow: Option<&kaltura_flow>) -> i64 {
    flow.map_or(0, |flow| i64::try_from(flow.asks.timeout_ms).unwrap_or(i64::MAX))
}

/// How long to wait before the next step.
///
/// @param flow  NULL is fine
/// @return after WAIT milliseconds from the step, 0 or more; else 0
///
/// Threads: one call at a time with the same flow.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_flow_wait_ms(flow: Option<&kaltura_flow>) -> i64 {
    flow.map_or(0, |flow| i64::try_from(flow.asks.wait_ms).unwrap_or(i64::MAX))
}

/// The KS to hash: the answer is hex(H(this, then the app token)), both exactly as they are.
///
/// @param flow  NULL is fine
/// @return after HASH a string of the flow's, until the next call that changes it; else ""
///
/// Threads: one call at a time with the same flow.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_flow_widget_ks(flow: Option<&kaltura_flow>) -> *const c_char {
    flow.and_then(|flow| flow.asks.widget_ks.as_ref()).map_or(c"".as_ptr(), SecretCString::as_ptr)
}

/// Passes a header of the reply on, before kaltura_flow_reply(). Those that mean something are Date, Age, Retry-After,
/// Location, X-Kaltura, X-Kaltura-App, X-Kaltura-Session, X-Kaltura-API-Access-Control and X-Me; all others are let
/// go.
/// Without Date and X-Kaltura-Session the life of the session depends on the device's date.
///
/// @param flow   NULL does nothing
/// @param name   in any case; copied; NULL does nothing
/// @param value  copied; NULL does nothing
///
/// Threads: one call at a time with the same flow.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_flow_add_header(
    flow: Option<&mut kaltura_flow>,
    name: *const c_char,
    value: *const c_char,
) {
    guard_value((), || {
        // SAFETY: a string or NULL, by the contract of this call.
        let name = unsafe { Text::new(name) };
        // SAFETY: as above.
        let value = unsafe { Text::new(value) };
        if let (Some(flow), Text::Is(name), Text::Is(value)) = (flow, name, value) {
            flow.headers.add(name, value);
        }
    });
}

/// Hands the reply to SEND over, whatever its HTTP status.
///
/// @param flow         NULL is answered with 0
/// @param http_status  100 to 599; any other number is KALTURA_STATUS_HTTP_STATUS
/// @param body         the body as it came, decompressed if it was compressed; any bytes; copied; NULL for none
/// @param length       how many bytes; beyond 64 KiB it is KALTURA_STATUS_REPLY_TOO_LARGE
/// @return 1; 0 if no reply is owed: KALTURA_STATUS_WRONG_STATE, for kaltura_flow_take_error()
///
/// Threads: one call at a time with the same flow.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_flow_reply(
    flow: Option<&mut kaltura_flow>,
    http_status: i32,
    body: *const u8,
    length: usize,
) -> i32 {
    // SAFETY: so many bytes or NULL, by the contract of this call.
    let body = unsafe { convert::bytes(body, length) };
    answer(flow, |flow| {
        let reply = Reply {
            http_status: convert::http_status(http_status),
            headers: std::mem::take(&mut flow.headers),
            body: Zeroizing::new(convert::reply_body(body).to_vec()),
        };
        flow.machine.receive(reply)
    })
}

/// Says that no reply, or no token hash, will come. KALTURA_STATUS_CANCELLED ends the flow at any time.
///
/// @param flow     NULL is answered with 0
/// @param status   after SEND a KALTURA_STATUS value from KALTURA_STATUS_DNS to KALTURA_STATUS_TIMEOUT, or
///                 KALTURA_STATUS_REPLY_TOO_LARGE, KALTURA_STATUS_CANCELLED, or KALTURA_STATUS_BAD_REPLY for what is
///                 no HTTP; any other number counts as KALTURA_STATUS_CONNECTION_LOST. After HASH
///                 KALTURA_STATUS_TIMEOUT or KALTURA_STATUS_CANCELLED; any other number counts as
///                 KALTURA_STATUS_CALLBACK_FAILED
/// @param message  what happened, in one line, for the error's message; copied; NULL is fine
/// @return 1; 0 if nothing is owed: KALTURA_STATUS_WRONG_STATE, for kaltura_flow_take_error()
///
/// Threads: one call at a time with the same flow.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_flow_fail(
    flow: Option<&mut kaltura_flow>,
    status: kaltura_status,
    message: *const c_char,
) -> i32 {
    // SAFETY: a string or NULL, by the contract of this call.
    let message = unsafe { Text::new(message) };
    answer(flow, |flow| {
        let message = if let Text::Is(message) = message { message } else { "" };
        let failure = failure(flow.machine.at(), Status::from_number(status), message);
        flow.machine.fail(failure)
    })
}

/// Answers HASH.
///
/// @param flow  NULL is answered with 0
/// @param hash  hex(H(widget KS, then the app token)): 32, 40, 64 or 128 hexadecimal digits in any case, whose number
///              tells the hash type; copied. Anything else, NULL included, fails the flow with
///              KALTURA_STATUS_CALLBACK_FAILED
/// @return 1; 0 if no hash is owed: KALTURA_STATUS_WRONG_STATE, for kaltura_flow_take_error()
///
/// Threads: one call at a time with the same flow.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_flow_set_token_hash(flow: Option<&mut kaltura_flow>, hash: *const c_char) -> i32 {
    // SAFETY: a string or NULL, by the contract of this call.
    let hash = unsafe { Text::new(hash) };
    answer(flow, |flow| flow.machine.hashed(if let Text::Is(hash) = hash { Some(hash) } else { None }))
}

/// Takes the session, once.
///
/// @param flow  NULL is fine
/// @return after DONE the session, for kaltura_session_free(); else NULL
///
/// Threads: one call at a time with the same flow.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn kaltura_flow_take_session(flow: Option<&mut kaltura_flow>) -> *mut kaltura_session {
    guard_value(ptr::null_mut(), || {
        flow.and_then(|flow| flow.session.take()).map_or(ptr::null_mut(), kaltura_session::into_handle)
    })
}

/// Takes the error, once. How the flow failed is kept until it is taken, whatever is called out of turn after that.
///
/// @param flow  NULL is answered with KALTURA_STATUS_INVALID_ARGUMENT
/// @return after FAILED, or a 0, the error, for kaltura_error_free(); else NULL
///
/// Threads: one call at a time with the same flow.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn kaltura_flow_take_error(flow: Option<&mut kaltura_flow>) -> *mut kaltura_error {
    guard_value(ptr::null_mut(), || match flow {
        None => kaltura_error::into_handle(Arc::new(null_handle("flow"))),
        Some(flow) => flow.error.take().map_or(ptr::null_mut(), kaltura_error::into_handle),
    })
}

/// What the next flow of the same app token may know: the widget session, the hash type, recent refusals. It saves that
/// one a request or more. It holds secrets, and it fits this server, partner, app token and widget alone.
///
/// @param flow      NULL is fine
/// @param bytes     filled if `capacity` suffices, else untouched; NULL to ask for the length
/// @param capacity  how many bytes there is room for
/// @return the length of the memory, a few kilobytes at most; 0 for NULL
///
/// Threads: one call at a time with the same flow.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_flow_memory(flow: Option<&kaltura_flow>, bytes: *mut u8, capacity: usize) -> usize {
    guard_value(0, || {
        let Some((settings, flow)) = flow.and_then(|flow| flow.machine.session()) else { return 0 };
        let memory = flow.memory().to_blob(settings, Moment::now(), blob::boot_id().as_deref());
        if memory.len() <= capacity {
            // SAFETY: room for so many bytes or NULL, by the contract of this call.
            unsafe { convert::copy_to(&memory, bytes) };
        }
        memory.len()
    })
}

/// Gives a flow what an earlier one left, before the first step.
///
/// @param flow    NULL is answered with 0
/// @param bytes   what kaltura_flow_memory() gave; copied; NULL for nothing
/// @param length  how many
/// @return 1; 0 if it is foreign or damaged, or if the flow has begun: nothing has changed then
///
/// Threads: one call at a time with the same flow.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_flow_set_memory(
    flow: Option<&mut kaltura_flow>,
    bytes: *const u8,
    length: usize,
) -> i32 {
    // SAFETY: so many bytes or NULL, by the contract of this call.
    let bytes = unsafe { convert::bytes(bytes, length) };
    guard_value(0, || {
        let Some(handle) = flow else { return 0 };
        let Some((settings, flow)) = handle.machine.session() else { return 0 };
        if flow.deadline_ms().is_some() {
            return 0;
        }
        let memory = Memory::from_blob(bytes, settings, Moment::now(), blob::boot_id().as_deref());
        let Some(memory) = memory else { return 0 };
        let settings = settings.clone();
        let flow = Box::new(Flow::new(settings.clone(), memory, Jitter::seeded()));
        handle.machine = Machine::Session { settings, flow };
        1
    })
}

/// Frees a flow, in whatever state.
///
/// @param flow  NULL is fine
///
/// Threads: any, but not beside another call with the same flow.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_flow_free(flow: Option<Box<kaltura_flow>>) {
    guard_value((), || drop(flow));
}

impl Machine {
    fn step(&mut self) -> Action {
        match self {
            Machine::Session { flow, .. } => flow.step(Moment::now()),
            #[cfg(feature = "admin")]
            Machine::Admin(flow) => flow.step(),
        }
    }

    fn receive(&mut self, reply: Reply) -> Result<(), Error> {
        match self {
            Machine::Session { flow, .. } => flow.receive(Moment::now(), reply),
            #[cfg(feature = "admin")]
            Machine::Admin(flow) => flow.receive(&reply),
        }
    }

    fn fail(&mut self, failure: Failure) -> Result<(), Error> {
        match self {
            Machine::Session { flow, .. } => flow.fail(Moment::now(), failure),
            #[cfg(feature = "admin")]
            Machine::Admin(flow) => flow.fail(&failure),
        }
    }

    fn hashed(&mut self, hash: Option<&str>) -> Result<(), Error> {
        match self {
            Machine::Session { flow, .. } => flow.hashed(hash),
            #[cfg(feature = "admin")]
            Machine::Admin(_) => Err(wrong_state("a token hash that nobody asked for")),
        }
    }

    fn at(&self) -> Step {
        match self {
            Machine::Session { flow, .. } => flow.at(),
            #[cfg(feature = "admin")]
            Machine::Admin(_) => Step::None,
        }
    }

    fn session(&self) -> Option<(&Arc<Settings>, &Flow)> {
        match self {
            Machine::Session { settings, flow } => Some((settings, flow)),
            #[cfg(feature = "admin")]
            Machine::Admin(_) => None,
        }
    }
}

impl kaltura_flow {
    fn into_handle(machine: Machine) -> *mut kaltura_flow {
        Box::into_raw(Box::new(kaltura_flow {
            machine,
            headers: ReplyHeaders::default(),
            asks: Asks::default(),
            session: None,
            error: None,
        }))
    }

    /// Hands an administrator's flow to C.
    #[cfg(feature = "admin")]
    pub(super) fn of_admin(flow: AdminFlow) -> *mut kaltura_flow {
        kaltura_flow::into_handle(Machine::Admin(flow))
    }

    /// The administrator's flow that it is, if it is one.
    #[cfg(feature = "admin")]
    pub(super) fn admin(&mut self) -> Option<&mut AdminFlow> {
        match &mut self.machine {
            Machine::Session { .. } => None,
            Machine::Admin(flow) => Some(flow),
        }
    }

    /// Keeps an error for whoever takes it. One out of turn does not displace how the flow failed.
    fn note(&mut self, error: Error) {
        let has_failed = self.error.as_ref().is_some_and(|kept| kept.status != Status::WrongState);
        if error.status != Status::WrongState || !has_failed {
            self.error = Some(Arc::new(error));
        }
    }
}

/// Runs a call that changes a flow; a panic becomes the flow's error and `failed`.
fn guard_flow(flow: Option<&mut kaltura_flow>, failed: i32, body: impl FnOnce(&mut kaltura_flow) -> i32) -> i32 {
    let Some(flow) = flow else { return failed };
    guard_value(None, || Some(body(&mut *flow))).unwrap_or_else(|| {
        flow.note(bug());
        failed
    })
}

/// Tells the flow what came of its last step; what it asked for is over then.
fn answer(flow: Option<&mut kaltura_flow>, tell: impl FnOnce(&mut kaltura_flow) -> Result<(), Error>) -> i32 {
    guard_flow(flow, 0, |flow| match tell(flow) {
        Ok(()) => {
            flow.asks = Asks::default();
            1
        }
        Err(error) => {
            flow.note(error);
            0
        }
    })
}

fn failure(at: Step, status: Option<Status>, message: &str) -> Failure {
    match status {
        Some(Status::Timeout | Status::Cancelled) => host_failure(status, message),
        _ if at == Step::TokenHash => {
            let message = if message.is_empty() { "the host has no token hash" } else { message };
            Failure::new(Status::CallbackFailed, message)
        }
        _ => host_failure(status, message),
    }
}
