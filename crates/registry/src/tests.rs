//! Against a server that answers as it is told.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use records::format::SchemaKind;

use super::*;

type Heard = Arc<Mutex<Vec<String>>>;

/// A registry that gives these answers one after the other; what it is asked is noted.
async fn scripted(answers: &[(u16, &str)]) -> (RegistryOptions, Heard) {
    let mut answers: Vec<_> = answers
        .iter()
        .map(|(status, body)| (*status, (*body).to_owned()))
        .collect();
    answers.reverse();
    let answers = Arc::new(Mutex::new(answers));
    let heard = Heard::default();
    let noted = Arc::clone(&heard);
    let app = Router::new().fallback(
        move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let (status, answer) = answers.lock().unwrap().pop().unwrap();
            let login = headers
                .get("authorization")
                .map_or("", |it| it.to_str().unwrap());
            let body = String::from_utf8(body.to_vec()).unwrap();
            noted
                .lock()
                .unwrap()
                .push(format!("{method} {uri} {login} {body}"));
            async move { (StatusCode::from_u16(status).unwrap(), answer) }
        },
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let options = RegistryOptions {
        url,
        ..RegistryOptions::default()
    };
    (options, heard)
}

fn schema() -> Registration {
    Registration {
        kind: SchemaKind::Avro,
        name: "a.B".to_owned(),
        text: "\"string\"".to_owned(),
    }
}

const NO_SUBJECT: (u16, &str) = (
    404,
    r#"{"error_code": 40401, "message": "Subject 'a/b' not found."}"#,
);

#[tokio::test]
async fn a_schema_that_is_not_there_is_registered() {
    let (options, heard) = scripted(&[NO_SUBJECT, (200, r#"{"id": 7}"#)]).await;
    let registered = settle(&options, "a/b value", &schema()).await.unwrap();
    assert_eq!(
        registered,
        Registered {
            id: 7,
            schema: None
        }
    );
    let heard = heard.lock().unwrap();
    assert_eq!(
        heard[0],
        r#"POST /api/subjects/a%2Fb%20value  {"schema":"\"string\""}"#
    );
    assert_eq!(
        heard[1],
        r#"POST /api/subjects/a%2Fb%20value/versions  {"schema":"\"string\""}"#
    );
}

#[tokio::test]
async fn nothing_is_registered_unasked() {
    let (mut options, heard) = scripted(&[NO_SUBJECT]).await;
    options.auto_register = Some(false);
    let error = settle(&options, "s", &schema()).await.unwrap_err();
    assert!(error.help().is_some());
    assert_eq!(
        error.to_string(),
        "the schema is not registered under the subject `s`: POST /api/subjects/s: 404 (40401): Subject 'a/b' not found."
    );
    assert_eq!(heard.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn the_registrys_own_schema_is_taken() {
    let found = r#"{"subject": "s", "version": 3, "id": 9, "schema": "{}"}"#;
    let other = found.replace("\"id\"", "\"schemaType\": \"JSON\", \"id\"");
    let (mut options, heard) = scripted(&[(200, found), (200, &other), (200, &other)]).await;
    options.version = Some(Version::Number(3));
    options.token = Some(options::SecretRef::Env("CARGO_PKG_NAME".to_owned()));
    let registered = settle(&options, "s", &schema()).await.unwrap();
    assert_eq!(
        registered,
        Registered {
            id: 9,
            schema: Some("{}".to_owned())
        }
    );
    assert!(heard.lock().unwrap()[0].starts_with("GET /api/subjects/s/versions/3 Bearer "));
    let error = settle(&options, "s", &schema()).await.unwrap_err();
    assert!(matches!(error, Error::OtherKind { .. }), "{error}");
    let error = look(&options, "s", &schema()).await.unwrap_err();
    assert!(matches!(error, Error::OtherKind { .. }), "{error}");
}

#[tokio::test]
async fn a_look_changes_nothing() {
    let missing = (
        404,
        r#"{"error_code": 40403, "message": "Schema not found"}"#,
    );
    let latest = (200, r#"{"id": 1, "schema": "{}"}"#);
    let no = (
        200,
        r#"{"is_compatible": false, "messages": ["READER_FIELD_MISSING_DEFAULT_VALUE"]}"#,
    );
    let (options, heard) = scripted(&[
        NO_SUBJECT,
        NO_SUBJECT,
        missing,
        latest,
        no,
        (200, r#"{"id": 4}"#),
    ])
    .await;
    assert_eq!(
        look(&options, "s", &schema()).await.unwrap(),
        Look::NoSubject
    );
    let reasons = vec!["READER_FIELD_MISSING_DEFAULT_VALUE".to_owned()];
    assert_eq!(
        look(&options, "s", &schema()).await.unwrap(),
        Look::Incompatible(reasons)
    );
    assert_eq!(
        look(&options, "s", &schema()).await.unwrap(),
        Look::There { id: 4 }
    );
    let heard = heard.lock().unwrap();
    assert!(
        heard[4].starts_with("POST /api/compatibility/subjects/s/versions/latest?verbose=true ")
    );
    assert!(
        !heard
            .iter()
            .any(|call| call.starts_with("POST /api/subjects/s/versions"))
    );
}

#[tokio::test]
async fn refusals_are_told_in_the_registrys_words_without_secrets() {
    let (mut options, heard) = scripted(&[
        (401, "no entry for hunter22"),
        (409, r#"{"error_code": 409, "message": "incompatible"}"#),
        (200, "{}"),
    ])
    .await;
    let path = std::env::temp_dir().join(format!("registry-{}", std::process::id()));
    std::fs::write(&path, "hunter22").unwrap();
    options.username = Some("me".to_owned());
    options.password = Some(options::SecretRef::File(path.clone()));
    let error = settle(&options, "s", &schema()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "POST /api/subjects/s: 401: no entry for ***"
    );
    assert!(heard.lock().unwrap()[0].contains(" Basic "));
    let error = settle(&options, "s", &schema()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "POST /api/subjects/s: 409 (409): incompatible"
    );
    let error = settle(&options, "s", &schema()).await.unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "{error}");
    std::fs::remove_file(path).unwrap();
    let nobody = RegistryOptions {
        url: "http://127.0.0.1:9".to_owned(),
        ..RegistryOptions::default()
    };
    let error = settle(&nobody, "s", &schema()).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("cannot reach the schema registry at http://127.0.0.1:9/"),
        "{error}"
    );
}

#[tokio::test]
async fn a_schema_that_does_not_fit_is_not_registered() {
    let missing = (
        404,
        r#"{"error_code": 40403, "message": "Schema not found"}"#,
    );
    let fits = (200, r#"{"is_compatible": true}"#);
    let (options, heard) = scripted(&[missing, fits, (200, r#"{"id": 9}"#)]).await;
    assert_eq!(settle(&options, "s", &schema()).await.unwrap().id, 9);
    assert_eq!(heard.lock().unwrap().len(), 3);
    let not = (
        200,
        r#"{"is_compatible": false, "messages": ["a lacks a default", "b is gone"]}"#,
    );
    let (options, heard) = scripted(&[missing, not]).await;
    let error = settle(&options, "s", &schema()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the subject `s` does not take the schema: a lacks a default; b is gone"
    );
    assert!(error.help().unwrap().contains("optional"));
    let heard = heard.lock().unwrap();
    assert!(
        heard[1].starts_with("POST /api/compatibility/subjects/s/versions/latest?verbose=true"),
        "{heard:?}"
    );
}

// Apicurio's says in another way why a schema is not compatible.
#[tokio::test]
async fn a_reason_is_told_like_messages() {
    let missing = (
        404,
        r#"{"error_code": 40403, "message": "Schema not found"}"#,
    );
    let not = (
        200,
        r#"{"is_compatible": false, "reason": "y at /fields/0"}"#,
    );
    let (options, _) = scripted(&[missing, not]).await;
    let error = settle(&options, "s", &schema()).await.unwrap_err();
    assert!(error.to_string().ends_with(": y at /fields/0"), "{error}");
}
