//! Where a destination is.

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
fn a_bucket_is_not_the_service() {
    for own in [
        "pubsub.googleapis.com",
        "europe-west1-pubsub.googleapis.com",
        "pubsub.me-central2.rep.googleapis.com",
        "pubsub.mtls.googleapis.com",
        "pubsub-mine.p.googleapis.com",
    ] {
        assert!(is_googles(own), "{own}");
    }
    for other in [
        "googleapis.com",
        "pubsub.storage.googleapis.com",
        "mine-pubsub.storage.googleapis.com",
        "mine.storage.googleapis.com",
        "pubsub.googleapis.com.evil.example",
    ] {
        assert!(!is_googles(other), "{other}");
    }
}
