//! What is on the platform already: looked up before anything is created, all at once.

pub(crate) mod profile;
pub(crate) mod set;

use std::collections::BTreeMap;

use aep_client::{Client, MappingSet};
use futures::future::{try_join, try_join_all, try_join3};
use jiff::{SignedDuration, Timestamp};

use crate::compare::{Difference, differences};
use crate::context::{Context, context};
use crate::look::{Sighting, by_id, find, patiently};
use crate::request::Ids;
use crate::spec::Spec;
use crate::state::{FlowState, Object, Origin};
use crate::{Error, Kind};

/// Everything that a plan and an apply start from.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) ids: Ids,
    /// What is there, with who made it.
    pub(crate) found: Vec<Object>,
    /// How what is there differs from what the scenario asks for.
    pub(crate) differences: BTreeMap<Kind, Vec<Difference>>,
    /// What the state says is there and is not.
    pub(crate) vanished: Vec<Object>,
    /// A mapping set that maps other fields or onto another schema, and that a new one is to take the
    /// place of.
    pub(crate) outdated: Option<Object>,
    /// A flow of ours that has to be pointed to the mapping set, or to its version: the flow's etag.
    pub(crate) repoint: Option<String>,
    /// A flow of ours that somebody disabled.
    pub(crate) is_disabled: bool,
    /// Whether the schema takes part in the profile already.
    pub(crate) has_profile: bool,
    /// Lines of the mapping, and the identity, that the schema has no path for.
    pub(crate) unmapped: Vec<String>,
    /// The base connection of somebody who is making this flow just now.
    pub(crate) under_way: Option<String>,
    /// What is left of objects that are gone.
    pub(crate) orphans: Vec<String>,
    /// What is worth saying.
    pub(crate) remarks: Vec<String>,
}

impl Survey {
    /// Why the flow can't be made with what is there, if so.
    pub(crate) fn refusal(&self, spec: &Spec) -> Option<Error> {
        if !self.unmapped.is_empty() {
            return Some(Error::Mapping {
                problems: self.unmapped.join("; "),
            });
        }
        if let Some(theirs) = &self.under_way {
            return Some(Error::AtOnce {
                flow: spec.name.clone(),
                theirs: format!("their {} {theirs}", Kind::BaseConnection.words()),
            });
        }
        if !self.orphans.is_empty() {
            return Some(Error::Missing {
                what: self.orphans.join("; there is no "),
                help: "remove what is left with `hydrant flow destroy`, then apply again"
                    .to_owned(),
            });
        }
        let blocking: Vec<_> = self
            .differences
            .iter()
            .flat_map(|(kind, all)| all.iter().map(move |it| (kind, it)))
            .filter(|(_, it)| it.is_blocking)
            .map(|(kind, it)| format!("the {} {}: {it}", kind.words(), self.ids.id(*kind)))
            .collect();
        (!blocking.is_empty()).then(|| Error::Differs {
            flow: spec.name.clone(),
            differences: blocking.join("; "),
        })
    }
}

/// Looks.
pub(crate) async fn survey(
    client: &Client,
    spec: &Spec,
    state: &FlowState,
) -> Result<Survey, Error> {
    let kinds = spec.kinds();
    let looks = try_join_all(kinds.iter().map(|kind| look(client, spec, state, *kind)));
    let (sightings, context) = try_join(looks, Box::pin(context(client, spec))).await?;
    let Context {
        mut ids,
        fields,
        mapping_set,
        remarks,
    } = context;
    let mut seen: BTreeMap<Kind, Sighting> = BTreeMap::new();
    for (kind, sighting) in kinds.iter().zip(sightings) {
        if let Some(sighting) = sighting {
            note(&mut ids, &sighting.object);
            seen.insert(*kind, sighting);
        }
    }
    let mut survey = Survey {
        ids,
        found: Vec::new(),
        differences: BTreeMap::new(),
        vanished: Vec::new(),
        outdated: None,
        repoint: None,
        is_disabled: false,
        has_profile: false,
        unmapped: Vec::new(),
        under_way: None,
        orphans: Vec::new(),
        remarks,
    };
    survey.unmapped = fields.problems(spec, survey.ids.tenant.as_deref());
    survey.ids.mapping_version = mapping_set.as_ref().map_or(0, |set| set.version);
    if survey.ids.ids.contains_key(&Kind::Schema) {
        let named = mapping_set.as_ref();
        survey.second(client, spec, state, named, &mut seen).await?;
    } else {
        survey.without_schema(mapping_set.as_ref(), &mut seen);
    }
    survey.finish(spec, state, &seen);
    Ok(survey)
}

fn note(ids: &mut Ids, object: &Object) {
    ids.ids
        .insert(object.kind, (object.id.clone(), Some(object.origin)));
}

impl Survey {
    /// What hangs on a schema that is gone is of no use to its successor.
    fn without_schema(&mut self, named: Option<&MappingSet>, seen: &mut BTreeMap<Kind, Sighting>) {
        seen.remove(&Kind::Identity);
        self.ids.ids.remove(&Kind::Identity);
        let mut differs = named.and_then(|set| set::of_other_schema(set, None));
        if let Some(old) = seen.remove(&Kind::MappingSet) {
            self.ids.ids.remove(&Kind::MappingSet);
            let set = serde_json::from_value(old.facts).ok();
            differs = set.and_then(|set| set::of_other_schema(&set, None));
            if let Some(differs) = &mut differs {
                // A new one is made.
                differs.is_blocking = false;
            }
            self.outdated = Some(old.object);
        }
        if let Some(differs) = differs {
            self.differences.insert(Kind::MappingSet, vec![differs]);
        }
    }

    /// What can be looked for only when the schema is known.
    async fn second(
        &mut self,
        client: &Client,
        spec: &Spec,
        state: &FlowState,
        named: Option<&MappingSet>,
        seen: &mut BTreeMap<Kind, Sighting>,
    ) -> Result<(), Error> {
        let validated = async {
            if spec.mapping_set.is_some() || !self.unmapped.is_empty() {
                return Ok(Ok(Vec::new()));
            }
            validate(client, spec, &self.ids).await
        };
        let identity = async {
            if !spec.kinds().contains(&Kind::Identity) {
                return Ok(None);
            }
            let origin = origin_of(state, Kind::Identity);
            find(client, spec, Kind::Identity, &self.ids, origin).await
        };
        let (known, flow) = (seen.get(&Kind::MappingSet), seen.get(&Kind::Flow));
        let set = async {
            match (named, &spec.mapping_set) {
                (Some(set), Some(wanted)) => Ok(set::named(set, wanted, &self.ids, state, flow)),
                _ => set::decide(client, spec, &self.ids, state, known, flow).await,
            }
        };
        let second = try_join3(validated, Box::pin(identity), Box::pin(set));
        let (unmapped, identity, set) = second.await?;
        match unmapped {
            Ok(unmapped) => self.unmapped.extend(unmapped),
            Err(remark) => self.remarks.push(remark),
        }
        seen.remove(&Kind::Identity);
        self.ids.ids.remove(&Kind::Identity);
        if let Some(mut identity) = identity {
            if let Some(known) = state.get(Kind::Identity) {
                identity.object.origin = known.origin;
            }
            note(&mut self.ids, &identity.object);
            seen.insert(Kind::Identity, identity);
        }
        if spec.mapping_set.is_none() {
            seen.remove(&Kind::MappingSet);
            self.ids.ids.remove(&Kind::MappingSet);
            if let Some(used) = set.used {
                note(&mut self.ids, &used.object);
                seen.insert(Kind::MappingSet, used);
            }
        }
        self.ids.mapping_version = set.version;
        self.outdated = set.outdated;
        self.repoint = set.repoint;
        if !set.differences.is_empty() {
            self.differences.insert(Kind::MappingSet, set.differences);
        }
        Ok(())
    }

    fn finish(&mut self, spec: &Spec, state: &FlowState, seen: &BTreeMap<Kind, Sighting>) {
        for kind in spec.kinds() {
            let Some(sighting) = seen.get(&kind) else {
                if self.outdated.as_ref().is_none_or(|it| it.kind != kind) {
                    self.vanished.extend(state.get(kind).cloned());
                }
                continue;
            };
            let different = differences(spec, kind, &self.ids, &sighting.facts);
            self.differences.entry(kind).or_default().extend(different);
            self.found.push(sighting.object.clone());
            let gone = builds_on(kind)
                .iter()
                .find(|on| spec.kinds().contains(on) && !self.ids.ids.contains_key(on));
            if let Some(gone) = gone {
                self.orphans.push(format!(
                    "{} any more, but the {} {} is left of it",
                    gone.words(),
                    kind.words(),
                    sighting.object.id
                ));
            }
        }
        self.differences.retain(|_, all| !all.is_empty());
        if !seen.contains_key(&Kind::Flow) {
            let base = seen.get(&Kind::BaseConnection);
            self.under_way = base
                .filter(|base| is_young(base))
                .map(|it| it.object.id.clone());
        }
        if let Some(flow) = seen.get(&Kind::Flow) {
            self.is_disabled = flow.facts["state"] == "disabled";
            if self.is_disabled && flow.object.origin == Origin::Adopted {
                let disabled = Difference {
                    field: "state".to_owned(),
                    scenario: "`enabled`".to_owned(),
                    platform: "`disabled`".to_owned(),
                    is_blocking: true,
                };
                self.differences
                    .entry(Kind::Flow)
                    .or_default()
                    .push(disabled);
            }
        }
        if let Some(schema) = seen.get(&Kind::Schema) {
            self.has_profile = profile::takes_part(&schema.facts);
            let differs = profile::difference(spec, schema);
            if let Some(differs) = differs {
                let differences = self.differences.entry(Kind::Schema).or_default();
                differences.push(differs);
            }
        }
    }
}

/// Somebody else's, and not older than an apply takes: the rest of the flow is to be expected. An
/// older one was left behind, and can be used.
fn is_young(base: &Sighting) -> bool {
    const APPLY: SignedDuration = SignedDuration::from_mins(10);
    let created = base.facts["createdAt"].as_i64();
    let created = created.and_then(|at| Timestamp::from_millisecond(at).ok());
    base.object.origin == Origin::Adopted
        && created.is_some_and(|at| Timestamp::now().duration_since(at) < APPLY)
}

/// What an object can't be without.
const fn builds_on(kind: Kind) -> &'static [Kind] {
    match kind {
        Kind::SourceConnection => &[Kind::BaseConnection],
        Kind::Schema => &[Kind::FieldGroup],
        Kind::Identity | Kind::Dataset => &[Kind::Schema],
        Kind::TargetConnection => &[Kind::Dataset],
        Kind::Flow => &[Kind::SourceConnection, Kind::TargetConnection],
        // A flow can be pointed to another mapping set.
        Kind::BaseConnection | Kind::FieldGroup | Kind::MappingSet => &[],
    }
}

/// What the platform says about the mapping; creates nothing. Where it refuses to look, that is worth a
/// remark and no more: the creation decides.
async fn validate(
    client: &Client,
    spec: &Spec,
    ids: &Ids,
) -> Result<Result<Vec<String>, String>, Error> {
    let set = spec.new_mapping_set(ids);
    let problems = match client.data_prep().validate(&set).await {
        Ok(problems) => problems,
        Err(error) if error.is_no() => {
            return Ok(Err(format!(
                "the platform did not check the mapping: {error}"
            )));
        }
        Err(error) => return Err(Error::platform("check the mapping")(error)),
    };
    let tenant = ids.tenant.as_deref();
    let words = |problem: aep_client::MappingProblem| {
        let line = spec.mapping.get(problem.line);
        let line = line.map_or_else(String::new, |line| {
            format!("`{}: {}`: ", line.source, line.target_for(tenant))
        });
        format!("{line}{}", problem.message)
    };
    Ok(Ok(problems.into_iter().map(words).collect()))
}

/// What was asked for and not answered is ours, if it is there.
fn origin_of(state: &FlowState, kind: Kind) -> Origin {
    if state.pending.contains(&kind) {
        Origin::Created
    } else {
        Origin::Adopted
    }
}

/// One object: by the id in the state, or by its name and mark.
async fn look(
    client: &Client,
    spec: &Spec,
    state: &FlowState,
    kind: Kind,
) -> Result<Option<Sighting>, Error> {
    let is_fresh = state.is_fresh();
    if let Some(known) = state.get(kind) {
        let facts = if is_fresh {
            patiently(client, async || by_id(client, kind, &known.id).await).await?
        } else {
            by_id(client, kind, &known.id).await?
        };
        if let Some(facts) = facts {
            let object = known.clone();
            return Ok(Some(Sighting { object, facts }));
        }
    }
    let (none, origin) = (Ids::default(), origin_of(state, kind));
    // These are found by their schema, which is not known yet.
    if is_fresh && origin == Origin::Created && !matches!(kind, Kind::MappingSet | Kind::Identity) {
        return patiently(client, async || {
            find(client, spec, kind, &none, origin).await
        })
        .await;
    }
    find(client, spec, kind, &none, origin).await
}
