//! Connections and flows as they are shown.

use serde_json::{Value, json};

use crate::store::{Batch, Contents};

/// What goes in and never comes out again.
const SECRETS: [&str; 4] = ["sasKey", "clientSecretValue", "secretKey", "credentials"];

/// One of them, if it can be read.
pub(super) fn shown(store: &Contents, kind: &str, id: &str) -> Option<Value> {
    let shelf = match kind {
        "connections" => &store.connections,
        "sourceConnections" => &store.source_connections,
        "targetConnections" => &store.target_connections,
        _ => &store.flows,
    };
    let mut shown = shelf.get(id)?.clone();
    let params = shown.pointer_mut("/auth/params");
    if let Some(params) = params.and_then(Value::as_object_mut) {
        params.retain(|name, _| !SECRETS.contains(&name.as_str()));
    }
    if kind == "flows" {
        shown["inheritedAttributes"] = inherited(store, &shown);
        shown["lastOperation"] = json!({
            "started": shown["createdAt"],
            "updated": shown["updatedAt"],
            "percentCompleted": 100,
            "status": {"value": "finished", "errors": []},
        });
        if let Some((id, batch)) = last_run(store, id) {
            shown["lastRunDetails"] = json!({
                "id": super::runs::id(id),
                "state": batch.status(),
                "startedAtUTC": batch.created,
                "completedAtUTC": batch.updated,
            });
        }
    }
    Some(shown)
}

/// What a flow has from its connections.
fn inherited(store: &Contents, flow: &Value) -> Value {
    let ids = |name: &str| flow[name].as_array().into_iter().flatten();
    let ids = |name: &str| ids(name).filter_map(Value::as_str);
    let sources = ids("sourceConnectionIds").map(|id| {
        let source = store.source_connections.stored(id);
        let spec = source.and_then(|it| it.get("connectionSpec"));
        let base = source.and_then(|it| it.get("baseConnectionId"));
        json!({
            "id": id,
            "connectionSpec": spec,
            "baseConnection": {"id": base, "connectionSpec": spec},
        })
    });
    let targets = ids("targetConnectionIds").map(|id| {
        let target = store.target_connections.stored(id);
        json!({"id": id, "connectionSpec": target.and_then(|it| it.get("connectionSpec"))})
    });
    json!({
        "sourceConnections": sources.collect::<Vec<_>>(),
        "targetConnections": targets.collect::<Vec<_>>(),
    })
}

fn last_run<'s>(store: &'s Contents, flow: &str) -> Option<(&'s String, &'s Batch)> {
    let mut seen = store.batches.iter().rev();
    seen.find(|(_, batch)| batch.is_visible() && batch.flow == flow)
}
