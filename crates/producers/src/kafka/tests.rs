use options::{Location, Problems};

use super::*;
use crate::DestinationOptions;
use crate::librdkafka::Client;

fn options(json: &str) -> Options {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn found(json: &str) -> Vec<String> {
    let mut problems = Problems::new();
    options(json).problems(&Location::root().join("kafka"), &mut problems);
    problems
        .into_iter()
        .map(|problem| format!("{}: {}", problem.at, problem.message))
        .collect()
}

#[test]
fn good_options_have_no_problems_and_read_back() {
    let json = r#"{"bootstrap_servers": "a:9092, b:9092", "topic": "profiles", "acks": "leader",
        "compression": "zstd", "linger": "50ms", "batch_size": "256 KiB", "delivery_timeout": "1m",
        "security": {"plaintext": {}}, "properties": {"socket.nagle.disable": false}}"#;
    assert_eq!(found(json), [""; 0]);
    let printed = serde_json::to_string(&options(json)).unwrap();
    assert_eq!(serde_json::to_string(&options(&printed)).unwrap(), printed);
    assert_eq!(
        options(json).describe(),
        "kafka topic profiles at a:9092, b:9092"
    );
}

#[test]
fn all_mistakes_are_found_at_once_and_where_they_stand() {
    let json = r#"{"bootstrap_servers": "broker", "topic": "no spaces", "linger": "40s",
        "acks": "none", "idempotence": true, "properties": {"dr_cb": "x"},
        "security": {"tls": {"ca_certificate": "/nowhere.pem", "key": {"env": "NO_SUCH_THING"}},
                     "sasl": {"mechanism": "plain", "username": "u", "tls": false,
                              "password": {"env": "NO_SUCH_THING"}}}}"#;
    let found = found(json).join("\n");
    let expected = "\
kafka.bootstrap_servers: `broker` is no `host:port`
kafka.topic: `no spaces` can't be the name of a topic
kafka.security: expected exactly one of `plaintext`, `tls`, `sasl`, `msk_iam`, `google`, `oidc` and `confluent_cloud`
kafka.security.tls.ca_certificate: cannot read `/nowhere.pem`: No such file or directory (os error 2)
kafka.security.tls: `certificate` and `key` belong together
kafka.security.tls.key: environment variable `NO_SUCH_THING` is not set
kafka.security.sasl.password: environment variable `NO_SUCH_THING` is not set
kafka.security.sasl.tls: a secret would be sent to `broker` without TLS, for everybody to read
kafka.delivery_timeout: `delivery_timeout` is not longer than `linger`
kafka.acks: with `acks: none` the broker never answers
kafka.idempotence: `idempotence` needs `acks: all`
kafka.properties.dr_cb: `dr_cb` can't be set in a scenario";
    assert_eq!(found, expected);
}

#[test]
fn a_password_goes_to_another_machine_with_tls_only() {
    let options_at = |servers: &str, rest: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "hunter2").unwrap();
        let json = format!(
            r#"{{"bootstrap_servers": "{servers}", "topic": "t", "security": {{"sasl": {{
                 "username": "u", "password": {{"file": "{}"}}, {rest}}}}}}}"#,
            file.path().display()
        );
        (options(&json), file)
    };
    let refused = |servers: &str, rest: &str| {
        let (options, _file) = options_at(servers, rest);
        let mut problems = Problems::new();
        options.problems(&Location::root(), &mut problems);
        let refused = options.reading().err().map(|error| error.message);
        assert_eq!(
            problems.len(),
            usize::from(refused.is_some()),
            "{problems:?}"
        );
        refused
    };
    let plain = r#""mechanism": "plain", "tls": false"#;
    let expected = "a secret would be sent to `b` without TLS, for everybody to read";
    assert_eq!(
        refused("localhost:1,b:9092", plain).as_deref(),
        Some(expected)
    );
    assert_eq!(refused("localhost:1,[::1]:2", plain), None);
    assert_eq!(refused("b:9092", r#""mechanism": "plain""#), None);
    // The broker is not shown the password.
    assert_eq!(
        refused("b:9092", r#""mechanism": "scram_sha_512", "tls": false"#),
        None
    );
    // However it is said.
    let (mut options, _file) = options_at("b:9092", r#""mechanism": "plain""#);
    let protocol = Property("SASL_PLAINTEXT".to_owned());
    options
        .properties
        .insert("security.protocol".to_owned(), protocol);
    assert_eq!(options.reading().unwrap_err().message, expected);
}

#[test]
fn an_unknown_key_is_refused_with_what_there_is() {
    let error = serde_json::from_str::<Options>(r#"{"bootstrap": "a:1"}"#)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("expected one of `bootstrap_servers`, `topic`"),
        "{error}"
    );
}

#[test]
fn pointed_at_a_stand_in_nothing_is_left_of_the_way_in() {
    let mut destination: DestinationOptions = serde_json::from_str(
        r#"{"kafka": {"bootstrap_servers": "far:9093", "topic": "t", "security": {"tls": {}}}}"#,
    )
    .unwrap();
    destination.point_at("127.0.0.1:1");
    let options = destination.kafka.unwrap();
    assert_eq!(options.describe(), "kafka topic t at 127.0.0.1:1");
    assert!(options.endpoint().unwrap().way_in.is_empty());
}

#[test]
fn a_longer_first_wait_before_connecting_again_lengthens_the_last() {
    for properties in [
        "{}",
        r#"{"reconnect.backoff.ms": 2000}"#,
        r#"{"reconnect.backoff.ms": 200, "reconnect.backoff.max.ms": 300}"#,
    ] {
        let options = options(&format!(
            r#"{{"bootstrap_servers": "127.0.0.1:1", "topic": "t", "properties": {properties}}}"#
        ));
        let config = options.endpoint().unwrap().config("test").unwrap();
        assert_eq!(Client::new(config).err(), None, "{properties}");
    }
}

#[test]
fn ways_in_by_name_are_what_their_services_want() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "hunter2").unwrap();
    let json = format!(
        r#"{{"bootstrap_servers": "pkc-1.eu-west-1.aws.confluent.cloud:9092", "topic": "t",
             "security": {{"confluent_cloud": {{"api_key": "KEY", "api_secret": {{"file": "{}"}}}}}}}}"#,
        file.path().display()
    );
    assert_eq!(found(&json), [""; 0]);
    let endpoint = options(&json).endpoint().unwrap();
    let way: std::collections::BTreeMap<_, _> = endpoint.way().collect();
    for (name, value) in [
        ("security.protocol", "sasl_ssl"),
        ("sasl.mechanism", "PLAIN"),
        ("sasl.username", "KEY"),
        ("sasl.password", "hunter2"),
        ("ssl.ca.location", "probe"),
        ("socket.keepalive.enable", "true"),
    ] {
        assert_eq!(way[name], value, "{name}");
    }
    endpoint.config("test").unwrap();
}

#[test]
fn mistakes_in_a_provider_of_tokens_are_found_where_they_stand() {
    let json = r#"{"bootstrap_servers": "a:1", "topic": "t", "security": {"oidc": {
        "token_url": "somewhere", "client_id": "c", "client_secret": {"env": "NO_SUCH_THING"}, "tls": false,
        "extensions": {"auth": "x", "logicalCluster": "lkc-1", "pool-id": "p"}}}}"#;
    let expected = "\
kafka.security.oidc.client_secret: environment variable `NO_SUCH_THING` is not set
kafka.security.oidc.token_url: this is no address of a token endpoint
kafka.security.oidc.extensions.auth: this can't be an extension
kafka.security.oidc.extensions.pool-id: this can't be an extension
kafka.security.oidc.tls: a secret would be sent to `a` without TLS, for everybody to read";
    assert_eq!(found(json).join("\n"), expected);
    let json = json.replace("somewhere", "http://far.example/token");
    let found = found(&json).join("\n");
    assert!(
        found.contains("oidc.token_url: a secret would be sent to `far.example`"),
        "{found}"
    );
}

/// A broker elsewhere, with this way in.
fn with_security(security: &str) -> Options {
    options(&format!(
        r#"{{"bootstrap_servers": "b:9092", "topic": "t", "security": {{{security}}}}}"#
    ))
}

const NAMED: [&str; 4] = [
    r#""msk_iam": {}"#,
    r#""google": {}"#,
    r#""confluent_cloud": {"api_key": "k", "api_secret": {"env": "S"}}"#,
    r#""oidc": {"token_url": "https://login.example/token", "client_id": "c", "client_secret": {"env": "S"}}"#,
];

#[test]
fn whoever_gets_a_token_or_a_key_is_named_before_it_is_sent() {
    for security in NAMED {
        let recipients = with_security(security).recipients();
        let hosts: Vec<_> = recipients.iter().map(|it| it.host.as_str()).collect();
        if security.contains("oidc") {
            assert_eq!(hosts, ["b", "login.example"]);
        } else {
            assert_eq!(hosts, ["b"], "{security}");
        }
    }
    for security in [r#""plaintext": {}"#, r#""tls": {}"#] {
        assert_eq!(with_security(security).recipients(), [], "{security}");
    }
}

#[tokio::test]
async fn servers_are_reached_as_the_way_in_says() {
    for security in NAMED {
        let servers = with_security(security).servers().await.unwrap();
        assert_eq!(servers[0].tls, Some(crate::Trust::default()), "{security}");
        let others: Vec<_> = servers[1..].iter().map(Server::authority).collect();
        if security.contains("oidc") {
            assert_eq!(others, ["login.example:443"]);
        } else {
            assert_eq!(others, [""; 0], "{security}");
        }
    }
    let ours = with_security(r#""msk_iam": {"ca_certificate": "ca.pem"}"#);
    let trust = ours.servers().await.unwrap()[0].tls.clone().unwrap();
    assert_eq!(trust.ca_certificate, Some("ca.pem".into()));
    let clear = NAMED[3].replace("\"client_id\"", "\"tls\": false, \"client_id\"");
    let clear = with_security(&clear).servers().await.unwrap();
    assert_eq!(clear[0].tls, None);
}
