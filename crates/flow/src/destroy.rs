//! Removing what was created, and nothing else.

use aep_client::{Client, Resource};

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

/// Removes what `apply` created for the flow `name`, in reverse order. Goes on past what is gone and
/// past refusals. Returns how many objects could not be removed.
pub async fn destroy(
    client: &Client,
    name: &str,
    state: &State,
    told: &mut (dyn FnMut(Removal) + Send),
) -> Result<usize, Error> {
    let mut objects = state.flow(name).objects;
    objects.sort_by_key(|object| std::cmp::Reverse(object.kind));
    let mut failed = 0;
    for object in objects {
        if object.origin == Origin::Adopted {
            state.remove(name, object.kind)?;
            told(Removal::Kept(object));
            continue;
        }
        match remove(client, &object).await {
            Ok(true) => {
                state.remove(name, object.kind)?;
                told(Removal::Removed(object));
            }
            Ok(false) => {
                state.remove(name, object.kind)?;
                let is_there = object.kind == Kind::MappingSet
                    && crate::survey::exists(client, object.kind, &object.id)
                        .await
                        .unwrap_or(false);
                told(if is_there {
                    Removal::Irremovable(object)
                } else {
                    Removal::Gone(object)
                });
            }
            Err(error) => {
                failed += 1;
                let what = format!("remove the {} {}", object.kind.words(), object.id);
                told(Removal::Failed(object, Error::platform(what)(error)));
            }
        }
    }
    // What was asked for and never heard of again was looked for by the last apply; nothing is known
    // to be left of it.
    for kind in state.flow(name).pending {
        state.remove(name, kind)?;
    }
    state.clean_up();
    Ok(failed)
}

async fn remove(client: &Client, object: &Object) -> Result<bool, aep_client::Error> {
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
