//! Where a destination is, and what people read when there is no way in.

use std::io::Write as _;

use super::*;

fn options(json: &str) -> Options {
    serde_json::from_str(&format!(r#"{{"topic": "projects/p/topics/top"{json}}}"#)).unwrap()
}

fn url(json: &str, environment: Option<&str>) -> String {
    let place = Place::resolve(&options(json), environment.map(str::to_owned));
    format!("{} {}", place.url, place.is_emulator)
}

#[test]
fn options_go_before_the_environment_and_that_before_a_region() {
    let host = Some("localhost:8085");
    assert_eq!(url("", None), "https://pubsub.googleapis.com false");
    assert_eq!(url("", Some(" ")), "https://pubsub.googleapis.com false");
    assert_eq!(url("", host), "http://localhost:8085 true");
    let region = r#", "region": "europe-west1""#;
    assert_eq!(
        url(region, None),
        "https://europe-west1-pubsub.googleapis.com false"
    );
    assert_eq!(url(region, host), "http://localhost:8085 true");
    let endpoint = r#", "endpoint": "https://pubsub.example.com/""#;
    assert_eq!(url(endpoint, host), "https://pubsub.example.com false");
    let emulator = r#", "emulator": "http://127.0.0.1:1""#;
    assert_eq!(url(emulator, host), "http://127.0.0.1:1 true");
}

#[test]
fn credentials_that_are_none_are_told_without_showing_them() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut told = |text: &str| {
        file.as_file_mut().set_len(0).unwrap();
        std::fs::write(file.path(), text).unwrap();
        file.flush().unwrap();
        let secret = SecretRef::File(file.path().to_owned());
        let error = written(&secret).map(drop).unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        error.message
    };
    assert_eq!(told("hunter2"), "`credentials` is no JSON");
    assert_eq!(
        told(r#"{"type": "password", "password": "hunter2"}"#),
        "`credentials` are of the type `password`, which is not known here"
    );
    let message = told(r#"{"type": "service_account", "private_key": "hunter2"}"#);
    assert!(
        message.starts_with("no credentials for Google Cloud: "),
        "{message}"
    );
}
