//! What happens to entities, one change after another: the `operations:` section below `records`.

mod changes;
mod lives;
mod problems;
#[cfg(test)]
mod tests;

use options::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::field::FieldOptions;
use crate::options::RecordsOptions;
use crate::path;

pub use changes::Changes;
pub(crate) use lives::{Memory as ChangeMemory, Operations};
pub(crate) use problems::find as problems;

/// Changes of entities: every record inserts an entity, updates it or deletes it. An entity is inserted before it is
/// updated, and updated only while it lives.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperationsOptions {
    /// The entity that is changed, e.g. `customers`. The record's `key` has to be one of its fields.
    pub of: String,
    /// How many of the records insert an entity, in relation to the other two. At least 1.
    pub insert: u32,
    /// How many update one, or `{share: 8, fields: [email, level]}` with the fields that change. Default: 0.
    #[serde(default, skip_serializing_if = "UpdateOptions::is_nothing")]
    pub update: UpdateOptions,
    /// How many delete one, or `{share: 1, as: record}`. Not more than insert one. Default: 0.
    #[serde(default, skip_serializing_if = "DeleteOptions::is_nothing")]
    pub delete: DeleteOptions,
    /// How many entities are being changed at once: between two changes of one there are as many records less one.
    /// Records of one entity leave from one lane, so it has to be a multiple of the number of all lanes of all
    /// workers. Default: 240, or fewer where there are few entities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_once: Option<Count>,
    /// Whether entities that were deleted are inserted again when all have been there. Default: `false`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reinsert: bool,
}

/// Options of `update`: a number, or the keys below.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(into = "UpdateWritten")]
#[schemars(with = "UpdateWritten")]
pub struct UpdateOptions(pub(crate) UpdateKeys);

/// The keys of `update`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateKeys {
    /// How many of the records update an entity, in relation to the others.
    pub(crate) share: u32,
    /// The entity's fields that have new values with every update. Default: those in its `changes`; without any,
    /// all but the key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) fields: Vec<String>,
    /// Whether an update has all fields of the record, and not only those that change. Default: `false`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) whole: bool,
}

/// Options of `delete`: a number, or the keys below.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(into = "DeleteWritten")]
#[schemars(with = "DeleteWritten")]
pub struct DeleteOptions(pub(crate) DeleteKeys);

/// The keys of `delete`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteKeys {
    /// How many of the records delete an entity, in relation to the others.
    pub(crate) share: u32,
    /// What such a record is. Default: `tombstone`.
    #[serde(default, rename = "as")]
    pub(crate) as_: DeleteAs,
}

/// What a record is that deletes an entity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeleteAs {
    /// The key and the value `null` (Kafka and Event Hubs).
    #[default]
    Tombstone,
    /// A record with the key and the fields that are not of the entity; a field of the kind `operation` says that it
    /// deletes. With `whole` updates it has all fields.
    Record,
}

#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
enum UpdateWritten {
    Share(u32),
    Keys(UpdateKeys),
}

#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
enum DeleteWritten {
    Share(u32),
    Keys(DeleteKeys),
}

impl From<UpdateOptions> for UpdateWritten {
    fn from(UpdateOptions(keys): UpdateOptions) -> UpdateWritten {
        UpdateWritten::Keys(keys)
    }
}

impl From<DeleteOptions> for DeleteWritten {
    fn from(DeleteOptions(keys): DeleteOptions) -> DeleteWritten {
        DeleteWritten::Keys(keys)
    }
}

/// A number alone, or the keys: told apart by hand, so that a mistake among the keys is told as one.
macro_rules! number_or_keys {
    ($options:ident, $keys:ident, $share:expr, $expected:literal) => {
        impl<'de> Deserialize<'de> for $options {
            fn deserialize<D: serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<$options, D::Error> {
                struct Written;
                impl<'de> serde::de::Visitor<'de> for Written {
                    type Value = $options;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expected)
                    }

                    fn visit_u64<E: serde::de::Error>(self, share: u64) -> Result<$options, E> {
                        let share = u32::try_from(share)
                            .map_err(|_| E::custom("the share is too large"))?;
                        Ok($options($share(share)))
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        map: A,
                    ) -> Result<$options, A::Error> {
                        let map = serde::de::value::MapAccessDeserializer::new(map);
                        $keys::deserialize(map).map($options)
                    }
                }
                deserializer.deserialize_any(Written)
            }
        }
    };
}

number_or_keys!(
    UpdateOptions,
    UpdateKeys,
    |share| UpdateKeys {
        share,
        ..UpdateKeys::default()
    },
    "a number such as `8`, or `{share: 8, fields: [email]}`"
);
number_or_keys!(
    DeleteOptions,
    DeleteKeys,
    |share| DeleteKeys {
        share,
        ..DeleteKeys::default()
    },
    "a number such as `1`, or `{share: 1, as: record}`"
);

impl UpdateOptions {
    fn is_nothing(&self) -> bool {
        *self == UpdateOptions::default()
    }
}

impl DeleteOptions {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands the field over like this"
    )]
    fn is_nothing(&self) -> bool {
        *self == DeleteOptions::default()
    }
}

/// What a record does to its entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u16)]
pub enum Operation {
    /// It is there for the first time, or again.
    Insert = 0,
    /// Some of its fields have new values.
    Update = 1,
    /// It is gone.
    Delete = 2,
}

impl Operation {
    /// All of them, in the order of their numbers.
    pub const ALL: [Operation; 3] = [Operation::Insert, Operation::Update, Operation::Delete];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Operation::Insert => "insert",
            Operation::Update => "update",
            Operation::Delete => "delete",
        }
    }

    pub(crate) fn of(number: u16) -> Operation {
        match number {
            0 => Operation::Insert,
            1 => Operation::Update,
            _ => Operation::Delete,
        }
    }
}

/// A change of an entity: the pure function of the ordinal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// What happens.
    pub operation: Operation,
    /// The entity's number.
    pub entity: u64,
    /// How many times the entity was inserted before.
    pub life: u64,
    /// How many updates there have been in this life, this one included: fields that change have the values of this
    /// version.
    pub version: u32,
    /// The number of this life among those of all entities.
    pub number: u64,
}

impl OperationsOptions {
    /// Whether deletes are tombstones.
    pub(crate) fn has_tombstones(&self) -> bool {
        self.delete.0.share > 0 && self.delete.0.as_ == DeleteAs::Tombstone
    }

    /// The entity's fields that have other values after an update.
    pub(crate) fn changing(&self, records: &RecordsOptions) -> Vec<String> {
        let Some(entity) = records.entity(&self.of) else {
            return Vec::new();
        };
        if !self.update.0.fields.is_empty() {
            return self.update.0.fields.clone();
        }
        if !entity.changes.is_empty() {
            return entity.changes.keys().cloned().collect();
        }
        let key = self.key_field(records);
        let others = entity
            .fields
            .keys()
            .filter(|name| Some(*name) != key.as_ref());
        others.cloned().collect()
    }

    /// The field of the entity that the records' key is, or is below of.
    pub(crate) fn key_field(&self, records: &RecordsOptions) -> Option<String> {
        let path = records.key.as_ref()?;
        let FieldOptions::Of(of) = crate::beside::find(&records.fields, path)? else {
            return None;
        };
        let is_ours = of.entity() == self.of && of.as_.is_none();
        let first = path::steps(of.below()).into_iter().next();
        first.filter(|first| is_ours && !first.is_empty())
    }

    /// The last of the operations whose records have a field; `path` is where it stands in the record.
    pub(crate) fn last_with(
        &self,
        field: &FieldOptions,
        path: &str,
        records: &RecordsOptions,
    ) -> Operation {
        if self.update.0.whole || records.key.as_deref() == Some(path) {
            return Operation::Delete;
        }
        match field {
            FieldOptions::Of(of) if of.entity() == self.of && of.as_.is_none() => {
                let first = path::steps(of.below()).swap_remove(0);
                if first.is_empty() || self.changing(records).contains(&first) {
                    Operation::Update
                } else {
                    Operation::Insert
                }
            }
            FieldOptions::Object(fields) => {
                let below = fields.iter();
                let last = below
                    .map(|(name, field)| self.last_with(field, &path::join(path, name), records));
                last.max().unwrap_or(Operation::Delete)
            }
            FieldOptions::Optional(options) => self.last_with(&options.of, path, records),
            FieldOptions::Array(options) => self.last_with(&options.of, path, records),
            _ => Operation::Delete,
        }
    }
}
