//! Connection and flow specifications: ids that never change.

use axum::Json;
use axum::extract::Path;
use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use super::lists::page;
use super::unknown;
use crate::platform::{Answer, Query};

pub(crate) const KINESIS: &str = "86043421-563b-46ec-8e6c-e23184711bf6";
pub(crate) const EVENT_HUBS: &str = "bf9f5905-92b7-48bf-bf20-455bc6b60a4e";
pub(crate) const PUBSUB: &str = "70116022-a743-464a-bbfe-e226a7f8210c";
pub(crate) const HTTP_API: &str = "bc7b00d6-623a-4dfc-9fdb-f1240aeadaeb";
pub(crate) const DATA_LAKE: &str = "c604ff05-7f1a-43c0-8e18-33bf874cb11c";
/// Of which the tutorial shows the id only.
const OTHER_TARGET: &str = "db4fe783-ef79-4a12-bda9-32b2b1bc3b2c";
const STREAM_FLOW: &str = "d69717ba-71b4-4313-b654-49f9cf126d7a";
const HTTP_FLOW: &str = "c1a19761-d2c7-4702-b9fa-fe91f0613e81";
const HTTP_FLOW_UNMAPPED: &str = "d8a6f005-7eaf-4153-983e-e8574508b877";
const PROVIDER: &str = "521eee4d-8cbe-4906-bb48-fb6bd4450033";

pub(super) fn all_flow_specs() -> Vec<Value> {
    let spec = |id: &str, name: &str, (sources, targets): (&[&str], &[&str]), maps: bool| {
        let mapping = json!([{
            "name": "Mapping",
            "spec": {
                "$schema": "http://json-schema.org/draft-07/schema#",
                "type": "object",
                "description": "what a mapping from source to target needs",
                "properties": {"mappingId": {"type": "string"}},
            },
        }]);
        let may = |what: &str| json!([{"@type": "lowLevel", "name": "StreamingSource", "permissions": [what]}]);
        json!({
            "id": id,
            "name": name,
            "providerId": PROVIDER,
            "version": "1.0",
            "sourceConnectionSpecIds": sources,
            "targetConnectionSpecIds": targets,
            "transformationSpecs": if maps { mapping } else { json!([]) },
            "attributes": {"uiAttributes": {"apiFeatures": {"flowRunsSupported": false}}},
            "permissionsInfo": {"view": may("read"), "manage": may("write")},
        })
    };
    vec![
        spec(
            STREAM_FLOW,
            "Stream data with optional transformation",
            // Sources and targets as Adobe's tutorial shows them.
            (
                &[HTTP_API, EVENT_HUBS, KINESIS, PUBSUB],
                &[EVENT_HUBS, DATA_LAKE, OTHER_TARGET],
            ),
            true,
        ),
        spec(
            HTTP_FLOW,
            "Steam data with transformation",
            (&[HTTP_API], &[DATA_LAKE]),
            true,
        ),
        spec(
            HTTP_FLOW_UNMAPPED,
            "Stream data without transformation",
            (&[HTTP_API], &[DATA_LAKE]),
            false,
        ),
    ]
}

fn all_connection_specs() -> Vec<Value> {
    let specs = [
        (KINESIS, "Amazon Kinesis", "kinesis"),
        (EVENT_HUBS, "Azure Event Hubs", "eventhub"),
        (PUBSUB, "Google PubSub", "google-pubsub"),
        (HTTP_API, "Streaming Connection", "streaming"),
        (DATA_LAKE, "datalake", "data-lake"),
    ];
    let spec = |(id, name, kind): (&str, &str, &str)| {
        json!({
            "id": id,
            "name": name,
            "providerId": PROVIDER,
            "version": "1.0",
            "type": if id == DATA_LAKE { "DataLake" } else { "Streaming" },
            "attributes": {"category": {"id": "streaming"}, "documentationLink": kind},
        })
    };
    specs.map(spec).into()
}

fn list(what: &str, query: &Query, all: Vec<Value>) -> Answer {
    let found = all.into_iter().filter(|it| query.passes(it));
    page(what, query, found.collect())
}

fn one(what: &str, id: &str, all: Vec<Value>) -> Answer {
    let found = all.into_iter().find(|it| it["id"] == *id);
    let found = found.ok_or_else(|| unknown(what, id))?;
    Ok(Json(json!({"items": [found]})).into_response())
}

pub(super) async fn flow_specs(query: Query) -> Answer {
    list("flowSpecs", &query, all_flow_specs())
}

pub(super) async fn flow_spec(Path(id): Path<String>) -> Answer {
    one("flowSpecs", &id, all_flow_specs())
}

pub(super) async fn connection_specs(query: Query) -> Answer {
    list("connectionSpecs", &query, all_connection_specs())
}

pub(super) async fn connection_spec(Path(id): Path<String>) -> Answer {
    one("connectionSpecs", &id, all_connection_specs())
}
