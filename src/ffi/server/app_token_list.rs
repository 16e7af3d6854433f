//! Section "App tokens: lists".

use std::ffi::c_char;
use std::ptr;

use crate::admin::{AppTokenFilter, AppTokenPage, AppTokenWalk};
use crate::error::Error;
use crate::ffi::cancellation::kaltura_cancellation;
use crate::ffi::convert::{NOT_UTF8, Text, null_handle};
use crate::ffi::error::{ErrorOut, kaltura_error};
use crate::ffi::guard::{guard, guard_value};
use crate::hints;

use super::admin::kaltura_admin;
use super::app_token::{AppTokenStatusValue, kaltura_app_token, kaltura_app_token_status};

/// Which app tokens are listed: those that fit everything that is set. A bad value is kept and reported by the call that
/// takes the filter. A setter does nothing to NULL.
pub struct kaltura_app_token_filter(pub(super) AppTokenFilter);

/// One page of a list. Immutable.
pub struct kaltura_app_token_page {
    tokens: Vec<kaltura_app_token>,
    total_count: i64,
}

impl kaltura_app_token_page {
    pub(super) fn into_handle(page: AppTokenPage) -> *mut kaltura_app_token_page {
        let tokens = page.tokens.into_iter().map(kaltura_app_token::new).collect();
        Box::into_raw(Box::new(kaltura_app_token_page { tokens, total_count: page.total_count }))
    }
}

/// A way through all pages of a list, which are asked for as they are needed.
pub struct kaltura_app_token_walk(AppTokenWalk);

/// Makes a filter that lets everything through.
///
/// @return the filter, for kaltura_app_token_filter_free(); never NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn kaltura_app_token_filter_new() -> *mut kaltura_app_token_filter {
    guard_value(ptr::null_mut(), || Box::into_raw(Box::new(kaltura_app_token_filter(AppTokenFilter::default()))))
}

/// Frees a filter.
///
/// @param filter  NULL is fine
///
/// Threads: any, but not beside another call with the same filter.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_filter_free(filter: Option<Box<kaltura_app_token_filter>>) {
    guard_value((), || drop(filter));
}

/// Adds an id; a token must have one of those that were added.
///
/// @param filter  NULL does nothing
/// @param id      for instance "0_ab12cd34"; not NULL; copied
///
/// Threads: one call at a time with the same filter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_app_token_filter_add_id(
    filter: Option<&mut kaltura_app_token_filter>,
    id: *const c_char,
) {
    // SAFETY: a string or NULL, by the contract of this call.
    let id = unsafe { Text::new(id) };
    set(filter, |filter| match id {
        Text::Is(id) => filter.ids.push(id.to_owned()),
        Text::Null => filter.ids.push(String::new()),
        Text::NotUtf8 => filter.bad = Some(Error::invalid_argument("id", NOT_UTF8, hints::UTF8)),
    });
}

/// Whether it starts sessions. Those that are deleted are never listed.
///
/// @param filter  NULL does nothing
/// @param status  KALTURA_APP_TOKEN_STATUS_DISABLED or KALTURA_APP_TOKEN_STATUS_ACTIVE
///
/// Threads: one call at a time with the same filter.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_filter_set_status(
    filter: Option<&mut kaltura_app_token_filter>,
    status: kaltura_app_token_status,
) {
    let is_known = status == AppTokenStatusValue::Disabled as i32 || status == AppTokenStatusValue::Active as i32;
    set(filter, |filter| {
        if is_known {
            filter.status = Some(status.into());
        } else {
            filter.bad = Some(Error::invalid_argument("status", "no such status", hints::TOKEN_STATUS));
        }
    });
}

/// The user of its sessions.
///
/// @param filter   NULL does nothing
/// @param user_id  copied; NULL for whoever, the default
///
/// Threads: one call at a time with the same filter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_app_token_filter_set_session_user_id(
    filter: Option<&mut kaltura_app_token_filter>,
    user_id: *const c_char,
) {
    // SAFETY: a string or NULL, by the contract of this call.
    let user_id = unsafe { Text::new(user_id) };
    set(filter, |filter| match user_id {
        Text::Is(user_id) => filter.session_user_id = Some(user_id.to_owned()),
        Text::Null => filter.session_user_id = None,
        Text::NotUtf8 => filter.bad = Some(Error::invalid_argument("session_user_id", NOT_UTF8, hints::UTF8)),
    });
}

/// When it was made.
///
/// @param filter         NULL does nothing
/// @param from_seconds   Unix seconds, this one included; 0 for no limit, the default
/// @param until_seconds  Unix seconds, this one included; 0 for no limit, the default
///
/// Threads: one call at a time with the same filter.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_filter_set_created_seconds(
    filter: Option<&mut kaltura_app_token_filter>,
    from_seconds: i64,
    until_seconds: i64,
) {
    set(filter, |filter| {
        filter.created_from_seconds = (from_seconds != 0).then_some(from_seconds);
        filter.created_until_seconds = (until_seconds != 0).then_some(until_seconds);
    });
}

/// In which order they are listed.
///
/// @param filter        NULL does nothing
/// @param newest_first  0, the default, for the oldest first, in which order tokens that are added meanwhile come last;
///                      anything else for the newest first
///
/// Threads: one call at a time with the same filter.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_filter_set_newest_first(
    filter: Option<&mut kaltura_app_token_filter>,
    newest_first: i32,
) {
    set(filter, |filter| filter.newest_first = newest_first != 0);
}

/// Lists app tokens, the tokens themselves included: appToken.list, one page.
///
/// Blocks while it sends one request, for the total timeout at most.
///
/// @param admin         not NULL
/// @param filter        which ones; NULL for all
/// @param page_size     how many on a page, 1 to 100; fewer if their descriptions are long
/// @param page_index    which page, from 1 on
/// @param cancellation  ends the call from another thread; NULL if nobody shall
/// @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the page, for kaltura_app_token_page_free(), empty after the last; NULL on failure:
///         KALTURA_STATUS_REPLY_TOO_LARGE for a page that is too large, or any other status but those of providers
///
/// Threads: any, concurrently.
///
/// cbindgen:prefix=KALTURA_BLOCKS
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_app_token_list(
    admin: Option<&kaltura_admin>,
    filter: Option<&kaltura_app_token_filter>,
    page_size: i32,
    page_index: i32,
    cancellation: Option<&kaltura_cancellation>,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_app_token_page {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        let admin = admin.ok_or_else(|| null_handle("admin"))?;
        let filter = filter.map(|filter| filter.0.clone()).unwrap_or_default();
        let cancellation = kaltura_cancellation::share(cancellation);
        let page = admin.0.list(&filter, page_size, page_index, &cancellation)?;
        Ok(kaltura_app_token_page::into_handle(page))
    })
}

/// How many there are on all pages.
///
/// @param page  NULL is fine
/// @return the number; 0 for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_page_total_count(page: Option<&kaltura_app_token_page>) -> i64 {
    page.map_or(0, |page| page.total_count)
}

/// How many there are on this page.
///
/// @param page  NULL is fine
/// @return the number; 0 for NULL
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_page_count(page: Option<&kaltura_app_token_page>) -> usize {
    page.map_or(0, |page| page.tokens.len())
}

/// The tokens of the page, one by one.
///
/// @param page   NULL is fine
/// @param index  from 0 on
/// @return the app token, which belongs to the page and lives as long; NULL past the end
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_page_token(
    page: Option<&kaltura_app_token_page>,
    index: usize,
) -> *const kaltura_app_token {
    page.and_then(|page| page.tokens.get(index)).map_or(ptr::null(), ptr::from_ref)
}

/// Frees a page.
///
/// @param page  NULL is fine
///
/// Threads: any, but not beside another call with the same page or a token of it.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_page_free(page: Option<Box<kaltura_app_token_page>>) {
    guard_value((), || drop(page));
}

/// Begins a way through all app tokens that fit a filter. Sends nothing yet.
///
/// @param admin   copied; NULL is reported by kaltura_app_token_walk_next()
/// @param filter  which ones; NULL for all; copied
/// @return the walk, for kaltura_app_token_walk_free(); NULL for a NULL administrator
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn kaltura_app_token_walk_new(
    admin: Option<&kaltura_admin>,
    filter: Option<&kaltura_app_token_filter>,
) -> *mut kaltura_app_token_walk {
    guard_value(ptr::null_mut(), || {
        let Some(admin) = admin else {
            return ptr::null_mut();
        };
        let filter = filter.map(|filter| filter.0.clone()).unwrap_or_default();
        Box::into_raw(Box::new(kaltura_app_token_walk(admin.0.walk(&filter))))
    })
}

/// The next app token.
///
/// Blocks while it sends one request for each thirty tokens, for the total timeout at most; for the others it does not
/// block. Tokens that are deleted during the walk move others onto pages that it has left behind: collect first, then
/// delete.
///
/// @param walk          not NULL
/// @param cancellation  ends the call from another thread; NULL if nobody shall
/// @param[out] error    NULL on success and at the end, else what went wrong, for kaltura_error_free(); the pointer may
///                      be NULL
/// @return the app token, for kaltura_app_token_free(); NULL at the end, without an error; NULL on failure: any status
///         but those of providers; then the call may be repeated
///
/// Threads: one call at a time with the same walk.
///
/// cbindgen:prefix=KALTURA_BLOCKS
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_app_token_walk_next(
    walk: Option<&mut kaltura_app_token_walk>,
    cancellation: Option<&kaltura_cancellation>,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_app_token {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        let walk = walk.ok_or_else(|| null_handle("walk"))?;
        let next = walk.0.next(&kaltura_cancellation::share(cancellation))?;
        Ok(next.map_or(ptr::null_mut(), kaltura_app_token::into_handle))
    })
}

/// Frees a walk; the tokens that it gave stay.
///
/// @param walk  NULL is fine
///
/// Threads: any, but not beside another call with the same walk.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_app_token_walk_free(walk: Option<Box<kaltura_app_token_walk>>) {
    guard_value((), || drop(walk));
}

fn set(filter: Option<&mut kaltura_app_token_filter>, setter: impl FnOnce(&mut AppTokenFilter)) {
    guard_value((), || {
        if let Some(filter) = filter {
            setter(&mut filter.0);
        }
    });
}
