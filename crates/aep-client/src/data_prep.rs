//! Mapping sets (<https://experienceleague.adobe.com/docs/experience-platform/data-prep/home.html>).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::lenient;
use crate::page::cut_off;
use crate::request::{Request, encoded};
use crate::{Client, Error};

/// Two addresses are in Adobe's pages; the first is the one of the API guide.
const BASES: [&str; 2] = [
    "/data/foundation/conversion/mappingSets",
    "/data/foundation/mappingSets",
];

/// Data Prep.
#[derive(Clone, Copy, Debug)]
pub struct DataPrep<'a>(pub(crate) &'a Client);

/// A mapping set to create.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewMappingSet {
    version: u32,
    xdm_schema: String,
    xdm_version: &'static str,
    mappings: Vec<MappingLine>,
}

/// What goes where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MappingLine {
    /// A path of the schema.
    pub destination_xdm_path: String,
    /// A field of the record, or an expression.
    pub source_attribute: String,
    #[serde(default)]
    identity: bool,
    #[serde(default)]
    version: u32,
}

impl MappingLine {
    /// `source` goes to `destination`.
    pub fn new(source: impl Into<String>, destination: impl Into<String>) -> MappingLine {
        MappingLine {
            destination_xdm_path: destination.into(),
            source_attribute: source.into(),
            identity: false,
            version: 0,
        }
    }
}

impl NewMappingSet {
    /// A mapping onto the schema with this `$id` or `meta:altId`.
    pub fn new(schema: impl Into<String>, mappings: Vec<MappingLine>) -> NewMappingSet {
        NewMappingSet {
            version: 0,
            xdm_schema: schema.into(),
            xdm_version: "1.0",
            mappings,
        }
    }

    /// The request that creates it.
    pub fn request(&self) -> Request {
        Request::post(BASES[0], self)
    }
}

/// A mapping set.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct MappingSet {
    /// Its id, 32 hexadecimal digits.
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// Its version: each change of the set makes another one.
    #[serde(default, deserialize_with = "lenient::version")]
    pub version: u32,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl MappingSet {
    /// What goes where, source first, in whichever style the platform shows it; `None` if it does not
    /// show it.
    pub fn lines(&self) -> Option<Vec<(&str, &str)>> {
        let written = self.rest.get("mappings")?.as_array()?;
        let line = |line| {
            Some((
                either(line, "sourceAttribute", "source")?,
                either(line, "destinationXdmPath", "destination")?,
            ))
        };
        written.iter().map(line).collect()
    }

    /// Which schema it is for, in whichever style the platform names it: by `$id` or by
    /// `meta:altId`; `None` if it does not say.
    pub fn schema(&self) -> Option<&str> {
        let direct = self.rest.get("xdmSchema");
        let direct = direct.and_then(Value::as_str).filter(|it| !it.is_empty());
        let referred = || {
            self.rest
                .get("outputSchema")?
                .pointer("/schemaRef/id")?
                .as_str()
        };
        direct.or_else(referred)
    }

    /// Whether it is for the schema with this `$id` or `meta:altId`; `None` if it does not say.
    pub fn is_for(&self, schema: &str) -> Option<bool> {
        Some(alt_id(self.schema()?) == alt_id(schema))
    }
}

/// `https://ns.adobe.com/tenant/schemas/<hash>` as `_tenant.schemas.<hash>`: a `$id` as `meta:altId`.
fn alt_id(schema: &str) -> String {
    match schema.strip_prefix("https://ns.adobe.com/") {
        Some(path) => format!("_{}", path.replace('/', ".")),
        None => schema.to_owned(),
    }
}

fn either<'v>(line: &'v Value, a: &str, b: &str) -> Option<&'v str> {
    line.get(a).or_else(|| line.get(b))?.as_str()
}

/// What is wrong with one line of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingProblem {
    /// Which line, from 0.
    pub line: usize,
    /// The platform's words.
    pub message: String,
}

impl DataPrep<'_> {
    /// Creates a mapping set.
    pub async fn create(&self, new: &NewMappingSet) -> Result<MappingSet, Error> {
        self.either(|base| Request::post(base, new)).await
    }

    /// A mapping set by its id.
    pub async fn mapping_set(&self, id: &str) -> Result<Option<MappingSet>, Error> {
        let found = self
            .either(|base| Request::get(format!("{base}/{}", encoded(id))))
            .await;
        match found {
            Ok(set) => Ok(Some(set)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The mapping sets for the schema with this `$id`. Mapping sets have no name of their own.
    pub async fn find_by_schema(&self, schema: &str) -> Result<Vec<MappingSet>, Error> {
        const PAGE: usize = 100;
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        for start in (0..).step_by(PAGE) {
            let list = |base: &str| Request::get(format!("{base}?limit={PAGE}&start={start}"));
            let page: Value = self.either(list).await?;
            let sets = page
                .get("data")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            let is_last = sets.len() < PAGE;
            let before = seen.len();
            for set in lenient::readable::<MappingSet>(sets) {
                if seen.insert(set.id.clone()) && set.is_for(schema) == Some(true) {
                    found.push(set);
                }
            }
            if is_last {
                break;
            }
            // A service that ignores `start` answers the same page for ever.
            if seen.len() == before {
                return Err(cut_off(BASES[0]));
            }
        }
        Ok(found)
    }

    /// What is wrong with a mapping; creates nothing.
    pub async fn validate(&self, new: &NewMappingSet) -> Result<Vec<MappingProblem>, Error> {
        let request = |base: &str| Request::post(format!("{base}/validate"), new).repeatable();
        let answer: Value = self.either(request).await?;
        let lines = answer.get("validationResponse").and_then(Value::as_array);
        let problem = |(line, found): (usize, &Value)| {
            let is_error = found.get("status").and_then(Value::as_str) == Some("ERROR");
            is_error.then(|| MappingProblem {
                line,
                message: found.get("errors").map(words).unwrap_or_default(),
            })
        };
        Ok(lines
            .into_iter()
            .flatten()
            .enumerate()
            .filter_map(problem)
            .collect())
    }

    /// Removes a mapping set. Adobe documents no way to do so: `false` if the platform has none, or
    /// if the set is not there.
    pub async fn delete(&self, id: &str) -> Result<bool, Error> {
        for base in BASES {
            match self.0.send(&delete_request(base, id)).await {
                Ok(_) => return Ok(true),
                Err(error) if error.is_not_found() => {}
                Err(error) if error.status() == Some(405) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// The request that removes a mapping set.
    pub fn delete_request(id: &str) -> Request {
        delete_request(BASES[0], id)
    }

    async fn either<T: serde::de::DeserializeOwned>(
        &self,
        request: impl Fn(&str) -> Request,
    ) -> Result<T, Error> {
        let first = match self.0.json(&request(BASES[0])).await {
            Err(error) if error.is_not_found() => error,
            other => return other,
        };
        match self.0.json(&request(BASES[1])).await {
            // Where neither has it, the first answer is the one that counts.
            Err(second) if matches!(second.status(), Some(404 | 405 | 410)) => Err(first),
            other => other,
        }
    }
}

fn delete_request(base: &str, id: &str) -> Request {
    Request::delete(format!("{base}/{}", encoded(id)))
}

/// Texts out of whatever the platform wraps them in.
fn words(errors: &Value) -> String {
    match errors {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(words).collect::<Vec<_>>().join("; "),
        Value::Object(map) => ["message", "description", "errorMessage"]
            .iter()
            .find_map(|key| map.get(*key).map(words))
            .unwrap_or_else(|| errors.to_string()),
        other => other.to_string(),
    }
}
