//! In front of every service: the headers that each call has to carry, and faults.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::{App, Refusal};
use crate::faults::Misbehaviour;
use crate::store::hex;

/// Lets a call through that says who it is, and where.
pub(crate) async fn check(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if let Err(wait) = app.throttle.take(Instant::now()) {
        return too_many(wait);
    }
    let in_sandbox = !request.uri().path().starts_with(SANDBOXES);
    if let Err(refusal) = headers(&app, request.method(), request.headers(), in_sandbox) {
        return refusal.into_response();
    }
    next.run(request).await
}

/// Where sandboxes are asked for, none has to be named.
const SANDBOXES: &str = "/data/foundation/sandbox-management";

fn headers(
    app: &App,
    method: &Method,
    headers: &HeaderMap,
    in_sandbox: bool,
) -> Result<(), Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(token) = text("authorization").and_then(|value| value.strip_prefix("Bearer ")) else {
        return Err(Refusal::gateway(403, "403010", "Oauth token is missing."));
    };
    if !app.is_good(token) {
        return Err(Refusal::gateway(401, "401013", "Oauth token is not valid"));
    }
    match text("x-api-key") {
        None => return Err(Refusal::gateway(403, "403000", "Api Key is required")),
        Some(crate::CLIENT_ID) => {}
        Some(_) => return Err(Refusal::gateway(403, "403003", "Api Key is invalid")),
    }
    match text("x-gw-ims-org-id") {
        None => {
            return Err(Refusal::gateway(
                400,
                "400003",
                "Missing header x-gw-ims-org-id",
            ));
        }
        Some(crate::ORGANIZATION) => {}
        Some(other) if !other.ends_with("@AdobeOrg") => {
            return Err(Refusal::gateway(403, "403027", "User region is missing"));
        }
        Some(_) => return Err(Refusal::gateway(403, "403025", "Profile is not valid")),
    }
    match text("x-sandbox-name") {
        None if !in_sandbox => {}
        None | Some("") => {
            return Err(Refusal::service(
                400,
                "BadRequestError",
                "The header x-sandbox-name is missing",
            ));
        }
        Some(crate::SANDBOX) => {}
        // In which words is not documented.
        Some(other) => {
            let message = format!("The sandbox {other} is not found");
            return Err(Refusal::gateway(403, "403029", &message));
        }
    }
    let has_body = matches!(*method, Method::POST | Method::PUT | Method::PATCH);
    let is_json = text("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    // An action without a body needs no type of it. One that comes in pieces does not say how long it is.
    let is_empty = match text("content-length") {
        Some(length) => length == "0",
        None => !headers.contains_key("transfer-encoding"),
    };
    if has_body && !is_json && !is_empty {
        let detail = "A valid content-type must be specified";
        return Err(Refusal::plain(
            400,
            serde_json::json!({"title": "BadRequestError", "status": 400, "detail": detail}),
        ));
    }
    Ok(())
}

/// What nobody can read: neither what was asked for nor an error, and no JSON.
const GARBAGE: &str = "{\"id\": <garbage>";

/// Takes its time, misbehaves as it was told to, and numbers every answer.
pub(crate) async fn misbehave(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let uri = request.uri();
    let path = uri
        .path_and_query()
        .map_or(uri.path(), |path| path.as_str())
        .to_owned();
    let struck = app.faults.strike(request.method().as_str(), &path);
    tokio::time::sleep(app.latency).await;
    let mut answer = match struck {
        None => next.run(request).await,
        Some(Misbehaviour::Delay(time)) => {
            tokio::time::sleep(time).await;
            next.run(request).await
        }
        Some(Misbehaviour::Soft) => soft(),
        Some(Misbehaviour::Garbage) => {
            drop(next.run(request).await);
            (StatusCode::OK, GARBAGE).into_response()
        }
        Some(Misbehaviour::Status(status)) => refused(status),
        Some(Misbehaviour::Code(code)) => refused(code.status()),
        Some(Misbehaviour::Exception(name)) => {
            Refusal::service(400, name, "The sandbox was told to answer this").into_response()
        }
        Some(Misbehaviour::CodeAfter(code)) => {
            drop(next.run(request).await);
            refused(code.status())
        }
        Some(Misbehaviour::StatusAfter(status)) => {
            drop(next.run(request).await);
            refused(status)
        }
        Some(Misbehaviour::ResetBefore) => broken(),
        Some(Misbehaviour::ResetAfter) => {
            drop(next.run(request).await);
            broken()
        }
    };
    if let Ok(id) = hex(32).parse() {
        answer.headers_mut().insert("x-request-id", id);
    }
    answer
}

fn refused(status: u16) -> Response {
    let refusal = match status {
        401 => Refusal::gateway(401, "401013", "Oauth token is not valid"),
        503 => Refusal::gateway(503, "503000", "Service is not available"),
        403 => Refusal::gateway(403, "403027", "User region is missing"),
        _ => Refusal::service(status, "Injected", "The sandbox was told to answer this"),
    };
    if status == 429 {
        return too_many(Duration::ZERO);
    }
    refusal.into_response()
}

fn too_many(wait: Duration) -> Response {
    Refusal::gateway(429, "429001", "Too many requests")
        .retry_after(wait)
        .into_response()
}

/// 200, and it did not work all the same.
fn soft() -> Response {
    let body = serde_json::json!({
        "errorCode": "SANDBOX-1",
        "errorMessage": "The sandbox was told to fail softly",
        "errorDetails": "",
    });
    axum::Json(body).into_response()
}

/// Says that there is more to come and breaks the connection.
fn broken() -> Response {
    let pieces = futures::stream::once(async {
        // The head has to leave first, or the client sees nothing at all; either is a broken call.
        tokio::time::sleep(Duration::from_millis(1)).await;
        Err::<&[u8], _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    (StatusCode::OK, Body::from_stream(pieces)).into_response()
}
