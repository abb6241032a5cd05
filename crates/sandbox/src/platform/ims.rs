//! The identity service: client credentials for a token.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::response::IntoResponse as _;
use axum::routing::post;
use axum::{Form, Json, Router};
use serde_json::json;

use super::{Answer, App, Refusal};

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new().route("/ims/token/v3", post(token))
}

async fn token(
    State(app): State<Arc<App>>,
    form: Result<Form<HashMap<String, String>>, FormRejection>,
) -> Answer {
    let refuse = |status, error: &str, description: &str| {
        Err(Refusal::plain(
            status,
            json!({"error": error, "error_description": description}),
        ))
    };
    let form = match form {
        Ok(Form(form)) => form,
        Err(rejection) => return refuse(400, "invalid_request", &rejection.to_string()),
    };
    let value = |name: &str| form.get(name).map_or("", String::as_str);
    if value("grant_type") != "client_credentials" {
        return refuse(
            400,
            "unsupported_grant_type",
            "only client_credentials is supported",
        );
    }
    if value("client_id") != crate::CLIENT_ID {
        return refuse(400, "invalid_client", "invalid client_id parameter");
    }
    if value("client_secret") != crate::CLIENT_SECRET {
        return refuse(400, "invalid_client", "invalid client_secret parameter");
    }
    let scopes: Vec<_> = value("scope").split(',').collect();
    let unknown = scopes.iter().find(|it| !crate::SCOPES.contains(it));
    if let Some(unknown) = unknown.filter(|it| !it.is_empty()) {
        return refuse(400, "invalid_scope", &format!("invalid scope {unknown}"));
    }
    if !["openid", "AdobeID"].iter().all(|it| scopes.contains(it)) {
        return refuse(
            400,
            "invalid_scope",
            "the scopes of the platform are missing: openid and AdobeID",
        );
    }
    let (token, seconds) = app.issue_token();
    let answer = json!({"access_token": token, "token_type": "bearer", "expires_in": seconds});
    Ok(Json(answer).into_response())
}
