use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

use super::*;

/// A token endpoint that gives each answer once, and returns what it was asked.
fn endpoint(answers: Vec<(&'static str, String)>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let answer = |(status, body): (&'static str, String)| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = Vec::new();
            // The form has either of them at its end.
            let is_whole = |asked: &[u8]| {
                let asked = String::from_utf8_lossy(asked).into_owned();
                ["client_secret=", "scope=kafka"]
                    .iter()
                    .any(|last| asked.contains(last))
            };
            while !is_whole(&asked) {
                let mut buffer = [0; 4096];
                let count = stream.read(&mut buffer).unwrap();
                asked.extend_from_slice(&buffer[..count]);
            }
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status}\r\nRetry-After: 7\r\nContent-Length: {length}\r\n\
                 Connection: close\r\n\r\n{body}"
            )
            .unwrap();
            String::from_utf8_lossy(&asked).into_owned()
        };
        answers.into_iter().map(answer).collect()
    });
    (url, served)
}

fn credentials(url: &str, scope: Option<&str>) -> ClientCredentials {
    ClientCredentials {
        url: url.to_owned(),
        client_id: "app".to_owned(),
        client_secret: "hunter/2".to_owned().into(),
        shown: Shown::InForm,
        scope: scope.map(str::to_owned),
    }
}

fn http() -> reqwest::Client {
    http_client([]).build().unwrap()
}

async fn refused(status: &'static str, body: &str) -> (TokenError, String) {
    let (url, _) = endpoint(vec![(status, body.to_owned())]);
    let error = credentials(&url, None).token(&http()).await.unwrap_err();
    let shown = format!("{error} {error:?} {:?}", error.help("check"));
    assert!(!shown.contains("hunter"), "{shown}");
    (error, shown)
}

#[tokio::test]
async fn a_token_is_shared_until_it_is_renewed_or_refused() {
    let granted = |token: &str, seconds: &str| {
        let body = format!(r#"{{"access_token": "{token}", "expires_in": {seconds}}}"#);
        ("200 OK", body)
    };
    let answers = vec![
        granted("first", "0"),
        granted("second", "\"3600\""),
        granted("third", "3600.0"),
    ];
    let (url, served) = endpoint(answers);
    let tokens = Tokens::new(credentials(&url, Some("a b")), http());
    let next = async || tokens.get().await.unwrap();
    assert_eq!(next().await.value.expose_secret(), "first");
    // The first has no life left.
    let second = next().await;
    assert_eq!(second.value.expose_secret(), "second");
    let left = second.renew_at - Instant::now();
    assert!(
        left > Duration::from_mins(50) && left <= Duration::from_mins(55),
        "{left:?}"
    );
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    assert!(second.expires_at <= now + Duration::from_hours(1));
    assert!(second.expires_at > now + Duration::from_mins(50));
    // An older one that is refused says nothing about this one.
    tokens.forget(&"first".to_owned().into()).await;
    assert_eq!(next().await.value.expose_secret(), "second");
    tokens.forget(&second.value).await;
    assert_eq!(next().await.value.expose_secret(), "third");
    let asked = served.join().unwrap();
    assert!(
        asked[0].contains("grant_type=client_credentials"),
        "{asked:?}"
    );
    assert!(asked[0].contains("scope=a+b"), "{asked:?}");
    assert!(!format!("{tokens:?} {second:?}").contains("second"));
}

/// As RFC 6749 has it: id and secret are made a form's words, and then Basic. Nothing of them is in the form.
#[tokio::test]
async fn a_client_may_show_who_it_is_by_basic_authentication() {
    let body = r#"{"access_token": "t", "expires_in": 60}"#.to_owned();
    let (url, served) = endpoint(vec![("200 OK", body)]);
    let basic = ClientCredentials {
        client_id: "a:b c".to_owned(),
        shown: Shown::Basic,
        ..credentials(&url, Some("kafka"))
    };
    basic.token(&http()).await.unwrap();
    let asked = served.join().unwrap().concat();
    // `a%3Ab+c:hunter%2F2`
    let expected = "authorization: Basic YSUzQWIrYzpodW50ZXIlMkYy";
    assert!(asked.contains(expected), "{asked}");
    assert!(
        !asked.contains("client_id") && !asked.contains("client_secret"),
        "{asked}"
    );
    assert!(asked.contains("scope=kafka"), "{asked}");
}

#[tokio::test]
async fn a_service_that_does_not_say_how_long_is_asked_within_the_hour() {
    let (url, served) = endpoint(vec![("200 OK", r#"{"access_token": "x"}"#.to_owned())]);
    let token = credentials(&url, None).token(&http()).await.unwrap();
    assert!(token.renew_at < Instant::now() + Duration::from_hours(1));
    assert!(token.renew_at > Instant::now() + Duration::from_mins(30));
    assert!(!served.join().unwrap()[0].contains("scope="));
}

#[tokio::test]
async fn a_refusal_says_what_the_service_says_and_never_the_secret() {
    let body = r#"{"error": "invalid_client",
        "error_description": "AADSTS7000215: Invalid secret hunter/2.\r\nTrace ID: 1"}"#;
    let (error, shown) = refused("401 Unauthorized", body).await;
    let words = error.to_string();
    assert!(
        words.ends_with("gave no token: AADSTS7000215: Invalid secret ***."),
        "{words}"
    );
    assert!(error.is_final() && shown.contains("check"), "{shown}");
    // As it stood in the form.
    let (error, shown) = refused("403 Forbidden", "<p>client_secret=hunter%2F2</p>").await;
    assert!(
        error.to_string().ends_with("gave no token: 403 Forbidden"),
        "{shown}"
    );
    let TokenError::Refused(refused_) = &error else {
        panic!("{shown}")
    };
    assert_eq!(refused_.body, "<p>client_secret=***</p>");
    assert_eq!(refused_.headers["retry-after"], "7");
    for (status, body, is_final) in [
        ("429 Too Many Requests", "{}", false),
        ("503 Service Unavailable", "", false),
        ("302 Found", "", false),
        ("200 OK", r#"{"token": "hunter/2"}"#, false),
        ("400 Bad Request", r#"{"error": "invalid_scope"}"#, true),
    ] {
        let (error, shown) = refused(status, body).await;
        assert_eq!(error.is_final(), is_final, "{shown}");
    }
}

#[tokio::test]
async fn nobody_there_and_a_way_in_the_clear_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    drop(listener);
    let error = credentials(&url, None).token(&http()).await.unwrap_err();
    let words = error.to_string();
    assert!(
        words.starts_with(&format!("cannot get a token from {url}")),
        "{words}"
    );
    assert!(words.contains("refused") && !error.is_final(), "{words}");

    let strange = credentials("http://ims.example/token", None);
    let error = strange.token(&http()).await.unwrap_err();
    assert!(
        matches!(error, TokenError::InClear(_)) && error.is_final(),
        "{error}"
    );
    assert!(error.help("check").unwrap().contains("https://"));
}

#[test]
fn a_token_is_renewed_before_it_expires() {
    let seconds = |life| use_for(Duration::from_secs(life)).as_secs();
    assert_eq!(seconds(86_399), 86_399 - 300);
    assert_eq!(seconds(100), 75);
    assert_eq!(seconds(0), 0);
}
