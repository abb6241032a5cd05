//! Where a topic is and who we are there.

use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::Options;
use super::place::Place;
use crate::{Error, Finding, Findings, Server};

/// The service twice: records go there directly, the control plane through proxies. An emulator speaks HTTP/2
/// only, and can't be asked for the time.
pub(super) fn servers(options: &Options) -> Vec<Server> {
    let place = Place::of(options);
    let Some(server) = Server::at("topic", &place.url) else {
        return Vec::new();
    };
    let records = Server {
        is_proxied: false,
        is_http: !place.is_emulator,
        ..server
    };
    let control = Server {
        role: "control plane",
        is_proxied: true,
        ..records.clone()
    };
    vec![records, control]
}

/// Whose the credentials are, and that there is a token for them.
pub(super) async fn identity(options: &Options) -> Result<Findings, Error> {
    let place = Place::of(options);
    if place.is_emulator {
        return Ok(vec![Finding::good(
            "who we are",
            "an emulator does not ask",
        )]);
    }
    place.token(options).await?;
    let written = options
        .credentials
        .as_ref()
        .and_then(|json| json.read().ok());
    let json = written.and_then(|json| serde_json::from_str(json.expose_secret()).ok());
    let source = json
        .as_ref()
        .map_or_else(|| "application default credentials".to_owned(), owner);
    let found = match &options.impersonate {
        Some(principal) => format!("{principal}, impersonated by {source}"),
        None => source,
    };
    Ok(vec![Finding::good(
        "who we are",
        format!("{found}, with a token"),
    )])
}

/// Whose the credentials in this JSON are.
fn owner(json: &Value) -> String {
    let text = |name: &str| json[name].as_str();
    match (text("client_email"), text("type")) {
        (Some(email), _) => email.to_owned(),
        (None, Some(kind)) => format!("credentials of the type {kind}"),
        (None, None) => "credentials of no type".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_service_account_has_an_address_and_others_a_type() {
        let account =
            json!({"type": "service_account", "client_email": "a@p.iam", "private_key": "secret"});
        assert_eq!(owner(&account), "a@p.iam");
        let user = json!({"type": "authorized_user", "refresh_token": "secret"});
        assert_eq!(owner(&user), "credentials of the type authorized_user");
    }

    #[tokio::test]
    async fn an_emulator_is_reached_in_the_clear_and_asks_for_nothing() {
        let options: Options = serde_json::from_value(
            json!({"topic": "projects/p/topics/t", "emulator": "localhost:8085"}),
        )
        .unwrap();
        let servers = servers(&options);
        assert_eq!(servers[0].authority(), "localhost:8085");
        assert!(servers.iter().all(|it| it.tls.is_none() && !it.is_http));
        let who = identity(&options).await.unwrap();
        assert_eq!(who[0].found, "an emulator does not ask");
    }
}
