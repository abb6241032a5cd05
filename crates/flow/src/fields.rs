//! The fields of a schema, as far as the platform shows them, to check a mapping before anything is
//! created.

mod held;
mod offline;

use serde_json::Value;

pub use held::{Held, SchemaPaths, Text};

use crate::mapping::{Mapping, TENANT};
use crate::spec::{SchemaSpec, Spec};

/// Classes, field groups or whole schemas with their references resolved: a path is known if one of
/// them has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<Value>);

/// Whether a path is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    No,
    /// It may be: something on the way is not shown.
    Perhaps,
    Yes,
}

/// References within one document are followed so many times.
const DEPTH: usize = 16;

impl Fields {
    pub(crate) fn add(&mut self, part: Value) {
        self.0.push(part);
    }

    /// What the mapping and the identity have that no schema of these parts has; nothing where the
    /// parts do not tell.
    pub(crate) fn problems(&self, spec: &Spec, tenant: Option<&str>) -> Vec<String> {
        let lines = spec.mapping.iter().filter(|_| spec.mapping_set.is_none());
        let lines = lines.map(|line| (line.source.as_str(), line));
        let identity = spec.identity_path();
        let identity = identity.iter().map(|line| ("identity.field", line));
        lines
            .chain(identity)
            .filter_map(|(source, line)| self.problem(spec, source, line, tenant))
            .collect()
    }

    fn problem(
        &self,
        spec: &Spec,
        source: &str,
        line: &Mapping,
        tenant: Option<&str>,
    ) -> Option<String> {
        let target = line.target_for(tenant);
        if self.0.is_empty() || is_custom(spec, &line.target) || self.find(&target) != Found::No {
            return None;
        }
        Some(format!("`{source}: {target}`: {}", self.no_path(&target)))
    }

    /// What to say of a path that is not there.
    fn no_path(&self, target: &str) -> String {
        let near = self.near(target);
        let near = near.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
        format!("the schema has no path `{target}`{near}")
    }

    /// What is wrong with a target whose tenant is not known; `None` if nothing is, or if it can't be
    /// told.
    pub(crate) fn missing(&self, target: &str) -> Option<String> {
        let (first, rest) = target.split_once('.').unwrap_or((target, ""));
        // The organisation's namespace by its own name.
        let is_tenant = first.starts_with('_') && !rest.is_empty() && first != TENANT;
        let is_there = is_tenant || self.0.is_empty() || self.find(target) != Found::No;
        (!is_there).then(|| self.no_path(target))
    }

    fn find(&self, path: &str) -> Found {
        let steps: Vec<_> = path.split('.').collect();
        let found = self.0.iter().map(|part| find(part, part, &steps, DEPTH));
        found.max().unwrap_or(Found::Perhaps)
    }

    /// A path that is there and is written much the same way.
    fn near(&self, path: &str) -> Option<String> {
        let mut paths = Vec::new();
        for part in &self.0 {
            collect(part, part, "", DEPTH, &mut paths);
        }
        let paths = || paths.iter().map(String::as_str);
        // A name alone, or in another object.
        let last = |path: &str| path.rsplit('.').next().unwrap_or(path).to_lowercase();
        let same_name = paths().filter(|other| last(other) == last(path));
        // Paths that begin alike say nothing if they end in another name.
        let is_alike = |near: &&str| options::suggest(&last(path), [last(near).as_str()]).is_some();
        same_name
            .min_by_key(|path| path.len())
            .or_else(|| options::suggest(path, paths()).filter(is_alike))
            .map(str::to_owned)
    }
}

/// Whether a target is one of the scenario's own fields, which will be there.
fn is_custom(spec: &Spec, target: &str) -> bool {
    let SchemaSpec::Composed(composed) = &spec.schema else {
        return false;
    };
    let own = target
        .strip_prefix(TENANT)
        .and_then(|rest| rest.strip_prefix('.'));
    own.is_some_and(|path| {
        let (field, below) = match path.split_once('.') {
            Some((field, below)) => (field, Some(below)),
            None => (path, None),
        };
        let type_ = composed.fields.get(field);
        type_.is_some_and(|type_| below.is_none_or(|below| type_.at(below).is_some()))
    })
}

/// What a node of a schema says by itself, and what it is composed of.
fn parts<'v>(document: &'v Value, node: &'v Value) -> impl Iterator<Item = Part<'v>> {
    let composed = node.get("allOf").and_then(Value::as_array);
    let composed = composed.into_iter().flatten().map(Part::Node);
    let reference = node.get("$ref").and_then(Value::as_str).map(|to| {
        let inside = to.strip_prefix('#').and_then(|at| document.pointer(at));
        inside.map_or(Part::Elsewhere, Part::Node)
    });
    composed.chain(reference)
}

enum Part<'v> {
    Node(&'v Value),
    /// A reference that was not resolved.
    Elsewhere,
}

fn find(document: &Value, node: &Value, steps: &[&str], depth: usize) -> Found {
    let Some((step, rest)) = steps.split_first() else {
        return Found::Yes;
    };
    if depth == 0 {
        return Found::Perhaps;
    }
    let properties = node.get("properties").and_then(Value::as_object);
    let mut best = match properties.and_then(|properties| properties.get(*step)) {
        Some(_) if rest.is_empty() => return Found::Yes,
        Some(field) => find(document, field, rest, depth - 1),
        None => Found::No,
    };
    let mut is_composed = false;
    for part in parts(document, node) {
        is_composed = true;
        best = best.max(match part {
            Part::Node(part) => find(document, part, steps, depth - 1),
            Part::Elsewhere => Found::Perhaps,
        });
    }
    // An object of which nothing is shown, a map, a list.
    if properties.is_none() && !is_composed && is_open(node) {
        best = best.max(Found::Perhaps);
    }
    best
}

/// Whether there may be fields that are not listed.
fn is_open(node: &Value) -> bool {
    let type_ = node.get("type").and_then(Value::as_str);
    !matches!(
        type_,
        Some("string" | "integer" | "number" | "boolean" | "null")
    )
}

fn collect(document: &Value, node: &Value, at: &str, depth: usize, paths: &mut Vec<String>) {
    if depth == 0 {
        return;
    }
    let properties = node.get("properties").and_then(Value::as_object);
    for (name, field) in properties.into_iter().flatten() {
        let path = if at.is_empty() {
            name.clone()
        } else {
            format!("{at}.{name}")
        };
        collect(document, field, &path, depth - 1, paths);
        paths.push(path);
    }
    for part in parts(document, node) {
        if let Part::Node(part) = part {
            collect(document, part, at, depth - 1, paths);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(parts: &[Value]) -> Fields {
        Fields(parts.to_vec())
    }

    #[test]
    fn paths_are_found_through_references_and_compositions() {
        let group = json!({
            "definitions": {"d": {"properties": {"person": {"type": "object", "properties": {
                "name": {"$ref": "#/definitions/name"}}}}},
                "name": {"properties": {"firstName": {"type": "string"}}}},
            "allOf": [{"$ref": "#/definitions/d", "type": "object"}],
        });
        let fields = fields(&[json!({"properties": {"_id": {"type": "string"}}}), group]);
        assert_eq!(fields.find("_id"), Found::Yes);
        assert_eq!(fields.find("person.name.firstName"), Found::Yes);
        assert_eq!(fields.find("person.name.firstname"), Found::No);
        assert_eq!(fields.find("_id.deeper"), Found::No);
        let near = fields.near("person.name.firstname");
        assert_eq!(near.as_deref(), Some("person.name.firstName"));
    }

    #[test]
    fn the_identity_is_looked_for_as_the_mapping_is() {
        let spec = |identity: &str, mapping_set: Value| {
            let options = json!({
                "schema": {"fields": {"level": "string"}, "identity": {"field": identity}},
                "mapping": {"id": "_id", "a": "person.nmae"},
                "mapping_set": mapping_set,
            });
            let upstream = crate::Upstream::HttpApi {
                authenticated: false,
            };
            let (options, at) = (serde_json::from_value(options), options::Location::root());
            Spec::resolve(&options.unwrap(), "s", upstream, &|_| None, &at).unwrap()
        };
        let part = json!({"properties": {"_id": {"type": "string"}, "personalEmail": {"properties":
            {"address": {"type": "string"}}}, "person": {"properties": {"name": {"type": "string"}}}}});
        let found = |identity: &str, set: Value| {
            fields(std::slice::from_ref(&part)).problems(&spec(identity, set), Some("acme"))
        };
        let words = "`a: person.nmae`: the schema has no path `person.nmae`, did you mean \
                     `person.name`?";
        assert_eq!(found("personalEmail.address", json!(null)), [words]);
        // With a mapping set of one's own the lines are not Hydrant's to check.
        assert!(found("_tenant.level", json!("m")).is_empty());
        let near = "`identity.field: personalEmail.adress`: the schema has no path \
                    `personalEmail.adress`, did you mean `personalEmail.address`?";
        assert_eq!(found("personalEmail.adress", json!("m")), [near]);
    }

    #[test]
    fn without_the_platform_the_public_schemas_are_known() {
        let fields = |schema: Value| {
            let options = json!({"schema": schema, "mapping": {"id": "_id"}});
            let options = serde_json::from_value(options).unwrap();
            Fields::offline(&Spec::unplaced(&options))
        };
        let both = fields(
            json!({"field_groups": ["person_details", "personal_details"],
            "fields": {"level": "string"}}),
        );
        for known in [
            "_id",
            "person.name.firstName",
            "personalEmail.address",
            "homeAddress._schema.latitude",
            "_repo.createDate",
            "_tenant.level",
            "_acme.level",
            "person.gender",
        ] {
            assert_eq!(both.missing(known), None, "{known}");
        }
        for (unknown, near) in [
            ("person.name.firstNam", "person.name.firstName"),
            ("person.firstName", "person.name.firstName"),
            ("personalEmail.adress", "personalEmail.address"),
            ("_tenant.levl", "_tenant.level"),
            ("birthDate", "person.birthDate"),
        ] {
            let words = format!("the schema has no path `{unknown}`, did you mean `{near}`?");
            assert_eq!(both.missing(unknown), Some(words));
        }
        assert!(both.missing("loyalty.points").is_some());
        // Whoever has another field group may have any path.
        let other = fields(json!({"field_groups": ["https://ns.adobe.com/xdm/context/loyalty"]}));
        assert_eq!(other.missing("loyalty.points"), None);
        let existing = fields(json!({"id": "https://ns.adobe.com/acme/schemas/1"}));
        assert_eq!(existing.missing("anything"), None);
    }

    #[test]
    fn what_is_not_shown_may_be_there() {
        let parts = [
            json!({"properties": {"map": {"type": "object"}, "text": {"type": "string"}}}),
            json!({"allOf": [{"$ref": "https://ns.adobe.com/elsewhere"}]}),
        ];
        assert_eq!(fields(&parts[..1]).find("map.any"), Found::Perhaps);
        assert_eq!(fields(&parts[..1]).find("text.any"), Found::No);
        assert_eq!(fields(&parts).find("text.any"), Found::Perhaps);
        assert_eq!(Fields::default().find("any"), Found::Perhaps);
    }
}
