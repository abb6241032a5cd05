//! Proxies that the environment names are not for this machine's own addresses: what listens there can't
//! be reached through another, and the sandbox least of all.

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

/// Has every client of this process reach loopback addresses directly, those included that read the
/// environment inside of other people's libraries.
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

    #[test]
    fn what_was_excepted_stays_excepted() {
        assert_eq!(with_loopback(""), LOOPBACK);
        assert_eq!(
            with_loopback("internal, .example.com,,*"),
            format!("internal,.example.com,*,{LOOPBACK}")
        );
    }
}
