//! From a shape to the records of a scenario.

use records::path;
use serde_json::json;

use crate::choose::Chooser;
use crate::kind::{Kind, Leaf, Part, leaves};
use crate::limits::Limits;
use crate::name;
use crate::shape::{Field, Identity, Node, Remark, Shape, Type};
use crate::table::Table;

/// The records of a scenario, not yet written down.
#[derive(Debug)]
pub(crate) struct Records {
    pub(crate) parts: Vec<Part>,
    /// The field that has the record's id.
    pub(crate) id: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) remarks: Vec<Remark>,
}

impl Records {
    /// All fields that have a value of their own.
    pub(crate) fn leaves(&self) -> Vec<Leaf> {
        leaves(&self.parts)
    }
}

/// Chooses a kind for every field, one that carries the record's id, and the key.
pub(crate) fn records(shape: &Shape, table: &Table) -> Records {
    let mut chooser = Chooser::new(table);
    let id = id_field(shape);
    let mut parts: Vec<Part> = Vec::new();
    for (index, field) in shape.fields.iter().enumerate() {
        if Some(index) == id {
            parts.push(Part {
                name: field.name.clone(),
                kind: Kind::word("record_id"),
                comment: field.node.description.clone().into_iter().collect(),
            });
        } else {
            parts.push(chooser.part(field, &[]));
        }
    }
    let id = id.map(|index| path::join("", &shape.fields[index].name));
    let mut remarks = shape.remarks.clone();
    for remark in &shape.remarks {
        note(&mut parts, &path::steps(&remark.at), remark);
    }
    remarks.extend(chooser.into_remarks());
    if id.is_none() {
        remarks.push(Remark::new(
            "",
            "no field can carry the record's id, so that nothing can be verified: a field of the kind `record_id` \
             would do",
        ));
    }
    let paths: Vec<_> = leaves(&parts).into_iter().map(|leaf| leaf.path).collect();
    let known = shape.key.clone().filter(|key| paths.contains(key));
    Records {
        key: known
            .or_else(|| primary(shape, &paths))
            .or_else(|| id.clone()),
        id,
        parts,
        remarks,
    }
}

/// Puts a remark beside the field that it is about.
fn note(parts: &mut [Part], steps: &[String], remark: &Remark) {
    let Some((first, rest)) = steps.split_first() else {
        return;
    };
    let Some(part) = parts.iter_mut().find(|part| part.name == *first) else {
        return;
    };
    match &mut part.kind {
        Kind::Object(inner) | Kind::Map(inner) if !rest.is_empty() => note(inner, rest, remark),
        _ if rest.is_empty() => part.comment.push(format!("Note: {}.", remark.message)),
        _ => {}
    }
}

/// The field at the top that carries a record's id best: one that is called so, or a UUID.
fn id_field(shape: &Shape) -> Option<usize> {
    let rank = |field: &Field| {
        let words = name::words(&field.name);
        let last = words.last().map(String::as_str);
        let is_uuid = field.node.format.as_deref() == Some("uuid")
            || field.node.kind == Some(json!("uuid"))
            || field.node.kind == Some(json!("record_id"));
        match last {
            Some("id" | "uuid" | "guid") if words.len() == 1 => Some(0),
            Some("uuid" | "guid") => Some(1),
            _ if is_uuid => Some(1),
            Some("id") => Some(2),
            _ => None,
        }
    };
    let candidates = shape.fields.iter().enumerate();
    let candidates = candidates.filter(|(_, field)| carries_id(field));
    let ranked =
        candidates.filter_map(|(index, field)| Some((rank(field)?, !field.required, index)));
    ranked.min().map(|(_, _, index)| index)
}

/// Whether the id of a record is one of the field's values.
fn carries_id(field: &Field) -> bool {
    let Node {
        type_,
        format,
        values,
        kind,
        ..
    } = &field.node;
    if !values.is_empty() || field.missing > 0.0 || field.null > 0.0 {
        return false;
    }
    // An identity has to look like one.
    if field.identity.is_some()
        || kind
            .as_ref()
            .is_some_and(|it| *it != json!("uuid") && *it != json!("record_id"))
    {
        return false;
    }
    match type_ {
        Type::Any => true,
        Type::Text { min, max, pattern } => {
            let limits = Limits {
                min: *min,
                max: *max,
                pattern: pattern.as_deref(),
                format: format.as_deref(),
            };
            limits.fit(&json!("record_id"))
        }
        _ => false,
    }
}

/// The path of the primary identity: its records belong together.
fn primary(shape: &Shape, paths: &[String]) -> Option<String> {
    let mut found = Vec::new();
    identities(&shape.fields, "", &mut found);
    let is_there = |path: &String| paths.contains(path);
    let primary = found.into_iter().filter(|(_, identity)| identity.primary);
    primary.map(|(path, _)| path).find(is_there)
}

fn identities<'s>(fields: &'s [Field], above: &str, found: &mut Vec<(String, &'s Identity)>) {
    for field in fields {
        let at = path::join(above, &field.name);
        if let Some(identity) = &field.identity {
            found.push((at.clone(), identity));
        }
        if let Type::Object(inner) = &field.node.type_ {
            identities(inner, &at, found);
        }
    }
}
