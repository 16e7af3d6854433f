//! What an administrator does with app tokens. Source: `AppTokenService`, `KalturaAppToken`.

use sha1::{Digest, Sha1};

use crate::api::Context;
use crate::errors::{self, ApiError};
use crate::ks;
use crate::params::Params;
use crate::value::Value;
use crate::world::{APP_TOKEN_ACTIVE, APP_TOKEN_DELETED, AppToken, HashType};

/// Times of at most so many seconds, of either sign, count from now on. Source: `kTime`, `base.ini`.
const RELATIVE_SECONDS: i64 = 315_360_000;

/// Source: `KalturaFilterPager`.
const DEFAULT_PAGE_SIZE: i64 = 30;
const MAX_PAGE_SIZE: i64 = 500;

/// What is told and done.
#[derive(Debug)]
pub enum Call {
    /// `appToken.add`
    Add { fields: Members },
    /// `appToken.get`
    Get { id: Value },
    /// `appToken.update`
    Update { id: Value, fields: Members },
    /// `appToken.delete`
    Delete { id: Value },
    /// `appToken.list`
    List { filter: Members, pager: Members },
}

/// An object among the parameters.
#[derive(Debug)]
pub struct Members(Vec<(String, Value)>);

impl Members {
    /// The object of that name; empty if there is none.
    pub fn of(params: &Params, name: &str) -> Members {
        match params.get(name) {
            Some(Value::Array(members)) => Members(members.clone()),
            _ => Members(Vec::new()),
        }
    }

    /// The object of that name, which must be there.
    pub fn mandatory(params: &Params, name: &str) -> Result<Members, ApiError> {
        match params.get(name) {
            Some(Value::Array(members)) => Ok(Members(members.clone())),
            _ => Err(errors::missing_parameter(name)),
        }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, value)| known == name && *value != Value::Null).map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(Value::to_text)
    }

    fn int(&self, name: &str) -> Option<i64> {
        self.get(name).map(Value::to_int)
    }

    fn time(&self, name: &str, now: i64) -> Option<i64> {
        self.int(name).map(|time| if time.abs() <= RELATIVE_SECONDS { now.saturating_add(time) } else { time })
    }
}

/// Acts for a session that may.
pub fn run(context: &Context<'_>, call: Call) -> Result<Value, ApiError> {
    match call {
        Call::Add { fields } => add(context, &fields),
        Call::Get { id } => find(context, &id).map(|token| described(&token)),
        Call::Update { id, fields } => update(context, &id, &fields),
        Call::Delete { id } => delete(context, &id),
        Call::List { filter, pager } => Ok(list(context, &filter, &pager)),
    }
}

fn add(context: &Context<'_>, fields: &Members) -> Result<Value, ApiError> {
    let partner_id = context.partner_id.to_int();
    let partner = context.api.world.partner(partner_id).ok_or_else(errors::internal_error)?;
    let mut token = AppToken {
        id: format!("0_{}", random_digits(36, 8)?),
        partner_id,
        token: random_digits(16, 32)?,
        status: APP_TOKEN_ACTIVE,
        created_at: context.now,
        updated_at: context.now,
        session_duration: partner.ks_max_expiry,
        ..AppToken::default()
    };
    take(&mut token, fields, context.now)?;
    context.api.state.keep_app_token(token.clone());
    Ok(described(&token))
}

fn update(context: &Context<'_>, id: &Value, fields: &Members) -> Result<Value, ApiError> {
    let mut token = find(context, id)?;
    take(&mut token, fields, context.now)?;
    token.updated_at = context.now;
    context.api.state.keep_app_token(token.clone());
    Ok(described(&token))
}

/// Its sessions are ended with it.
fn delete(context: &Context<'_>, id: &Value) -> Result<Value, ApiError> {
    let mut token = find(context, id)?;
    token.status = APP_TOKEN_DELETED;
    let group = Sha1::digest(format!("{}_{}", token.partner_id, token.id));
    context.api.state.end_group(ks::hex(&group));
    context.api.state.keep_app_token(token);
    Ok(Value::Null)
}

fn list(context: &Context<'_>, filter: &Members, pager: &Members) -> Value {
    let mut tokens = context.api.app_tokens(context.partner_id.to_int());
    let one_of = |name: &str, value: &str| {
        filter.text(name).is_none_or(|list| list.split(',').any(|wanted| wanted.trim().eq_ignore_ascii_case(value)))
    };
    tokens.retain(|token| {
        let status = token.status.to_string();
        one_of("idEqual", &token.id)
            && one_of("idIn", &token.id)
            && one_of("statusEqual", &status)
            && one_of("statusIn", &status)
            && filter
                .text("sessionUserIdEqual")
                .is_none_or(|user| token.session_user_id.as_deref() == Some(user.as_str()))
            && filter.time("createdAtGreaterThanOrEqual", context.now).is_none_or(|time| token.created_at >= time)
            && filter.time("createdAtLessThanOrEqual", context.now).is_none_or(|time| token.created_at <= time)
            && filter.time("updatedAtGreaterThanOrEqual", context.now).is_none_or(|time| token.updated_at >= time)
            && filter.time("updatedAtLessThanOrEqual", context.now).is_none_or(|time| token.updated_at <= time)
    });
    let order = filter.text("orderBy").unwrap_or_default();
    tokens.sort_by_key(|token| if order.ends_with("updatedAt") { token.updated_at } else { token.created_at });
    if order.starts_with('-') {
        tokens.reverse();
    }
    let total = tokens.len();
    let size = pager.int("pageSize").filter(|&size| size > 0).unwrap_or(DEFAULT_PAGE_SIZE).min(MAX_PAGE_SIZE);
    let page = pager.int("pageIndex").filter(|&page| page > 0).unwrap_or(1);
    let skipped = usize::try_from(size.saturating_mul(page - 1)).unwrap_or(usize::MAX);
    let size = usize::try_from(size).unwrap_or_default();
    let objects = tokens.iter().skip(skipped).take(size).map(described);
    let objects = (0usize..).map(|key| key.to_string()).zip(objects).collect();
    Value::Array(vec![
        ("objects".into(), Value::Array(objects)),
        ("totalCount".into(), Value::Int(i64::try_from(total).unwrap_or_default())),
        ("objectType".into(), "KalturaAppTokenListResponse".into()),
    ])
}

fn find(context: &Context<'_>, id: &Value) -> Result<AppToken, ApiError> {
    let token = context.api.app_token(context.partner_id.to_int(), &id.to_text());
    token.ok_or_else(|| errors::app_token_not_found(id.clone()))
}

/// Sets what is named.
fn take(token: &mut AppToken, fields: &Members, now: i64) -> Result<(), ApiError> {
    if let Some(value) = fields.get("hashType") {
        let name = value.to_text();
        let known = HashType::ALL.into_iter().find(|known| known.name() == name);
        let invalid = || errors::invalid_enum_value(value, "hashType", "KalturaAppTokenHashType");
        token.hash_type = Some(known.ok_or_else(invalid)?);
    }
    if let Some(value) = fields.get("sessionType") {
        if !value.loosely_equals(0) && !value.loosely_equals(2) {
            return Err(errors::invalid_enum_value(value, "sessionType", "KalturaSessionType"));
        }
        token.session_type = Some(value.to_int());
    }
    token.expiry = fields.time("expiry", now).or(token.expiry);
    token.session_duration = fields.int("sessionDuration").or(token.session_duration);
    let set = |place: &mut Option<String>, name: &str| {
        if let Some(text) = fields.text(name) {
            *place = Some(text);
        }
    };
    set(&mut token.session_user_id, "sessionUserId");
    set(&mut token.session_privileges, "sessionPrivileges");
    set(&mut token.description, "description");
    Ok(())
}

fn described(token: &AppToken) -> Value {
    let number = |number: Option<i64>| number.map_or(Value::Null, Value::Int);
    let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
    Value::Array(vec![
        ("id".into(), token.id.as_str().into()),
        ("token".into(), token.token.as_str().into()),
        ("partnerId".into(), Value::Int(token.partner_id)),
        ("createdAt".into(), Value::Int(token.created_at)),
        ("updatedAt".into(), Value::Int(token.updated_at)),
        ("status".into(), Value::Int(token.status)),
        ("expiry".into(), number(token.expiry)),
        ("sessionType".into(), number(token.session_type)),
        ("sessionUserId".into(), text(&token.session_user_id)),
        ("sessionDuration".into(), number(token.session_duration)),
        ("sessionPrivileges".into(), text(&token.session_privileges)),
        ("hashType".into(), token.hash_type.map_or(Value::Null, |hash_type| hash_type.name().into())),
        ("description".into(), text(&token.description)),
        ("objectType".into(), "KalturaAppToken".into()),
    ])
}

/// Digits of a number system up to 36.
fn random_digits(radix: u8, count: usize) -> Result<String, ApiError> {
    let mut bytes = vec![0u8; count];
    getrandom::getrandom(&mut bytes).map_err(|_| errors::internal_error())?;
    let digit = |byte: u8| char::from_digit(u32::from(byte % radix), u32::from(radix));
    Ok(bytes.into_iter().filter_map(digit).collect())
}
