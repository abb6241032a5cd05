//! The JSON Schema of `summary.json`, from the types that write it.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::Summary;

/// The JSON Schema (draft-07, which editors and validators of any age read) of `summary.json`.
/// Committed as `docs/summary.schema.json`.
pub fn summary_schema() -> Value {
    let settings = SchemaSettings::draft07();
    let mut schema = settings.into_generator().into_root_schema_for::<Summary>();
    schema.insert("title".to_owned(), "Hydrant run summary".into());
    schema.to_value()
}
