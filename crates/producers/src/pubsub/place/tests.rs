//! Where a destination is, and what people read when there is no way in.

use std::io::Write as _;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa;
use base64_simd::{STANDARD, URL_SAFE_NO_PAD};
use google_cloud_auth::credentials::CacheableResource;
use serde_json::{Value, json};

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
        let error = written(&secret, SCOPE).map(drop).unwrap_err();
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

/// The key file of a service account, with a key of our own.
fn service_account() -> Value {
    let key = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
    let der = STANDARD.encode_to_string(key.as_der().unwrap().as_ref());
    let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    json!({
        "type": "service_account",
        "client_email": "load@test.iam.gserviceaccount.com",
        "private_key_id": "1",
        "private_key": format!("{begin}\n{der}\n{end}\n"),
        "project_id": "test",
    })
}

/// What a token is good for that a service account has signed for itself.
async fn scope_of(credentials: &Credentials) -> String {
    let headers = credentials.headers(Extensions::new()).await.unwrap();
    let CacheableResource::New { data, .. } = headers else {
        panic!("no token");
    };
    let token = data["authorization"].to_str().unwrap();
    let claims = token.split('.').nth(1).unwrap();
    let claims = URL_SAFE_NO_PAD.decode_to_vec(claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims["scope"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_makes_tokens_for_another_account_has_the_scope_that_takes() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), service_account().to_string()).unwrap();
    let mut options = options("");
    options.credentials = Some(SecretRef::File(file.path().to_owned()));
    let own = source(&options).unwrap();
    assert_eq!(scope_of(&own).await, SCOPE);

    options.impersonate = Some("robot@test.iam.gserviceaccount.com".to_owned());
    let source = source(&options).unwrap();
    assert_eq!(scope_of(&source).await, SCOPE_TO_IMPERSONATE);
}
