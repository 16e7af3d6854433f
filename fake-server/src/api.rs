//! From parameters to an answer, in the server's order of checks. Source: `KalturaDispatcher::dispatch`.

use std::net::IpAddr;

use sha1::{Digest, Sha1};

use crate::errors::{self, ApiError};
use crate::json;
use crate::ks::{self, Refusal, Session};
use crate::params::Params;
use crate::php::{self, Number};
use crate::privileges;
use crate::services::{self, Action};
use crate::state::{Standing, State};
use crate::value::Value;
use crate::world::{APP_TOKEN_DELETED, AppToken, PARTNER_ACTIVE, Partner, World};

/// The API over one world.
#[derive(Debug)]
pub struct Api {
    /// The accounts.
    pub world: World,
    /// What is remembered.
    pub state: State,
}

/// What the API wants to know of a request besides its parameters.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// Path and query as sent, for `urirestrict`.
    pub uri: &'a str,
    /// Address of the client, for `iprestrict`.
    pub address: IpAddr,
    /// Came over TLS.
    pub secure: bool,
    /// Was a GET, which is cached differently.
    pub get: bool,
}

/// An answer.
#[derive(Debug)]
pub enum Answer {
    /// What the real server would say, with status 200. An answer that PHP cannot write as JSON has no body.
    Json {
        /// The JSON.
        body: Option<String>,
        /// Headers for this answer.
        headers: Vec<(&'static str, String)>,
        /// Comes out of the response cache, hence without the headers of a fresh answer.
        cached: bool,
    },
    /// This server does not do what the real one does, and says so.
    Unsupported(String),
}

/// A call after its KS and its parameters have been accepted.
#[derive(Debug)]
pub struct Context<'a> {
    /// The API.
    pub api: &'a Api,
    /// The KS as it was sent.
    pub ks: Option<String>,
    /// What the KS says.
    pub session: Option<Session>,
    /// The partner that the call works on: the requested one, else the KS's. Text, unless JSON brought a number.
    pub partner_id: Value,
    /// Server time.
    pub now: i64,
}

impl Api {
    /// Answers one call.
    pub fn answer(&self, params: &Params, origin: Origin<'_>) -> Answer {
        if let Some(text) = unsupported(params) {
            return Answer::Unsupported(text);
        }
        let cache_key = self.cache_key(params);
        if let Some(key) = &cache_key
            && let Some((body, age)) = self.state.cached(key)
        {
            return cached_answer(params, origin, key, body, age);
        }
        let result = self.dispatch(params, origin);
        let keep = match &result {
            Ok(Outcome::Unsupported(_)) => false,
            Ok(Outcome::Done(action, _)) => action.is_cacheable(),
            Err(_) => true,
        };
        let is_error = result.is_err();
        let (body, mut headers) = match result {
            Ok(Outcome::Done(_, value)) => (json::encode(&value), Vec::new()),
            Ok(Outcome::Unsupported(text)) => return Answer::Unsupported(text),
            Err(error) => (error.body(), error.headers),
        };
        if let Some(key) = cache_key.filter(|_| keep) {
            self.state.cache(&key, body.clone(), is_error);
            if headers.is_empty() {
                headers.push(("X-Kaltura", format!("cache-key,cache_v3-{key}")));
            }
        }
        Answer::Json { body, headers, cached: false }
    }

    fn dispatch(&self, params: &Params, origin: Origin<'_>) -> Result<Outcome, ApiError> {
        let (service, action) = (params.get("service"), params.get("action"));
        let service = service.filter(|value| value.is_true()).ok_or_else(errors::service_not_specified)?;
        let service = service.to_text().to_lowercase();
        if !services::is_service(&service) {
            return Err(errors::service_does_not_exist(&service));
        }
        let action = action.filter(|value| value.is_true()).ok_or_else(errors::action_not_specified)?;
        let action_name = action.to_text().to_lowercase();
        let Some(action) = Action::find(&service, &action_name) else {
            if services::is_action_elsewhere(&service, &action_name) {
                let text = format!("kaltura-fake-server does not act {service}.{action_name}");
                return Ok(Outcome::Unsupported(text));
            }
            return Err(errors::action_does_not_exist(&action_name, &service));
        };

        let mut context = self.context(params)?;
        if !self.state.within_rate_limit() {
            return Err(errors::action_blocked(&action_name, &service));
        }
        let call = action.read(&params.grouped())?;

        if let Some(session) = &context.session {
            self.check_session(session, origin, context.now)?;
        }
        let requested = std::mem::replace(&mut context.partner_id, Value::Null);
        self.permit(action, &mut context, requested, origin)?;
        action.run(&context, call).map(|value| Outcome::Done(action, value))
    }

    /// Reads the KS and the requested partner. Source: `kCurrentContext::initKsPartnerUser`.
    fn context(&self, params: &Params) -> Result<Context<'_>, ApiError> {
        let ks = params.get("ks").filter(|ks| ks.is_true());
        let session = match ks {
            Some(ks) => Some(self.read_ks(&ks.to_text()).map_err(|refusal| match refusal {
                Refusal::Crash => errors::internal_error(),
                Refusal::Bad | Refusal::UnknownPartner => errors::invalid_ks(ks.clone()),
            })?),
            None => None,
        };
        let requested = |name| params.get(name).filter(|value| value.is_true() || ks.is_some());
        let partner_id = requested("p").filter(|value| value.is_true()).or_else(|| requested("partnerId")).cloned();
        let mut partner_id = partner_id.unwrap_or(Value::Null);
        let own = session.as_ref().map(|session| Value::from(session.partner_id.as_str()).to_int());
        // Partner 0 asked for with a KS means nothing in particular.
        if own.is_some_and(|own| own > 0) && partner_id.loosely_equals(0) {
            partner_id = Value::Null;
        }
        Ok(Context { api: self, ks: ks.map(Value::to_text), session, partner_id, now: self.state.now() })
    }

    /// Parses a KS with the secrets of this world.
    pub fn read_ks(&self, ks: &str) -> Result<Session, Refusal> {
        ks::parse(ks, |partner_id| Some(self.world.partner(partner_id.trim().parse().ok()?)?.admin_secrets()))
    }

    /// An app token of one partner that is not deleted.
    pub fn app_token(&self, partner_id: i64, id: &str) -> Option<AppToken> {
        match self.state.app_token(id) {
            Some(token) => (token.partner_id == partner_id && token.status != APP_TOKEN_DELETED).then_some(token),
            None => self.world.app_token(partner_id, id).cloned(),
        }
    }

    /// All app tokens of one partner that are not deleted.
    pub fn app_tokens(&self, partner_id: i64) -> Vec<AppToken> {
        let changed = self.state.app_tokens();
        let unchanged = self.world.app_tokens().filter(|token| !changed.iter().any(|other| other.id == token.id));
        let mut tokens: Vec<AppToken> = unchanged.cloned().chain(changed.iter().cloned()).collect();
        tokens.retain(|token| token.partner_id == partner_id && token.status != APP_TOKEN_DELETED);
        tokens.sort_by(|one, other| one.id.cmp(&other.id));
        tokens
    }

    /// Whether a KS with a good signature may still be used. Source: `kPermissionManager::errorIfKsNotValid`.
    fn check_session(&self, session: &Session, origin: Origin<'_>, now: i64) -> Result<(), ApiError> {
        let refuse = |reason: &str| Err(errors::invalid_ks(reason.into()));
        if session.is_expired(now) {
            return refuse("EXPIRED");
        }
        let values = |name| privileges::values(&session.parsed_privileges, name);
        if values("iprestrict").is_some_and(|allowed| !allowed.contains(&origin.address.to_string())) {
            return refuse("EXCEEDED_RESTRICTED_IP");
        }
        if values("urirestrict").is_some_and(|allowed| !uri_matches(&allowed.join("/"), origin.uri)) {
            return refuse("EXCEEDED_RESTRICTED_URI");
        }
        // Anyone can start a widget session, so ending one would be pointless.
        if session.is_widget_session() || session.partner_id == "-1" {
            return Ok(());
        }
        match self.state.stand(session, || actions_limit(session))? {
            Standing::Good => Ok(()),
            Standing::LoggedOut => refuse("LOGOUT"),
            Standing::LimitUsedUp => refuse("EXCEEDED_ACTIONS_LIMIT"),
        }
    }

    /// Whether the accounts, the user and the role allow the action, and settles the partner of the call.
    /// Sources: `kPermissionManager::init`, `KalturaBaseService::initService`.
    fn permit(
        &self,
        action: Action,
        context: &mut Context<'_>,
        requested: Value,
        origin: Origin<'_>,
    ) -> Result<(), ApiError> {
        let own_id = context.session.as_ref().map(|session| session.partner_id.clone());
        let own = match &own_id {
            Some(id) => Some(self.find_partner(&Value::from(id.as_str())).ok_or_else(errors::invalid_object_id)?),
            None => None,
        };
        let is_asked = !matches!(&requested, Value::Null) && requested != Value::from("");
        if is_asked && self.find_partner(&requested).is_none_or(|partner| partner.status != PARTNER_ACTIVE) {
            return Err(errors::partner_blocked());
        }
        if own.is_some_and(|partner| partner.status != PARTNER_ACTIVE) {
            return Err(errors::partner_blocked());
        }
        let role = match (&context.session, own) {
            (Some(session), Some(partner)) => role(session, partner)?,
            _ => None,
        };

        context.partner_id = match (&requested, &own_id) {
            (Value::Null, Some(own)) => Value::from(own.as_str()),
            (Value::Null, None) => Value::Int(0),
            _ => requested.clone(),
        };
        let partner = self.find_partner(&context.partner_id).filter(|_| context.partner_id != Value::from(""));
        if action.needs_partner() && partner.is_none() {
            return Err(errors::missing_ks());
        }
        let own_number = own_id.as_deref().map_or(0, |id| Value::from(id).to_int());
        let is_foreign = is_asked && own_number != 0 && own_number != requested.to_int();
        if is_foreign || !action.is_permitted(context.session.as_ref(), role) {
            return Err(errors::service_forbidden(action.declared()));
        }
        if partner.is_some_and(|partner| partner.enforce_https_api) && !origin.secure {
            return Err(errors::access_control(action.declared()));
        }
        Ok(())
    }

    fn find_partner(&self, id: &Value) -> Option<&Partner> {
        self.world.partner(id.to_int())
    }

    /// The key of the response cache, if this call may be answered from it: nobody in particular asks.
    fn cache_key(&self, params: &Params) -> Option<String> {
        if !self.state.is_caching() || params.get("nocache").is_some() {
            return None;
        }
        let mut owner = String::new();
        if params.is_true("ks") {
            let session = self.read_ks(&params.text("ks")).ok()?;
            if !session.is_widget_session() || session.is_expired(self.state.now()) {
                return None;
            }
            owner = session.partner_id;
        }
        let digest = Sha1::digest(format!("{owner}\n{}", params.cache_key()));
        ks::hex(&digest).get(..32).map(str::to_owned)
    }
}

/// What dispatching came to.
enum Outcome {
    Done(Action, Value),
    Unsupported(String),
}

/// What the real server could do and this one cannot: any format but JSON, and several requests in one.
fn unsupported(params: &Params) -> Option<String> {
    let format = params.get("format");
    if !format.is_some_and(|format| format.loosely_equals(1) && *format != Value::Bool(true)) {
        let got = format.map_or("none, which means XML".to_owned(), |format| format!("format={}", format.to_text()));
        return Some(format!("kaltura-fake-server answers JSON only: send format=1 (got {got})"));
    }
    let is_multi = params.text("service").eq_ignore_ascii_case("multirequest");
    is_multi.then(|| "kaltura-fake-server does not do multirequest: send one request at a time".to_owned())
}

/// An answer out of the cache. Source: `KalturaResponseCacher::sendCachingHeaders`.
fn cached_answer(params: &Params, origin: Origin<'_>, key: &str, body: Option<String>, age: i64) -> Answer {
    let mut headers = vec![("X-Kaltura", format!("cached-dispatcher,cache_v3-{key},{age}"))];
    if origin.get && params.get("kalsig").is_some() {
        headers.push(("Cache-Control", "private, max-age=60".to_owned()));
    }
    Answer::Json { body, headers, cached: true }
}

/// Equal to one of the patterns between `|`, or beginning like one that ends in `*`.
fn uri_matches(patterns: &str, uri: &str) -> bool {
    patterns.split('|').any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => uri.starts_with(prefix) || uri == pattern,
        None => uri == pattern,
    })
}

/// The limit in a privilege `actionslimit:N`. Source: `ks::isSetLimitAction`.
fn actions_limit(session: &Session) -> Result<Option<i64>, ApiError> {
    let privileges = session.privileges.as_deref().unwrap_or_default();
    let Some(value) = colon_value(privileges, "actionslimit") else {
        return Ok(None);
    };
    match value.and_then(php::leading_number) {
        Some((number, true)) if number.to_float() > 0.0 => Ok(Some(match number {
            Number::Int(limit) => limit,
            // The column is an integer, and the first call is always let through.
            Number::Float(limit) => limit.max(1.0) as i64,
        })),
        _ => Err(errors::invalid_actions_limit()),
    }
}

/// The actions of the role that a privilege `setrole:ID` names. Source: `ks::getRole`.
fn role<'a>(session: &Session, partner: &'a Partner) -> Result<Option<&'a [String]>, ApiError> {
    if session.user.as_ref().is_some_and(|user| partner.blocked_users.contains(user)) {
        return Err(errors::user_blocked());
    }
    let privileges = session.privileges.as_deref().unwrap_or_default();
    let Some(Some(id)) = colon_value(privileges, "setrole") else {
        return Ok(None);
    };
    if id.is_empty() || id == "0" {
        return Ok(None);
    }
    if php::leading_number(id).is_some_and(|(number, whole)| whole && number.to_float() < 0.0) {
        return Err(errors::invalid_set_role());
    }
    partner.roles.get(id).map(|actions| Some(actions.as_slice())).ok_or_else(errors::invalid_object_id)
}

/// The part between the first and the second colon of the first privilege with that name.
pub(crate) fn colon_value<'a>(privileges: &'a str, name: &str) -> Option<Option<&'a str>> {
    privileges.split(',').find_map(|privilege| {
        let mut parts = privilege.split(':');
        (parts.next() == Some(name)).then(|| parts.next())
    })
}
