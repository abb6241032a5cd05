//! Which mapping set the flow is to have: the one that is there, or a new one. A set is read in the version
//! that the flow has of it, and one that people have given the flow is not taken from it.

use aep_client::{Client, MappingSet};
use serde_json::Value;

use crate::compare::{self, Difference};
use crate::look::{Sighting, find};
use crate::request::Ids;
use crate::spec::Spec;
use crate::state::{FlowState, Object, Origin, Pointer};
use crate::{Error, Kind, NamedSet};

/// What is to be done about the mapping set.
#[derive(Debug, Default)]
pub(super) struct Decision {
    /// The one to use; `None`: one has to be made.
    pub(super) used: Option<Sighting>,
    /// In which version.
    pub(super) version: u32,
    /// The one that a new one takes the place of.
    pub(super) outdated: Option<Object>,
    /// How the one that is there differs.
    pub(super) differences: Vec<Difference>,
    /// The flow has another one, or another version of it, and is ours to be changed: its etag.
    pub(super) repoint: Option<String>,
}

/// A flow that is there, with the mapping set that it has.
#[derive(Clone, Copy)]
struct There<'a> {
    flow: &'a Sighting,
    pointer: Option<&'a Pointer>,
    /// It has what Hydrant gave it, and is Hydrant's.
    is_as_left: bool,
}

impl<'a> There<'a> {
    fn new(flow: &'a Sighting, pointer: Option<&'a Pointer>, state: &FlowState) -> There<'a> {
        let is_known = pointer.is_none_or(|it| state.has_pointed(it));
        There {
            flow,
            pointer,
            is_as_left: is_known && flow.object.origin == Origin::Created,
        }
    }

    fn is_theirs(self) -> bool {
        self.flow.object.origin == Origin::Adopted
    }

    fn etag(self) -> String {
        let etag = self.flow.facts["etag"].as_str();
        etag.unwrap_or_default().to_owned()
    }

    /// That it has another mapping set than the one that is `wanted`.
    fn differs(self, wanted: &str) -> Difference {
        let has = |it: &Pointer| format!("version {} of `{}`", it.version, it.id);
        let platform = self.pointer.map_or_else(|| "none".to_owned(), has);
        Difference {
            field: "mapping set of the flow".to_owned(),
            scenario: wanted.to_owned(),
            platform: if self.is_theirs() {
                platform
            } else {
                format!("{platform}, which somebody gave it on the platform")
            },
            is_blocking: true,
        }
    }
}

/// The mapping set that a flow has.
pub(crate) fn pointer_of(flow: &Value) -> Option<Pointer> {
    let params = flow.pointer("/transformations/0/params")?;
    let version = &params["mappingVersion"];
    let version = version.as_u64().or_else(|| version.as_str()?.parse().ok());
    Some(Pointer {
        id: params["mappingId"].as_str()?.to_owned(),
        version: version.and_then(|it| u32::try_from(it).ok()).unwrap_or(0),
    })
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

/// What the scenario names by its id stays as it is. Without a version, a flow that has the set keeps the
/// version that it has.
pub(super) fn named(
    set: &MappingSet,
    wanted: &NamedSet,
    ids: &Ids,
    state: &FlowState,
    flow: Option<&Sighting>,
) -> Decision {
    let schema = ids.id(Kind::Schema);
    let mut decision = Decision {
        version: set.version,
        differences: of_other_schema(set, Some(&schema)).into_iter().collect(),
        ..Decision::default()
    };
    let Some(flow) = flow else {
        return decision;
    };
    let pointer = pointer_of(&flow.facts);
    let there = There::new(flow, pointer.as_ref(), state);
    let has_it = pointer.as_ref().filter(|it| it.id == set.id);
    if let (Some(has), None) = (has_it, wanted.version) {
        decision.version = has.version;
        if has.version < set.version {
            decision.differences.push(Difference {
                field: "version of the mapping set in the flow".to_owned(),
                scenario: format!("the one that it has; the newest is `{}`", set.version),
                platform: format!("`{}`", has.version),
                is_blocking: false,
            });
        }
    } else if has_it.is_none_or(|has| has.version != set.version) {
        // A version that is asked for by its number is asked for on purpose.
        let is_ours = !there.is_theirs();
        if is_ours && (there.is_as_left || has_it.is_some()) {
            decision.repoint = Some(there.etag());
        } else {
            let wanted = format!("version {} of `{}`", set.version, set.id);
            decision.differences.push(there.differs(&wanted));
        }
    }
    decision
}

/// A flow of ours can be pointed to another mapping set, if nobody else has pointed it anywhere since; one
/// of somebody else stays as it is. Either has to do what the scenario asks for.
pub(super) async fn decide(
    client: &Client,
    spec: &Spec,
    ids: &Ids,
    state: &FlowState,
    known: Option<&Sighting>,
    flow: Option<&Sighting>,
) -> Result<Decision, Error> {
    let pointer = flow.and_then(|flow| pointer_of(&flow.facts));
    let Some(flow) = flow else {
        let found = if let Some(known) = known {
            Some(known.clone())
        } else {
            let origin = super::origin_of(state, Kind::MappingSet);
            find(client, spec, Kind::MappingSet, ids, origin).await?
        };
        return Ok(Decision::with(found, spec, ids));
    };
    let there = There::new(flow, pointer.as_ref(), state);
    let in_use = match &pointer {
        Some(pointer) => of_flow(client, spec, state, pointer).await?,
        None => None,
    };
    let differences = in_use
        .as_ref()
        .map(|set| different(spec, ids, &set.facts))
        .unwrap_or_default();
    if there.is_theirs() {
        let mut decision = Decision::using(in_use);
        decision.differences = differences;
        if decision.used.is_none() {
            let gone = there.differs("one that is there");
            decision.differences.push(gone);
        }
        return Ok(decision);
    }
    if in_use.is_some() && differences.is_empty() {
        return Ok(Decision::using(in_use));
    }
    if in_use.is_some() && !there.is_as_left {
        let mut decision = Decision::using(in_use);
        decision.differences = vec![there.differs(
            "another one: take its lines over into `mapping`, or name it with `mapping_set: {id: …, \
             version: …}`",
        )];
        decision.differences.extend(differences);
        return Ok(decision);
    }
    // The scenario has changed. A new set may have been made already, and not given to the flow.
    let is_new = |it: &&Sighting| pointer.as_ref().is_none_or(|has| has.id != it.object.id);
    let mut next = known.filter(is_new).cloned();
    if next.is_none() && state.pending.contains(&Kind::MappingSet) {
        next = find(client, spec, Kind::MappingSet, ids, Origin::Created).await?;
    }
    let mut decision = Decision::with(next.or(in_use), spec, ids);
    if decision.used.is_none() && decision.differences.is_empty() {
        decision.outdated = known.map(|it| it.object.clone());
    }
    decision.repoint = Some(there.etag());
    Ok(decision)
}

impl Decision {
    fn using(used: Option<Sighting>) -> Decision {
        let version = used.as_ref().map_or(0, |set| version(&set.facts));
        Decision {
            used,
            version,
            ..Decision::default()
        }
    }

    /// This one, if it does what the scenario asks for; else a new one takes its place.
    fn with(set: Option<Sighting>, spec: &Spec, ids: &Ids) -> Decision {
        let Some(set) = set else {
            return Decision::default();
        };
        let mut differences = different(spec, ids, &set.facts);
        if differences.is_empty() {
            return Decision::using(Some(set));
        }
        // It is made anew: nothing stands in the way.
        for difference in &mut differences {
            difference.is_blocking = false;
        }
        Decision {
            outdated: Some(set.object),
            differences,
            ..Decision::default()
        }
    }
}

/// The mapping set that a flow has, in its version; it is as known as the state knows it.
pub(crate) async fn of_flow(
    client: &Client,
    spec: &Spec,
    state: &FlowState,
    pointer: &Pointer,
) -> Result<Option<Sighting>, Error> {
    let Pointer { id, version } = pointer;
    let what = Error::platform(format!("look up version {version} of the mapping set {id}"));
    let found = client.data_prep().mapping_set(id, *version).await;
    let facts = found.map_err(what)?;
    let facts = facts.and_then(|set| serde_json::to_value(set).ok());
    let ours = state.get(Kind::MappingSet).filter(|it| it.id == *id);
    let object = ours.cloned().unwrap_or_else(|| Object {
        kind: Kind::MappingSet,
        name: spec.name_of(Kind::MappingSet),
        id: id.clone(),
        origin: Origin::Adopted,
    });
    Ok(facts.map(|facts| Sighting { object, facts }))
}

/// Whether the platform shows it to be the one that the scenario would make: for its schema, with its lines.
pub(crate) fn is_as_asked(spec: &Spec, ids: &Ids, facts: &Value) -> bool {
    let set = serde_json::from_value::<MappingSet>(facts.clone());
    set.is_ok_and(|set| set.lines().is_some()) && different(spec, ids, facts).is_empty()
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_set_with_the_lines_of_the_scenario_is_as_asked() {
        let options = json!({
            "schema": {"field_groups": ["person_details"]},
            "mapping": {"name": "person.name.firstName"},
        });
        let spec = Spec::unplaced(&serde_json::from_value(options).unwrap());
        let mut ids = Ids::default();
        ids.set(Kind::Schema, "s");
        let lines = spec.lines(None);
        let line =
            |(source, target): (&str, &str)| json!({"source": source, "destination": target});
        let own: Vec<Value> = lines.pairs().into_iter().map(line).collect();
        let set = |schema: &str, lines: &[Value]| -> Value {
            json!({"id": "m", "xdmSchema": schema, "mappings": lines})
        };
        assert!(is_as_asked(&spec, &ids, &set("s", &own)));
        assert!(!is_as_asked(&spec, &ids, &set("other", &own)));
        assert!(!is_as_asked(&spec, &ids, &set("s", &own[1..])));
        let more = json!({"source": "x", "destination": "person.name.lastName"});
        let more = [&own[..], &[more]].concat();
        assert!(!is_as_asked(&spec, &ids, &set("s", &more)));
        let silent = json!({"id": "m", "xdmSchema": "s"});
        assert!(!is_as_asked(&spec, &ids, &silent));
    }
}
