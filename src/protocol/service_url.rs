//! The address of a Kaltura server.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Where the flow sends its requests if nothing else is said.
pub const DEFAULT_SERVICE_URL: &str = "https://www.kaltura.com";

/// A checked base address: scheme and host in lower case, no default port, no trailing `/`, without `/api_v3`.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceUrl {
    base: String,
    origin_length: usize,
}

impl ServiceUrl {
    /// Reads what people paste: with or without `/api_v3`, `/api_v3/service` or `/api_v3/index.php`, with or without
    /// a trailing `/`. A prefix before it is kept, for servers behind a path and for CDN style addresses.
    ///
    /// `None` if it is no such address: no scheme, user info, a query, a fragment, a whole action URL, or `http` to a
    /// host that is not this machine, unless `allow_http`.
    pub fn parse(text: &str, allow_http: bool) -> Option<ServiceUrl> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains(['?', '#', '@', '\\']) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "https" => 443,
            "http" => 80,
            _ => return None,
        };
        let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        let (host, port) = split_port(authority)?;
        let host = host.to_ascii_lowercase();
        if !is_host(&host) || (scheme == "http" && !allow_http && !is_loopback(&host)) {
            return None;
        }
        let mut base = [&scheme, "://", &host].concat();
        if let Some(port) = port.filter(|&port| port != default_port) {
            base.push_str(&format!(":{port}"));
        }
        let origin_length = base.len();
        base.push_str(path_prefix(path)?);
        Some(ServiceUrl { base, origin_length })
    }

    /// The address, `https://host[:port][/prefix]`.
    pub fn as_str(&self) -> &str {
        &self.base
    }

    /// Scheme, host and port of it.
    pub fn origin(&self) -> &str {
        self.base.get(..self.origin_length).unwrap_or(&self.base)
    }

    /// Whether requests travel unencrypted.
    pub(crate) fn is_http(&self) -> bool {
        self.base.starts_with("http://")
    }

    /// URL of an action.
    pub(crate) fn action(&self, service: &str, action: &str) -> String {
        [&self.base, "/api_v3/service/", service, "/action/", action].concat()
    }
}

impl fmt::Debug for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

/// Scheme and host of a URL, and nothing that could hold a secret.
pub(crate) fn scheme_and_host(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host_and_port = authority.rsplit('@').next()?;
    let (host, port) = split_port(host_and_port)?;
    let is_scheme = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) && (1..=10).contains(&scheme.len());
    let port = port.map_or(String::new(), |port| format!(":{port}"));
    (is_scheme && is_host(host)).then(|| format!("{scheme}://{host}{port}"))
}

/// Whether a host is this machine, by name or by number.
pub(crate) fn is_loopback(host: &str) -> bool {
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    host == "localhost"
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || literal.is_some_and(|host| host.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback()))
}

fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let host_end = if authority.starts_with('[') {
        authority.find(']')? + 1
    } else {
        authority.find(':').unwrap_or(authority.len())
    };
    let (host, port) = authority.split_at_checked(host_end)?;
    match port.strip_prefix(':') {
        None if port.is_empty() => Some((host, None)),
        None => None,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => match digits.parse() {
            Ok(0) | Err(_) => None,
            Ok(port) => Some((host, Some(port))),
        },
        Some(_) => None,
    }
}

fn is_host(host: &str) -> bool {
    if let Some(literal) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return literal.parse::<Ipv6Addr>().is_ok();
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let name = host.strip_suffix('.').unwrap_or(host);
    // All digits and dots is a number, and then a whole one.
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    name.len() <= 253 && name.split('.').all(is_label) && (!is_number || name.parse::<Ipv4Addr>().is_ok())
}

/// The path without the API's own part; `None` if what remains still holds one.
fn path_prefix(path: &str) -> Option<&str> {
    let mut prefix = path.trim_end_matches('/');
    for tail in ["/api_v3/index.php", "/api_v3/service", "/api_v3"] {
        let start = prefix.len().saturating_sub(tail.len());
        if let Some((before, end)) = prefix.split_at_checked(start).filter(|(_, end)| end.eq_ignore_ascii_case(tail)) {
            debug_assert_eq!(end.len(), tail.len());
            prefix = before.trim_end_matches('/');
            break;
        }
    }
    (!prefix.to_ascii_lowercase().contains("/api_v3")).then_some(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_in_the_table() {
        let data: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/data/flow-scenarios.json")).unwrap();
        let cases = data["service_urls"]["cases"].as_array().unwrap();
        assert!(cases.len() >= 24);
        for case in cases {
            let input = case[0].as_str().unwrap_or(DEFAULT_SERVICE_URL);
            let parsed = ServiceUrl::parse(input, false);
            assert_eq!(parsed.as_ref().map(ServiceUrl::as_str), case[1].as_str(), "{input:?}");
        }
    }

    #[test]
    fn other_hosts_are_loopback_only_by_their_whole_name() {
        for host in ["localhost.example", "127.0.0.1.example", "128.0.0.1", "[::2]", "127.1"] {
            assert!(!is_loopback(host), "{host}");
        }
        assert!(is_loopback("127.9.9.9") && is_loopback("[::1]"));
    }

    #[test]
    fn bad_hosts_and_ports_are_refused() {
        for url in [
            "https://k..example",
            "https://k.example:0",
            "https://k.example:",
            "https://k.example:1x",
            "https://[::1",
            "https://[k]",
            "https://1.2.3",
            "https://k!.example",
            "https://k.example\\x",
            "https:///x",
            "://k",
        ] {
            assert_eq!(ServiceUrl::parse(url, true), None, "{url}");
        }
    }

    #[test]
    fn of_a_location_only_scheme_and_host_are_told() {
        assert_eq!(
            scheme_and_host("https://u:p@other.example:8443/x?ks=abc").as_deref(),
            Some("https://other.example:8443")
        );
        assert_eq!(scheme_and_host("/api_v3/?ks=abc"), None);
        assert_eq!(scheme_and_host("https://exa mple/"), None);
    }

    #[test]
    fn an_origin_has_no_path() {
        let url = ServiceUrl::parse("https://k.example:8443/p/1/api_v3", false).unwrap();
        assert_eq!((url.origin(), url.as_str()), ("https://k.example:8443", "https://k.example:8443/p/1"));
    }
}
