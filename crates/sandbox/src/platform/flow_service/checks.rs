//! What the Flow Service asks of a body, and its specifications.

use serde_json::{Value, json};

use super::super::mapping_sets::schema_of;
use super::Refusal;
use super::specs::{DATA_LAKE, EVENT_HUBS, HTTP_API, KINESIS, PUBSUB, all_flow_specs};
use crate::store::{Contents, Shelf};

type Checked = Result<(), Refusal>;

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::flow(400, message)
}

fn text<'v>(body: &'v Value, at: &str) -> Option<&'v str> {
    body.pointer(at)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

fn need<'v>(body: &'v Value, at: &str) -> Result<&'v str, Refusal> {
    text(body, at).ok_or_else(|| {
        bad(format!(
            "{} is required",
            at.trim_start_matches('/').replace('/', ".")
        ))
    })
}

fn spec<'v>(body: &'v Value, at: &str) -> Result<&'v str, Refusal> {
    let id = need(body, &format!("{at}/id"))?;
    if text(body, &format!("{at}/version")).is_none() {
        return Err(Refusal::flow(
            422,
            format!("{}.version is missing", at.trim_start_matches('/')),
        ));
    }
    Ok(id)
}

fn no_such_spec() -> Refusal {
    Refusal::plain(
        400,
        json!({"message": "Please provide a valid spec id", "status": 400}),
    )
}

/// Ways to authenticate, and what each needs.
fn auth_params(spec: &str, name: &str) -> Option<&'static [&'static str]> {
    Some(match (spec, name) {
        (KINESIS, "Aws Kinesis authentication credentials") => {
            &["accessKeyId", "secretKey", "region"]
        }
        (EVENT_HUBS, "Azure EventHub authentication credentials") => {
            &["sasKeyName", "sasKey", "namespace"]
        }
        (EVENT_HUBS, "Event Hub Azure Active Directory Auth") => {
            &["tenantId", "clientId", "clientSecretValue", "namespace"]
        }
        (EVENT_HUBS, "Event Hub Scoped Azure Active Directory Auth") => &[
            "tenantId",
            "clientId",
            "clientSecretValue",
            "namespace",
            "eventHubName",
        ],
        (PUBSUB, "Project Based Authentication" | "Google PubSub authentication credentials") => {
            &["projectId", "credentials"]
        }
        (PUBSUB, "Topic & Subscription Based Authentication") => {
            &["credentials", "topicName", "subscriptionName"]
        }
        (HTTP_API, "Streaming Connection") => &["dataType"],
        _ => return None,
    })
}

pub(super) fn connection(body: &Value) -> Checked {
    let spec = spec(body, "/connectionSpec")?;
    if ![KINESIS, EVENT_HUBS, PUBSUB, HTTP_API].contains(&spec) {
        return Err(no_such_spec());
    }
    let name = need(body, "/auth/specName")?;
    let wanted = auth_params(spec, name).ok_or_else(|| {
        bad(format!(
            "auth.specName {name} does not exist for this connection spec"
        ))
    })?;
    wanted
        .iter()
        .try_for_each(|param| need(body, &format!("/auth/params/{param}")).map(drop))?;
    one_of(body, "/auth/params/dataType", &["raw", "xdm"])
}

/// A text that is one of these, if it is there.
fn one_of(body: &Value, at: &str, words: &[&str]) -> Checked {
    match text(body, at) {
        Some(other) if !words.contains(&other) => {
            let name = at.trim_start_matches('/').replace('/', ".");
            Err(bad(format!(
                "{name} {other} is none of {}",
                words.join(", ")
            )))
        }
        _ => Ok(()),
    }
}

pub(super) fn source_connection(store: &Contents, body: &Value) -> Checked {
    need(body, "/name")?;
    let spec = spec(body, "/connectionSpec")?;
    let base = need(body, "/baseConnectionId")?;
    let connection = store
        .connections
        .get(base)
        .ok_or_else(|| bad(format!("there is no connection {base}")))?;
    if text(connection, "/connectionSpec/id") != Some(spec) {
        return Err(bad(
            "the connection spec differs from the base connection's",
        ));
    }
    if spec == HTTP_API {
        return Ok(());
    }
    if need(body, "/data/format")? != "json" {
        return Err(bad("data.format has to be json"));
    }
    let wanted: &[&str] = match spec {
        KINESIS => &["stream", "dataType"],
        EVENT_HUBS => &["eventHubName", "dataType"],
        _ if text(body, "/params/topicId").is_some() => &["topicId", "subscriptionId", "dataType"],
        _ => &["topicName", "subscriptionName", "dataType"],
    };
    wanted
        .iter()
        .try_for_each(|param| need(body, &format!("/params/{param}")).map(drop))?;
    one_of(body, "/params/dataType", &["raw", "xdm"])?;
    one_of(body, "/params/reset", &["latest", "earliest"])
}

pub(super) fn target_connection(store: &Contents, body: &Value) -> Checked {
    if spec(body, "/connectionSpec")? != DATA_LAKE {
        return Err(no_such_spec());
    }
    if body.get("data").is_none() {
        return Err(bad("data is required"));
    }
    one_of(body, "/data/format", &["parquet_xdm"])?;
    let id = need(body, "/params/dataSetId")?;
    let dataset = store
        .datasets
        .get(id)
        .ok_or_else(|| bad(format!("there is no dataset {id}")))?;
    if let Some(schema) = text(body, "/data/schema/id")
        && text(dataset, "/schemaRef/id") != Some(schema)
    {
        return Err(bad("data.schema.id is not the dataset's schema"));
    }
    Ok(())
}

pub(super) fn flow(store: &Contents, body: &Value) -> Checked {
    need(body, "/name")?;
    let spec = spec(body, "/flowSpec")?;
    let specs = all_flow_specs();
    let spec = specs
        .iter()
        .find(|it| it["id"] == *spec)
        .ok_or_else(no_such_spec)?;
    let ids = |name: &str| {
        body.get(name)
            .and_then(Value::as_array)
            .map(Vec::len)
            .unwrap_or_default()
    };
    if ids("sourceConnectionIds") != 1 || ids("targetConnectionIds") != 1 {
        return Err(bad(
            "a flow has one source connection and one target connection",
        ));
    }
    let source = need(body, "/sourceConnectionIds/0")?;
    let from = store.source_connections.get(source);
    let from = from.ok_or_else(|| bad(format!("there is no source connection {source}")))?;
    let target = need(body, "/targetConnectionIds/0")?;
    let to = store.target_connections.get(target);
    let to = to.ok_or_else(|| bad(format!("there is no target connection {target}")))?;
    let kind = text(from, "/connectionSpec/id").unwrap_or_default();
    let reads = spec["sourceConnectionSpecIds"]
        .as_array()
        .is_some_and(|ids| ids.iter().any(|id| id == kind));
    if !reads {
        return Err(bad("the flow spec does not read from this kind of source"));
    }
    if let Some(subscription) = subscription(from)
        && let Some((other, _)) = store.flows.all().find(|(id, flow)| {
            // One that is changed has its subscription already.
            if body["id"] == **id {
                return false;
            }
            let source = text(flow, "/sourceConnectionIds/0");
            let source = source.and_then(|id| store.source_connections.get(id));
            source.and_then(self::subscription) == Some(subscription)
        })
    {
        return Err(bad(format!(
            "the subscription {subscription} is read by flow {other} already"
        )));
    }
    let maps = spec["transformationSpecs"]
        .as_array()
        .is_some_and(|steps| !steps.is_empty());
    let Some(step) = body.pointer("/transformations/0") else {
        return if maps {
            Err(bad("transformations is required"))
        } else {
            Ok(())
        };
    };
    if !maps {
        return Err(bad("the flow spec has no transformations"));
    }
    if text(step, "/name") != Some("Mapping") {
        return Err(bad("the transformation has to be named Mapping"));
    }
    let mapping = need(step, "/params/mappingId")?;
    let set = store.mapping_sets.get(mapping);
    let set = set.ok_or_else(|| bad(format!("there is no mapping set {mapping}")))?;
    if step
        .pointer("/params/mappingVersion")
        .and_then(Value::as_u64)
        > set["version"].as_u64()
    {
        return Err(bad(format!(
            "the mapping set {mapping} does not have this version"
        )));
    }
    maps_to(store, to, set)
}

/// Not documented, but a set is made for one schema, and says nothing of the fields of another.
fn maps_to(store: &Contents, target: &Value, set: &Value) -> Checked {
    let dataset = text(target, "/params/dataSetId").and_then(|id| store.datasets.get(id));
    let Some(schema) = dataset.and_then(|dataset| text(dataset, "/schemaRef/id")) else {
        return Ok(());
    };
    let named = schema_of(set);
    let known = store.schemas.stored(schema);
    let other_name = known.and_then(|schema| text(schema, "/meta:altId"));
    if named == schema || Some(named) == other_name {
        return Ok(());
    }
    Err(bad(format!(
        "the mapping set is for the schema {named}, and the dataset has the schema {schema}"
    )))
}

/// What a source connection reads, if it reads Pub/Sub: one flow per subscription.
fn subscription(source: &Value) -> Option<&str> {
    if text(source, "/connectionSpec/id") != Some(PUBSUB) {
        return None;
    }
    text(source, "/params/subscriptionName").or_else(|| text(source, "/params/subscriptionId"))
}

/// What keeps a thing from being deleted.
pub(super) fn used_by(store: &Contents, kind: &str, id: &str) -> Option<String> {
    let users = |flows: &Shelf, at: &str| {
        flows
            .users()
            .find(|(_, it)| text(it, at) == Some(id))
            .map(|(user, _)| user.clone())
    };
    match kind {
        "connections" => {
            // Only as far as a flow depends on it.
            let sources = store.source_connections.users();
            let mine = sources.filter(|(_, it)| text(it, "/baseConnectionId") == Some(id));
            mine.filter_map(|(source, _)| {
                store
                    .flows
                    .users()
                    .find(|(_, it)| text(it, "/sourceConnectionIds/0") == Some(source))
            })
            .map(|(flow, _)| format!("flow {flow}"))
            .next()
        }
        "sourceConnections" => {
            users(&store.flows, "/sourceConnectionIds/0").map(|id| format!("flow {id}"))
        }
        "targetConnections" => {
            users(&store.flows, "/targetConnectionIds/0").map(|id| format!("flow {id}"))
        }
        _ => None,
    }
}
