//! Where calls go: host, port and TLS.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Url;

use crate::Error;

/// A server to connect to.
pub(crate) struct Target {
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    /// Host, and port if it is not the scheme's own.
    pub(crate) authority: String,
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
}

/// A connection, in the clear or not.
pub(crate) enum Stream {
    /// For stand-ins.
    Clear(TokioIo<TcpStream>),
    /// For the service.
    Tls(Box<TokioIo<TlsStream<TcpStream>>>),
}

impl Target {
    /// The server that the endpoint names. `ca_certificate`: whom to trust instead of the
    /// operating system's authorities.
    pub(crate) fn new(endpoint: &str, ca_certificate: Option<&Path>) -> Result<Target, Error> {
        let bad = || Error::new(format!("`{endpoint}` is no address of a server"));
        let url = Url::parse(endpoint).map_err(|_| bad())?;
        let host = url.host_str().ok_or_else(bad)?.to_owned();
        let port = url.port_or_known_default().ok_or_else(bad)?;
        let authority = url
            .port()
            .map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        let name = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let (scheme, tls) = match url.scheme() {
            "http" => ("http", None),
            "https" => {
                let server = ServerName::try_from(name.clone()).map_err(|_| bad())?;
                ("https", Some((connector(ca_certificate)?, server)))
            }
            _ => return Err(bad()),
        };
        Ok(Target {
            host: name,
            port,
            tls,
            authority,
            scheme,
        })
    }

    /// The server, and that the proxy before it is not used: records never go through one.
    pub(crate) fn directly(&self) -> String {
        let url = format!("{}://{}", self.scheme, self.authority);
        format!("{}{}", self.authority, access::without(&url))
    }

    /// Connects, which the caller gives so much time: one address of several that never answers leaves
    /// enough of it for the next.
    pub(crate) async fn connect(&self, patience: Duration) -> io::Result<Stream> {
        let addresses: Vec<_> = lookup_host((self.host.as_str(), self.port))
            .await?
            .collect();
        let share = patience / (addresses.len() as u32 + 1);
        let tcp = first_to_answer(&addresses, share).await?;
        tcp.set_nodelay(true)?;
        match &self.tls {
            None => Ok(Stream::Clear(TokioIo::new(tcp))),
            Some((connector, name)) => {
                let tls = connector.connect(name.clone(), tcp).await?;
                Ok(Stream::Tls(Box::new(TokioIo::new(tls))))
            }
        }
    }
}

/// A connection to the first of the addresses that takes one, each within `share`.
async fn first_to_answer(addresses: &[SocketAddr], share: Duration) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => return Ok(tcp),
            Ok(Err(error)) => last = error,
            Err(_) => {
                let what = format!("{address} did not answer within {} s", share.as_secs_f32());
                last = io::Error::new(io::ErrorKind::TimedOut, what);
            }
        }
    }
    Err(last)
}

/// HTTP/1.1 only. With HTTP/2 all calls would share one TCP connection, its window and one task.
fn connector(ca_certificate: Option<&Path>) -> Result<TlsConnector, Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .map_err(|error| Error::new(format!("TLS can't be set up: {error}")))?;
    let mut config = match ca_certificate {
        None => builder
            .with_platform_verifier()
            .map_err(|error| {
                Error::new(format!(
                    "the operating system's authorities can't be read: {error}"
                ))
            })?
            .with_no_client_auth(),
        Some(path) => {
            let roots = access::roots(path)
                .map_err(|error| Error::new(format!("`ca_certificate`: {error}")))?;
            builder.with_root_certificates(roots).with_no_client_auth()
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_that_nobody_listens_on_is_passed_over() {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let nobody = gone.local_addr().unwrap();
        drop(gone);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let somebody = listener.local_addr().unwrap();
        let share = Duration::from_secs(30);
        let tcp = first_to_answer(&[nobody, somebody], share).await.unwrap();
        assert_eq!(tcp.peer_addr().unwrap(), somebody);
        let error = first_to_answer(&[nobody], share).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    }

    #[test]
    fn endpoints_name_host_port_and_scheme() {
        for (endpoint, host, port, authority, is_tls) in [
            (
                "https://kinesis.eu-west-1.amazonaws.com",
                "kinesis.eu-west-1.amazonaws.com",
                443,
                "kinesis.eu-west-1.amazonaws.com",
                true,
            ),
            (
                "http://127.0.0.1:4568/",
                "127.0.0.1",
                4568,
                "127.0.0.1:4568",
                false,
            ),
            ("http://[::1]:4568", "::1", 4568, "[::1]:4568", false),
        ] {
            let target = Target::new(endpoint, None).unwrap();
            assert_eq!(
                (&*target.host, target.port, &*target.authority),
                (host, port, authority)
            );
            assert_eq!(target.tls.is_some(), is_tls);
        }
        for endpoint in ["kinesis", "ftp://host", "http://"] {
            assert!(Target::new(endpoint, None).is_err(), "{endpoint}");
        }
    }
}
