//! A Kaltura double for tests.
//!
//! It speaks the JSON side of the session API as the real server does: the order of its checks, real Kaltura Sessions, the
//! merge of privileges, the wording of errors. And it misbehaves on request, over http and https.
//!
//! ```
//! use kaltura_fake_server::{FakeServer, Settings};
//!
//! let server = FakeServer::start(Settings::default())?;
//! server.script("widget:1 status code=429 retry-after=2")?;
//! // ... let the client under test talk to server.http_url() or server.https_url() ...
//! assert_eq!(server.counters().requests, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod api;
mod app_tokens;
mod connection;
mod control;
mod counters;
mod delivery;
mod errors;
mod http;
mod json;
mod ks;
mod params;
mod php;
mod privileges;
mod script;
mod server;
mod services;
mod state;
mod tls;
mod value;
mod wire;
mod world;

#[cfg(test)]
mod vectors;

pub use counters::{Counters, RequestRecord};
pub use server::{FakeServer, Settings};
pub use world::{AppToken, HashType, Partner, Widget, World};
