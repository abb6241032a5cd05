use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use google_cloud_auth::credentials::CacheableResource;
use serde_json::json;

use super::*;
use crate::pubsub::Subscription;

fn options(credentials: &str) -> PubsubOptions {
    PubsubOptions {
        url: "https://pubsub.googleapis.com/".to_owned(),
        access: Access::Google {
            credentials: Some(credentials.to_owned().into()),
            impersonate: None,
        },
        subscription: Subscription::Existing("projects/p/subscriptions/s".to_owned()),
        streams: None,
    }
}

#[test]
fn credentials_that_are_none_are_told_and_not_shown() {
    for (written, told) in [
        ("hunter2", "the credentials are no JSON"),
        (
            r#"{"type": "magic", "password": "hunter2"}"#,
            "the credentials are of the type `magic`, which is not known here",
        ),
        (
            r#"{"type": "service_account", "private_key": "hunter2"}"#,
            "no credentials: ",
        ),
    ] {
        let options = options(written);
        let error = credentials(&options).unwrap_err();
        assert_eq!(error.what, "the subscription `projects/p/subscriptions/s`");
        assert!(error.message.starts_with(told), "{error}");
        assert!(!format!("{error} {error:?} {options:?}").contains("hunter2"));
    }
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
    let credentials = credentials(&options(&user.to_string())).unwrap();
    let headers = credentials.headers(Extensions::new()).await.unwrap();
    let CacheableResource::New { data, .. } = headers else {
        panic!("no token");
    };
    assert_eq!(data["authorization"], "Bearer abc");
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
    let mut options = options(&elsewhere.to_string());
    if let Access::Google {
        impersonate: who, ..
    } = &mut options.access
    {
        *who = impersonate.map(str::to_owned);
    }
    let source = source(&options).unwrap();
    source.headers(Extensions::new()).await.unwrap();
    // The first request is for what they have elsewhere.
    let asked = told.iter().nth(1).unwrap();
    let scope = asked.split('&').find_map(|it| it.strip_prefix("scope="));
    scope.unwrap().replace("%3A", ":").replace("%2F", "/")
}

#[tokio::test]
async fn whoever_makes_tokens_for_another_account_has_the_scope_that_takes() {
    assert_eq!(scope_asked_for(None).await, SCOPE);
    let robot = Some("robot@test.iam.gserviceaccount.com");
    assert_eq!(scope_asked_for(robot).await, SCOPE_TO_IMPERSONATE);
}

#[test]
fn addresses_and_streams() {
    let google = options("{}");
    assert_eq!(google.url(), "https://pubsub.googleapis.com");
    assert_eq!(google.streams(), 4);
    let emulator = PubsubOptions {
        access: Access::Anonymous,
        ..options("{}")
    };
    assert_eq!(emulator.streams(), 1);
}
