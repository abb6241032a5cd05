//! What is on the platform already: looked up before anything is created, all at once.

use aep_client::{Client, MappingSet, Resource};
use futures::future::try_join_all;

use crate::request::{Ids, TAG};
use crate::spec::{DatasetSpec, SchemaSpec, Spec};
use crate::state::{FlowState, Object, Origin};
use crate::{Error, Kind};

/// Everything that a plan and an apply start from.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) ids: Ids,
    /// What is there, with who made it.
    pub(crate) found: Vec<Object>,
    /// What the state says is there and is not.
    pub(crate) vanished: Vec<Kind>,
    /// What is worth saying.
    pub(crate) remarks: Vec<String>,
}

/// Looks.
pub(crate) async fn survey(
    client: &Client,
    spec: &Spec,
    state: &FlowState,
) -> Result<Survey, Error> {
    let kinds = spec.kinds();
    let objects = try_join_all(kinds.iter().map(|kind| look(client, spec, state, *kind)));
    let (objects, context) = futures::future::try_join(objects, context(client, spec)).await?;
    let (mut ids, remarks) = context;
    let (mut found, mut vanished) = (Vec::new(), Vec::new());
    for (kind, object) in kinds.iter().zip(objects) {
        match object {
            Some(object) => {
                ids.ids
                    .insert(*kind, (object.id.clone(), Some(object.origin)));
                found.push(object);
            }
            None if state.get(*kind).is_some() => vanished.push(*kind),
            None => {}
        }
    }
    let mut remarks = remarks;
    if let Some(object) = found.iter().find(|object| object.kind == Kind::MappingSet) {
        remarks.extend(different_mapping(client, spec, &ids, object).await?);
    }
    Ok(Survey {
        ids,
        found,
        vanished,
        remarks,
    })
}

/// What to say of a mapping set that is there and maps other things than the scenario.
async fn different_mapping(
    client: &Client,
    spec: &Spec,
    ids: &Ids,
    object: &Object,
) -> Result<Option<String>, Error> {
    let what = Error::platform(format!("look up the mapping set {}", object.id));
    let found = client
        .data_prep()
        .mapping_set(&object.id)
        .await
        .map_err(what)?;
    let Some(theirs) = found.as_ref().and_then(MappingSet::lines) else {
        return Ok(None);
    };
    let targets: Vec<_> = spec
        .mapping
        .iter()
        .map(|line| line.target_for(ids.tenant.as_deref()))
        .collect();
    let ours = spec
        .mapping
        .iter()
        .zip(&targets)
        .map(|(line, target)| (line.source.as_str(), target.as_str()));
    let is_same = theirs.len() == targets.len() && ours.clone().all(|line| theirs.contains(&line));
    Ok((!is_same).then(|| {
        format!(
            "the mapping set {} maps other fields than the scenario does, and is used as it is: \
             `hydrant flow destroy` and a new apply change that",
            object.id
        )
    }))
}

/// Namespace, flow specification, and what the scenario names by its id.
async fn context(client: &Client, spec: &Spec) -> Result<(Ids, Vec<String>), Error> {
    let tenant = async {
        if !spec.needs_tenant() {
            return Ok(None);
        }
        let stats = client.schema_registry().stats().await;
        stats
            .map(|stats| Some(stats.tenant_id))
            .map_err(Error::platform("ask for the organisation's namespace"))
    };
    let existing = async {
        let mut ids = Ids::default();
        let mut schema = match &spec.schema {
            SchemaSpec::Existing(id) => Some(id.clone()),
            _ => None,
        };
        if let DatasetSpec::Existing(id) = &spec.dataset {
            let dataset = client
                .catalog()
                .dataset(id)
                .await
                .map_err(Error::platform(format!("look up the dataset {id}")))?;
            let dataset = dataset.ok_or_else(|| missing(format!("dataset with the id {id}")))?;
            ids.set(Kind::Dataset, id);
            schema = schema.or(dataset.schema_ref.map(|schema| schema.id));
        }
        if let Some(id) = schema {
            let found = client
                .schema_registry()
                .schema(&id)
                .await
                .map_err(Error::platform(format!("look up the schema {id}")))?;
            let found = found.ok_or_else(|| missing(format!("schema with the id {id}")))?;
            ids.set(Kind::Schema, found.id);
        }
        if let Some(id) = &spec.mapping_set {
            let found = client
                .data_prep()
                .mapping_set(id)
                .await
                .map_err(Error::platform(format!("look up the mapping set {id}")))?;
            let found = found.ok_or_else(|| missing(format!("mapping set with the id {id}")))?;
            ids.set(Kind::MappingSet, found.id);
        }
        Ok(ids)
    };
    let (tenant, mut ids, flow_spec) =
        futures::future::try_join3(tenant, existing, flow_spec(client, spec)).await?;
    ids.tenant = tenant;
    let (id, remark) = flow_spec;
    ids.flow_spec = Some(id);
    Ok((ids, remark.into_iter().collect()))
}

fn missing(what: String) -> Error {
    Error::Missing {
        what,
        help: "check the id in the scenario, and the sandbox".to_owned(),
    }
}

/// The flow specification that reads from the source and maps into the data lake: looked up, and
/// compared with the one that is documented.
async fn flow_spec(client: &Client, spec: &Spec) -> Result<(String, Option<String>), Error> {
    let documented = match spec.source_spec() {
        aep_client::spec::HTTP_API => aep_client::spec::HTTP_FLOW,
        _ => aep_client::spec::STREAM_FLOW,
    };
    let all = client
        .flow_service()
        .flow_specs()
        .await
        .map_err(Error::platform("list the flow specifications"))?;
    let fitting: Vec<_> = all
        .iter()
        .filter(|it| it.maps(spec.source_spec(), aep_client::spec::DATA_LAKE))
        .collect();
    if fitting.iter().any(|it| it.id == documented) {
        return Ok((documented.to_owned(), None));
    }
    match fitting.first() {
        Some(other) => {
            let remark = format!(
                "the documented flow specification {documented} is not offered; using `{}` ({}) instead",
                other.name, other.id
            );
            Ok((other.id.clone(), Some(remark)))
        }
        None => Err(Error::Missing {
            what: format!(
                "flow specification that reads from {} and maps into the data lake",
                spec.source.word()
            ),
            help:
                "the organisation lacks this kind of source: Kinesis and Event Hubs sources need \
                   Real-Time CDP Ultimate"
                    .to_owned(),
        }),
    }
}

/// One object: by the id in the state, or by its name and mark.
async fn look(
    client: &Client,
    spec: &Spec,
    state: &FlowState,
    kind: Kind,
) -> Result<Option<Object>, Error> {
    if let Some(known) = state.get(kind)
        && exists(client, kind, &known.id).await?
    {
        return Ok(Some(known.clone()));
    }
    // What was asked for and not answered is ours, if it is there.
    let origin = if state.pending.contains(&kind) {
        Origin::Created
    } else {
        Origin::Adopted
    };
    let schema = state.get(Kind::Schema).map(|schema| schema.id.as_str());
    find(client, spec, kind, schema, origin).await
}

/// Whether the object with this id is there.
pub(crate) async fn exists(client: &Client, kind: Kind, id: &str) -> Result<bool, Error> {
    let what = || Error::platform(format!("look up the {} {id}", kind.words()));
    if let Some(entity) = kind.connection() {
        let found = client
            .flow_service()
            .get(entity, id)
            .await
            .map_err(what())?;
        return Ok(found.is_some());
    }
    match kind {
        Kind::Schema => client
            .schema_registry()
            .schema(id)
            .await
            .map(|it| it.is_some())
            .map_err(what()),
        Kind::FieldGroup => client
            .schema_registry()
            .field_group(id)
            .await
            .map(|it| it.is_some())
            .map_err(what()),
        Kind::Dataset => client
            .catalog()
            .dataset(id)
            .await
            .map(|it| it.is_some())
            .map_err(what()),
        Kind::MappingSet => client
            .data_prep()
            .mapping_set(id)
            .await
            .map(|it| it.is_some())
            .map_err(what()),
        // There is no look-up of one descriptor that needs no schema; its schema answers for it.
        _ => Ok(true),
    }
}

/// The one object that has the name and the mark of this flow.
pub(crate) async fn find(
    client: &Client,
    spec: &Spec,
    kind: Kind,
    schema: Option<&str>,
    origin: Origin,
) -> Result<Option<Object>, Error> {
    let (name, description) = (spec.name_of(kind), spec.description());
    let what = || Error::platform(format!("look for the {} `{name}`", kind.words()));
    let mut ids: Vec<String> = Vec::new();
    if let Some(entity) = kind.connection() {
        let found = client
            .flow_service()
            .find(entity, &name)
            .await
            .map_err(what())?;
        ids.extend(
            found
                .into_iter()
                .filter(|it| it.description == description)
                .map(|it| it.id),
        );
    }
    match (kind, schema) {
        (Kind::Schema | Kind::FieldGroup, _) => {
            let resource = if kind == Kind::Schema {
                Resource::Schemas
            } else {
                Resource::FieldGroups
            };
            let found = client
                .schema_registry()
                .find(resource, &name)
                .await
                .map_err(what())?;
            ids.extend(found.into_iter().map(|it| it.id));
        }
        (Kind::Dataset, _) => {
            let found = client
                .catalog()
                .find_datasets(&name)
                .await
                .map_err(what())?;
            let is_ours = |tags: &std::collections::BTreeMap<String, Vec<String>>| {
                tags.get(TAG)
                    .is_some_and(|values| values.contains(&spec.name))
            };
            ids.extend(
                found
                    .into_iter()
                    .filter(|it| is_ours(&it.tags))
                    .map(|it| it.id),
            );
        }
        // These two have no name: they belong to a schema that is ours, or they are not ours.
        (Kind::MappingSet, Some(schema)) => {
            let found = client
                .data_prep()
                .find_by_schema(schema)
                .await
                .map_err(what())?;
            ids.extend(found.into_iter().map(|it| it.id).take(1));
        }
        (Kind::Identity, Some(schema)) => {
            let found = client
                .schema_registry()
                .descriptors(schema)
                .await
                .map_err(what())?;
            ids.extend(found.into_iter().map(|it| it.id).take(1));
        }
        _ => {}
    }
    if ids.len() > 1 {
        return Err(Error::Ambiguous {
            kind: kind.words(),
            count: ids.len(),
            ids: ids.join(", "),
            name,
        });
    }
    Ok(ids.pop().map(|id| Object {
        kind,
        name,
        id,
        origin,
    }))
}
