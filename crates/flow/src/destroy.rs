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
}

/// Removes what `apply` created for the flow, in reverse order. Goes on past what is gone and past
/// refusals. Returns how many objects could not be removed.
pub async fn destroy(
    client: &Client,
    spec: &Spec,
    state: &State,
    told: &mut (dyn FnMut(Removal) + Send),
) -> Result<usize, Error> {
    let name = spec.name.as_str();
    let lost = find_lost(client, spec, state).await?;
    find_doubles(client, spec, state).await?;
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

/// Looks for what was asked for and not heard of again. Returns how many could not be looked for:
/// they stay in the state file.
async fn find_lost(client: &Client, spec: &Spec, state: &State) -> Result<usize, Error> {
    let known = state.flow(&spec.name);
    let mut ids = Ids::default();
    for object in &known.objects {
        ids.set(object.kind, object.id.clone());
    }
    let mut lost = 0;
    if !known.pending.is_empty() && spec.needs_tenant() {
        let stats = client.schema_registry().stats().await;
        ids.tenant = stats.ok().map(|stats| stats.tenant_id);
    }
    for kind in known.pending {
        let found = patiently(client, async || {
            find(client, spec, kind, &ids, Origin::Created).await
        });
        match found.await {
            Ok(Some(found)) => {
                ids.set(kind, found.object.id.clone());
                state.replace(&spec.name, found.object)?;
            }
            // Of several that fit, none is known to be ours.
            Ok(None) | Err(Error::Ambiguous { .. }) => state.give_up(&spec.name, kind)?,
            Err(_) => lost += 1,
        }
    }
    Ok(lost)
}

/// Looks for what was created twice since nobody had heard the first answer.
async fn find_doubles(client: &Client, spec: &Spec, state: &State) -> Result<(), Error> {
    let known = state.flow(&spec.name);
    if known.repeated.is_empty() {
        return Ok(());
    }
    let mut ids = Ids::default();
    for object in &known.objects {
        ids.set(object.kind, object.id.clone());
    }
    if spec.needs_tenant() {
        let stats = client.schema_registry().stats().await;
        ids.tenant = stats.ok().map(|stats| stats.tenant_id);
    }
    for kind in known.repeated.iter().copied() {
        let found = patiently(client, async || {
            let found = doubles(client, spec, kind, &ids).await?;
            Ok((!found.is_empty()).then_some(found))
        });
        state.retire(&spec.name, kind, found.await?.unwrap_or_default())?;
    }
    Ok(())
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
