//! Whether a server is reached directly, or through a proxy that the environment names.

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use producers::Server;

/// How a server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// Without anything between.
    Direct {
        /// Although there is a proxy for other servers.
        despite_proxy: bool,
    },
    /// Through an HTTP proxy.
    Proxy {
        host: String,
        port: u16,
        /// The value of `Proxy-Authorization`, if it wants one. A secret.
        authorization: Option<Secret>,
    },
    /// Through a proxy that speaks something else, such as SOCKS.
    Other(String),
}

/// Something that is not to be printed.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(pub(super) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// What the environment says about proxies.
pub(super) struct Proxies {
    matcher: Matcher,
}

impl Proxies {
    pub(super) fn from_env() -> Proxies {
        Proxies {
            matcher: Matcher::from_env(),
        }
    }

    #[cfg(test)]
    pub(super) fn with(matcher: Matcher) -> Proxies {
        Proxies { matcher }
    }

    fn of(&self, server: &Server) -> Option<hyper_util::client::proxy::matcher::Intercept> {
        let scheme = if server.tls.is_some() {
            "https"
        } else {
            "http"
        };
        let uri: Uri = format!("{scheme}://{}", server.authority()).parse().ok()?;
        self.matcher.intercept(&uri)
    }

    pub(super) fn route(&self, server: &Server) -> Route {
        let Some(proxy) = self.of(server) else {
            return Route::Direct {
                despite_proxy: false,
            };
        };
        if !server.is_proxied {
            return Route::Direct {
                despite_proxy: true,
            };
        }
        let uri = proxy.uri();
        match (uri.scheme_str(), uri.host()) {
            (Some("http"), Some(host)) => Route::Proxy {
                host: host.trim_matches(['[', ']']).to_owned(),
                port: uri.port_u16().unwrap_or(80),
                authorization: proxy
                    .basic_auth()
                    .and_then(|value| Some(Secret(value.to_str().ok()?.to_owned()))),
            },
            (scheme, host) => Route::Other(format!(
                "{}://{}",
                scheme.unwrap_or("?"),
                host.unwrap_or_default()
            )),
        }
    }
}

impl Route {
    /// ` through the proxy http://proxy:3128`.
    pub(super) fn words(&self) -> String {
        match self {
            Route::Direct {
                despite_proxy: false,
            } => String::new(),
            Route::Direct {
                despite_proxy: true,
            } => ", directly: this way does not go through proxies".to_owned(),
            Route::Proxy { host, port, .. } => format!(" through the proxy http://{host}:{port}"),
            Route::Other(proxy) => format!(" through the proxy {proxy}"),
        }
    }

    /// What to do where nobody answers.
    pub(super) fn help(&self, server: &Server) -> String {
        match self {
            Route::Direct {
                despite_proxy: false,
            } => "is the server running, is this its name and its port, and does a firewall let you through?"
                .to_owned(),
            Route::Direct {
                despite_proxy: true,
            } => format!(
                "this way does not go through the proxy of the environment: {} has to be open from here",
                server.authority()
            ),
            Route::Proxy { .. } | Route::Other(_) => format!(
                "does this proxy let you through to {}? `NO_PROXY={}` goes without it",
                server.authority(),
                server.host
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_goes_through_proxies_does_and_no_password_shows() {
        let proxies = Proxies::with(
            Matcher::builder()
                .https("http://me:hunter2@proxy:3128")
                .no("internal,127.0.0.0/8")
                .build(),
        );
        let at = |url: &str| Server::at("api", url).unwrap();
        let route = proxies.route(&at("https://platform.adobe.io"));
        assert_eq!(route.words(), " through the proxy http://proxy:3128");
        assert!(matches!(
            &route,
            Route::Proxy {
                authorization: Some(_),
                ..
            }
        ));
        assert!(
            !format!("{route:?}").contains("aHVudGVy") && !format!("{route:?}").contains("hunter2")
        );
        for direct in [
            "https://ims.internal",
            "http://plain.example",
            "https://127.0.0.1",
        ] {
            assert_eq!(proxies.route(&at(direct)).words(), "", "{direct}");
        }
        let stubborn = Server {
            is_proxied: false,
            ..at("https://kinesis.eu-west-1.amazonaws.com")
        };
        let route = proxies.route(&stubborn);
        assert_eq!(
            route,
            Route::Direct {
                despite_proxy: true
            }
        );
        assert!(
            route
                .help(&stubborn)
                .contains("kinesis.eu-west-1.amazonaws.com:443")
        );
        let socks = Proxies::with(Matcher::builder().all("socks5://proxy:1080").build());
        let route = socks.route(&at("https://platform.adobe.io"));
        assert_eq!(route, Route::Other("socks5://proxy".to_owned()));
    }
}
