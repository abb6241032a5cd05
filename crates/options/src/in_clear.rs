//! Secrets do not travel in the clear, unless the other end is this machine or a host that the user has named.

use std::net::IpAddr;

/// Hosts to which secrets may be sent without encryption, comma separated.
const ALLOWED: &str = "HYDRANT_ALLOW_HTTP";

/// How safe what is sent to an address is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// It is encrypted, or does not leave this machine.
    Safe,
    /// It goes to this host in the clear, and `HYDRANT_ALLOW_HTTP` names it.
    Allowed(String),
    /// It would go to this host in the clear.
    InClear(String),
}

/// A secret would be sent in the clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InClear {
    host: String,
    is_http: bool,
}

impl InClear {
    /// What to do about it.
    pub fn help(&self) -> String {
        let instead = if self.is_http { "`https://`" } else { "TLS" };
        format!(
            "use {instead}; if you trust the way there, allow this host by its name: `{ALLOWED}={}`",
            self.host
        )
    }
}

impl std::fmt::Display for InClear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let how = if self.is_http {
            "over `http://`"
        } else {
            "without TLS"
        };
        write!(
            f,
            "a secret would be sent to `{}` {how}, for everybody to read",
            self.host
        )
    }
}

impl std::error::Error for InClear {}

/// How safe what is sent to `url` is.
pub fn way_to(url: &str) -> Way {
    judged(url, allowed().as_deref())
}

/// How safe what is sent to `server` without encryption is; `host` or `host:port`.
pub fn way_in_clear_to(server: &str) -> Way {
    judged_host(host(server.trim()), allowed().as_deref())
}

#[expect(
    clippy::disallowed_methods,
    reason = "addresses come from the environment too, and this is for all of them"
)]
fn allowed() -> Option<String> {
    std::env::var(ALLOWED).ok()
}

/// Whether a secret may be sent to `url`.
///
/// # Errors
/// It would be sent in the clear, to a host that nobody has named.
pub fn may_carry_secret(url: &str) -> Result<(), InClear> {
    match way_to(url) {
        Way::Safe | Way::Allowed(_) => Ok(()),
        Way::InClear(host) => Err(InClear {
            host,
            is_http: true,
        }),
    }
}

/// Whether a secret may be sent to `server` without encryption; `host` or `host:port`.
///
/// # Errors
/// It is another machine, and one that nobody has named.
pub fn may_carry_secret_in_clear(server: &str) -> Result<(), InClear> {
    match way_in_clear_to(server) {
        Way::Safe | Way::Allowed(_) => Ok(()),
        Way::InClear(host) => Err(InClear {
            host,
            is_http: false,
        }),
    }
}

/// The host that an address names; an IPv6 address in brackets.
pub fn host_of(url: &str) -> &str {
    let rest = match web(url) {
        Some((_, rest)) => rest,
        None => url.split_once("://").map_or(url, |(_, rest)| rest),
    };
    host(rest.trim())
}

/// Whether what is sent to this address is encrypted: it begins with `https:`, however that is written.
pub fn is_https(url: &str) -> bool {
    web(url).is_some_and(|(is_http, _)| !is_http)
}

/// What follows the scheme and its slashes of an `http:` or `https:` address, and whether it is the former. Read
/// as clients do, who take `HTTP:\\host` and `http:host` for `http://host`: <https://url.spec.whatwg.org/#url-parsing>.
fn web(url: &str) -> Option<(bool, &str)> {
    let is_passed_over = |c: char| matches!(c, '\t' | '\n' | '\r');
    let url = url.trim_matches(|c: char| c <= ' ' || c.is_whitespace());
    let (scheme, rest) = url.split_once(':')?;
    let scheme: String = scheme.chars().filter(|c| !is_passed_over(*c)).collect();
    let is_http = match scheme.to_ascii_lowercase().as_str() {
        "http" => true,
        "https" => false,
        _ => return None,
    };
    let rest = rest.trim_start_matches(|c| matches!(c, '/' | '\\') || is_passed_over(c));
    Some((is_http, rest))
}

/// Whether this is a name or an address of this machine itself.
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || address
            .parse()
            .is_ok_and(|address: IpAddr| address.to_canonical().is_loopback())
}

/// Whether a host is one of these domains, or of a part of one.
pub fn is_below(host: &str, domains: &[&str]) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    domains.iter().any(|domain| {
        let before = host.strip_suffix(*domain);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

fn judged(url: &str, allowed: Option<&str>) -> Way {
    match web(url) {
        Some((true, rest)) => judged_host(host(rest), allowed),
        _ => Way::Safe,
    }
}

fn judged_host(host: &str, allowed: Option<&str>) -> Way {
    if is_loopback(host) {
        return Way::Safe;
    }
    let named = allowed.unwrap_or_default().split(',').map(str::trim);
    let mut named = named.filter(|name| !name.is_empty());
    if named.any(|name| name.eq_ignore_ascii_case(host)) {
        Way::Allowed(host.to_owned())
    } else {
        Way::InClear(host.to_owned())
    }
}

/// `me:pass@host:port/path` → `host`; an IPv6 address keeps its brackets.
fn host(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    let place = authority.rsplit('@').next().unwrap_or(authority);
    match place.find(']') {
        Some(end) => &place[..=end],
        None => place.split(':').next().unwrap_or(place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_clear_to_another_machine_is_unsafe() {
        for safe in [
            "https://ims.example",
            "HTTPS://ims.example",
            "http://127.0.0.1:80/x",
            "http://127.8.8.8",
            "http://[::1]:8931/",
            "http://[::ffff:127.0.0.1]",
            "http://localhost",
            "http://me@LocalHost.:1",
            "http://a.localhost/",
        ] {
            assert_eq!(judged(safe, None), Way::Safe, "{safe}");
        }
        for (url, host) in [
            ("http://ims.example/ims", "ims.example"),
            ("HTTP://10.0.0.1:99", "10.0.0.1"),
            ("http://127.0.0.1@evil.example/", "evil.example"),
            ("http://evil.example\\@127.0.0.1/", "evil.example"),
            ("http://evil.example?@localhost", "evil.example"),
            ("http://localhost.evil.example", "localhost.evil.example"),
            ("http://[2001:db8::1]:80", "[2001:db8::1]"),
            ("http://", ""),
            // All of these are `http://evil.example/` to whoever sends.
            ("http:evil.example", "evil.example"),
            ("http:/evil.example/x", "evil.example"),
            ("Http:\\\\evil.example", "evil.example"),
            ("http:///evil.example", "evil.example"),
            ("\u{1}ht\ntp:\t//evil.example", "evil.example"),
        ] {
            assert_eq!(judged(url, None), Way::InClear(host.to_owned()), "{url}");
            assert_eq!((host_of(url), is_https(url)), (host, false), "{url}");
        }
        assert_eq!(judged("http:/localhost:1", None), Way::Safe);
        assert!(is_https("HTTPS:/h") && is_https("https://h") && !is_https("httpsx://h"));
        assert_eq!(host_of("broker:9092"), "broker");
    }

    #[test]
    fn a_host_is_allowed_by_its_name() {
        let names = Some("other, Sandbox.Internal");
        let way = judged("http://sandbox.internal:8931", names);
        assert_eq!(way, Way::Allowed("sandbox.internal".to_owned()));
        let way = judged("http://internal", names);
        assert_eq!(way, Way::InClear("internal".to_owned()));
        let host = "h".to_owned();
        let help = InClear {
            host,
            is_http: true,
        }
        .help();
        assert!(help.contains("HYDRANT_ALLOW_HTTP=h"), "{help}");
    }

    #[test]
    fn a_server_is_judged_by_its_host() {
        for (server, way) in [
            ("localhost:9092", Way::Safe),
            ("[::1]:9092", Way::Safe),
            (" 127.0.0.1", Way::Safe),
            ("broker:9092", Way::InClear("broker".to_owned())),
            ("[2001:db8::1]:1", Way::InClear("[2001:db8::1]".to_owned())),
        ] {
            assert_eq!(judged_host(host(server.trim()), None), way, "{server}");
        }
        let way = judged_host(host("Broker:9092"), Some("broker"));
        assert_eq!(way, Way::Allowed("Broker".to_owned()));
        let refused = may_carry_secret_in_clear("broker.example:9092").unwrap_err();
        assert!(
            refused.to_string().contains("`broker.example` without TLS"),
            "{refused}"
        );
        assert!(refused.help().starts_with("use TLS"), "{}", refused.help());
    }
}
