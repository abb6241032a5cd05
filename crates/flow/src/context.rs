//! What a flow is built on and does not make itself: the organisation's namespace, specifications,
//! and what the scenario names by its id.

use aep_client::{Client, MappingSet};
use futures::future::{try_join, try_join_all, try_join5};
use serde_json::Value;

use crate::fields::Fields;
use crate::request::Ids;
use crate::source::Source;
use crate::spec::{DatasetSpec, SchemaSpec, Spec};
use crate::{Error, Kind, NamedSet};

/// What was found.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) ids: Ids,
    /// The fields that records can be mapped to.
    pub(crate) fields: Fields,
    /// The mapping set that the scenario names by its id.
    pub(crate) mapping_set: Option<MappingSet>,
    /// What is worth saying.
    pub(crate) remarks: Vec<String>,
}

/// Looks for all of it at once.
pub(crate) async fn context(client: &Client, spec: &Spec) -> Result<Context, Error> {
    let existing = try_join(existing(client, spec), mapping_set(client, spec));
    let (tenant, existing, flow_spec, auth, parts) = try_join5(
        tenant(client, spec),
        existing,
        flow_spec(client, spec),
        authentication(client, spec),
        parts(client, spec),
    )
    .await?;
    let ((mut ids, schema), mapping_set) = existing;
    if let Some(set) = &mapping_set {
        ids.set(Kind::MappingSet, &set.id);
    }
    ids.tenant = tenant;
    let (id, remark) = flow_spec;
    ids.flow_spec = Some(id);
    ids.auth = auth;
    let mut fields = Fields::default();
    parts
        .into_iter()
        .chain(schema)
        .for_each(|part| fields.add(part));
    Ok(Context {
        ids,
        fields,
        mapping_set,
        remarks: remark.into_iter().collect(),
    })
}

async fn tenant(client: &Client, spec: &Spec) -> Result<Option<String>, Error> {
    if !spec.needs_tenant() {
        return Ok(None);
    }
    let stats = client.schema_registry().stats().await;
    stats
        .map(|stats| Some(stats.tenant_id))
        .map_err(Error::platform("ask for the organisation's namespace"))
}

/// What the scenario names by its id, and the schema among it.
async fn existing(client: &Client, spec: &Spec) -> Result<(Ids, Option<Value>), Error> {
    let mut ids = Ids::default();
    let mut schema = match &spec.schema {
        SchemaSpec::Existing(id) => Some(id.clone()),
        _ => None,
    };
    let mut of_dataset = None;
    if let DatasetSpec::Existing(id) = &spec.dataset {
        let what = Error::platform(format!("look up the dataset {id}"));
        let dataset = client.catalog().dataset(id).await.map_err(what)?;
        let dataset = dataset.ok_or_else(|| missing(format!("dataset with the id {id}")))?;
        ids.set(Kind::Dataset, id);
        of_dataset = dataset.schema_ref.map(|schema| schema.id);
        schema = schema.or_else(|| of_dataset.clone());
    }
    let mut whole = None;
    if let Some(id) = schema {
        let what = Error::platform(format!("look up the schema {id}"));
        let found = client.schema_registry().schema(&id).await.map_err(what)?;
        let found = found.ok_or_else(|| missing(format!("schema with the id {id}")))?;
        if let Some(theirs) = of_dataset.filter(|theirs| *theirs != found.id) {
            return Err(Error::Missing {
                what: format!(
                    "way to land records of the schema {} in that dataset",
                    found.id
                ),
                help: format!(
                    "it has the schema {theirs}: leave `schema` out to use that one, or name a \
                     dataset of the other schema"
                ),
            });
        }
        ids.set(Kind::Schema, found.id.clone());
        whole = serde_json::to_value(found).ok();
    }
    Ok((ids, whole))
}

/// The mapping set that the scenario names by its id, in the version that it names, or in the newest.
async fn mapping_set(client: &Client, spec: &Spec) -> Result<Option<MappingSet>, Error> {
    let Some(NamedSet { id, version }) = &spec.mapping_set else {
        return Ok(None);
    };
    let what = Error::platform(format!("look up the mapping set {id}"));
    let (service, named) = (client.data_prep(), format!("mapping set with the id {id}"));
    let (found, named) = match version {
        Some(version) => (
            service.mapping_set(id, *version).await,
            format!("{named} and the version {version}"),
        ),
        None => (service.newest(id).await, named),
    };
    found.map_err(what)?.map(Some).ok_or_else(|| missing(named))
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
    let all = match client.flow_service().flow_specs().await {
        Ok(all) => all,
        Err(error) if error.is_no() => {
            let remark = format!(
                "the flow specifications can't be listed, so the documented one is used: {error}"
            );
            return Ok((documented.to_owned(), Some(remark)));
        }
        Err(error) => return Err(Error::platform("list the flow specifications")(error)),
    };
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
            help: lacking(spec),
        }),
    }
}

fn lacking(spec: &Spec) -> String {
    let licence = match spec.source {
        Source::EventHubs { .. } | Source::Kinesis { .. } => {
            ": Kinesis and Event Hubs sources need Real-Time CDP Ultimate"
        }
        _ => "",
    };
    format!("the organisation lacks this kind of source{licence}")
}

/// By which name the connection specification calls the way to authenticate, where it shows that it
/// has another one for ours.
async fn authentication(client: &Client, spec: &Spec) -> Result<Option<String>, Error> {
    let id = spec.source_spec();
    // Not documented for streaming sources: who may not list them may still use them.
    let found = match client.flow_service().connection_spec(id).await {
        Ok(found) => found,
        Err(error) if error.is_no() => return Ok(None),
        Err(error) => {
            return Err(Error::platform("look up the connection specification")(
                error,
            ));
        }
    };
    let Some(found) = found else {
        return Err(Error::Missing {
            what: format!("connection specification for {} ({id})", spec.source.word()),
            help: lacking(spec),
        });
    };
    let offered = found.authentications();
    let wanted = spec.authentication();
    if offered.is_empty() || offered.contains(&wanted) {
        return Ok(None);
    }
    let other = Spec::former_name(wanted).filter(|former| offered.contains(former));
    other
        .map(|former| Some(former.to_owned()))
        .ok_or_else(|| Error::Missing {
            what: format!(
                "way to authenticate called `{wanted}` for {}",
                spec.source.word()
            ),
            help: format!(
                "the organisation's sources offer `{}`",
                offered.join("`, `")
            ),
        })
}

/// The class and the field groups of a schema that is composed for the flow.
async fn parts(client: &Client, spec: &Spec) -> Result<Vec<Value>, Error> {
    let SchemaSpec::Composed(composed) = &spec.schema else {
        return Ok(Vec::new());
    };
    let class = async {
        let id = composed.class.id();
        let what = Error::platform(format!("look up the class {id}"));
        client.schema_registry().class(id).await.map_err(what)
    };
    let group = async |id: &String| {
        let what = Error::platform(format!("look up the field group {id}"));
        let found = client.schema_registry().field_group(id).await;
        let found = found.map_err(what)?;
        found.ok_or_else(|| missing(format!("field group with the id {id}")))
    };
    let groups = try_join_all(composed.field_groups.iter().map(group));
    let (class, groups) = try_join(class, groups).await?;
    // A class that is not shown may have any field.
    let class = class.map_or(Value::Null, |class| {
        serde_json::to_value(class).unwrap_or_default()
    });
    let groups = groups
        .into_iter()
        .map(|group| serde_json::to_value(group).unwrap_or_default());
    Ok(std::iter::once(class).chain(groups).collect())
}
