//! What librdkafka's codes mean for a person, with what to do about it.

use options::suggest;

use super::endpoint::Endpoint;
use crate::librdkafka::{Certificate, Client, Cluster, Code};
use crate::{Error, Fatal};

/// Something went wrong while connecting. `None`: it may pass, keep trying.
pub(super) fn while_connecting(
    endpoint: &Endpoint,
    client: &Client,
    code: Code,
    text: &str,
) -> Option<Error> {
    let Endpoint {
        bootstrap, words, ..
    } = endpoint;
    let reason = reason(text);
    match code {
        Code::AUTHENTICATION => Some(
            Error::new(format!(
                "{bootstrap} refused the {}: {reason}",
                words.credential
            ))
            .help(words.credential_help.clone()),
        ),
        Code::SSL => Some(tls(bootstrap, reason, client.certificate())),
        // One of several may be enough, and a name server has its moments.
        Code::RESOLVE if bootstrap.contains(',') || reason.contains("Temporary failure") => None,
        Code::RESOLVE => Some(
            Error::new(format!("cannot find the host of {bootstrap}: {reason}"))
                .help(format!("check the name in `{}`", words.address)),
        ),
        _ => None,
    }
}

fn tls(bootstrap: &str, reason: &str, certificate: Option<Certificate>) -> Error {
    let failed = |why: &str| Error::new(format!("no encrypted connection to {bootstrap}: {why}"));
    match certificate {
        Some(Certificate::Expired) => {
            return failed("the broker's certificate has expired")
                .help("it has to be renewed, unless this machine's clock is wrong");
        }
        Some(Certificate::NotYetValid) => {
            return failed("the broker's certificate is not valid yet")
                .help("is this machine's clock right?");
        }
        Some(Certificate::OtherName) => {
            return failed("the broker's certificate is made out to another name")
                .help("connect by a name that the certificate has");
        }
        Some(Certificate::Untrusted) => {
            return failed("the broker's certificate is signed by nobody who is trusted here")
                .help("give the certificate of its authority (PEM) in `ca_certificate`");
        }
        None => {}
    }
    // OpenSSL's numbers in front, and advice in librdkafka's own words behind.
    let reason = reason.rsplit("SSL routines::").next().unwrap_or(reason);
    let reason = reason.split(", verify that ").next().unwrap_or(reason);
    let lower = reason.to_lowercase();
    let help = if lower.contains("verify failed") || lower.contains("unable to get") {
        "the broker's certificate is signed by an authority that is not trusted here, or is made \
         out to another name: give the authority's certificate (PEM) in `ca_certificate`"
    } else if lower.contains("wrong version number") || lower.contains("disconnected") {
        "is this really the port for encrypted connections?"
    } else {
        "check the port, the certificates and the time of this machine"
    };
    failed(reason).help(help)
}

/// Nobody answered in time; `last` is what librdkafka said last.
pub(super) fn unreachable(endpoint: &Endpoint, last: Option<&str>, seconds: u64) -> Error {
    let Endpoint {
        bootstrap, words, ..
    } = endpoint;
    let error = match last.map(reason) {
        Some(last) => Error::new(format!("cannot reach {bootstrap}: {last}")),
        None => Error::new(format!("no answer from {bootstrap} within {seconds} s")),
    };
    error.help(format!(
        "is it running, is its Kafka port the one in `{}`, does that port want the encryption that \
         is set here, and does a firewall let you through?",
        words.address
    ))
}

/// The topic is not there, or not for us.
pub(super) fn topic(endpoint: &Endpoint, cluster: &Cluster, code: Option<Code>) -> Error {
    let Endpoint {
        bootstrap,
        topic,
        words,
        ..
    } = endpoint;
    if let Some(code) = code
        && code != Code::UNKNOWN_TOPIC
    {
        let what = format!("{bootstrap} does not show the {} `{topic}`", words.topic);
        return Error::new(format!("{what}: {}", code.words())).help(words.right_help.clone());
    }
    let names = cluster
        .topics
        .keys()
        .map(String::as_str)
        .filter(|name| !name.starts_with("__"));
    let help = if let Some(name) = suggest(topic, names.clone()) {
        format!("did you mean `{name}`?")
    } else {
        let some: Vec<_> = names.take(5).map(|name| format!("`{name}`")).collect();
        let seen = if some.is_empty() {
            "these credentials may see none".to_owned()
        } else {
            format!("there is {}", some.join(", "))
        };
        format!("create it, or have it made with `create: true`; {seen}")
    };
    Error::new(format!("{bootstrap} has no {} `{topic}`", words.topic)).help(help)
}

/// Something went wrong in mid-run. A broker that is merely away is not fatal: its records time
/// out.
pub(super) fn in_mid_run(
    endpoint: &Endpoint,
    client: &Client,
    code: Code,
    text: &str,
    is_fatal: bool,
) -> Option<Fatal> {
    if is_fatal {
        let message = format!("the Kafka client can't go on: {}", reason(text));
        return Some(Fatal::new(message).help("start the run again"));
    }
    let never_passes = code == Code::AUTHENTICATION
        || (code == Code::SSL && text.to_lowercase().contains("verify failed"));
    let error = never_passes.then(|| while_connecting(endpoint, client, code, text));
    error.flatten().map(Fatal::from)
}

/// Records are refused because nobody may write here, or because there is nothing to write to.
pub(super) fn refused_for_good(endpoint: &Endpoint, code: Code) -> Fatal {
    let Endpoint {
        bootstrap,
        topic,
        words,
        ..
    } = endpoint;
    let there = format!("the {} `{topic}` at {bootstrap}", words.topic);
    let (what, help) = if code.is_gone() {
        let help = "it seems to have been deleted while the run lasted";
        (format!("{there} is gone"), help.to_owned())
    } else {
        let what = format!("no right to send to {there}");
        (what, words.right_help.clone())
    };
    Fatal::new(format!("{what}: {}", code.words())).help(help)
}

/// librdkafka's text without what it puts around the reason: `ssl://host:9094/bootstrap: ` in
/// front, `(after 3ms in state …)` behind.
fn reason(text: &str) -> &str {
    let text = match text.split_once("/bootstrap: ") {
        Some((_, reason)) => reason,
        None => text,
    };
    let text = text.split(" (after ").next().unwrap_or(text);
    text.trim_end_matches(['.', ' ', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_librdkafka_puts_around_a_reason_is_left_out() {
        let text = "sasl_ssl://localhost:9094/bootstrap: SASL authentication error: Authentication \
                    failed: Invalid username or password (after 312ms in state AUTH_REQ, 3 \
                    identical error(s) suppressed)";
        assert_eq!(
            reason(text),
            "SASL authentication error: Authentication failed: Invalid username or password"
        );
        assert_eq!(reason("plain"), "plain");
    }
}
