//! A certificate authority of our own, the certificates it signs, and the bad ones that a test may ask for.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

const DAY: Duration = Duration::from_secs(86_400);

/// Which certificate a connection is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertKind {
    /// For localhost, 127.0.0.1 and ::1, by the authority that clients are given.
    Good,
    /// The same, by an authority that nobody knows.
    Unknown,
    /// By the known authority, but over for a month.
    Expired,
    /// By the known authority, but for other.example.
    WrongName,
}

/// TLS settings for each kind of certificate.
#[derive(Debug)]
pub struct Tls {
    ca_pem: String,
    good: Arc<ServerConfig>,
    unknown: Arc<ServerConfig>,
    expired: Arc<ServerConfig>,
    wrong_name: Arc<ServerConfig>,
}

impl Tls {
    /// Makes authorities, keys and certificates. `bound` is the address that is listened on; it is certified too.
    pub fn new(bound: IpAddr) -> io::Result<Tls> {
        let known = authority("kaltura-fake-server test CA").map_err(io::Error::other)?;
        let other = authority("an authority nobody knows").map_err(io::Error::other)?;
        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        if !bound.is_unspecified() && !names.contains(&bound.to_string()) {
            names.push(bound.to_string());
        }
        let good = Validity { from: now() - 2 * DAY, to: now() + 365 * DAY };
        let over = Validity { from: now() - 60 * DAY, to: now() - 30 * DAY };
        Ok(Tls {
            good: config(&known, &names, good)?,
            unknown: config(&other, &names, good)?,
            expired: config(&known, &names, over)?,
            wrong_name: config(&known, &["other.example".to_owned()], good)?,
            ca_pem: known.pem,
        })
    }

    /// Certificate of the authority that clients should trust.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Settings for a connection.
    pub fn config(&self, kind: CertKind) -> Arc<ServerConfig> {
        Arc::clone(match kind {
            CertKind::Good => &self.good,
            CertKind::Unknown => &self.unknown,
            CertKind::Expired => &self.expired,
            CertKind::WrongName => &self.wrong_name,
        })
    }
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// From and to, counted from 1970.
#[derive(Clone, Copy)]
struct Validity {
    from: Duration,
    to: Duration,
}

fn authority(name: &str) -> Result<Authority, rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let valid = Validity { from: now() - 90 * DAY, to: now() + 3650 * DAY };
    set_validity(&mut params, valid);
    let certificate = params.self_signed(&key)?;
    Ok(Authority { pem: certificate.pem(), issuer: Issuer::new(params, key) })
}

fn config(authority: &Authority, names: &[String], valid: Validity) -> io::Result<Arc<ServerConfig>> {
    let (certificate, key) = certificate(authority, names, valid).map_err(io::Error::other)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.ticketer = ring::Ticketer::new().map_err(io::Error::other)?;
    Ok(Arc::new(config))
}

fn certificate(
    authority: &Authority,
    names: &[String],
    valid: Validity,
) -> Result<(rcgen::Certificate, KeyPair), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "kaltura-fake-server");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    set_validity(&mut params, valid);
    Ok((params.signed_by(&key, &authority.issuer)?, key))
}

fn set_validity(params: &mut CertificateParams, valid: Validity) {
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + valid.from;
    params.not_after = epoch + valid.to;
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
