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
    /// The flow has another one, or another version of it, and is ours to be changed: its etag.
    pub(super) repoint: Option<String>,
}

/// The mapping set that a flow has.
pub(crate) fn mapping_of(flow: &Value) -> Option<&str> {
    flow.pointer("/transformations/0/params/mappingId")?
        .as_str()
}

/// In which version a flow has its mapping set, where it says so.
pub(crate) fn version_in(flow: &Value) -> Option<u64> {
    let version = flow.pointer("/transformations/0/params/mappingVersion")?;
    version.as_u64().or_else(|| version.as_str()?.parse().ok())
}

/// The version of a mapping set as the client shows it.
pub(crate) fn version(set: &Value) -> u32 {
    let version = set["version"].as_u64();
    version.and_then(|it| u32::try_from(it).ok()).unwrap_or(0)
}

/// A mapping set that is for another schema than the flow's; `None` for the flow's: it has yet to be
/// made.
pub(super) fn of_other_schema(set: &MappingSet, schema: Option<&str>) -> Option<Difference> {
    let theirs = set.schema()?;
    if schema.is_some_and(|schema| set.is_for(schema) == Some(true)) {
        return None;
    }
    let new = || "one that has yet to be made".to_owned();
    Some(Difference {
        field: "schema".to_owned(),
        scenario: schema.map_or_else(new, |schema| format!("`{schema}`")),
        platform: format!("`{theirs}`"),
        is_blocking: true,
    })
}

/// What the scenario names by its id stays as it is.
pub(super) fn named(set: &MappingSet, ids: &Ids, flow: Option<&Sighting>) -> Decision {
    let mut decision = Decision::default();
    let schema = ids.id(Kind::Schema);
    decision
        .differences
        .extend(of_other_schema(set, Some(&schema)));
    let Some(flow) = flow else {
        return decision;
    };
    let current = mapping_of(&flow.facts);
    let is_theirs = flow.object.origin == Origin::Adopted;
    if current.is_some_and(|current| current != set.id) {
        if is_theirs {
            decision.differences.push(Difference {
                field: "mapping set of the flow".to_owned(),
                scenario: format!("`{}`", set.id),
                platform: format!("`{}`", current.unwrap_or_default()),
                is_blocking: true,
            });
        } else {
            decision.repoint = Some(etag(flow));
        }
    } else if let Some(differs) = of_other_version(&flow.facts, set.version) {
        if is_theirs {
            decision.differences.push(differs);
        } else {
            decision.repoint = Some(etag(flow));
        }
    }
    decision
}

/// A flow that has the set, but not as it is now.
fn of_other_version(flow: &Value, latest: u32) -> Option<Difference> {
    let version = version_in(flow)?;
    (version != u64::from(latest)).then(|| Difference {
        field: "version of the mapping set in the flow".to_owned(),
        scenario: format!("the latest, `{latest}`"),
        platform: format!("`{version}`"),
        is_blocking: false,
    })
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
        decision.differences.extend(differences);
        if let (Some(flow), Some(set)) = (flow, &looked_up) {
            let differs = of_other_version(&flow.facts, version(&set.facts));
            decision.differences.extend(differs);
        }
        decision.used = looked_up;
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
    if let Some(flow) = flow {
        let is_right = decision.used.as_ref().is_some_and(|set| {
            let is_latest = of_other_version(&flow.facts, version(&set.facts)).is_none();
            current == Some(set.object.id.as_str()) && is_latest
        });
        decision.repoint = (!is_right).then(|| etag(flow));
    }
    Ok(decision)
}

fn etag(flow: &Sighting) -> String {
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

/// What it does differently; nothing, if the platform shows neither its schema nor its lines.
fn different(spec: &Spec, ids: &Ids, facts: &Value) -> Vec<Difference> {
    let Ok(set) = serde_json::from_value::<MappingSet>(facts.clone()) else {
        return Vec::new();
    };
    let mut found: Vec<_> = of_other_schema(&set, Some(&ids.id(Kind::Schema)))
        .into_iter()
        .collect();
    if let Some(theirs) = set.lines() {
        let ours = spec.lines(ids.tenant.as_deref());
        found.extend(compare::mapping(&ours.pairs(), &theirs));
    }
    found
}
