//! A list of privileges, to be put together or taken apart.

use std::fmt;

use crate::error::Error;
use crate::hints;

/// Privileges in the order in which their names first occurred: `name:value/value,name,…`.
///
/// The format has no escapes: a `,` ends a privilege, a `/` a value, and the first `:` the name, wherever they stand. A
/// value `*` stands for all; the list `*` for whatever there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Privileges(Vec<(String, Vec<String>)>);

impl Privileges {
    /// Takes a list apart as the server does: values of equal names are joined, blanks are part of names and values, and
    /// an empty list is one empty name. Source: `kSessionBase::parsePrivileges`.
    pub fn parse(list: &str) -> Self {
        let mut privileges = Privileges::default();
        for privilege in list.split(',') {
            let (name, value) = privilege.split_once(':').unwrap_or((privilege, ""));
            privileges.put(name, value);
        }
        privileges
    }

    /// The same for a list that a person wrote: without blanks around privileges, and without empty ones.
    pub fn parse_tidily(list: &str) -> Self {
        let mut privileges = Privileges::default();
        for privilege in list.split(',').map(str::trim).filter(|privilege| !privilege.is_empty()) {
            let (name, value) = privilege.split_once(':').unwrap_or((privilege, ""));
            privileges.put(name.trim(), value.trim());
        }
        privileges
    }

    /// Adds a privilege, or values to the one of that name. `value` may be several with `/` between them, or empty.
    ///
    /// # Errors
    /// `InvalidArgument` for a name that is empty, and for what would end the privilege.
    pub fn add(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let refuse = |option, message| Err(Error::invalid_argument(option, message, hints::PRIVILEGE));
        let is_odd = |text: &str| text.contains(',') || text.contains(char::is_control) || text.trim() != text;
        if name.is_empty() || name.contains(':') || is_odd(name) {
            return refuse("name", "the name of a privilege is empty, or holds a character that would end it");
        }
        if is_odd(value) {
            return refuse("value", "the value of a privilege holds a character that would end it");
        }
        self.put(name, value);
        Ok(())
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// The values of a name, if it is there; none is as many as the server writes for a bare name.
    pub fn values(&self, name: &str) -> Option<&[String]> {
        self.iter().find(|(known, _)| *known == name).map(|(_, values)| values)
    }

    /// Whether a value of a name is granted, by itself or by `*`; also by the privilege `*`.
    pub fn allow(&self, name: &str, value: &str) -> bool {
        let grants = |values: &[String]| values.iter().any(|known| known == value || known == "*");
        self.values(name).is_some_and(grants) || self.values("*").is_some() || self.values("all").is_some_and(grants)
    }

    /// Takes note of a field as version 2 keeps it: its value as it is, its name met once.
    pub(super) fn push(&mut self, name: String, value: &str) {
        self.0.push((name, values(value)));
    }

    fn put(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => known.extend(values(value)),
            None => self.0.push((name.to_owned(), values(value))),
        }
    }
}

impl fmt::Display for Privileges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (name, values)) in self.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            let colon = if values.is_empty() { "" } else { ":" };
            write!(f, "{comma}{name}{colon}{}", values.join("/"))?;
        }
        Ok(())
    }
}

fn values(value: &str) -> Vec<String> {
    value.split('/').filter(|_| !value.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_together_is_taken_apart_again() {
        let mut list = Privileges::default();
        list.add("list", "*").unwrap();
        list.add("edit", "0_abc").unwrap();
        list.add("appid", "app:8443").unwrap();
        list.add("edit", "0_def").unwrap();
        list.add("sview", "").unwrap();
        assert_eq!(list.to_string(), "list:*,edit:0_abc/0_def,appid:app:8443,sview");
        assert_eq!(Privileges::parse(&list.to_string()), list);
    }

    #[test]
    fn what_would_end_a_privilege_is_refused() {
        let mut list = Privileges::default();
        for (name, value, option) in [
            ("", "a", "name"),
            ("a,b", "", "name"),
            ("a:b", "", "name"),
            (" a", "", "name"),
            ("a", "b,c", "value"),
            ("a", "b\n", "value"),
        ] {
            assert_eq!(list.add(name, value).unwrap_err().option, Some(option), "{name:?} {value:?}");
        }
        assert!(list.is_empty());
    }

    #[test]
    fn stars_stand_for_all() {
        let list = Privileges::parse("list:*,edit:0_a/0_b,sview");
        assert!(list.allow("list", "0_x") && list.allow("edit", "0_b"));
        assert!(!list.allow("edit", "0_c") && !list.allow("sview", "0_x") && !list.allow("download", "0_x"));
        assert!(Privileges::parse("*").allow("edit", "0_c") && Privileges::parse("all:*").allow("edit", "0_c"));
    }

    #[test]
    fn what_a_person_wrote_is_tidied() {
        assert_eq!(Privileges::parse_tidily(" list:* , ,edit:0_a,edit: 0_b").to_string(), "list:*,edit:0_a/0_b");
        assert!(Privileges::parse_tidily("").is_empty());
    }
}
