//! The table of kinds: by format, and by how people call a field.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use crate::name;

/// The table that readers extend.
const TABLE: &str = include_str!("kinds.yaml");

/// What a field is, as far as the table tells kinds apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Class {
    #[default]
    Text,
    Integer,
    Number,
    Boolean,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    kind: Value,
    #[serde(default, rename = "type")]
    class: Class,
    #[serde(default)]
    formats: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
}

/// The kinds of fields that are known by name or format.
#[derive(Debug, Default)]
pub(crate) struct Table {
    formats: HashMap<(Class, String), Value>,
    /// By the words of a name without anything in between.
    names: HashMap<(Class, String), Value>,
    /// The same of those that have to be the whole name of a field.
    whole: HashMap<(Class, String), Value>,
}

impl Table {
    /// The table as it was compiled in; what is wrong with it, a test says.
    pub(crate) fn known() -> Table {
        let rows: Vec<Row> = serde_saphyr::from_str(TABLE).unwrap_or_default();
        let mut table = Table::default();
        for row in rows {
            for format in row.formats {
                let known = table.formats.entry((row.class, format));
                known.or_insert_with(|| row.kind.clone());
            }
            for name in row.names {
                let (names, name) = match name.strip_prefix('=') {
                    Some(whole) => (&mut table.whole, whole),
                    None => (&mut table.names, name.as_str()),
                };
                let known = names.entry((row.class, name.replace(' ', "")));
                known.or_insert_with(|| row.kind.clone());
            }
        }
        table
    }

    /// The kind that makes a format.
    pub(crate) fn by_format(&self, class: Class, format: &str) -> Option<&Value> {
        self.formats.get(&(class, format.to_lowercase()))
    }

    /// The kind that makes what is called so: `steps` are the names of the objects on the way and of the field.
    pub(crate) fn by_name(&self, class: Class, steps: &[String]) -> Option<&Value> {
        let words: Vec<Vec<String>> = steps.iter().map(|step| name::words(step)).collect();
        let own = words.last()?;
        let whole = self.whole.get(&(class, own.concat()));
        // An object's name says more: `campaign.name` is nobody's.
        if let Some(kind) = whole.filter(|_| steps.len() == 1) {
            return Some(kind);
        }
        let mut words = words.concat();
        let found = |words: &[String]| {
            let mut joined = (0..words.len()).map(|from| words[from..].concat());
            joined.find_map(|joined| self.names.get(&(class, joined)))
        };
        if let Some(kind) = found(&words) {
            return Some(kind);
        }
        if whole.is_some() {
            return whole;
        }
        // A number behind it makes it no other thing, nor does it that there are several: `street2`, `emails`.
        let last = words.last_mut()?;
        if last.bytes().all(|byte| byte.is_ascii_digit()) {
            words.pop();
        } else if last.len() > 3 && last.ends_with('s') {
            last.pop();
        }
        found(&words)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use options::Location;
    use records::RecordsOptions;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_row_has_a_kind_that_exists_and_names_that_can_be_found() {
        let rows: Vec<Row> = serde_saphyr::from_str(TABLE).unwrap();
        let mut seen: BTreeMap<_, Value> = BTreeMap::new();
        for row in rows {
            let fields = json!({"fields": {"it": row.kind}});
            let records: RecordsOptions = serde_json::from_value(fields).unwrap();
            let mut problems = Vec::new();
            records.problems(&Location::root(), &mut problems);
            assert_eq!(problems, [], "{}", row.kind);
            assert!(
                !row.names.is_empty() || !row.formats.is_empty(),
                "{}",
                row.kind
            );
            for name in row.names {
                let plain = name.trim_start_matches('=');
                assert_eq!(
                    name::words(plain).concat(),
                    plain.replace(' ', ""),
                    "{name}"
                );
                let class = format!("{:?}", row.class);
                let before = seen.insert((class, name.replace(' ', "")), row.kind.clone());
                assert_eq!(before, None, "`{name}` is in two rows");
            }
        }
    }

    #[test]
    fn a_name_is_known_in_the_languages_that_people_name_fields_in() {
        let table = Table::known();
        let kind = |path: &str| {
            let steps: Vec<_> = path.split('.').map(str::to_owned).collect();
            let found = table.by_name(Class::Text, &steps);
            found.map_or_else(String::new, |kind| match kind {
                Value::String(word) => word.clone(),
                other => other.to_string(),
            })
        };
        for (path, expected) in [
            ("firstName", "first_name"),
            ("first_name", "first_name"),
            ("givenName", "first_name"),
            ("vorname", "first_name"),
            ("prenom", "first_name"),
            ("Prénom", "first_name"),
            ("nombre", "first_name"),
            ("person.name.firstName", "first_name"),
            ("person.name.lastName", "last_name"),
            ("name.last", "last_name"),
            ("firstname", "first_name"),
            ("Nachname", "last_name"),
            ("personalEmail.address", "email"),
            ("workEmail", "email"),
            ("correo_electronico", "email"),
            ("homeAddress.city", "city"),
            ("homeAddress.street1", "street"),
            ("homeAddress.street2", "street"),
            ("PLZ", "postcode"),
            ("mobilePhone.number", "phone"),
            ("name", "name"),
            ("company.name", "company"),
            ("product.name", "product"),
            ("produktname", "product"),
            ("articulo.marca", "brand"),
            ("barcode", "ean"),
            ("vehicle.make", "vehicle_make"),
            ("Fahrgestellnummer", "vin"),
            ("matricula", "license_plate"),
            ("payment.cardType", "card_brand"),
            ("device.model", "device_model"),
            ("couleur", "color"),
            ("app.version", "semver"),
            ("contentType", "mime_type"),
            ("Dateiname", "file_name"),
            ("campaign.name", "word"),
            ("geburtsdatum", "birth_date"),
            ("ipAddress", "ip"),
            ("zzz", ""),
        ] {
            assert_eq!(kind(path), expected, "{path}");
        }
    }
}
