//! `inspect` and `sign`: no server.

use std::io::IsTerminal as _;
use std::time::{SystemTime, UNIX_EPOCH};

use kaltura_session::ks::{self, Reading, Verdict};
use kaltura_session::{Secret, SessionType};
use serde_json::{Value, json};

use crate::arguments::{InspectArguments, SignArguments};
use crate::output::{self, Failure, Outcome, Output, Style};
use crate::secrets;
use crate::session::type_name;

/// Unless asked otherwise, a day, as the server has it.
const DEFAULT_EXPIRY_SECONDS: i64 = 86_400;

pub fn inspect(arguments: &InspectArguments, output: &Output) -> Result<Outcome, Failure> {
    let ks = match secrets::find(arguments.ks_file.as_deref(), secrets::KS)? {
        Some(ks) => ks,
        None => {
            if std::io::stdin().is_terminal() {
                output.note("paste the KS, then end the input with Ctrl-D");
            }
            Secret::new(secrets::read_input()?.trim())
        }
    };
    let secrets = secrets::find(arguments.secret_file.as_deref(), secrets::ADMIN_SECRET)?;
    let secrets: Vec<&str> = secrets.as_ref().map(|list| list.split_whitespace().collect()).unwrap_or_default();
    let reading = ks::read(&ks, &secrets, now());
    if output.is_json() {
        output.json(&reading_json(&reading))?;
    } else {
        print(&reading, output)?;
    }
    Ok(match reading.verdict {
        Verdict::Valid | Verdict::Unverified => Outcome::Good,
        _ => Outcome::NotGood,
    })
}

fn print(reading: &Reading, output: &Output) -> Result<(), Failure> {
    let (name, words) = verdict(reading.verdict);
    let style = match reading.verdict {
        Verdict::Valid => Style::Good,
        Verdict::Unverified => Style::Strong,
        _ => Style::Bad,
    };
    output.line(format_args!("{}: {words}", output.styled(style, name)))?;
    let contents = reading.contents.as_ref();
    let text = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
    let end = contents.and_then(|contents| contents.expires_at.clone());
    let plain = |name, value| (name, Style::Plain, value);
    output.fields(&[
        plain("version", (reading.version != 0).then(|| reading.version.to_string())),
        plain("partner", reading.partner_id.clone()),
        plain("user", contents.map(|contents| text(contents.user_id.as_ref()).unwrap_or_else(|| "nobody".into()))),
        plain("type", contents.map(|contents| kind(contents).to_owned())),
        plain("ends", end.map(|end| end.parse().map_or(end, output::time))),
        plain("may", contents.and_then(|contents| text(contents.privileges.as_ref())).as_deref().map(output::list)),
        plain("master partner", contents.and_then(|contents| text(contents.master_partner_id.as_ref()))),
        plain("data", contents.and_then(|contents| text(contents.additional_data.as_ref()))),
        plain("hash", contents.map(|contents| contents.hash.clone())),
        plain("group", reading.session_id_hash()),
    ])?;
    Ok(())
}

fn kind(contents: &ks::Contents) -> &'static str {
    match (contents.is_admin(), contents.is_widget_session()) {
        (true, _) => "admin",
        (false, true) => "user (a widget session)",
        (false, false) => "user",
    }
}

fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Unverified => ("unverified", "without the account's secret nothing is proven"),
        Verdict::Valid => ("valid", "its signature is good, and it lives"),
        Verdict::Expired => ("expired", "its signature is good, but its end is past"),
        Verdict::BadEncoding => ("badEncoding", "it is no base64, or empty; something was lost or added on its way"),
        Verdict::UnknownVersion => ("unknownVersion", "it is neither of version 1 nor of version 2"),
        Verdict::WrongSecret => ("wrongSecret", "no secret fits; of version 1, it may also have been changed"),
        Verdict::Tampered => ("tampered", "it was changed or cut after it was signed"),
        Verdict::Malformed => ("malformed", "the server cannot read what is inside"),
    }
}

fn reading_json(reading: &Reading) -> Value {
    let contents = reading.contents.as_ref();
    let privileges = contents.map(|contents| {
        let parsed = contents.parsed_privileges.iter().filter(|(name, _)| !name.is_empty());
        parsed.map(|(name, values)| (name.to_owned(), Value::from(values.to_vec()))).collect::<serde_json::Map<_, _>>()
    });
    json!({
        "verdict": verdict(reading.verdict).0,
        "version": (reading.version != 0).then_some(reading.version),
        "partnerId": reading.partner_id,
        "secretIndex": reading.secret_index,
        "userId": contents.and_then(|contents| contents.user_id.clone()),
        "type": contents.map(|contents| type_name(i64::from(contents.is_admin()))),
        "isWidgetSession": contents.map(ks::Contents::is_widget_session),
        "expiresAt": contents.and_then(|contents| contents.expires_at.as_deref()?.parse::<i64>().ok()),
        "privileges": contents.and_then(|contents| contents.privileges.clone()),
        "parsedPrivileges": privileges,
        "masterPartnerId": contents.and_then(|contents| contents.master_partner_id.clone()),
        "additionalData": contents.and_then(|contents| contents.additional_data.clone()),
        "hash": contents.map(|contents| contents.hash.clone()),
        "sessionIdHash": reading.session_id_hash(),
    })
}

pub fn sign(arguments: &SignArguments, output: &Output) -> Result<Outcome, Failure> {
    let secret = secrets::get(arguments.secret_file.as_deref(), secrets::ADMIN_SECRET, "--secret-file")?;
    let asked = &arguments.asked;
    let fields = ks::Fields {
        partner_id: arguments.partner_id,
        user_id: Some(asked.user_id.clone().unwrap_or_default()),
        session_type: asked.session_type.map_or(SessionType::User, Into::into),
        expires_at_seconds: ks::end_of_life(now(), asked.expiry.unwrap_or(DEFAULT_EXPIRY_SECONDS))?,
        privileges: asked.privileges.clone().unwrap_or_default(),
    };
    let signed = ks::sign(arguments.ks_version, &secret, &fields)?;
    if output.is_json() {
        output.json(
            &json!({ "ks": &*signed, "version": arguments.ks_version, "expiresAt": fields.expires_at_seconds }),
        )?;
    } else {
        output.line(format_args!("{}", &*signed))?;
    }
    Ok(Outcome::Good)
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| i64::try_from(age.as_secs()).unwrap_or(i64::MAX))
}
