//! One value next to what a path holds, with the platform's conversions
//! (<https://experienceleague.adobe.com/docs/experience-platform/data-prep/data-handling.html>).

use std::fmt::Display;

use flow::{FieldType, Held};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use serde_json::Value;

/// Why a value does not fit, and what to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Why {
    pub(super) what: String,
    pub(super) help: Option<String>,
    /// The number that is too small or too large.
    pub(super) number: Option<i64>,
}

impl Why {
    pub(super) fn new(what: impl Into<String>) -> Why {
        Why {
            what: what.into(),
            help: None,
            number: None,
        }
    }

    /// It has this number, which is too small or too large.
    pub(super) fn number(number: i64, what: String) -> Why {
        Why {
            number: Some(number),
            ..Why::new(what)
        }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Why {
        Why {
            help: Some(help.into()),
            ..self
        }
    }
}

/// Forms in which Data Prep looks for a time in a text, besides RFC 3339.
const TIMES: [&str; 15] = [
    "%Y-%m-%d %H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S%.f%z",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y-%b-%d",
    "%Y%m%d",
    "%m-%d-%Y",
    "%m%d%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%m/%d/%Y %I:%M:%S %p",
    "%d.%m.%Y %I:%M:%S %p",
    "%d.%b.%Y",
    "%d-%b-%Y",
];

/// Why a value does not fit; `None`: it does.
pub(super) fn odd(value: &Value, held: &Held) -> Option<Why> {
    let text = || match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let fits = match (held, value) {
        (_, Value::Null) | (Held::Any, _) => true,
        (Held::Array(of), Value::Array(items)) => {
            let odd = items.iter().find_map(|item| odd(item, of));
            return odd.map(one_of_its_values);
        }
        (Held::Object(types), Value::Object(fields)) => {
            let mut all = fields.iter();
            return all.find_map(|(name, value)| match types.get(name) {
                Some(held) => inside(name, odd(value, held)),
                None => Some(no_field(name)),
            });
        }
        (Held::Map(of), Value::Object(fields)) => {
            let mut all = fields.iter();
            return all.find_map(|(name, value)| inside(name, odd(value, of)));
        }
        (Held::Array(_), _) => return Some(Why::new(format!("`{}` is no list", shown(value)))),
        (Held::Object(_) | Held::Map(_), _) => {
            return Some(Why::new(format!("`{}` has no fields", shown(value))));
        }
        (_, Value::Array(_) | Value::Object(_)) => false,
        (Held::Text(limits), _) => {
            let why = limits.why_not(&text())?;
            let shown = shown(value);
            return Some(Why::new(format!("it can be `{shown}`, which {why}")));
        }
        (Held::Whole(least, most), _) => match text().trim().parse::<i64>() {
            Ok(number) if (*least..=*most).contains(&number) => true,
            Ok(number) => {
                return Some(Why::number(number, format!("it can be `{number}`")));
            }
            Err(_) => false,
        },
        (Held::Number(least, most), _) => text().trim().parse::<f64>().is_ok_and(|number| {
            least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most)
        }),
        (Held::Boolean, _) => {
            let words = ["y", "yes", "on", "true", "n", "no", "off", "false"];
            !value.is_number() && words.contains(&text().to_lowercase().as_str())
        }
        (Held::DateTime, _) => value.is_i64() || value.as_str().is_some_and(is_time),
        (Held::Date, _) => value.as_str().is_some_and(is_time),
        (Held::Enum(values), _) => values.contains(&text()),
    };
    (!fits).then(|| Why::new(format!("it can be `{}`", shown(value))))
}

fn is_time(text: &str) -> bool {
    text.parse::<Timestamp>().is_ok()
        || text.parse::<DateTime>().is_ok()
        || text.parse::<Date>().is_ok()
        || TIMES
            .iter()
            .any(|form| strtime::parse(form, text).is_ok_and(|found| found.to_date().is_ok()))
}

/// The number that goes beyond what is held, if one does, and how.
pub(super) fn beyond<N: PartialOrd + Display + Copy>(
    (from, to): (N, N),
    (least, most): (N, N),
) -> Option<(N, String)> {
    let (odd, end) = if to > most {
        (to, most)
    } else if from < least {
        (from, least)
    } else {
        return None;
    };
    Some((odd, format!("it can be {odd}, and the type ends at {end}")))
}

/// What to do about it.
pub(super) fn help(why: &Why, held: &Held, is_own: bool) -> Option<String> {
    Some(match held {
        Held::Whole(..) if is_own => format!("make it `{}`", larger(why.number?)?.words()),
        Held::Whole(least, most) => {
            format!("`{{integer: {{min: {least}, max: {most}}}}}` stays within")
        }
        Held::DateTime => "a field of the kind `event_time` does".to_owned(),
        Held::Date => "a field of the kind `date` does".to_owned(),
        Held::Enum(values) => {
            format!("`{{choose: [{}]}}` does", values.join(", "))
        }
        Held::Text(text) if text.is_email() => "a field of the kind `email` does".to_owned(),
        _ => return None,
    })
}

/// The smallest type of whole numbers that a number fits into.
fn larger(number: i64) -> Option<FieldType> {
    let types = [
        FieldType::Byte,
        FieldType::Short,
        FieldType::Integer,
        FieldType::Long,
    ];
    let fits = |type_: &FieldType| {
        let range = type_.range();
        range.is_some_and(|(least, most)| (least..=most).contains(&number))
    };
    types.into_iter().find(fits)
}

pub(super) fn inside(name: &str, why: Option<Why>) -> Option<Why> {
    why.map(|why| Why {
        what: format!("its `{name}` does not, as {}", why.what),
        ..why
    })
}

pub(super) fn one_of_its_values(why: Why) -> Why {
    Why {
        what: format!("one of its values does not, as {}", why.what),
        ..why
    }
}

pub(super) fn no_field(name: &str) -> Why {
    Why::new(format!("the type has no field `{name}`"))
}

/// Longer ones are cut.
const SHOWN: usize = 60;

fn shown(value: &Value) -> String {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
