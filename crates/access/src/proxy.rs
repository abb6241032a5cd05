//! Proxies that the environment names: not for this machine's own addresses, and named where they are used.

use hyper_util::client::proxy::matcher::Matcher;

/// Variables that name a proxy.
const PROXIES: [&str; 6] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
];
/// Variables that name what is reached without.
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];
/// This machine.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// ` through the proxy http://proxy:3128`, if calls to this address go through one; else nothing. For
/// messages: what came back, or did not, may be the proxy's doing. Without the proxy's credentials.
pub fn through(url: &str) -> String {
    proxy_to(&Matcher::from_env(), url)
        .map_or_else(String::new, |proxy| format!(" through the proxy {proxy}"))
}

/// ` without the proxy http://proxy:3128`, if other calls to this address go through one; for those that never do:
/// a firewall may let nothing else out.
pub fn without(url: &str) -> String {
    proxy_to(&Matcher::from_env(), url)
        .map_or_else(String::new, |proxy| format!(" without the proxy {proxy}"))
}

/// What to do about a refusal with this status, if a proxy has said it rather than the service at `url`; for
/// answers that do not look like the service's own.
///
/// 407 is nobody else's. A 403 is a proxy's only where there is no TLS: inside of it a proxy can't speak.
pub fn refusal(url: &str, status: u16) -> Option<String> {
    refusal_by(&Matcher::from_env(), url, status)
}

fn refusal_by(proxies: &Matcher, url: &str, status: u16) -> Option<String> {
    let is_plain = || {
        let scheme = url.trim_start().get(..7);
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"))
    };
    let proxy = proxy_to(proxies, url)?;
    match status {
        407 => Some(format!(
            "the proxy {proxy} requires authentication: put a user and a password into the variable that \
             names it (`http://USER:PASSWORD@…`)"
        )),
        403 if is_plain() => Some(format!(
            "this looks like the answer of the proxy {proxy} and not of the service: have the proxy let \
             `{host}` pass, or name the host in `NO_PROXY`",
            host = options::host_of(url)
        )),
        _ => None,
    }
}

/// The proxy that calls to this address go through, without its credentials.
fn proxy_to(proxies: &Matcher, url: &str) -> Option<String> {
    let proxy = proxies.intercept(&url.parse().ok()?)?.uri().to_string();
    Some(proxy.trim_end_matches('/').to_owned())
}

/// Has every client of this process reach loopback addresses directly, those included that read the
/// environment inside of other people's libraries: what listens there can't be reached through another
/// machine, and the sandbox least of all.
///
/// # Safety
/// No other thread runs yet.
#[expect(
    unsafe_code,
    reason = "the environment is changed, before there is a thread to see it change"
)]
pub unsafe fn spare_loopback() {
    if PROXIES.iter().all(|name| std::env::var_os(name).is_none()) {
        return;
    }
    let given = EXCEPTIONS.iter().filter_map(std::env::var_os);
    let given = given.filter_map(|value| value.into_string().ok());
    let exceptions = with_loopback(&given.collect::<Vec<_>>().join(","));
    for name in EXCEPTIONS {
        // SAFETY: by contract nobody reads the environment meanwhile.
        unsafe { std::env::set_var(name, &exceptions) };
    }
}

fn with_loopback(given: &str) -> String {
    let given = given.split(',').map(str::trim).filter(|it| !it.is_empty());
    given.chain([LOOPBACK]).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies() -> Matcher {
        Matcher::builder()
            .all("http://user:hunter2@proxy:3128")
            .no("internal,127.0.0.0/8")
            .build()
    }

    #[test]
    fn a_proxy_is_named_where_one_is_used_and_its_password_never() {
        let named = |url| proxy_to(&proxies(), url);
        let proxy = Some("http://proxy:3128".to_owned());
        assert_eq!(named("https://ims-na1.adobelogin.com/ims/token/v3"), proxy);
        assert_eq!(named("http://plain.example/"), proxy);
        for direct in [
            "https://ims.internal/",
            "https://127.0.0.1:8080/",
            "no address",
        ] {
            assert_eq!(named(direct), None, "{direct}");
        }
    }

    #[test]
    fn a_refusal_is_the_proxy_s_where_the_proxy_can_have_said_it() {
        let refused = |url, status| refusal_by(&proxies(), url, status);
        let plain = refused("HTTP://aep.example:8080/x", 403).unwrap();
        assert!(plain.contains("proxy http://proxy:3128"), "{plain}");
        assert!(plain.contains("`aep.example`"), "{plain}");
        for url in ["http://aep.example", "https://aep.example"] {
            let asked = refused(url, 407).unwrap();
            assert!(asked.contains("http://proxy:3128"), "{asked}");
            assert!(!asked.contains("hunter2"), "{asked}");
        }
        // Inside of TLS nobody but the service speaks.
        assert_eq!(refused("https://aep.example", 403), None);
        // No proxy, or another answer than proxies give.
        assert_eq!(refused("http://aep.internal", 403), None);
        assert_eq!(refused("http://127.0.0.1:80", 407), None);
        assert_eq!(refused("http://aep.example", 401), None);
    }

    #[test]
    fn what_was_excepted_stays_excepted() {
        assert_eq!(with_loopback(""), LOOPBACK);
        assert_eq!(
            with_loopback("internal, .example.com,,*"),
            format!("internal,.example.com,*,{LOOPBACK}")
        );
    }
}
