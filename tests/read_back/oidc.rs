//! Apache Kafka with tokens of an OpenID Connect provider: the topic is made, written and read with them, and
//! they are renewed meanwhile.

use super::authority::Authority;
use super::{command, numbers, run, scenario};
use crate::cli::Place;
use crate::servers::kafka::shared;

#[test]
fn a_topic_is_made_written_and_read_back_with_tokens_that_are_renewed_meanwhile() {
    let Some(kafka) = shared() else { return };
    let authority = Authority::start();
    let place = Place::new();
    place.write("secret", "hunter2");
    let destination = format!(
        "kafka:\n    bootstrap_servers: \"{}\"\n    topic: oidc\n    create: {{partitions: 3}}\n    security:\n      \
         oidc:\n        token_url: {}/oauth2/token\n        client_id: load-test\n        \
         client_secret: {{file: \"{}\"}}\n        scope: kafka.write kafka.read\n        \
         extensions: {{logicalCluster: lkc-1, identityPoolId: pool-1}}\n        ca_certificate: \"{}\"",
        kafka.secure_bootstrap(),
        authority.url,
        place.path("secret").display(),
        kafka.ca_certificate().display(),
    );
    let load = "hold: {rate: 250/s, count: 4500}";
    let said = run(command(&place, &scenario(&destination, load, "1m")), || {});
    assert!(said.is_fine(), "{said:?}");
    let summary = place.summary("out");
    let clean = [4500, 0, 0, 0, 0];
    assert_eq!(numbers(&summary["read_back"])[..5], clean, "{summary}");
    assert_eq!(kafka.counts("oidc").len(), 3);
    // The looks before the run, the lane and the reader have had one each, and the two newer ones since.
    let given = authority.given();
    assert!(given >= 6, "only {given} tokens were asked for");
    let asked = authority.asked();
    assert!(asked.starts_with("POST /oauth2/token"), "{asked}");
    assert!(asked.contains("scope=kafka.write+kafka.read"), "{asked}");
    assert!(asked.contains("client_id=load-test"), "{asked}");
    assert!(!format!("{said:?}").contains("hunter2"), "{said:?}");
}
