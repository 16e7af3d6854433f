//! Scripts: which connection or request misbehaves, and how.
//!
//! One rule per line: `<when> <what> [flag] [key=value ...]`, as in `start:1 status code=429 retry-after=2`. Empty lines and
//! lines that begin with `#` do not count. Values with blanks stand in double quotes, in which `\"`, `\\`, `\n`, `\r` and
//! `\t` are escapes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::services::Action;
use crate::tls::CertKind;

/// How long a stall lasts unless the rule or the client ends it.
pub const STALL: Duration = Duration::from_secs(60);

/// Rules, and how often each kind of event has occurred since they were set.
#[derive(Debug, Default)]
pub struct Script(Mutex<Progress>);

#[derive(Debug, Default)]
struct Progress {
    rules: Vec<Rule>,
    seen: HashMap<Scope, u64>,
}

#[derive(Clone, Debug)]
struct Rule {
    scope: Scope,
    first: u64,
    last: u64,
    effect: Effect,
}

/// What a rule waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Scope {
    Connection,
    Request,
    Action(Action),
}

/// What happens to a connection or a reply; named like the words of the script, which README.md explains.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    // Connections:
    Cert(CertKind),
    TlsStall(Duration),
    TlsGarbage,
    Stall(Duration),
    // Connections and replies:
    Close,
    Reset,
    Delay(Duration),
    // Replies: what is said
    Content(Content),
    BadKs,
    Envelope,
    Gzip,
    // Replies: the head
    Date(Option<String>),
    DateShift(i64),
    SessionHeader(Option<String>),
    Header(String, Option<String>),
    HugeHead(usize),
    // Replies: the frame
    ContentLength(i64),
    NoContentLength,
    Chunked,
    ChunkedCut,
    // Replies: the delivery
    Hold(String),
    DelayInHead(Duration),
    DelayBody(Duration),
    DelayInBody(Duration),
    DripHead(Duration),
    Drip(Duration),
    StallHead(Duration),
    StallBody(Duration),
    ResetInBody,
    CloseInHead,
    CloseAfter,
    Truncate(Option<usize>),
}

/// A reply that is said instead of the real one, named likewise; the request is then not carried out.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    Empty { x_kaltura: Option<String> },
    Html { status: u16 },
    Xml,
    Redirect { status: u16, location: String },
    Status { code: u16, retry_after: Option<String>, body: String, content_type: String },
    Blocked,
    Internal,
    Api { code: String, message: String },
    Body { value: String, status: u16, content_type: String },
    NotJson,
    JsonNoKs,
    Garbage,
    Huge { bytes: u64 },
}

impl Script {
    /// Replaces the rules and starts counting afresh. On a bad line nothing changes, and the error names the line.
    pub fn set(&self, text: &str) -> Result<(), String> {
        let rules = parse(text)?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Progress { rules, seen: HashMap::new() };
        Ok(())
    }

    /// Counts a new connection; what is to happen to it.
    pub fn connection(&self) -> Vec<Effect> {
        self.occur(&[Scope::Connection])
    }

    /// Counts a request; what is to happen to its reply, in the order of the rules.
    pub fn request(&self, action: Option<Action>) -> Vec<Effect> {
        match action {
            Some(action) => self.occur(&[Scope::Request, Scope::Action(action)]),
            None => self.occur(&[Scope::Request]),
        }
    }

    fn occur(&self, scopes: &[Scope]) -> Vec<Effect> {
        let mut progress = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for scope in scopes {
            *progress.seen.entry(*scope).or_default() += 1;
        }
        let applies = |rule: &&Rule| {
            let seen = progress.seen.get(&rule.scope).copied().unwrap_or_default();
            scopes.contains(&rule.scope) && rule.first <= seen && seen <= rule.last
        };
        progress.rules.iter().filter(applies).map(|rule| rule.effect.clone()).collect()
    }
}

fn parse(text: &str) -> Result<Vec<Rule>, String> {
    let mut rules = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if !line.is_empty() && !line.starts_with('#') {
            rules.push(parse_rule(line).map_err(|error| format!("line {number}: {error}: {line}"))?);
        }
    }
    Ok(rules)
}

fn parse_rule(line: &str) -> Result<Rule, String> {
    let mut words = words(line)?.into_iter();
    let (Some(when), Some(what)) = (words.next(), words.next()) else {
        return Err("a rule is `<when> <what> [key=value ...]`".to_owned());
    };
    let (scope, first, last) = parse_when(&when)?;
    let mut options = Options(
        words
            .map(|word| match word.split_once('=') {
                Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
                None => (word, None),
            })
            .collect(),
    );
    let effect = if scope == Scope::Connection {
        connection_effect(&what, &mut options)?
    } else {
        request_effect(&what, &mut options)?
    };
    options.finish()?;
    Ok(Rule { scope, first, last, effect })
}

/// `scope:N`, `scope:N+`, `scope:N-M` or `scope:*`.
fn parse_when(when: &str) -> Result<(Scope, u64, u64), String> {
    let wrong = || format!("`{when}` is no moment such as `connection:1`, `request:2+`, `start:1-3` or `widget:*`");
    let (scope, which) = when.split_once(':').ok_or_else(wrong)?;
    let scope = match scope {
        "connection" => Scope::Connection,
        "request" => Scope::Request,
        "widget" => Scope::Action(Action::StartWidgetSession),
        "start" => Scope::Action(Action::StartWithAppToken),
        "end" => Scope::Action(Action::EndSession),
        "get" => Scope::Action(Action::GetSession),
        "secret" => Scope::Action(Action::StartWithSecret),
        "ping" => Scope::Action(Action::Ping),
        "time" => Scope::Action(Action::GetTime),
        _ => return Err(wrong()),
    };
    let number = |text: &str| text.parse::<u64>().ok().filter(|&number| number > 0).ok_or_else(wrong);
    let (first, last) = match which.split_once('-') {
        _ if which == "*" => (1, u64::MAX),
        Some((first, last)) => (number(first)?, number(last)?),
        None => match which.strip_suffix('+') {
            Some(first) => (number(first)?, u64::MAX),
            None => (number(which)?, number(which)?),
        },
    };
    Ok((scope, first, last))
}

fn connection_effect(what: &str, options: &mut Options) -> Result<Effect, String> {
    Ok(match what {
        "close" => Effect::Close,
        "reset" => Effect::Reset,
        "delay" => Effect::Delay(options.ms()?),
        "stall" => Effect::Stall(options.stall()?),
        "tls-stall" => Effect::TlsStall(options.stall()?),
        "tls-garbage" => Effect::TlsGarbage,
        "cert" => Effect::Cert(match options.flag()?.as_str() {
            "unknown" => CertKind::Unknown,
            "expired" => CertKind::Expired,
            "wrong-name" => CertKind::WrongName,
            other => return Err(format!("`{other}` is none of unknown, expired, wrong-name")),
        }),
        _ => return Err(format!("`{what}` is nothing that a connection can do")),
    })
}

fn request_effect(what: &str, options: &mut Options) -> Result<Effect, String> {
    Ok(match what {
        "close" => Effect::Close,
        "reset" => Effect::Reset,
        "delay-head" => Effect::Delay(options.ms()?),
        "delay-in-head" => Effect::DelayInHead(options.ms()?),
        "delay-body" => Effect::DelayBody(options.ms()?),
        "delay-in-body" => Effect::DelayInBody(options.ms()?),
        "drip" => Effect::Drip(options.ms()?),
        "drip-head" => Effect::DripHead(options.ms()?),
        "stall-head" => Effect::StallHead(options.stall()?),
        "stall-body" => Effect::StallBody(options.stall()?),
        "reset-in-body" => Effect::ResetInBody,
        "close-in-head" => Effect::CloseInHead,
        "close-after" => Effect::CloseAfter,
        "truncate" => Effect::Truncate(options.number("bytes")?),
        "content-length" => Effect::ContentLength(options.required_number("add")?),
        "no-content-length" => Effect::NoContentLength,
        "chunked" => Effect::Chunked,
        "chunked-cut" => Effect::ChunkedCut,
        "gzip" => Effect::Gzip,
        "bad-ks" => Effect::BadKs,
        "envelope" => Effect::Envelope,
        "hold" => Effect::Hold(options.required("name")?),
        "huge-head" => Effect::HugeHead(options.number("bytes")?.unwrap_or(1024 * 1024)),
        "no-session-header" => Effect::SessionHeader(None),
        "session-header" => Effect::SessionHeader(Some(options.required("value")?)),
        "header" => Effect::Header(options.required("name")?, options.take("value")),
        "date" => match (options.take("value"), options.number("shift")?) {
            (Some(value), None) => Effect::Date(Some(value)),
            (None, Some(seconds)) => Effect::DateShift(seconds),
            (None, None) if options.flag()? == "none" => Effect::Date(None),
            _ => return Err("date takes one of `value=TEXT`, `shift=SECONDS`, `none`".to_owned()),
        },
        _ => Effect::Content(content(what, options)?),
    })
}

fn content(what: &str, options: &mut Options) -> Result<Content, String> {
    let text = |value: Option<String>, default: &str| value.unwrap_or_else(|| default.to_owned());
    Ok(match what {
        "empty" => Content::Empty { x_kaltura: None },
        "empty-xkaltura" => Content::Empty { x_kaltura: Some(text(options.take("value"), "error-16")) },
        "html" => Content::Html { status: options.number("status")?.unwrap_or(502) },
        "xml" => Content::Xml,
        "redirect" => Content::Redirect {
            status: options.number("status")?.unwrap_or(302),
            location: text(options.take("location"), "https://elsewhere.example/"),
        },
        "status" => Content::Status {
            code: options.required_number("code")?,
            retry_after: options.take("retry-after"),
            body: text(options.take("body"), ""),
            content_type: text(options.take("type"), "text/html"),
        },
        "blocked" => Content::Blocked,
        "internal" => Content::Internal,
        "api" => {
            Content::Api { code: options.required("code")?, message: text(options.take("message"), "scripted error") }
        }
        "body" => Content::Body {
            value: options.required("value")?,
            status: options.number("status")?.unwrap_or(200),
            content_type: text(options.take("type"), "application/json"),
        },
        "not-json" => Content::NotJson,
        "json-no-ks" => Content::JsonNoKs,
        "garbage" => Content::Garbage,
        "huge" => Content::Huge { bytes: options.number("bytes")?.unwrap_or(100 * 1024 * 1024) },
        _ => return Err(format!("`{what}` is nothing that a reply can do")),
    })
}

/// The words behind `<what>`; each may be used once, and all must be.
struct Options(Vec<(String, Option<String>)>);

impl Options {
    fn take(&mut self, key: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, value)| known == key && value.is_some())?;
        self.0.remove(at).1
    }

    fn required(&mut self, key: &str) -> Result<String, String> {
        self.take(key).ok_or_else(|| format!("`{key}=` is missing"))
    }

    fn number<T: std::str::FromStr>(&mut self, key: &str) -> Result<Option<T>, String> {
        let Some(text) = self.take(key) else { return Ok(None) };
        let digits = text.strip_prefix('+').unwrap_or(&text);
        digits.parse().map(Some).map_err(|_| format!("`{key}={text}` is no number that fits"))
    }

    fn required_number<T: std::str::FromStr>(&mut self, key: &str) -> Result<T, String> {
        self.number(key)?.ok_or_else(|| format!("`{key}=` is missing"))
    }

    fn ms(&mut self) -> Result<Duration, String> {
        self.required_number("ms").map(Duration::from_millis)
    }

    fn stall(&mut self) -> Result<Duration, String> {
        Ok(self.number("ms")?.map_or(STALL, Duration::from_millis).min(STALL))
    }

    fn flag(&mut self) -> Result<String, String> {
        let at = self.0.iter().position(|(_, value)| value.is_none()).ok_or("a word is missing")?;
        Ok(self.0.remove(at).0)
    }

    fn finish(self) -> Result<(), String> {
        match self.0.first() {
            None => Ok(()),
            Some((word, _)) => Err(format!("`{word}` does not belong here")),
        }
    }
}

/// Splits a line at blanks that are not inside of quotes, and undoes the quotes.
fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '\\' if quoted => word.get_or_insert_default().push(match chars.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some(c @ ('"' | '\\')) => c,
                _ => return Err("in quotes, `\\` is followed by one of \" \\ n r t".to_owned()),
            }),
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    if quoted {
        return Err("a quote is not closed".to_owned());
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_apply_to_the_events_they_name() {
        let script = Script::default();
        script.set("request:2+ chunked\nstart:1 gzip\nconnection:2-3 reset\nwidget:* close").unwrap();
        assert_eq!(script.request(Some(Action::StartWidgetSession)), [Effect::Close]);
        assert_eq!(script.request(Some(Action::StartWithAppToken)), [Effect::Chunked, Effect::Gzip]);
        assert_eq!(script.request(Some(Action::StartWithAppToken)), [Effect::Chunked]);
        let resets: Vec<_> = (0..4).map(|_| script.connection().len()).collect();
        assert_eq!(resets, [0, 1, 1, 0]);
    }

    #[test]
    fn values_with_blanks_stand_in_quotes() {
        let script = Script::default();
        script.set("request:1 body value=\"{\\\"a\\\": 1}\\n\" status=500").unwrap();
        let body = Content::Body { value: "{\"a\": 1}\n".into(), status: 500, content_type: "application/json".into() };
        assert_eq!(script.request(None), [Effect::Content(body)]);
    }

    #[test]
    fn a_bad_line_is_named_and_changes_nothing() {
        let script = Script::default();
        script.set("request:* close").unwrap();
        for (line, complaint) in [
            ("request:0 close", "no moment"),
            ("request:1 dance", "`dance`"),
            ("request:1 drip", "`ms=` is missing"),
            ("request:1 drip ms=soon", "no number"),
            ("request:1 close now", "`now`"),
            ("connection:1 gzip", "`gzip`"),
            ("connection:1 cert funny", "`funny`"),
            ("request:1 body value=\"x", "not closed"),
        ] {
            let error = script.set(&format!("# first\n{line}")).unwrap_err();
            assert!(error.starts_with("line 2: ") && error.contains(complaint), "{error}");
        }
        assert_eq!(script.request(None), [Effect::Close]);
    }

    #[test]
    fn dates_are_set_shifted_or_left_out() {
        let script = Script::default();
        script.set("request:1 date none\nrequest:1 date shift=-60\nrequest:1 date value=yesterday").unwrap();
        let expected = [Effect::Date(None), Effect::DateShift(-60), Effect::Date(Some("yesterday".into()))];
        assert_eq!(script.request(None), expected);
    }
}
