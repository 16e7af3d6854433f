//! The proxy between the app and the server, if there is one: which, and how it opens a tunnel.

use std::fmt;
use std::net::IpAddr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ureq::{Proxy, ProxyProtocol};

use crate::exchange::Failure;
use crate::secret::Zeroizing;
use crate::status::Status;

use super::lane::USER_AGENT;
use super::socket::Socket;

/// Which proxy to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProxyChoice {
    /// The one that the environment names, see [`of_environment`].
    Environment,
    /// None.
    None,
    /// This one.
    Url(ProxyUrl),
}

impl ProxyChoice {
    /// The proxy for a server, if there is one.
    pub(super) fn resolve(&self, origin: &str) -> Option<ProxyUrl> {
        match self {
            ProxyChoice::Environment => of_environment(origin, |name| std::env::var(name).ok()),
            ProxyChoice::None => None,
            ProxyChoice::Url(proxy) => Some(proxy.clone()),
        }
    }
}

/// An HTTP proxy and what it lets one in for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ProxyUrl {
    host: String,
    port: u16,
    /// Value of the header, from name and password.
    authorization: Option<Zeroizing<String>>,
}

impl ProxyUrl {
    /// Reads `http://[user:password@]host[:port]`; the port is 80 if it is left out. `None` if it is something else.
    pub(crate) fn parse(text: &str) -> Option<ProxyUrl> {
        let proxy = Proxy::new(text).ok().filter(|proxy| proxy.protocol() == ProxyProtocol::Http)?;
        if proxy.host().is_empty() {
            return None;
        }
        let authorization = proxy.username().or(proxy.password()).map(|_| {
            let (user, password) = (proxy.username().unwrap_or_default(), proxy.password().unwrap_or_default());
            let credentials = Zeroizing::new(format!("{user}:{password}"));
            let encoded = Zeroizing::new(BASE64_STANDARD.encode(&*credentials));
            Zeroizing::new(format!("Basic {}", *encoded))
        });
        Some(ProxyUrl { host: proxy.host().to_owned(), port: proxy.port(), authorization })
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Asks the proxy at the other end of the socket for a connection to the server. `http` goes through a tunnel too.
    pub(super) fn open_tunnel(&self, socket: &mut Socket, host: &str, port: u16) -> Result<(), Failure> {
        let authorization = Zeroizing::new(match &self.authorization {
            Some(value) => format!("Proxy-Authorization: {}\r\n", **value),
            None => String::new(),
        });
        let request = Zeroizing::new(format!(
            "CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: {USER_AGENT}\r\n{}\r\n",
            *authorization
        ));
        socket.send(request.as_bytes())?;
        let head = read_head(socket)?;
        match status(&head) {
            Some(200..300) => Ok(()),
            Some(status) => Err(Failure::new(Status::Proxy, format!("the proxy answered with HTTP status {status}"))),
            None => Err(Failure::new(Status::Proxy, "the proxy's answer is not HTTP")),
        }
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// The head of a proxy's answer is far shorter.
const MAX_HEAD_BYTES: usize = 16 * 1024;

fn read_head(socket: &mut Socket) -> Result<Vec<u8>, Failure> {
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let amount = socket.receive(&mut buffer)?;
        if amount == 0 {
            return Err(Failure::new(Status::Proxy, "the proxy hung up"));
        }
        head.extend_from_slice(buffer.get(..amount).unwrap_or_default());
        let end = head.windows(4).position(|window| window == b"\r\n\r\n");
        match end {
            // Through a tunnel nothing comes unasked; behind a refusal its page may.
            Some(end) => {
                let is_tunnel = matches!(status(&head), Some(200..300));
                if is_tunnel && end + 4 != head.len() {
                    return Err(Failure::new(Status::Proxy, "the proxy sent more than an answer"));
                }
                return Ok(head);
            }
            None if head.len() > MAX_HEAD_BYTES => {
                return Err(Failure::new(Status::Proxy, "the proxy's answer has no end"));
            }
            None => {}
        }
    }
}

fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|&byte| byte == b'\r').next()?;
    let rest = line.strip_prefix(b"HTTP/1.0 ").or_else(|| line.strip_prefix(b"HTTP/1.1 "))?;
    let digits = std::str::from_utf8(rest.get(..3)?).ok()?;
    digits.parse().ok().filter(|status| (100..600).contains(status))
}

/// The proxy of the usual variables: `https_proxy` or `http_proxy` by the server's scheme, else `all_proxy`, unless
/// `no_proxy` names the server or it is this machine. In capitals too, but for `HTTP_PROXY`: a web server hands that
/// to its programs with whatever a client wrote into the header `Proxy`. SOCKS proxies are passed over.
pub(super) fn of_environment(origin: &str, variable: impl Fn(&str) -> Option<String>) -> Option<ProxyUrl> {
    let host = host_of(origin);
    let first = |names: &[&str]| names.iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    if is_loopback(host) || first(&["no_proxy", "NO_PROXY"]).is_some_and(|list| is_exempt(host, &list)) {
        return None;
    }
    let names: &[&str] = if origin.starts_with("https:") {
        &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    } else {
        &["http_proxy", "all_proxy", "ALL_PROXY"]
    };
    names.iter().find_map(|name| ProxyUrl::parse(&variable(name).filter(|value| !value.is_empty())?))
}

fn host_of(origin: &str) -> &str {
    let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
    match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => authority.split_once(':').map_or(authority, |(host, _)| host),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Whether a list as in `no_proxy` names the host: `*`, the host itself, or a domain that it is in.
fn is_exempt(host: &str, list: &str) -> bool {
    list.split(',').map(|entry| entry.trim().to_ascii_lowercase()).any(|entry| {
        let entry = entry.trim_start_matches("*.").trim_start_matches('.');
        let is_inside = || host.strip_suffix(entry).is_some_and(|rest| rest.ends_with('.'));
        entry == "*" || (!entry.is_empty() && (host == entry || is_inside()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxy_addresses_are_read() {
        let proxy = ProxyUrl::parse("http://ann:p%40ss@proxy.example:3128").unwrap();
        assert_eq!((proxy.host(), proxy.port()), ("proxy.example", 3128));
        assert_eq!(proxy.authorization.as_deref().unwrap().as_str(), "Basic YW5uOnBAc3M=");
        assert_eq!(format!("{proxy:?}"), "proxy.example:3128");
        assert_eq!(ProxyUrl::parse("http://proxy.example").unwrap().port(), 80);
        assert_eq!(ProxyUrl::parse("proxy.example:8080").unwrap().port(), 8080);
        assert_eq!(ProxyUrl::parse("http://[::1]:8080").unwrap().host(), "[::1]");
        for bad in ["", "socks5://proxy.example", "https://proxy.example", "ftp://proxy.example", "http://", "a b"] {
            assert_eq!(ProxyUrl::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_environment_is_read_by_scheme() {
        let environment = |name: &str| match name {
            "HTTPS_PROXY" => Some("http://secure.example:1".to_owned()),
            "HTTP_PROXY" => Some("http://from-a-header.example:1".to_owned()),
            "all_proxy" => Some("http://all.example:1".to_owned()),
            "no_proxy" => Some("a.example, .b.example,*.c.example".to_owned()),
            _ => None,
        };
        let proxy = |origin| of_environment(origin, environment).map(|proxy| proxy.host);
        assert_eq!(proxy("https://k.example"), Some("secure.example".to_owned()));
        assert_eq!(proxy("http://k.example:8080"), Some("all.example".to_owned()));
        for direct in ["https://a.example", "https://x.a.example:81", "https://x.b.example", "https://y.x.c.example"] {
            assert_eq!(proxy(direct), None, "{direct}");
        }
        assert!(proxy("https://notb.example").is_some());
        for local in ["https://localhost:1", "https://127.3.2.1", "http://[::1]:8080"] {
            assert_eq!(proxy(local), None, "{local}");
        }
    }

    #[test]
    fn a_socks_proxy_of_the_environment_is_passed_over() {
        let environment = |name: &str| match name {
            "https_proxy" => Some("socks5h://socks.example:1080".to_owned()),
            "ALL_PROXY" => Some("http://all.example:1".to_owned()),
            _ => None,
        };
        assert_eq!(of_environment("https://k.example", environment).unwrap().host(), "all.example");
        assert_eq!(of_environment("https://k.example", |_| None), None);
        assert_eq!(of_environment("https://k.example", |name| (name == "no_proxy").then(|| "*".into())), None);
    }

    #[test]
    fn the_status_is_read() {
        assert_eq!(status(b"HTTP/1.1 200 Connection established\r\n\r\n"), Some(200));
        assert_eq!(status(b"HTTP/1.0 407\r\n\r\n"), Some(407));
        assert_eq!(status(b"HTTP/1.1 2\r\n\r\n"), None);
        assert_eq!(status(b"SSH-2.0-OpenSSH\r\n\r\n"), None);
    }
}
