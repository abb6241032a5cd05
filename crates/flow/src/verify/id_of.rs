//! The id of a record that was read: found without taking the rest apart.

use std::fmt;

use records::Template;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

/// Length of an id; see `records`.
const ID_LEN: usize = 36;

/// Whose a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// This run's, with its ordinal.
    Ours(u64),
    /// A record that was sent ahead, to see whether the flow reads, with its number.
    Canary(u64),
    /// Anybody else's.
    Stranger,
}

/// Whose a record is by its id, which stands in the field `id`. Of what is no JSON (any more), any
/// text in it counts that reads as an id of this run: whoever cuts a record off has not made it
/// somebody else's.
pub(super) fn whose(template: &Template, id: &str, record: &[u8]) -> Whose {
    if !template.is_json() {
        return in_any_format(template, record);
    }
    let mut json = serde_json::Deserializer::from_slice(record);
    let found = Field(id)
        .deserialize(&mut json)
        .and_then(|found| json.end().map(|()| found));
    if let Ok(text) = found {
        return text.map_or(Whose::Stranger, |text| by_id(template, text));
    }
    anywhere(template, record)
}

/// The same of a record that is no JSON, where an id stands as its text or as its 16 bytes. There may be several:
/// then it is the one whose record this is.
fn in_any_format(template: &Template, record: &[u8]) -> Whose {
    let texts = texts(record).map(|text| by_id(template, text));
    let bytes = record.windows(16).filter_map(|window| {
        let id = <[u8; 16]>::try_from(window).ok()?;
        template.ordinal_of_bytes(id).map(Whose::Ours)
    });
    let is_known = |whose: &Whose| *whose != Whose::Stranger;
    let mut known = texts.filter(is_known).chain(bytes);
    let Some(first) = known.next() else {
        return Whose::Stranger;
    };
    let Some(second) = known.next() else {
        return first;
    };
    let mut made = Vec::new();
    let mut is_it = |whose: &Whose| {
        made.clear();
        match whose {
            Whose::Ours(n) => template.record(*n, &mut made),
            Whose::Canary(_) | Whose::Stranger => {}
        }
        made == record
    };
    let mut all = [first, second].into_iter().chain(known);
    all.find(|whose| is_it(whose)).unwrap_or(first)
}

/// Whose a record without a value is, by its key.
pub(super) fn by_key(template: &Template, key: Option<&[u8]>) -> Whose {
    let text = key.and_then(|key| std::str::from_utf8(key).ok());
    text.map_or(Whose::Stranger, |text| by_id(template, text))
}

fn by_id(template: &Template, text: &str) -> Whose {
    let own = template.ordinal_of(text).map(Whose::Ours);
    let known = own.or_else(|| template.canary_of(text).map(Whose::Canary));
    known.unwrap_or(Whose::Stranger)
}

/// The same by any text in it that reads as an id.
pub(super) fn anywhere(template: &Template, record: &[u8]) -> Whose {
    let mut known = texts(record).map(|text| by_id(template, text));
    let known = known.find(|whose| *whose != Whose::Stranger);
    known.unwrap_or(Whose::Stranger)
}

/// All that looks like the text of an id.
fn texts(record: &[u8]) -> impl Iterator<Item = &str> {
    record.windows(ID_LEN).filter_map(|window| {
        let has_dashes = [8, 13, 18, 23].iter().all(|at| window[*at] == b'-');
        std::str::from_utf8(window).ok().filter(|_| has_dashes)
    })
}

/// The text of one field of an object. An id has no escapes, so that it can be borrowed.
struct Field<'f>(&'f str);

impl<'de> DeserializeSeed<'de> for Field<'_> {
    type Value = Option<&'de str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Field<'_> {
    type Value = Option<&'de str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the field `{}`", self.0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(is_it) = map.next_key_seed(Is(self.0))? {
            if is_it {
                found = map.next_value_seed(Text)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Whether a key is the one.
struct Is<'f>(&'f str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

/// Text that can be borrowed. Any other is no id.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Option<&'de str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Option<&'de str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(text))
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::super::made::template;
    use super::*;

    #[test]
    fn an_id_is_found_and_nothing_else_is_one() {
        let template = template(r#"{"fields": {"id": "record_id", "name": "first_name"}}"#);
        let find = |record: &[u8]| match whose(&template, "id", record) {
            Whose::Ours(n) => Some(n),
            _ => None,
        };
        let mut record = Vec::new();
        template.record(7, &mut record);
        assert_eq!(find(&record), Some(7));
        let text = String::from_utf8(record.clone()).unwrap();
        let elsewhere = format!(r#"{{"about": {text}, "id": "x"}}"#);
        assert_eq!(find(elsewhere.as_bytes()), None);
        for other in [
            "",
            "{}",
            "[1]",
            r#"{"id": 1}"#,
            r#"{"id": "a\n"}"#,
            "no JSON",
        ] {
            assert_eq!(find(other.as_bytes()), None, "{other}");
        }
        let mut canary = Vec::new();
        template.canary(1 << 12).record(4099, &mut canary);
        assert_eq!(whose(&template, "id", &canary), Whose::Canary(4099));
        let foreign = r#"{"format": {"avro": {"schema": {"type": "record", "name": "A", "fields": [
            {"name": "of", "type": "string"},
            {"name": "id", "type": {"type": "fixed", "name": "Id", "size": 16, "logicalType": "uuid"}}]}}},
            "fields": {"id": "record_id", "of": "name"}}"#;
        for options in [
            foreign,
            &foreign.replace("\"of\": \"name\"", "\"of\": {\"constant\": \"TEXT\"}"),
        ] {
            // The id of record 8 stands in front of its own.
            let other = super::super::made::template(r#"{"fields": {"id": "record_id"}}"#);
            let text = String::from_utf8(other.value(8, "id").unwrap()).unwrap();
            let template = super::super::made::template(&options.replace("\"TEXT\"", &text));
            assert!(!template.is_json());
            let mut record = Vec::new();
            template.record(7, &mut record);
            assert_eq!(whose(&template, "id", &record), Whose::Ours(7));
        }
        // Cut off, with bytes that are no text.
        record.pop();
        record.extend_from_slice(&[0xff, 0xfe]);
        assert_eq!(find(&record), Some(7));
    }
}
