//! `{of: customers.email}`: a field of an entity in a record.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Entity, Link, SESSION, Target};
use crate::FieldOptions;
use crate::kinds::Otherwise;
use crate::path;

/// Options of `of`: an entity's field (`customers.email`), or all of its fields as an object (`customers`).
/// All of one record are of the same entity, but for those that have a name of their own by `as`.
#[derive(Clone, Debug, PartialEq)]
pub struct OfOptions {
    /// The entity, and below it the field.
    pub field: String,
    /// The name of one more entity of this kind in the record.
    pub as_: Option<String>,
    /// What the path leads to.
    pub(crate) link: Link,
}

/// With a name of its own.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Named {
    /// The entity and its field, e.g. `customers.id`.
    field: String,
    /// A name for one more entity of this kind in the record, e.g. `friend`.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    as_: Option<String>,
}

impl OfOptions {
    pub(crate) fn new(field: &str, as_: Option<String>) -> OfOptions {
        OfOptions {
            field: field.to_owned(),
            as_,
            link: Link::None,
        }
    }

    /// The entity's name.
    pub(crate) fn entity(&self) -> String {
        path::steps(&self.field).swap_remove(0)
    }

    /// The path of the field below the entity; empty for all of them.
    pub(crate) fn below(&self) -> &str {
        let len = path::escaped(&self.entity()).len();
        self.field.get(len + 1..).unwrap_or_default()
    }

    /// The path that the fields of the entity are below, among themselves.
    pub(crate) fn root(&self) -> String {
        match &self.link {
            Link::To(target) => match &*target.entity {
                Entity::Kind { name, .. } => format!("entity: {}", path::escaped(name)),
                Entity::Session(_) => SESSION.to_owned(),
            },
            Link::None | Link::Circle | Link::Nowhere { .. } => String::new(),
        }
    }

    /// The entity's own path of the field: it is the same wherever the field stands in a record.
    pub(crate) fn own_path(&self) -> String {
        match self.below() {
            "" => self.root(),
            below => format!("{}.{below}", self.root()),
        }
    }

    /// The field that it leads to.
    pub(crate) fn target(&self) -> Option<&FieldOptions> {
        match &self.link {
            Link::To(target) => Some(&target.field),
            Link::None | Link::Circle | Link::Nowhere { .. } => None,
        }
    }

    /// Whether the entity's people live where those of the records do.
    pub(crate) fn is_of_records_locale(&self) -> bool {
        match &self.link {
            Link::To(target) => match &*target.entity {
                Entity::Kind { options, .. } => options.locale.is_none(),
                Entity::Session(_) => true,
            },
            Link::None | Link::Circle | Link::Nowhere { .. } => false,
        }
    }

    /// The same for a field below this one, at these steps of its path.
    pub(crate) fn narrowed(&self, steps: &[String], field: FieldOptions) -> OfOptions {
        let path = steps
            .iter()
            .fold(self.field.clone(), |path, step| path::join(&path, step));
        let mut narrowed = OfOptions::new(&path, self.as_.clone());
        if let Link::To(target) = &self.link {
            narrowed.link = Link::To(Arc::new(Target {
                entity: Arc::clone(&target.entity),
                field,
            }));
        }
        narrowed
    }

    /// Whether some entities do not have the field at all.
    pub(crate) fn may_be_absent(&self) -> bool {
        match self.target() {
            Some(FieldOptions::Optional(options)) => options.otherwise == Otherwise::Absent,
            Some(FieldOptions::Of(of)) => of.may_be_absent(),
            _ => false,
        }
    }

    /// What tells this entity of the record from others: its kind, or its own name.
    pub(crate) fn role(&self) -> Cow<'_, str> {
        match &self.as_ {
            Some(name) => name.into(),
            None => self.entity().into(),
        }
    }
}

impl<'de> Deserialize<'de> for OfOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OfOptions, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = OfOptions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "an entity's field such as `customers.email`, or `{field: customers.id, as: friend}`",
                )
            }

            fn visit_str<E: de::Error>(self, field: &str) -> Result<OfOptions, E> {
                Ok(OfOptions::new(field, None))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OfOptions, A::Error> {
                let named = Named::deserialize(MapAccessDeserializer::new(map))?;
                Ok(OfOptions::new(&named.field, named.as_))
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl Serialize for OfOptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.as_ {
            None => serializer.serialize_str(&self.field),
            Some(name) => Named {
                field: self.field.clone(),
                as_: Some(name.clone()),
            }
            .serialize(serializer),
        }
    }
}

impl JsonSchema for OfOptions {
    fn schema_name() -> Cow<'static, str> {
        "Of".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let named = generator.subschema_for::<Named>();
        json_schema!({
            "description": "An entity's field, e.g. `customers.email`, or all of them: `customers`.",
            "anyOf": [{"type": "string"}, named],
        })
    }
}
