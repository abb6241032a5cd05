//! Mapping sets (<https://experienceleague.adobe.com/docs/experience-platform/data-prep/home.html>).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::lenient;
use crate::page::cut_off;
use crate::request::{Request, encoded};
use crate::{Client, Error};

/// Two addresses are in Adobe's pages; the first is the one of the API guide.
const BASES: [&str; 2] = [
    "/data/foundation/conversion/mappingSets",
    "/data/foundation/mappingSets",
];

/// How a mapping set of the API guide's style names the schema's form.
const OUTPUT: &str = "application/vnd.adobe.xed-full+json;version=1";

/// Data Prep.
#[derive(Clone, Copy, Debug)]
pub struct DataPrep<'a>(pub(crate) &'a Client);

/// A mapping set to create.
#[derive(Clone, Debug)]
pub struct NewMappingSet {
    schema: String,
    lines: Vec<MappingLine>,
}

/// What goes where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingLine {
    source: String,
    destination: String,
    is_expression: bool,
}

impl MappingLine {
    /// The field `source` of a record goes to the path `destination` of the schema.
    pub fn new(source: impl Into<String>, destination: impl Into<String>) -> MappingLine {
        MappingLine {
            source: source.into(),
            destination: destination.into(),
            is_expression: false,
        }
    }

    /// What an expression over the record's fields comes to goes there.
    pub fn expression(source: impl Into<String>, destination: impl Into<String>) -> MappingLine {
        MappingLine {
            is_expression: true,
            ..MappingLine::new(source, destination)
        }
    }
}

impl NewMappingSet {
    /// A mapping onto the schema with this `$id` or `meta:altId`.
    pub fn new(schema: impl Into<String>, lines: Vec<MappingLine>) -> NewMappingSet {
        NewMappingSet {
            schema: schema.into(),
            lines,
        }
    }

    /// The request that creates it.
    pub fn request(&self) -> Request {
        Request::post(BASES[0], &self.body())
    }

    /// In the tutorial's style; where a line has an expression in the API guide's, which says what is one.
    fn body(&self) -> Value {
        if self.lines.iter().any(|line| line.is_expression) {
            return self.in_full();
        }
        let line = |line: &MappingLine| {
            json!({
                "destinationXdmPath": line.destination,
                "sourceAttribute": line.source,
                "identity": false,
                "version": 0,
            })
        };
        let lines: Vec<_> = self.lines.iter().map(line).collect();
        json!({"version": 0, "xdmSchema": self.schema, "xdmVersion": "1.0", "mappings": lines})
    }

    /// In the API guide's style.
    fn in_full(&self) -> Value {
        let line = |line: &MappingLine| {
            let kind = if line.is_expression {
                "EXPRESSION"
            } else {
                "ATTRIBUTE"
            };
            json!({"sourceType": kind, "source": line.source, "destination": line.destination})
        };
        let lines: Vec<_> = self.lines.iter().map(line).collect();
        let reference = json!({"id": full_id(&self.schema), "contentType": OUTPUT});
        json!({"outputSchema": {"schemaRef": reference}, "mappings": lines})
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

/// The way back.
fn full_id(schema: &str) -> String {
    match schema.strip_prefix('_') {
        Some(path) => format!("https://ns.adobe.com/{}", path.replace('.', "/")),
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
        self.either(|base| Request::post(base, &new.body())).await
    }

    /// A mapping set in one of its versions, which begin with 0; `None` if there is no such set, or no
    /// such version of it.
    pub async fn mapping_set(&self, id: &str, version: u32) -> Result<Option<MappingSet>, Error> {
        // Without it the API shows the first version, whichever is the newest.
        let path = |base: &str| format!("{base}/{}?version={version}", encoded(id));
        let found = self.either(|base| Request::get(path(base))).await;
        match found {
            Ok(set) => Ok(Some(set)),
            // Not documented: a version that there is not may be called a wrong request.
            Err(error) if error.is_not_found() || (version > 0 && error.status() == Some(400)) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// A mapping set in its newest version. The API does not tell which that is: versions are tried, in
    /// as many calls as their number has binary digits, twice.
    pub async fn newest(&self, id: &str) -> Result<Option<MappingSet>, Error> {
        let Some(mut newest) = self.mapping_set(id, 0).await? else {
            return Ok(None);
        };
        let (mut step, mut is_growing) = (1_u32, true);
        while step > 0 && newest.version < u32::MAX {
            let next = newest.version.saturating_add(step);
            match self.mapping_set(id, next).await? {
                // One that shows another version than was asked for knows of no others.
                Some(set) if set.version != next => {
                    return Ok(Some(if set.version > newest.version {
                        set
                    } else {
                        newest
                    }));
                }
                Some(set) => newest = set,
                None => is_growing = false,
            }
            step = if is_growing {
                step.saturating_mul(2)
            } else {
                step / 2
            };
        }
        Ok(Some(newest))
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
        let body = new.in_full();
        let request = |base: &str| Request::post(format!("{base}/validate"), &body).repeatable();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_says_that_it_is_one() {
        let path = MappingLine::new("firstName", "person.name.firstName");
        let plain = NewMappingSet::new("_acme.schemas.0123", vec![path.clone()]);
        assert_eq!(plain.body()["mappings"][0]["sourceAttribute"], "firstName");
        let text = "concat(firstName, ' ', lastName)";
        let line = MappingLine::expression(text, "person.name.fullName");
        let set = NewMappingSet::new("_acme.schemas.0123", vec![path, line]);
        assert_eq!(
            set.body(),
            json!({
                "outputSchema": {"schemaRef": {"id": "https://ns.adobe.com/acme/schemas/0123",
                    "contentType": "application/vnd.adobe.xed-full+json;version=1"}},
                "mappings": [
                    {"sourceType": "ATTRIBUTE", "source": "firstName", "destination": "person.name.firstName"},
                    {"sourceType": "EXPRESSION", "source": text, "destination": "person.name.fullName"},
                ],
            })
        );
    }
}
