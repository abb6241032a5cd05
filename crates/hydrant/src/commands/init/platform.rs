//! What `hydrant init` asks the platform for.

use aep_client::{Client, DataSet, Resource, Schema};
use draft::{Descriptor, Landing};
use flow::PlatformOptions;
use options::{Location, listed};
use report::ExitCode;
use serde_json::Value;

use super::{Learnt, mistakes};
use crate::failure::Failure;
use crate::{env, platform};

/// The schema with this `$id`, `meta:altId` or title.
pub(super) fn schema(wanted: &str, only: &[String], depth: usize) -> Result<Learnt, Failure> {
    let client = client("--xdm")?;
    super::super::ask(async {
        let registry = client.schema_registry();
        let id = if wanted.starts_with("https://")
            || wanted.starts_with('_') && wanted.contains(".schemas.")
        {
            wanted.to_owned()
        } else {
            let found = registry
                .find(Resource::Schemas, wanted)
                .await
                .map_err(|error| unanswered(&error))?;
            let ids: Vec<_> = found.iter().map(|schema| schema.id.as_str()).collect();
            one(&ids, "schema", "title", wanted, "--xdm")?
        };
        let (shape, schema) = resolved(&client, &id, only, depth).await?;
        Ok(Learnt {
            shape,
            landing: Some(Landing::Schema(schema.id)),
            name: Some(schema.title),
        })
    })?
}

/// The dataset with this id or name.
pub(super) fn dataset(wanted: &str, only: &[String], depth: usize) -> Result<Learnt, Failure> {
    let client = client("--dataset")?;
    super::super::ask(async {
        let dataset = found(&client, wanted, "--dataset").await?;
        let Some(schema) = &dataset.schema_ref else {
            return Err(
                Failure::new(format!("the dataset `{}` has no schema", dataset.name))
                    .help("it can't be seeded through a flow; choose one that has a schema"),
            );
        };
        let (mut shape, _) = resolved(&client, &schema.id, only, depth).await?;
        shape.origin = format!("the dataset {}", dataset.name);
        Ok(Learnt {
            shape,
            landing: Some(Landing::DataSet(dataset.id)),
            name: Some(dataset.name),
        })
    })?
}

/// The newest rows of the dataset with this id or name. Says how many they are.
pub(super) fn rows(
    wanted: &str,
    limit: u64,
    take: &mut (dyn FnMut(&Value) + Send),
) -> Result<u64, Failure> {
    let client = client("--sample dataset:…")?;
    super::super::ask(async {
        let dataset = found(&client, wanted, "--sample dataset:").await?;
        Ok(flow::verify::newest(&client, &dataset.id, limit, take).await?)
    })?
}

async fn found(client: &Client, wanted: &str, option: &str) -> Result<DataSet, Failure> {
    let catalog = client.catalog();
    if is_id(wanted)
        && let Some(dataset) = catalog
            .dataset(wanted)
            .await
            .map_err(|error| unanswered(&error))?
    {
        return Ok(dataset);
    }
    let mut found = catalog
        .find_datasets(wanted)
        .await
        .map_err(|error| unanswered(&error))?;
    let ids: Vec<_> = found.iter().map(|dataset| dataset.id.as_str()).collect();
    let id = one(&ids, "dataset", "name", wanted, option)?;
    let index = found.iter().position(|dataset| dataset.id == id);
    Ok(found.swap_remove(index.unwrap_or(0)))
}

async fn resolved(
    client: &Client,
    id: &str,
    only: &[String],
    depth: usize,
) -> Result<(draft::Shape, Schema), Failure> {
    let registry = client.schema_registry();
    let schema =
        registry
            .schema(id)
            .await
            .map_err(|error| unanswered(&error))?
            .ok_or_else(|| {
                Failure::new(format!("there is no schema `{id}` that these credentials may see"))
            .help("give the `$id` or the title of a schema in the sandbox that `AEP_SANDBOX` names")
            .exit(ExitCode::Usage)
            })?;
    let descriptors = registry
        .descriptors(&schema.id)
        .await
        .map_err(|error| unanswered(&error))?;
    let identities = descriptors.iter().filter(|it| it.is_identity()).map(|it| {
        let rest = |key: &str| it.rest.get(key);
        Descriptor {
            property: it.property.clone(),
            namespace: rest("xdm:namespace")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            primary: rest("xdm:isPrimary")
                .and_then(Value::as_bool)
                .unwrap_or(false),
        }
    });
    let identities: Vec<_> = identities.collect();
    let text = serde_json::to_string(&schema).unwrap_or_default();
    let shape = draft::xdm(&text, &schema.title, &identities, only, &|_| None, depth);
    let shape = shape.map_err(|problems| mistakes(&schema.title, &problems))?;
    Ok((shape, schema))
}

/// Who we are, from the environment.
fn client(option: &str) -> Result<Client, Failure> {
    let resolved = PlatformOptions::default().resolve(&Location::root(), &env::lookup);
    let platform = resolved.map_err(|problems| {
        for problem in &problems {
            crate::printer::error(&problem.message, problem.help.as_deref());
        }
        Failure::new(format!(
            "`{option}` asks the platform, and it is not known who you are there"
        ))
        .help("set `AEP_ORG_ID`, `AEP_CLIENT_ID` and `AEP_CLIENT_SECRET`, or `AEP_PROFILE`")
        .exit(ExitCode::Usage)
    })?;
    platform::client(&platform)
}

fn unanswered(error: &aep_client::Error) -> Failure {
    let failure = Failure::new(error.to_string());
    match error.help() {
        Some(help) => failure.help(help),
        None => failure,
    }
}

/// Datasets have ids of 24 hexadecimal digits.
fn is_id(wanted: &str) -> bool {
    wanted.len() == 24 && wanted.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The only one of these ids.
fn one(ids: &[&str], what: &str, by: &str, wanted: &str, option: &str) -> Result<String, Failure> {
    match ids {
        [only] => Ok((*only).to_owned()),
        [] => Err(Failure::new(format!(
            "there is no {what} with the {by} `{wanted}` that these credentials may see"
        ))
        .help(format!(
            "the {by} has to be written in full; `AEP_SANDBOX` says in which sandbox it is"
        ))
        .exit(ExitCode::Usage)),
        several => Err(Failure::new(format!(
            "{} {what}s have the {by} `{wanted}`",
            several.len()
        ))
        .help(format!(
            "say which one by its id: `{option}` takes {}",
            listed(several.iter().copied())
        ))
        .exit(ExitCode::Usage)),
    }
}
