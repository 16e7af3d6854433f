//! What is printed, for people and for programs. cli/README.md describes the JSON.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, fmt};

use kaltura_session::{Category, Error};
use serde_json::{Value, json};

use crate::arguments::Color;

/// How a command ended that did what it was told.
pub enum Outcome {
    Good,
    /// The KS that was to be looked at is not good.
    NotGood,
}

impl Outcome {
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Outcome::Good => ExitCode::SUCCESS,
            Outcome::NotGood => ExitCode::from(1),
        }
    }
}

/// Why a command did not.
pub enum Failure {
    Session(Box<Error>),
    Usage(String),
    Io(io::Error),
}

impl Failure {
    pub fn usage(message: impl Into<String>) -> Self {
        Failure::Usage(message.into())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Session(Box::new(error))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Io(error)
    }
}

/// Where and how it is printed.
pub struct Output {
    is_json: bool,
    is_colored: bool,
    is_colored_on_error: bool,
}

/// How a text stands out where there are colours.
#[derive(Clone, Copy)]
pub enum Style {
    Plain,
    Good,
    Bad,
    Strong,
    Quiet,
}

impl Output {
    pub fn new(is_json: bool, color: Color) -> Self {
        let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let on = |is_terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && !no_color,
        };
        Output {
            is_json,
            is_colored: on(io::stdout().is_terminal()),
            is_colored_on_error: on(io::stderr().is_terminal()),
        }
    }

    pub fn is_json(&self) -> bool {
        self.is_json
    }

    /// JSON on one line.
    pub fn json(&self, value: &Value) -> io::Result<()> {
        self.line(format_args!("{value}"))
    }

    /// A line on standard output.
    pub fn line(&self, text: fmt::Arguments<'_>) -> io::Result<()> {
        writeln!(io::stdout(), "{text}")
    }

    /// Names and values, in columns; those without a value are left out.
    pub fn fields(&self, fields: &[(&str, Style, Option<String>)]) -> io::Result<()> {
        let there = fields.iter().filter(|(_, _, value)| value.is_some());
        let width = there.map(|(name, _, _)| name.len()).max().unwrap_or(0);
        let indent = " ".repeat(width + 2);
        for (name, style, value) in fields {
            if let Some(value) = value {
                let lines = wrapped(&printable(value), COLUMNS, &indent);
                let value = lines.strip_prefix(&indent).unwrap_or(&lines);
                let name = self.styled(Style::Quiet, &format!("{name:<width$}"));
                self.line(format_args!("{name}  {}", self.styled(*style, value)))?;
            }
        }
        Ok(())
    }

    pub fn styled(&self, style: Style, text: &str) -> String {
        painted(self.is_colored, style, text)
    }

    /// A line on standard error, which is out of the way of what is piped on.
    pub fn note(&self, text: &str) {
        if !self.is_json {
            let text = painted(self.is_colored_on_error, Style::Quiet, &printable(text));
            // Nobody is left who could be told.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Tells of a failure, and gives its exit code.
    pub fn failure(&self, failure: &Failure) -> ExitCode {
        let code = match failure {
            Failure::Session(error) => exit_code(error),
            Failure::Usage(_) => 2,
            Failure::Io(_) => 6,
        };
        if self.is_json {
            let _ = self.json(&json!({ "error": failure_json(failure) }));
            return ExitCode::from(code);
        }
        let bad = |text: &str| painted(self.is_colored_on_error, Style::Bad, text);
        let message = wrapped(&printable(&format!("error: {}", message(failure))), COLUMNS, "  ");
        let mut text = message.trim_start().replacen("error:", &bad("error:"), 1);
        if let Failure::Session(error) = failure {
            let name = match error.option {
                Some(option) => format!("{}, {option}", error.status.name()),
                None => error.status.name().to_owned(),
            };
            text += &format!("\n{}", wrapped(&error.hint, COLUMNS, "  "));
            text += &format!("\n  {}", painted(self.is_colored_on_error, Style::Quiet, &name));
        }
        let _ = writeln!(io::stderr(), "{text}");
        ExitCode::from(code)
    }
}

/// By whose turn it is.
fn exit_code(error: &Error) -> u8 {
    match error.category() {
        Category::None => 0,
        Category::Caller => 2,
        Category::Network => 3,
        Category::Reply => 4,
        Category::Server => 5,
        Category::Library => 6,
    }
}

fn message(failure: &Failure) -> String {
    match failure {
        Failure::Session(error) => error.message.clone(),
        Failure::Usage(message) => message.clone(),
        Failure::Io(error) => error.to_string(),
    }
}

/// The same members, whatever failed.
fn failure_json(failure: &Failure) -> Value {
    let error = match failure {
        Failure::Session(error) => Some(error),
        Failure::Usage(_) | Failure::Io(_) => None,
    };
    let category = match failure {
        Failure::Session(error) => error.category(),
        Failure::Usage(_) => Category::Caller,
        Failure::Io(_) => Category::Library,
    };
    json!({
        "status": error.map(|error| error.status.name()),
        "category": category_name(category),
        "message": message(failure),
        "hint": error.map(|error| error.hint.as_str()),
        "option": error.and_then(|error| error.option),
        "apiCode": error.and_then(|error| error.api.as_ref()).map(|api| api.code.as_str()),
        "httpStatus": error.map(|error| error.http_status).filter(|&status| status != 0),
        "isRetryable": error.is_some_and(|error| error.is_retryable),
        "attempts": error.map_or(0, |error| error.attempts),
        "serverSession": error.and_then(|error| error.server_session.as_deref()),
        "serverHost": error.and_then(|error| error.server_host.as_deref()),
    })
}

fn category_name(category: Category) -> &'static str {
    match category {
        Category::None => "none",
        Category::Caller => "caller",
        Category::Network => "network",
        Category::Reply => "reply",
        Category::Server => "server",
        Category::Library => "library",
    }
}

fn painted(is_colored: bool, style: Style, text: &str) -> String {
    if !is_colored {
        return text.to_owned();
    }
    let code = match style {
        Style::Plain => return text.to_owned(),
        Style::Good => 32,
        Style::Bad => 31,
        Style::Strong => 1,
        Style::Quiet => 2,
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}

/// What the narrowest terminal shows that counts.
pub const COLUMNS: usize = 80;

/// Nothing in it moves the cursor or paints: texts come from servers, and from whoever made a KS.
pub fn printable(text: &str) -> String {
    let shown = |c: char| match c {
        '\t' | '\n' => ' ',
        _ if c.is_control() => char::REPLACEMENT_CHARACTER,
        _ => c,
    };
    text.chars().map(shown).collect()
}

/// A list of privileges, with blanks where a line may end.
pub fn list(privileges: &str) -> String {
    privileges.replace(',', ", ")
}

/// Words on lines that are not wider than `width`, each after `indent`. A word that is wider stays whole.
pub fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let length = |text: &str| text.chars().count();
    let mut lines = vec![indent.to_owned()];
    for word in text.split(' ') {
        if let Some(line) = lines.last_mut() {
            if line.len() > indent.len() && length(line) + 1 + length(word) > width {
                lines.push(format!("{indent}{word}"));
            } else if line.len() > indent.len() {
                line.push(' ');
                line.push_str(word);
            } else {
                line.push_str(word);
            }
        }
    }
    lines.join("\n")
}

/// A time for people, and how far it is.
pub fn time(seconds: i64) -> String {
    let Some(time) =
        u64::try_from(seconds).ok().and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)))
    else {
        return seconds.to_string();
    };
    // Further than dates go that are printed.
    if seconds > 253_402_300_799 {
        return seconds.to_string();
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let left = seconds - i64::try_from(now).unwrap_or(i64::MAX);
    let distance = match left {
        1.. => format!("in {}", duration(left)),
        -1..=0 => "now".to_owned(),
        _ => format!("{} ago", duration(-left)),
    };
    format!("{} ({distance})", httpdate::fmt_http_date(time))
}

/// In the largest unit that fits, and the next.
pub fn duration(seconds: i64) -> String {
    const UNITS: [(i64, &str); 5] = [(31_536_000, "y"), (86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut left = seconds;
    let mut parts = Vec::new();
    for (length, name) in UNITS {
        if left >= length && parts.len() < 2 {
            parts.push(format!("{} {name}", left / length));
            left %= length;
        }
    }
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}
