//! A look at the inlet before a run. Nothing is sent to it: what it takes lands in a dataset.

use std::time::Duration;

use tokio::time::timeout;

use super::Options;
use super::inlet::Inlet;
use super::token::no_token;
use crate::{Error, Finding, Findings, Server, Trust};

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
        findings.push(Finding::good("inlet", format!("{at} is there")));
    } else {
        findings.push(Finding::good("inlet", "is made with the flow"));
    }
    // A token is needed, too.
    identity(options).await?;
    Ok(findings)
}

/// The inlet, and where tokens come from.
pub(super) fn servers(options: &Options) -> Result<Vec<Server>, Error> {
    let inlet = options.inlet_url.as_deref();
    let mut servers: Vec<_> = inlet
        .and_then(|url| Server::at("inlet", url))
        .map(|server| Server {
            is_proxied: false,
            tls: server.tls.as_ref().map(|_| Trust {
                ca_certificate: options.ca_certificate.clone(),
                ..Trust::default()
            }),
            ..server
        })
        .into_iter()
        .collect();
    if let Some(authenticated) = &options.authenticated {
        let credentials = options.tokens.credentials(authenticated)?;
        servers.extend(Server::at("identity service", &credentials.ims_url));
    }
    Ok(servers)
}

/// Whose token it is, where the inlet asks for one.
pub(super) async fn identity(options: &Options) -> Result<Findings, Error> {
    let Some(authenticated) = &options.authenticated else {
        return Ok(vec![Finding::good("who we are", "the inlet does not ask")]);
    };
    let tokens = options.tokens.tokens(authenticated)?;
    let token = tokens.get().await.map_err(|error| no_token(&error))?;
    let client_id = &tokens.credentials().client_id;
    Ok(vec![Finding::token(client_id, token.expires_at)])
}
