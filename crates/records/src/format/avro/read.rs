//! From a document to a schema.

use std::collections::BTreeMap;

use options::{listed, suggest};
use serde_json::Value;

use super::schema::{Field, Kind, Logical, Schema, Type, is_name};
use crate::format::flaw::{Flaw, Flaws, Trail};

const PRIMITIVES: [&str; 8] = [
    "null", "boolean", "int", "long", "float", "double", "bytes", "string",
];
const COMPLEX: [&str; 5] = ["record", "enum", "array", "map", "fixed"];
/// Fields and types of a schema that is a mistake or an attack.
const TYPES_MAX: usize = 20_000;

impl Schema {
    /// Reads a schema; everything that is wrong with it.
    pub(crate) fn read(document: &Value) -> Result<Schema, Flaws> {
        let mut reader = Reader::default();
        let root = reader.type_(document, "", &Trail::default());
        // A name may be used before its type is defined.
        for (index, name, at) in std::mem::take(&mut reader.later) {
            match reader.named.get(&name) {
                Some(found) => reader.schema.types[index] = reader.schema.types[*found].clone(),
                None => reader.unknown(&name, &at),
            }
        }
        if reader.flaws.is_empty() {
            let kind = &reader.schema.types[root].kind;
            if !matches!(kind, Kind::Record { .. }) {
                let message = "the schema describes no record";
                let help = "give one of the type `record`: a record's fields are its fields";
                reader
                    .flaws
                    .push(Flaw::new(&Trail::default(), message, help));
            }
        }
        if reader.flaws.is_empty() {
            reader.schema.root = root;
            Ok(reader.schema)
        } else {
            Err(reader.flaws)
        }
    }
}

#[derive(Default)]
struct Reader {
    schema: Schema,
    named: BTreeMap<String, usize>,
    /// Types that were named before they were defined, with the name and where it stands.
    later: Vec<(usize, String, Trail)>,
    flaws: Flaws,
}

impl Reader {
    fn add(&mut self, kind: Kind, logical: Option<Logical>) -> usize {
        self.schema.types.push(Type { kind, logical });
        self.schema.types.len() - 1
    }

    fn flaw(&mut self, at: &Trail, message: impl Into<String>, help: impl Into<String>) -> usize {
        self.flaws.push(Flaw::new(at, message, help));
        self.add(Kind::Null, None)
    }

    fn type_(&mut self, schema: &Value, namespace: &str, at: &Trail) -> usize {
        if self.schema.types.len() > TYPES_MAX {
            if self.schema.types.len() == TYPES_MAX + 1 {
                return self.flaw(
                    at,
                    "the schema has too many types",
                    format!("it may have {TYPES_MAX}"),
                );
            }
            return 0;
        }
        match schema {
            Value::String(word) => self.by_name(word, namespace, at),
            Value::Array(branches) => {
                if branches.is_empty() {
                    return self.flaw(at, "the union has no types", "add one");
                }
                let index = self.add(Kind::Union(Vec::new()), None);
                let branches = branches.iter().enumerate();
                let types =
                    branches.map(|(branch, it)| self.type_(it, namespace, &at.join(branch)));
                let types: Vec<_> = types.collect();
                if types
                    .iter()
                    .any(|it| matches!(self.schema.types[*it].kind, Kind::Union(_)))
                {
                    return self.flaw(
                        at,
                        "a union stands in a union",
                        "write all types in one list",
                    );
                }
                self.schema.types[index].kind = Kind::Union(types);
                index
            }
            Value::Object(_) => self.complex(schema, namespace, at),
            _ => self.flaw(
                at,
                "a type is a name, an object or a list",
                "write e.g. `\"string\"`",
            ),
        }
    }

    fn by_name(&mut self, word: &str, namespace: &str, at: &Trail) -> usize {
        if let Some(kind) = primitive(word) {
            return self.add(kind, None);
        }
        let full = qualified(word, namespace);
        if let Some(found) = self.named.get(&full).or_else(|| self.named.get(word)) {
            return *found;
        }
        let index = self.add(Kind::Null, None);
        self.later.push((index, full, at.clone()));
        index
    }

    fn unknown(&mut self, name: &str, at: &Trail) {
        let short = name.rsplit('.').next().unwrap_or(name);
        let own = self.named.keys().map(String::as_str);
        let known: Vec<_> = PRIMITIVES.into_iter().chain(COMPLEX).chain(own).collect();
        let help = match suggest(short, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are {}", listed(known)),
        };
        self.flaws
            .push(Flaw::new(at, format!("there is no type `{short}`"), help));
    }

    fn complex(&mut self, schema: &Value, namespace: &str, at: &Trail) -> usize {
        let word = match &schema["type"] {
            Value::String(word) => word.as_str(),
            Value::Null => {
                let known = listed(COMPLEX.into_iter().chain(PRIMITIVES));
                return self.flaw(at, "the type has no `type`", format!("known are {known}"));
            }
            inner => return self.type_(inner, namespace, &at.join("type")),
        };
        match word {
            "array" => self.of(schema, "items", Kind::Array, namespace, at),
            "map" => self.of(schema, "values", Kind::Map, namespace, at),
            "record" | "error" => self.record(schema, namespace, at),
            "enum" => self.enumeration(schema, namespace, at),
            "fixed" => {
                let Some(size) = schema["size"].as_u64().filter(|size| *size <= 1 << 20) else {
                    return self.flaw(
                        &at.join("size"),
                        "a `fixed` has a size",
                        "write the number of bytes",
                    );
                };
                let Some((name, _)) = self.name(schema, namespace, at) else {
                    return 0;
                };
                let kind = Kind::Fixed {
                    name: name.clone(),
                    size: size as usize,
                };
                let logical = self.logical(schema, "fixed", at);
                let index = self.add(kind, logical);
                self.define(&name, index, at);
                index
            }
            word => match primitive(word) {
                Some(kind) => {
                    let logical = self.logical(schema, word, at);
                    self.add(kind, logical)
                }
                None => self.by_name(word, namespace, &at.join("type")),
            },
        }
    }

    fn of(
        &mut self,
        schema: &Value,
        key: &str,
        kind: fn(usize) -> Kind,
        namespace: &str,
        at: &Trail,
    ) -> usize {
        if schema[key].is_null() {
            return self.flaw(
                at,
                format!("the type has no `{key}`"),
                format!("write what its {key} are"),
            );
        }
        let of = self.type_(&schema[key], namespace, &at.join(key));
        self.add(kind(of), None)
    }

    /// The full name of a type, and the namespace that holds in it.
    fn name(&mut self, schema: &Value, outer: &str, at: &Trail) -> Option<(String, String)> {
        let Some(name) = schema["name"].as_str() else {
            self.flaw(at, "the type has no `name`", "give it one");
            return None;
        };
        let namespace = match name.rsplit_once('.') {
            Some((namespace, _)) => namespace,
            None => schema["namespace"].as_str().unwrap_or(outer),
        };
        let full = qualified(name, namespace);
        if !full.split('.').all(is_name) {
            self.flaw(
                &at.join("name"),
                format!("`{full}` is no name for a type"),
                NAMES,
            );
            return None;
        }
        Some((full, namespace.to_owned()))
    }

    fn define(&mut self, name: &str, index: usize, at: &Trail) {
        if self.named.insert(name.to_owned(), index).is_some() {
            let help = "a type is defined once, and used by its name from then on";
            self.flaw(at, format!("the type `{name}` is defined twice"), help);
        }
    }

    fn enumeration(&mut self, schema: &Value, namespace: &str, at: &Trail) -> usize {
        let symbols = schema["symbols"].as_array().into_iter().flatten();
        let symbols: Vec<_> = symbols
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        if symbols.is_empty() {
            return self.flaw(
                at,
                "the enum has no `symbols`",
                "write which ones there are",
            );
        }
        if let Some(odd) = symbols.iter().find(|symbol| !is_name(symbol)) {
            return self.flaw(&at.join("symbols"), format!("`{odd}` is no symbol"), NAMES);
        }
        let Some((name, _)) = self.name(schema, namespace, at) else {
            return 0;
        };
        let index = self.add(
            Kind::Enum {
                name: name.clone(),
                symbols,
            },
            None,
        );
        self.define(&name, index, at);
        index
    }

    fn record(&mut self, schema: &Value, namespace: &str, at: &Trail) -> usize {
        let Some(written) = schema["fields"].as_array() else {
            return self.flaw(
                at,
                "the record has no `fields`",
                "write which ones there are",
            );
        };
        let Some((name, inner)) = self.name(schema, namespace, at) else {
            return 0;
        };
        // A record may have itself in it: it is known before its fields are.
        let index = self.add(
            Kind::Record {
                name: name.clone(),
                fields: Vec::new(),
            },
            None,
        );
        self.define(&name, index, at);
        let mut fields: Vec<Field> = Vec::new();
        for (number, field) in written.iter().enumerate() {
            let at = at.join("fields").join(number);
            let Some(name) = field["name"].as_str().filter(|name| is_name(name)) else {
                self.flaw(
                    &at.join("name"),
                    "the field has no name that Avro takes",
                    NAMES,
                );
                continue;
            };
            if fields.iter().any(|before| before.name == name) {
                self.flaw(
                    &at,
                    format!("there are two fields `{name}`"),
                    "rename one of them",
                );
            }
            if field["type"].is_null() {
                self.flaw(
                    &at,
                    format!("the field `{name}` has no `type`"),
                    "write e.g. `\"string\"`",
                );
                continue;
            }
            let type_ = self.type_(&field["type"], &inner, &at.join("type"));
            let default = field.get("default").cloned();
            fields.push(Field {
                name: name.to_owned(),
                type_,
                default,
            });
        }
        self.schema.types[index].kind = Kind::Record { name, fields };
        index
    }

    /// What a type stands for. One that is not known, or that is not for this type, is passed over, as the
    /// specification says.
    fn logical(&mut self, schema: &Value, word: &str, at: &Trail) -> Option<Logical> {
        let logical = schema["logicalType"].as_str()?;
        Some(match (logical, word) {
            ("timestamp-millis" | "local-timestamp-millis", "long") => Logical::Timestamp(1_000),
            ("timestamp-micros" | "local-timestamp-micros", "long") => {
                Logical::Timestamp(1_000_000)
            }
            ("timestamp-nanos" | "local-timestamp-nanos", "long") => {
                Logical::Timestamp(1_000_000_000)
            }
            ("date", "int") => Logical::Date,
            ("uuid", "string") => Logical::Uuid,
            ("uuid", "fixed") if schema["size"] == 16 => Logical::Uuid,
            ("decimal", "bytes" | "fixed") => {
                let precision = schema["precision"].as_u64().unwrap_or(0) as u32;
                let scale = schema["scale"].as_u64().unwrap_or(0);
                // 8 bits are 2.4 digits.
                let size = schema["size"].as_u64().unwrap_or(u64::MAX);
                let room =
                    size.saturating_mul(8).saturating_sub(1) as f64 * std::f64::consts::LOG10_2;
                if precision == 0
                    || scale > u64::from(precision)
                    || scale > 38
                    || f64::from(precision) > room
                {
                    let help = "`precision` is at least 1 and fits into the `size`, and `scale` is no larger";
                    self.flaw(at, "the decimal's `precision` and `scale` do not fit", help);
                }
                Logical::Decimal {
                    scale: scale.min(38).min(precision.into()) as u8,
                    precision,
                }
            }
            _ => return None,
        })
    }
}

const NAMES: &str = "use letters, digits and `_`, and no digit in front";

fn primitive(word: &str) -> Option<Kind> {
    Some(match word {
        "null" => Kind::Null,
        "boolean" => Kind::Boolean,
        "int" => Kind::Int,
        "long" => Kind::Long,
        "float" => Kind::Float,
        "double" => Kind::Double,
        "bytes" => Kind::Bytes,
        "string" => Kind::String,
        _ => return None,
    })
}

/// A name in a namespace.
fn qualified(name: &str, namespace: &str) -> String {
    if namespace.is_empty() || name.contains('.') {
        name.to_owned()
    } else {
        format!("{namespace}.{name}")
    }
}
