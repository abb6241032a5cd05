//! Proxies that the environment names, for messages: what came back, or did not, may be the proxy's doing.

use hyper_util::client::proxy::matcher::Matcher;

/// ` through the proxy http://proxy:3128`, if calls to this address go through one; else
/// nothing. Without the proxy's credentials.
pub(crate) fn through(url: &str) -> String {
    through_one_of(&Matcher::from_env(), url)
}

fn through_one_of(proxies: &Matcher, url: &str) -> String {
    let proxy = url.parse().ok().and_then(|url| proxies.intercept(&url));
    proxy.map_or_else(String::new, |proxy| {
        let proxy = proxy.uri().to_string();
        format!(" through the proxy {}", proxy.trim_end_matches('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_named_where_one_is_used_and_its_password_never() {
        let proxies = Matcher::builder()
            .https("http://user:hunter2@proxy:3128")
            .no("internal,127.0.0.0/8")
            .build();
        let through = |url| through_one_of(&proxies, url);
        let named = " through the proxy http://proxy:3128";
        assert_eq!(
            through("https://ims-na1.adobelogin.com/ims/token/v3"),
            named
        );
        for direct in [
            "http://plain.example/",
            "https://ims.internal/",
            "https://127.0.0.1:8080/",
            "no address",
        ] {
            assert_eq!(through(direct), "", "{direct}");
        }
    }
}
