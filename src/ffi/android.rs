//! Section "Android".

use std::ffi::c_void;
use std::ptr::NonNull;

use jni::objects::JObject;
use jni::{EnvUnowned, Outcome};

use super::convert::null_handle;
use super::error::{ErrorOut, kaltura_error};
use super::guard::guard;
use crate::error::Error;
use crate::hints;
use crate::http;
use crate::status::{Status, Step};

/// Introduces the library to Android's own certificate verifier, which it asks through Java. Once in a process, before
/// the first session: until then a server whose certificate only the system could trust gives
/// KALTURA_STATUS_CERTIFICATE. The app has the Java class that does the asking from the AAR of the crate
/// rustls-platform-verifier-android.
///
/// @param env         the `JNIEnv *` of this thread; not NULL
/// @param context     the app's android.content.Context, a `jobject`; not NULL; the library keeps a reference of its own
/// @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
/// @return 1; 0 on failure: KALTURA_STATUS_INVALID_ARGUMENT, KALTURA_STATUS_CERTIFICATE
///
/// Threads: any that is attached to the virtual machine, concurrently. A second call does nothing.
#[cfg(target_os = "android")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kaltura_android_init(
    env: *mut c_void,
    context: *mut c_void,
    error: *mut *mut kaltura_error,
) -> i32 {
    // SAFETY: a place for a pointer or NULL, by the contract of this call.
    let error = unsafe { ErrorOut::new(error) };
    guard(error, 0, || -> Result<_, Error> {
        let env = NonNull::new(env).ok_or_else(|| null_handle("env"))?;
        let context = NonNull::new(context).ok_or_else(|| null_handle("context"))?;
        // SAFETY: not NULL, as just checked; that it is this thread's is the caller's promise.
        let mut env = unsafe { EnvUnowned::from_raw(env.as_ptr().cast()) };
        let outcome = env.with_env(|env| {
            // SAFETY: a reference to an object, by the contract of this call; dropping it does nothing.
            let context = unsafe { JObject::from_raw(env, context.as_ptr().cast()) };
            let introduced = rustls_platform_verifier::android::init_with_env(env, context);
            if introduced.is_err() {
                // Java would throw it when the caller returns, beside our error.
                env.exception_clear();
            }
            introduced
        });
        if let Outcome::Ok(()) = outcome.into_outcome() {
            http::introduce();
            return Ok(1);
        }
        let refused = Error::new(Status::Certificate, Step::None, "Android's certificate verifier was not reached");
        Err(refused.with_hint(hints::ANDROID))
    })
}
