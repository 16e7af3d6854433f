//! The accounts that the server knows: partners, widgets and app tokens, read once from a JSON file.

use std::collections::HashMap;

use serde::Deserialize;

use crate::ks::{self, Fields};

/// Status of a partner that may be used. Source: `PartnerStatus`.
pub const PARTNER_ACTIVE: i64 = 1;
/// Status of an app token that may be used. Source: `AppTokenStatus`.
pub const APP_TOKEN_ACTIVE: i64 = 2;
/// Status of an app token that nobody can see any more.
pub const APP_TOKEN_DELETED: i64 = 3;

/// All accounts, as they were when the server started; what changes is in the server's state.
#[derive(Clone, Debug)]
pub struct World {
    partners: HashMap<i64, Partner>,
    widgets: HashMap<String, Widget>,
    app_tokens: HashMap<String, AppToken>,
}

/// An account.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Partner {
    /// Signs every KS, and proves an admin at `session.start`.
    pub admin_secret: String,
    /// Proves a user at `session.start`; never signs.
    #[serde(default)]
    pub secret: String,
    /// More admin secrets that are accepted.
    #[serde(default)]
    pub additional_admin_secrets: Vec<String>,
    /// Version of the KSs that are made: 1 or 2. Accounts since 2012 have 2.
    #[serde(default = "current_ks_version")]
    pub ks_version: u8,
    /// 1 active, 2 and 3 blocked, 4 deleted.
    #[serde(default = "partner_active")]
    pub status: i64,
    /// Longest life of a widget session and of `session.start`, in seconds; none or 0 means no cap of its own.
    #[serde(default)]
    pub ks_max_expiry: Option<i64>,
    /// Refuses http.
    #[serde(default)]
    pub enforce_https_api: bool,
    /// Has entitlement switched on, which adds privileges to widget sessions.
    #[serde(default)]
    pub entitlement: bool,
    /// User ids whose sessions are refused with `USER_BLOCKED`.
    #[serde(default)]
    pub blocked_users: Vec<String>,
    /// Roles that `setrole` may name: role id to the actions it allows, as `apptoken.startsession` in lower case.
    #[serde(default)]
    pub roles: HashMap<String, Vec<String>>,
}

/// What `session.startWidgetSession` starts from.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Widget {
    /// The account.
    pub partner_id: i64,
    /// Entry that the session is limited to.
    #[serde(default)]
    pub entry_id: Option<String>,
    /// The entry is a playlist.
    #[serde(default)]
    pub playlist: bool,
    /// Role ids, with commas between them.
    #[serde(default)]
    pub roles: Option<String>,
    /// Privileges instead of `view:*`.
    #[serde(default)]
    pub privileges: Option<String>,
    /// Privacy context, used with entitlement.
    #[serde(default)]
    pub privacy_context: Option<String>,
    /// Keeps entitlement for the entry.
    #[serde(default)]
    pub enforce_entitlement: bool,
}

/// An app token.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppToken {
    /// Its id.
    #[serde(skip)]
    pub id: String,
    /// The account.
    pub partner_id: i64,
    /// The secret.
    pub token: String,
    /// 1 disabled, 2 active, 3 deleted.
    #[serde(default = "app_token_active")]
    pub status: i64,
    /// None means SHA1.
    #[serde(default)]
    pub hash_type: Option<HashType>,
    /// Life of its sessions, in seconds; the account's cap if absent.
    #[serde(default)]
    pub session_duration: Option<i64>,
    /// End of the token, in Unix seconds.
    #[serde(default)]
    pub expiry: Option<i64>,
    /// The same, in seconds from the start of the server.
    #[serde(default)]
    pub(crate) expiry_in: Option<i64>,
    /// User of every session, whoever was asked for.
    #[serde(default)]
    pub session_user_id: Option<String>,
    /// Type of every session: 0 user, 2 admin.
    #[serde(default)]
    pub session_type: Option<i64>,
    /// Privileges of every session.
    #[serde(default)]
    pub session_privileges: Option<String>,
    /// Free text.
    #[serde(default)]
    pub description: Option<String>,
    /// When it was made, in Unix seconds.
    #[serde(default)]
    pub created_at: i64,
    /// When it was changed last, in Unix seconds.
    #[serde(default)]
    pub updated_at: i64,
}

/// Hash functions of app tokens.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
pub enum HashType {
    /// 32 hex digits.
    Md5,
    /// 40 hex digits.
    Sha1,
    /// 64 hex digits.
    Sha256,
    /// 128 hex digits.
    Sha512,
}

impl HashType {
    /// All of them.
    pub const ALL: [HashType; 4] = [HashType::Md5, HashType::Sha1, HashType::Sha256, HashType::Sha512];

    /// As the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            HashType::Md5 => "MD5",
            HashType::Sha1 => "SHA1",
            HashType::Sha256 => "SHA256",
            HashType::Sha512 => "SHA512",
        }
    }
}

impl World {
    /// The world that is built in: the accounts that the recorded answers were taken with.
    pub fn bundled() -> World {
        World::parse(include_str!("../data/world.json"), 0).unwrap_or_else(|_| World {
            partners: HashMap::new(),
            widgets: HashMap::new(),
            app_tokens: HashMap::new(),
        })
    }

    /// Reads a world. `started_at` is what `expiryIn` counts from.
    ///
    /// A file without `widgets` gives every partner its default widget `_<partner id>`.
    pub fn parse(json: &str, started_at: i64) -> Result<World, String> {
        let file: File = serde_json::from_str(json).map_err(|error| format!("the world is not readable: {error}"))?;
        let mut partners = HashMap::new();
        for (id, partner) in file.partners {
            let id = id.parse().map_err(|_| format!("the world has a partner id that is no number: {id:?}"))?;
            partners.insert(id, partner);
        }
        let widgets = file.widgets.unwrap_or_else(|| partners.keys().map(|&id| default_widget(id)).collect());
        let widgets: HashMap<_, _> = widgets.into_iter().map(|(id, widget)| (collated(&id), widget)).collect();
        let mut app_tokens = HashMap::new();
        for (id, mut token) in file.app_tokens {
            token.expiry = token.expiry.or(token.expiry_in.map(|seconds| started_at + seconds));
            token.id = id;
            app_tokens.insert(collated(&token.id), token);
        }
        let owners = widgets.values().map(|widget| widget.partner_id);
        let mut owners = owners.chain(app_tokens.values().map(|token| token.partner_id));
        if let Some(id) = owners.find(|id| !partners.contains_key(id)) {
            return Err(format!("the world has a widget or app token of partner {id}, which it does not have"));
        }
        Ok(World { partners, widgets, app_tokens })
    }

    /// Starts the clock of `expiryIn`, for a world that was made before the server.
    pub(crate) fn start(&mut self, started_at: i64) {
        for token in self.app_tokens.values_mut() {
            token.expiry = token.expiry_in.map_or(token.expiry, |seconds| Some(started_at + seconds));
        }
    }

    /// A KS as this world's server would sign it, for tests that need one in a particular state: `session_type` is 0 for
    /// user and 2 for admin, `expires_at` in Unix seconds. None if there is no such partner.
    pub fn sign_ks(
        &self,
        partner_id: i64,
        user_id: &str,
        session_type: i64,
        expires_at: i64,
        privileges: &str,
    ) -> Option<String> {
        let partner = self.partner(partner_id)?;
        let fields = Fields {
            partner_id: partner_id.to_string(),
            user: Some(user_id.to_owned()),
            kind: session_type,
            expiry: expires_at,
            privileges: privileges.to_owned(),
        };
        Some(ks::sign(partner.ks_version, &partner.admin_secret, &fields))
    }

    /// A partner in whatever status.
    pub fn partner(&self, id: i64) -> Option<&Partner> {
        self.partners.get(&id)
    }

    /// A widget; the database compares ids without regard to case and trailing blanks.
    pub fn widget(&self, id: &str) -> Option<&Widget> {
        self.widgets.get(&collated(id))
    }

    /// An app token of one partner that is not deleted, found like a widget.
    pub fn app_token(&self, partner_id: i64, id: &str) -> Option<&AppToken> {
        let token = self.app_tokens.get(&collated(id))?;
        (token.partner_id == partner_id && token.status != APP_TOKEN_DELETED).then_some(token)
    }

    /// All app tokens of the start, of every partner and status.
    pub fn app_tokens(&self) -> impl Iterator<Item = &AppToken> {
        self.app_tokens.values()
    }
}

impl Default for World {
    fn default() -> Self {
        World::bundled()
    }
}

impl Partner {
    /// The secrets that a KS may be signed with; new ones are signed with the first.
    pub fn admin_secrets(&self) -> Vec<String> {
        let mut secrets = vec![self.admin_secret.clone()];
        secrets.extend(self.additional_admin_secrets.iter().cloned());
        secrets
    }
}

/// The file, as written down.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    partners: HashMap<String, Partner>,
    widgets: Option<HashMap<String, Widget>>,
    #[serde(default)]
    app_tokens: HashMap<String, AppToken>,
}

fn default_widget(partner_id: i64) -> (String, Widget) {
    let widget = Widget {
        partner_id,
        entry_id: None,
        playlist: false,
        roles: None,
        privileges: None,
        privacy_context: None,
        enforce_entitlement: false,
    };
    (format!("_{partner_id}"), widget)
}

/// As the database compares ids.
pub fn collated(id: &str) -> String {
    id.trim_end_matches(' ').to_lowercase()
}

fn current_ks_version() -> u8 {
    2
}

fn partner_active() -> i64 {
    PARTNER_ACTIVE
}

fn app_token_active() -> i64 {
    APP_TOKEN_ACTIVE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_world_is_readable() {
        let world = World::bundled();
        assert!(world.partner(101).is_some());
        assert!(world.widget("_101").is_some());
    }

    #[test]
    fn ids_are_found_without_regard_to_case_and_trailing_blanks() {
        let world = World::bundled();
        assert!(world.app_token(101, "0_SHA256TK  ").is_some());
        assert!(world.app_token(102, "0_sha256tk").is_none());
        assert!(world.app_token(101, "0_deleted1").is_none());
    }

    #[test]
    fn a_small_world_gets_default_widgets_and_relative_expiries() {
        let json =
            r#"{"partners":{"7":{"adminSecret":"s"}},"appTokens":{"0_a":{"partnerId":7,"token":"t","expiryIn":60}}}"#;
        let world = World::parse(json, 1000).unwrap();
        assert!(world.widget("_7").is_some());
        assert_eq!(world.app_token(7, "0_a").unwrap().expiry, Some(1060));
    }
}
