//! Schemas of the platform, fully resolved, as a [`Shape`].

use options::{Location, Problem, Problems};
use records::path;
use serde_json::{Map, Value};

use crate::json_schema::{Load, Reading, read};
use crate::schema::parse;
use crate::shape::{Field, Identity, Node, Shape, Type};

/// What the platform works out by itself, or its own products fill in
/// (<https://experienceleague.adobe.com/en/docs/experience-platform/xdm/schema/composition>). A name that ends in `:`
/// stands for all that begin with it.
const COMPUTED: [&str; 14] = [
    "_repo",
    "meta:",
    "repo:",
    "createdByBatchID",
    "modifiedByBatchID",
    "repositoryCreatedBy",
    "repositoryLastModifiedBy",
    "extSourceSystemAudit",
    "segmentMembership",
    "segmentMemberships",
    "userActivityRegions",
    "mergePolicy",
    "_experience",
    "ingestionTime",
];

/// Who somebody is, for schemas without an identity of their own.
const IDENTITY_MAP: &str = "identityMap";

/// What the platform says of a field of a schema: who it identifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// The field, with slashes: `/personalEmail/address`.
    pub property: String,
    /// The namespace's code.
    pub namespace: String,
    /// Whether it is the primary identity.
    pub primary: bool,
}

/// What is known of the records from a schema of the platform's in `text`, with its references resolved, or as far as
/// `load` resolves them. What the platform computes by itself is left out, unless it is `wanted`. Objects are followed
/// to a `depth`. All mistakes come at once.
pub fn xdm(
    text: &str,
    name: &str,
    descriptors: &[Descriptor],
    wanted: &[String],
    load: Load<'_>,
    depth: usize,
) -> Result<Shape, Problems> {
    let mut document = parse(text)?;
    rename(&mut document);
    let mut shape = read(
        document,
        name,
        load,
        Reading {
            depth,
            is_xdm: true,
        },
    )?;
    shape.origin = format!("the XDM schema {name}");
    let mut left_out = Vec::new();
    prune(&mut shape.fields, "", wanted, &mut left_out);
    for descriptor in descriptors {
        let steps: Vec<_> = descriptor
            .property
            .split('/')
            .filter(|it| !it.is_empty())
            .collect();
        identify(&mut shape.fields, &steps, descriptor);
    }
    let has_primary = descriptors.iter().any(|descriptor| descriptor.primary);
    let is_wanted = wanted.iter().any(|path| path == IDENTITY_MAP);
    if has_primary && !is_wanted {
        shape.fields.retain(|field| field.name != IDENTITY_MAP);
    }
    for field in &mut shape.fields {
        match field.name.as_str() {
            IDENTITY_MAP => field.node.type_ = identity_map(),
            // Without it nobody finds a record again.
            "_id" => field.required = true,
            _ => {}
        }
    }
    if shape.fields.is_empty() {
        let problem = Problem::new(
            Location::root(),
            "the platform or its products fill in all of its fields",
        );
        return Err(vec![problem.help("name those that you want with `--only`")]);
    }
    shape
        .remarks
        .retain(|remark| !is_left_out(&remark.at, wanted));
    if !left_out.is_empty() {
        let names = options::listed(left_out.iter().map(String::as_str));
        let message = format!(
            "left out, as the platform or its products fill it in: {names} (`--only` brings it back)"
        );
        shape.remarks.push(crate::shape::Remark::new("", message));
    }
    Ok(shape)
}

/// The `$id` that a schema of an organisation's gives itself; nothing for a class, a field group or a part of one.
pub fn schema_id(text: &str) -> Option<String> {
    let document = parse(text).ok()?;
    let id = document["$id"].as_str()?;
    let is_schema = document["meta:resourceType"] == "schemas" || id.contains("/schemas/");
    is_schema.then(|| id.to_owned())
}

/// Whether the last step of a path is one that the platform fills in.
fn is_computed(name: &str) -> bool {
    COMPUTED
        .iter()
        .any(|computed| match computed.strip_suffix(':') {
            Some(prefix) => name
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.starts_with(':')),
            None => name == *computed,
        })
}

fn is_left_out(at: &str, wanted: &[String]) -> bool {
    !wanted.iter().any(|path| at.starts_with(path.as_str()))
        && path::steps(at).iter().any(|step| is_computed(step))
}

fn prune(fields: &mut Vec<Field>, above: &str, wanted: &[String], left_out: &mut Vec<String>) {
    fields.retain_mut(|field| {
        let at = path::join(above, &field.name);
        let is_wanted = wanted.iter().any(|path| {
            let below = |outer: &str, inner: &str| {
                inner
                    .strip_prefix(outer)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            below(path, &at) || below(&at, path)
        });
        if is_computed(&field.name) && !field.required && !is_wanted {
            left_out.push(at);
            return false;
        }
        match &mut field.node.type_ {
            Type::Object(inner) => {
                prune(inner, &at, wanted, left_out);
                // An object of which nothing is known is nothing to fill in.
                field.required || !inner.is_empty()
            }
            Type::Array { of, .. } | Type::Map { of, .. } => match &mut of.type_ {
                Type::Object(inner) => {
                    prune(inner, &at, wanted, left_out);
                    field.required || !inner.is_empty()
                }
                _ => true,
            },
            _ => true,
        }
    });
}

/// Notes who a field identifies.
fn identify(fields: &mut [Field], steps: &[&str], descriptor: &Descriptor) {
    let Some((first, rest)) = steps.split_first() else {
        return;
    };
    let Some(field) = fields.iter_mut().find(|field| field.name == *first) else {
        return;
    };
    if let Type::Object(inner) = &mut field.node.type_ {
        if !rest.is_empty() {
            identify(inner, rest, descriptor);
        }
        return;
    }
    if rest.is_empty() {
        field.identity = Some(Identity {
            namespace: descriptor.namespace.clone(),
            primary: descriptor.primary,
        });
        let namespace = format!("ns-{}", descriptor.namespace.to_lowercase());
        field.node.format.get_or_insert(namespace);
    }
}

/// One e-mail address, in the form in which the platform keeps identities.
fn identity_map() -> Type {
    let text = || Type::Text {
        min: None,
        max: None,
        pattern: None,
    };
    let fixed = |name: &str, value: Value, type_: Type| {
        Field::new(
            name,
            Node {
                values: vec![(value, 1)],
                ..Node::new(type_)
            },
        )
    };
    let id = Node {
        format: Some("email".to_owned()),
        ..Node::new(text())
    };
    let identity = Type::Object(vec![
        Field::new("id", id),
        fixed("authenticatedState", "ambiguous".into(), text()),
        fixed("primary", true.into(), Type::Boolean { share: None }),
    ]);
    let identities = Type::Array {
        of: Box::new(Node::new(identity)),
        min: Some(1),
        max: Some(1),
    };
    Type::Map {
        of: Box::new(Node::new(identities)),
        names: vec!["Email".to_owned()],
    }
}

/// Names as records have them, where the schema is one of Adobe's public repository: `xdm:firstName` is `firstName`,
/// `@id` is `_id`, and `schema:latitude` stands below `_schema`.
fn rename(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get_mut("properties") {
                *properties = renamed(std::mem::take(properties));
            }
            if let Some(Value::Array(required)) = map.get_mut("required") {
                for name in required.iter_mut() {
                    if let Some(text) = name.as_str() {
                        *name = first_step(text).into();
                    }
                }
            }
            map.values_mut().for_each(rename);
        }
        Value::Array(items) => items.iter_mut().for_each(rename),
        _ => {}
    }
}

/// The name at the top under which a name of the repository stands.
fn first_step(name: &str) -> String {
    match name.split_once(':') {
        Some(("xdm", rest)) => rest.to_owned(),
        Some((prefix, _)) if prefix != "meta" && prefix != "repo" => format!("_{prefix}"),
        _ => name
            .strip_prefix('@')
            .map_or_else(|| name.to_owned(), |rest| format!("_{rest}")),
    }
}

fn renamed(properties: Map<String, Value>) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, schema) in properties {
        let first = first_step(&name);
        match name.split_once(':') {
            Some((prefix, rest)) if !matches!(prefix, "xdm" | "meta" | "repo") => {
                let object = all
                    .entry(first)
                    .or_insert_with(|| serde_json::json!({"type": "object", "properties": {}}));
                object["properties"][rest] = schema;
            }
            _ => {
                all.insert(first, schema);
            }
        }
    }
    all
}
