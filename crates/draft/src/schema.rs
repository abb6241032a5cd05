//! A schema of either kind, told apart by what is in it.

use options::{Location, Problem, Problems};
use serde_json::Value;

use crate::avro;
use crate::json_schema::{Load, json_schema};
use crate::shape::Shape;

/// What is known of the records from the JSON Schema or Avro schema in `text`, of which people speak as `name` (its
/// file, say). `load` finds the documents that it refers to by relative addresses. Objects are followed to a `depth`.
/// All mistakes come at once, each with its place in the schema.
pub fn schema(text: &str, name: &str, load: Load<'_>, depth: usize) -> Result<Shape, Problems> {
    let document = parse(text)?;
    if avro::is_avro(&document) {
        avro::avro(&document, name, depth)
    } else {
        json_schema(document, name, load, depth)
    }
}

/// The JSON in `text`.
pub(crate) fn parse(text: &str) -> Result<Value, Problems> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str(text).map_err(|error| {
        let problem = Problem::new(Location::root(), format!("this is no JSON: {error}"));
        vec![problem.help("give a schema that is written in JSON")]
    })
}
