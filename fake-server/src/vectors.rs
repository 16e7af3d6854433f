//! The vectors that the server's own code gave, for the tests of this crate.

/// The whole file.
pub fn vectors() -> serde_json::Value {
    serde_json::from_str(include_str!("../data/ks-vectors.json")).unwrap()
}
