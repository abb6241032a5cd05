//! How a flow is doing.

use std::fmt::Write as _;

use aep_client::{Client, Entity, Run};
use serde::Serialize;

use crate::state::FlowState;
use crate::{Error, Kind};

/// A flow's state and its last runs.
#[derive(Debug, Serialize)]
pub struct Status {
    /// The flow's name in the scenario.
    pub name: String,
    /// What the platform says of it; `None` if it is not there.
    pub flow: Option<Entity>,
    /// Its last runs. Streaming flows may have none.
    pub runs: Vec<Run>,
}

/// How many runs are of interest.
const RUNS: usize = 10;

/// Asks the platform.
pub async fn status(client: &Client, name: &str, state: &FlowState) -> Result<Status, Error> {
    let Some(object) = state.get(Kind::Flow) else {
        return Ok(Status {
            name: name.to_owned(),
            flow: None,
            runs: Vec::new(),
        });
    };
    let service = client.flow_service();
    let what = || Error::platform(format!("ask for the flow {}", object.id));
    let flow = service
        .get(aep_client::Kind::Flow, &object.id)
        .await
        .map_err(what())?;
    let mut runs = Vec::new();
    if flow.is_some() {
        runs = service.runs(&object.id).await.map_err(what())?;
        runs.truncate(RUNS);
    }
    Ok(Status {
        name: name.to_owned(),
        flow,
        runs,
    })
}

impl Status {
    /// For people.
    pub fn render(&self) -> String {
        let Some(flow) = &self.flow else {
            return format!("flow {}: not there\n", self.name);
        };
        let mut out = format!("flow {}: {} ({})\n", self.name, flow.state, flow.id);
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
        }
        out
    }
}
