//! One object on the platform: by its id, or by its name and mark.

use aep_client::{Client, MappingSet, Resource};
use serde::Serialize;
use serde_json::Value;

use crate::request::{Ids, TAG};
use crate::spec::Spec;
use crate::state::{Object, Origin};
use crate::{Error, Kind, compare};

/// An object that is there.
#[derive(Clone, Debug)]
pub(crate) struct Sighting {
    pub(crate) object: Object,
    /// As the platform shows it.
    pub(crate) facts: Value,
}

fn facts(thing: &impl Serialize) -> Value {
    serde_json::to_value(thing).unwrap_or_default()
}

/// Looks several times: what was just created may not be readable yet.
pub(crate) async fn patiently<T>(
    client: &Client,
    mut look: impl AsyncFnMut() -> Result<Option<T>, Error>,
) -> Result<Option<T>, Error> {
    const LOOKS: u32 = 4;
    // As patient as with a service that is not available.
    let mut pause = client.retries().first;
    for look_number in 1..=LOOKS {
        if let Some(found) = look().await? {
            return Ok(Some(found));
        }
        if look_number < LOOKS {
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }
    Ok(None)
}

/// The object with this id as the platform shows it; null for what it shows in lists only.
pub(crate) async fn by_id(client: &Client, kind: Kind, id: &str) -> Result<Option<Value>, Error> {
    let what = || Error::platform(format!("look up the {} {id}", kind.words()));
    if let Some(entity) = kind.connection() {
        let found = client.flow_service().get(entity, id).await;
        return Ok(found.map_err(what())?.as_ref().map(facts));
    }
    let registry = client.schema_registry();
    Ok(match kind {
        Kind::Schema => {
            let found = registry.schema(id).await.map_err(what())?;
            found.as_ref().map(facts)
        }
        Kind::FieldGroup => {
            let found = registry.field_group(id).await.map_err(what())?;
            found.as_ref().map(facts)
        }
        Kind::Dataset => {
            let found = client.catalog().dataset(id).await.map_err(what())?;
            found.as_ref().map(facts)
        }
        // As Hydrant made it. What a flow has is looked up by its version.
        Kind::MappingSet => {
            let found = client.data_prep().mapping_set(id, 0).await;
            found.map_err(what())?.as_ref().map(facts)
        }
        // There is no look-up of one descriptor that needs no schema; its schema answers for it.
        _ => Some(Value::Null),
    })
}

/// The one object that has the name and the mark of this flow.
pub(crate) async fn find(
    client: &Client,
    spec: &Spec,
    kind: Kind,
    ids: &Ids,
    origin: Origin,
) -> Result<Option<Sighting>, Error> {
    let name = spec.name_of(kind);
    let mut found = candidates(client, spec, kind, ids, &name).await?;
    if matches!(kind, Kind::MappingSet | Kind::Identity) {
        // One is as good as the other.
        found.truncate(1);
    }
    if found.len() > 1 {
        let ids: Vec<_> = found.iter().map(|(id, _)| id.as_str()).collect();
        return Err(Error::Ambiguous {
            kind: kind.words(),
            count: ids.len(),
            ids: ids.join(", "),
            name,
        });
    }
    Ok(found.pop().map(|(id, facts)| Sighting {
        object: Object {
            kind,
            name,
            id,
            origin,
        },
        facts,
    }))
}

/// What a creation has left that was repeated since nobody had heard its answer: other objects with
/// the name and the mark of this flow.
pub(crate) async fn doubles(
    client: &Client,
    spec: &Spec,
    kind: Kind,
    ids: &Ids,
) -> Result<Vec<Object>, Error> {
    let (name, id) = (spec.name_of(kind), ids.id(kind));
    let found = candidates(client, spec, kind, ids, &name).await?;
    let others = found.into_iter().filter(|(other, _)| *other != id);
    Ok(others
        .map(|(id, _)| Object {
            kind,
            name: name.clone(),
            id,
            origin: Origin::Created,
        })
        .collect())
}

async fn candidates(
    client: &Client,
    spec: &Spec,
    kind: Kind,
    ids: &Ids,
    name: &str,
) -> Result<Vec<(String, Value)>, Error> {
    let what = || Error::platform(format!("look for the {} `{name}`", kind.words()));
    if let Some(entity) = kind.connection() {
        let found = client.flow_service().find(entity, name).await;
        let description = spec.description();
        let ours = found.map_err(what())?.into_iter();
        let ours = ours.filter(|it| it.description == description);
        return Ok(ours.map(|it| (it.id.clone(), facts(&it))).collect());
    }
    let schema = ids.ids.get(&Kind::Schema).map(|(id, _)| id.as_str());
    match (kind, schema) {
        (Kind::Schema | Kind::FieldGroup, _) => {
            let resource = if kind == Kind::Schema {
                Resource::Schemas
            } else {
                Resource::FieldGroups
            };
            let found = client.schema_registry().find(resource, name).await;
            let mut all = Vec::new();
            for it in found.map_err(what())? {
                // The list says little more than that it is there.
                let whole = by_id(client, kind, &it.id).await?;
                all.extend(whole.map(|facts| (it.id, facts)));
            }
            Ok(all)
        }
        (Kind::Dataset, _) => {
            let found = client.catalog().find_datasets(name).await;
            let is_ours = |it: &aep_client::DataSet| {
                let values = it.tags.get(TAG);
                values.is_some_and(|values| values.contains(&spec.name))
            };
            let ours = found.map_err(what())?.into_iter().filter(is_ours);
            Ok(ours.map(|it| (it.id.clone(), facts(&it))).collect())
        }
        // These two have no name: they are what they say of their schema.
        (Kind::MappingSet, Some(schema)) => {
            let found = client.data_prep().find_by_schema(schema).await;
            let ours = spec.lines(ids.tenant.as_deref());
            let is_same = |set: &MappingSet| {
                set.lines()
                    .is_some_and(|theirs| compare::mapping(&ours.pairs(), &theirs).is_empty())
            };
            let same = found.map_err(what())?.into_iter().filter(is_same);
            Ok(same.map(|it| (it.id.clone(), facts(&it))).collect())
        }
        (Kind::Identity, Some(schema)) => {
            let found = client.schema_registry().descriptors(schema).await;
            let wanted = spec.request(kind, ids).masked_body().unwrap_or_default();
            let is_same = |it: &aep_client::Descriptor| {
                it.is_identity() && wanted["xdm:sourceProperty"] == *it.property
            };
            let same = found.map_err(what())?.into_iter().filter(is_same);
            Ok(same.map(|it| (it.id.clone(), facts(&it))).collect())
        }
        _ => Ok(Vec::new()),
    }
}
