//! A look at the inlet before a run. Nothing is sent to it: what it takes lands in a dataset.

use std::time::Duration;

use tokio::time::timeout;

use super::Options;
use super::inlet::Inlet;
use super::token::no_token;
use crate::{Error, Finding, Findings};

/// The inlet's server is there within that.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether there is a server at the inlet's address, and a token for it.
pub(super) async fn look(options: &Options) -> Result<Findings, Error> {
    let mut findings = Vec::new();
    if options.inlet_url.is_some() {
        let inlet = Inlet::new(options)?;
        let at = &inlet.target.authority;
        let error = match timeout(PATIENCE, inlet.target.connect(PATIENCE)).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("no answer within {}", options::about(PATIENCE))),
        };
        if let Some(error) = error {
            return Err(Error::new(format!(
                "no connection to {}: {error}",
                inlet.target.directly()
            ))
            .help("check `inlet_url`, and the way there"));
        }
        findings.push(found("inlet", format!("{at} is there")));
    } else {
        findings.push(found("inlet", "is made with the flow".to_owned()));
    }
    if let Some(authenticated) = &options.authenticated {
        let tokens = options.tokens.tokens(authenticated)?;
        tokens.get().await.map_err(|error| no_token(&error))?;
        let client_id = &tokens.credentials().client_id;
        findings.push(found("token", format!("given to {client_id}")));
    }
    Ok(findings)
}

fn found(what: &str, found: String) -> Finding {
    Finding {
        what: what.to_owned(),
        found,
        warning: None,
    }
}
