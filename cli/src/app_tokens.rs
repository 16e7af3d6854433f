//! `app-token add|get|list|update|delete`

use kaltura_session::admin::{Admin, AppToken, AppTokenFields, AppTokenFilter, Expiry};
use kaltura_session::{Cancellation, Options};
use serde_json::{Value, json};

use crate::arguments::{AdminArguments, AppTokenArguments, AppTokenCommand, AppTokenStatus};
use crate::output::{self, Failure, Outcome, Output, Style};
use crate::secrets;
use crate::session::{connect, type_name};

pub fn run(command: &AppTokenCommand, output: &Output) -> Result<Outcome, Failure> {
    let cancellation = Cancellation::new();
    match command {
        AppTokenCommand::Add { admin, fields } => {
            let added = administrator(admin)?.add(&asked(fields), &cancellation)?;
            show(&added, true, output)?;
        }
        AppTokenCommand::Get { admin, id, show_token } => {
            show(&administrator(admin)?.get(id, &cancellation)?, *show_token, output)?;
        }
        AppTokenCommand::Update { admin, id, fields } => {
            show(&administrator(admin)?.update(id, &asked(fields), &cancellation)?, false, output)?;
        }
        AppTokenCommand::Delete { admin, id } => {
            administrator(admin)?.delete(id, &cancellation)?;
            if output.is_json() {
                output.json(&json!({ "id": id, "isDeleted": true }))?;
            } else {
                let good = output.styled(Style::Good, "deleted:");
                output
                    .line(format_args!("{good} {id} starts no more sessions, and those that it started are ended"))?;
            }
        }
        AppTokenCommand::List { admin, user_id, status, newest_first, limit, show_token } => {
            let mut filter = AppTokenFilter::default();
            filter.session_user_id = user_id.clone();
            filter.newest_first = *newest_first;
            filter.status = status.map(|status| match status {
                AppTokenStatus::Active => 2,
                AppTokenStatus::Disabled => 1,
            });
            let tokens = collect(&administrator(admin)?, &filter, limit.unwrap_or(usize::MAX), &cancellation)?;
            list(&tokens, *show_token, output)?;
        }
    }
    Ok(Outcome::Good)
}

fn administrator(arguments: &AdminArguments) -> Result<Admin, Failure> {
    let mut options = Options::new(arguments.connection.partner_id, "", None);
    connect(&mut options, &arguments.connection)?;
    // A file that is named wins over the environment, whichever it is for.
    if arguments.secret_file.is_none()
        && let Some(ks) = secrets::find(arguments.ks_file.as_deref(), secrets::KS)?
    {
        return Ok(Admin::with_ks(&options, &ks)?);
    }
    let secret = secrets::find(arguments.secret_file.as_deref(), secrets::ADMIN_SECRET)?.ok_or_else(|| {
        Failure::usage("set KALTURA_KS or KALTURA_ADMIN_SECRET, or give --ks-file FILE or --secret-file FILE")
    })?;
    Ok(Admin::with_secret(&options, &secret, &arguments.admin_user)?)
}

fn asked(arguments: &AppTokenArguments) -> AppTokenFields {
    let mut fields = AppTokenFields::default();
    fields.hash_type = arguments.hash_type.map(Into::into);
    fields.expiry = arguments.expires_in.map(Expiry::In).or(arguments.expires_at.map(Expiry::At));
    fields.session_type = arguments.session_type.map(Into::into);
    fields.session_user_id = arguments.session_user_id.clone();
    fields.session_duration_seconds = arguments.session_duration;
    fields.session_privileges = arguments.session_privileges.clone();
    fields.description = arguments.description.clone();
    fields
}

fn collect(
    admin: &Admin,
    filter: &AppTokenFilter,
    limit: usize,
    cancellation: &Cancellation,
) -> Result<Vec<AppToken>, Failure> {
    let mut walk = admin.walk(filter);
    let mut tokens = Vec::new();
    while tokens.len() < limit {
        match walk.next(cancellation)? {
            Some(token) => tokens.push(token),
            None => break,
        }
    }
    Ok(tokens)
}

fn show(token: &AppToken, with_token: bool, output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        output.json(&token_json(token, with_token))?;
        return Ok(());
    }
    let plain = |name, value| (name, Style::Plain, value);
    let as_asked = || "as asked for".to_owned();
    output.fields(&[
        ("id", Style::Strong, Some(token.id.clone())),
        ("token", Style::Strong, with_token.then(|| token.token.to_string())),
        plain("partner", Some(token.partner_id.to_string())),
        plain("status", Some(status_name(token.status).to_owned())),
        plain("hash type", Some(hash_name(token))),
        plain("ends", Some(token.expires_at_seconds.map_or("never".to_owned(), output::time))),
        plain("sessions: type", Some(token.session_type.map_or_else(as_asked, |number| type_name(number).to_owned()))),
        plain("sessions: user", Some(token.session_user_id.clone().unwrap_or_else(as_asked))),
        plain("sessions: life", token.session_duration_seconds.map(output::duration)),
        plain("sessions: may", token.session_privileges.as_deref().map(output::list)),
        plain("description", token.description.clone()),
        plain("made", Some(output::time(token.created_at_seconds))),
        plain("changed", Some(output::time(token.updated_at_seconds))),
    ])?;
    Ok(())
}

fn list(tokens: &[AppToken], with_token: bool, output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        let tokens: Vec<Value> = tokens.iter().map(|token| token_json(token, with_token)).collect();
        output.json(&json!({ "appTokens": tokens }))?;
        return Ok(());
    }
    if tokens.is_empty() {
        output.note("no app tokens");
        return Ok(());
    }
    let rows: Vec<Vec<String>> = tokens.iter().map(|token| row(token, with_token)).collect();
    let header = if with_token {
        vec!["ID", "TOKEN", "STATUS", "HASH", "TYPE", "LIFE"]
    } else {
        vec!["ID", "STATUS", "HASH", "TYPE", "LIFE", "USER", "DESCRIPTION"]
    };
    let header: Vec<String> = header.into_iter().map(str::to_owned).collect();
    let widths: Vec<usize> = (0..header.len())
        .map(|column| {
            let cells = rows.iter().chain([&header]).filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let line = |row: &[String]| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    output.line(format_args!("{}", output.styled(Style::Quiet, &line(&header))))?;
    for row in &rows {
        output.line(format_args!("{}", line(row)))?;
    }
    Ok(())
}

/// Cut to what 80 columns show.
fn row(token: &AppToken, with_token: bool) -> Vec<String> {
    let text = |text: &Option<String>, width: usize| cut(text.as_deref().unwrap_or("-"), width);
    let mut row = vec![
        token.id.clone(),
        status_name(token.status).to_owned(),
        hash_name(token),
        token.session_type.map_or("-", type_name).to_owned(),
        token.session_duration_seconds.map_or("-".to_owned(), output::duration),
    ];
    if with_token {
        row.insert(1, token.token.to_string());
    } else {
        row.push(text(&token.session_user_id, 14));
        row.push(text(&token.description, 14));
    }
    row
}

/// A text on one line, cut if it is longer.
fn cut(text: &str, width: usize) -> String {
    let text = output::printable(text);
    if text.chars().count() <= width { text } else { text.chars().take(width - 1).chain(['…']).collect() }
}

fn token_json(token: &AppToken, with_token: bool) -> Value {
    let mut json = json!({
        "id": token.id,
        "partnerId": token.partner_id,
        "status": status_name(token.status),
        "hashType": token.hash_type.map(kaltura_session::HashType::name),
        "expiresAt": token.expires_at_seconds,
        "sessionType": token.session_type.map(type_name),
        "sessionUserId": token.session_user_id,
        "sessionDuration": token.session_duration_seconds,
        "sessionPrivileges": token.session_privileges,
        "description": token.description,
        "createdAt": token.created_at_seconds,
        "updatedAt": token.updated_at_seconds,
    });
    if let (true, Some(object)) = (with_token, json.as_object_mut()) {
        object.insert("token".to_owned(), Value::from(&*token.token));
    }
    json
}

fn status_name(status: i64) -> &'static str {
    match status {
        1 => "disabled",
        2 => "active",
        3 => "deleted",
        _ => "unknown",
    }
}

fn hash_name(token: &AppToken) -> String {
    token.hash_type.map_or("unknown", kaltura_session::HashType::name).to_owned()
}
