//! The fingerprint of a schema, which a single object begins with.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::schema::{Kind, Schema};

/// What every single object begins with
/// (<https://avro.apache.org/docs/1.12.0/specification/#single-object-encoding>).
const MARK: [u8; 2] = [0xc3, 0x01];

/// The mark and the fingerprint.
pub(crate) fn single_object_header(schema: &Schema) -> Vec<u8> {
    let fingerprint = rabin(canonical(schema).as_bytes());
    [&MARK[..], &fingerprint.to_le_bytes()].concat()
}

/// The Parsing Canonical Form
/// (<https://avro.apache.org/docs/1.12.0/specification/#parsing-canonical-form-for-schemas>).
pub(crate) fn canonical(schema: &Schema) -> String {
    let mut text = String::new();
    write(schema, schema.root, &mut BTreeSet::new(), &mut text);
    text
}

fn write<'s>(schema: &'s Schema, index: usize, known: &mut BTreeSet<&'s str>, text: &mut String) {
    let quoted = |name: &str| Value::from(name).to_string();
    let kind = &schema.at(index).kind;
    if let Kind::Fixed { name, .. } | Kind::Enum { name, .. } | Kind::Record { name, .. } = kind
        && !known.insert(name)
    {
        *text += &quoted(name);
        return;
    }
    match kind {
        Kind::Null => *text += "\"null\"",
        Kind::Boolean => *text += "\"boolean\"",
        Kind::Int => *text += "\"int\"",
        Kind::Long => *text += "\"long\"",
        Kind::Float => *text += "\"float\"",
        Kind::Double => *text += "\"double\"",
        Kind::Bytes => *text += "\"bytes\"",
        Kind::String => *text += "\"string\"",
        Kind::Fixed { name, size } => {
            let _ = write!(
                text,
                r#"{{"name":{},"type":"fixed","size":{size}}}"#,
                quoted(name)
            );
        }
        Kind::Enum { name, symbols } => {
            let symbols: Vec<_> = symbols.iter().map(|symbol| quoted(symbol)).collect();
            let symbols = symbols.join(",");
            let _ = write!(
                text,
                r#"{{"name":{},"type":"enum","symbols":[{symbols}]}}"#,
                quoted(name)
            );
        }
        Kind::Array(of) => {
            *text += r#"{"type":"array","items":"#;
            write(schema, *of, known, text);
            *text += "}";
        }
        Kind::Map(of) => {
            *text += r#"{"type":"map","values":"#;
            write(schema, *of, known, text);
            *text += "}";
        }
        Kind::Union(branches) => {
            for (number, branch) in branches.iter().enumerate() {
                *text += if number == 0 { "[" } else { "," };
                write(schema, *branch, known, text);
            }
            *text += "]";
        }
        Kind::Record { name, fields } => {
            let _ = write!(
                text,
                r#"{{"name":{},"type":"record","fields":["#,
                quoted(name)
            );
            for (number, field) in fields.iter().enumerate() {
                let comma = if number == 0 { "" } else { "," };
                let _ = write!(text, r#"{comma}{{"name":{},"type":"#, quoted(&field.name));
                write(schema, field.type_, known, text);
                *text += "}";
            }
            *text += "]}";
        }
    }
}

/// CRC-64-AVRO, bit by bit, since it is needed once.
fn rabin(bytes: &[u8]) -> u64 {
    const EMPTY: u64 = 0xc15d_213a_a4d7_a795;
    bytes.iter().fold(EMPTY, |mut print, byte| {
        print ^= u64::from(*byte);
        for _ in 0..8 {
            let low = print & 1;
            print = (print >> 1) ^ (EMPTY & low.wrapping_neg());
        }
        print
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_those_of_avros_own_tests() {
        // <https://github.com/apache/avro/blob/main/share/test/data/schema-tests.txt>
        assert_eq!(rabin(b"\"int\""), 0x7275_d51a_3f39_5c8f);
        assert_eq!(rabin(b"\"null\""), 0x63dd_24e7_cc25_8f8a);
    }
}
