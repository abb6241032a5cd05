//! A state file that was lost: what carries Hydrant's mark is noted again as Hydrant's.

use aep_client::Client;

use crate::look::{Sighting, by_id, find};
use crate::request::{Ids, TAG};
use crate::spec::Spec;
use crate::state::{FlowState, Object, Origin, State};
use crate::survey::set::{is_as_asked, of_flow, pointer_of};
use crate::{Error, Kind};

/// What was found of a flow.
#[derive(Debug, Default)]
pub struct Imported {
    /// What carries the flow's mark, and is noted as made by Hydrant from now on.
    pub ours: Vec<Object>,
    /// What the flow is built on and does not carry it: noted, too, as somebody else's.
    pub theirs: Vec<Object>,
}

/// Looks for everything that was made for the flow and is not in the state as Hydrant's, and notes it. What
/// has no description of its own is Hydrant's if what it belongs to is: an identity is its schema's, a
/// mapping set with the scenario's own lines the flow's. Nothing on the platform is changed.
///
/// # Errors
/// Several objects fit, the platform refuses to show them, or the state file can't be written.
pub async fn import(client: &Client, spec: &Spec, state: &State) -> Result<Imported, Error> {
    state.touch()?;
    let known = state.flow(&spec.name);
    let mut ids = Ids::default();
    if spec.needs_tenant() {
        let stats = client.schema_registry().stats().await;
        let stats = stats.map_err(Error::platform("ask for the organisation's namespace"))?;
        ids.tenant = Some(stats.tenant_id);
    }
    let (mut imported, mut flow) = (Imported::default(), None);
    let mut kinds = spec.kinds();
    // The flow tells of its mapping set.
    kinds.sort_by_key(|kind| *kind == Kind::MappingSet);
    for kind in kinds {
        let found = match (kind, &flow) {
            (Kind::MappingSet, Some(flow)) => set_of(client, spec, &known, flow).await?,
            (Kind::MappingSet, None) => None,
            _ => look(client, spec, &known, kind, &ids).await?,
        };
        let Some(Sighting { mut object, facts }) = found else {
            continue;
        };
        let is_ours = match kind {
            Kind::Identity => imported.has(&known, Kind::Schema),
            // A person may have given the flow one of their own.
            Kind::MappingSet => imported.has(&known, Kind::Flow) && is_as_asked(spec, &ids, &facts),
            Kind::Dataset => facts["tags"][TAG]
                .as_array()
                .is_some_and(|tags| tags.iter().any(|tag| *tag == spec.name)),
            _ => facts["description"] == *spec.description(),
        };
        let noted = known.get(kind).filter(|it| it.id == object.id);
        let is_ours = is_ours || noted.is_some_and(|it| it.origin == Origin::Created);
        object.origin = if is_ours {
            Origin::Created
        } else {
            Origin::Adopted
        };
        ids.set(kind, object.id.clone());
        if kind == Kind::Flow {
            flow = Some(facts);
        }
        if noted == Some(&object) {
            continue;
        }
        state.replace(&spec.name, object.clone())?;
        let list = match object.origin {
            Origin::Created => &mut imported.ours,
            Origin::Adopted => &mut imported.theirs,
        };
        list.push(object);
    }
    // As it is now is how Hydrant left it: who imports it says so.
    if let Some(pointer) = flow.as_ref().and_then(pointer_of)
        && imported.has(&known, Kind::Flow)
    {
        state.pointed(&spec.name, &pointer)?;
    }
    state.ready(&spec.name)?;
    Ok(imported)
}

impl Imported {
    /// Whether the object of this kind is Hydrant's, by now.
    fn has(&self, known: &FlowState, kind: Kind) -> bool {
        let mut all = self.ours.iter().chain(known.get(kind));
        all.any(|it| it.kind == kind && it.origin == Origin::Created)
    }
}

/// By the id that is known, or by name and mark.
async fn look(
    client: &Client,
    spec: &Spec,
    known: &FlowState,
    kind: Kind,
    ids: &Ids,
) -> Result<Option<Sighting>, Error> {
    if let Some(object) = known.get(kind).filter(|_| kind != Kind::Identity)
        && let Some(facts) = by_id(client, kind, &object.id).await?
    {
        let object = object.clone();
        return Ok(Some(Sighting { object, facts }));
    }
    find(client, spec, kind, ids, Origin::Adopted).await
}

/// The mapping set that a flow has.
async fn set_of(
    client: &Client,
    spec: &Spec,
    known: &FlowState,
    flow: &serde_json::Value,
) -> Result<Option<Sighting>, Error> {
    match pointer_of(flow) {
        Some(pointer) => of_flow(client, spec, known, &pointer).await,
        None => Ok(None),
    }
}
