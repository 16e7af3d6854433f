//! Takes secrets out of every text that leaves the library.

use std::borrow::Cow;

use crate::secret::Secret;

/// What stands where a secret stood.
pub(crate) const REDACTED: &str = "[redacted]";

/// From so many characters of the base64 alphabets on, a run may be a KS.
const MIN_KS_RUN: usize = 40;

/// From so many hexadecimal digits on, a run may be a token or a hash.
const MIN_HEX_RUN: usize = 32;

/// The secrets of one flow, and the shapes of those it was never told of: a token that was passed as an id comes back
/// in the server's message.
#[derive(Default)]
pub(crate) struct Redactor {
    secrets: Vec<Secret>,
}

impl Redactor {
    /// Remembers a secret that must not show.
    pub(crate) fn add(&mut self, secret: &Secret) {
        if !secret.is_empty() && !self.secrets.contains(secret) {
            self.secrets.push(secret.clone());
        }
    }

    /// The text without secrets.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut text = Cow::Borrowed(text);
        // The longest first: a short secret may be part of a longer one.
        let mut secrets: Vec<&Secret> = self.secrets.iter().collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        for secret in secrets {
            if text.contains(&**secret) {
                text = Cow::Owned(text.replace(&**secret, REDACTED));
            }
        }
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/_=-".contains(&byte);
        let text = without_runs(&text, MIN_KS_RUN, is_base64);
        without_runs(&text, MIN_HEX_RUN, |byte| byte.is_ascii_hexdigit())
    }
}

/// The text with every run of at least `min` bytes of a kind (all of them ASCII) replaced.
fn without_runs(text: &str, min: usize, is_kind: impl Fn(u8) -> bool) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let run = rest.bytes().take_while(|&byte| is_kind(byte)).count();
        let (taken, after) = rest.split_at(run);
        clean.push_str(if run >= min { REDACTED } else { taken });
        let gap = after.bytes().take_while(|&byte| !is_kind(byte)).count();
        let (taken, after) = after.split_at(gap);
        clean.push_str(taken);
        rest = after;
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_secrets_and_suspicious_runs_are_taken_out() {
        let mut redactor = Redactor::default();
        redactor.add(&Secret::new("pass word"));
        assert_eq!(redactor.redact("the pass word is <pass word>"), "the [redacted] is <[redacted]>");
        assert_eq!(redactor.redact(&format!("id \"{}\" é", "ab".repeat(16))), "id \"[redacted]\" é");
        assert_eq!(redactor.redact(&format!("ks {}=", "x-_/+".repeat(8))), "ks [redacted]");
        assert_eq!(redactor.redact(&format!("zz{}zz", "A1".repeat(16))), "zz[redacted]zz");
    }

    #[test]
    fn short_words_stay() {
        let text = "Application token id \"0_ab12cd34\" not found, appToken->startSession 0123456789abcdef";
        assert_eq!(Redactor::default().redact(text), text);
    }

    #[test]
    fn a_secret_inside_a_longer_one_does_not_uncover_its_rest() {
        let mut redactor = Redactor::default();
        redactor.add(&Secret::new("abc"));
        redactor.add(&Secret::new("abcdef"));
        assert_eq!(redactor.redact("x abcdef y"), "x [redacted] y");
    }
}
