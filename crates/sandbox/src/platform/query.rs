//! Filters and pages, as the services have them in common.

use std::cmp::Ordering;
use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::Value;

/// What stands behind the `?`. A name may come more than once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Query, Infallible> {
        Ok(Query::parse(parts.uri.query().unwrap_or_default()))
    }
}

impl Query {
    pub(crate) fn parse(text: &str) -> Query {
        Query(
            url::form_urlencoded::parse(text.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.0.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A number, or what stands for it.
    pub(crate) fn number(&self, name: &str, default: i64) -> Result<i64, String> {
        self.get(name).map_or(Ok(default), |text| {
            text.parse()
                .map_err(|_| format!("{name} has to be a number, not {text}"))
        })
    }

    /// A number that counts.
    pub(crate) fn count(&self, name: &str, default: usize) -> Result<usize, String> {
        let number = self.number(name, default as i64)?;
        usize::try_from(number).map_err(|_| format!("{name} can't be negative"))
    }

    /// Whether a thing passes every `property` filter. Without one everything does.
    pub(crate) fn passes(&self, thing: &Value) -> bool {
        self.all("property")
            .flat_map(filters)
            .all(|filter| passes(filter, thing))
    }
}

/// Several may stand in one, with commas between them; a comma may be part of a value as well.
fn filters(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices(',') {
        let next = &text[at + 1..];
        let name = next.find(['=', '!', '<', '>', '~']).map(|end| &next[..end]);
        let is_part = |c: char| c.is_alphanumeric() || "@:._-".contains(c);
        if name.is_some_and(|name| !name.is_empty() && name.chars().all(is_part)) {
            found.push(&text[from..at]);
            from = at + 1;
        }
    }
    found.push(&text[from..]);
    found
}

/// Whether two values that compare so pass.
type Fits = fn(Ordering) -> bool;

/// `title==Some title`, likewise `!=`, `<`, `>`, `<=`, `>=`, and `~` for a regular
/// expression; a name alone asks whether it is there.
fn passes(filter: &str, thing: &Value) -> bool {
    let Some(at) = filter.find(['=', '!', '<', '>', '~']) else {
        return value(thing, filter).is_some();
    };
    let (name, rest) = filter.split_at(at);
    let found = value(thing, name.trim());
    let is = |wanted: &str, fits: Fits| {
        let wanted = wanted.trim_matches('"');
        match found {
            // Of a list, one is enough.
            Some(Value::Array(items)) => items.iter().any(|it| fits(compare(it, wanted))),
            found => found.is_some_and(|found| fits(compare(found, wanted))),
        }
    };
    let operators: [(&str, Fits); 6] = [
        ("==", Ordering::is_eq),
        ("<=", Ordering::is_le),
        (">=", Ordering::is_ge),
        ("<", Ordering::is_lt),
        (">", Ordering::is_gt),
        ("=", Ordering::is_eq),
    ];
    if let Some(unwanted) = rest.strip_prefix("!=") {
        return !is(unwanted, Ordering::is_eq);
    }
    if let Some(pattern) = rest.strip_prefix('~') {
        let pattern = regex::Regex::new(pattern.trim_matches('"'));
        return pattern.is_ok_and(|it| found.is_some_and(|found| it.is_match(&text(found))));
    }
    operators
        .iter()
        .find_map(|(sign, fits)| Some(is(rest.strip_prefix(sign)?, *fits)))
        .unwrap_or(false)
}

/// A property by its name, or by its path with dots.
fn value<'v>(thing: &'v Value, name: &str) -> Option<&'v Value> {
    thing
        .get(name)
        .or_else(|| name.split('.').try_fold(thing, |at, step| at.get(step)))
}

fn compare(found: &Value, wanted: &str) -> Ordering {
    match (found.as_f64(), wanted.parse::<f64>()) {
        (Some(found), Ok(wanted)) => found.total_cmp(&wanted),
        _ => text(found).as_str().cmp(wanted),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Sorts things by `title`, `-createdAt`, `asc:created,updated`, `desc:created`, `+createdDate`.
pub(crate) fn sort<T>(things: &mut [T], order: &str, of: impl Fn(&T) -> &Value) {
    let (names, is_down) = match order.split_once(':') {
        Some((way, names)) => (names, way.eq_ignore_ascii_case("desc")),
        None => (
            order.trim_start_matches(['+', '-', ' ']),
            order.starts_with('-'),
        ),
    };
    let compare = |a: &T, b: &T| {
        names.split(',').fold(Ordering::Equal, |so_far, name| {
            so_far.then_with(|| {
                let (a, b) = (value(of(a), name.trim()), value(of(b), name.trim()));
                match (a, b) {
                    (Some(a), Some(b)) => match (a.as_f64(), b.as_f64()) {
                        (Some(a), Some(b)) => a.total_cmp(&b),
                        _ => text(a).cmp(&text(b)),
                    },
                    (a, b) => a.is_some().cmp(&b.is_some()),
                }
            })
        })
    };
    things.sort_by(compare);
    if is_down {
        things.reverse();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn filters_are_read_as_the_documentation_writes_them() {
        let thing = json!({"title": "Loyal people", "version": 3, "schemaRef": {"id": "x"}});
        let cases = [
            ("title==Loyal people", true),
            ("title==\"Loyal people\"", true),
            ("title==Loyal", false),
            ("title!=Loyal", true),
            ("title~^Loyal", true),
            ("title~^people", false),
            ("title~people$", true),
            ("title~L.*e", true),
            ("version>=3", true),
            ("version<3", false),
            ("version>12", false),
            ("schemaRef.id==x", true),
            ("title", true),
            ("missing", false),
        ];
        for (filter, wanted) in cases {
            assert_eq!(passes(filter, &thing), wanted, "{filter}");
        }
        for both in [
            "property=title~Loyal&property=version==4",
            "property=title~Loyal,version==4",
        ] {
            assert!(!Query::parse(both).passes(&thing), "{both}");
        }
        let list = json!({"title": "a, b", "meta:extends": ["x", "y"]});
        let filter = "property=title==a, b,meta:extends==y";
        assert!(Query::parse(filter).passes(&list));
    }

    #[test]
    fn orders_are_read_as_the_services_write_them() {
        let sorted = |order: &str| {
            let mut things = vec![json!({"a": 2, "b": "x"}), json!({"a": 10, "b": "y"})];
            sort(&mut things, order, |it| it);
            things[0]["a"].clone()
        };
        assert_eq!(sorted("a"), 2);
        assert_eq!(sorted("-a"), 10);
        assert_eq!(sorted("desc:a"), 10);
        assert_eq!(sorted("asc:b,a"), 2);
        assert_eq!(sorted("+b"), 2);
    }
}
