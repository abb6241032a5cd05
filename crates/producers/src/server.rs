//! Servers that a destination talks to, and how they are reached: what can be tried without its client.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

/// A server that a run talks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// What it is for, e.g. `brokers`.
    pub role: &'static str,
    /// Its name or its address, without brackets.
    pub host: String,
    /// Where it listens.
    pub port: u16,
    /// How it proves who it is, where the connection is encrypted.
    pub tls: Option<Trust>,
    /// Whether it speaks HTTP, so that it can be asked for the time.
    pub is_http: bool,
    /// Whether it is reached through the proxy that the environment names for it, if one is named.
    pub is_proxied: bool,
    /// Whether one of the servers with this role is enough.
    pub is_one_of_many: bool,
    /// How far this machine's clock may be from the server's before requests are refused.
    pub clock: Option<Duration>,
}

/// Whom to believe who a server is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// The authorities to trust, a PEM file; `None`: those of the operating system.
    pub ca_certificate: Option<PathBuf>,
    /// This side's own certificate, a PEM file.
    pub certificate: Option<PathBuf>,
    /// Whether the server's certificate counts for nothing.
    pub is_blind: bool,
    /// Whether a certificate for any name will do.
    pub is_any_name: bool,
}

impl Server {
    /// The HTTP server at this address, reached through proxies; `None` if it is none.
    pub fn at(role: &'static str, url: &str) -> Option<Server> {
        let url = Url::parse(url).ok()?;
        let tls = match url.scheme() {
            "https" => Some(Trust::default()),
            "http" => None,
            _ => return None,
        };
        Some(Server {
            tls,
            is_http: true,
            is_proxied: true,
            ..Server::on(role, url.host_str()?, url.port_or_known_default()?)
        })
    }

    /// A server that speaks no HTTP, in the clear.
    pub(crate) fn on(role: &'static str, host: &str, port: u16) -> Server {
        let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        Server {
            role,
            host: bare.unwrap_or(host).to_owned(),
            port,
            tls: None,
            is_http: false,
            is_proxied: false,
            is_one_of_many: false,
            clock: None,
        }
    }

    /// `host:port`, with brackets around an IPv6 address.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_server() {
        for (url, authority, is_tls) in [
            (
                "https://platform.adobe.io/data",
                "platform.adobe.io:443",
                true,
            ),
            ("http://127.0.0.1:4568/", "127.0.0.1:4568", false),
            ("http://[::1]:80", "[::1]:80", false),
        ] {
            let server = Server::at("api", url).unwrap();
            assert_eq!(server.authority(), authority);
            assert_eq!(server.tls.is_some(), is_tls);
        }
        for none in ["kafka:9092", "ftp://host", "nothing", "https://"] {
            assert_eq!(Server::at("api", none), None, "{none}");
        }
    }
}
