//! The functions of Data Prep
//! (<https://experienceleague.adobe.com/docs/experience-platform/data-prep/functions.html>). Those that need
//! tables of browsers, and the one whose way is not published, are known and not worked out.

mod hash;
mod shape;
mod string;
mod time;
mod url;

use std::cmp::Ordering;
use std::fmt;

use serde_json::Value;

use super::{at, is_empty, is_true, number, text, whole_if_it_is};

/// One of them.
#[derive(Clone, Copy)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// How many arguments it takes, at least and at most.
    pub(crate) least: usize,
    pub(crate) most: usize,
    pub(super) work: Work,
}

/// How a function is worked out.
#[derive(Clone, Copy)]
pub(super) enum Work {
    /// From its arguments.
    Values(fn(&[Value]) -> Value),
    /// From the record and its arguments.
    Record(fn(&Value, &[Value]) -> Value),
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

const fn of(
    name: &'static str,
    least: usize,
    most: usize,
    work: fn(&[Value]) -> Value,
) -> Function {
    Function {
        name,
        least,
        most,
        work: Work::Values(work),
    }
}

const fn asking(name: &'static str, work: fn(&Value, &[Value]) -> Value) -> Function {
    Function {
        name,
        least: 1,
        most: 1,
        work: Work::Record(work),
    }
}

/// Any number of them.
const ANY: usize = usize::MAX;

const GENERAL: &[Function] = &[
    asking("contains_key", |record, it| contains(record, &it[0]).into()),
    asking("is_set", |record, it| contains(record, &it[0]).into()),
    of("is_empty", 1, 1, |it| is_empty(&it[0]).into()),
    of("nullify", 0, 0, |_| Value::Null),
    of("iif", 3, 3, |it| {
        it[if is_true(&it[0]) { 1 } else { 2 }].clone()
    }),
    of("nvl", 2, 2, shape::coalesce),
    of("coalesce", 1, ANY, shape::coalesce),
    of("decode", 3, ANY, shape::decode),
    of("min", 1, ANY, |it| extreme(it, Ordering::Less)),
    of("max", 1, ANY, |it| extreme(it, Ordering::Greater)),
    of("to_bigint", 1, 1, |it| converted(&it[0])),
    of("to_decimal", 1, 1, |it| converted(&it[0])),
    of("to_float", 1, 1, |it| converted(&it[0])),
    of("to_integer", 1, 1, |it| {
        text(&it[0])
            .trim()
            .parse::<i64>()
            .map_or(Value::Null, Value::from)
    }),
    of("to_bool", 1, 1, |it| is_true(&it[0]).into()),
    of("json_to_object", 1, 1, |it| {
        serde_json::from_str(&text(&it[0])).unwrap_or_default()
    }),
    of("uuid", 0, 0, |_| uuid::Uuid::new_v4().to_string().into()),
    of("guid", 0, 0, |_| uuid::Uuid::new_v4().to_string().into()),
];

/// Documented, and not worked out here.
const BEYOND: [&str; 9] = [
    "fpid_to_ecid",
    "ua_os_name",
    "ua_os_version_major",
    "ua_os_version",
    "ua_os_name_version",
    "ua_agent_version",
    "ua_agent_version_major",
    "ua_agent_name",
    "ua_device_class",
];

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Function> {
    [
        GENERAL,
        string::FUNCTIONS,
        hash::FUNCTIONS,
        url::FUNCTIONS,
        time::FUNCTIONS,
        shape::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
}

/// The one of this name.
pub(super) fn find(name: &str) -> Result<&'static Function, String> {
    if BEYOND.contains(&name) {
        return Err(format!("the sandbox does not work out {name}"));
    }
    let mut all = all();
    let found = all.find(|function| function.name == name);
    found.ok_or_else(|| format!("there is no function {name}"))
}

/// Whether a path is there in the record.
fn contains(record: &Value, path: &Value) -> bool {
    let steps: Vec<String> = text(path).split('.').map(str::to_owned).collect();
    at(record, &steps).is_some()
}

fn converted(value: &Value) -> Value {
    number(value).map_or(Value::Null, whole_if_it_is)
}

/// The smallest or the largest in natural order; what is null does not count.
fn extreme(values: &[Value], wanted: Ordering) -> Value {
    let order = |a: &Value, b: &Value| match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => text(a).cmp(&text(b)),
    };
    let values = values.iter().filter(|it| !it.is_null());
    let found = values.reduce(|best, it| if order(it, best) == wanted { it } else { best });
    found.cloned().unwrap_or_default()
}

/// An argument that need not be there.
fn optional(arguments: &[Value], index: usize) -> Option<&Value> {
    arguments.get(index).filter(|it| !it.is_null())
}
