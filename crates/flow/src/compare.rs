//! What is there against what the scenario asks for, field by field. Pure.
//!
//! Only what both sides say is compared: the platform does not show secrets, and may leave out what
//! it has by default.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::Kind;
use crate::field::described;
use crate::request::Ids;
use crate::spec::{SchemaSpec, Spec};

/// A field of an object that is not as the scenario has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which one, with dots.
    pub field: String,
    /// What the scenario asks for.
    pub scenario: String,
    /// What is on the platform.
    pub platform: String,
    /// Whether the flow can't work like that. Others are said, and the object is used as it is.
    pub is_blocking: bool,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference {
            field,
            scenario,
            platform,
            ..
        } = self;
        write!(f, "{field} is {platform}, the scenario has {scenario}")
    }
}

/// Where an object of each kind has what matters, and whether the flow can work if it differs.
const fn places(kind: Kind) -> &'static [(&'static str, bool)] {
    match kind {
        Kind::BaseConnection => &[
            ("/connectionSpec/id", true),
            ("/auth/specName", false),
            ("/auth/params/namespace", true),
            ("/auth/params/eventHubName", true),
            ("/auth/params/sasKeyName", false),
            ("/auth/params/tenantId", false),
            ("/auth/params/clientId", false),
            ("/auth/params/region", true),
            ("/auth/params/accessKeyId", false),
            ("/auth/params/projectId", true),
            ("/auth/params/topicName", true),
            ("/auth/params/subscriptionName", true),
            ("/auth/params/authenticationRequired", true),
        ],
        Kind::SourceConnection => &[
            ("/connectionSpec/id", true),
            ("/baseConnectionId", true),
            ("/params/stream", true),
            ("/params/eventHubName", true),
            ("/params/topicName", true),
            ("/params/subscriptionName", true),
            ("/params/consumerGroup", false),
            ("/params/reset", false),
        ],
        Kind::Schema => &[("/meta:class", true)],
        Kind::Identity => &[
            ("/xdm:sourceProperty", true),
            ("/xdm:namespace", false),
            ("/xdm:isPrimary", false),
        ],
        Kind::Dataset => &[("/schemaRef/id", true)],
        Kind::TargetConnection => &[("/params/dataSetId", true), ("/data/schema/id", true)],
        Kind::Flow => &[
            ("/flowSpec/id", false),
            ("/sourceConnectionIds/0", true),
            ("/targetConnectionIds/0", true),
        ],
        Kind::FieldGroup | Kind::MappingSet => &[],
    }
}

/// Every difference of an object that is there and looks like `theirs`.
pub(crate) fn differences(spec: &Spec, kind: Kind, ids: &Ids, theirs: &Value) -> Vec<Difference> {
    let ours = spec.request(kind, ids).masked_body().unwrap_or_default();
    let mut found: Vec<_> = places(kind)
        .iter()
        .filter_map(|(at, is_blocking)| {
            let (ours, theirs) = (ours.pointer(at)?, theirs.pointer(at)?);
            // An id that is not known yet.
            let is_open = ours.as_str().is_some_and(|text| text.starts_with('<'));
            (!is_open && !is_same(ours, theirs)).then(|| Difference {
                field: at.trim_start_matches('/').replace('/', "."),
                scenario: shown(ours),
                platform: shown(theirs),
                is_blocking: *is_blocking,
            })
        })
        .collect();
    match kind {
        Kind::Schema => found.extend(groups(spec, ids, theirs)),
        Kind::FieldGroup => found.extend(fields(&ours, theirs)),
        Kind::Dataset => found.extend(tags(&ours, theirs)),
        _ => {}
    }
    found
}

/// A number may come back as text, and a yes as a word.
fn is_same(ours: &Value, theirs: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text(ours) == text(theirs)
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

/// Field groups that the schema lacks. Whether the mapping can do without them is seen when it is
/// checked against the schema's fields.
fn groups(spec: &Spec, ids: &Ids, theirs: &Value) -> Vec<Difference> {
    let SchemaSpec::Composed(composed) = &spec.schema else {
        return Vec::new();
    };
    let named = |at: &str| theirs.get(at).and_then(Value::as_array);
    let references = named("allOf")
        .into_iter()
        .flatten()
        .filter_map(|it| it.get("$ref")?.as_str());
    let extended = named("meta:extends")
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let has: BTreeSet<&str> = references.chain(extended).collect();
    if has.is_empty() {
        return Vec::new();
    }
    let own = ids
        .ids
        .get(&Kind::FieldGroup)
        .map(|(id, _)| (id.as_str(), true));
    let wanted = composed
        .field_groups
        .iter()
        .map(|id| (id.as_str(), false))
        .chain(own.filter(|_| !composed.fields.is_empty()));
    wanted
        .filter(|(id, _)| !has.contains(id))
        .map(|(id, is_blocking)| Difference {
            field: "field groups".to_owned(),
            scenario: format!("`{id}` among them"),
            platform: "without it".to_owned(),
            is_blocking,
        })
        .collect()
}

/// Custom fields that the field group lacks, or that have another type.
fn fields(ours: &Value, theirs: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    if let (Some(ours), Some(theirs)) = (custom(ours), custom(theirs)) {
        below(ours, theirs, "", &mut found);
    }
    found
}

/// The same of the fields of an object, which stands at a path.
fn below(
    ours: &Map<String, Value>,
    theirs: &Map<String, Value>,
    at: &str,
    found: &mut Vec<Difference>,
) {
    for (name, wanted) in ours {
        let path = format!("{at}{name}");
        let scenario = described(wanted);
        let platform = theirs.get(name).map(described);
        if platform.as_ref() == Some(&scenario) {
            let parts = |field: &'_ Value| field.get("properties")?.as_object().cloned();
            if let (Some(ours), Some(theirs)) = (parts(wanted), theirs.get(name).and_then(parts)) {
                below(&ours, &theirs, &format!("{path}."), found);
            }
            continue;
        }
        let platform = match platform {
            None => "not there".to_owned(),
            Some(unknown) if unknown.is_empty() => continue,
            Some(other) => format!("`{other}`"),
        };
        found.push(Difference {
            field: format!("field {path}"),
            scenario: format!("`{scenario}`"),
            platform,
            is_blocking: true,
        });
    }
}

/// The fields below the organisation's namespace, as they were sent or with references resolved.
fn custom(group: &Value) -> Option<&Map<String, Value>> {
    let definitions = group.get("definitions").and_then(Value::as_object);
    let places = definitions.into_iter().flat_map(Map::values).chain([group]);
    let mut roots = places.filter_map(|place| place.get("properties")?.as_object());
    roots.find_map(|roots| {
        let (_, root) = roots.iter().find(|(name, _)| name.starts_with('_'))?;
        root.get("properties")?.as_object()
    })
}

/// Tags of the scenario that the dataset lacks.
fn tags(ours: &Value, theirs: &Value) -> Vec<Difference> {
    let (Some(wanted), Some(there)) = (
        ours.get("tags").and_then(Value::as_object),
        theirs.get("tags").and_then(Value::as_object),
    ) else {
        return Vec::new();
    };
    wanted
        .iter()
        .filter(|(name, values)| {
            // The platform adds when it did what a tag asks for.
            let there = there.get(*name).and_then(Value::as_array);
            let has = |value| there.is_some_and(|there| there.contains(value));
            !values
                .as_array()
                .is_some_and(|wanted| wanted.iter().all(has))
        })
        .map(|(name, values)| Difference {
            field: format!("tags.{name}"),
            scenario: shown(values),
            platform: there
                .get(name)
                .map_or_else(|| "not there".to_owned(), shown),
            is_blocking: false,
        })
        .collect()
}

/// One line of a mapping, as the platform shows it: source and target.
pub(crate) type Line<'a> = (&'a str, &'a str);

/// What a mapping set that is there does differently: lines of the scenario that it lacks are
/// blocking, further ones are not.
pub(crate) fn mapping(ours: &[Line<'_>], theirs: &[Line<'_>]) -> Vec<Difference> {
    let line = |(source, target): &Line<'_>| format!("`{source}: {target}`");
    let difference = |field: String, scenario: String, platform: String, is_blocking| Difference {
        field,
        scenario,
        platform,
        is_blocking,
    };
    let lacking = ours
        .iter()
        .filter(|line| !theirs.contains(line))
        .map(|own| {
            let there = theirs.iter().find(|(_, target)| *target == own.1);
            let there = there.map_or_else(|| "not mapped".to_owned(), line);
            difference(format!("mapping of {}", own.1), line(own), there, true)
        });
    let further = theirs
        .iter()
        .filter(|theirs| !ours.iter().any(|(_, target)| *target == theirs.1))
        .map(|theirs| {
            let nothing = "nothing".to_owned();
            difference(
                format!("mapping of {}", theirs.1),
                nothing,
                line(theirs),
                false,
            )
        });
    lacking.chain(further).collect()
}

#[cfg(test)]
mod tests;
