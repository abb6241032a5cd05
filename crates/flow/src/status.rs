//! How a flow is doing.

use std::fmt::Write as _;

use aep_client::{Client, Entity, Run};
use serde::Serialize;
use serde_json::Value;

use crate::look::find;
use crate::request::Ids;
use crate::state::{FlowState, Origin};
use crate::{Error, Kind, Spec};

/// A flow's state and its last runs.
#[derive(Debug, Serialize)]
pub struct Status {
    /// The flow's name in the scenario.
    pub name: String,
    /// What the platform says of it; `None` if it is not there.
    pub flow: Option<Entity>,
    /// Its last runs, newest first. Streaming flows may have none.
    pub runs: Vec<Run>,
    /// What is worth saying.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// How many runs are of interest.
const RUNS: usize = 10;

/// Asks the platform.
pub async fn status(client: &Client, spec: &Spec, state: &FlowState) -> Result<Status, Error> {
    let name = spec.name.as_str();
    let mut known = state.get(Kind::Flow).cloned();
    if known.is_none() {
        // It may have been made on another machine.
        let none = Ids::default();
        let found = find(client, spec, Kind::Flow, &none, Origin::Adopted).await?;
        known = found.map(|sighting| sighting.object);
    }
    let Some(object) = known else {
        return Ok(Status {
            name: name.to_owned(),
            flow: None,
            runs: Vec::new(),
            remarks: Vec::new(),
        });
    };
    let service = client.flow_service();
    let what = || Error::platform(format!("ask for the flow {}", object.id));
    let flow = service
        .get(aep_client::Kind::Flow, &object.id)
        .await
        .map_err(what())?;
    let (mut runs, mut remarks) = (Vec::new(), Vec::new());
    if flow.is_some() {
        // Streaming flows need not have runs, and not everybody may see them.
        match service.last_runs(&object.id, RUNS).await {
            Ok(found) => runs = found,
            Err(error) => remarks.push(format!("its runs are not shown: {error}")),
        }
    }
    Ok(Status {
        name: name.to_owned(),
        flow,
        runs,
        remarks,
    })
}

impl Status {
    /// For people.
    pub fn render(&self) -> String {
        let Some(flow) = &self.flow else {
            return format!("flow {}: not there\n", self.name);
        };
        let mut out = format!("flow {}: {} ({})\n", self.name, flow.state, flow.id);
        if let Some(operation) = flow.rest.get("lastOperation") {
            let status = operation.pointer("/status/value").and_then(Value::as_str);
            let _ = writeln!(out, "  last operation: {}", status.unwrap_or("unknown"));
            errors(operation.pointer("/status/errors"), &mut out);
        }
        for run in &self.runs {
            let number = |count: Option<u64>| {
                count.map_or_else(|| "?".to_owned(), |count| count.to_string())
            };
            let (read, landed, refused) = run.records();
            let _ = writeln!(
                out,
                "  run {}: {}, {} records read, {} landed, {} refused",
                run.id,
                run.status().unwrap_or("unknown"),
                number(read),
                number(landed),
                number(refused),
            );
            errors(run.metrics.pointer("/statusSummary/errors"), &mut out);
        }
        for remark in &self.remarks {
            let _ = writeln!(out, "  ! {remark}");
        }
        out
    }
}

/// The platform's errors, a line each.
fn errors(list: Option<&Value>, out: &mut String) {
    for error in list.and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| error.get(name).and_then(Value::as_str);
        let message = text("message").or_else(|| error.as_str());
        let message = message.map_or_else(|| error.to_string(), str::to_owned);
        let code = text("code").map_or_else(String::new, |code| format!(" ({code})"));
        let _ = writeln!(out, "    ! {message}{code}");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_of_the_flow_and_of_its_runs_are_shown() {
        let status = Status {
            name: "profiles".to_owned(),
            flow: serde_json::from_value(json!({
                "id": "f", "state": "enabled",
                "lastOperation": {"status": {"value": "failed", "errors": [
                    {"code": "FLOW-1", "message": "no way in"}]}},
            }))
            .ok(),
            runs: vec![
                serde_json::from_value(json!({"id": "r", "metrics": {
                    "recordSummary": {"inputRecordCount": 3, "outputRecordCount": 1},
                    "statusSummary": {"status": "failed", "errors": ["out of luck"]},
                }}))
                .unwrap(),
            ],
            remarks: vec!["its runs are not shown".to_owned()],
        };
        insta::assert_snapshot!(status.render(), @r"
        flow profiles: enabled (f)
          last operation: failed
            ! no way in (FLOW-1)
          run r: failed, 3 records read, 1 landed, ? refused
            ! out of luck
          ! its runs are not shown
        ");
    }
}
