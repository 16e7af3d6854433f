//! What a caller can choose, and the checks that it stands before any request goes out.

use std::fmt;
#[cfg(feature = "http")]
use std::sync::Arc;

use crate::error::Error;
use crate::hints;
#[cfg(feature = "http")]
use crate::http;
use crate::log::{Log, LogLevel};
use crate::protocol::hash::HashType;
use crate::protocol::service_url::{self, ServiceUrl};
use crate::provider::{Store, Windows};
use crate::secret::Secret;
use crate::session::SessionType;
use crate::token_hash::TokenHashCallback;
use crate::transport::TransportCallback;

/// The options of a session. What is not set is not asked for; a value that cannot be right is reported by [`check`].
///
/// [`check`]: Options::check
#[derive(Clone)]
pub struct Options {
    partner_id: i64,
    app_token_id: String,
    app_token: Option<Secret>,
    token_hash: Option<TokenHashCallback>,
    transport: Option<TransportCallback>,
    service_url: Option<String>,
    allow_http: bool,
    hash_type: Option<HashType>,
    user_id: Option<String>,
    session_type: Option<SessionType>,
    expiry_seconds: i64,
    privileges: Option<String>,
    widget_id: Option<String>,
    widget_expiry_seconds: i64,
    client_tag: Option<String>,
    total_timeout_ms: i64,
    max_attempts: i32,
    log: Log,
    refresh_windows_seconds: (i64, i64),
    store: Option<Store>,
    #[cfg(feature = "http")]
    connection: ConnectionOptions,
    /// Values that could not even be taken; a later good value of the same option clears it.
    bad: Vec<BadValue>,
}

/// How the server is reached.
#[cfg(feature = "http")]
#[derive(Clone)]
struct ConnectionOptions {
    connect_timeout_ms: i64,
    proxy_url: Option<String>,
    trust: http::Trust,
    ca_pem: Vec<Arc<str>>,
    /// One of them holds no certificate, or a damaged one.
    has_bad_ca_pem: bool,
    pins: Vec<String>,
}

#[derive(Clone)]
struct BadValue {
    option: &'static str,
    message: &'static str,
    hint: &'static str,
}

/// Options that passed their checks.
#[derive(Clone)]
pub struct Settings {
    pub(crate) partner_id: i64,
    pub(crate) app_token_id: String,
    pub(crate) proof: Proof,
    pub(crate) service_url: ServiceUrl,
    pub(crate) hash_type: Option<HashType>,
    pub(crate) user_id: Option<String>,
    pub(crate) session_type: Option<SessionType>,
    pub(crate) expiry_seconds: Option<i64>,
    pub(crate) privileges: Option<String>,
    /// `None` for the account's own, `_<partner id>`.
    pub(crate) widget_id: Option<String>,
    pub(crate) widget_expiry_seconds: Option<i64>,
    pub(crate) client_tag: String,
    pub(crate) total_timeout_ms: u64,
    pub(crate) max_attempts: u32,
    pub(crate) log: Log,
    pub(crate) windows: Windows,
    pub(crate) store: Option<Store>,
    pub(crate) transport: Option<TransportCallback>,
    #[cfg(feature = "http")]
    pub(crate) connection: http::Settings,
}

/// What proves that a client knows the app token.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    /// The token itself, hashed here.
    Token(Secret),
    /// Somebody else's hash: a callback's, or a step of the flow's.
    Host(Option<TokenHashCallback>),
}

/// Where the token hash may come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HashBy {
    TokenOrCallback,
    TokenOrStep,
    /// Nowhere: there is no app token.
    #[cfg(feature = "admin")]
    Nobody,
}

/// Everything together, if nothing else is said.
const DEFAULT_TOTAL_TIMEOUT_MS: i64 = 15_000;

/// Connecting, if nothing else is said.
#[cfg(feature = "http")]
const DEFAULT_CONNECT_TIMEOUT_MS: i64 = 5_000;

/// Of one request, if nothing else is said.
const DEFAULT_MAX_ATTEMPTS: i32 = 3;

const DEFAULT_CLIENT_TAG: &str = concat!("kaltura-session:", env!("CARGO_PKG_VERSION"));

const MAX_CLIENT_TAG_BYTES: usize = 256;

/// The server's column is as wide; longer ids work but are not stored. Source: `kuser`.
const WIDE_USER_ID_CHARACTERS: usize = 100;

impl Options {
    /// Options for one app token; `app_token` is `None` if a callback or the host computes the token hash.
    pub fn new(partner_id: i64, app_token_id: &str, app_token: Option<&str>) -> Self {
        Options {
            partner_id,
            app_token_id: app_token_id.to_owned(),
            app_token: app_token.map(Secret::new),
            token_hash: None,
            transport: None,
            service_url: None,
            allow_http: false,
            hash_type: None,
            user_id: None,
            session_type: None,
            expiry_seconds: 0,
            privileges: None,
            widget_id: None,
            widget_expiry_seconds: 0,
            client_tag: None,
            total_timeout_ms: DEFAULT_TOTAL_TIMEOUT_MS,
            max_attempts: DEFAULT_MAX_ATTEMPTS,
            log: Log::default(),
            refresh_windows_seconds: (0, 0),
            store: None,
            #[cfg(feature = "http")]
            connection: ConnectionOptions {
                connect_timeout_ms: DEFAULT_CONNECT_TIMEOUT_MS,
                proxy_url: None,
                trust: http::Trust::System,
                ca_pem: Vec::new(),
                has_bad_ca_pem: false,
                pins: Vec::new(),
            },
            bad: Vec::new(),
        }
    }

    /// Base address of the server; `None` for Kaltura's own.
    pub fn set_service_url(&mut self, url: Option<&str>) {
        self.taken("service_url");
        self.service_url = url.map(str::to_owned);
    }

    /// Whether `http` is allowed to hosts other than this machine.
    pub fn set_allow_http(&mut self, allow: bool) {
        self.allow_http = allow;
    }

    /// The app token's hash type; `None` to find it out.
    pub fn set_hash_type(&mut self, hash_type: Option<HashType>) {
        self.taken("hash_type");
        self.hash_type = hash_type;
    }

    /// The user the session is for; `None` or empty for none.
    pub fn set_user_id(&mut self, user_id: Option<&str>) {
        self.taken("user_id");
        self.user_id = user_id.map(str::to_owned);
    }

    /// The type of the session; unset, it is the app token's, or user.
    pub fn set_session_type(&mut self, session_type: SessionType) {
        self.taken("session_type");
        self.session_type = Some(session_type);
    }

    /// How long the session shall live; 0 for as long as the app token allows.
    pub fn set_expiry_seconds(&mut self, seconds: i64) {
        self.expiry_seconds = seconds;
    }

    /// Privileges on top of the app token's, `name:value/value,name,…`.
    pub fn set_privileges(&mut self, privileges: Option<&str>) {
        self.taken("privileges");
        self.privileges = privileges.map(str::to_owned);
    }

    /// The widget whose session begins the flow; `None` for the account's own.
    pub fn set_widget_id(&mut self, widget_id: Option<&str>) {
        self.taken("widget_id");
        self.widget_id = widget_id.map(str::to_owned);
    }

    /// How long the widget session shall live; 0 for the server's default, a day. Up to 1,200 it is asked for past
    /// the server's cache, whose sessions may be ten minutes old.
    pub fn set_widget_expiry_seconds(&mut self, seconds: i64) {
        self.widget_expiry_seconds = seconds;
    }

    /// What the server writes into its log beside each request.
    pub fn set_client_tag(&mut self, client_tag: Option<&str>) {
        self.taken("client_tag");
        self.client_tag = client_tag.map(str::to_owned);
    }

    /// The time that everything together may take.
    pub fn set_total_timeout_ms(&mut self, ms: i64) {
        self.total_timeout_ms = ms;
    }

    /// How often one request is sent at most.
    pub fn set_max_attempts(&mut self, attempts: i32) {
        self.max_attempts = attempts;
    }

    /// Who computes the token hash, for an app token that stays elsewhere.
    pub fn set_token_hash(&mut self, callback: TokenHashCallback) {
        self.taken("token_hash");
        self.token_hash = Some(callback);
    }

    /// Who carries the requests, if it is not the library.
    pub fn set_transport(&mut self, callback: TransportCallback) {
        self.taken("transport");
        self.transport = Some(callback);
    }

    /// Where log lines go.
    pub fn set_log(&mut self, log: Log) {
        self.taken("log");
        self.log = log;
    }

    /// How long before its end a provider's session is refreshed: in the background, and then with callers waiting
    /// for it; 0 for the defaults.
    pub fn set_refresh_windows_seconds(&mut self, advisory: i64, mandatory: i64) {
        self.refresh_windows_seconds = (advisory, mandatory);
    }

    /// Where a provider keeps its session between runs.
    pub fn set_store(&mut self, store: Store) {
        self.taken("store");
        self.store = Some(store);
    }

    /// Notes that a value could not be taken. It is reported when the options are used, unless a good one follows.
    pub(crate) fn refuse(&mut self, option: &'static str, message: &'static str, hint: &'static str) {
        self.taken(option);
        self.bad.push(BadValue { option, message, hint });
    }

    fn taken(&mut self, option: &'static str) {
        self.bad.retain(|bad| bad.option != option);
    }
}

#[cfg(feature = "http")]
impl Options {
    /// The time that a connection may take to come about.
    pub fn set_connect_timeout_ms(&mut self, ms: i64) {
        self.connection.connect_timeout_ms = ms;
    }

    /// The proxy; `None` for the environment's, empty for none at all.
    pub fn set_proxy_url(&mut self, url: Option<&str>) {
        self.taken("proxy_url");
        self.connection.proxy_url = url.map(str::to_owned);
    }

    /// Which certificate authorities are trusted.
    pub fn set_trust(&mut self, trust: http::Trust) {
        self.taken("trust");
        self.connection.trust = trust;
    }

    /// Trusts the authorities of a PEM text too.
    pub fn add_ca_pem(&mut self, pem: &str) {
        self.taken("ca_pem");
        // Now, not for every session: the text may hold a hundred certificates.
        self.connection.has_bad_ca_pem |= http::parse_ca_pem(pem).is_err();
        self.connection.ca_pem.push(pem.into());
    }

    /// Accepts only chains that hold one of the public keys that were so named.
    pub fn add_pin_spki_sha256(&mut self, base64: &str) {
        self.taken("pin_spki_sha256");
        self.connection.pins.push(base64.to_owned());
    }
}

impl Options {
    /// Checks every value, in the order of the documentation.
    ///
    /// # Errors [`InvalidArgument`](crate::Status::InvalidArgument) for the first that cannot be right, by name,
    /// never by value.
    pub fn check(&self) -> Result<Settings, Error> {
        self.check_with(HashBy::TokenOrCallback)
    }

    /// As [`check`](Self::check), for a flow that asks for the token hash by a step if it has no token.
    ///
    /// # Errors
    /// As for `check`.
    pub fn check_for_flow(&self) -> Result<Settings, Error> {
        self.check_with(HashBy::TokenOrStep)
    }

    /// As [`check`](Self::check), for what an administrator does, who needs no app token.
    ///
    /// # Errors
    /// As for `check`.
    #[cfg(feature = "admin")]
    pub(crate) fn check_for_admin(&self) -> Result<Settings, Error> {
        self.check_with(HashBy::Nobody)
    }

    fn check_with(&self, hash_by: HashBy) -> Result<Settings, Error> {
        self.refused("partner_id")?;
        if self.partner_id < 1 {
            return Err(Error::invalid_argument("partner_id", "the partner id is not positive", hints::PARTNER_ID));
        }
        let proof = self.checked_proof(hash_by)?;
        self.refused("user_id")?;
        check_characters("user_id", self.user_id.as_deref())?;
        self.refused("privileges")?;
        check_characters("privileges", self.privileges.as_deref())?;
        self.refused("session_type")?;
        self.refused("hash_type")?;
        let expiry_seconds = duration("expiry_seconds", self.expiry_seconds)?;
        let widget_expiry_seconds = duration("widget_expiry_seconds", self.widget_expiry_seconds)?;
        self.refused("widget_id")?;
        check_widget_id(self.widget_id.as_deref())?;
        self.refused("service_url")?;
        let service_url = self.service_url.as_deref().unwrap_or(service_url::DEFAULT_SERVICE_URL);
        let service_url = ServiceUrl::parse(service_url, self.allow_http).ok_or_else(|| {
            Error::invalid_argument("service_url", "the service URL is not a base address", hints::SERVICE_URL)
        })?;
        self.refused("client_tag")?;
        let client_tag = self.client_tag.as_deref().filter(|tag| !tag.is_empty()).unwrap_or(DEFAULT_CLIENT_TAG);
        if client_tag.len() > MAX_CLIENT_TAG_BYTES || client_tag.contains(char::is_control) {
            let message = "the client tag is too long or holds a control character";
            return Err(Error::invalid_argument("client_tag", message, hints::CLIENT_TAG));
        }
        let total_timeout_ms = timeout("total_timeout_ms", self.total_timeout_ms)?;
        #[cfg(feature = "http")]
        let connect_timeout_ms = timeout("connect_timeout_ms", self.connection.connect_timeout_ms)?;
        let max_attempts = u32::try_from(self.max_attempts)
            .ok()
            .filter(|&attempts| attempts > 0)
            .ok_or_else(|| Error::invalid_argument("max_attempts", "fewer than one attempt", hints::MAX_ATTEMPTS))?;
        self.refused("log")?;
        self.refused("store")?;
        self.refused("transport")?;
        let windows = self.windows()?;
        let settings = Settings {
            partner_id: self.partner_id,
            app_token_id: self.app_token_id.clone(),
            proof,
            #[cfg(feature = "http")]
            connection: self.connection(&service_url, connect_timeout_ms)?,
            service_url,
            hash_type: self.hash_type,
            user_id: asked(self.user_id.as_deref()),
            session_type: self.session_type,
            expiry_seconds,
            privileges: asked(self.privileges.as_deref()),
            widget_id: self.widget_id.clone(),
            widget_expiry_seconds,
            client_tag: client_tag.to_owned(),
            total_timeout_ms,
            max_attempts,
            log: self.log.clone(),
            windows,
            store: self.store.clone(),
            transport: self.transport.clone(),
        };
        settings.warn();
        Ok(settings)
    }

    fn checked_proof(&self, hash_by: HashBy) -> Result<Proof, Error> {
        #[cfg(feature = "admin")]
        if hash_by == HashBy::Nobody {
            return Ok(Proof::Host(None));
        }
        self.refused("app_token_id")?;
        check_app_token_id(&self.app_token_id)?;
        self.refused("app_token")?;
        self.refused("token_hash")?;
        self.proof(hash_by)
    }

    fn windows(&self) -> Result<Windows, Error> {
        let (advisory, mandatory) = self.refresh_windows_seconds;
        let milliseconds =
            |seconds: Option<i64>| seconds.and_then(|s| u64::try_from(s).ok()).map(|s| s.saturating_mul(1_000));
        Ok(Windows {
            advisory_ms: milliseconds(duration("refresh_windows_seconds", advisory)?),
            mandatory_ms: milliseconds(duration("refresh_windows_seconds", mandatory)?),
        })
    }

    fn refused(&self, option: &'static str) -> Result<(), Error> {
        match self.bad.iter().find(|bad| bad.option == option) {
            Some(bad) => Err(Error::invalid_argument(bad.option, bad.message, bad.hint)),
            None => Ok(()),
        }
    }

    fn proof(&self, hash_by: HashBy) -> Result<Proof, Error> {
        match (&self.app_token, &self.token_hash) {
            (None, _) if hash_by == HashBy::TokenOrStep => Ok(Proof::Host(None)),
            (Some(token), None) => check_app_token(token).map(|()| Proof::Token(token.clone())),
            (None, Some(callback)) => Ok(Proof::Host(Some(callback.clone()))),
            (None, None) => Err(Error::invalid_argument(
                "app_token",
                "neither an app token nor a token hash callback was given",
                hints::APP_TOKEN,
            )),
            (Some(_), Some(_)) => Err(Error::invalid_argument(
                "app_token",
                "both an app token and a token hash callback were given",
                hints::APP_TOKEN,
            )),
        }
    }

    #[cfg(feature = "http")]
    fn connection(&self, service_url: &ServiceUrl, connect_timeout_ms: u64) -> Result<http::Settings, Error> {
        self.refused("proxy_url")?;
        let proxy = match self.connection.proxy_url.as_deref() {
            None => http::ProxyChoice::Environment,
            Some("") => http::ProxyChoice::None,
            Some(url) => http::ProxyChoice::Url(http::ProxyUrl::parse(url).ok_or_else(|| {
                Error::invalid_argument("proxy_url", "the proxy URL is not an http address", hints::PROXY_URL)
            })?),
        };
        self.refused("trust")?;
        self.refused("ca_pem")?;
        if self.connection.has_bad_ca_pem {
            let message = "the PEM text holds no certificate, or a damaged one";
            return Err(Error::invalid_argument("ca_pem", message, hints::CA_PEM));
        }
        if self.connection.trust == http::Trust::CustomOnly && self.connection.ca_pem.is_empty() {
            let message = "only own authorities shall be trusted, but none was given";
            return Err(Error::invalid_argument("trust", message, hints::TRUST));
        }
        self.refused("pin_spki_sha256")?;
        let pins = self.connection.pins.iter().map(|pin| {
            http::parse_pin(pin)
                .ok_or_else(|| Error::invalid_argument("pin_spki_sha256", "a pin is no SHA-256 in base64", hints::PIN))
        });
        Ok(http::Settings {
            origin: service_url.origin().to_owned(),
            connect_timeout: std::time::Duration::from_millis(connect_timeout_ms),
            proxy,
            trust: self.connection.trust,
            ca_pem: self.connection.ca_pem.clone(),
            pins: pins.collect::<Result<_, _>>()?,
        })
    }
}

impl Settings {
    /// The widget whose session begins the flow.
    pub(crate) fn widget_id_sent(&self) -> String {
        // Every account has a widget of this name. Source: `Partner::postInsert`.
        self.widget_id.clone().unwrap_or_else(|| format!("_{}", self.partner_id))
    }

    /// Whether the app token looks like those that the server makes: 16 bytes in hexadecimal. Source:
    /// `KalturaAppToken`.
    pub(crate) fn has_odd_token(&self) -> bool {
        matches!(&self.proof, Proof::Token(token) if !is_token(token) || token.contains(|c: char| c.is_ascii_uppercase()))
    }

    fn warn(&self) {
        if self.has_odd_token() {
            self.log
                .write(LogLevel::Warn, || "the app token is not 32 lower-case hex digits, which real ones are".into());
        }
        if self.user_id.as_deref().is_some_and(|user_id| user_id.chars().count() > WIDE_USER_ID_CHARACTERS) {
            self.log
                .write(LogLevel::Warn, || "the user id has more than 100 characters, which the server may cut".into());
        }
        #[cfg(feature = "http")]
        if self.connection.pins.len() == 1 {
            self.log.write(LogLevel::Warn, || "one pin alone: nothing can connect once its key is replaced".into());
        }
    }
}

impl fmt::Debug for Settings {
    /// Not the user, who is nobody's business, nor the app token id, which may be a token in the wrong place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("partner_id", &self.partner_id)
            .field("service_url", &self.service_url)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("partner_id", &self.partner_id).finish_non_exhaustive()
    }
}

/// Checks a user id by itself.
pub(crate) fn check_user_id(user_id: Option<&str>) -> Result<(), Error> {
    check_characters("user_id", user_id)
}

pub(crate) fn check_app_token_id(id: &str) -> Result<(), Error> {
    let refuse = |message: &str, hint: &str| Err(Error::invalid_argument("app_token_id", message, hint));
    if id.is_empty() {
        return refuse("the app token id is empty", hints::APP_TOKEN_ID);
    }
    if let Some(hint) = blank_hint(id) {
        return refuse("the app token id holds white space or a control character", hint);
    }
    if is_token(id) {
        return refuse("the app token id looks like an app token", hints::SWAPPED);
    }
    Ok(())
}

fn check_app_token(token: &str) -> Result<(), Error> {
    let refuse = |message: &str, hint: &str| Err(Error::invalid_argument("app_token", message, hint));
    if token.is_empty() {
        return refuse("the app token is empty", hints::APP_TOKEN);
    }
    if let Some(hint) = blank_hint(token) {
        return refuse("the app token holds white space or a control character", hint);
    }
    let looks_like_id = token.split_once('_').is_some_and(|(data_center, rest)| {
        !data_center.is_empty()
            && data_center.bytes().all(|byte| byte.is_ascii_digit())
            && rest.len() >= 4
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    if looks_like_id {
        return refuse("the app token looks like an app token id", hints::SWAPPED);
    }
    Ok(())
}

fn check_widget_id(widget_id: Option<&str>) -> Result<(), Error> {
    let refuse = |message: &str, hint: &str| Err(Error::invalid_argument("widget_id", message, hint));
    match widget_id {
        Some("") => refuse("the widget id is empty", hints::WIDGET_ID),
        Some(id) => match blank_hint(id) {
            Some(hint) => refuse("the widget id holds white space or a control character", hint),
            None => Ok(()),
        },
        None => Ok(()),
    }
}

/// The characters that the server refuses. Source: `kXml::isXMLValidContent`.
fn check_characters(option: &'static str, text: Option<&str>) -> Result<(), Error> {
    let is_refused =
        |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if text.is_some_and(|text| text.contains(is_refused)) {
        return Err(Error::invalid_argument(option, "a character that the server refuses", hints::CHARACTERS));
    }
    Ok(())
}

fn duration(option: &'static str, seconds: i64) -> Result<Option<i64>, Error> {
    if seconds < 0 {
        return Err(Error::invalid_argument(option, "a life that is negative", hints::EXPIRY));
    }
    Ok((seconds > 0).then_some(seconds))
}

fn timeout(option: &'static str, ms: i64) -> Result<u64, Error> {
    u64::try_from(ms)
        .ok()
        .filter(|&ms| ms > 0)
        .ok_or_else(|| Error::invalid_argument(option, "a timeout below one millisecond", hints::TIMEOUT_OPTION))
}

fn asked(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

fn blank_hint(text: &str) -> Option<&'static str> {
    let is_bad = |c: char| c.is_whitespace() || c.is_control();
    if text.starts_with(is_bad) || text.ends_with(is_bad) {
        Some(hints::BLANK)
    } else {
        text.contains(is_bad).then_some(hints::BLANK_INSIDE)
    }
}

fn is_token(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
