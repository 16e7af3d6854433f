//! Privileges: what a session may do, as a list `name:value/value,name,…`.

/// Which of the privileges that were asked for are not in the session, each as `name` or `name:value/value`.
///
/// The server drops what it reserves or the token already names, and says nothing of it; a value that narrows a `*`
/// of the token's is granted. Source: `kSessionUtils::createKSession`, `AppTokenService::startSession`. So a
/// privilege is dropped if the session lacks its name or has it with another set of values.
pub fn dropped(asked: &str, granted: &str) -> Vec<String> {
    let granted = parse(granted);
    let is_granted = |asked: &Privilege<'_>| {
        granted.iter().any(|granted| granted.name == asked.name && same_set(&granted.values, &asked.values))
    };
    parse(asked).iter().filter(|asked| !is_granted(asked)).map(Privilege::to_text).collect()
}

struct Privilege<'a> {
    name: &'a str,
    values: Vec<&'a str>,
}

impl Privilege<'_> {
    fn to_text(&self) -> String {
        if self.values.is_empty() { self.name.to_owned() } else { format!("{}:{}", self.name, self.values.join("/")) }
    }
}

/// As the server reads them: a name that is met again adds to its values. Source: `ksBase::parsePrivileges`.
fn parse(list: &str) -> Vec<Privilege<'_>> {
    let mut privileges: Vec<Privilege<'_>> = Vec::new();
    for item in list.split(',') {
        let (name, values) = match item.split_once(':') {
            // The server writes a name without values where it was given an empty one.
            Some((name, values)) => {
                (name.trim(), values.split('/').map(str::trim).filter(|value| !value.is_empty()).collect())
            }
            None => (item.trim(), Vec::new()),
        };
        if name.is_empty() {
            continue;
        }
        match privileges.iter_mut().find(|known| known.name == name) {
            Some(known) => known.values.extend(values),
            None => privileges.push(Privilege { name, values }),
        }
    }
    privileges
}

fn same_set(one: &[&str], other: &[&str]) -> bool {
    one.iter().all(|value| other.contains(value)) && other.iter().all(|value| one.contains(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_dropped_is_told_as_in_the_table() {
        let data: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/data/flow-scenarios.json")).unwrap();
        let cases = data["dropped_privileges"]["cases"].as_array().unwrap();
        assert!(cases.len() >= 18);
        for case in cases {
            let asked = case[0].as_str().unwrap_or("");
            let expected: Vec<&str> = case[2].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
            assert_eq!(dropped(asked, case[1].as_str().unwrap()), expected, "{asked:?} of {}", case[1]);
        }
    }

    #[test]
    fn merges_of_the_real_server_show_what_they_dropped() {
        let data: serde_json::Value = serde_json::from_str(include_str!("../../tests/data/ks-vectors.json")).unwrap();
        let merge = &data["privilegeMerge"][2];
        let asked = merge["requestPrivileges"].as_str().unwrap();
        assert_eq!(dropped(asked, merge["privileges"].as_str().unwrap()).join(","), asked);
    }
}
