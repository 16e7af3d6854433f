//! Token hashes that the host computes, so that the app token stays on a backend.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::ask::{self, Answerer};
use crate::cancellation::Cancellation;
use crate::exchange::Failure;
use crate::secret::Secret;
use crate::status::Status;

/// Is given each widget KS that needs a token hash. It may answer later and from any thread.
#[derive(Clone)]
pub struct TokenHashCallback(Arc<dyn Fn(Hashing) + Send + Sync>);

/// A widget KS that waits for its token hash. Dropped unanswered, the hashing has failed.
pub struct Hashing {
    widget_ks: Secret,
    deadline: Instant,
    answerer: Answerer<HashAnswer>,
}

/// The hash, or why there is none.
type HashAnswer = Result<Secret, String>;

impl TokenHashCallback {
    /// Wraps the host's function.
    pub fn new(callback: impl Fn(Hashing) + Send + Sync + 'static) -> Self {
        TokenHashCallback(Arc::new(callback))
    }

    /// Runs the host's function on this thread.
    pub(crate) fn call(&self, hashing: Hashing) {
        (self.0)(hashing);
    }

    /// Asks the host, on a thread of its own: whatever the host does, this returns at the deadline.
    ///
    /// # Errors
    /// `Timeout`, `Cancelled`, `Resources`, or `CallbackFailed` with the host's own words.
    pub(crate) fn ask(
        &self,
        widget_ks: &Secret,
        deadline: Instant,
        cancellation: &Cancellation,
    ) -> Result<Secret, Failure> {
        let callback = self.clone();
        let widget_ks = widget_ks.clone();
        let host = move |answerer| callback.call(Hashing { widget_ks, deadline, answerer });
        match ask::ask_host("kaltura-hash", host, deadline, cancellation)? {
            Some(Ok(hash)) => Ok(hash),
            Some(Err(message)) => Err(Failure::new(Status::CallbackFailed, message)),
            None => Err(Failure::new(Status::CallbackFailed, "the token hash callback gave no answer")),
        }
    }
}

impl Hashing {
    /// The KS to hash, followed by the app token.
    pub fn widget_ks(&self) -> &str {
        &self.widget_ks
    }

    /// How long an answer is still waited for, in milliseconds; 0 when nobody waits any more.
    pub fn timeout_ms(&self) -> u64 {
        self.answerer.left_ms(self.deadline)
    }

    /// Answers with `hex(H(widget KS + app token))`, in any case. Only the first answer counts.
    pub fn reply(&self, hash: &str) {
        self.answerer.answer(Some(Ok(Secret::new(hash))));
    }

    /// Says that there will be no hash.
    pub fn fail(&self, message: &str) {
        let message = if message.is_empty() { "the token hash callback failed" } else { message };
        self.answerer.answer(Some(Err(message.to_owned())));
    }

    /// Has `hook` called when nobody waits for the answer any more, at once if it is so already.
    pub fn on_cancel(&self, hook: impl FnOnce() + Send + 'static) {
        self.answerer.on_abandoned(hook);
    }
}

impl fmt::Debug for TokenHashCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHashCallback")
    }
}

impl fmt::Debug for Hashing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hashing").field("timeout_ms", &self.timeout_ms()).finish_non_exhaustive()
    }
}
