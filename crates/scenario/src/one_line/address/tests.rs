use super::*;

fn unset(_: &str) -> Option<String> {
    None
}

fn options(address: &str) -> (String, Vec<String>) {
    let found = destination(address, &unset).unwrap_or_else(|it| panic!("{address}: {it:?}"));
    let lines = found.options.iter();
    let lines = lines.map(|(key, value)| format!("{key}: {value}"));
    (found.word.to_owned(), lines.collect())
}

#[test]
fn an_address_says_where() {
    for (address, word, expected) in [
        (
            "kafka://localhost:9092/profiles",
            "kafka",
            &[
                "bootstrap_servers: \"localhost:9092\"",
                "topic: \"profiles\"",
            ][..],
        ),
        (
            "kafka://a,b:9093,[::1]/t?create=true&linger=20ms&security.tls={}",
            "kafka",
            &[
                "bootstrap_servers: \"a:9092,b:9093,[::1]:9092\"",
                "topic: \"t\"",
                "create: true",
                "linger: 20ms",
                "security.tls: {}",
            ],
        ),
        (
            "kafka://b/t?security.sasl.password.env=KAFKA_PASSWORD",
            "kafka",
            &[
                "bootstrap_servers: \"b:9092\"",
                "topic: \"t\"",
                "security.sasl.password.env: KAFKA_PASSWORD",
            ],
        ),
        (
            "eventhubs://ns/profiles",
            "event_hubs",
            &[
                "hub: \"profiles\"",
                "connection_string.env: EVENT_HUBS_CONNECTION_STRING",
            ],
        ),
        (
            "kinesis://eu-west-1/profiles",
            "kinesis",
            &["region: \"eu-west-1\"", "stream: \"profiles\""],
        ),
        ("kinesis:///profiles", "kinesis", &["stream: \"profiles\""]),
        (
            "pubsub://p/t",
            "pubsub",
            &["project: \"p\"", "topic: \"t\""],
        ),
        (
            "https://dcs.adobedc.net/collection/abc?x-adobe-flow-id=f",
            "http_api",
            &[
                "inlet_url: \"https://dcs.adobedc.net/collection/abc\"",
                "flow_id: f",
            ],
        ),
        (
            "https://dcs.adobedc.net/collection/a@b",
            "http_api",
            &["inlet_url: \"https://dcs.adobedc.net/collection/a@b\""],
        ),
        ("file:people.ndjson", "file", &["path: \"people.ndjson\""]),
        (
            "file:///tmp/a@b/people?compression=zstd",
            "file",
            &["path: \"/tmp/a@b/people\"", "compression: zstd"],
        ),
        ("discard:", "discard", &[]),
        ("discard:?latency=5ms", "discard", &["latency: 5ms"]),
    ] {
        let (found, lines) = options(address);
        assert_eq!(
            (found.as_str(), &lines[..]),
            (word, &owned(expected)[..]),
            "{address}"
        );
    }
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|&line| line.to_owned()).collect()
}

#[test]
fn a_value_is_what_is_written() {
    for (value, yaml) in [
        ("20ms", "20ms"),
        ("-1.5", "-1.5"),
        ("certs/my-ca.pem", "certs/my-ca.pem"),
        ("{a: [b, 1]}", "{a: [b, 1]}"),
        ("[a, ${B}]", "[a, $${B}]"),
        ("", "true"),
        ("a #b", "\"a #b\""),
        ("a: b", "\"a: b\""),
        ("host:9092", "\"host:9092\""),
        ("${HOME}", "\"$${HOME}\""),
        ("-", "\"-\""),
        ("---", "\"---\""),
        ("- a", "\"- a\""),
    ] {
        assert_eq!(option("x", value).unwrap(), yaml, "{value}");
    }
    for first in "@&*!|>%`'\"#,?".chars() {
        let value = format!("{first}a");
        assert_eq!(option("x", &value).unwrap(), quoted(&value));
    }
}

#[test]
fn nothing_is_said_twice() {
    for (address, words) in [
        ("kafka://b/t?linger=1ms&linger=2ms", "says `linger` twice"),
        (
            "kafka://b/t?security.tls={}&security.tls.ca_certificate=x",
            "says `security.tls.ca_certificate` twice",
        ),
        (
            "kafka://b/t?topic=u",
            "says `topic` already, before its `?`",
        ),
        ("eventhubs://n/h?hub.x=u", "says `hub` already"),
        (
            "https://h/x?flow_id=f&x-adobe-flow-id=g",
            "says `flow_id` twice",
        ),
    ] {
        let refused = destination(address, &unset).unwrap_err();
        assert!(refused.message.contains(words), "{address}: {refused:?}");
    }
    let (_, lines) = options("kafka://b/t?properties.a=1&properties.a.b=2&linger=1ms&linger_x=2");
    assert_eq!(lines.len(), 6, "{lines:?}");
    // Another variable than the usual one.
    let (_, lines) = options("eventhubs://n/h?connection_string.env=OTHER");
    assert_eq!(lines, ["hub: \"h\"", "connection_string.env: OTHER"]);
}

#[test]
fn credentials_of_event_hubs_come_from_where_they_are() {
    let azure = |name: &str| name.starts_with("AZURE_").then(|| "x".to_owned());
    let found = destination("eventhubs://ns/hub", &azure).unwrap();
    let keys: Vec<_> = found.options.iter().map(|(key, _)| key.as_str()).collect();
    assert!(keys.contains(&"entra.client_secret.env"), "{keys:?}");
    let string = "Endpoint=sb://other.servicebus.windows.net/;SharedAccessKey=hunter2";
    let other = |name: &str| name.starts_with("EVENT_HUBS").then(|| string.to_owned());
    let refused = destination("eventhubs://ns/hub", &other).unwrap_err();
    assert!(refused.message.contains("`other`"), "{refused:?}");
    assert!(!format!("{refused:?}").contains("hunter2"));
    assert!(destination("eventhubs://other/hub", &other).is_ok());
    for (string, namespace) in [
        ("Endpoint=sb://ns.servicebus.windows.net/;x", Some("ns")),
        ("Endpoint=sb://ns.servicebus.chinacloudapi.cn;x", Some("ns")),
        ("Endpoint=sb://ns.servicebus.usgovcloudapi.net/", Some("ns")),
        ("Endpoint=sb://localhost;UseDevelopmentEmulator=true", None),
    ] {
        assert_eq!(namespace_of(string), namespace, "{string}");
    }
}

#[test]
fn what_is_no_address_is_refused_and_no_password_repeated() {
    for (address, words) in [
        ("kafka://user:hunter2@host/t", "no user and no password"),
        ("https://user:hunter2@host/x", "no user and no password"),
        (
            "kafka://user:hunter2/x@host:9092/t",
            "no user and no password",
        ),
        ("kafka:user:x/hunter2@host/t", "no user and no password"),
        (
            "kafka://user:a?hunter2@host:9092/t",
            "no user and no password",
        ),
        (
            "kafka://user:a?b&hunter2@h/t?x=1",
            "no user and no password",
        ),
        (
            "pubsub://user:a/b?hunter2@host/t",
            "no user and no password",
        ),
        ("https://user:a/b?hunter2@host/t", "no user and no password"),
        ("kafka://user:hunter2/t", "is not a port"),
        ("kafka://user:hunter2/b?c=d@host/t", "is not a port"),
        ("kafka://h/t?security.sasl.password=hunter2", "is a secret"),
        (
            "eventhubs://n/h?connection_string=Endpoint=sb://x;SharedAccessKey=hunter2",
            "is a secret",
        ),
        (
            "Endpoint=sb://x/;SharedAccessKey=hunter2",
            "not the address",
        ),
        ("kafak://hunter2/t", "did you mean `kafka:`"),
        ("kafka://host", "lacks a topic"),
        ("kafka:///topic", "lacks a broker"),
        ("eventhubs://", "lacks a namespace"),
        ("pubsub://project/", "lacks a topic"),
        ("https://host", "a host and a path"),
    ] {
        let refused = destination(address, &unset).unwrap_err();
        assert!(refused.message.contains(words), "{address}: {refused:?}");
        assert!(!format!("{refused:?}").contains("hunter2"), "{refused:?}");
        assert!(is_address(address), "{address}");
    }
    for file in ["scenario.yaml", "a/b:c.yaml", "C:\\x.yaml", "-"] {
        assert!(!is_address(file), "{file}");
    }
}
