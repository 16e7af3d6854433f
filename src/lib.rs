//! Turns a Kaltura app token into a Kaltura Session (KS) and keeps a valid KS at hand.
//!
//! Most callers use the C ABI of [`ffi`]; its header is the manual. The modules below it are usable from Rust as they
//! are.

#[cfg(feature = "admin")]
pub mod admin;
mod ask;
mod blob;
mod cancellation;
mod clock;
mod driver;
mod error;
mod exchange;
mod flow;
mod hints;
mod jitter;
mod log;
mod memory;
mod options;
mod provider;
mod secret;
mod session;
mod status;
mod sync;
mod test_panic;
mod token_hash;
mod transport;
mod view;

#[cfg(feature = "ks-tools")]
pub mod ks;

pub mod protocol;

#[expect(unsafe_code, reason = "this is the boundary to C, the only place that needs it")]
pub mod ffi;

#[cfg(feature = "http")]
mod http;

#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;

pub use cancellation::Cancellation;
pub use clock::Moment;
pub use driver::start_session;
pub use error::{ApiError, Error};
pub use exchange::{CONTENT_TYPE, Failure, MAX_REPLY_BYTES, Reply, ReplyHeaders, Request};
pub use flow::{Action, Flow};
#[cfg(feature = "http")]
pub use http::Trust;
pub use jitter::Jitter;
pub use log::{Log, LogLevel};
pub use memory::{Memory, WidgetKs};
pub use options::{Options, Settings};
pub use protocol::hash::{HashType, HashTypes};
pub use provider::{Advice, Keep, Loaded, Provider, Store};
pub use secret::{Secret, Wipe, Zeroizing};
pub use session::{Adjustment, Adjustments, ClockSource, Session, SessionType};
pub use status::{Category, KsReason, Status, Step};
pub use token_hash::{Hashing, TokenHashCallback};
pub use transport::{Exchange, TransportCallback};
