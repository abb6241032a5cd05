//! Which mapping set the flow is to have: the one that is there, or a new one.

use aep_client::{Client, MappingSet};
use serde_json::Value;

use crate::compare::{self, Difference};
use crate::look::{Sighting, by_id, find};
use crate::request::Ids;
use crate::spec::Spec;
use crate::state::{FlowState, Object, Origin};
use crate::{Error, Kind};

/// What is to be done about the mapping set.
#[derive(Debug, Default)]
pub(super) struct Decision {
    /// The one to use; `None`: one has to be made.
    pub(super) used: Option<Sighting>,
    /// The one that a new one takes the place of.
    pub(super) outdated: Option<Object>,
    /// How the one that is there differs.
    pub(super) differences: Vec<Difference>,
    /// The flow has another one, and is ours to be changed: its version.
    pub(super) repoint: Option<String>,
}

/// The mapping set that a flow has.
pub(crate) fn mapping_of(flow: &Value) -> Option<&str> {
    flow.pointer("/transformations/0/params/mappingId")?
        .as_str()
}

/// A flow of ours can be pointed to another mapping set; one of somebody else stays as it is, and
/// has to do what the scenario asks for.
pub(super) async fn decide(
    client: &Client,
    spec: &Spec,
    ids: &Ids,
    state: &FlowState,
    known: Option<&Sighting>,
    flow: Option<&Sighting>,
) -> Result<Decision, Error> {
    let mut decision = Decision::default();
    let current = flow.and_then(|flow| mapping_of(&flow.facts));
    let theirs = flow.filter(|flow| flow.object.origin == Origin::Adopted);
    if let (Some(wanted), Some(_)) = (&spec.mapping_set, flow) {
        if current.is_some_and(|current| current != wanted) {
            if theirs.is_some() {
                decision.differences.push(Difference {
                    field: "mapping set of the flow".to_owned(),
                    scenario: format!("`{wanted}`"),
                    platform: format!("`{}`", current.unwrap_or_default()),
                    is_blocking: true,
                });
            } else {
                decision.repoint = flow.map(version);
            }
        }
        return Ok(decision);
    }
    if spec.mapping_set.is_some() {
        return Ok(decision);
    }
    // The flow's own is the one that counts, where it can't be changed or we know of none.
    let looked_up = match (current, known) {
        (Some(current), known) if theirs.is_some() || known.is_none() => {
            match known.filter(|known| known.object.id == current) {
                Some(known) => Some(known.clone()),
                None => of_flow(client, spec, current).await?,
            }
        }
        (_, Some(known)) => Some(known.clone()),
        (None, None) => {
            let origin = super::origin_of(state, Kind::MappingSet);
            find(client, spec, Kind::MappingSet, ids, origin).await?
        }
        (Some(_), None) => None,
    };
    let differences = looked_up
        .as_ref()
        .map(|set| different(spec, ids, &set.facts))
        .unwrap_or_default();
    if theirs.is_some() {
        if looked_up.is_none() {
            decision.differences.push(Difference {
                field: "mapping set of the flow".to_owned(),
                scenario: "one that is there".to_owned(),
                platform: format!("`{}`, which is gone", current.unwrap_or_default()),
                is_blocking: true,
            });
        }
        (decision.used, decision.differences) = (looked_up, differences);
        return Ok(decision);
    }
    match looked_up {
        Some(set) if differences.is_empty() => decision.used = Some(set),
        Some(set) => {
            decision.outdated = Some(set.object);
            // It is made anew: nothing stands in the way.
            decision.differences = differences;
            for difference in &mut decision.differences {
                difference.is_blocking = false;
            }
        }
        None => {}
    }
    let wanted = decision.used.as_ref().map(|set| set.object.id.as_str());
    if flow.is_some() && (wanted.is_none() || wanted != current) {
        decision.repoint = flow.map(version);
    }
    Ok(decision)
}

fn version(flow: &Sighting) -> String {
    flow.facts["etag"].as_str().unwrap_or_default().to_owned()
}

/// The mapping set that a flow has, which is not among what we know.
async fn of_flow(client: &Client, spec: &Spec, id: &str) -> Result<Option<Sighting>, Error> {
    let facts = by_id(client, Kind::MappingSet, id).await?;
    Ok(facts.map(|facts| Sighting {
        object: Object {
            kind: Kind::MappingSet,
            name: spec.name_of(Kind::MappingSet),
            id: id.to_owned(),
            origin: Origin::Adopted,
        },
        facts,
    }))
}

/// What it does differently; nothing, if the platform does not show its lines.
fn different(spec: &Spec, ids: &Ids, facts: &Value) -> Vec<Difference> {
    let set = serde_json::from_value::<MappingSet>(facts.clone()).ok();
    let Some(theirs) = set.as_ref().and_then(MappingSet::lines) else {
        return Vec::new();
    };
    let ours = spec.lines(ids.tenant.as_deref());
    compare::mapping(&ours.pairs(), &theirs)
}
