//! Token hashes that the host computes, so that the app token stays on a backend.

use std::fmt;
use std::time::Instant;

use crate::ask::{Answerer, HostFunction};
use crate::cancellation::Cancellation;
use crate::exchange::Failure;
use crate::secret::Secret;
use crate::status::Status;

/// Is given each widget KS that needs a token hash. It may answer later and from any thread.
#[derive(Clone)]
pub struct TokenHashCallback(HostFunction<Hashing>);

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
        TokenHashCallback(HostFunction::new(callback, None))
    }

    /// The host's function, and what is put in its place.
    pub(crate) fn map(&self, wrap: impl FnOnce(&HostFunction<Hashing>) -> HostFunction<Hashing>) -> Self {
        TokenHashCallback(wrap(&self.0))
    }

    /// Asks the host: whatever it does, this returns at the deadline.
    ///
    /// # Errors
    /// `Timeout`, `Cancelled`, `Resources`, or `CallbackFailed` with the host's own words.
    pub(crate) fn ask(
        &self,
        widget_ks: &Secret,
        deadline: Instant,
        cancellation: &Cancellation,
    ) -> Result<Secret, Failure> {
        let widget_ks = widget_ks.clone();
        let question = move |answerer| Hashing { widget_ks, deadline, answerer };
        match self.0.ask("kaltura-hash", question, deadline, cancellation)? {
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
