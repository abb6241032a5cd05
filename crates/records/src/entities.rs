//! Things that appear again: the `entities:` section, and how a record names one.

mod link;
mod of;
mod pick;
mod problems;
mod sent;
mod shuffle;
mod walk;
mod within;
mod zipf;

use indexmap::IndexMap;
use options::{Count, Period, Share};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::FieldOptions;
use crate::locale::Locales;

pub(crate) use link::{Entity, Link, SESSION, Target, link_records, near};
pub use of::OfOptions;
pub use pick::Picking;
pub(crate) use pick::Role;
pub use problems::entity_problems;
pub(crate) use problems::{of as of_problems, own, picks as pick_problems};
pub use sent::Sent;
pub(crate) use walk::{each_at, one_at};
pub(crate) use within::{BY_OPERATION, DEPTH, Within};
pub(crate) use zipf::Zipf;

/// The `entities:` section: what appears again in records, by name.
pub type Entities = IndexMap<String, EntityOptions>;

/// Things that appear again, such as customers: the same fields with the same values each time, in every
/// stream.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntityOptions {
    /// How many there are, e.g. `100M`. They take no memory.
    pub count: Count,
    /// Which of them a record has. Default: `uniform`. `pick` below a stream's `records` overrides it.
    #[serde(default, skip_serializing_if = "PickOptions::is_uniform")]
    pub pick: PickOptions,
    /// Where the people among them live. Default: as in the records that name them; give it where several
    /// streams with other locales do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locales>,
    /// The fields of each. `ordinal` is the entity's number, from 0.
    pub fields: IndexMap<String, FieldOptions>,
    /// Fields whose values change as time goes by, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub changes: IndexMap<String, ChangeOptions>,
}

/// How the value of an entity's field changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeOptions {
    /// How long a value lasts, e.g. `30d`. It counts in event times, and every entity changes at a moment of
    /// its own; fields with the same period change together.
    pub every: Period,
}

/// Which entity a record has: `uniform`, or one of the keys below.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PickOptions(pub(crate) PickKeys);

/// The keys of which one is given.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PickKeys {
    /// A few appear often and most hardly ever, by Zipf's law with this exponent, e.g. `1.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) zipf: Option<f64>,
    /// Every entity in turn, in an order that looks like chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) each: Option<Each>,
    /// New ones come along, and those that came last appear most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) recent: Option<RecentOptions>,
    /// Only so many of them, all equally likely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) first: Option<Count>,
    /// One that this stream has sent before: below a stream's `records` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sent_by: Option<String>,
    /// At least so long before this record, with `sent_by`. Default: `0s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<Period>,
}

/// Whether entities come again when all have been there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Each {
    /// Every entity at most once: there have to be as many as records.
    Once,
    /// After the last the first comes again.
    Cycle,
}

/// Options of `recent`: the population grows with the records.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecentOptions {
    /// The share of records that have an entity for the first time, e.g. `5%`.
    pub(crate) new: Share,
    /// How much the others prefer those that came last: the exponent of Zipf's law over their age.
    /// Default: 1.
    #[serde(default = "one")]
    pub(crate) skew: f64,
}

fn one() -> f64 {
    1.0
}

impl PickOptions {
    pub(crate) fn is_uniform(&self) -> bool {
        *self == PickOptions::default()
    }

    /// The stream of `sent_by`, if it is that.
    pub fn sent_by(&self) -> Option<&str> {
        self.0.sent_by.as_deref()
    }

    /// How long before this record that stream has to have sent the entity, in nanoseconds.
    pub fn before_nanos(&self) -> u64 {
        self.0.before.map_or(0, Period::as_nanos)
    }

    /// Whether entities come in turn.
    pub(crate) fn is_each(&self) -> bool {
        self.0.each.is_some()
    }

    /// Whether every entity comes at most once.
    pub fn is_each_once(&self) -> bool {
        self.0.each == Some(Each::Once)
    }
}

const UNIFORM: &str = "uniform";

impl Serialize for PickOptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_uniform() {
            serializer.serialize_str(UNIFORM)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for PickOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PickOptions, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = PickOptions;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`uniform`, or a way to pick such as `{zipf: 1.1}` or `{each: once}`")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<PickOptions, E> {
                if word == UNIFORM {
                    return Ok(PickOptions::default());
                }
                Err(E::unknown_variant(word, &[UNIFORM]))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PickOptions, A::Error> {
                PickKeys::deserialize(MapAccessDeserializer::new(map)).map(PickOptions)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl JsonSchema for PickOptions {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Pick".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let keys = generator.subschema_for::<PickKeys>();
        json_schema!({
            "description": "Which entity a record has: `uniform`, or a way to pick such as `{zipf: 1.1}`.",
            "anyOf": [{"const": UNIFORM, "description": "All are equally likely."}, keys],
        })
    }
}
