//! The platform's services, one file each.

mod access;
mod app;
mod catalog;
mod entities;
mod export;
mod flow_service;
mod guard;
mod ims;
mod inlet;
mod insights;
mod mapping_sets;
mod patch;
mod query;
mod refusal;
mod registry;
mod schemas;
mod throttle;
pub(crate) mod xdm;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use tower::util::MapRequest;

pub(crate) use app::App;
pub(crate) use entities::identities;
pub(crate) use mapping_sets::lines as mapping_lines;
pub(crate) use query::Query;
use refusal::Refusal;
pub(crate) use registry::resolved as resolved_schema;

/// Ids of connection specifications.
pub(crate) mod specs {
    pub(crate) use super::flow_service::{EVENT_HUBS, HTTP_API, KINESIS, PUBSUB};
}

/// How every handler ends.
type Answer = Result<Response, Refusal>;

/// Everything at one address.
pub(crate) fn router(app: Arc<App>) -> Router {
    let services = Router::new()
        .nest("/data/foundation/schemaregistry", registry::router())
        .nest("/data/foundation/catalog", catalog::router())
        .nest("/data/foundation/export", export::router())
        .nest("/data/foundation/conversion", mapping_sets::router())
        // Where the tutorial has them.
        .nest("/data/foundation", mapping_sets::sets())
        .nest("/data/foundation/flowservice", flow_service::router())
        .nest("/data/foundation/sandbox-management", access::sandboxes())
        .nest("/data/foundation/access-control", access::control())
        .nest(
            "/data/infrastructure/observability/insights",
            insights::router(),
        )
        .nest("/data/core/ups", entities::router())
        .fallback(refusal::no_such_place)
        .method_not_allowed_fallback(refusal::no_such_method)
        // The one before a route's handler: whoever is not let in learns nothing of what there is.
        .layer(from_fn_with_state(Arc::clone(&app), guard::check));
    let all = Router::new()
        .merge(services)
        .merge(ims::router())
        .merge(inlet::router())
        .nest("/schema-registry", schemas::router())
        .method_not_allowed_fallback(refusal::no_such_method)
        .layer(from_fn_with_state(Arc::clone(&app), guard::misbehave))
        // The service's own limit is checked where it has one.
        .layer(DefaultBodyLimit::max(16 << 20))
        .with_state(app);
    // Adobe prints some addresses with a slash at the end, and some clients do so throughout.
    Router::new().fallback_service(MapRequest::new(all, without_slash))
}

fn without_slash(mut request: Request) -> Request {
    let uri = request.uri();
    let path = uri.path().trim_end_matches('/');
    if path.len() < uri.path().len() && !path.is_empty() {
        let query = uri.query().map(|query| format!("?{query}"));
        let place = format!("{path}{}", query.unwrap_or_default());
        if let Ok(place) = place.parse() {
            *request.uri_mut() = place;
        }
    }
    request
}
