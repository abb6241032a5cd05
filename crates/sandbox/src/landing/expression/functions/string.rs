//! Texts and regular expressions.

use regex::Regex;
use serde_json::Value;

use super::{ANY, Function, of, optional, text};

pub(super) const FUNCTIONS: &[Function] = &[
    of("concat", 1, ANY, |it| {
        it.iter().map(text).collect::<String>().into()
    }),
    of("explode", 1, 2, explode),
    of("instr", 2, 4, instr),
    of("replacestr", 3, 3, replace),
    of("replace_str", 3, 3, replace),
    of("substr", 2, 3, substr),
    of("lower", 1, 1, |it| changed(it, str::to_lowercase)),
    of("lcase", 1, 1, |it| changed(it, str::to_lowercase)),
    of("upper", 1, 1, |it| changed(it, str::to_uppercase)),
    of("ucase", 1, 1, |it| changed(it, str::to_uppercase)),
    of("split", 2, 2, split),
    of("join", 2, 2, join),
    of("lpad", 3, 3, |it| {
        padded(it, |text, padding| padding + &text)
    }),
    of("rpad", 3, 3, |it| {
        padded(it, |text, padding| text + &padding)
    }),
    of("left", 2, 2, |it| {
        let count = count(&it[1]);
        changed(it, |text| text.chars().take(count).collect())
    }),
    of("right", 2, 2, |it| {
        let count = count(&it[1]);
        changed(it, |text| {
            let length = text.chars().count();
            text.chars().skip(length.saturating_sub(count)).collect()
        })
    }),
    of("ltrim", 1, 1, |it| {
        changed(it, |text| text.trim_start().to_owned())
    }),
    of("rtrim", 1, 1, |it| {
        changed(it, |text| text.trim_end().to_owned())
    }),
    of("trim", 1, 1, |it| {
        changed(it, |text| text.trim().to_owned())
    }),
    of("length", 1, 1, |it| {
        it[0]
            .as_str()
            .map_or(Value::Null, |text| text.chars().count().into())
    }),
    of("equals", 2, 2, |it| (text(&it[0]) == text(&it[1])).into()),
    of("equalsIgnoreCase", 2, 2, |it| {
        (text(&it[0]).to_lowercase() == text(&it[1]).to_lowercase()).into()
    }),
    of("extract_regex", 2, 2, extract),
    of("matches_regex", 2, 2, |it| {
        let whole = Regex::new(&format!("^(?:{})$", text(&it[1])));
        whole
            .is_ok_and(|pattern| pattern.is_match(&text(&it[0])))
            .into()
    }),
];

/// A text changed; what is null stays so.
fn changed(arguments: &[Value], change: impl Fn(&str) -> String) -> Value {
    match &arguments[0] {
        Value::Null => Value::Null,
        other => change(&text(other)).into(),
    }
}

/// A number that counts.
fn count(value: &Value) -> usize {
    let number = super::number(value).filter(|it| *it > 0.0);
    number.map_or(0, |it| it as usize)
}

fn explode(arguments: &[Value]) -> Value {
    let by = optional(arguments, 1).map_or(",".to_owned(), text);
    let Ok(by) = Regex::new(&by) else {
        return Value::Null;
    };
    let whole = text(&arguments[0]);
    by.split(&whole).map(Value::from).collect()
}

/// At each of the separator's characters.
fn split(arguments: &[Value]) -> Value {
    let (whole, by) = (text(&arguments[0]), text(&arguments[1]));
    let parts = whole.split(|c| by.contains(c));
    parts.map(Value::from).collect()
}

fn join(arguments: &[Value]) -> Value {
    let Value::Array(items) = &arguments[1] else {
        return text(&arguments[1]).into();
    };
    let items: Vec<_> = items.iter().map(text).collect();
    items.join(&text(&arguments[0])).into()
}

/// Where a text is in another one, counted from 0; -1 if it is not there.
fn instr(arguments: &[Value]) -> Value {
    let (whole, part) = (text(&arguments[0]), text(&arguments[1]));
    let from = optional(arguments, 2).map_or(0, count);
    let nth = optional(arguments, 3).map_or(1, count).max(1);
    let positions = whole.char_indices().enumerate().skip(from);
    let mut found = positions.filter(|(_, (at, _))| whole[*at..].starts_with(&part));
    let found = found.nth(nth - 1);
    found.map_or(Value::from(-1), |(index, _)| index.into())
}

fn replace(arguments: &[Value]) -> Value {
    let (old, new) = (text(&arguments[1]), text(&arguments[2]));
    changed(arguments, |text| text.replace(&old, &new))
}

fn substr(arguments: &[Value]) -> Value {
    let start = count(&arguments[1]);
    let length = optional(arguments, 2).map_or(usize::MAX, count);
    changed(arguments, |text| {
        text.chars().skip(start).take(length).collect()
    })
}

fn padded(arguments: &[Value], put: fn(String, String) -> String) -> Value {
    let whole = text(&arguments[0]);
    let padding = match text(&arguments[2]) {
        padding if padding.is_empty() => " ".to_owned(),
        padding => padding,
    };
    let missing = count(&arguments[1]).saturating_sub(whole.chars().count());
    // Nobody pads a field to more than a record has.
    let padding = padding.chars().cycle().take(missing.min(1 << 20));
    put(whole, padding.collect()).into()
}

/// What matches, and each group in it.
fn extract(arguments: &[Value]) -> Value {
    let whole = text(&arguments[0]);
    let Some(found) = Regex::new(&text(&arguments[1]))
        .ok()
        .and_then(|pattern| pattern.captures(&whole))
    else {
        return Value::Array(Vec::new());
    };
    let group = |group: Option<regex::Match<'_>>| group.map(|it| it.as_str().to_owned());
    found.iter().map(|it| Value::from(group(it))).collect()
}
