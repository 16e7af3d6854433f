//! A panic in a layer of a test's choice, for c-tests/panics.c; nothing in a library that is shipped.

/// Panics if the environment variable `KALTURA_TEST_PANIC` names this layer.
#[cfg(kaltura_test_panic)]
#[allow(clippy::panic, reason = "that is the test")]
pub(crate) fn here(layer: &str) {
    if std::env::var("KALTURA_TEST_PANIC").is_ok_and(|chosen| chosen == layer) {
        panic!("in {layer}");
    }
}

/// Nothing.
#[cfg(not(kaltura_test_panic))]
pub(crate) fn here(_layer: &str) {}
