//! Whose certificates are believed.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, TryLockError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};

use crate::exchange::Failure;
use crate::protocol::sha2::sha256;
use crate::status::Status;

use super::Settings;

/// Whose certificates are believed, beside the caller's own authorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Those of the operating system, which an administrator may have added to.
    System,
    /// Mozilla's list as of this version of the library.
    Bundled,
    /// Nobody's: the caller's own alone.
    CustomOnly,
}

/// A text that holds no certificate, or a damaged one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadPem;

/// The certificates of a PEM text; whatever stands between them is passed over.
pub(crate) fn parse_ca_pem(pem: &str) -> Result<Vec<CertificateDer<'static>>, BadPem> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let certificates = certificates.map_err(|_| BadPem)?;
    let all_usable = certificates.iter().all(|certificate| webpki::anchor_from_trusted_cert(certificate).is_ok());
    if certificates.is_empty() || !all_usable { Err(BadPem) } else { Ok(certificates) }
}

/// A pin: the SHA-256 of a SubjectPublicKeyInfo in base64, as HPKP, OkHttp and curl write it, with their `sha256/` or
/// `sha256//` before it or not.
pub(crate) fn parse_pin(text: &str) -> Option<[u8; 32]> {
    let base64 = ["sha256//", "sha256/"].into_iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
    BASE64_STANDARD.decode(base64).ok()?.try_into().ok()
}

/// Checks the server's certificate as the settings say.
pub(super) fn verifier(settings: &Settings, provider: &Arc<CryptoProvider>) -> Result<Arc<Verifier>, Failure> {
    let mut own = RootCertStore::empty();
    for pem in &settings.ca_pem {
        for certificate in parse_ca_pem(pem).map_err(|BadPem| unusable("a PEM text holds no usable certificate"))? {
            own.add(certificate).map_err(|_| unusable("a PEM text holds no usable certificate"))?;
        }
    }
    let has_own = !own.is_empty();
    if settings.trust == Trust::Bundled {
        own.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }

    // The caller's own first: they need no file and no other process.
    let mut judges: Vec<Arc<dyn ServerCertVerifier>> = Vec::new();
    if !own.is_empty() {
        let judge = WebPkiServerVerifier::builder_with_provider(Arc::new(own), provider.clone()).build();
        judges.push(judge.map_err(|_| unusable("the certificate authorities are of no use"))?);
    }
    if settings.trust == Trust::System {
        match system(provider, is_introduced()) {
            Ok(judge) => judges.push(judge),
            // As in a container without certificates, whose user brings the one that is needed.
            Err(_) if has_own => {}
            Err(failure) => return Err(failure),
        }
    }
    if judges.is_empty() {
        return Err(unusable("there is no certificate authority to trust"));
    }
    Ok(Arc::new(Verifier { judges, pins: settings.pins.clone(), provider: provider.clone() }))
}

/// The operating system's judgement. On Linux its certificates are read from files, which takes up to 20 ms, so the first
/// result is kept for the process.
fn system(provider: &Arc<CryptoProvider>, is_introduced: bool) -> Result<Arc<dyn ServerCertVerifier>, Failure> {
    // The crate would panic at the first certificate.
    if !is_introduced {
        return Err(unusable(NOT_INITIALISED));
    }

    static KEPT: Mutex<Option<Arc<dyn ServerCertVerifier>>> = Mutex::new(None);

    // Never waited for: after a fork it could be held by a thread that is not there any more.
    let mut kept = match KEPT.try_lock() {
        Ok(kept) => Some(kept),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    };
    if let Some(judge) = kept.as_ref().and_then(|kept| kept.as_ref()) {
        return Ok(judge.clone());
    }
    let new = catch_unwind(AssertUnwindSafe(|| rustls_platform_verifier::Verifier::new(provider.clone())));
    let judge: Arc<dyn ServerCertVerifier> = match new {
        Ok(Ok(judge)) => Arc::new(judge),
        Ok(Err(_)) => return Err(unusable("the system has no root certificates")),
        Err(_panic) => return Err(unusable(NOT_INITIALISED)),
    };
    if let Some(kept) = kept.as_mut() {
        **kept = Some(judge.clone());
    }
    Ok(judge)
}

/// On Android the system is asked through Java, to which only the app can introduce the library.
static IS_INTRODUCED: AtomicBool = AtomicBool::new(cfg!(not(target_os = "android")));

fn is_introduced() -> bool {
    IS_INTRODUCED.load(Ordering::Acquire)
}

/// From now on the system can be asked.
#[cfg(target_os = "android")]
pub(crate) fn introduce() {
    IS_INTRODUCED.store(true, Ordering::Release);
}

const NOT_INITIALISED: &str =
    "the system's certificate verifier was not initialised; on Android call kaltura_android_init";

fn unusable(message: &str) -> Failure {
    Failure::new(Status::Certificate, message)
}

/// Believes a certificate that one of its judges believes, if it also fits the pins.
#[derive(Debug)]
pub(super) struct Verifier {
    judges: Vec<Arc<dyn ServerCertVerifier>>,
    pins: Vec<[u8; 32]>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut verdict = Err(CertificateError::UnknownIssuer.into());
        for judge in &self.judges {
            let next = catch_unwind(AssertUnwindSafe(|| {
                judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }));
            match next.unwrap_or_else(|_panic| Err(reason(NOT_INITIALISED))) {
                Ok(verified) => {
                    verdict = Ok(verified);
                    break;
                }
                // Says least; whatever another judge found is the better reason.
                Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {}
                Err(error) => verdict = Err(error),
            }
        }
        verdict = verdict.map_err(|error| match error {
            Error::InvalidCertificate(_) => error,
            // Such as a failure of the system's service, which names no reason of the certificate.
            other => reason(other.to_string()),
        });
        let verified = verdict?;
        if !self.pins.is_empty() && !self.is_pinned(end_entity, intermediates, now) {
            return Err(reason("no pinned public key is in the chain"));
        }
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl Verifier {
    /// Whether a pinned key is the server's own or stands above it. It is not enough that its certificate was sent along:
    /// anybody can append that one to a chain of their own. It must have signed what is below it.
    fn is_pinned(&self, end_entity: &CertificateDer<'_>, chain: &[CertificateDer<'_>], now: UnixTime) -> bool {
        let Ok(server) = webpki::EndEntityCert::try_from(end_entity) else {
            return false;
        };
        if self.is_pin(&server) {
            return true;
        }
        chain.iter().any(|certificate| {
            let is_pin = webpki::EndEntityCert::try_from(certificate).is_ok_and(|parsed| self.is_pin(&parsed));
            is_pin
                && webpki::anchor_from_trusted_cert(certificate).is_ok_and(|anchor| {
                    let algorithms = self.provider.signature_verification_algorithms.all;
                    let usage = webpki::KeyUsage::server_auth();
                    server.verify_for_usage(algorithms, &[anchor], chain, now, usage, None, None).is_ok()
                })
        })
    }

    fn is_pin(&self, certificate: &webpki::EndEntityCert<'_>) -> bool {
        self.pins.contains(&sha256(&[&certificate.subject_public_key_info()]))
    }
}

/// A reason of this library's, in the shape of a certificate error.
#[derive(Debug)]
struct Reason(String);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Reason {}

fn reason(text: impl Into<String>) -> Error {
    CertificateError::Other(OtherError(Arc::new(Reason(text.into())))).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_read_with_and_without_their_prefix() {
        let base64 = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
        for text in [base64.to_owned(), format!("sha256/{base64}"), format!("sha256//{base64}")] {
            assert_eq!(parse_pin(&text), Some([1; 32]), "{text}");
        }
        for bad in ["", "sha256/", "AQEB", "sha1/AQEBAQEBAQEBAQEBAQEBAQEBAQE=", "no base64 at all"] {
            assert_eq!(parse_pin(bad), None, "{bad}");
        }
    }

    #[test]
    fn pem_texts_need_a_certificate_and_nothing_broken() {
        let key = rcgen::KeyPair::generate().unwrap();
        let good = rcgen::CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap().pem();
        assert_eq!(parse_ca_pem(&good).unwrap().len(), 1);
        assert_eq!(parse_ca_pem(&format!("Subject: CN=a\n{good}\n{}{good}", key.serialize_pem())).unwrap().len(), 2);
        let broken = good.replacen("MII", "AAA", 1);
        for bad in ["", "nothing", &key.serialize_pem(), &broken, &format!("{good}{broken}"), &good[..good.len() / 2]] {
            assert_eq!(parse_ca_pem(bad), Err(BadPem), "{bad}");
        }
    }

    #[test]
    fn until_it_was_introduced_android_is_not_asked_and_the_error_says_what_to_call() {
        let failure = system(&Arc::new(rustls::crypto::ring::default_provider()), false).unwrap_err();
        assert_eq!(failure.status, Status::Certificate);
        assert!(failure.message.contains("kaltura_android_init"), "{}", failure.message);
    }

    #[test]
    fn only_android_must_be_introduced() {
        assert_eq!(is_introduced(), !cfg!(target_os = "android"));
    }

    #[test]
    fn nobody_is_trusted_if_nobody_was_named() {
        let settings = Settings {
            origin: "https://127.0.0.1".into(),
            connect_timeout: Default::default(),
            proxy: crate::http::ProxyChoice::None,
            trust: Trust::CustomOnly,
            ca_pem: vec![],
            pins: vec![],
        };
        let failure = verifier(&settings, &Arc::new(rustls::crypto::ring::default_provider())).unwrap_err();
        assert_eq!(failure.status, Status::Certificate);
    }
}
