//! Readers that somebody else wrote, one of every format, and what they find in a common form.
#![expect(deprecated, reason = "the reader of one record in a line")]

use std::collections::BTreeMap;

use apache_avro::{Schema, from_avro_datum};
use jiff::Timestamp;
use prost_reflect::{DynamicMessage, MessageDescriptor, SerializeOptions};
use records::{Entities, RecordsOptions, Template};
use serde_json::{Value, json};

use crate::avro::json_of;
use crate::protobuf::message;
use crate::subject::context;

/// The single values of a record by their paths. What is missing, null or empty is not there.
pub(crate) type Cells = BTreeMap<String, String>;

/// All formats.
pub(crate) const FORMATS: [&str; 7] = [
    "json", "registry", "avro", "protobuf", "csv", "template", "xdm",
];

/// What stands between the values of a text template.
const BETWEEN: &str = "\u{1f}";

/// A format with its reader.
pub(crate) enum Reader {
    Json {
        head: usize,
    },
    Xdm,
    Avro(Box<Schema>),
    Protobuf(MessageDescriptor),
    Csv,
    /// With the paths of the values.
    Template(Vec<String>),
}

/// Options with their entities linked.
pub(crate) fn linked(options: &Value, entities: &Value) -> RecordsOptions {
    let mut options: RecordsOptions = serde_json::from_value(options.clone()).unwrap();
    let entities: Entities = serde_json::from_value(entities.clone()).unwrap();
    options.link(&entities);
    options
}

pub(crate) fn compiled(options: &Value, entities: &Value) -> Template {
    let options = linked(options, entities);
    match Template::compile(&options, &context(7)) {
        Ok(template) => template,
        Err(problems) => panic!("{problems:#?}"),
    }
}

/// The option `format` of these records.
pub(crate) fn format(word: &str, options: &Value, entities: &Value) -> Value {
    match word {
        "registry" => json!({"json": {"registry": {"url": "http://registry", "id": 7}}}),
        "csv" => json!({"csv": {"header": true, "delimiter": ";"}}),
        "xdm" => {
            json!({"xdm": {"schema": "https://ns.adobe.com/t/schemas/1", "organization": "O@AdobeOrg", "dataset": "d"}})
        }
        "template" => {
            let mut options = options.clone();
            options["format"] = json!({"csv": {"header": true, "delimiter": ";"}});
            options.as_object_mut().unwrap().remove("defects");
            let mut line = Vec::new();
            compiled(&options, entities).record(0, &mut line);
            let head = String::from_utf8(line).unwrap();
            let names = head.lines().next().unwrap().split(';');
            let names: Vec<_> = names.map(|name| format!("{{{name}}}")).collect();
            json!({"template": names.join(BETWEEN) + BETWEEN})
        }
        word => json!(word),
    }
}

impl Reader {
    /// The reader of what a template sends.
    pub(crate) fn of(word: &str, template: &Template, format: &Value) -> Reader {
        match word {
            "json" => Reader::Json { head: 0 },
            "registry" => Reader::Json { head: 5 },
            "xdm" => Reader::Xdm,
            "avro" => {
                let schema = Schema::parse_str(&template.schema().unwrap().text);
                Reader::Avro(Box::new(schema.unwrap()))
            }
            "protobuf" => Reader::Protobuf(message(template)),
            "csv" => Reader::Csv,
            _ => {
                let text = format["template"].as_str().unwrap();
                let names = text.split_terminator(BETWEEN);
                Reader::Template(
                    names
                        .map(|name| name.trim_matches(['{', '}']).to_owned())
                        .collect(),
                )
            }
        }
    }

    /// What is in a record; why it is none.
    pub(crate) fn read(&self, mut record: &[u8]) -> Result<Cells, String> {
        let json = |bytes: &[u8]| {
            serde_json::from_slice::<Value>(bytes).map_err(|error| error.to_string())
        };
        let text =
            |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|error| error.to_string());
        Ok(match self {
            Reader::Json { head } => cells(&json(&record[*head..])?),
            Reader::Xdm => cells(&json(record)?["body"]["xdmEntity"]),
            Reader::Avro(schema) => {
                let value = from_avro_datum(schema, &mut record, None);
                let value = value.map_err(|error| error.to_string())?;
                if !record.is_empty() {
                    return Err("something is left".to_owned());
                }
                cells(&json_of(&value))
            }
            Reader::Protobuf(message) => {
                let found = DynamicMessage::decode(message.clone(), record);
                let found = found.map_err(|error| error.to_string())?;
                let options = SerializeOptions::new()
                    .stringify_64_bit_integers(false)
                    .use_proto_field_name(true)
                    .skip_default_fields(false);
                let serializer = serde_json::value::Serializer;
                let json = found.serialize_with_options(serializer, &options).unwrap();
                let mut cells = cells(&json);
                for field in found.unknown_fields() {
                    cells.insert(format!("#{}", field.number()), String::new());
                }
                cells
            }
            Reader::Csv => {
                text(record)?;
                let mut reader = csv::ReaderBuilder::new();
                let mut reader = reader.delimiter(b';').flexible(true).from_reader(record);
                let names = reader.headers().unwrap().clone();
                let lines = reader.records().collect::<Result<Vec<_>, _>>();
                let lines = lines.map_err(|error| error.to_string())?;
                let [line] = &lines[..] else {
                    return Err(format!("{} lines", lines.len()));
                };
                if line.len() < names.len() {
                    return Err(format!("{} columns of {}", line.len(), names.len()));
                }
                let more = (names.len()..line.len()).map(|column| format!("#{column}"));
                let names = names.iter().map(str::to_owned).chain(more);
                flat(names.zip(line.iter().map(str::to_owned)))
            }
            Reader::Template(names) => {
                let text = text(record)?;
                let parts = text.split(BETWEEN).map(str::to_owned);
                if text.matches(BETWEEN).count() < names.len() {
                    return Err("too few values".to_owned());
                }
                flat(names.iter().cloned().chain(["#more".to_owned()]).zip(parts))
            }
        })
    }
}

fn flat(cells: impl Iterator<Item = (String, String)>) -> Cells {
    let there = cells.filter(|(_, text)| !text.is_empty());
    let all = there.map(|(name, text)| {
        let text = match serde_json::from_str::<Value>(&text) {
            Ok(list @ Value::Array(_)) => alike(&list).to_string(),
            _ => plain(&text),
        };
        (name, text)
    });
    all.filter(|(_, text)| text != "[]").collect()
}

/// The cells of a JSON record.
pub(crate) fn cells(record: &Value) -> Cells {
    let mut cells = Cells::new();
    collect(record, "", &mut cells);
    cells
}

fn collect(value: &Value, path: &str, cells: &mut Cells) {
    let text = match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                collect(value, &format!("{path}{dot}{name}"), cells);
            }
            return;
        }
        Value::Null => return,
        Value::String(text) => plain(text),
        list @ Value::Array(_) => alike(list).to_string(),
        other => plain(&other.to_string()),
    };
    if !text.is_empty() && text != "[]" {
        cells.insert(path.to_owned(), text);
    }
}

/// A text as all formats have it: numbers by their value, moments to the millisecond.
fn plain(text: &str) -> String {
    if let Ok(number) = text.parse::<f64>() {
        return number.to_string();
    }
    match text.parse::<Timestamp>() {
        Ok(moment) if text.ends_with('Z') => format!("{moment:.3}"),
        _ => text.to_owned(),
    }
}

fn alike(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(alike).collect(),
        Value::Object(fields) => {
            let there = fields.iter().filter(|(_, value)| !value.is_null());
            Value::Object(there.map(|(name, it)| (name.clone(), alike(it))).collect())
        }
        Value::Number(number) => json!(number.as_f64()),
        Value::String(text) => json!(plain(text)),
        other => other.clone(),
    }
}
