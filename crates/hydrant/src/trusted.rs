//! Whom a run's directory may have the credentials sent to. It may be somebody else's, and its scenario names
//! addresses; secrets are read afresh.

use engine::Control;
use flow::Platform;
use options::{host_of, is_loopback};
use report::ExitCode;

use crate::ask::confirmed;
use crate::env;
use crate::failure::Failure;

/// Where Adobe's services are.
const ADOBES: [&str; 3] = ["adobelogin.com", "adobe.io", "adobe.com"];

/// Asks before credentials go to an address that is neither Adobe's nor this machine nor the environment's.
pub(crate) fn check(platform: &Platform, control: &Control) -> Result<(), Failure> {
    let addresses = [
        ("identity service", "AEP_IMS_URL", &platform.ims_url),
        ("platform", "AEP_PLATFORM_URL", &platform.platform_url),
    ];
    for (what, variable, url) in addresses {
        let Some(url) = url.as_deref() else {
            continue;
        };
        if is_trusted(url, env::lookup(variable).as_deref()) {
            continue;
        }
        let host = host_of(url);
        let question =
            format!("the run's scenario names `{host}` as {what}: send your credentials there?");
        let instead = format!(
            "the run's scenario names `{host}` as {what}, which is none of Adobe's: set `{variable}={url}` \
             if your credentials may go there"
        );
        if !confirmed(&question, &instead, control)? {
            return Err(Failure::new(format!("nothing was sent to `{host}`")).exit(ExitCode::Usage));
        }
    }
    Ok(())
}

fn is_trusted(url: &str, of_the_environment: Option<&str>) -> bool {
    let plain = |url: &str| url.trim().trim_end_matches('/').to_owned();
    if of_the_environment.is_some_and(|ours| plain(ours) == plain(url)) {
        return true;
    }
    let host = host_of(url).to_ascii_lowercase();
    let is_adobes = |domain: &&str| {
        host.strip_suffix(*domain)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    is_loopback(&host) || url.starts_with("https://") && ADOBES.iter().any(is_adobes)
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
}
