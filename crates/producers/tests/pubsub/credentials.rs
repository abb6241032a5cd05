//! Who we say we are, and what a look at the service says of it. Tokens come from a server in
//! process.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use base64_simd::{STANDARD, URL_SAFE_NO_PAD};
use producers::{Destination as _, Error, Findings, pubsub};
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::runtime::Runtime;
use tonic::Code;

use super::lane::{Lane, PATIENCE, options};
use super::server::{Fault, Server, TOPIC};

/// Options that publish to `server` as a real endpoint, with credentials.
fn with_credentials(server: &Server, credentials: &Value) -> (pubsub::Options, NamedTempFile) {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), credentials.to_string()).unwrap();
    let mut options = options(server, "");
    options.emulator = None;
    options.endpoint = Some(format!("http://{}", server.address()));
    options.credentials = Some(serde_json::from_value(json!({"file": file.path()})).unwrap());
    (options, file)
}

/// A key file as Google makes them, with a key of our own.
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
        "token_uri": "https://oauth2.googleapis.com/token",
        "universe_domain": "googleapis.com",
    })
}

fn authorization(server: &Server) -> String {
    let state = server.state();
    let header = state.headers["authorization"].to_str().unwrap();
    header.strip_prefix("Bearer ").unwrap().to_owned()
}

#[test]
fn a_service_account_signs_its_own_token() {
    let server = Server::start();
    let (options, _file) = with_credentials(&server, &service_account());
    let mut lane = Lane::open(&options);
    lane.send_small(10);
    assert_eq!(lane.finish(), "OK 10");
    let token = authorization(&server);
    let claims = URL_SAFE_NO_PAD
        .decode_to_vec(token.split('.').nth(1).unwrap())
        .unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["iss"], "load@test.iam.gserviceaccount.com");
    assert_eq!(claims["scope"], "https://www.googleapis.com/auth/pubsub");
}

#[test]
fn a_token_that_is_refused_once_costs_no_record_and_twice_ends_the_run() {
    let server = Server::start();
    let (options, _file) = with_credentials(&server, &service_account());
    let mut lane = Lane::open(&options);
    server.plan([Fault::Refuse(Code::Unauthenticated)]);
    lane.send_small(10);
    assert_eq!(lane.finish(), "OK 10");
    assert_eq!(lane.telemetry().counters["errors.UNAUTHENTICATED"], 1);
    server.state().always = Some(Fault::Refuse(Code::Unauthenticated));
    lane.send_small(10);
    assert_eq!(lane.finish(), "OK 10, UNAUTHENTICATED 10");
    let fatal = lane.fatal.take().unwrap();
    assert!(
        fatal
            .message
            .starts_with("the credentials for Google Cloud were refused")
    );
}

/// Google's control plane, as far as it is asked here: tokens, rights, topics. Each request that
/// came, in its order.
#[derive(Clone, Default)]
struct Google {
    asked: Arc<Mutex<Vec<String>>>,
    /// How long each token is good for, in seconds; an hour if there are none left.
    lifetimes: Arc<Mutex<Vec<u64>>>,
    /// From which token on there is none.
    revoked_from: Option<usize>,
    /// What may be done to the topic.
    rights: Arc<Mutex<Vec<&'static str>>>,
    is_gone: bool,
}

#[expect(clippy::unused_async, reason = "axum wants it so")]
impl Google {
    fn start(self, runtime: &Runtime) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0");
        let listener = runtime.block_on(listener).unwrap();
        let address = listener.local_addr().unwrap();
        let router = axum::Router::new()
            .route("/token", post(Google::token))
            .route("/serviceAccounts/{name}", post(Google::impersonate))
            .route(
                "/v1/projects/test/topics/{topic}",
                post(Google::may).get(Google::topic),
            )
            .route("/v1/projects/test/topics", get(Google::topics))
            .with_state(self);
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        format!("http://{address}")
    }

    fn note(&self, what: &str, headers: &HeaderMap) {
        let token = headers
            .get("authorization")
            .map_or("nobody", |h| h.to_str().unwrap());
        self.asked
            .lock()
            .unwrap()
            .push(format!("{what} by {token}"));
    }

    async fn token(State(google): State<Google>, headers: HeaderMap) -> (StatusCode, Json<Value>) {
        google.note("token", &headers);
        let lifetime = google.lifetimes.lock().unwrap().pop().unwrap_or(3_600);
        let asked = google.asked.lock().unwrap();
        let nth = asked.iter().filter(|it| it.starts_with("token")).count();
        if google.revoked_from.is_some_and(|from| nth >= from) {
            let error =
                json!({"error": "invalid_grant", "error_description": "Token has been revoked."});
            return (StatusCode::BAD_REQUEST, Json(error));
        }
        let token = if nth == 1 {
            "of-the-user".to_owned()
        } else {
            format!("of-the-user-{nth}")
        };
        let token = json!({"access_token": token, "expires_in": lifetime, "token_type": "Bearer"});
        (StatusCode::OK, Json(token))
    }

    async fn impersonate(
        State(google): State<Google>,
        headers: HeaderMap,
        Json(wanted): Json<Value>,
    ) -> Json<Value> {
        let scope = wanted["scope"][0].as_str().unwrap();
        let scope = scope.rsplit('/').next().unwrap();
        google.note(&format!("impersonate for {scope}"), &headers);
        Json(json!({"accessToken": "of-the-robot", "expireTime": "2099-01-01T00:00:00Z"}))
    }

    async fn may(
        State(google): State<Google>,
        Path(topic): Path<String>,
        headers: HeaderMap,
        Json(_): Json<Value>,
    ) -> (StatusCode, Json<Value>) {
        google.note(&format!("may {topic}"), &headers);
        if google.is_gone {
            let error = json!({"code": 404, "status": "NOT_FOUND", "message": "no such topic"});
            return (StatusCode::NOT_FOUND, Json(json!({"error": error})));
        }
        let rights = google.rights.lock().unwrap().clone();
        (StatusCode::OK, Json(json!({"permissions": rights})))
    }

    async fn topic(
        State(google): State<Google>,
        Path(topic): Path<String>,
        headers: HeaderMap,
    ) -> Json<Value> {
        google.note(&format!("topic {topic}"), &headers);
        Json(json!({"name": TOPIC}))
    }

    async fn topics(State(google): State<Google>, headers: HeaderMap) -> Json<Value> {
        google.note("topics", &headers);
        Json(json!({"topics": [{"name": "projects/test/topics/profile"}]}))
    }
}

fn user(google: &str) -> Value {
    json!({
        "type": "authorized_user",
        "client_id": "c",
        "client_secret": "hunter2",
        "refresh_token": "r",
        "token_uri": format!("{google}/token"),
    })
}

fn impersonated(google: &str) -> Value {
    json!({
        "type": "impersonated_service_account",
        "service_account_impersonation_url": format!("{google}/serviceAccounts/robot@test:generateAccessToken"),
        "source_credentials": user(google),
    })
}

#[test]
fn an_impersonated_account_publishes_with_its_own_token() {
    let runtime = Runtime::new().unwrap();
    let google = Google::default();
    let asked = Arc::clone(&google.asked);
    let address = google.start(&runtime);
    let server = Server::start();
    let (options, _file) = with_credentials(&server, &impersonated(&address));
    let mut lane = Lane::open(&options);
    lane.send_small(10);
    assert_eq!(lane.finish(), "OK 10");
    assert_eq!(authorization(&server), "of-the-robot");
    let asked = asked.lock().unwrap();
    assert_eq!(
        *asked,
        [
            "token by nobody",
            "impersonate for pubsub by Bearer of-the-user"
        ]
    );
}

/// The official crate renews a token four minutes before it expires.
const RENEWED_AFTER_2_S: u64 = 242;

#[test]
fn a_token_that_expires_in_mid_run_is_renewed_and_costs_no_record() {
    let runtime = Runtime::new().unwrap();
    let google = Google::default();
    google.lifetimes.lock().unwrap().push(RENEWED_AFTER_2_S);
    let asked = Arc::clone(&google.asked);
    let address = google.start(&runtime);
    let server = Server::start();
    let (options, _file) = with_credentials(&server, &user(&address));
    let mut lane = Lane::open(&options);
    lane.send_small(10);
    assert_eq!(lane.finish(), "OK 10");
    assert_eq!(authorization(&server), "of-the-user");
    let mut sent = 10;
    let deadline = lane.clock.now() + PATIENCE;
    while authorization(&server) == "of-the-user" {
        assert!(lane.clock.now() < deadline, "it is never renewed");
        sent += 10;
        lane.send_small(10);
        assert_eq!(lane.finish(), format!("OK {sent}"));
        lane.poll(lane.clock.now() + Duration::from_millis(20));
    }
    assert_eq!(asked.lock().unwrap().len(), 2);
    // The first one is worth nothing any more.
    server.state().token = Some("of-the-user-2".to_owned());
    lane.send_small(10);
    assert_eq!(lane.finish(), format!("OK {}", sent + 10));
    assert_eq!(authorization(&server), "of-the-user-2");
    assert_eq!(lane.fatal, None);
}

#[test]
fn credentials_that_are_revoked_in_mid_run_end_it_with_every_record_settled() {
    let runtime = Runtime::new().unwrap();
    let google = Google {
        revoked_from: Some(2),
        ..Google::default()
    };
    // Good for one second, and there is no other.
    google.lifetimes.lock().unwrap().push(1);
    let address = google.start(&runtime);
    let server = Server::start();
    let (options, _file) = with_credentials(&server, &user(&address));
    let mut lane = Lane::open(&options);
    lane.send_small(10);
    assert_eq!(lane.finish(), "OK 10");
    server.state().token = Some("nobody's".to_owned());
    lane.send_small(10);
    assert_eq!(lane.finish(), "OK 10, UNAUTHENTICATED 10");
    let fatal = lane.fatal.take().unwrap();
    assert!(
        fatal
            .message
            .starts_with("the credentials for Google Cloud were refused")
    );
    assert!(fatal.help.unwrap().contains("expired or been revoked"));
}

fn check(google: Google) -> Result<Findings, Error> {
    let runtime = Runtime::new().unwrap();
    let address = google.start(&runtime);
    let server = Server::start();
    let (mut options, _file) = with_credentials(&server, &user(&address));
    options.endpoint = Some(address);
    runtime.block_on(options.check())
}

fn told(findings: Result<Findings, Error>) -> String {
    match findings {
        Ok(findings) => {
            let line = |f: producers::Finding| match f.warning {
                Some(warning) => format!("{}: {} ({warning})", f.what, f.found),
                None => format!("{}: {}", f.what, f.found),
            };
            // The first line has the port.
            findings
                .into_iter()
                .skip(1)
                .map(line)
                .collect::<Vec<_>>()
                .join("\n")
        }
        Err(error) => format!(
            "{}\nhelp: {}",
            error.message,
            error.help.unwrap_or_default()
        ),
    }
}

#[test]
fn the_right_to_publish_is_asked_for() {
    let google = Google::default();
    google.rights.lock().unwrap().push("pubsub.topics.publish");
    let asked = Arc::clone(&google.asked);
    insta::assert_snapshot!(told(check(google)), @r"
    topic: `projects/test/topics/profiles` is there
    rights: publishing is allowed
    limits: a record may have 9999959 bytes
    ");
    let asked = asked.lock().unwrap();
    let last = asked.last().unwrap();
    assert_eq!(
        last,
        "may profiles:testIamPermissions by Bearer of-the-user"
    );
}

#[test]
fn a_right_that_is_missing_is_told() {
    insta::assert_snapshot!(told(check(Google::default())), @r"
    no right to publish to the topic `projects/test/topics/profiles`
    help: the credentials need the role `roles/pubsub.publisher` on the topic
    ");
}

#[test]
fn a_topic_that_is_missing_is_told_with_the_one_that_was_meant() {
    let google = Google {
        is_gone: true,
        ..Google::default()
    };
    insta::assert_snapshot!(told(check(google)), @r"
    there is no topic `projects/test/topics/profiles`
    help: did you mean `profile`?
    ");
}

fn lane() -> producers::Lane {
    producers::Lane {
        index: 0,
        count: 1,
        clock: batch::Clock::starting_at(std::time::Instant::now()),
        batches: 1,
        records_per_batch: 1,
        bytes_in_flight: 1,
        client_id: "hydrant-test".to_owned(),
    }
}

#[test]
fn nobody_there_is_told() {
    let mut server = Server::start();
    server.stop();
    let options = options(&server, "");
    let runtime = Runtime::new().unwrap();
    for error in [
        options.open(lane()).map(drop).unwrap_err(),
        runtime.block_on(options.check()).unwrap_err(),
    ] {
        let start = format!("cannot reach {}: ", server.address());
        assert!(error.message.starts_with(&start), "{error:?}");
        assert!(error.message.contains("refused"), "{error:?}");
        assert!(error.help.unwrap().contains("PUBSUB_EMULATOR_HOST"));
    }
}

#[test]
fn a_certificate_of_a_stranger_is_told() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()).into();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let runtime = Runtime::new().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0");
    let listener = runtime.block_on(listener).unwrap();
    let port = listener.local_addr().unwrap().port();
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await;
        }
    });
    let server = Server::start();
    let (mut options, _file) = with_credentials(&server, &service_account());
    options.endpoint = Some(format!("https://localhost:{port}"));
    let open = options.open(lane()).map(drop).unwrap_err();
    let look = runtime.block_on(options.check()).unwrap_err();
    for error in [open, look] {
        let start = format!("cannot reach localhost:{port}: ");
        assert!(error.message.starts_with(&start), "{error:?}");
        assert!(error.message.contains("certificate"), "{error:?}");
    }
}
