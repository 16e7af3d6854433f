//! What an account's administrator does with its app tokens. For servers and tools, never in an app.
//!
//! Each call is one request: it is not repeated, because a second `appToken.add` would make a second token. What changes
//! something goes over a new connection, for the same reason. A host that carries requests itself takes a call in steps:
//! an [`AdminFlow`].

mod app_token;
mod call;
mod flow;
mod walk;

#[cfg(test)]
mod tests;

pub use app_token::{AppToken, AppTokenFields, AppTokenFilter, AppTokenPage, Expiry};
pub use flow::{AdminFlow, Outcome};
pub use walk::AppTokenWalk;

use call::{Action, Call};

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
        self.adding(fields)?.send(&self.settings, cancellation, AppToken::from_json)
    }

    /// The same in steps.
    ///
    /// # Errors
    /// `InvalidArgument`
    pub fn add_flow(&self, fields: &AppTokenFields) -> Result<AdminFlow, Error> {
        Ok(AdminFlow::new(self.adding(fields)?, app_token))
    }

    /// `appToken.get`
    ///
    /// # Errors
    /// As for [`add`](Self::add); `AppTokenNotFound`.
    pub fn get(&self, id: &str, cancellation: &Cancellation) -> Result<AppToken, Error> {
        self.getting(id)?.send(&self.settings, cancellation, AppToken::from_json)
    }

    /// The same in steps.
    ///
    /// # Errors
    /// `InvalidArgument`
    pub fn get_flow(&self, id: &str) -> Result<AdminFlow, Error> {
        Ok(AdminFlow::new(self.getting(id)?, app_token))
    }

    /// `appToken.update`: changes what is set in `fields`, and nothing else.
    ///
    /// # Errors
    /// As for [`get`](Self::get).
    pub fn update(&self, id: &str, fields: &AppTokenFields, cancellation: &Cancellation) -> Result<AppToken, Error> {
        self.updating(id, fields)?.send(&self.settings, cancellation, AppToken::from_json)
    }

    /// The same in steps.
    ///
    /// # Errors
    /// `InvalidArgument`
    pub fn update_flow(&self, id: &str, fields: &AppTokenFields) -> Result<AdminFlow, Error> {
        Ok(AdminFlow::new(self.updating(id, fields)?, app_token))
    }

    /// `appToken.delete`: the token starts no more sessions, and those that it started are ended.
    ///
    /// # Errors
    /// As for [`get`](Self::get).
    pub fn delete(&self, id: &str, cancellation: &Cancellation) -> Result<(), Error> {
        self.deleting(id)?.send(&self.settings, cancellation, nothing)
    }

    /// The same in steps.
    ///
    /// # Errors
    /// `InvalidArgument`
    pub fn delete_flow(&self, id: &str) -> Result<AdminFlow, Error> {
        Ok(AdminFlow::new(self.deleting(id)?, |value| nothing(value).map(|()| Outcome::Done)))
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
        self.listing(filter, page_size, page_index)?.send(&self.settings, cancellation, AppTokenPage::from_json)
    }

    /// The same in steps.
    ///
    /// # Errors
    /// `InvalidArgument`
    pub fn list_flow(&self, filter: &AppTokenFilter, page_size: i32, page_index: i32) -> Result<AdminFlow, Error> {
        let call = self.listing(filter, page_size, page_index)?;
        Ok(AdminFlow::new(call, |value| AppTokenPage::from_json(value).map(Outcome::Page)))
    }

    /// Every token that a filter lets through, page by page.
    pub fn walk(&self, filter: &AppTokenFilter) -> AppTokenWalk {
        AppTokenWalk::new(self.clone(), filter.clone())
    }

    fn adding(&self, fields: &AppTokenFields) -> Result<Call, Error> {
        self.changing("add", &[("appToken", fields.for_add().to_json()?)])
    }

    fn getting(&self, id: &str) -> Result<Call, Error> {
        self.looking("get", &[("id", id_json(id)?)])
    }

    fn updating(&self, id: &str, fields: &AppTokenFields) -> Result<Call, Error> {
        self.changing("update", &[("id", id_json(id)?), ("appToken", fields.to_json()?)])
    }

    fn deleting(&self, id: &str) -> Result<Call, Error> {
        self.changing("delete", &[("id", id_json(id)?)])
    }

    fn listing(&self, filter: &AppTokenFilter, page_size: i32, page_index: i32) -> Result<Call, Error> {
        if !(1..=MAX_PAGE_SIZE).contains(&page_size) {
            return Err(Error::invalid_argument("page_size", "a page of no or too many tokens", hints::PAGE));
        }
        if page_index < 1 {
            return Err(Error::invalid_argument("page_index", "pages count from 1", hints::PAGE));
        }
        let pager = json!({"objectType": "KalturaFilterPager", "pageSize": page_size, "pageIndex": page_index});
        self.looking("list", &[("filter", filter.to_json()?), ("pager", pager)])
    }

    fn looking(&self, name: &'static str, members: &[(&str, Value)]) -> Result<Call, Error> {
        self.call(&Action { service: "appToken", name, members, is_repeatable: true })
    }

    fn changing(&self, name: &'static str, members: &[(&str, Value)]) -> Result<Call, Error> {
        self.call(&Action { service: "appToken", name, members, is_repeatable: false })
    }

    fn call(&self, action: &Action<'_>) -> Result<Call, Error> {
        Ok(Call::new(&self.settings, self.ks()?, action))
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
    let admin = Admin::with_ks(options, ks)?;
    admin.call(&PING)?.send(&admin.settings, cancellation, yes)
}

/// The same in steps.
///
/// # Errors
/// `InvalidArgument`
pub fn check_ks_flow(options: &Options, ks: &str) -> Result<AdminFlow, Error> {
    Ok(AdminFlow::new(Admin::with_ks(options, ks)?.call(&PING)?, |value| yes(value).map(|()| Outcome::Done)))
}

const PING: Action<'_> = Action { service: "system", name: "ping", members: &[], is_repeatable: true };

fn app_token(value: &Value) -> Option<Outcome> {
    AppToken::from_json(value).map(|app_token| Outcome::AppToken(Box::new(app_token)))
}

fn yes(value: &Value) -> Option<()> {
    (*value == Value::Bool(true)).then_some(())
}

/// What `delete` answers.
fn nothing(value: &Value) -> Option<()> {
    value.is_null().then_some(())
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
