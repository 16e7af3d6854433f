//! Section "Options: providers".

use std::ffi::{c_char, c_void};
use std::ptr;

use super::convert::{self, UserData};
use super::guard::guard_value;
use super::options::{kaltura_destroy_fn, kaltura_options, set};
use crate::hints;
use crate::provider::{Keep, Store};
use crate::secret::Zeroizing;

/// What a store's load function fills.
pub struct kaltura_blob(Zeroizing<Vec<u8>>);

/// Looks up what was saved under a key, and passes it to kaltura_blob_set(); if there is nothing, it does not.
pub type kaltura_store_load_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, key: *const c_char, blob: *mut kaltura_blob)>;

/// Saves a blob under a key, in place of what was there. It holds secrets: a Keychain or Keystore is the place for
/// it. Returns 1, or 0 if it could not, which is logged.
pub type kaltura_store_save_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, key: *const c_char, bytes: *const u8, length: usize) -> i32>;

/// Forgets what was saved under a key. Returns 1, or 0 if it could not, which is logged.
pub type kaltura_store_clear_fn = Option<unsafe extern "C" fn(user_data: *mut c_void, key: *const c_char) -> i32>;

/// When a provider refreshes its session, counted back from its end.
///
/// @param options    NULL does nothing
/// @param advisory   seconds, 0 or more: from here on a refresh runs in the background, and loads give the current
///                   session at once; 0, the default, for 20 % of the session's life, at most 600, give or take 10 %
///                   of that; never more than half of the life
/// @param mandatory  seconds, 0 or more: from here on loads wait for the refresh, and give the current session if it
///                   fails; 0, the default, for 5 % of the life, at most 60; never more than a quarter of the life,
///                   nor than `advisory`
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub extern "C" fn kaltura_options_set_refresh_windows_seconds(
    options: Option<&mut kaltura_options>,
    advisory: i64,
    mandatory: i64,
) {
    set(options, |options| options.set_refresh_windows_seconds(advisory, mandatory));
}

/// Lets a provider keep its session between runs of the app, in a Keychain, a Keystore or a file: one opaque blob for
/// each key. A key is ASCII, at most 64 bytes, opaque too: it stands for server, partner, app token, user and what
/// was asked for. A blob that is foreign, damaged or too old is ignored. The functions are called on the thread of a
/// refresh or of the call that changed something, one at a time.
///
/// @param options    NULL does nothing but destroy `user_data`
/// @param load       looks a blob up, once for each user, when a session is first asked for; not NULL
/// @param save       saves a blob; not NULL
/// @param clear      forgets a blob; not NULL
/// @param user_data  passed to all three, never looked at
/// @param destroy    called with `user_data` when the options and everything made from them are gone, or when this
///                   setter replaces it; NULL for nothing
///
/// Threads: one call at a time with the same options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_options_set_store(
    options: Option<&mut kaltura_options>,
    load: kaltura_store_load_fn,
    save: kaltura_store_save_fn,
    clear: kaltura_store_clear_fn,
    user_data: *mut c_void,
    destroy: kaltura_destroy_fn,
) {
    let user_data = UserData::new(user_data, destroy);
    set(options, move |options| match (load, save, clear) {
        (Some(load), Some(save), Some(clear)) => {
            options.set_store(Store::new(HostStore { load, save, clear, user_data }))
        }
        _ => options.refuse("store", "a function of the store is NULL", hints::CALLBACK),
    });
}

/// Gives a provider what was saved.
///
/// @param blob    of the load function, only while that runs; NULL does nothing
/// @param bytes   what the save function was given; copied; NULL for nothing
/// @param length  how many
///
/// Threads: that of the load function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_blob_set(blob: Option<&mut kaltura_blob>, bytes: *const u8, length: usize) {
    guard_value((), || {
        let Some(blob) = blob else { return };
        // SAFETY: so many bytes or NULL, by the contract of this call.
        let bytes = unsafe { convert::bytes(bytes, length) };
        blob.0 = Zeroizing::new(bytes.to_vec());
    });
}

struct HostStore {
    load: unsafe extern "C" fn(*mut c_void, *const c_char, *mut kaltura_blob),
    save: unsafe extern "C" fn(*mut c_void, *const c_char, *const u8, usize) -> i32,
    clear: unsafe extern "C" fn(*mut c_void, *const c_char) -> i32,
    user_data: UserData,
}

impl Keep for HostStore {
    fn load(&self, key: &str) -> Option<Zeroizing<Vec<u8>>> {
        let key = convert::c_string(key);
        let mut blob = kaltura_blob(Zeroizing::new(Vec::new()));
        // SAFETY: the host gave the function for this user data; key and blob outlive the call.
        unsafe { (self.load)(self.user_data.pointer(), key.as_ptr(), ptr::from_mut(&mut blob)) };
        Some(blob.0).filter(|bytes| !bytes.is_empty())
    }

    fn save(&self, key: &str, blob: &[u8]) -> bool {
        let key = convert::c_string(key);
        // SAFETY: the host gave the function for this user data; key and bytes outlive the call.
        unsafe { (self.save)(self.user_data.pointer(), key.as_ptr(), blob.as_ptr(), blob.len()) != 0 }
    }

    fn clear(&self, key: &str) -> bool {
        let key = convert::c_string(key);
        // SAFETY: the host gave the function for this user data; the key outlives the call.
        unsafe { (self.clear)(self.user_data.pointer(), key.as_ptr()) != 0 }
    }
}
