//! What an account's administrator does with its app tokens. For servers and tools, never in an app.
//!
//! Each call is one request: it is not repeated, because a second `appToken.add` would make a second token.

mod app_token;
mod call;
mod walk;

pub use app_token::{AppToken, AppTokenFields, AppTokenFilter, AppTokenPage, Expiry};
pub use walk::AppTokenWalk;

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::cancellation::Cancellation;
use crate::clock::Moment;
use crate::error::Error;
use crate::hints;
use crate::ks;
use crate::options::{Options, Settings};
use crate::secret::Secret;
use crate::session::SessionType;

/// An administrator of an account, and how the server is reached.
#[derive(Clone)]
pub struct Admin {
    settings: Arc<Settings>,
    credential: Credential,
}

#[derive(Clone)]
enum Credential {
    /// A session that somebody else started.
    Ks(Secret),
    /// What sessions are signed with, one for each request.
    Secret { secret: Secret, user_id: String },
}

/// Long enough for a machine whose clock is behind the server's, short enough for one that leaks.
const SIGNED_KS_SECONDS: i64 = 3_600;

impl Admin {
    /// With an admin KS. Of the options, those count that say where the server is and how it is reached.
    ///
    /// # Errors
    /// `InvalidArgument`
    pub fn with_ks(options: &Options, ks: &str) -> Result<Self, Error> {
        if !crate::protocol::ks::is_plausible(ks) {
            return Err(Error::invalid_argument(
                "ks",
                "the KS is empty, too long, or not visible ASCII",
                hints::GIVEN_KS,
            ));
        }
        Ok(Admin { settings: Arc::new(options.check_for_admin()?), credential: Credential::Ks(Secret::new(ks)) })
    }

    /// With the account's admin secret, which signs a short KS for each request and is never sent.
    ///
    /// # Errors
    /// `InvalidArgument`
    pub fn with_secret(options: &Options, secret: &str, user_id: &str) -> Result<Self, Error> {
        let credential = Credential::Secret { secret: Secret::new(secret), user_id: user_id.to_owned() };
        let admin = Admin { settings: Arc::new(options.check_for_admin()?), credential };
        // What cannot sign shall be told now.
        admin.ks()?;
        Ok(admin)
    }

    /// `appToken.add`: makes an app token. Unless another is named, its hash type is SHA256.
    ///
    /// # Errors
    /// `InvalidArgument`, those of the network, and those of the server.
    pub fn add(&self, fields: &AppTokenFields, cancellation: &Cancellation) -> Result<AppToken, Error> {
        let fields = fields.for_add().to_json()?;
        self.app_token("add", &[("appToken", fields)], cancellation)
    }

    /// `appToken.get`
    ///
    /// # Errors
    /// As for [`add`](Self::add); `AppTokenNotFound`.
    pub fn get(&self, id: &str, cancellation: &Cancellation) -> Result<AppToken, Error> {
        self.app_token("get", &[("id", id_json(id)?)], cancellation)
    }

    /// `appToken.update`: changes what is set in `fields`, and nothing else.
    ///
    /// # Errors
    /// As for [`get`](Self::get).
    pub fn update(&self, id: &str, fields: &AppTokenFields, cancellation: &Cancellation) -> Result<AppToken, Error> {
        let members = [("id", id_json(id)?), ("appToken", fields.to_json()?)];
        self.app_token("update", &members, cancellation)
    }

    /// `appToken.delete`: the token starts no more sessions, and those that it started are ended.
    ///
    /// # Errors
    /// As for [`get`](Self::get).
    pub fn delete(&self, id: &str, cancellation: &Cancellation) -> Result<(), Error> {
        let ks = self.ks()?;
        call::send(&self.settings, &ks, "appToken", "delete", &[("id", id_json(id)?)], cancellation, |_| Some(()))
    }

    /// `appToken.list`: one page of those that a filter lets through. Pages count from 1.
    ///
    /// # Errors
    /// As for [`add`](Self::add).
    pub fn list(
        &self,
        filter: &AppTokenFilter,
        page_size: i32,
        page_index: i32,
        cancellation: &Cancellation,
    ) -> Result<AppTokenPage, Error> {
        if !(1..=MAX_PAGE_SIZE).contains(&page_size) {
            return Err(Error::invalid_argument("page_size", "a page of no or too many tokens", hints::PAGE));
        }
        if page_index < 1 {
            return Err(Error::invalid_argument("page_index", "pages count from 1", hints::PAGE));
        }
        let pager = json!({"objectType": "KalturaFilterPager", "pageSize": page_size, "pageIndex": page_index});
        let members = [("filter", filter.to_json()?), ("pager", pager)];
        call::send(&self.settings, &self.ks()?, "appToken", "list", &members, cancellation, AppTokenPage::from_json)
    }

    /// Every token that a filter lets through, page by page.
    pub fn walk(&self, filter: &AppTokenFilter) -> AppTokenWalk {
        AppTokenWalk::new(self.clone(), filter.clone())
    }

    fn app_token(
        &self,
        action: &str,
        members: &[(&str, Value)],
        cancellation: &Cancellation,
    ) -> Result<AppToken, Error> {
        call::send(&self.settings, &self.ks()?, "appToken", action, members, cancellation, AppToken::from_json)
    }

    fn ks(&self) -> Result<Secret, Error> {
        match &self.credential {
            Credential::Ks(ks) => Ok(ks.clone()),
            Credential::Secret { secret, user_id } => ks::sign(
                2,
                secret,
                &ks::Fields {
                    partner_id: self.settings.partner_id,
                    user_id: Some(user_id.clone()),
                    session_type: SessionType::Admin,
                    expires_at_seconds: ks::end_of_life(Moment::now().wall_seconds, SIGNED_KS_SECONDS)?,
                    privileges: String::new(),
                },
            ),
        }
    }
}

/// So many tokens fit into a reply of the size that is accepted, if their descriptions are not long.
const MAX_PAGE_SIZE: i32 = 100;

/// `system.ping`: whether the server takes a KS, of whatever kind, and is there.
///
/// # Errors
/// `InvalidKs` if it does not, with the reason; those of the network.
pub fn check_ks(options: &Options, ks: &str, cancellation: &Cancellation) -> Result<(), Error> {
    let Admin { settings, .. } = Admin::with_ks(options, ks)?;
    let is_true = |value: &Value| (*value == Value::Bool(true)).then_some(());
    call::send(&settings, &Secret::new(ks), "system", "ping", &[], cancellation, is_true)
}

fn id_json(id: &str) -> Result<Value, Error> {
    match crate::options::check_app_token_id(id) {
        Ok(()) => Ok(Value::from(id)),
        Err(error) => Err(Error { option: Some("id"), ..error }),
    }
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admin").field("partner_id", &self.settings.partner_id).finish_non_exhaustive()
    }
}
