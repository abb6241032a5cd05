//! The `defects:` section below `records:`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use options::{ByteSize, Period, Share};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::DefectKind;

/// Defects on purpose. Each is given as a share of the records (`1%`), as a number of records of the whole run
/// (`10`), or as a map with more to say. A record has one defect at most.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefectsOptions {
    /// Records that no reader takes: no JSON, or none of their format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub malformed: Option<Written<MalformedOptions>>,
    /// Records that lack a field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Written<FieldDefectOptions>>,
    /// Records with a field that is `null`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub null: Option<Written<FieldDefectOptions>>,
    /// Records with a field of another type: an object for a text, a text for anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong_type: Option<Written<FieldDefectOptions>>,
    /// Records with a field that nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_field: Option<Written<UnknownFieldOptions>>,
    /// Records with a value that its field never has otherwise: a number or a day behind the last, a text that is
    /// not among those to choose from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_range: Option<Written<FieldDefectOptions>>,
    /// Records that are too large.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oversize: Option<Written<OversizeOptions>>,
    /// Records that are an earlier one once more, byte by byte, with its id and its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate: Option<Written<DuplicateOptions>>,
    /// Records whose event time is a little before that of the records ahead of them. Default of `by`: 1s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_order: Option<Written<ShiftOptions>>,
    /// Records whose event time is long ago. Default of `by`: 1h.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Written<ShiftOptions>>,
    /// Records whose event time is still to come. Default of `by`: 1h.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub future: Option<Written<ShiftOptions>>,
}

impl DefectsOptions {
    /// Those that are asked for, with their amounts and what is expected of them.
    pub fn asked(&self) -> Vec<(DefectKind, Amount, Option<Expected>)> {
        fn of<T: Counted>(written: Option<&Written<T>>) -> Option<(Amount, Option<Expected>)> {
            written.map(|it| (it.0.amount(), it.0.expected()))
        }
        let all = [
            of(self.malformed.as_ref()),
            of(self.missing.as_ref()),
            of(self.null.as_ref()),
            of(self.wrong_type.as_ref()),
            of(self.unknown_field.as_ref()),
            of(self.out_of_range.as_ref()),
            of(self.oversize.as_ref()),
            of(self.duplicate.as_ref()),
            of(self.out_of_order.as_ref()),
            of(self.late.as_ref()),
            of(self.future.as_ref()),
        ];
        let asked = DefectKind::ALL.into_iter().zip(all);
        asked
            .filter_map(|(kind, it)| it.map(|(amount, expected)| (kind, amount, expected)))
            .collect()
    }
}

/// What is to become of the records with a defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// The platform refuses them.
    Refused,
    /// They land.
    Landed,
}

/// How many records.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// A share of all of them.
    Share(Share),
    /// So many of the whole run.
    Count(u64),
    /// Neither is given, or both are.
    Unclear,
}

/// What every defect has.
pub(crate) trait Counted: Sized {
    fn of(share: Option<Share>, count: Option<u64>) -> Self;
    fn given(&self) -> (Option<Share>, Option<u64>);
    fn expected(&self) -> Option<Expected>;

    fn amount(&self) -> Amount {
        match self.given() {
            (Some(share), None) => Amount::Share(share),
            (None, Some(count)) => Amount::Count(count),
            _ => Amount::Unclear,
        }
    }
}

macro_rules! counted {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[$meta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// How many of the records, e.g. `1%`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub share: Option<Share>,
            /// How many records of the whole run, instead of `share`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub count: Option<u64>,
            /// What is to become of them: `refused` or `landed`. Default: what follows from the mapping and the
            /// schema.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub expect: Option<Expected>,
            $($(#[$meta])* pub $field: $type,)*
        }

        impl Counted for $name {
            fn of(share: Option<Share>, count: Option<u64>) -> $name {
                $name { share, count, expect: None, $($field: Default::default(),)* }
            }

            fn given(&self) -> (Option<Share>, Option<u64>) {
                (self.share, self.count)
            }

            fn expected(&self) -> Option<Expected> {
                self.expect
            }
        }
    };
}

counted! {
    /// Options of `malformed`.
    MalformedOptions {
        /// How: `truncated` (the end is cut off, somewhere behind the record's id) or `bad_bytes` (the last byte is
        /// none of UTF-8; in Avro and Protobuf, bytes that stand for nothing). Default: `truncated`.
        #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
        how: Option<MalformedAs>,
    }
}

counted! {
    /// Options of a defect of one field.
    FieldDefectOptions {
        /// The fields, one of which each such record has it in. Default: all that can have it, but for the record's
        /// id.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fields: Vec<String>,
    }
}

counted! {
    /// Options of `unknown_field`.
    UnknownFieldOptions {
        /// The field's name. Default: `unknown_field`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    }
}

counted! {
    /// Options of `oversize`.
    OversizeOptions {
        /// How large the record is. Default: 1100 kB, more than the platform, Event Hubs and a Kafka broker with its
        /// defaults take.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<ByteSize>,
    }
}

counted! {
    /// Options of `duplicate`.
    DuplicateOptions {}
}

counted! {
    /// Options of a defect of the event time.
    ShiftOptions {
        /// By how much.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Period>,
    }
}

impl MalformedOptions {
    /// How, if nothing else is said.
    pub(crate) fn how(&self) -> MalformedAs {
        self.how.unwrap_or(MalformedAs::Truncated)
    }
}

/// How a record is one that no reader takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MalformedAs {
    /// Its end is cut off.
    Truncated,
    /// Its last byte is none of UTF-8, or it has bytes that stand for nothing in its format.
    BadBytes,
}

/// Options that are written as an amount alone, or as a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Written<T>(pub T);

impl<T: Serialize> Serialize for Written<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Counted + Deserialize<'de>> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Written<T>, D::Error> {
        struct AmountOrMap<T>(PhantomData<T>);

        impl<'de, T: Counted + Deserialize<'de>> Visitor<'de> for AmountOrMap<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a share such as `1%`, a number of records such as `10`, or `{share: 1%}`",
                )
            }

            fn visit_u64<E: de::Error>(self, count: u64) -> Result<T, E> {
                Ok(T::of(None, Some(count)))
            }

            fn visit_i64<E: de::Error>(self, count: i64) -> Result<T, E> {
                let count = u64::try_from(count);
                let count = count.map_err(|_| E::custom("a number of records is not below 0"))?;
                self.visit_u64(count)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
                text.parse()
                    .map(|share| T::of(Some(share), None))
                    .map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }

        let options = deserializer.deserialize_any(AmountOrMap(PhantomData))?;
        Ok(Written(options))
    }
}

impl<T: JsonSchema> JsonSchema for Written<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Written{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let share = generator.subschema_for::<Share>();
        let options = generator.subschema_for::<T>();
        json_schema!({
            "anyOf": [
                share,
                {"type": "integer", "minimum": 0, "description": "So many records of the whole run."},
                options,
            ],
        })
    }
}
