//! What Kaltura's app token protocol says, as pure functions: no I/O, no clock, no state.

pub mod hash;
pub mod privileges;
pub mod service_url;

pub(crate) mod api;
pub(crate) mod ks;
pub(crate) mod redact;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod sha2;
