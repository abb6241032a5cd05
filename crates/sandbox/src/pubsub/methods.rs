//! The calls that are few: topics, subscriptions, rights.
//!
//! <https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1>

use std::time::Duration;

use gcloud_googleapis::iam::v1::{TestIamPermissionsRequest, TestIamPermissionsResponse};
use gcloud_googleapis::pubsub::v1::seek_request::Target;
use gcloud_googleapis::pubsub::v1::{
    AcknowledgeRequest, DeleteSubscriptionRequest, DeleteTopicRequest, ExpirationPolicy,
    GetSubscriptionRequest, GetTopicRequest, ListSubscriptionsRequest, ListSubscriptionsResponse,
    ListTopicSubscriptionsRequest, ListTopicSubscriptionsResponse, ListTopicsRequest,
    ListTopicsResponse, ModifyAckDeadlineRequest, SeekRequest, SeekResponse, Subscription, Topic,
};
use prost::Message;

use super::refusal::Refusal;
use super::stock::Stock;
use super::wire::{Fields, Value};

/// <https://cloud.google.com/pubsub/docs/lease-management>
const ACK_DEADLINE_SECONDS: std::ops::RangeInclusive<i32> = 10..=600;
const USUAL_ACK_DEADLINE_SECONDS: i32 = 10;
/// <https://cloud.google.com/pubsub/docs/subscription-properties>
const USUAL_RETENTION: i64 = 7 * 86_400;
const USUAL_EXPIRATION: i64 = 31 * 86_400;
const STATE_ACTIVE: i32 = 1;

/// Carries out a call by its method's name; `out` is where the answer goes.
pub(super) fn call(
    stock: &Stock,
    method: &str,
    body: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Refusal> {
    match method {
        "CreateTopic" => put(&create_topic(stock, read(body)?)?, out),
        "GetTopic" => {
            let request: GetTopicRequest = read(body)?;
            put(&stock.topic(&request.topic)?, out);
        }
        "DeleteTopic" => {
            let request: DeleteTopicRequest = read(body)?;
            stock.delete_topic(&request.topic)?;
        }
        "ListTopics" => put(&list_topics(stock, &read(body)?)?, out),
        "ListTopicSubscriptions" => put(&list_topic_subscriptions(stock, &read(body)?)?, out),
        "CreateSubscription" => put(&create_subscription(stock, read(body)?)?, out),
        "GetSubscription" => {
            let request: GetSubscriptionRequest = read(body)?;
            put(&stock.subscription(&request.subscription)?, out);
        }
        "DeleteSubscription" => {
            let request: DeleteSubscriptionRequest = read(body)?;
            stock.delete_subscription(&request.subscription)?;
        }
        "ListSubscriptions" => put(&list_subscriptions(stock, &read(body)?)?, out),
        "Acknowledge" => acknowledge_encoded(stock, body)?,
        "ModifyAckDeadline" => modify(stock, &read(body)?)?,
        "Seek" => put(&seek(stock, &read(body)?)?, out),
        "TestIamPermissions" => put(&test_permissions(stock, read(body)?)?, out),
        other => return Err(Refusal::not_here(other)),
    }
    Ok(())
}

fn read<M: Message + Default>(body: &[u8]) -> Result<M, Refusal> {
    M::decode(body).map_err(|_| Refusal::malformed())
}

fn put(answer: &impl Message, out: &mut Vec<u8>) {
    out.reserve(answer.encoded_len());
    // A vector has room.
    let _ = answer.encode(out);
}

pub(super) fn create_topic(stock: &Stock, mut topic: Topic) -> Result<Topic, Refusal> {
    check_name("topics", &topic.name)?;
    if topic.schema_settings.is_some() {
        return Err(Refusal::not_here("schemas"));
    }
    if topic.ingestion_data_source_settings.is_some() {
        return Err(Refusal::not_here("import topics"));
    }
    topic.state = STATE_ACTIVE;
    stock.create_topic(topic)
}

pub(super) fn create_subscription(
    stock: &Stock,
    mut wanted: Subscription,
) -> Result<Subscription, Refusal> {
    check_name("subscriptions", &wanted.name)?;
    let seconds = &mut wanted.ack_deadline_seconds;
    if *seconds == 0 {
        *seconds = USUAL_ACK_DEADLINE_SECONDS;
    }
    if !ACK_DEADLINE_SECONDS.contains(seconds) {
        return Err(Refusal::invalid(format!(
            "Invalid ack deadline given (ack_deadline_seconds={seconds}). It has to be between 10 and 600."
        )));
    }
    let pushes = |it: &Subscription| {
        let endpoint = it.push_config.as_ref().map(|push| &push.push_endpoint);
        endpoint.is_some_and(|endpoint| !endpoint.is_empty())
    };
    let absent = [
        (pushes(&wanted), "push subscriptions"),
        (wanted.bigquery_config.is_some(), "BigQuery subscriptions"),
        (
            wanted.cloud_storage_config.is_some(),
            "Cloud Storage subscriptions",
        ),
        (!wanted.filter.is_empty(), "filters"),
        (wanted.dead_letter_policy.is_some(), "dead-letter topics"),
        (wanted.enable_exactly_once_delivery, "exactly-once delivery"),
    ];
    if let Some((_, what)) = absent.iter().find(|(is_wanted, _)| *is_wanted) {
        return Err(Refusal::not_here(what));
    }
    let seconds = |seconds| prost_types::Duration { seconds, nanos: 0 };
    wanted
        .message_retention_duration
        .get_or_insert(seconds(USUAL_RETENTION));
    wanted.expiration_policy.get_or_insert(ExpirationPolicy {
        ttl: Some(seconds(USUAL_EXPIRATION)),
    });
    wanted.state = STATE_ACTIVE;
    stock.create_subscription(wanted)
}

/// <https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names>
fn check_name(kind: &str, name: &str) -> Result<(), Refusal> {
    let mut parts = name.split('/');
    let is_good = parts.next() == Some("projects")
        && parts.next().is_some_and(|project| !project.is_empty())
        && parts.next() == Some(kind)
        && parts.next().is_some_and(is_good_id)
        && parts.next().is_none();
    if is_good {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "Invalid resource name given (name={name}). Refer to \
         https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names for more information."
    )))
}

fn is_good_id(id: &str) -> bool {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || "-_.~+%".contains(c);
    (3..=255).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_alphabetic())
        && id.chars().all(is_legal)
        && !id.starts_with("goog")
}

pub(super) fn list_topics(
    stock: &Stock,
    request: &ListTopicsRequest,
) -> Result<ListTopicsResponse, Refusal> {
    let all = stock.topics(&request.project);
    let (topics, next_page_token) = page(all, request.page_size, &request.page_token)?;
    Ok(ListTopicsResponse {
        topics,
        next_page_token,
    })
}

pub(super) fn list_topic_subscriptions(
    stock: &Stock,
    request: &ListTopicSubscriptionsRequest,
) -> Result<ListTopicSubscriptionsResponse, Refusal> {
    let all = stock.topic_subscriptions(&request.topic)?;
    let (subscriptions, next_page_token) = page(all, request.page_size, &request.page_token)?;
    Ok(ListTopicSubscriptionsResponse {
        subscriptions,
        next_page_token,
    })
}

pub(super) fn list_subscriptions(
    stock: &Stock,
    request: &ListSubscriptionsRequest,
) -> Result<ListSubscriptionsResponse, Refusal> {
    let all = stock.subscriptions(&request.project);
    let (subscriptions, next_page_token) = page(all, request.page_size, &request.page_token)?;
    Ok(ListSubscriptionsResponse {
        subscriptions,
        next_page_token,
    })
}

/// A page of a list, and the token of the next one.
fn page<T>(all: Vec<T>, size: i32, token: &str) -> Result<(Vec<T>, String), Refusal> {
    let start: usize = match token {
        "" => 0,
        token => token.parse().map_err(|_| Refusal::malformed())?,
    };
    let size = match size {
        0 => 100,
        size => usize::try_from(size).map_err(|_| Refusal::malformed())?,
    };
    let has_more = all.len() > start.saturating_add(size);
    let next = if has_more {
        (start + size).to_string()
    } else {
        String::new()
    };
    Ok((all.into_iter().skip(start).take(size).collect(), next))
}

pub(super) fn acknowledge(stock: &Stock, request: &AcknowledgeRequest) -> Result<(), Refusal> {
    some_ids(&request.ack_ids)?;
    let ids = request.ack_ids.iter().map(String::as_bytes);
    stock.acknowledge(&request.subscription, ids)
}

/// The same, taken apart where it lies: there is an id for every message.
fn acknowledge_encoded(stock: &Stock, body: &[u8]) -> Result<(), Refusal> {
    let mut subscription = "";
    let mut ids = Vec::new();
    for field in Fields::of(body) {
        match field.ok_or_else(Refusal::malformed)? {
            (1, Value::Bytes(name, _)) => {
                subscription = std::str::from_utf8(name).map_err(|_| Refusal::malformed())?;
            }
            (2, Value::Bytes(id, _)) => ids.push(id),
            _ => {}
        }
    }
    if ids.is_empty() {
        return some_ids(&[]);
    }
    stock.acknowledge(subscription, ids.into_iter())
}

pub(super) fn modify(stock: &Stock, request: &ModifyAckDeadlineRequest) -> Result<(), Refusal> {
    some_ids(&request.ack_ids)?;
    let lease = lease(request.ack_deadline_seconds)?;
    let ids = request.ack_ids.iter().map(String::as_bytes);
    stock.modify(&request.subscription, ids, lease)
}

fn some_ids(ids: &[String]) -> Result<(), Refusal> {
    if ids.is_empty() {
        return Err(Refusal::invalid("No ack ids specified."));
    }
    Ok(())
}

/// For how long messages are lent; nothing: not any more.
pub(super) fn lease(seconds: i32) -> Result<Duration, Refusal> {
    let lease = u64::try_from(seconds)
        .ok()
        .filter(|seconds| *seconds <= 600);
    let lease = lease.ok_or_else(|| {
        Refusal::invalid(format!(
            "Invalid ack deadline given (ack_deadline_seconds={seconds}). It has to be between 0 and 600."
        ))
    })?;
    Ok(Duration::from_secs(lease))
}

pub(super) fn seek(stock: &Stock, request: &SeekRequest) -> Result<SeekResponse, Refusal> {
    match &request.target {
        Some(Target::Time(time)) => {
            let seconds = u64::try_from(time.seconds).unwrap_or_default();
            let time = Duration::new(seconds, u32::try_from(time.nanos).unwrap_or_default());
            stock.seek(&request.subscription, time)?;
            Ok(SeekResponse {})
        }
        Some(Target::Snapshot(_)) => Err(Refusal::not_here("snapshots")),
        None => Err(Refusal::malformed()),
    }
}

/// Here everybody may do everything with what is there.
pub(super) fn test_permissions(
    stock: &Stock,
    request: TestIamPermissionsRequest,
) -> Result<TestIamPermissionsResponse, Refusal> {
    if request.resource.contains("/subscriptions/") {
        stock.subscription(&request.resource)?;
    } else {
        stock.topic(&request.resource)?;
    }
    Ok(TestIamPermissionsResponse {
        permissions: request.permissions,
    })
}
