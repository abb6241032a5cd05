//! The HTTP inlet's address and credential, which are known only when its flow is there.

use aep_client::{IMS_URL, SCOPES};
use flow::{Applied, Platform};
use producers::http_api::Credentials;
use scenario::ResolvedStream;

/// Points the stream at the inlet of its flow, if it goes to one.
pub(crate) fn fill_in(stream: &mut ResolvedStream, applied: &Applied, platform: &Platform) {
    let (Some(options), Some(inlet)) = (&mut stream.options.http_api, &applied.inlet) else {
        return;
    };
    let inlet = match &platform.collection_url {
        Some(base) => elsewhere(inlet, base),
        None => inlet.clone(),
    };
    options.set_inlet(&inlet, &applied.flow);
    options
        .sandbox
        .get_or_insert_with(|| platform.sandbox.clone());
    options.provide_credentials(Credentials {
        ims_url: platform
            .ims_url
            .clone()
            .unwrap_or_else(|| IMS_URL.to_owned()),
        client_id: platform.client_id.clone(),
        client_secret: platform.client_secret.clone(),
        scopes: platform
            .scopes
            .as_ref()
            .map_or_else(|| SCOPES.to_owned(), |scopes| scopes.join(",")),
    });
    if let Some(destination) = stream.options.clone().into_box() {
        stream.destination = destination;
    }
}

/// The same inlet at another address: `AEP_COLLECTION_URL` stands in for scheme and host.
fn elsewhere(inlet: &str, base: &str) -> String {
    let after_scheme = inlet.split_once("://").map_or(inlet, |(_, rest)| rest);
    let path = after_scheme.find('/').map_or("", |at| &after_scheme[at..]);
    format!("{}{path}", base.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inlet_can_be_reached_at_another_address() {
        let inlet = "https://dcs.adobedc.net/collection/0123";
        assert_eq!(
            elsewhere(inlet, "http://127.0.0.1:80/"),
            "http://127.0.0.1:80/collection/0123"
        );
    }
}
