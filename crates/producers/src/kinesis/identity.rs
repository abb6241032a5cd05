//! Where a stream is and who we are there.

use std::time::{Duration, SystemTime};

use access::aws::masked;
use options::about;

use super::Options;
use super::session::Session;
use crate::{Error, Finding, Findings, Server, Trust};

/// How far a request's time may be from AWS's.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>
const CLOCK: Duration = Duration::from_mins(5);
/// Less than that is no time for a run.
const SOON: Duration = Duration::from_mins(15);

/// The stream's endpoint twice: records go there directly, the control plane through proxies.
pub(super) async fn servers(options: &Options) -> Result<Vec<Server>, Error> {
    let session = Session::new(options).await?;
    let Some(server) = Server::at("stream", &session.endpoint) else {
        let endpoint = &session.endpoint;
        return Err(Error::new(format!(
            "`{endpoint}` is no address of a server"
        )));
    };
    let trust = |server: &Server| {
        server.tls.as_ref().map(|_| Trust {
            ca_certificate: options.ca_certificate.clone(),
            ..Trust::default()
        })
    };
    let records = Server {
        tls: trust(&server),
        is_proxied: false,
        clock: Some(CLOCK),
        ..server
    };
    let control = Server {
        role: "control plane",
        is_proxied: true,
        ..records.clone()
    };
    Ok(vec![records, control])
}

/// By which access key, and until when.
pub(super) async fn identity(options: &Options) -> Result<Findings, Error> {
    let session = Session::new(options).await?;
    let credentials = session.credentials().await?;
    let left = credentials
        .expiry()
        .map(|at| at.duration_since(SystemTime::now()).unwrap_or_default());
    let account = credentials.account_id();
    let account = account.map(|account| format!(" of the account {}", account.as_str()));
    let found = format!(
        "access key {}{}, {}",
        masked(credentials.access_key_id()),
        account.unwrap_or_default(),
        match left {
            Some(left) => format!("for another {}", about(left)),
            None => "without an end".to_owned(),
        }
    );
    let key = Finding::good("who we are", found);
    Ok(vec![match left {
        Some(left) if left < SOON => key.warn(
            "a run that lasts longer depends on where they come from for new ones: log in again",
        ),
        _ => key,
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stand_in_is_a_server_in_the_clear_whose_clock_counts() {
        let mut options = Options::default();
        options.redirect("http://127.0.0.1:4568");
        let servers = servers(&options).await.unwrap();
        let named: Vec<_> = servers.iter().map(|it| (it.role, it.is_proxied)).collect();
        assert_eq!(named, [("stream", false), ("control plane", true)]);
        assert!(
            servers
                .iter()
                .all(|it| it.tls.is_none() && it.clock == Some(CLOCK))
        );
        let who = identity(&options).await.unwrap();
        assert_eq!(who[0].found, "access key ****NDIN, without an end");
    }
}
