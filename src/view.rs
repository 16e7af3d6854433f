//! A place beside a shared value for what a boundary makes of it once, such as texts in the form of C. So a session
//! that many callers are given is converted once, and handing it out costs a reference count.

use std::any::Any;
use std::fmt;
use std::sync::OnceLock;

/// Empty until the boundary fills it; says nothing about the value.
#[derive(Default)]
pub(crate) struct View(OnceLock<Box<dyn Any + Send + Sync>>);

impl View {
    /// What the boundary made, made now if it was not yet; `None` if another boundary was first.
    pub(crate) fn get_or_make<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Option<&T> {
        self.0.get_or_init(|| Box::new(make())).downcast_ref()
    }
}

impl Clone for View {
    /// A clone may be changed, so it starts without.
    fn clone(&self) -> Self {
        View::default()
    }
}

impl PartialEq for View {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for View {}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("View")
    }
}
