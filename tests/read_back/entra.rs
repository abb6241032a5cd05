//! Event Hubs with an app of Microsoft Entra ID: tokens for the producer and for the reader, renewed while
//! both are at work.

use super::authority::Authority;
use super::{command, numbers, run, scenario};
use crate::cli::{Place, Said};
use crate::servers::kafka::shared;

#[test]
fn a_hub_is_read_back_with_tokens_that_are_renewed_meanwhile() {
    let Some(kafka) = shared() else { return };
    kafka.create_topic("entra", 3);
    let authority = Authority::start();
    let place = Place::new();
    place.write("secret", "hunter2");
    let destination = format!(
        "event_hubs: {{namespace: ns, hub: entra, bootstrap_servers: \"{}\", ca_certificate: \"{}\",\n    \
         entra: {{tenant_id: t, client_id: app, client_secret: {{file: \"{}\"}}, authority: \"{}\"}}}}",
        kafka.secure_bootstrap(),
        kafka.ca_certificate().display(),
        place.path("secret").display(),
        authority.url,
    );
    let load = "hold: {rate: 250/s, count: 4500}";
    let said = run(command(&place, &scenario(&destination, load, "1m")), || {});
    assert!(said.is_fine(), "{said:?}");
    let summary = place.summary("out");
    let clean = [4500, 0, 0, 0, 0];
    assert_eq!(numbers(&summary["read_back"])[..5], clean, "{summary}");
    // The look before the run, the lane and the reader have had one each, and the two newer ones since.
    let given = authority.given();
    assert!(given >= 5, "only {given} tokens were asked for");
    let asked = authority.asked();
    assert!(asked.starts_with("POST /t/oauth2/v2.0/token"), "{asked}");
    assert!(
        asked.contains("scope=https%3A%2F%2Fns.servicebus.windows.net%2F.default"),
        "{asked}"
    );

    let later: Said = place.hydrant(&["read-back", "out", "--json"]);
    assert_eq!(later.code, 0, "{later:?}");
    let printed: serde_json::Value = serde_json::from_str(&later.out).unwrap();
    let read = &printed["streams"]["back"]["read_back"];
    assert_eq!(numbers(read)[..5], clean, "{printed}");
    for said in [said, later] {
        assert!(!format!("{said:?}").contains("hunter2"), "{said:?}");
    }
}
