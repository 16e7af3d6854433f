//! Text that nobody may read over our shoulder.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use zeroize::Zeroize;

/// A KS, a token or a token hash: shown as `[redacted]`. Clones share one text, which is wiped when the last is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Takes over a text that is secret from here on.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(Arc::new(Zeroizing::new(text.into())))
    }
}

impl Deref for Secret {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Wiped when dropped, as zeroize's wrapper of this name does; that one takes the bytes of a vector one by one.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Zeroizing<T: Wipe>(T);

impl<T: Wipe> Zeroizing<T> {
    /// Takes over what is secret from here on.
    pub fn new(value: T) -> Self {
        Zeroizing(value)
    }
}

impl<T: Wipe> From<T> for Zeroizing<T> {
    fn from(value: T) -> Self {
        Zeroizing(value)
    }
}

impl<T: Wipe> Deref for Zeroizing<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Wipe> DerefMut for Zeroizing<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Wipe> Drop for Zeroizing<T> {
    fn drop(&mut self) {
        self.0.wipe();
    }
}

/// What can be emptied so that nothing of it stays in the heap.
pub trait Wipe {
    /// Empties it, and writes zeros to all that it had room for.
    fn wipe(&mut self);
}

impl Wipe for Vec<u8> {
    fn wipe(&mut self) {
        self.as_mut_slice().zeroize();
        self.spare_capacity_mut().zeroize();
        self.clear();
    }
}

impl Wipe for String {
    fn wipe(&mut self) {
        std::mem::take(self).into_bytes().wipe();
    }
}
