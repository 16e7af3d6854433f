//! Privilege lists: `name:value/value,name`, and how an app token's list and a request's list become one.

use crate::php;

/// Privileges that a request cannot add to an app token's session. Source: the `PRIVILEGE_` constants of `kSessionBase`,
/// as collected by `getServerPrivileges`; `/` is among them because of the constant `PRIVILEGES_DELIMITER`'s value.
const RESERVED: &[&str] = &[
    "edit",
    "sview",
    "list",
    "download",
    "downloadasset",
    "editplaylist",
    "sviewplaylist",
    "actionslimit",
    "setrole",
    "restrictingrole",
    "limitentry",
    "iprestrict",
    "urirestrict",
    "enableentitlement",
    "disableentitlement",
    "disableentitlementforentry",
    "disableentitlementforplaylist",
    "privacycontext",
    "enablecategorymoderation",
    "reftime",
    "sessionkey",
    "preview",
    "sessionid",
    "jobtype",
    "apptoken",
    "/",
    "enablechangeaccount",
    "edituser",
    "enablecaptionmoderation",
    "editadmintags",
    "restrictexplicitliveview",
    "virtualeventid",
    "searchcontext",
    "disablesessiontypecheck",
];

/// Privileges in the order in which their names first occurred.
pub type Privileges = Vec<(String, Vec<String>)>;

/// Splits a list. Values of equal names are joined, blanks are part of names and values, an empty list is one empty name.
/// Source: `kSessionBase::parsePrivileges`.
pub fn parse(list: &str) -> Privileges {
    let mut privileges = Privileges::new();
    for privilege in list.split(',') {
        let (name, value) = privilege.split_once(':').unwrap_or((privilege, ""));
        let values = value.split('/').filter(|_| !value.is_empty()).map(str::to_owned);
        match privileges.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => known.extend(values),
            None => privileges.push((name.to_owned(), values.collect())),
        }
    }
    privileges
}

/// Joins a list. Source: `kSessionBase::buildPrivileges`.
pub fn build(privileges: &Privileges) -> String {
    let shown: Vec<String> = privileges
        .iter()
        .map(|(name, values)| if values.is_empty() { name.clone() } else { format!("{name}:{}", values.join("/")) })
        .collect();
    shown.join(",")
}

/// The privileges of a session that an app token starts. Source: `AppTokenService::startSession`.
///
/// The token's own come first. A requested one is added if its name is neither reserved nor there; it replaces one that is
/// there with a `*` among its values. All others are dropped without a word.
pub fn merge(token_id: &str, of_token: Option<&str>, requested: &str) -> String {
    let mut list = format!("sessionid:{token_id},apptoken:{token_id}");
    if let Some(of_token) = of_token.filter(|list| !list.is_empty()) {
        list = format!("{list},{of_token}");
    }
    let mut merged = parse(&list);
    if requested.is_empty() || requested == "0" {
        return build(&merged);
    }
    for (name, values) in parse(requested) {
        match merged.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) if known.iter().any(|value| value == "*") => *known = values,
            Some(_) => {}
            None if RESERVED.contains(&php::trim(&name)) => {}
            None => merged.push((name, values)),
        }
    }
    build(&merged)
}

/// The values of one privilege, if it is there.
pub fn values<'a>(privileges: &'a Privileges, name: &str) -> Option<&'a [String]> {
    privileges.iter().find(|(known, _)| known == name).map(|(_, values)| values.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::vectors;

    #[test]
    fn merges_are_those_of_the_server() {
        let cases = &vectors()["privilegeMerge"];
        for case in cases.as_array().unwrap() {
            let requested = case["requestPrivileges"].as_str().unwrap_or_default();
            let merged = merge(case["tokenId"].as_str().unwrap(), case["tokenPrivileges"].as_str(), requested);
            assert_eq!(merged, case["privileges"].as_str().unwrap(), "{case}");
        }
    }

    #[test]
    fn reserved_names_are_those_of_the_server() {
        for name in vectors()["meta"]["serverReservedPrivileges"].as_array().unwrap() {
            assert!(RESERVED.contains(&name.as_str().unwrap()), "{name}");
        }
    }
}
