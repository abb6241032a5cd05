//! Whom a run's directory may have the credentials sent to. It may be somebody else's, and its scenario names
//! addresses; secrets are read afresh.

use engine::Control;
use flow::Platform;
use options::{host_of, is_loopback, listed};
use producers::Recipient;
use report::ExitCode;
use scenario::ResolvedStream;

use crate::ask::confirmed;
use crate::cli::LaterArgs;
use crate::env;
use crate::failure::Failure;

/// Where Adobe's services are.
const ADOBES: [&str; 3] = ["adobelogin.com", "adobe.io", "adobe.com"];

/// Asks before credentials go to an address that is neither Adobe's nor this machine nor the environment's, and
/// that `--trust` does not name.
pub(crate) fn platform(
    platform: &Platform,
    args: &LaterArgs,
    control: &Control,
) -> Result<(), Failure> {
    let addresses = [
        ("identity service", "AEP_IMS_URL", &platform.ims_url),
        ("platform", "AEP_PLATFORM_URL", &platform.platform_url),
    ];
    for (what, variable, url) in addresses {
        let Some(url) = url.as_deref() else {
            continue;
        };
        let host = host_of(url);
        if is_trusted(url, env::lookup(variable).as_deref()) || is_named(host, &args.trust) {
            continue;
        }
        let instead = format!("set `{variable}={url}`, or say `--trust {host}`,");
        ask(&[host], what, &instead, control)?;
    }
    Ok(())
}

/// Asks before credentials of the streams' destinations go to a host that is neither the service's own nor this
/// machine, that no variable for such addresses has, and that `--trust` does not name.
pub(crate) fn destinations<'a>(
    streams: impl IntoIterator<Item = &'a ResolvedStream>,
    args: &LaterArgs,
    control: &Control,
) -> Result<(), Failure> {
    let is_ours = |it: &Recipient| {
        let mut ours = it.variables.iter().filter_map(|name| env::lookup(name));
        ours.any(|value| holds(&value, &it.host))
    };
    let mut strange: Vec<Recipient> = Vec::new();
    for stream in streams {
        for recipient in stream.destination.recipients() {
            let host = &recipient.host;
            let is_known = is_loopback(host) || is_named(host, &args.trust) || is_ours(&recipient);
            if !is_known && !strange.contains(&recipient) {
                strange.push(recipient);
            }
        }
    }
    while let Some(what) = strange.first().map(|it| it.what) {
        let (these, others) = strange.into_iter().partition(|it| it.what == what);
        let these: Vec<Recipient> = these;
        strange = others;
        let hosts: Vec<&str> = these.iter().map(|it| it.host.as_str()).collect();
        let mut how = format!("say `--trust {}`", hosts.join(" --trust "));
        if let Some(variable) = these.first().and_then(|it| it.variables.first()) {
            how = format!("{how}, or set `{variable}`,");
        }
        ask(&hosts, what, &how, control)?;
    }
    Ok(())
}

fn ask(hosts: &[&str], what: &str, how: &str, control: &Control) -> Result<(), Failure> {
    let hosts = listed(hosts.iter().copied());
    let question =
        format!("the run's scenario names {hosts} as {what}: send your credentials there?");
    let instead = format!(
        "the run's scenario names {hosts} as {what}, which is not known here: {how} if your credentials may \
         go there"
    );
    if confirmed(&question, &instead, control)? {
        return Ok(());
    }
    Err(Failure::new(format!("nothing was sent to {hosts}")).exit(ExitCode::Usage))
}

fn is_trusted(url: &str, of_the_environment: Option<&str>) -> bool {
    let plain = |url: &str| url.trim().trim_end_matches('/').to_owned();
    if of_the_environment.is_some_and(|ours| plain(ours) == plain(url)) {
        return true;
    }
    let host = host_of(url);
    is_loopback(host) || options::is_https(url) && options::is_below(host, &ADOBES)
}

fn is_named(host: &str, named: &[String]) -> bool {
    named.iter().any(|name| name.eq_ignore_ascii_case(host))
}

/// Whether the value of a variable is this host's address, or a list with it.
fn holds(value: &str, host: &str) -> bool {
    let mut addresses = value.split(',').map(host_of);
    addresses.any(|address| address.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adobe_this_machine_and_the_environment_are_trusted() {
        for trusted in [
            "https://ims-na1.adobelogin.com",
            "https://platform-nld2.adobe.io/",
            "http://127.0.0.1:8931",
            "http://[::1]:8931",
        ] {
            assert!(is_trusted(trusted, None), "{trusted}");
        }
        for strange in [
            "https://adobelogin.com.evil.example",
            "https://evil-adobe.io",
            "http://ims-na1.adobelogin.com",
            "https://ims-na1.adobelogin.com@evil.example/",
            "https://ims.example",
        ] {
            assert!(!is_trusted(strange, None), "{strange}");
        }
        assert!(is_trusted(
            "https://ims.example",
            Some("https://ims.example/")
        ));
        assert!(!is_trusted(
            "https://ims.example",
            Some("https://ims.example.org")
        ));
    }

    #[test]
    fn a_variable_vouches_for_the_hosts_that_it_holds_and_no_others() {
        for (value, host) in [
            ("b1:9092, B2:9092", "b2"),
            ("https://kinesis.example:4567/", "kinesis.example"),
            ("[2001:db8::1]:9092", "[2001:db8::1]"),
        ] {
            assert!(holds(value, host), "{value}");
        }
        for value in ["joe", "joe.evil.example", "http://x/evil.example"] {
            assert!(!holds(value, "evil.example"), "{value}");
        }
    }
}
