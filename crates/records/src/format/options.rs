//! The `format:` of records.

use std::fmt;
use std::path::PathBuf;

use options::SecretRef;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use super::{AvroOptions, ProtobufOptions};

/// The formats: the one list of all of them.
macro_rules! formats {
    ($($(#[doc = $doc:literal])+ $word:literal => $name:ident($options:ty), $bare:expr;)+) => {
        /// How records are written: a word (`avro`) or a map with one key (`{avro: {framing: raw}}`).
        #[derive(Clone, Debug, PartialEq)]
        pub enum FormatOptions { $($(#[doc = $doc])+ $name($options),)+ }

        const FORMATS: &[&str] = &[$($word),+];

        impl FormatOptions {
            /// What it is called in a scenario.
            pub fn word(&self) -> &'static str {
                match self { $(FormatOptions::$name(_) => $word,)+ }
            }

            fn bare(word: &str) -> Option<Option<FormatOptions>> {
                match word {
                    $($word => {
                        let bare: Option<$options> = $bare;
                        Some(bare.map(FormatOptions::$name))
                    })+
                    _ => None,
                }
            }

            fn with_options<'de, A: MapAccess<'de>>(word: &str, map: &mut A) -> Result<FormatOptions, A::Error> {
                match word {
                    $($word => map.next_value().map(FormatOptions::$name),)+
                    _ => Err(de::Error::unknown_variant(word, FORMATS)),
                }
            }
        }

        impl Serialize for FormatOptions {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(1))?;
                match self { $(FormatOptions::$name(options) => map.serialize_entry($word, options)?,)+ }
                map.end()
            }
        }

        fn schemas(generator: &mut SchemaGenerator) -> Vec<(&'static str, bool, Schema, &'static str)> {
            vec![$((
                $word,
                { let bare: Option<$options> = $bare; bare.is_some() },
                generator.subschema_for::<$options>(),
                concat!($($doc),+),
            ),)+]
        }
    };
}

formats! {
    /// JSON, one object a record.
    "json" => Json(JsonOptions), Some(JsonOptions::default());
    /// Avro, binary.
    "avro" => Avro(AvroOptions), Some(AvroOptions::default());
    /// Protobuf, one message a record.
    "protobuf" => Protobuf(ProtobufOptions), Some(ProtobufOptions::default());
    /// One line of CSV a record.
    "csv" => Csv(CsvOptions), Some(CsvOptions::default());
    /// A text with the values of fields in it.
    "template" => Template(TemplateOptions), None;
    /// JSON in the envelope that the platform's streaming inlet takes for records of a schema.
    "xdm" => Xdm(XdmOptions), None;
}

impl FormatOptions {
    /// Whether a record may have any byte in it, a line feed too.
    pub fn is_binary(&self) -> bool {
        match self {
            FormatOptions::Json(json) => json.registry.is_some(),
            FormatOptions::Avro(_) | FormatOptions::Protobuf(_) => true,
            FormatOptions::Csv(_) | FormatOptions::Template(_) | FormatOptions::Xdm(_) => false,
        }
    }
}

impl Default for FormatOptions {
    fn default() -> FormatOptions {
        FormatOptions::Json(JsonOptions::default())
    }
}

/// Options of `json`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonOptions {
    /// Register the records' JSON Schema, and put its id in front of every record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<RegistryOptions>,
    /// The JSON Schema: itself, or `{file: orders.json}`. Default: the one that the fields come to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<SchemaOptions>,
    /// The id of a schema's version in AWS Glue's registry, e.g. `b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63`: it stands in
    /// front of every record, as Glue's serializers write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub glue: Option<String>,
}

/// Options of `csv`: RFC 4180, one line a record, without the line break behind it. A record's objects are
/// columns with the names of their fields behind theirs: `address.city`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CsvOptions {
    /// The columns, as paths of fields, in their order. Default: all fields as they are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// What stands between two cells, one character of ASCII. Default: `,`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Which cells are in quotes. Default: `needed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotes: Option<Quotes>,
    /// Whether every record begins with a line of the columns' names, for readers that take each record for a
    /// file. Default: no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
}

/// Which cells of CSV are in quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quotes {
    /// Those that have to be.
    Needed,
    /// All of them.
    All,
}

/// Options of `template`: a text, or `{text: …}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct TemplateOptions {
    /// The text. `{city}` stands for the text of a field, `{address.city}` for one of an object; `{{` and `}}`
    /// for braces.
    pub text: String,
}

impl<'de> Deserialize<'de> for TemplateOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TemplateOptions, D::Error> {
        String::deserialize(deserializer).map(|text| TemplateOptions { text })
    }
}

/// Options of `xdm`: the constants of the envelope.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct XdmOptions {
    /// The schema's `$id`, e.g. `https://ns.adobe.com/tenant/schemas/…`.
    pub schema: String,
    /// The organization, `…@AdobeOrg`.
    pub organization: String,
    /// The dataset's id.
    pub dataset: String,
    /// The flow that they go through, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// What sends the records, for the platform's own records about them. Default: `Hydrant`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Options of `registry`: a schema registry with the REST API of Confluent's. It is asked before the run, never
/// while records are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistryOptions {
    /// Its address, e.g. `https://registry.example.com`.
    pub url: String,
    /// The subject. Default: what `subject_name` comes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What the subject is named after. Default: `topic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_name: Option<SubjectName>,
    /// Whether a schema that is not there is registered. Default: yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_register: Option<bool>,
    /// Take the subject's schema of this version instead of one of our own: `latest`, or a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// The schema's id, where it is known: then the registry is not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// The user, or the API key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The user's password, or the secret of the API key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretRef>,
    /// A bearer token, instead of a user and a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretRef>,
    /// The authorities to trust, a PEM file. Default: those of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificate: Option<PathBuf>,
}

/// What a subject is named after
/// (<https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectName {
    /// The topic: `orders-value`.
    Topic,
    /// The record: `com.example.Order`.
    Record,
    /// Both: `orders-com.example.Order`.
    TopicRecord,
}

/// A version of a subject's schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// The newest.
    Latest,
    /// This one, from 1.
    Number(u32),
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Version::Latest => f.write_str("latest"),
            Version::Number(number) => write!(f, "{number}"),
        }
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Version::Latest => serializer.serialize_str("latest"),
            Version::Number(number) => serializer.serialize_u32(*number),
        }
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Version, D::Error> {
        const EXPECTED: &str = "`latest`, or the number of a version";
        match Value::deserialize(deserializer)? {
            Value::String(word) if word == "latest" => Ok(Version::Latest),
            Value::Number(number) => {
                let number = number
                    .as_u64()
                    .filter(|it| *it > 0)
                    .and_then(|it| u32::try_from(it).ok());
                number
                    .map(Version::Number)
                    .ok_or_else(|| de::Error::custom(format!("expected {EXPECTED}")))
            }
            _ => Err(de::Error::custom(format!("expected {EXPECTED}"))),
        }
    }
}

impl JsonSchema for Version {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SchemaVersion".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"const": "latest"}, {"type": "integer", "minimum": 1}]})
    }
}

/// A schema: itself, or the file that it is in.
#[derive(Clone, Debug, PartialEq)]
pub enum SchemaOptions {
    /// It is in this file, which was not read yet.
    File(PathBuf),
    /// It is in this file, which could not be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// It was in this file.
    Read {
        /// The file.
        path: PathBuf,
        /// What was in it.
        text: String,
    },
    /// It is written here.
    Written(Value),
}

impl Serialize for SchemaOptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            SchemaOptions::File(path) | SchemaOptions::Unreadable { path, .. } => {
                json!({"file": path}).serialize(serializer)
            }
            // So that a result can be read without the file.
            SchemaOptions::Read { text, .. } => match serde_json::from_str::<Value>(text) {
                Ok(value) => value.serialize(serializer),
                Err(_) => text.serialize(serializer),
            },
            SchemaOptions::Written(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for SchemaOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SchemaOptions, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(
            match value.as_object().and_then(|object| object.get("file")) {
                Some(Value::String(path)) if value.as_object().is_some_and(|it| it.len() == 1) => {
                    SchemaOptions::File(path.into())
                }
                _ => SchemaOptions::Written(value),
            },
        )
    }
}

impl JsonSchema for SchemaOptions {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RecordSchema".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A schema: itself, or `{file: …}`.",
            "type": ["object", "array", "string"],
        })
    }
}

impl<'de> Deserialize<'de> for FormatOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FormatOptions, D::Error> {
        struct Written;

        impl<'de> Visitor<'de> for Written {
            type Value = FormatOptions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a format such as `avro`, or one with options such as `{avro: {…}}`")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<FormatOptions, E> {
                match FormatOptions::bare(word) {
                    Some(Some(format)) => Ok(format),
                    Some(None) if word == "template" => Err(E::custom(
                        "`template` needs its text, e.g. `{template: \"{id};{name}\"}`",
                    )),
                    Some(None) => Err(E::custom(format!(
                        "`{word}` needs options: `{{{word}: {{schema: …, organization: …, dataset: …}}}}`"
                    ))),
                    None => Err(E::unknown_variant(word, FORMATS)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FormatOptions, A::Error> {
                let Some(word) = map.next_key::<String>()? else {
                    return Err(de::Error::custom("a format needs a name, e.g. `avro`"));
                };
                let format = FormatOptions::with_options(&word, &mut map)?;
                match map.next_key::<String>()? {
                    None => Ok(format),
                    Some(second) => Err(de::Error::custom(format!(
                        "records have one format, but here are `{word}` and `{second}`"
                    ))),
                }
            }
        }

        deserializer.deserialize_any(Written)
    }
}

impl JsonSchema for FormatOptions {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Format".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut any = Vec::new();
        for (word, is_bare, options, doc) in schemas(generator) {
            if is_bare {
                any.push(json!({"const": word, "description": doc.trim()}));
            }
            any.push(json!({
                "type": "object",
                "description": doc.trim(),
                "properties": {word: options},
                "required": [word],
                "additionalProperties": false,
            }));
        }
        json_schema!({
            "description": "How records are written: a word (`avro`) or a map with one key (`{avro: {framing: raw}}`).",
            "anyOf": any,
        })
    }
}
