//! Every environment variable that Hydrant reads by itself, in one place.
//!
//! A scenario may name further ones, as `${NAME}` or as `{env: NAME}`.

use std::collections::BTreeSet;
use std::env::VarError;
use std::sync::{Mutex, PoisonError};

use crate::printer;

/// A variable and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it is for, in one line.
    pub purpose: &'static str,
}

const fn variable(name: &'static str, purpose: &'static str) -> Variable {
    Variable { name, purpose }
}

/// All of them, as the reference in `docs/environment.md` lists them.
pub const VARIABLES: &[Variable] = &[
    variable(
        "AEP_ORG_ID",
        "the organisation, `…@AdobeOrg`; default of `platform.organization`",
    ),
    variable(
        "AEP_CLIENT_ID",
        "the API key; default of `platform.client_id`",
    ),
    variable(
        "AEP_CLIENT_SECRET",
        "the client secret; default of `platform.client_secret`",
    ),
    variable(
        "AEP_SCOPES",
        "the scopes to ask a token for; default of `platform.scopes`",
    ),
    variable(
        "AEP_SANDBOX",
        "the platform's sandbox, e.g. `prod`; default of `platform.sandbox`",
    ),
    variable(
        "AEP_PLATFORM_URL",
        "base address of the platform's APIs, for stand-ins and regions",
    ),
    variable(
        "AEP_IMS_URL",
        "base address of the identity service, likewise",
    ),
    variable(
        "AEP_COLLECTION_URL",
        "base address of the HTTP inlet, likewise",
    ),
    variable(
        "AEP_FLOW_START_UP",
        "how long a new flow takes to start, e.g. `0s` on a stand-in; default of `flow.ready.start_up`",
    ),
    variable(
        "AEP_PROFILE",
        "the profile to use of the profile file; default of `platform.profile`",
    ),
    variable(
        "AEP_PROFILE_FILE",
        "the profile file; default: `hydrant/profiles.yaml` in `XDG_CONFIG_HOME`, else in `~/.config`",
    ),
    variable(
        "HYDRANT_ALLOW_HTTP",
        "hosts, comma separated, to which secrets may go without encryption (`http://`, a Kafka without TLS); this machine always may",
    ),
    variable(
        "KAFKA_BOOTSTRAP_SERVERS",
        "brokers to which `hydrant read-back` sends credentials without asking",
    ),
    variable(
        "AWS_ENDPOINT_URL_KINESIS",
        "the same for another Kinesis than AWS's, besides what AWS's own tools make of it; else `AWS_ENDPOINT_URL`",
    ),
    variable(
        "AZURE_AUTHORITY_HOST",
        "the same for another identity service than Microsoft's",
    ),
    variable("NO_COLOR", "set to anything: no colours"),
    variable(
        "TERM",
        "the kind of terminal; without it, or with `dumb`, progress is told in plain lines",
    ),
    variable(
        "HYDRANT_LOG",
        "what to log to stderr, e.g. `aep_client=debug`; wins over `--verbose`",
    ),
];

/// The value of an environment variable; `None` if it is not set or empty. One that is not UTF-8 counts
/// as not set, and is named once.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the environment"
)]
pub(crate) fn lookup(name: &str) -> Option<String> {
    static NAMED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    match std::env::var(name) {
        Ok(value) => Some(value).filter(|value| !value.is_empty()),
        Err(VarError::NotPresent) => None,
        Err(VarError::NotUnicode(_)) => {
            let mut named = NAMED.lock().unwrap_or_else(PoisonError::into_inner);
            if named.insert(name.to_owned()) {
                printer::warning(
                    &format!("the value of the environment variable `{name}` is not UTF-8 text"),
                    Some("it counts as not set"),
                );
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_lists_every_variable() {
        let page = include_str!("../../../docs/environment.md");
        for variable in VARIABLES {
            let row = format!("| `{}` | {} |", variable.name, variable.purpose);
            assert!(
                page.contains(&row),
                "docs/environment.md lacks the row\n{row}"
            );
        }
    }
}
