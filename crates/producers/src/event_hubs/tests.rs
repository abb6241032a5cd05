use std::io::Write as _;

use options::Location;
use secrecy::ExposeSecret as _;

use super::*;

const STRING: &str = "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=send;\
                      SharedAccessKey=hunter2=";

/// Options whose connection string is in a file.
fn with(string: &str, rest: &str) -> (Options, tempfile::NamedTempFile) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{string}").unwrap();
    let path = file.path().display();
    let json = format!(r#"{{"connection_string": {{"file": "{path}"}}{rest}}}"#);
    (serde_json::from_str(&json).unwrap(), file)
}

fn found(options: &Options) -> Vec<String> {
    let mut problems = Problems::new();
    options.problems(&Location::root().join("event_hubs"), &mut problems);
    problems
        .into_iter()
        .map(|problem| format!("{}: {}", problem.at, problem.message))
        .collect()
}

fn setting(options: &Options, name: &str) -> Option<String> {
    let endpoint = options.endpoint().unwrap();
    let found = endpoint.way_in.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| value.expose_secret().to_owned())
}

#[test]
fn a_connection_string_becomes_the_password_as_it_stands() {
    let (options, _file) = with(STRING, r#", "hub": "profiles""#);
    assert_eq!(found(&options), [""; 0]);
    assert_eq!(
        options.endpoint().unwrap().bootstrap,
        "ns.servicebus.windows.net:9093"
    );
    assert_eq!(
        setting(&options, "security.protocol").as_deref(),
        Some("sasl_ssl")
    );
    assert_eq!(
        setting(&options, "sasl.username").as_deref(),
        Some("$ConnectionString")
    );
    assert_eq!(setting(&options, "sasl.password").as_deref(), Some(STRING));
    assert_eq!(
        setting(&options, "ssl.ca.location").as_deref(),
        Some("probe")
    );
    assert_eq!(
        options.describe(),
        "event hub profiles at ns.servicebus.windows.net:9093"
    );
    let source = options.source().unwrap();
    assert_eq!(
        (source.namespace.as_str(), source.hub.as_str()),
        ("ns", "profiles")
    );
    let Credential::SharedAccessKey { name, key } = &source.credential else {
        panic!()
    };
    assert_eq!((name.as_str(), key.expose_secret()), ("send", "hunter2="));
    let all = format!(
        "{options:?} {source:?} {}",
        serde_json::to_string(&options).unwrap()
    );
    assert!(!all.contains("hunter2"), "{all}");
}

#[test]
fn the_emulators_string_goes_without_encryption() {
    let string = "Endpoint=sb://localhost;SharedAccessKeyName=n;SharedAccessKey=k;\
                  UseDevelopmentEmulator=true;";
    let (options, _file) = with(string, r#", "hub": "eh1""#);
    assert_eq!(options.endpoint().unwrap().bootstrap, "localhost:9092");
    assert_eq!(
        setting(&options, "security.protocol").as_deref(),
        Some("sasl_plaintext")
    );
    let (moved, _file) = with(
        string,
        r#", "hub": "eh1", "bootstrap_servers": "localhost:1""#,
    );
    assert_eq!(moved.endpoint().unwrap().bootstrap, "localhost:1");
}

#[test]
fn the_key_of_an_emulator_elsewhere_does_not_go_there_in_the_clear() {
    let at = |host: &str, key: &str| {
        let string = format!(
            "Endpoint=sb://{host};SharedAccessKeyName=n;SharedAccessKey={key};UseDevelopmentEmulator=true;"
        );
        let (options, _file) = with(&string, r#", "hub": "eh1""#);
        let told = found(&options);
        let refused = options.endpoint().err();
        assert_eq!(told.is_empty(), refused.is_none(), "{told:?}");
        refused.map(|error| (error.message, error.help.unwrap_or_default()))
    };
    let (message, help) = at("emulator.example", "hunter2").unwrap();
    assert_eq!(
        message,
        "a secret would be sent to `emulator.example` without TLS, for everybody to read"
    );
    assert!(
        help.contains("HYDRANT_ALLOW_HTTP=emulator.example"),
        "{help}"
    );
    assert_eq!(at("localhost", "hunter2"), None);
    // Microsoft's documentation has it: it is no secret.
    assert_eq!(at("emulator.example", "SAS_KEY_VALUE"), None);
}

#[test]
fn a_secret_of_entra_does_not_go_in_the_clear() {
    let json = r#"{"namespace": "ns", "hub": "h", "entra": {"tenant_id": "t", "client_id": "c",
        "client_secret": {"env": "PATH"}, "authority": "http://login.example"}}"#;
    let options: Options = serde_json::from_str(json).unwrap();
    let expected = "event_hubs.entra.authority: a secret would be sent to `login.example` over `http://`, \
                    for everybody to read";
    assert_eq!(found(&options), [expected]);
}

#[test]
fn the_port_for_amqp_is_told() {
    for (host, kafka) in [
        ("localhost:5672", 9092),
        ("ns.servicebus.windows.net:5671", 9093),
    ] {
        let string = format!(
            "Endpoint=sb://{host};SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator={}",
            kafka == 9092
        );
        let (options, _file) = with(&string, r#", "hub": "eh1""#);
        let mut problems = Problems::new();
        options.problems(&Location::root(), &mut problems);
        let [problem] = &problems[..] else {
            panic!("{problems:?}")
        };
        assert!(
            problem
                .message
                .ends_with("is the one for AMQP; Hydrant speaks Kafka")
        );
        let help = problem.help.as_deref().unwrap();
        assert!(help.contains(&kafka.to_string()), "{help}");
        let (moved, _file) = with(
            &string,
            r#", "hub": "eh1", "bootstrap_servers": "localhost:9092""#,
        );
        assert_eq!(found(&moved), [""; 0]);
    }
}

#[test]
fn the_hub_can_stand_in_the_connection_string_and_must_agree() {
    let string = format!("{STRING};EntityPath=profiles");
    let (options, _file) = with(&string, "");
    assert_eq!(found(&options), [""; 0]);
    assert_eq!(options.hub().unwrap(), "profiles");
    let (options, _file) = with(&string, r#", "hub": "others""#);
    let wrong = "event_hubs.hub: the connection string is for the hub `profiles` only";
    assert_eq!(found(&options), [wrong]);
    let (options, _file) = with(STRING, "");
    assert_eq!(found(&options), ["event_hubs: the event hub is not named"]);
}

#[test]
fn exactly_one_way_in_is_wanted() {
    let none: Options = serde_json::from_str(r#"{"hub": "h"}"#).unwrap();
    assert_eq!(
        found(&none),
        ["event_hubs: there is no way into the namespace"]
    );
    let (both, _file) = with(STRING, r#", "hub": "h", "namespace": "ns""#);
    let wrong = "event_hubs: there are two ways in: `connection_string` and another";
    assert_eq!(found(&both), [wrong]);
    let (bad, _file) = with(
        "hunter2",
        r#", "hub": "h", "compression": "zstd", "batch_size": "2 MB""#,
    );
    let expected = [
        "event_hubs.connection_string: this is no connection string: a part of it has no `=`",
        "event_hubs.compression: Event Hubs takes `gzip` and no other compression",
        "event_hubs.batch_size: `batch_size` is more than Event Hubs takes at once",
    ];
    assert_eq!(found(&bad), expected);
}

#[test]
fn on_a_stand_in_no_secret_is_needed() {
    let mut options: Options =
        serde_json::from_str(r#"{"connection_string": {"env": "NO_SUCH_THING"}, "hub": "h"}"#)
            .unwrap();
    assert!(options.endpoint().is_err());
    options.point_at("127.0.0.1:1");
    assert_eq!(found(&options), [""; 0]);
    let endpoint = options.endpoint().unwrap();
    assert_eq!(
        (endpoint.bootstrap.as_str(), endpoint.topic.as_str()),
        ("127.0.0.1:1", "h")
    );
    assert!(endpoint.way_in.is_empty());
    assert_eq!(options.source().unwrap().namespace, "sandbox");
}

#[test]
fn entra_asks_for_a_token_of_the_namespace() {
    let (_, file) = with("s3cret", "");
    let options: Options = serde_json::from_str(&format!(
        r#"{{"namespace": "ns", "hub": "h", "entra": {{"tenant_id": "t", "client_id": "c",
             "client_secret": {{"file": "{}"}}, "authority": "https://login.example/"}}}}"#,
        file.path().display()
    ))
    .unwrap();
    assert_eq!(found(&options), [""; 0]);
    let host = options.host().unwrap();
    let request = options.entra.as_ref().unwrap().request(&host).unwrap();
    assert_eq!(request.url, "https://login.example/t/oauth2/v2.0/token");
    let scope = "https://ns.servicebus.windows.net/.default";
    assert_eq!(request.scope.as_deref(), Some(scope));
    assert_eq!(
        options.describe(),
        "event hub h at ns.servicebus.windows.net:9093"
    );
    assert!(matches!(
        options.source().unwrap().credential,
        Credential::Entra { .. }
    ));
}

/// Microsoft's recommendations, and everything else this producer sets, are properties that
/// librdkafka has.
#[test]
fn librdkafka_takes_all_settings() {
    let (options, _file) = with(
        STRING,
        r#", "hub": "h", "idempotence": true, "compression": "gzip""#,
    );
    options
        .endpoint()
        .unwrap()
        .config("test")
        .map(drop)
        .unwrap();
}
