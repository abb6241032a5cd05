//! Removing what was created, and nothing else.

use std::time::{Duration, Instant};

use aep_client::{Client, Resource};

use crate::look::{by_id, doubles, find, patiently};
use crate::request::Ids;
use crate::spec::Spec;
use crate::state::{Object, Origin, State};
use crate::survey::profile::takes_part;
use crate::{Error, Kind};

/// What became of one object.
#[derive(Debug)]
pub enum Removal {
    /// It is gone.
    Removed(Object),
    /// It was gone already.
    Gone(Object),
    /// It was not Hydrant that made it: it stays.
    Kept(Object),
    /// The platform has no way to remove it: why. It is Hydrant's no more.
    Irremovable(Object, &'static str),
    /// The platform refused; it stays in the state file for the next time.
    Failed(Object, Error),
    /// It was asked for and nobody heard the answer, and it could not be looked for: why, if it was
    /// tried.
    Lost(Kind, Option<Error>),
}

/// How long it may take until a removal that was accepted is through, and what the thing was built on can
/// go as well.
const THROUGH_WITHIN: Duration = Duration::from_mins(1);

/// What is looked for.
#[derive(Clone, Copy)]
struct Sought<'a> {
    spec: &'a Spec,
    /// Nothing but the flow's name is known of the specification.
    is_by_name: bool,
}

/// Removes what `apply` created for the flow, in reverse order, and waits until what a refused object is
/// used by is gone for good. Goes on past what is gone and past refusals. Returns how many objects could
/// not be removed.
pub async fn destroy(
    client: &Client,
    spec: &Spec,
    state: &State,
    told: &mut (dyn FnMut(Removal) + Send),
) -> Result<usize, Error> {
    let is_by_name = false;
    let sought = Sought { spec, is_by_name };
    Box::pin(whole(client, sought, state, told)).await
}

/// The same of a flow of which nothing is known but what is in the state: no scenario names it any
/// more. What was asked for and not heard of again is looked for as far as it is called after the flow.
pub async fn destroy_noted(
    client: &Client,
    name: &str,
    state: &State,
    told: &mut (dyn FnMut(Removal) + Send),
) -> Result<usize, Error> {
    let known = state.flow(name);
    let dataset = known.get(Kind::Dataset).map(|it| it.name.as_str());
    let sought = Sought {
        spec: &Spec::by_name(name, dataset),
        is_by_name: true,
    };
    Box::pin(whole(client, sought, state, told)).await
}

async fn whole(
    client: &Client,
    sought: Sought<'_>,
    state: &State,
    told: &mut (dyn FnMut(Removal) + Send),
) -> Result<usize, Error> {
    let name = sought.spec.name.as_str();
    let lost = find_lost(client, sought, state, told).await?;
    let mut objects = state.flow(name).objects;
    objects.extend(state.flow(name).retired);
    objects.sort_by_key(|object| std::cmp::Reverse(object.kind));
    let mut failed = bound_to_profile(client, name, state, &mut objects, told).await?;
    let stuck = failed.len();
    // What uses an object may be gone and be in its way for a while: what was refused is tried again
    // until the last removal must be through.
    let retries = client.retries();
    let (mut pause, mut until) = (retries.first, None);
    while !objects.is_empty() {
        let before = objects.len();
        let mut is_worth_it = false;
        for object in std::mem::take(&mut objects) {
            if let Some(refused) = one(client, name, state, object, told).await? {
                is_worth_it |= is_in_use(&refused.1);
                failed.push(refused);
            }
        }
        let now = Instant::now();
        if failed.len() - stuck < before {
            (pause, until) = (retries.first, Some(now + THROUGH_WITHIN));
        }
        if !is_worth_it || until.is_none_or(|until| until < now) {
            break;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(retries.longest);
        objects.extend(failed.drain(stuck..).map(|(object, _)| object));
    }
    let count = failed.len() + lost;
    for (object, error) in failed {
        let what = format!("remove the {} {}", object.kind.words(), object.id);
        told(Removal::Failed(object, Error::platform(what)(error)));
    }
    state.clean_up();
    Ok(count)
}

/// Whether a refusal may come from something that still uses the object.
fn is_in_use(error: &aep_client::Error) -> bool {
    matches!(error.status(), Some(400 | 409 | 412 | 422 | 423))
}

/// Why a schema stays.
const IN_PROFILE: &str = "its schema takes part in the profile, which can't be undone";

/// A schema that takes part in the profile can't be removed, and would be of no use without its identity
/// and its fields: they are told, and forgotten. Where the platform does not say whether it does, they come
/// back with the reason.
async fn bound_to_profile(
    client: &Client,
    name: &str,
    state: &State,
    objects: &mut Vec<Object>,
    told: &mut (dyn FnMut(Removal) + Send),
) -> Result<Vec<(Object, aep_client::Error)>, Error> {
    let Some(schema) = objects.iter().find(|it| it.kind == Kind::Schema) else {
        return Ok(Vec::new());
    };
    let found = client.schema_registry().schema(&schema.id).await;
    let found = found.map(|found| found.and_then(|it| serde_json::to_value(it).ok()));
    if let Ok(facts) = &found
        && !facts.as_ref().is_some_and(takes_part)
    {
        return Ok(Vec::new());
    }
    let is_bound = |object: &Object| {
        matches!(
            object.kind,
            Kind::Schema | Kind::Identity | Kind::FieldGroup
        ) && object.origin == Origin::Created
    };
    let (bound, rest): (Vec<_>, Vec<_>) = std::mem::take(objects).into_iter().partition(is_bound);
    *objects = rest;
    let mut unknown = Vec::new();
    for object in bound {
        match &found {
            Ok(_) => {
                forget(state, name, &object)?;
                told(Removal::Irremovable(object, IN_PROFILE));
            }
            Err(error) => unknown.push((object, error.clone())),
        }
    }
    Ok(unknown)
}

/// It is not Hydrant's any more.
fn forget(state: &State, name: &str, object: &Object) -> Result<(), Error> {
    let current = state.flow(name).get(object.kind).map(|it| it.id.clone());
    if current.as_deref() == Some(object.id.as_str()) {
        state.remove(name, object.kind)
    } else {
        state.bury(name, &object.id)
    }
}

impl Sought<'_> {
    /// Without the specification, what has no name can't be found.
    fn can_find(self, kind: Kind) -> bool {
        !self.is_by_name || !matches!(kind, Kind::MappingSet | Kind::Identity)
    }

    /// What is known already.
    async fn ids(self, client: &Client, objects: &[Object]) -> Ids {
        let mut ids = Ids::default();
        for object in objects {
            ids.set(object.kind, object.id.clone());
        }
        if self.spec.needs_tenant() {
            let stats = client.schema_registry().stats().await;
            ids.tenant = stats.ok().map(|stats| stats.tenant_id);
        }
        ids
    }
}

/// Looks for what may be there and is not noted: what was asked for and not heard of again, and what was
/// created twice since nobody had heard the first answer. Returns how many could not be looked for: they
/// stay in the state file.
async fn find_lost(
    client: &Client,
    sought: Sought<'_>,
    state: &State,
    told: &mut (dyn FnMut(Removal) + Send),
) -> Result<usize, Error> {
    let (spec, known) = (sought.spec, state.flow(&sought.spec.name));
    if known.pending.is_empty() && known.repeated.is_empty() {
        return Ok(0);
    }
    let mut ids = sought.ids(client, &known.objects).await;
    let mut count = 0;
    let mut lost = |kind, why| {
        count += 1;
        told(Removal::Lost(kind, why));
    };
    for kind in known.pending.iter().copied() {
        let mut found = Ok(None);
        if sought.can_find(kind) {
            let look = patiently(client, async || {
                find(client, spec, kind, &ids, Origin::Created).await
            });
            found = look.await;
        }
        match found {
            Ok(Some(found)) => {
                ids.set(kind, found.object.id.clone());
                state.replace(&spec.name, found.object)?;
            }
            // It may be called otherwise than the flow.
            Ok(None) if !sought.can_find(kind) || (sought.is_by_name && kind == Kind::Dataset) => {
                lost(kind, None);
            }
            Ok(None) => state.give_up(&spec.name, kind)?,
            // All of them are ours, and are looked for as such.
            Err(Error::Ambiguous { .. }) if known.repeated.contains(&kind) => {
                state.give_up(&spec.name, kind)?;
            }
            // Of several that fit, too: which one is ours nobody knows.
            Err(error) => lost(kind, Some(error)),
        }
    }
    for kind in known.repeated.iter().copied() {
        if !sought.can_find(kind) {
            lost(kind, None);
            continue;
        }
        let found = patiently(client, async || {
            let found = doubles(client, spec, kind, &ids).await?;
            Ok((!found.is_empty()).then_some(found))
        });
        match found.await {
            Ok(found) => state.retire(&spec.name, kind, found.unwrap_or_default())?,
            Err(error) => lost(kind, Some(error)),
        }
    }
    Ok(count)
}

/// Removes one object; what the platform refuses comes back.
async fn one(
    client: &Client,
    name: &str,
    state: &State,
    object: Object,
    told: &mut (dyn FnMut(Removal) + Send),
) -> Result<Option<(Object, aep_client::Error)>, Error> {
    if object.origin == Origin::Adopted {
        state.remove(name, object.kind)?;
        told(Removal::Kept(object));
        return Ok(None);
    }
    let mut is_removed = match remove(client, &object).await {
        Ok(is_removed) => is_removed,
        Err(error) => return Ok(Some((object, error))),
    };
    if !is_removed && state.flow(name).is_fresh() {
        // What was created a moment ago may not be known everywhere yet.
        let again = patiently(client, async || {
            Ok(matches!(remove(client, &object).await, Ok(true)).then_some(()))
        });
        is_removed = again.await?.is_some();
    }
    forget(state, name, &object)?;
    let is_there = !is_removed
        && object.kind == Kind::MappingSet
        && by_id(client, object.kind, &object.id)
            .await
            .is_ok_and(|found| found.is_some());
    told(match (is_removed, is_there) {
        (true, _) => Removal::Removed(object),
        (false, true) => {
            Removal::Irremovable(object, "the platform has no way to remove a mapping set")
        }
        (false, false) => Removal::Gone(object),
    });
    Ok(None)
}

/// Asks for the removal; `false` if there was nothing to remove, or no way to.
pub(crate) async fn remove(client: &Client, object: &Object) -> Result<bool, aep_client::Error> {
    if let Some(kind) = object.kind.connection() {
        return client.flow_service().delete(kind, &object.id).await;
    }
    match object.kind {
        Kind::FieldGroup => {
            client
                .schema_registry()
                .delete(Resource::FieldGroups, &object.id)
                .await
        }
        Kind::Identity => client.schema_registry().delete_descriptor(&object.id).await,
        Kind::Dataset => client.catalog().delete_dataset(&object.id).await,
        Kind::MappingSet => client.data_prep().delete(&object.id).await,
        _ => {
            client
                .schema_registry()
                .delete(Resource::Schemas, &object.id)
                .await
        }
    }
}
