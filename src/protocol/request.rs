//! The two requests of the flow, to the byte.

use crate::secret::Zeroizing;

/// `session.startWidgetSession`: a session that may do next to nothing, for whoever knows the partner id.
pub(crate) struct WidgetRequest<'a> {
    pub client_tag: &'a str,
    pub widget_id: &'a str,
    pub expiry_seconds: Option<i64>,
    pub nocache: bool,
}

/// `appToken.startSession`: the session that the app token stands for.
pub(crate) struct StartRequest<'a> {
    pub client_tag: &'a str,
    pub ks: &'a str,
    pub app_token_id: &'a str,
    pub token_hash: &'a str,
    pub user_id: Option<&'a str>,
    pub session_type: Option<i64>,
    pub expiry_seconds: Option<i64>,
    pub privileges: Option<&'a str>,
    pub nocache: bool,
}

/// `session.end`: ends the KS and every other of its app token. Source: `invalidSessionPeer::invalidateKs`.
pub(crate) struct EndRequest<'a> {
    pub client_tag: &'a str,
    pub ks: &'a str,
}

/// An action of an administrator. Its members are JSON and hold no secret.
#[cfg(feature = "admin")]
pub(crate) struct AdminRequest<'a> {
    pub client_tag: &'a str,
    pub ks: &'a str,
    pub members: &'a [(&'a str, serde_json::Value)],
}

// What is not asked for is left out: the server reads an empty `type` as an error and an `expiry` of 0 as a dead
// widget session. `partnerId` is never sent: the KS carries the partner, and with it an unknown one reads as blocked.
// Source: `KalturaDispatcher::dispatch`, `kCurrentContext::initPartnerByPartnerId`.

impl WidgetRequest<'_> {
    pub(crate) const SERVICE: &'static str = "session";
    pub(crate) const ACTION: &'static str = "startWidgetSession";

    pub(crate) fn body(&self) -> Zeroizing<String> {
        let mut body = Body::new(self.client_tag, written_length(self.widget_id));
        body.text("widgetId", self.widget_id);
        body.number("expiry", self.expiry_seconds);
        body.number("nocache", self.nocache.then_some(1));
        body.finish()
    }
}

impl StartRequest<'_> {
    pub(crate) const SERVICE: &'static str = "appToken";
    pub(crate) const ACTION: &'static str = "startSession";

    pub(crate) fn body(&self) -> Zeroizing<String> {
        let texts = [Some(self.ks), Some(self.app_token_id), Some(self.token_hash), self.user_id, self.privileges];
        let mut body = Body::new(self.client_tag, texts.iter().flatten().map(|text| written_length(text)).sum());
        body.text("ks", self.ks);
        body.text("id", self.app_token_id);
        body.text("tokenHash", self.token_hash);
        if let Some(user_id) = self.user_id {
            body.text("userId", user_id);
        }
        body.number("type", self.session_type);
        body.number("expiry", self.expiry_seconds);
        if let Some(privileges) = self.privileges {
            body.text("sessionPrivileges", privileges);
        }
        body.number("nocache", self.nocache.then_some(1));
        body.finish()
    }
}

impl EndRequest<'_> {
    pub(crate) const SERVICE: &'static str = "session";
    pub(crate) const ACTION: &'static str = "end";

    pub(crate) fn body(&self) -> Zeroizing<String> {
        let mut body = Body::new(self.client_tag, written_length(self.ks));
        body.text("ks", self.ks);
        body.finish()
    }
}

#[cfg(feature = "admin")]
impl AdminRequest<'_> {
    pub(crate) fn body(&self) -> Zeroizing<String> {
        let members: Vec<(&str, String)> =
            self.members.iter().map(|(name, value)| (*name, value.to_string())).collect();
        let length: usize = members.iter().map(|(name, json)| name.len() + json.len()).sum();
        let mut body = Body::new(self.client_tag, written_length(self.ks) + length);
        body.text("ks", self.ks);
        for (name, json) in members {
            body.name(name);
            body.0.push_str(&json);
        }
        body.finish()
    }
}

/// A JSON object that is written in one go into memory that never moves, so that no copy of a secret is left behind.
struct Body(Zeroizing<String>);

/// Names, numbers and punctuation of the longest body, generously.
const OVERHEAD: usize = 256;

/// The longest escape, `\u0000`, of one byte.
const LONGEST_ESCAPE: usize = 6;

impl Body {
    /// For texts of so many bytes as they are written, beside the client tag.
    fn new(client_tag: &str, text_length: usize) -> Self {
        let capacity = OVERHEAD + written_length(client_tag) + text_length;
        let mut body = Body(Zeroizing::new(String::with_capacity(capacity)));
        body.0.push_str("{\"format\":1");
        body.text("clientTag", client_tag);
        body
    }

    fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.0.push('"');
        let mut rest = value;
        while let Some(at) = rest.bytes().position(needs_escape) {
            let (plain, from) = rest.split_at(at);
            let (escaped, after) = from.split_at(1);
            self.0.push_str(plain);
            self.escape(escaped);
            rest = after;
        }
        self.0.push_str(rest);
        self.0.push('"');
    }

    fn escape(&mut self, character: &str) {
        match character {
            "\"" | "\\" => self.0.extend(["\\", character]),
            "\n" => self.0.push_str("\\n"),
            "\r" => self.0.push_str("\\r"),
            "\t" => self.0.push_str("\\t"),
            control => {
                let digit = |n: u8| char::from_digit(n.into(), 16).unwrap_or_default();
                self.0.push_str("\\u00");
                self.0.extend(control.bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
            }
        }
    }

    fn number(&mut self, name: &str, value: Option<i64>) {
        if let Some(value) = value {
            self.name(name);
            self.0.push_str(&value.to_string());
        }
    }

    fn name(&mut self, name: &str) {
        self.0.push_str(",\"");
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    fn finish(mut self) -> Zeroizing<String> {
        self.0.push('}');
        self.0
    }
}

fn needs_escape(byte: u8) -> bool {
    byte.is_ascii_control() || matches!(byte, b'"' | b'\\')
}

/// The most that a text can take in a body, without its quotation marks.
fn written_length(text: &str) -> usize {
    let escapes = text.bytes().filter(|&byte| needs_escape(byte)).count();
    text.len() + (LONGEST_ESCAPE - 1) * escapes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_asked_for_is_not_in_the_bytes() {
        let plain = WidgetRequest { client_tag: "t", widget_id: "_101", expiry_seconds: None, nocache: false };
        assert_eq!(*plain.body(), r#"{"format":1,"clientTag":"t","widgetId":"_101"}"#);
        let plain = StartRequest {
            client_tag: "t",
            ks: "K",
            app_token_id: "I",
            token_hash: "H",
            user_id: None,
            session_type: None,
            expiry_seconds: None,
            privileges: None,
            nocache: false,
        };
        assert_eq!(*plain.body(), r#"{"format":1,"clientTag":"t","ks":"K","id":"I","tokenHash":"H"}"#);
    }

    #[test]
    fn what_is_asked_for_is_sent_as_numbers_and_texts() {
        let full = WidgetRequest { client_tag: "t", widget_id: "_101", expiry_seconds: Some(300), nocache: true };
        assert_eq!(*full.body(), r#"{"format":1,"clientTag":"t","widgetId":"_101","expiry":300,"nocache":1}"#);
        let full = StartRequest {
            client_tag: "t",
            ks: "K",
            app_token_id: "I",
            token_hash: "H",
            user_id: Some("é\"\\\n\u{1}🙂"),
            session_type: Some(2),
            expiry_seconds: Some(60),
            privileges: Some("list:*"),
            nocache: true,
        };
        let expected = concat!(
            r#"{"format":1,"clientTag":"t","ks":"K","id":"I","tokenHash":"H","userId":"é\"\\\n\u0001🙂","#,
            r#""type":2,"expiry":60,"sessionPrivileges":"list:*","nocache":1}"#
        );
        assert_eq!(*full.body(), expected);
    }

    #[test]
    fn every_text_arrives_as_it_was_given_and_memory_never_moves() {
        let every: String = (0..0x250).filter_map(char::from_u32).collect();
        let body = WidgetRequest { client_tag: "t", widget_id: &every, expiry_seconds: None, nocache: false }.body();
        let read: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(read["widgetId"], every.as_str());
        let controls = "\u{1}".repeat(1000);
        let widget = WidgetRequest {
            client_tag: &controls,
            widget_id: &controls,
            expiry_seconds: Some(i64::MIN),
            nocache: true,
        };
        assert!(widget.body().len() <= OVERHEAD + LONGEST_ESCAPE * 2000);
    }
}
