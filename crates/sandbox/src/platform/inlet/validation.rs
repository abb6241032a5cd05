//! A message checked before it is answered: `syncValidation=true`
//! (<https://experienceleague.adobe.com/docs/experience-platform/ingestion/quality/streaming-validation.html>).

use std::time::Instant;

use serde_json::json;

use crate::platform::{App, Query, Refusal};

/// Whether the caller waits for it.
pub(super) fn is_asked_for(query: &Query) -> bool {
    let asks = |name: &str| query.get(name) == Some("true");
    asks("syncValidation") || asks("synchronousValidation")
}

/// Of many messages at once there is none. In which words it is refused is not documented.
pub(super) fn single_only() -> Refusal {
    let message = "synchronous validation is for single messages only";
    Refusal::collection(501, "Not Implemented", message)
}

/// Says what is wrong with a record; 429 beyond sixty a minute.
pub(super) fn check(
    app: &App,
    inlet: &str,
    flow: &str,
    record: &serde_json::Value,
) -> Result<(), Refusal> {
    if let Err(wait) = app.may_validate(inlet, Instant::now()) {
        let title = "Too Many Requests";
        let message = "synchronous validation is for development: 60 requests a minute";
        return Err(Refusal::collection(429, title, message).retry_after(wait));
    }
    let Some(Err(refused)) = app.runner.judge(flow, record) else {
        return Ok(());
    };
    Err(Refusal::plain(
        400,
        json!({
            "type": "http://ns.adobe.com/adobecloud/problem/data-collection-service/inlet",
            "status": 400,
            "title": "Invalid XDM Message Format",
            "report": {
                "message": format!("inletId: [{inlet}] imsOrgId: [{}] Message is invalid", crate::ORGANIZATION),
                "cause": {"_streamingValidation": [{
                    "schemaLocation": "#",
                    "pointerToViolation": "#",
                    "causingExceptions": refused.json(),
                    "message": "1 schema violation found",
                }]},
            },
        }),
    ))
}
