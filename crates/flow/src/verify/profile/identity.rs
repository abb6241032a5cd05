//! By which identity the profile knows the person that a record is about.

use aep_client::{Client, Descriptor};
use records::path;
use serde_json::Value;

use crate::spec::{SchemaSpec, Spec};
use crate::survey::profile::takes_part;
use crate::{Applied, Error};

/// The primary identity of a schema, and the record's field that it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// Its namespace, e.g. `Email`.
    pub(super) namespace: String,
    /// The names that lead to it in the record.
    pub(super) steps: Vec<String>,
}

impl Identity {
    /// That of a flow's schema, or why its records can't be looked up.
    pub(super) async fn of(
        client: &Client,
        spec: &Spec,
        applied: &Applied,
    ) -> Result<Identity, Error> {
        let tenant = applied.tenant.as_deref();
        let (path, namespace) = match &spec.schema {
            SchemaSpec::Composed(composed) if composed.profile => spec
                .primary_identity(tenant)
                .ok_or_else(|| missing("primary identity in the flow's schema", ADD))?,
            SchemaSpec::Composed(_) => return Err(not_in("schema", &applied.schema)),
            SchemaSpec::Existing(_) | SchemaSpec::OfDataset => there(client, applied).await?,
        };
        enabled(client, &applied.dataset).await?;
        let lines = spec.mapping.iter();
        let mut lines = lines.filter(|line| line.is_field());
        let line = lines.find(|line| line.target_for(tenant) == path);
        let line = line.ok_or_else(|| {
            let help =
                "map a field of the record to it, unchanged: Hydrant looks people up by the value";
            missing(
                format!("field that is mapped to the identity `{path}`"),
                help,
            )
        })?;
        Ok(Identity {
            namespace,
            steps: path::steps(&line.source),
        })
    }
}

const ADD: &str =
    "add `identity: {field: personalEmail.address, namespace: Email}` to `flow.schema`";

fn missing(what: impl Into<String>, help: &str) -> Error {
    Error::Missing {
        what: what.into(),
        help: help.to_owned(),
    }
}

fn not_in(what: &str, id: &str) -> Error {
    let help = "let schema and dataset take part in the profile (`flow.schema.profile: true` for those that \
                Hydrant makes), or leave `verify.profile` out";
    missing(
        format!("way into the profile: the {what} {id} takes no part in it"),
        help,
    )
}

/// Path and namespace of the primary identity of a schema that Hydrant has not composed.
async fn there(client: &Client, applied: &Applied) -> Result<(String, String), Error> {
    let id = &applied.schema;
    let registry = client.schema_registry();
    let schema = registry.schema(id).await;
    let schema = schema.map_err(Error::platform(format!("look up the schema {id}")))?;
    let facts = schema.map(|schema| Value::Object(schema.rest));
    if !facts.as_ref().is_some_and(takes_part) {
        return Err(not_in("schema", id));
    }
    let descriptors = registry.descriptors(id).await;
    let what = format!("look up the identities of the schema {id}");
    let descriptors = descriptors.map_err(Error::platform(what))?;
    let is_primary = |it: &&Descriptor| it.is_identity() && it.is_primary();
    let primary = descriptors.iter().find(is_primary);
    let primary = primary.map(|it| (it.path(), it.namespace().to_owned()));
    primary.ok_or_else(|| missing(format!("primary identity in the schema {id}"), ADD))
}

/// Whether what lands in a dataset goes on into the profile.
async fn enabled(client: &Client, id: &str) -> Result<(), Error> {
    let found = client.catalog().dataset(id).await;
    let found = found.map_err(Error::platform(format!("look up the dataset {id}")))?;
    let help = "a run removes what it made when it ends; `--keep-flow` leaves it";
    let found = found.ok_or_else(|| missing(format!("dataset {id} any more"), help))?;
    let tags = found.tags.get("unifiedProfile");
    let is_enabled = tags.is_some_and(|tags| tags.iter().any(|tag| tag == "enabled:true"));
    is_enabled
        .then_some(())
        .ok_or_else(|| not_in("dataset", id))
}
