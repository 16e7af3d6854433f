//! The actions: their parameters, who may call them, and what they do.
//!
//! Sources: `SessionService`, `AppTokenService`, `SystemService`, `KalturaRequestDeserializer`.

use md5::Md5;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha256, Sha512};

use crate::api::{Context, colon_value};
use crate::app_tokens::{self, Members};
use crate::errors::{self, ApiError};
use crate::ks::{self, Fields, Session};
use crate::params::Params;
use crate::privileges;
use crate::value::Value;
use crate::world::{APP_TOKEN_ACTIVE, AppToken, HashType, Partner, Widget};

/// Life of a widget session and of `session.start` unless asked for, and its cap where the account names none, in seconds.
const DEFAULT_EXPIRY_SECONDS: i64 = 86_400;

/// An action that this server acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// `session.startWidgetSession`
    StartWidgetSession,
    /// `session.start`
    StartWithSecret,
    /// `session.end`
    EndSession,
    /// `session.get`
    GetSession,
    /// `appToken.startSession`
    StartWithAppToken,
    /// `appToken.add`
    AddAppToken,
    /// `appToken.get`
    GetAppToken,
    /// `appToken.update`
    UpdateAppToken,
    /// `appToken.delete`
    DeleteAppToken,
    /// `appToken.list`
    ListAppTokens,
    /// `system.ping`
    Ping,
    /// `system.getTime`
    GetTime,
}

/// The parameters of a call, read but not judged.
#[derive(Debug)]
pub enum Call {
    /// Of `session.startWidgetSession`.
    StartWidgetSession { widget_id: Value, expiry: i64 },
    /// Of `session.start`.
    StartWithSecret { secret: Value, user_id: Value, kind: i64, partner_id: i64, expiry: i64, privileges: Value },
    /// Of `appToken.startSession`.
    StartWithAppToken { id: Value, token_hash: Value, user_id: Value, kind: i64, expiry: i64, privileges: Value },
    /// Of an administrator's actions with app tokens.
    AppTokens(app_tokens::Call),
    /// Of `session.get`.
    GetSession { session: Value },
    /// Of actions that take none.
    Plain,
}

impl Action {
    /// All of them.
    pub const ALL: [Action; 12] = [
        Action::StartWidgetSession,
        Action::StartWithSecret,
        Action::EndSession,
        Action::GetSession,
        Action::StartWithAppToken,
        Action::AddAppToken,
        Action::GetAppToken,
        Action::UpdateAppToken,
        Action::DeleteAppToken,
        Action::ListAppTokens,
        Action::Ping,
        Action::GetTime,
    ];

    /// By names in lower case.
    pub fn find(service: &str, action: &str) -> Option<Action> {
        let name = format!("{service}->{action}");
        Action::ALL.into_iter().find(|known| known.declared().eq_ignore_ascii_case(&name))
    }

    /// Service and action as the server declares and reports them.
    pub fn declared(self) -> &'static str {
        match self {
            Action::StartWidgetSession => "session->startWidgetSession",
            Action::StartWithSecret => "session->start",
            Action::EndSession => "session->end",
            Action::GetSession => "session->get",
            Action::StartWithAppToken => "appToken->startSession",
            Action::AddAppToken => "appToken->add",
            Action::GetAppToken => "appToken->get",
            Action::UpdateAppToken => "appToken->update",
            Action::DeleteAppToken => "appToken->delete",
            Action::ListAppTokens => "appToken->list",
            Action::Ping => "system->ping",
            Action::GetTime => "system->getTime",
        }
    }

    /// Cannot work without an account. Source: `partnerRequired` of the services.
    pub fn needs_partner(self) -> bool {
        !matches!(self, Action::StartWidgetSession | Action::Ping | Action::GetTime)
    }

    /// Never switches the response cache off, so that a success is kept.
    pub fn is_cacheable(self) -> bool {
        matches!(self, Action::StartWidgetSession | Action::Ping)
    }

    /// Whether a session with this role may call it; without a KS there is no session.
    ///
    /// Starting and ending sessions and the system calls are allowed to everyone, `appToken.startSession` to everyone with a
    /// KS, `session.get` and the other actions of `appToken` to admins. Sources: `service.session.ini`, `service.system.ini`, `03.UserRole.ini`.
    pub fn is_permitted(self, session: Option<&Session>, role: Option<&[String]>) -> bool {
        let by_role = || role.map(|actions| actions.contains(&self.declared().replace("->", ".").to_lowercase()));
        match self {
            Action::StartWithAppToken => session.is_some() && by_role().unwrap_or(true),
            Action::GetSession
            | Action::AddAppToken
            | Action::GetAppToken
            | Action::UpdateAppToken
            | Action::DeleteAppToken
            | Action::ListAppTokens => session.is_some_and(|session| by_role().unwrap_or(session.is_admin())),
            _ => true,
        }
    }

    /// Reads the parameters in declared order; the first bad one is reported.
    pub fn read(self, params: &Params) -> Result<Call, ApiError> {
        Ok(match self {
            Action::StartWidgetSession => Call::StartWidgetSession {
                widget_id: mandatory_text(params, "widgetId")?,
                expiry: int(params, "expiry", DEFAULT_EXPIRY_SECONDS),
            },
            Action::StartWithSecret => Call::StartWithSecret {
                secret: mandatory_text(params, "secret")?,
                user_id: text(params, "userId")?,
                kind: session_type(params)?,
                partner_id: int(params, "partnerId", 0),
                expiry: int(params, "expiry", DEFAULT_EXPIRY_SECONDS),
                privileges: text(params, "privileges")?,
            },
            Action::StartWithAppToken => Call::StartWithAppToken {
                id: mandatory_text(params, "id")?,
                token_hash: mandatory_text(params, "tokenHash")?,
                user_id: text(params, "userId")?,
                kind: session_type(params)?,
                expiry: int(params, "expiry", 0),
                privileges: text(params, "sessionPrivileges")?,
            },
            Action::GetSession => Call::GetSession { session: text(params, "session")? },
            Action::AddAppToken => {
                Call::AppTokens(app_tokens::Call::Add { fields: Members::mandatory(params, "appToken")? })
            }
            Action::GetAppToken => Call::AppTokens(app_tokens::Call::Get { id: mandatory_text(params, "id")? }),
            Action::UpdateAppToken => Call::AppTokens(app_tokens::Call::Update {
                id: mandatory_text(params, "id")?,
                fields: Members::mandatory(params, "appToken")?,
            }),
            Action::DeleteAppToken => Call::AppTokens(app_tokens::Call::Delete { id: mandatory_text(params, "id")? }),
            Action::ListAppTokens => Call::AppTokens(app_tokens::Call::List {
                filter: Members::of(params, "filter"),
                pager: Members::of(params, "pager"),
            }),
            Action::EndSession | Action::Ping | Action::GetTime => Call::Plain,
        })
    }

    /// Acts.
    pub fn run(self, context: &Context<'_>, call: Call) -> Result<Value, ApiError> {
        match call {
            Call::StartWidgetSession { widget_id, expiry } => start_widget_session(context, widget_id, expiry),
            Call::StartWithSecret { secret, user_id, kind, partner_id, expiry, privileges } => {
                let fields = Fields {
                    partner_id: partner_id.to_string(),
                    user: Some(ks_text(&user_id)),
                    kind,
                    expiry,
                    privileges: privileges.to_text(),
                };
                start_with_secret(context, &secret.to_text(), partner_id, fields)
            }
            Call::StartWithAppToken { id, token_hash, user_id, kind, expiry, privileges } => {
                let token = admit(context, &id, &token_hash)?;
                start_with_app_token(context, &token, id, Asked { user_id, kind, expiry, privileges })
            }
            Call::AppTokens(call) => app_tokens::run(context, call),
            Call::GetSession { session } => get_session(context, &session),
            Call::Plain => Ok(self.run_plain(context)),
        }
    }

    fn run_plain(self, context: &Context<'_>) -> Value {
        match self {
            Action::Ping => Value::Bool(true),
            Action::GetTime => Value::Int(context.now),
            _ => {
                if let Some(session) = &context.session {
                    context.api.state.end(session);
                }
                Value::Null
            }
        }
    }
}

/// Services of the real server, so that a wrong name and a name that is only not acted here are told apart.
pub fn is_service(name: &str) -> bool {
    const SERVICES: &str = "accesscontrol accesscontrolprofile adminuser analytics apptoken baseentry bulkupload category \
        categoryentry categoryuser conversionprofile conversionprofileassetparams data deliveryprofile \
        emailingestionprofile entryservernode fileasset flavorasset flavorparams flavorparamsoutput groupuser livechannel \
        livechannelsegment livereports livestats livestream media mediainfo mediaserver mixing notification partner \
        permission permissionitem playlist report responseprofile schema search servernode session stats storageprofile \
        syndicationfeed system thumbasset thumbparams thumbparamsoutput uiconf upload uploadtoken user userentry userrole \
        widget";
    SERVICES.split_whitespace().any(|known| known == name)
}

/// Whether the real server has the action although it is not acted here.
///
/// Of services that this server does not act at all, every action is taken to exist.
pub fn is_action_elsewhere(service: &str, action: &str) -> bool {
    match service {
        "session" => ["impersonate", "impersonatebyks"].contains(&action),
        "apptoken" => false,
        "system" => ["pingdatabase", "getversion", "gethealthcheck"].contains(&action),
        _ => true,
    }
}

/// Source: `SessionService::startWidgetSession`.
fn start_widget_session(context: &Context<'_>, widget_id: Value, expiry: i64) -> Result<Value, ApiError> {
    let world = &context.api.world;
    let widget = world.widget(&widget_id.to_text()).ok_or_else(|| errors::invalid_widget_id(widget_id))?;
    let partner = world.partner(widget.partner_id).ok_or_else(errors::internal_error)?;
    let seconds = partner.ks_max_expiry.filter(|&cap| cap > 0).map_or(expiry, |cap| expiry.min(cap));
    let fields = Fields {
        partner_id: widget.partner_id.to_string(),
        user: Some("0".to_owned()),
        kind: 0,
        expiry: context.now.saturating_add(seconds),
        privileges: widget_privileges(widget, partner),
    };
    Ok(Value::Array(vec![
        ("partnerId".into(), Value::Int(widget.partner_id)),
        ("ks".into(), sign(partner, &fields)),
        ("userId".into(), Value::Int(0)),
        ("objectType".into(), "KalturaStartWidgetSessionResponse".into()),
    ]))
}

fn widget_privileges(widget: &Widget, partner: &Partner) -> String {
    let mut list =
        format!("{},widget:1", widget.privileges.as_deref().filter(|own| !own.is_empty()).unwrap_or("view:*"));
    if partner.entitlement {
        if let Some(entry) = widget.entry_id.as_ref().filter(|_| !widget.enforce_entitlement) {
            let kind = if widget.playlist { "playlist" } else { "entry" };
            list.push_str(&format!(",disableentitlementfor{kind}:{entry}"));
        }
        if let Some(context) = widget.privacy_context.as_ref().filter(|context| !context.is_empty()) {
            list.push_str(&format!(",privacycontext:{context}"));
        }
    }
    for role in widget.roles.iter().flat_map(|roles| roles.split(',')) {
        list.push_str(&format!(",setrole:{role}"));
    }
    if let Some(entry) = &widget.entry_id {
        list.push_str(&format!(",limitentry:{entry}"));
    }
    list
}

/// `fields.expiry` is the life that was asked for. Source: `kSessionUtils::startKSession`.
fn start_with_secret(
    context: &Context<'_>,
    secret: &str,
    partner_id: i64,
    mut fields: Fields,
) -> Result<Value, ApiError> {
    let failed = || errors::start_session_error(partner_id);
    let partner = context.api.world.partner(partner_id);
    for privilege in fields.privileges.split(',') {
        if let Some(role) = colon_value(privilege, "setrole")
            && !partner.is_some_and(|partner| partner.roles.contains_key(role.unwrap_or_default()))
        {
            return Err(errors::unknown_role_id());
        }
    }
    let partner = partner.ok_or_else(failed)?;
    let is_admin_secret = partner.admin_secrets().iter().any(|known| known == secret);
    if !is_admin_secret && (fields.kind != 0 || partner.secret != secret) {
        return Err(failed());
    }
    let cap = partner.ks_max_expiry.filter(|&cap| cap > 0).unwrap_or(DEFAULT_EXPIRY_SECONDS);
    fields.expiry = context.now.saturating_add(fields.expiry.min(cap));
    Ok(sign(partner, &fields))
}

/// What a client asks of an app token's session.
struct Asked {
    user_id: Value,
    kind: i64,
    expiry: i64,
    privileges: Value,
}

/// Finds the token and compares the hash. The hash comes before the token's end, so a wrong hash hides an expired token.
fn admit(context: &Context<'_>, id: &Value, token_hash: &Value) -> Result<AppToken, ApiError> {
    let token = context.api.app_token(context.partner_id.to_int(), &id.to_text());
    let token = token.ok_or_else(|| errors::app_token_not_found(id.clone()))?;
    if token.status != APP_TOKEN_ACTIVE {
        return Err(errors::app_token_not_active(id.clone()));
    }
    let hash_type = token.hash_type.unwrap_or(HashType::Sha1);
    let expected = hash_type.token_hash(context.ks.as_deref().unwrap_or_default(), &token.token);
    if *token_hash != Value::Text(expected) {
        return Err(errors::invalid_app_token_hash());
    }
    Ok(token)
}

/// Source: `AppTokenService::startSession`.
fn start_with_app_token(context: &Context<'_>, token: &AppToken, id: Value, asked: Asked) -> Result<Value, ApiError> {
    let partner = context.api.world.partner(token.partner_id).ok_or_else(errors::internal_error)?;
    let own_seconds = token.session_duration.or(partner.ks_max_expiry).unwrap_or(DEFAULT_EXPIRY_SECONDS);
    let seconds = token.expiry.map_or(own_seconds, |end| own_seconds.min(end.saturating_sub(context.now)));
    if token.expiry.is_some() && seconds < 0 {
        return Err(errors::app_token_expired(id));
    }
    // The account's own cap does not count here.
    let seconds = if asked.expiry == 0 { seconds } else { asked.expiry.min(seconds) };
    let user_id = token.session_user_id.as_deref().map_or(asked.user_id, Value::from);
    let fields = Fields {
        partner_id: context.partner_id.to_text(),
        user: Some(ks_text(&user_id)),
        kind: token.session_type.unwrap_or(asked.kind),
        expiry: context.now.saturating_add(seconds),
        privileges: privileges::merge(&id.to_text(), token.session_privileges.as_deref(), &asked.privileges.to_text()),
    };
    Ok(Value::Array(vec![
        ("ks".into(), sign(partner, &fields)),
        ("sessionType".into(), Value::Int(fields.kind)),
        ("partnerId".into(), context.partner_id.clone()),
        ("userId".into(), user_id),
        ("expiry".into(), Value::Int(fields.expiry)),
        ("privileges".into(), Value::Text(fields.privileges)),
        ("objectType".into(), "KalturaSessionInfo".into()),
    ]))
}

impl HashType {
    /// What a client must send as `tokenHash`: lower-case hex of the hash over KS and token. Source: `AppToken::calcHash`.
    pub fn token_hash(self, ks: &str, token: &str) -> String {
        let text = format!("{ks}{token}");
        match self {
            HashType::Md5 => ks::hex(&Md5::digest(text)),
            HashType::Sha1 => ks::hex(&Sha1::digest(text)),
            HashType::Sha256 => ks::hex(&Sha256::digest(text)),
            HashType::Sha512 => ks::hex(&Sha512::digest(text)),
        }
    }
}

/// Only parses: a session that is over is described all the same. Source: `SessionService::get`.
fn get_session(context: &Context<'_>, session: &Value) -> Result<Value, ApiError> {
    let own = context.ks.as_deref().unwrap_or_default();
    let text = if session.is_true() { session.to_text() } else { own.to_owned() };
    let session = context.api.read_ks(&text).map_err(|_| errors::internal_error())?;
    let accessed = Value::from(session.partner_id.as_str());
    if accessed.to_int() != context.partner_id.to_int() {
        return Err(errors::partner_access_forbidden(context.partner_id.clone(), accessed));
    }
    let field = |field: Option<String>| field.map_or(Value::Null, Value::Text);
    Ok(Value::Array(vec![
        ("sessionType".into(), field(session.kind)),
        ("partnerId".into(), accessed),
        ("userId".into(), field(session.user)),
        ("expiry".into(), field(session.expiry)),
        ("privileges".into(), field(session.privileges)),
        ("objectType".into(), "KalturaSessionInfo".into()),
    ]))
}

fn sign(partner: &Partner, fields: &Fields) -> Value {
    Value::Text(ks::sign(partner.ks_version, &partner.admin_secret, fields))
}

/// A text as it goes into a KS, where `false` is written as a number.
fn ks_text(value: &Value) -> String {
    match value {
        Value::Bool(false) => "0".to_owned(),
        _ => value.to_text(),
    }
}

fn mandatory_text(params: &Params, name: &str) -> Result<Value, ApiError> {
    match params.get(name) {
        Some(value) => clean_text(value, name),
        None => Err(errors::missing_parameter(name)),
    }
}

fn text(params: &Params, name: &str) -> Result<Value, ApiError> {
    clean_text(params.get(name).unwrap_or(&Value::Null), name)
}

/// Casts to string. Bytes that are not UTF-8 become `false`, characters that XML does not know are refused.
/// Sources: `kString::stripUtf8InvalidChars`, `kXml::isXMLValidContent`.
fn clean_text(value: &Value, name: &str) -> Result<Value, ApiError> {
    if matches!(value, Value::Broken(_)) {
        return Ok(Value::Bool(false));
    }
    let text = value.to_text();
    let is_xml = |c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if text.chars().all(is_xml) { Ok(Value::Text(text)) } else { Err(errors::invalid_char(name)) }
}

fn int(params: &Params, name: &str, default: i64) -> i64 {
    params.get(name).map_or(default, Value::to_int)
}

/// `type`: must loosely equal 0 or 2. The words `true` and `false` mean 1 and 0.
fn session_type(params: &Params) -> Result<i64, ApiError> {
    let Some(value) = params.get("type") else { return Ok(0) };
    let value = match value.to_text().to_ascii_lowercase().as_str() {
        "true" => Value::Int(1),
        "false" => Value::Int(0),
        _ => value.clone(),
    };
    if value.loosely_equals(0) || value.loosely_equals(2) {
        return Ok(value.to_int());
    }
    match value {
        Value::Array(_) => Err(errors::internal_error()),
        _ => Err(errors::invalid_enum_value(&value, "type", "KalturaSessionType")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::vectors;

    #[test]
    fn token_hashes_are_those_of_the_server() {
        for case in vectors()["tokenHash"].as_array().unwrap() {
            let hash_type: HashType = serde_json::from_value(case["hashType"].clone()).unwrap();
            let (ks, token) = (case["ks"].as_str().unwrap(), case["token"].as_str().unwrap());
            assert_eq!(hash_type.token_hash(ks, token), case["tokenHash"].as_str().unwrap(), "{case}");
        }
    }

    #[test]
    fn a_widget_brings_its_entry_roles_and_entitlement_along() {
        let mut partner: Partner = serde_json::from_str(r#"{"adminSecret":"s"}"#).unwrap();
        let widget: Widget =
            serde_json::from_str(r#"{"partnerId":1,"entryId":"0_e","roles":"11,12","privacyContext":"P"}"#).unwrap();
        assert_eq!(widget_privileges(&widget, &partner), "view:*,widget:1,setrole:11,setrole:12,limitentry:0_e");
        partner.entitlement = true;
        assert_eq!(
            widget_privileges(&widget, &partner),
            "view:*,widget:1,disableentitlementforentry:0_e,privacycontext:P,setrole:11,setrole:12,limitentry:0_e"
        );
    }
}
