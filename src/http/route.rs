//! How a connection comes about: the name, TCP, the proxy, TLS.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use ureq::http::Uri;

use crate::exchange::Failure;
use crate::status::Status;

use super::Settings;
use super::call::{CurrentCall, Stage};
use super::connect;
use super::connection::{Connection, Stream};
use super::proxy::ProxyUrl;
use super::resolve::{Lookups, Resolve};
use super::socket::Socket;
use super::tls::{Tls, TlsStream};

/// The way to one server, the same for all lanes of a client.
pub(super) struct Route {
    connect_timeout: Duration,
    proxy: Option<ProxyUrl>,
    /// None for `http`: reading the system's certificates takes milliseconds.
    tls: Option<Tls>,
    lookups: Lookups,
}

impl Route {
    /// The way that the settings describe.
    pub(super) fn new(settings: &Settings, resolver: Arc<dyn Resolve>) -> Result<Self, Failure> {
        Ok(Route {
            connect_timeout: settings.connect_timeout,
            proxy: settings.proxy.resolve(&settings.origin),
            tls: settings.origin.starts_with("https:").then(|| Tls::new(settings)).transpose()?,
            lookups: Lookups::new(resolver),
        })
    }

    /// Makes a connection to the server of `uri`.
    pub(super) fn open(&self, uri: &Uri, call: &Arc<CurrentCall>) -> Result<Connection, Failure> {
        call.begin_connection(self.connect_timeout);
        let is_https = uri.scheme_str() == Some("https");
        let host = uri.host().unwrap_or_default();
        let port = uri.port_u16().unwrap_or(if is_https { 443 } else { 80 });

        let socket = match &self.proxy {
            None => Socket::new(self.reach(host, port, call)?, call.clone()),
            Some(proxy) => {
                let stream = self.reach(proxy.host(), proxy.port(), call).map_err(|failure| at_the_proxy(&failure))?;
                let mut socket = Socket::new(stream, call.clone());
                call.enter(Stage::Tunnelling);
                proxy.open_tunnel(&mut socket, host, port).map_err(|failure| at_the_proxy(&failure))?;
                socket
            }
        };
        let stream = if is_https {
            let tls = self.tls.as_ref().ok_or_else(|| Failure::new(Status::Tls, "TLS is not set up"))?;
            call.enter(Stage::Securing);
            Stream::Secure(Box::new(TlsStream::connect(tls, host, socket)?))
        } else {
            Stream::Plain(socket)
        };
        call.end_connection();
        Ok(Connection::new(stream, call.clone()))
    }

    /// Makes a TCP connection.
    fn reach(&self, host: &str, port: u16, call: &CurrentCall) -> Result<TcpStream, Failure> {
        call.enter(Stage::Resolving);
        let addresses = self.lookups.find(host, port, call)?;
        call.enter(Stage::Connecting);
        connect::connect(&addresses, call).inspect_err(|failure| {
            if matches!(failure.status, Status::Connect | Status::Timeout) {
                self.lookups.forget(host, port);
            }
        })
    }
}

/// Whatever fails on the way to the proxy is the proxy's failure; time and cancellation are nobody's.
fn at_the_proxy(failure: &Failure) -> Failure {
    match failure.status {
        Status::Dns | Status::Connect | Status::ConnectionLost => {
            Failure::new(Status::Proxy, format!("at the proxy: {}", failure.message))
        }
        _ => failure.clone(),
    }
}
