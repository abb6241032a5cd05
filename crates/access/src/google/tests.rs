use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa;
use base64_simd::{STANDARD, URL_SAFE_NO_PAD};
use google_cloud_auth::credentials::CacheableResource;
use http::Extensions;
use serde_json::{Value, json};

use super::*;

const SCOPE: &str = "https://www.googleapis.com/auth/pubsub";
const URL: &str = "https://pubsub.googleapis.com";

fn options<'a>(json: &'a SecretString, impersonate: Option<&'a str>) -> Options<'a> {
    Options {
        json: Some(json),
        impersonate,
        scope: SCOPE,
    }
}

#[test]
fn credentials_that_are_none_are_told_and_not_shown() {
    for (written, told) in [
        ("hunter2", "`credentials` is no JSON"),
        (
            r#"{"type": "magic", "password": "hunter2"}"#,
            "`credentials` are of the type `magic`, which is not known here",
        ),
        (
            r#"{"type": "service_account", "private_key": "hunter2"}"#,
            "no credentials for Google Cloud: ",
        ),
    ] {
        let json = written.to_owned().into();
        let options = options(&json, None);
        let error = options.credentials(URL).unwrap_err();
        assert!(error.message.starts_with(told), "{error}");
        assert!(!format!("{error:?} {options:?}").contains("hunter2"));
    }
}

#[test]
fn a_token_does_not_go_in_the_clear() {
    let json = "{}".to_owned().into();
    let error = options(&json, None).credentials("http://pubsub.example");
    let error = error.unwrap_err();
    assert!(error.message.contains("`pubsub.example`"), "{error}");
    assert!(error.help.unwrap().contains("https://"));
}

async fn headers(credentials: &Credentials) -> http::HeaderMap {
    match credentials.headers(Extensions::new()).await.unwrap() {
        CacheableResource::New { data, .. } => data,
        CacheableResource::NotModified => panic!("no token"),
    }
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
async fn scope_signed_for(impersonate: Option<&str>) -> String {
    let json = service_account().to_string().into();
    let source = options(&json, impersonate).source().unwrap();
    let headers = headers(&source).await;
    let token = headers["authorization"].to_str().unwrap();
    let claims = token.split('.').nth(1).unwrap();
    let claims = URL_SAFE_NO_PAD.decode_to_vec(claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims["scope"].as_str().unwrap().to_owned()
}

/// Answers so many requests for a token, over HTTP/1.1, and tells what was in them.
fn token_server(requests: usize) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (bodies, told) = channel();
    std::thread::spawn(move || {
        for _ in 0..requests {
            let mut stream = listener.accept().unwrap().0;
            let mut length = 0;
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(it) = line.to_lowercase().strip_prefix("content-length:") {
                    length = it.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let _ = bodies.send(String::from_utf8(body).unwrap());
            let answer = r#"{"access_token": "abc", "expires_in": 3600, "token_type": "Bearer",
                             "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"}"#;
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\
                 content-length: {}\r\n\r\n",
                answer.len()
            );
            stream
                .write_all(format!("{head}{answer}").as_bytes())
                .unwrap();
        }
    });
    (format!("http://{address}/token"), told)
}

#[tokio::test]
async fn a_users_credentials_become_a_token() {
    let user = json!({
        "type": "authorized_user",
        "client_id": "c",
        "client_secret": "s",
        "refresh_token": "r",
        "token_uri": token_server(1).0,
    });
    let json = user.to_string().into();
    let credentials = options(&json, None).credentials(URL).unwrap();
    assert_eq!(headers(&credentials).await["authorization"], "Bearer abc");
}

/// The scope that a token is asked for by somebody from elsewhere.
async fn scope_asked_for(impersonate: Option<&str>) -> String {
    let (url, told) = token_server(2);
    let elsewhere = json!({
        "type": "external_account",
        "audience": "pool",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": url,
        "credential_source": {"url": url},
    });
    let json = elsewhere.to_string().into();
    headers(&options(&json, impersonate).source().unwrap()).await;
    // The first request is for what they have elsewhere.
    let asked = told.iter().nth(1).unwrap();
    let scope = asked.split('&').find_map(|it| it.strip_prefix("scope="));
    scope.unwrap().replace("%3A", ":").replace("%2F", "/")
}

#[tokio::test]
async fn whoever_makes_tokens_for_another_account_has_the_scope_that_takes() {
    let robot = Some("robot@test.iam.gserviceaccount.com");
    for (impersonate, scope) in [(None, SCOPE), (robot, SCOPE_TO_IMPERSONATE)] {
        assert_eq!(scope_asked_for(impersonate).await, scope);
        assert_eq!(scope_signed_for(impersonate).await, scope);
    }
}

#[tokio::test]
async fn whose_credentials_they_are_stands_in_them() {
    let robot = "robot@test.iam.gserviceaccount.com";
    let url = format!(
        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{robot}:generateAccessToken"
    );
    for (json, expected) in [
        (
            json!({"client_email": "load@test.iam.gserviceaccount.com"}),
            Some("load@test.iam.gserviceaccount.com"),
        ),
        (
            json!({"service_account_impersonation_url": url}),
            Some(robot),
        ),
        (json!({"type": "authorized_user", "client_id": "x"}), None),
    ] {
        let json = json.to_string().into();
        let found = options(&json, None).account().await;
        assert_eq!(found.as_deref(), expected);
        let named = options(&json, Some("other")).account().await;
        assert_eq!(named.as_deref(), Some("other"));
    }
}
