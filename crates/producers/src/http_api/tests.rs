//! The options as people write them.

use super::*;

fn options(json: &str) -> Options {
    serde_json::from_str(json).unwrap()
}

fn problems(json: &str) -> Vec<String> {
    let mut problems = Vec::new();
    options(json).problems(&Location::root(), &mut problems);
    problems
        .into_iter()
        .map(|problem| format!("{}: {}", problem.at, problem.message))
        .collect()
}

#[test]
fn everything_has_a_default() {
    let plain = options("{}");
    assert_eq!(problems("{}"), [""; 0]);
    assert_eq!(plain.batch(), 100);
    assert_eq!(plain.describe(), "http_api inlet of the flow");
    assert_eq!(plain.limits().records_per_second, Some(10_000.0));
    assert_eq!(
        options(r#"{"batch": 1}"#).limits().records_per_second,
        Some(1_000.0)
    );
    let validated = options(r#"{"synchronous_validation": true}"#);
    assert_eq!(validated.batch(), 1);
    assert_eq!(validated.limits().records_per_second, Some(1.0));
    assert_eq!(serde_json::to_string(&plain).unwrap(), "{}");
}

#[test]
fn the_flows_inlet_fills_in_what_is_not_written() {
    let mut plain = options("{}");
    plain.set_inlet("http://127.0.0.1:9/collection/a", "flow");
    assert_eq!(
        plain.describe(),
        "http_api inlet http://127.0.0.1:9/collection/a"
    );
    assert_eq!(plain.flow_id.as_deref(), Some("flow"));
    let mut written = options(r#"{"inlet_url": "https://x/collection/b", "flow_id": "own"}"#);
    written.set_inlet("http://127.0.0.1:9/collection/a", "flow");
    assert_eq!(written.inlet_url.as_deref(), Some("https://x/collection/b"));
    assert_eq!(written.flow_id.as_deref(), Some("own"));
    written.redirect(|_| None);
    assert_eq!(written.inlet_url, None);
}

#[test]
fn what_can_not_be_meant_is_said() {
    let found = problems(
        r#"{"inlet_url": "dcs.adobedc.net/collection/x", "synchronous_validation": true, "batch": 20000,
            "batch_bytes": "2 MB", "connections": 0, "request_timeout": "0s", "linger": "1m",
            "retry": {"first": "6s"}, "authenticated": {"ims_url": "ims"}, "ca_certificate": "/no/such"}"#,
    );
    assert_eq!(
        found,
        [
            "inlet_url: `dcs.adobedc.net/collection/x` is no address of an inlet",
            "authenticated.ims_url: `ims` is no address of a server",
            "batch: `batch` has to be from 1 to 10000",
            "batch_bytes: `batch_bytes` has to be from 1000 to 1000000",
            "connections: `connections` has to be from 1 to 256",
            "request_timeout: `request_timeout` has to be longer than nothing",
            "linger: records would wait for company until they are given up",
            "retry.first: `first` has to be longer than nothing and no longer than `longest`",
            "ca_certificate: cannot read `/no/such`: No such file or directory (os error 2)",
            "batch: `synchronous_validation` is there for single messages only",
        ]
    );
    assert_eq!(
        problems(r#"{"inlet_url": "https://dcs.adobedc.net/collection/x"}"#),
        [": `inlet_url` is given without `flow_id`"]
    );
}

fn platform() -> Credentials {
    Credentials {
        ims_url: "http://127.0.0.1:9".to_owned(),
        client_id: "platform".to_owned(),
        client_secret: "hush".to_owned().into(),
        scopes: String::new(),
    }
}

#[test]
fn a_secret_is_never_printed() {
    let mut written = options(r#"{"authenticated": {}}"#);
    written.provide_credentials(platform());
    let used = written
        .tokens
        .credentials(&Authenticated::default())
        .unwrap();
    assert_eq!(used.client_id, "platform");
    let printed = format!("{written:?} {}", serde_json::to_string(&written).unwrap());
    assert!(!printed.contains("hush"), "{printed}");
}

#[test]
fn the_inlets_own_credential_wins_over_the_platforms() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "own secret\n").unwrap();
    let authenticated = serde_json::json!({
        "client_id": "own", "client_secret": {"file": secret.path()}, "scopes": ["a", "b"],
        "ims_url": "http://127.0.0.1:9/",
    });
    let mut written = options(&serde_json::json!({"authenticated": authenticated}).to_string());
    written.provide_credentials(platform());
    let used = written
        .tokens
        .credentials(written.authenticated.as_ref().unwrap());
    let used = used.unwrap();
    assert_eq!((&*used.client_id, &*used.scopes), ("own", "a,b"));
}
