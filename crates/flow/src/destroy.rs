//! Removing what was created, and nothing else.

use aep_client::{Client, ErrorKind, Resource};

use crate::look::{by_id, doubles, find, patiently};
use crate::request::Ids;
use crate::spec::Spec;
use crate::state::{Object, Origin, State};
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
    /// The platform has no way to remove it.
    Irremovable(Object),
    /// The platform refused; it stays in the state file for the next time.
    Failed(Object, Error),
    /// It was asked for and nobody heard the answer, and it could not be looked for: why, if it was
    /// tried.
    Lost(Kind, Option<Error>),
}

/// What is looked for.
#[derive(Clone, Copy)]
struct Sought<'a> {
    spec: &'a Spec,
    /// Nothing but the flow's name is known of the specification.
    is_by_name: bool,
}

/// Removes what `apply` created for the flow, in reverse order. Goes on past what is gone and past
/// refusals. Returns how many objects could not be removed.
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
    let mut failed = Vec::new();
    // What uses an object may be gone and seem to be there for a moment: what was refused is tried
    // again as long as something else goes.
    loop {
        let before = objects.len();
        for object in std::mem::take(&mut objects) {
            if let Some(refused) = one(client, name, state, object, told).await? {
                failed.push(refused);
            }
        }
        let is_worth_it = |(_, error): &(Object, aep_client::Error)| {
            matches!(error.kind(), ErrorKind::Refused) && error.status() != Some(401)
        };
        if failed.is_empty() || failed.len() == before || !failed.iter().any(is_worth_it) {
            break;
        }
        tokio::time::sleep(client.retries().first).await;
        objects.extend(failed.drain(..).map(|(object, _)| object));
    }
    let count = failed.len() + lost;
    for (object, error) in failed {
        let what = format!("remove the {} {}", object.kind.words(), object.id);
        told(Removal::Failed(object, Error::platform(what)(error)));
    }
    state.clean_up();
    Ok(count)
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
    let current = state.flow(name).get(object.kind).map(|it| it.id.clone());
    if current.as_deref() == Some(object.id.as_str()) {
        state.remove(name, object.kind)?;
    } else {
        state.bury(name, &object.id)?;
    }
    let is_there = !is_removed
        && object.kind == Kind::MappingSet
        && by_id(client, object.kind, &object.id)
            .await
            .is_ok_and(|found| found.is_some());
    told(match (is_removed, is_there) {
        (true, _) => Removal::Removed(object),
        (false, true) => Removal::Irremovable(object),
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
