//! Lines for whoever wants to follow what happens.

use std::fmt;
use std::sync::Arc;

/// How much a log line matters.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// A call failed.
    Error = 1,
    /// Something that will surprise somebody later.
    Warn = 2,
    /// What was decided.
    Info = 3,
    /// Every request.
    Debug = 4,
}

/// Where log lines go, if anywhere.
#[derive(Clone, Default)]
pub struct Log(Option<(LogLevel, Sink)>);

type Sink = Arc<dyn Fn(LogLevel, &str) + Send + Sync>;

impl Log {
    /// Lines up to a level go to `sink`, on the thread that writes them.
    pub fn new(max_level: LogLevel, sink: impl Fn(LogLevel, &str) + Send + Sync + 'static) -> Self {
        Log(Some((max_level, Arc::new(sink))))
    }

    /// Writes a line that somebody else has made sure to hold no secret; it is made only if it is wanted.
    pub(crate) fn write(&self, level: LogLevel, line: impl FnOnce() -> String) {
        if let Some((_, sink)) = self.0.as_ref().filter(|(max_level, _)| level <= *max_level) {
            sink(level, &line());
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Log").field(&self.0.as_ref().map(|(max_level, _)| max_level)).finish()
    }
}
