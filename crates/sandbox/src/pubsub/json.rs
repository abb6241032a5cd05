//! Google's messages as JSON, and back.
//! <https://protobuf.dev/programming-guides/json/>

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gcloud_googleapis::pubsub::v1::{
    ExpirationPolicy, PubsubMessage, ReceivedMessage, Subscription, Topic,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::refusal::Refusal;

pub(super) fn topic(it: &Topic) -> Value {
    let mut json = json!({"name": it.name, "state": "ACTIVE"});
    if !it.labels.is_empty() {
        json["labels"] = json!(it.labels);
    }
    if let Some(retention) = &it.message_retention_duration {
        json["messageRetentionDuration"] = duration(retention);
    }
    json
}

pub(super) fn read_topic(name: String, body: &Value) -> Topic {
    Topic {
        name,
        labels: map(&body["labels"]),
        message_retention_duration: read_duration(&body["messageRetentionDuration"]),
        ..Topic::default()
    }
}

pub(super) fn subscription(it: &Subscription) -> Value {
    let mut json = json!({
        "name": it.name,
        "topic": it.topic,
        "pushConfig": {},
        "ackDeadlineSeconds": it.ack_deadline_seconds,
        "state": "ACTIVE",
    });
    if let Some(retention) = &it.message_retention_duration {
        json["messageRetentionDuration"] = duration(retention);
    }
    if let Some(policy) = &it.expiration_policy {
        json["expirationPolicy"] = match &policy.ttl {
            Some(ttl) => json!({"ttl": duration(ttl)}),
            None => json!({}),
        };
    }
    if it.enable_message_ordering {
        json["enableMessageOrdering"] = json!(true);
    }
    if it.retain_acked_messages {
        json["retainAckedMessages"] = json!(true);
    }
    if !it.labels.is_empty() {
        json["labels"] = json!(it.labels);
    }
    json
}

pub(super) fn read_subscription(name: String, body: &Value) -> Result<Subscription, Refusal> {
    let not_here = [
        ("bigqueryConfig", "BigQuery subscriptions"),
        ("cloudStorageConfig", "Cloud Storage subscriptions"),
        ("deadLetterPolicy", "dead-letter topics"),
    ];
    if let Some((_, what)) = not_here.iter().find(|(field, _)| !body[*field].is_null()) {
        return Err(Refusal::not_here(what));
    }
    if body.pointer("/pushConfig/pushEndpoint").is_some() {
        return Err(Refusal::not_here("push subscriptions"));
    }
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    let policy = body["expirationPolicy"].as_object();
    Ok(Subscription {
        name,
        topic: text("topic"),
        ack_deadline_seconds: body["ackDeadlineSeconds"].as_i64().unwrap_or_default() as i32,
        retain_acked_messages: body["retainAckedMessages"] == true,
        enable_message_ordering: body["enableMessageOrdering"] == true,
        enable_exactly_once_delivery: body["enableExactlyOnceDelivery"] == true,
        filter: text("filter"),
        labels: map(&body["labels"]),
        message_retention_duration: read_duration(&body["messageRetentionDuration"]),
        expiration_policy: policy.map(|policy| ExpirationPolicy {
            ttl: policy.get("ttl").and_then(read_duration),
        }),
        ..Subscription::default()
    })
}

pub(super) fn read_message(json: &Value) -> Result<PubsubMessage, Refusal> {
    let data = STANDARD.decode(json["data"].as_str().unwrap_or_default());
    let data = data.map_err(|_| Refusal::invalid("Base64 decoding failed for message data."))?;
    Ok(PubsubMessage {
        data: data.into(),
        attributes: map(&json["attributes"]),
        ordering_key: json["orderingKey"].as_str().unwrap_or_default().to_owned(),
        ..PubsubMessage::default()
    })
}

pub(super) fn received(it: &ReceivedMessage) -> Value {
    let mut json = json!({"ackId": it.ack_id});
    if let Some(message) = &it.message {
        json["message"] = json!({
            "data": STANDARD.encode(&message.data),
            "attributes": message.attributes,
            "messageId": message.message_id,
            "publishTime": message.publish_time.as_ref().map(time),
            "orderingKey": message.ordering_key,
        });
    }
    json
}

pub(super) fn texts(json: &Value) -> Vec<String> {
    let all = json.as_array().into_iter().flatten();
    all.filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

pub(super) fn read_time(text: &str) -> Result<prost_types::Timestamp, Refusal> {
    let time: Timestamp = text.parse().map_err(|_| Refusal::malformed())?;
    Ok(prost_types::Timestamp {
        seconds: time.as_second(),
        nanos: time.subsec_nanosecond(),
    })
}

fn time(it: &prost_types::Timestamp) -> Option<String> {
    let time = Timestamp::new(it.seconds, it.nanos).ok()?;
    Some(time.to_string())
}

fn map(json: &Value) -> HashMap<String, String> {
    let all = json.as_object().into_iter().flatten();
    all.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// Whole seconds, as `604800s`.
fn duration(it: &prost_types::Duration) -> Value {
    json!(format!("{}s", it.seconds))
}

fn read_duration(json: &Value) -> Option<prost_types::Duration> {
    let seconds = json.as_str()?.strip_suffix('s')?;
    Some(prost_types::Duration {
        seconds: seconds.parse().ok()?,
        nanos: 0,
    })
}
