//! The same calls as JSON over HTTP/1.1: what Google's own libraries use for the control plane.
//! <https://cloud.google.com/pubsub/docs/reference/rest>

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use gcloud_googleapis::iam::v1::TestIamPermissionsRequest;
use gcloud_googleapis::pubsub::v1::seek_request::Target;
use gcloud_googleapis::pubsub::v1::{
    AcknowledgeRequest, ListSubscriptionsRequest, ListTopicSubscriptionsRequest, ListTopicsRequest,
    ModifyAckDeadlineRequest, PublishRequest, PublishResponse, PullRequest, PullResponse,
    SeekRequest,
};
use prost::Message as _;
use serde_json::{Value, json};

use super::refusal::{Code, Refusal};
use super::serve::{BREAKS_AFTER, Desk, fault_path, told};
use super::stock::Stock;
use super::{json as models, methods, pull};
use crate::faults::Misbehaviour;

pub(super) fn router(desk: Desk) -> Router {
    Router::new()
        .fallback(answer)
        .layer(DefaultBodyLimit::max(32 << 20))
        .with_state(desk)
}

/// What a request asks for.
struct Call<'r> {
    /// The name that the call has over gRPC.
    method: &'static str,
    /// The full name of a topic, a subscription or a project.
    resource: &'r str,
}

/// Says which call a request is.
fn call_of<'r>(verb: &Method, path: &'r str) -> Option<Call<'r>> {
    let path = path.strip_prefix("/v1/")?;
    let (resource, action) = match path.rsplit_once(':') {
        Some((resource, action)) => (resource, Some(action)),
        None => (path, None),
    };
    let depth = resource.split('/').count();
    let kind = resource.split('/').nth(2)?;
    let parent = || resource.rsplit_once('/').map_or("", |(parent, _)| parent);
    let (method, resource) = match (verb.as_str(), kind, depth, action) {
        ("PUT", "topics", 4, None) => ("CreateTopic", resource),
        ("GET", "topics", 4, None) => ("GetTopic", resource),
        ("DELETE", "topics", 4, None) => ("DeleteTopic", resource),
        ("GET", "topics", 3, None) => ("ListTopics", parent()),
        ("GET", "topics", 5, None) if resource.ends_with("/subscriptions") => {
            ("ListTopicSubscriptions", parent())
        }
        ("POST", "topics", 4, Some("publish")) => ("Publish", resource),
        ("PUT", "subscriptions", 4, None) => ("CreateSubscription", resource),
        ("GET", "subscriptions", 4, None) => ("GetSubscription", resource),
        ("DELETE", "subscriptions", 4, None) => ("DeleteSubscription", resource),
        ("GET", "subscriptions", 3, None) => ("ListSubscriptions", parent()),
        ("POST", "subscriptions", 4, Some("pull")) => ("Pull", resource),
        ("POST", "subscriptions", 4, Some("acknowledge")) => ("Acknowledge", resource),
        ("POST", "subscriptions", 4, Some("modifyAckDeadline")) => ("ModifyAckDeadline", resource),
        ("POST", "subscriptions", 4, Some("seek")) => ("Seek", resource),
        ("POST", _, 4, Some("testIamPermissions")) => ("TestIamPermissions", resource),
        _ => return None,
    };
    Some(Call { method, resource })
}

async fn answer(State(desk): State<Desk>, verb: Method, uri: Uri, body: Bytes) -> Response {
    let Some(call) = call_of(&verb, uri.path()) else {
        let message = format!("there is no {verb} {}", uri.path());
        return refused(&Refusal::new(Code::NotFound, message));
    };
    let carried_out = carry_out(&desk.stock, &call, uri.query().unwrap_or_default(), &body);
    match desk.faults.hit(verb.as_str(), &fault_path(call.method)) {
        None => shown(carried_out.await),
        Some(Misbehaviour::Delay(time)) => {
            tokio::time::sleep(time).await;
            shown(carried_out.await)
        }
        Some(Misbehaviour::ResetBefore) => broken(),
        Some(Misbehaviour::ResetAfter) => {
            drop(carried_out.await);
            broken()
        }
        Some(what) => {
            let (code, is_after) = told(what);
            if is_after {
                drop(carried_out.await);
            }
            refused(&Refusal::told(code))
        }
    }
}

fn shown(outcome: Result<Value, Refusal>) -> Response {
    match outcome {
        Ok(json) => Json(json).into_response(),
        Err(refusal) => refused(&refusal),
    }
}

fn refused(refusal: &Refusal) -> Response {
    let code = refusal.code.status();
    let error = json!({"code": code, "message": refusal.message, "status": refusal.code.name()});
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(json!({"error": error}))).into_response()
}

/// Says that there is more to come and breaks the connection.
fn broken() -> Response {
    let pieces = futures::stream::once(async {
        tokio::time::sleep(BREAKS_AFTER).await;
        Err::<&[u8], _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    Body::from_stream(pieces).into_response()
}

async fn carry_out(
    stock: &Stock,
    call: &Call<'_>,
    query: &str,
    body: &[u8],
) -> Result<Value, Refusal> {
    let body: Value = match body {
        [] => json!({}),
        body => serde_json::from_slice(body)
            .map_err(|error| Refusal::invalid(format!("Invalid JSON payload received. {error}")))?,
    };
    let resource = call.resource.to_owned();
    let (page_size, page_token) = page(query);
    Ok(match call.method {
        "CreateTopic" => {
            let topic = models::read_topic(resource, &body);
            models::topic(&methods::create_topic(stock, topic)?)
        }
        "GetTopic" => models::topic(&stock.topic(&resource)?),
        "DeleteTopic" => stock.delete_topic(&resource).map(|()| json!({}))?,
        "ListTopics" => {
            let request = ListTopicsRequest {
                project: resource,
                page_size,
                page_token,
            };
            let found = methods::list_topics(stock, &request)?;
            let topics: Vec<_> = found.topics.iter().map(models::topic).collect();
            json!({"topics": topics, "nextPageToken": found.next_page_token})
        }
        "ListTopicSubscriptions" => {
            let request = ListTopicSubscriptionsRequest {
                topic: resource,
                page_size,
                page_token,
            };
            let found = methods::list_topic_subscriptions(stock, &request)?;
            json!({"subscriptions": found.subscriptions, "nextPageToken": found.next_page_token})
        }
        "CreateSubscription" => {
            let wanted = models::read_subscription(resource, &body)?;
            models::subscription(&methods::create_subscription(stock, wanted)?)
        }
        "GetSubscription" => models::subscription(&stock.subscription(&resource)?),
        "DeleteSubscription" => stock.delete_subscription(&resource).map(|()| json!({}))?,
        "ListSubscriptions" => {
            let request = ListSubscriptionsRequest {
                project: resource,
                page_size,
                page_token,
            };
            let found = methods::list_subscriptions(stock, &request)?;
            let all: Vec<_> = found
                .subscriptions
                .iter()
                .map(models::subscription)
                .collect();
            json!({"subscriptions": all, "nextPageToken": found.next_page_token})
        }
        "TestIamPermissions" => {
            let request = TestIamPermissionsRequest {
                resource,
                permissions: models::texts(&body["permissions"]),
            };
            let found = methods::test_permissions(stock, request)?;
            json!({"permissions": found.permissions})
        }
        method => messages(stock, method, resource, &body).await?,
    })
}

async fn messages(
    stock: &Stock,
    method: &str,
    resource: String,
    body: &Value,
) -> Result<Value, Refusal> {
    match method {
        "Publish" => {
            let messages = body["messages"].as_array().into_iter().flatten();
            let request = PublishRequest {
                topic: resource,
                messages: messages
                    .map(models::read_message)
                    .collect::<Result<_, _>>()?,
            };
            let mut answer = Vec::new();
            stock.publish(request.encode_to_vec().into(), &mut answer)?;
            let answer = PublishResponse::decode(&answer[..]).map_err(|_| Refusal::malformed())?;
            return Ok(json!({"messageIds": answer.message_ids}));
        }
        "Pull" => {
            #[expect(deprecated, reason = "clients still send it")]
            let request = PullRequest {
                subscription: resource,
                return_immediately: body["returnImmediately"] == true,
                max_messages: body["maxMessages"].as_i64().unwrap_or_default() as i32,
            };
            let mut answer = Vec::new();
            pull::pull(stock, &request.encode_to_vec(), &mut answer).await?;
            let answer = PullResponse::decode(&answer[..]).map_err(|_| Refusal::malformed())?;
            let received: Vec<_> = answer
                .received_messages
                .iter()
                .map(models::received)
                .collect();
            return Ok(json!({"receivedMessages": received}));
        }
        "Acknowledge" => {
            let request = AcknowledgeRequest {
                subscription: resource,
                ack_ids: models::texts(&body["ackIds"]),
            };
            methods::acknowledge(stock, &request)?;
        }
        "ModifyAckDeadline" => {
            let request = ModifyAckDeadlineRequest {
                subscription: resource,
                ack_ids: models::texts(&body["ackIds"]),
                ack_deadline_seconds: body["ackDeadlineSeconds"].as_i64().unwrap_or(-1) as i32,
            };
            methods::modify(stock, &request)?;
        }
        _ => {
            let request = SeekRequest {
                subscription: resource,
                target: match (&body["time"], &body["snapshot"]) {
                    (Value::String(time), _) => Some(Target::Time(models::read_time(time)?)),
                    (_, Value::String(name)) => Some(Target::Snapshot(name.clone())),
                    _ => None,
                },
            };
            methods::seek(stock, &request)?;
        }
    }
    Ok(json!({}))
}

fn page(query: &str) -> (i32, String) {
    let (mut size, mut token) = (0, String::new());
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "pageSize" => size = value.parse().unwrap_or_default(),
            "pageToken" => token = value.into_owned(),
            _ => {}
        }
    }
    (size, token)
}
