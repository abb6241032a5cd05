//! Expressions worked out the slow way, over the record as it was parsed.

use proptest::prelude::*;
use serde_json::{Value, json};

/// The value at a path, as text; an absent one is empty.
pub(crate) fn text(record: &Value, path: &str) -> String {
    let value = path.split('.').fold(record, |value, name| &value[name]);
    match value {
        // Its last zeros count.
        Value::Number(number) if path == "price" => format!("{:.2}", number.as_f64().unwrap()),
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A number of hundred-millionths.
pub(crate) const ONE: i128 = 100_000_000;

pub(crate) fn number(record: &Value, path: &str) -> Option<i128> {
    read(&text(record, path))
}

pub(crate) fn read(text: &str) -> Option<i128> {
    if text.is_empty() {
        return None;
    }
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits: i128 = format!("{whole}{part:0<8}").parse().ok()?;
    Some(digits)
}

#[derive(Clone, Debug)]
pub(crate) enum Sum {
    Field(&'static str),
    Whole(i64),
    Two(&'static str, Box<Sum>, Box<Sum>),
    If(Test, Box<Sum>, Box<Sum>),
}

#[derive(Clone, Debug)]
pub(crate) enum Test {
    Level(&'static str),
    Flag,
    Less(Box<Sum>, Box<Sum>),
    Not(Box<Test>),
    There,
}

impl Sum {
    pub(crate) fn written(&self) -> String {
        match self {
            Sum::Field(name) => (*name).to_owned(),
            Sum::Whole(number) => format!("({number})"),
            Sum::Two(name @ ("min" | "max"), a, b) => {
                format!("{name}({}, {})", a.written(), b.written())
            }
            Sum::Two(sign, a, b) => format!("({} {sign} {})", a.written(), b.written()),
            Sum::If(test, a, b) => {
                format!("({} ? {} : {})", test.written(), a.written(), b.written())
            }
        }
    }

    pub(crate) fn of(&self, record: &Value) -> Option<i128> {
        match self {
            Sum::Field("ordinal") => number(record, "n"),
            Sum::Field(name) => number(record, name),
            Sum::Whole(number) => Some(i128::from(*number) * ONE),
            Sum::Two(sign, a, b) => {
                let (a, b) = (a.of(record)?, b.of(record)?);
                Some(match *sign {
                    "+" => a + b,
                    "-" => a - b,
                    "*" => a * b / ONE,
                    "min" => a.min(b),
                    _ => a.max(b),
                })
            }
            Sum::If(test, a, b) => if test.of(record) { a } else { b }.of(record),
        }
    }
}

impl Test {
    pub(crate) fn written(&self) -> String {
        match self {
            Test::Level(level) => format!("level == {}", json!(level)),
            Test::Flag => "flag".to_owned(),
            Test::Less(a, b) => format!("{} < {}", a.written(), b.written()),
            Test::Not(test) => format!("!({})", test.written()),
            Test::There => "has(gone.x)".to_owned(),
        }
    }

    pub(crate) fn of(&self, record: &Value) -> bool {
        match self {
            Test::Level(level) => record["level"] == *level,
            Test::Flag => record["flag"] == true,
            Test::Less(a, b) => {
                let pair = a.of(record).zip(b.of(record));
                pair.is_some_and(|(a, b)| a < b)
            }
            Test::Not(test) => !test.of(record),
            Test::There => record["gone"]["x"].is_number(),
        }
    }
}

pub(crate) fn leaf() -> impl Strategy<Value = Sum> {
    let fields = [
        "price",
        "count",
        "rate",
        "maybe",
        "ordinal",
        "o.deep.dice",
        "gone.x",
    ];
    prop_oneof![
        prop::sample::select(fields.to_vec()).prop_map(Sum::Field),
        (-20_i64..20).prop_map(Sum::Whole),
    ]
}

pub(crate) fn test(of: BoxedStrategy<Sum>) -> impl Strategy<Value = Test> {
    let levels = ["gold", "silver \"S\"", "größe\\", "none"];
    let one = prop_oneof![
        prop::sample::select(levels.to_vec()).prop_map(Test::Level),
        Just(Test::Flag),
        Just(Test::There),
        (of.clone(), of).prop_map(|(a, b)| Test::Less(a.into(), b.into())),
    ];
    (one, any::<bool>()).prop_map(|(one, is_not)| if is_not { Test::Not(one.into()) } else { one })
}

pub(crate) fn sum() -> impl Strategy<Value = Sum> {
    leaf().prop_recursive(2, 8, 2, |inner| {
        let signs = ["+", "-", "*", "min", "max"];
        prop_oneof![
            (
                prop::sample::select(signs.to_vec()),
                inner.clone(),
                inner.clone()
            )
                .prop_map(|(sign, a, b)| Sum::Two(sign, a.into(), b.into())),
            (test(leaf().boxed()), inner.clone(), inner).prop_map(|(test, a, b)| Sum::If(
                test,
                a.into(),
                b.into()
            )),
        ]
    })
}
