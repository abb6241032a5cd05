use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;

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

/// Answers one request for a token, over HTTP/1.1.
fn token_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
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
        reader.read_exact(&mut vec![0; length]).unwrap();
        let body = r#"{"access_token": "abc", "expires_in": 3600, "token_type": "Bearer"}"#;
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream
            .write_all(format!("{head}{body}").as_bytes())
            .unwrap();
    });
    format!("http://{address}/token")
}

#[tokio::test]
async fn a_users_credentials_become_a_token() {
    let user = json!({
        "type": "authorized_user",
        "client_id": "c",
        "client_secret": "s",
        "refresh_token": "r",
        "token_uri": token_server(),
    });
    let credentials = credentials(&options(&user.to_string())).unwrap();
    let headers = credentials.headers(Extensions::new()).await.unwrap();
    let CacheableResource::New { data, .. } = headers else {
        panic!("no token");
    };
    assert_eq!(data["authorization"], "Bearer abc");
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
