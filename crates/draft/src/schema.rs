//! A schema of either kind, told apart by what is in it.

use options::{Location, Problem, Problems};
use serde_json::Value;

use crate::avro;
use crate::json_schema::{Load, json_schema};
use crate::shape::Shape;

/// So many values of a schema are followed: types that refer to each other come to more than anybody reads.
pub(crate) const VALUES_MAX: usize = 5_000;
/// What is said of those beyond.
pub(crate) const TOO_MANY: &str =
    "the schema has more fields than are written down: a smaller `--depth` brings fewer";

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::shape::{Node, Type};

    fn values(node: &Node) -> usize {
        1 + match &node.type_ {
            Type::Object(fields) => fields.iter().map(|field| values(&field.node)).sum(),
            Type::Map { of, names } => values(of) * names.len(),
            Type::Array { of, .. } => values(of),
            _ => 0,
        }
    }

    fn read(document: &Value, load: Load<'_>) -> Shape {
        schema(&document.to_string(), "a.json", load, 6).unwrap()
    }

    #[test]
    fn types_that_refer_to_each_other_end_somewhere() {
        let all: Vec<_> = (0..12).map(|at| format!("t{at}")).collect();
        let properties: Value = all
            .iter()
            .map(|name| {
                (
                    name.clone(),
                    json!({"$ref": format!("#/definitions/{name}")}),
                )
            })
            .collect::<serde_json::Map<_, _>>()
            .into();
        let of = |_: &String| json!({"type": "object", "properties": properties});
        let definitions = all.iter().map(|name| (name.clone(), of(name)));
        let definitions: Value = definitions.collect::<serde_json::Map<_, _>>().into();
        let json = json!({"properties": properties, "definitions": definitions});
        let fields = |names: &[String]| -> Vec<_> {
            let field = |name: &String| json!({"name": format!("f{name}"), "type": ["null", name]});
            names.iter().map(field).collect()
        };
        let record =
            |name: &String| json!({"type": "record", "name": name, "fields": fields(&all)});
        let avro: Value = all.iter().map(record).collect::<Vec<_>>().into();
        for document in [json, avro] {
            let shape = read(&document, &|_| None);
            let told: Vec<_> = shape.remarks.iter().map(|it| it.message.as_str()).collect();
            assert!(told.contains(&TOO_MANY), "{told:?}");
            let count: usize = shape.fields.iter().map(|it| values(&it.node)).sum();
            assert!(count <= VALUES_MAX, "{count}");
        }
    }

    #[test]
    fn a_schema_that_asks_for_more_than_anybody_reads_gets_less() {
        let map = |of: Value| json!({"type": "object", "minProperties": 4_000_000_000_u64, "additionalProperties": of});
        let map = map(map(map(json!({"type": "string"}))));
        let list = json!({"type": "array", "items": {"type": "integer"}, "minItems": 1_000_000, "uniqueItems": true});
        let shape = read(&json!({"properties": {"list": list, "map": map}}), &|_| {
            None
        });
        let count: usize = shape.fields.iter().map(|it| values(&it.node)).sum();
        assert!(count <= 2 * VALUES_MAX, "{count}");
        let drafted = crate::draft(&shape, &crate::Wish::default());
        let told = |key: &str| drafted.remarks.iter().any(|it| it.message.contains(key));
        assert!(
            told("`minProperties` is 4000000000: at most "),
            "{:?}",
            drafted.remarks
        );
        assert!(
            told("`minItems` is 1000000: at most 1000 "),
            "{:?}",
            drafted.remarks
        );
    }

    #[test]
    fn files_may_have_names_that_addresses_can_not_have() {
        let load = |name: &str| {
            (name == "größen und arten.json").then(|| r#"{"type": "integer"}"#.to_owned())
        };
        let document = json!({"properties": {"size": {"$ref": "größen und arten.json"}}});
        let shape = read(&document, &load);
        assert!(matches!(shape.fields[0].node.type_, Type::Integer { .. }));
    }
}
