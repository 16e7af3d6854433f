//! Section "App tokens: calls in steps".

use std::ffi::c_char;
use std::ptr;

use crate::admin::{self, AdminFlow};
use crate::error::Error;
use crate::ffi::convert::{Text, null_handle};
use crate::ffi::error::{ErrorOut, kaltura_error};
use crate::ffi::flow::kaltura_flow;
use crate::ffi::guard::{guard, guard_value};
use crate::ffi::options::kaltura_options;

use super::admin::kaltura_admin;
use super::app_token::kaltura_app_token;
use super::app_token_fields::kaltura_app_token_fields;
use super::app_token_list::{kaltura_app_token_filter, kaltura_app_token_page};
use super::required;

/// What kaltura_app_token_add() does, for a host that carries the request itself: nothing blocks, and no transport is
/// needed.
///
/// The flow goes as described at kaltura_flow: SEND, then DONE, and kaltura_flow_take_app_token() has the token; or
/// FAILED. The request is sent once: whoever sends it twice may have two tokens. A KS is signed when the flow is made.
///
/// @param admin       not NULL; copied
/// @param fields      as for kaltura_app_token_add(); copied
/// @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the flow, for kaltura_flow_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT,
///         KALTURA_STATUS_RESOURCES
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_app_token_add_flow(
    admin: Option<&kaltura_admin>,
    fields: Option<&kaltura_app_token_fields>,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_flow {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        let admin = admin.ok_or_else(|| null_handle("admin"))?;
        let added = match fields {
            Some(fields) => admin.0.add_flow(&fields.0)?,
            None => admin.0.add_flow(&Default::default())?,
        };
        Ok(kaltura_flow::of_admin(added))
    })
}

/// What kaltura_app_token_get() does, in steps as of kaltura_app_token_add_flow().
///
/// @param admin       not NULL; copied
/// @param id          its id; not NULL; copied
/// @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the flow, for kaltura_flow_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT,
///         KALTURA_STATUS_RESOURCES
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_app_token_get_flow(
    admin: Option<&kaltura_admin>,
    id: *const c_char,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_flow {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        let admin = admin.ok_or_else(|| null_handle("admin"))?;
        // SAFETY: a string or NULL, by the contract of this call.
        let id = required(unsafe { Text::new(id) }, "id")?;
        Ok(kaltura_flow::of_admin(admin.0.get_flow(id)?))
    })
}

/// What kaltura_app_token_update() does, in steps as of kaltura_app_token_add_flow().
///
/// @param admin       not NULL; copied
/// @param id          its id; not NULL; copied
/// @param fields      what shall change; not NULL; copied
/// @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the flow, for kaltura_flow_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT,
///         KALTURA_STATUS_RESOURCES
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_app_token_update_flow(
    admin: Option<&kaltura_admin>,
    id: *const c_char,
    fields: Option<&kaltura_app_token_fields>,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_flow {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        let admin = admin.ok_or_else(|| null_handle("admin"))?;
        // SAFETY: a string or NULL, by the contract of this call.
        let id = required(unsafe { Text::new(id) }, "id")?;
        let fields = fields.ok_or_else(|| null_handle("fields"))?;
        Ok(kaltura_flow::of_admin(admin.0.update_flow(id, &fields.0)?))
    })
}

/// What kaltura_app_token_delete() does, in steps as of kaltura_app_token_add_flow(), with nothing to take when it is
/// DONE.
///
/// @param admin       not NULL; copied
/// @param id          its id; not NULL; copied
/// @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the flow, for kaltura_flow_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT,
///         KALTURA_STATUS_RESOURCES
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_app_token_delete_flow(
    admin: Option<&kaltura_admin>,
    id: *const c_char,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_flow {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        let admin = admin.ok_or_else(|| null_handle("admin"))?;
        // SAFETY: a string or NULL, by the contract of this call.
        let id = required(unsafe { Text::new(id) }, "id")?;
        Ok(kaltura_flow::of_admin(admin.0.delete_flow(id)?))
    })
}

/// What kaltura_app_token_list() does, in steps as of kaltura_app_token_add_flow(); kaltura_flow_take_app_token_page()
/// has the page. The last page has fewer tokens than were asked for, perhaps none.
///
/// @param admin       not NULL; copied
/// @param filter      which ones; NULL for all; copied
/// @param page_size   how many on a page, 1 to 100; fewer if their descriptions are long
/// @param page_index  which page, from 1 on
/// @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the flow, for kaltura_flow_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT,
///         KALTURA_STATUS_RESOURCES
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_app_token_list_flow(
    admin: Option<&kaltura_admin>,
    filter: Option<&kaltura_app_token_filter>,
    page_size: i32,
    page_index: i32,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_flow {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        let admin = admin.ok_or_else(|| null_handle("admin"))?;
        let filter = filter.map(|filter| filter.0.clone()).unwrap_or_default();
        Ok(kaltura_flow::of_admin(admin.0.list_flow(&filter, page_size, page_index)?))
    })
}

/// What kaltura_ks_check() does, in steps as of kaltura_app_token_add_flow(), with nothing to take: DONE if the server
/// takes the KS.
///
/// @param options     as for kaltura_admin_new()
/// @param ks          the KS; not NULL; copied
/// @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return the flow, for kaltura_flow_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT
///
/// Threads: any, concurrently.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn kaltura_ks_check_flow(
    options: Option<&kaltura_options>,
    ks: *const c_char,
    error: *mut *mut kaltura_error,
) -> *mut kaltura_flow {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, ptr::null_mut(), || -> Result<_, Error> {
        let options = options.ok_or_else(|| null_handle("options"))?;
        // SAFETY: a string or NULL, by the contract of this call.
        let ks = required(unsafe { Text::new(ks) }, "ks")?;
        Ok(kaltura_flow::of_admin(admin::check_ks_flow(&options.0, ks)?))
    })
}

/// Takes the app token that an administrator's flow brought, once.
///
/// @param flow  NULL is fine
/// @return after DONE of add, get and update the app token, for kaltura_app_token_free(); else NULL
///
/// Threads: one call at a time with the same flow.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn kaltura_flow_take_app_token(flow: Option<&mut kaltura_flow>) -> *mut kaltura_app_token {
    guard_value(ptr::null_mut(), || {
        let taken = flow.and_then(kaltura_flow::admin).and_then(AdminFlow::take_app_token);
        taken.map_or(ptr::null_mut(), kaltura_app_token::into_handle)
    })
}

/// Takes the page that an administrator's flow brought, once.
///
/// @param flow  NULL is fine
/// @return after DONE of list the page, for kaltura_app_token_page_free(); else NULL
///
/// Threads: one call at a time with the same flow.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn kaltura_flow_take_app_token_page(flow: Option<&mut kaltura_flow>) -> *mut kaltura_app_token_page {
    guard_value(ptr::null_mut(), || {
        let taken = flow.and_then(kaltura_flow::admin).and_then(AdminFlow::take_page);
        taken.map_or(ptr::null_mut(), kaltura_app_token_page::into_handle)
    })
}
