//! How the platform says no: one shape per family of services.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An answer that is an error.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    body: Value,
    retry_after: Option<u64>,
}

impl Refusal {
    fn new(status: u16, body: Value) -> Refusal {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Refusal {
            status,
            body,
            retry_after: None,
        }
    }

    /// The gateway: `{error_code, message}`.
    pub(crate) fn gateway(status: u16, code: &str, message: &str) -> Refusal {
        Refusal::new(status, json!({"error_code": code, "message": message}))
    }

    /// Schema Registry, Catalog, Data Prep, Data Access, Observability: `{type, title, status, detail}`.
    pub(crate) fn service(status: u16, title: &str, detail: impl Into<String>) -> Refusal {
        Refusal::registry(status, &format!("SANDBOX-{status}"), title, detail)
    }

    /// The same with a code of the Schema Registry's own.
    pub(crate) fn registry(
        status: u16,
        code: &str,
        title: &str,
        detail: impl Into<String>,
    ) -> Refusal {
        let body = json!({
            "type": format!("http://ns.adobe.com/aep/errors/{code}"),
            "title": title,
            "status": status,
            "detail": detail.into(),
            "report": {"registryRequestId": crate::store::hex(32)},
        });
        Refusal::new(status, body)
    }

    /// Flow Service: `{errorMessage, errorDetails}`.
    pub(crate) fn flow(status: u16, message: impl Into<String>) -> Refusal {
        Refusal::new(
            status,
            json!({"errorMessage": message.into(), "errorDetails": ""}),
        )
    }

    /// Collection: `{type, status, title, report: {message}}`.
    pub(crate) fn collection(status: u16, title: &str, message: impl Into<String>) -> Refusal {
        let body = json!({
            "type": format!("https://ns.adobe.com/adobecloud/problem/data-collection-service-{title}"),
            "status": status,
            "title": title,
            "report": {"message": message.into()},
        });
        Refusal::new(status, body)
    }

    /// When to come again. The header is in whole seconds, or else a date.
    pub(crate) fn retry_after(mut self, wait: Duration) -> Refusal {
        self.retry_after = Some(wait.as_secs_f64().ceil() as u64);
        self
    }

    /// The same with a body of the caller's.
    pub(crate) fn plain(status: u16, body: Value) -> Refusal {
        Refusal::new(status, body)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut answer = (self.status, Json(self.body)).into_response();
        if let Some(seconds) = self.retry_after {
            answer.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        answer
    }
}

pub(crate) async fn no_such_place() -> Refusal {
    Refusal::gateway(404, "404000", "Resource not found")
}

pub(crate) async fn no_such_method() -> Refusal {
    Refusal::gateway(405, "405000", "Method not allowed")
}
