//! `generate` and `diagnose`.

use std::fs;

use kaltura_session::{
    Adjustment, Cancellation, ClockSource, Log, LogLevel, Options, Session, SessionType, Status, admin, start_session,
};
use serde_json::{Value, json};

use crate::arguments::{Connection, SessionArguments};
use crate::output::{self, Failure, Outcome, Output, Style};
use crate::secrets;

/// The KS alone on standard output, so that it can be piped on; what was granted beside it.
pub fn generate(arguments: &SessionArguments, output: &Output) -> Result<Outcome, Failure> {
    let session = start_session(&options(arguments)?, &Cancellation::new())?;
    if output.is_json() {
        output.json(&session_json(&session))?;
        return Ok(Outcome::Good);
    }
    output.line(format_args!("{}", &*session.ks))?;
    for told in [summary(&session)].into_iter().chain(privileges(&session)).chain(adjustments(&session)) {
        output::wrapped(&told, output::COLUMNS, "# ").lines().for_each(|line| output.note(line));
    }
    Ok(Outcome::Good)
}

/// Every step with its outcome, and what to do about the one that fails.
pub fn diagnose(arguments: &SessionArguments, output: &Output) -> Result<Outcome, Failure> {
    let mut options = options(arguments)?;
    if !output.is_json() {
        let quiet = output.styled(Style::Quiet, "...");
        options.set_log(Log::new(LogLevel::Debug, move |_, line| {
            // A log line that is lost is no reason to stop.
            let _ = std::io::Write::write_fmt(&mut std::io::stdout(), format_args!("{quiet}{}\n", log_line(line)));
        }));
    }
    let session = start_session(&options, &Cancellation::new())?;
    let is_taken = admin::check_ks(&options, &session.ks, &Cancellation::new());
    if output.is_json() {
        is_taken?;
        let mut json = session_json(&session);
        if let Some(object) = json.as_object_mut() {
            // Whoever asks for a diagnosis shows it to others.
            object.remove("ks");
        }
        output.json(&json)?;
        return Ok(Outcome::Good);
    }
    let tell = |style, mark: &str, text: &str| {
        let text = output::wrapped(&output::printable(text), output::COLUMNS, "    ");
        output.line(format_args!("{}{}", output.styled(style, mark), text.get(mark.len()..).unwrap_or_default()))
    };
    tell(Style::Good, "ok", &summary(&session))?;
    if let Some(privileges) = privileges(&session) {
        tell(Style::Plain, "", &privileges)?;
    }
    if let Some(hash_type) = session.hash_type {
        tell(Style::Good, "ok", &format!("the app token's hash type is {}", hash_type.name()))?;
    }
    for note in adjustments(&session) {
        tell(Style::Strong, "!", &note)?;
    }
    if session.clock_source == ClockSource::Wall {
        tell(Style::Strong, "!", "the server did not tell its time")?;
    }
    is_taken?;
    tell(Style::Good, "ok", "the server takes the session (system.ping)")?;
    Ok(Outcome::Good)
}

/// Behind its mark of three characters.
fn log_line(line: &str) -> String {
    output::wrapped(&output::printable(line), output::COLUMNS, "    ").split_off(3)
}

fn options(arguments: &SessionArguments) -> Result<Options, Failure> {
    let file = arguments.app_token_file.as_deref();
    let app_token = secrets::get(file, secrets::APP_TOKEN, "--app-token-file")?;
    let mut options = Options::new(arguments.connection.partner_id, &arguments.app_token_id, Some(&app_token));
    connect(&mut options, &arguments.connection)?;
    options.set_hash_type(arguments.hash_type.map(Into::into));
    options.set_user_id(arguments.asked.user_id.as_deref());
    if let Some(session_type) = arguments.asked.session_type {
        options.set_session_type(session_type.into());
    }
    options.set_expiry_seconds(arguments.asked.expiry.unwrap_or(0));
    options.set_privileges(arguments.asked.privileges.as_deref());
    Ok(options)
}

/// Where the server is and how it is reached.
pub fn connect(options: &mut Options, connection: &Connection) -> Result<(), Failure> {
    options.set_service_url(connection.service_url.as_deref());
    options.set_total_timeout_ms(i64::from(connection.timeout).saturating_mul(1_000));
    options.set_client_tag(Some(concat!("kaltura-session-cli:", env!("CARGO_PKG_VERSION"))));
    if let Some(file) = &connection.ca_file {
        let pem = fs::read_to_string(file).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
        options.add_ca_pem(&pem);
    }
    Ok(())
}

fn summary(session: &Session) -> String {
    let user = if session.user_id.is_empty() { "nobody".to_owned() } else { format!("user {:?}", session.user_id) };
    let kind = match session.session_type {
        SessionType::User => "user session",
        SessionType::Admin => "admin session",
    };
    let left = i64::try_from(session.remaining_ms().div_ceil(1_000)).unwrap_or(i64::MAX);
    format!("a {kind} for {user}, ends in {}", output::duration(left))
}

fn privileges(session: &Session) -> Option<String> {
    (!session.privileges.is_empty()).then(|| format!("may {}", output::list(&session.privileges)))
}

fn adjustments(session: &Session) -> Vec<String> {
    let told = [
        (Adjustment::UserReplaced, "the app token names another user than was asked for".to_owned()),
        (Adjustment::TypeReplaced, "the app token names another type than was asked for".to_owned()),
        (Adjustment::ExpiryShortened, "the session ends earlier than was asked for".to_owned()),
        (Adjustment::PrivilegesDropped, format!("dropped: {}", output::list(&session.dropped_privileges))),
    ];
    told.into_iter().filter(|(adjustment, _)| session.adjustments.contains(*adjustment)).map(|(_, text)| text).collect()
}

fn session_json(session: &Session) -> Value {
    json!({
        "ks": &*session.ks,
        "partnerId": session.partner_id,
        "userId": session.user_id,
        "type": type_name(session.session_type as i64),
        "privileges": session.privileges,
        "droppedPrivileges": session.dropped_privileges,
        "adjustments": {
            "userReplaced": session.adjustments.contains(Adjustment::UserReplaced),
            "typeReplaced": session.adjustments.contains(Adjustment::TypeReplaced),
            "expiryShortened": session.adjustments.contains(Adjustment::ExpiryShortened),
            "privilegesDropped": session.adjustments.contains(Adjustment::PrivilegesDropped),
        },
        "hashType": session.hash_type.map(kaltura_session::HashType::name),
        "expiresAt": session.expires_at_seconds,
        "remainingMs": session.remaining_ms(),
        "requests": session.attempts(),
        "status": Status::Ok.name(),
    })
}

/// As the arguments spell it.
pub fn type_name(number: i64) -> &'static str {
    if number >= 1 { "admin" } else { "user" }
}
