//! What people read when the way in is wrong.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use producers::{Destination as _, Error, Findings, kafka};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection};

use super::cluster::Mock;

fn check(options: &kafka::Options) -> Result<Findings, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(options.check())
}

#[test]
fn a_missing_topic_is_said_with_its_nearest_name() {
    let mock = Mock::new();
    let mut options = mock.options("");
    let findings = check(&options).unwrap();
    assert_eq!(findings[1].found, "`profiles` has 4 partitions");
    options.topic = "profils".to_owned();
    let error = check(&options).unwrap_err();
    assert!(error.message.ends_with("has no topic `profils`"), "{error}");
    assert_eq!(error.help.as_deref(), Some("did you mean `profiles`?"));
    options.topic = "weather".to_owned();
    let error = check(&options).unwrap_err();
    assert_eq!(
        error.help.as_deref(),
        Some("create it, or have it made with `create: true`; there is `profiles`")
    );
}

#[test]
fn nobody_there_and_no_such_host_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = listener.local_addr().unwrap().to_string();
    drop(listener);
    let mut options = Mock::new().options("");
    options.point_at(&nobody);
    let error = check(&options).unwrap_err();
    assert!(
        error
            .message
            .starts_with(&format!("cannot reach {nobody}: ")),
        "{error}"
    );
    assert!(error.message.contains("refused"), "{error}");
    options.point_at("no-such-host.invalid:9092");
    let error = check(&options).unwrap_err();
    let told = "cannot find the host of no-such-host.invalid:9092";
    assert!(error.message.starts_with(told), "{error}");
}

#[test]
fn settings_that_do_not_go_together_are_told() {
    let options = Mock::new().options(r#""idempotence": true, "acks": "leader""#);
    let error = check(&options).unwrap_err();
    assert!(
        error
            .message
            .starts_with("librdkafka refuses these settings: "),
        "{error}"
    );
}

/// What librdkafka does then costs a core; there is no property that would keep it from it.
#[test]
fn a_linger_that_is_shorter_than_the_round_trip_is_told_where_it_matters() {
    let mock = Mock::new();
    let slow = Duration::from_millis(40);
    mock.cluster.broker_round_trip_time(1, slow).unwrap();
    for (extra, is_told) in [
        (r#""idempotence": true"#, true),
        (
            r#""idempotence": true, "linger": "30s", "delivery_timeout": "1m""#,
            false,
        ),
        ("", false),
    ] {
        let findings = check(&mock.options(extra)).unwrap();
        let warnings = findings
            .iter()
            .filter_map(|finding| finding.warning.as_ref());
        let told = warnings.filter(|warning| warning.contains("with `linger: "));
        assert_eq!(told.count() == 1, is_told, "{extra}: {findings:?}");
    }
}

/// An address that leads to `inside`, except for the first who tries it.
fn reluctant(inside: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for client in listener.incoming().skip(1) {
            let (client, server) = (client.unwrap(), TcpStream::connect(&inside).unwrap());
            let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
            for (mut from, mut to) in [(client, server), back] {
                std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            }
        }
    });
    address
}

/// As where a name has several addresses: librdkafka takes another one with its next attempt.
#[test]
fn one_failed_attempt_is_not_the_end() {
    let mock = Mock::new();
    let mut options = mock.options("");
    options.point_at(&reluctant(mock.cluster.bootstrap_servers()));
    let findings = check(&options).unwrap();
    assert_eq!(findings[1].found, "`profiles` has 4 partitions");
}

/// Greets with a certificate for `localhost` that was good for a year from `year` on. The address, and a
/// file with the authority that has signed it.
fn greeting(year: i32) -> (u16, tempfile::NamedTempFile) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let mut leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    // Not the authority's own name, which would make it one.
    leaf.distinguished_name
        .push(DnType::CommonName, "localhost");
    leaf.not_before = rcgen::date_time_ymd(year, 1, 1);
    leaf.not_after = rcgen::date_time_ymd(year + 1, 1, 1);
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let _ = connection.complete_io(&mut client.unwrap());
        }
    });
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), ca).unwrap();
    (port, file)
}

#[test]
fn what_is_wrong_with_a_certificate_is_told() {
    for (year, host, why) in [
        (2001, "localhost", "has expired"),
        (2200, "localhost", "is not valid yet"),
    ] {
        let (port, ca) = greeting(year);
        let path = ca.path().display();
        let mut options = Mock::new().options(&format!(
            r#""security": {{"tls": {{"ca_certificate": "{path}"}}}}"#
        ));
        options.bootstrap_servers = format!("{host}:{port}");
        let error = check(&options).unwrap_err();
        let told =
            format!("no encrypted connection to {host}:{port}: the broker's certificate {why}");
        assert_eq!(error.message, told);
    }
}
