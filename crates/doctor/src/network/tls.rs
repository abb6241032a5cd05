//! A handshake that keeps the certificate, whatever comes of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use options::about;
use producers::{Server, Trust};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::certificate::Certificate;
use super::distance;
use crate::{Layer, Look};

/// What a server proved with, and why that was not enough.
#[derive(Debug)]
pub(super) struct Tls {
    pub(super) certificate: Option<Certificate>,
    /// What happened, and what to do about it.
    pub(super) refusal: Option<(String, &'static str)>,
    is_blind: bool,
}

/// Sooner than that, an expiry is worth a remark.
const SOON: jiff::SignedDuration = jiff::SignedDuration::from_hours(14 * 24);

impl Tls {
    pub(super) fn look(self, what: &str, now: Timestamp) -> Look {
        let shown = self.certificate.as_ref().map(Certificate::words);
        let look = |found: String| Look::new(Layer::Network, what, found);
        if let Some((why, help)) = self.refusal {
            let shown = shown.map_or_else(String::new, |shown| format!(" ({shown})"));
            return look(format!("{why}{shown}")).wrong(help);
        }
        let shown = shown.unwrap_or_else(|| "of a form that can't be shown".to_owned());
        if self.is_blind {
            return look(format!("{shown}; it is not verified"))
                .remark("anybody on the way can be this server: have it verified");
        }
        let until = self.certificate.map(|certificate| certificate.until);
        match until {
            Some(until) if until < now + SOON => {
                look(format!("{shown}: that is in {}", distance(now, until)))
                    .remark("have it renewed before then")
            }
            _ => look(shown),
        }
    }
}

/// Shakes hands. Without a stream there is a refusal, or the server wants to see a certificate of ours.
pub(super) async fn handshake(
    server: &Server,
    trust: &Trust,
    tcp: TcpStream,
    patience: Duration,
) -> (Tls, Option<TlsStream<TcpStream>>) {
    let host = &server.host;
    let no = |why: String, help| Tls {
        certificate: None,
        refusal: Some((why, help)),
        is_blind: trust.is_blind,
    };
    let (keeper, connector) = match connector(trust, server.is_http) {
        Ok(both) => both,
        Err(why) => {
            return (
                no(
                    why,
                    "check `ca_certificate`, and this system's certificates",
                ),
                None,
            );
        }
    };
    let Ok(name) = ServerName::try_from(host.clone()) else {
        return (
            no(
                format!("`{host}` is no name of a server"),
                "check the address",
            ),
            None,
        );
    };
    let shaken = timeout(patience, connector.connect(name, tcp)).await;
    let certificate = keeper.seen();
    let (refusal, stream) = match shaken {
        Ok(Ok(stream)) => (None, Some(stream)),
        // Up to TLS 1.2 a server that misses our certificate ends the handshake. It is not shown here: the
        // destination's client does that.
        Ok(Err(error))
            if trust.certificate.is_some() && keeper.is_accepted() && is_by_server(&error) =>
        {
            (None, None)
        }
        Ok(Err(error)) => (Some(refusal(host, &error)), None),
        Err(_) => {
            let why = format!("no handshake within {}", about(patience));
            (Some((why, NOT_TLS)), None)
        }
    };
    let tls = Tls {
        certificate,
        refusal,
        is_blind: trust.is_blind,
    };
    (tls, stream)
}

const NOT_TLS: &str = "is this really the port for encrypted connections?";

/// What TLS itself has to say; nothing where the connection has ended.
fn tls_error(error: &std::io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// Whether the server has ended it.
fn is_by_server(error: &std::io::Error) -> bool {
    tls_error(error).is_none_or(|error| matches!(error, Error::AlertReceived(_)))
}

fn refusal(host: &str, error: &std::io::Error) -> (String, &'static str) {
    let inner = tls_error(error);
    let Some(Error::InvalidCertificate(why)) = inner else {
        let why = match inner {
            Some(inner) => inner.to_string(),
            None => error.to_string(),
        };
        return (format!("no encrypted connection: {why}"), NOT_TLS);
    };
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            "it has expired".to_owned(),
            "it has to be renewed, unless this machine's clock is wrong",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            "it is not valid yet".to_owned(),
            "is this machine's clock right?",
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            let names = match why {
                CertificateError::NotValidForNameContext { presented, .. } => {
                    format!(", but for {}", presented.join(", "))
                }
                _ => String::new(),
            };
            (
                format!("it is not for `{host}`{names}"),
                "connect by a name that the certificate has",
            )
        }
        CertificateError::UnknownIssuer => (
            "nobody who is trusted here has signed it".to_owned(),
            "give the certificate of its authority (PEM) in `ca_certificate`, where the destination has that, or \
             add it to this system's; a proxy that opens connections signs with an authority of its own",
        ),
        other => (
            format!("it is not valid: {other:?}"),
            "the server needs another certificate",
        ),
    }
}

fn connector(trust: &Trust, is_http: bool) -> Result<(Arc<Keeper>, TlsConnector), String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let judge: Arc<dyn ServerCertVerifier> = match &trust.ca_certificate {
        Some(path) => WebPkiServerVerifier::builder_with_provider(
            Arc::new(access::roots(path)?),
            Arc::clone(&provider),
        )
        .build()
        .map_err(|error| format!("{}: {error}", path.display()))?,
        None => Arc::new(
            rustls_platform_verifier::Verifier::new(Arc::clone(&provider)).map_err(|error| {
                format!("the operating system's authorities can't be read: {error}")
            })?,
        ),
    };
    let keeper = Arc::new(Keeper {
        judge,
        provider: Arc::clone(&provider),
        is_blind: trust.is_blind,
        is_any_name: trust.is_any_name,
        seen: Mutex::default(),
        is_accepted: AtomicBool::new(false),
    });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS can't be set up: {error}"))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&keeper) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    if is_http {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
    }
    Ok((keeper, TlsConnector::from(Arc::new(config))))
}

/// Judges as another one does, and keeps what was shown.
#[derive(Debug)]
struct Keeper {
    judge: Arc<dyn ServerCertVerifier>,
    provider: Arc<CryptoProvider>,
    is_blind: bool,
    is_any_name: bool,
    seen: Mutex<Option<Certificate>>,
    is_accepted: AtomicBool,
}

impl Keeper {
    fn seen(&self) -> Option<Certificate> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Whether what was shown is enough.
    fn is_accepted(&self) -> bool {
        self.is_accepted.load(Ordering::Relaxed)
    }
}

impl ServerCertVerifier for Keeper {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Certificate::read(own);
        let judged = if self.is_blind {
            Ok(ServerCertVerified::assertion())
        } else {
            self.judge.verify_server_cert(own, others, name, ocsp, now)
        };
        let judged = match judged {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.is_any_name => Ok(ServerCertVerified::assertion()),
            judged => judged,
        };
        self.is_accepted.store(judged.is_ok(), Ordering::Relaxed);
        judged
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
