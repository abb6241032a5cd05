//! What people read when the way in is wrong.

use std::io::Write as _;
use std::path::Path;

use producers::{Destination as _, DestinationOptions, Error, kafka};

use crate::servers::kafka::{CONNECTION_STRING, Kafka, shared};

/// What a look at the cluster says, through the way in that is like Event Hubs'.
fn check(kafka: &Kafka, hub: &str, connection_string: &Path, ca: &Path) -> Result<String, Error> {
    let json = format!(
        r#"{{"event_hubs": {{"connection_string": {{"file": "{}"}}, "hub": "{hub}",
             "bootstrap_servers": "{}", "ca_certificate": "{}"}}}}"#,
        connection_string.display(),
        kafka.secure_bootstrap(),
        ca.display(),
    );
    let options: DestinationOptions = serde_json::from_str(&json).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let findings = runtime.block_on(options.event_hubs.unwrap().check())?;
    let lines = findings
        .into_iter()
        .map(|finding| format!("{}: {}", finding.what, finding.found));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// A message without the port, which differs from run to run.
fn told(kafka: &Kafka, error: &Error) -> String {
    let text = format!(
        "{}\nhelp: {}",
        error.message,
        error.help.as_deref().unwrap_or("none")
    );
    text.replace(&kafka.secure_bootstrap(), "localhost:PORT")
}

#[test]
fn every_reason_for_not_getting_in_is_told() {
    let Some(kafka) = shared() else { return };
    kafka.create_topic("customers", 3);
    let (good, ca) = (kafka.connection_string(), kafka.ca_certificate());

    let found = check(&kafka, "customers", &good, &ca).unwrap();
    assert!(
        found.ends_with("event hub: `customers` has 3 partitions"),
        "{found}"
    );

    let error = check(&kafka, "costumers", &good, &ca).unwrap_err();
    insta::assert_snapshot!(told(&kafka, &error), @r"
    localhost:PORT has no event hub `costumers`
    help: did you mean `customers`?
    ");

    let mut wrong = tempfile::NamedTempFile::new().unwrap();
    let string = "Endpoint=sb://localhost/;SharedAccessKeyName=k;SharedAccessKey=d3Jvbmc=";
    wrong.write_all(string.as_bytes()).unwrap();
    let error = check(&kafka, "customers", wrong.path(), &ca).unwrap_err();
    insta::assert_snapshot!(told(&kafka, &error), @r"
    localhost:PORT refused the connection string: SASL authentication error: Authentication failed: Invalid username or password
    help: was the key renewed, or does the string belong to another namespace? Copy it afresh from the portal
    ");
    assert!(!format!("{error:?}").contains("d3Jvbmc"));

    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let mut stranger = tempfile::NamedTempFile::new().unwrap();
    stranger.write_all(other.cert.pem().as_bytes()).unwrap();
    let error = check(&kafka, "customers", &good, stranger.path()).unwrap_err();
    insta::assert_snapshot!(told(&kafka, &error), @r"
    no encrypted connection to localhost:PORT: the broker's certificate is signed by nobody who is trusted here
    help: give the certificate of its authority (PEM) in `ca_certificate`
    ");
}

#[test]
fn the_wrong_port_is_told() {
    let Some(kafka) = shared() else { return };
    let json = format!(
        r#"{{"kafka": {{"bootstrap_servers": "{}", "topic": "any"}}}}"#,
        kafka.secure_bootstrap()
    );
    let options: DestinationOptions = serde_json::from_str(&json).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let error = runtime
        .block_on(options.kafka.unwrap().check())
        .unwrap_err();
    insta::assert_snapshot!(told(&kafka, &error), @r"
    no answer from localhost:PORT within 10 s
    help: is it running, is its Kafka port the one in `bootstrap_servers`, does that port want the encryption that is set here, and does a firewall let you through?
    ");
}

#[test]
fn a_right_that_is_missing_is_named_and_what_there_is_told() {
    let Some(kafka) = shared() else { return };
    kafka.create_topic("guarded", 1);
    kafka.create_topic("unguarded", 1);
    kafka.allow_only("guarded", "Describe");
    let mut password = tempfile::NamedTempFile::new().unwrap();
    password.write_all(CONNECTION_STRING.as_bytes()).unwrap();
    let check = |topic: &str| {
        let json = serde_json::json!({
            "bootstrap_servers": kafka.secure_bootstrap(),
            "topic": topic,
            "security": {"sasl": {
                "mechanism": "plain",
                "username": "$ConnectionString",
                "password": {"file": password.path()},
                "ca_certificate": kafka.ca_certificate(),
            }},
        });
        let options: kafka::Options = serde_json::from_value(json).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(options.check())
    };
    let findings = check("unguarded").unwrap();
    let of = |what: &str| {
        let finding = findings.iter().find(|finding| finding.what == what);
        finding.map(|finding| finding.found.as_str())
    };
    assert!(of("rights").unwrap().contains("WRITE"), "{findings:?}");
    assert_eq!(of("retention"), Some("records are kept for 168h"));
    let error = check("guarded").unwrap_err();
    insta::assert_snapshot!(told(&kafka, &error), @r"
    no right to send to the topic `guarded`: WRITE is missing, there is DESCRIBE
    help: the user needs the rights DESCRIBE and WRITE on the topic
    ");
}
