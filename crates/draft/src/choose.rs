//! From what is known of a value to the kind of field that makes it.

mod text;

use records::path;
use serde_json::{Value, json};

use crate::fixed;
use crate::kind::{Kind, Part};
use crate::limits::samples;
use crate::shape::{Field, Node, Remark, Type};
use crate::table::{Class, Table};

/// The ranges of the types that whole numbers have elsewhere; the last one is that of numbers which JSON has exactly.
const RANGES: [(i64, i64); 9] = [
    (-128, 127),
    (-128, 128),
    (-32_768, 32_767),
    (-32_768, 32_768),
    (-2_147_483_648, 2_147_483_647),
    (-2_147_483_648, 2_147_483_648),
    (i64::MIN, i64::MAX),
    (0, i64::MAX),
    (-9_007_199_254_740_991, 9_007_199_254_740_991),
];
/// Where nothing limits a number.
const WHOLE: i64 = 1_000;
/// How many elements a list has more than it must have.
const MORE: u32 = 2;
/// A decimal has to be exact in a double, with its decimal places.
const DECIMAL_MAX: f64 = 9_000_000_000_000_000.0;
/// Multiples of a number are written out.
const MULTIPLES: i64 = 50;

/// Kinds of numbers that take no options: what they can be in any locale, and how many decimal places they have.
const BARE: [(&str, f64, f64, u8); 4] = [
    ("latitude", -90.0, 90.0, 5),
    ("longitude", -180.0, 180.0, 5),
    ("model_year", 2015.0, 2026.0, 0),
    ("price", 1.0, 200_000.0, 2),
];

/// What such a kind can be.
fn bare(kind: &Value) -> Option<(f64, f64, u8)> {
    let known = BARE.iter().find(|(word, ..)| *kind == *word);
    known.map(|(_, from, to, digits)| (*from, *to, *digits))
}

/// Chooses kinds, and notes where there is none that anybody would believe.
#[derive(Debug)]
pub(crate) struct Chooser<'t> {
    table: &'t Table,
    remarks: Vec<Remark>,
}

impl<'t> Chooser<'t> {
    pub(crate) fn new(table: &'t Table) -> Chooser<'t> {
        Chooser {
            table,
            remarks: Vec::new(),
        }
    }

    /// What could not be done well.
    pub(crate) fn into_remarks(self) -> Vec<Remark> {
        self.remarks
    }

    /// A field below the objects that `steps` name.
    pub(crate) fn part(&mut self, field: &Field, steps: &[String]) -> Part {
        let mut steps = steps.to_vec();
        steps.push(field.name.clone());
        let before = self.remarks.len();
        let mut kind = self.kind(&field.node, &steps);
        if field.null > 0.0 {
            kind = optional(kind, field.null, true);
        }
        if field.missing > 0.0 {
            kind = optional(kind, field.missing, false);
        }
        let at = joined(&steps);
        let own = self.remarks[before..]
            .iter()
            .filter(|remark| remark.at == at);
        let own: Vec<_> = own.map(|remark| sentence(&remark.message)).collect();
        let description = field.node.description.clone();
        Part {
            name: field.name.clone(),
            kind,
            comment: description.into_iter().chain(own).collect(),
        }
    }

    fn remark(&mut self, steps: &[String], message: impl Into<String>) {
        self.remarks.push(Remark::new(joined(steps), message));
    }

    fn kind(&mut self, node: &Node, steps: &[String]) -> Kind {
        if let Some(kind) = &node.kind {
            return Kind::Plain(kind.clone());
        }
        if !node.values.is_empty() {
            return Kind::Plain(fixed::kind(&node.values));
        }
        match &node.type_ {
            Type::Any => self.any(node, steps),
            Type::Null => Kind::constant(&Value::Null),
            Type::Boolean { share } => Kind::Plain(match share {
                Some(share) => json!({"bool": {"probability": share}}),
                None => self
                    .known(Class::Boolean, node, steps)
                    .unwrap_or(json!("bool")),
            }),
            Type::Integer { min, max, step } => self.integer(node, steps, (*min, *max), *step),
            Type::Number { min, max, digits } => self.number(node, steps, (*min, *max), *digits),
            Type::Text { min, max, pattern } => {
                self.text(node, steps, (*min, *max), pattern.as_deref())
            }
            Type::Object(fields) => {
                Kind::Object(fields.iter().map(|field| self.part(field, steps)).collect())
            }
            Type::Map { of, names } => {
                let field = |name: &String| Field::new(name.clone(), (**of).clone());
                let fields: Vec<_> = names.iter().map(field).collect();
                Kind::Map(fields.iter().map(|field| self.part(field, steps)).collect())
            }
            Type::Array { of, min, max } => self.array(node, of, steps, (*min, *max)),
            Type::OneOf(ways) => {
                let likely = ways.iter().max_by_key(|(_, weight)| *weight);
                let Some((way, _)) = likely else {
                    return Kind::constant(&Value::Null);
                };
                if ways.len() > 1 {
                    let message = "values of several types are allowed here: one of them is made";
                    self.remark(steps, message);
                }
                self.kind(way, steps)
            }
        }
    }

    /// By format, or by name.
    fn known(&self, class: Class, node: &Node, steps: &[String]) -> Option<Value> {
        let format = node.format.as_deref();
        let by_format = format.and_then(|format| self.table.by_format(class, format));
        by_format
            .or_else(|| self.table.by_name(class, steps))
            .cloned()
    }

    fn any(&mut self, node: &Node, steps: &[String]) -> Kind {
        let examples: Vec<_> = node
            .examples
            .iter()
            .map(|value| (value.clone(), 1))
            .collect();
        if !examples.is_empty() {
            return Kind::Plain(fixed::kind(&examples));
        }
        self.text(node, steps, (None, None), None)
    }

    fn integer(
        &mut self,
        node: &Node,
        steps: &[String],
        (min, max): (Option<i64>, Option<i64>),
        step: Option<i64>,
    ) -> Kind {
        let fits = |from: i64, to: i64| {
            min.is_none_or(|min| min <= to) && max.is_none_or(|max| max >= from)
        };
        // All that a type can hold is no range that somebody chose.
        let chosen = match (min, max) {
            (Some(least), Some(most)) if RANGES.contains(&(least, most)) => {
                (None, Some(WHOLE.min(most - 1)))
            }
            other => other,
        };
        let least = chosen.0.unwrap_or_else(|| {
            chosen
                .1
                .filter(|max| *max < 0)
                .map_or(0, |max| max.saturating_sub(WHOLE))
        });
        let most = chosen
            .1
            .unwrap_or_else(|| least.saturating_add(WHOLE))
            .max(least);
        if let Some(step) = step.filter(|step| *step > 1) {
            let first = least.div_euclid(step) + i64::from(least.rem_euclid(step) > 0);
            let last = most.div_euclid(step).min(first.saturating_add(MULTIPLES));
            let multiples: Vec<_> = (first..=last)
                .map(|it| (json!(it.saturating_mul(step)), 1))
                .collect();
            if !multiples.is_empty() {
                return Kind::Plain(fixed::kind(&multiples));
            }
        }
        match self.known(Class::Integer, node, steps) {
            Some(kind) if kind["integer"].is_object() => {
                let bound = |name: &str| kind["integer"][name].as_i64();
                let (from, to) = (bound("min").unwrap_or(0), bound("max").unwrap_or(WHOLE));
                if fits(from, to) {
                    let from = min.map_or(from, |min| min.max(from));
                    let to = max.map_or(to, |max| max.min(to));
                    return Kind::Plain(json!({"integer": {"min": from, "max": to}}));
                }
            }
            Some(kind)
                if let Some((from, to, _)) = bare(&kind)
                    && min.is_none_or(|min| min as f64 <= from)
                    && max.is_none_or(|max| max as f64 >= to) =>
            {
                return Kind::Plain(kind);
            }
            // A moment in milliseconds.
            Some(kind)
                if fits(1_577_836_800_000, 1_577_836_800_000)
                    && fits(4_102_444_800_000, 4_102_444_800_000) =>
            {
                return Kind::Plain(kind);
            }
            _ => {}
        }
        // What was seen says more than what is allowed.
        let seen: Vec<_> = node.examples.iter().filter_map(Value::as_i64).collect();
        let (seen_least, seen_most) = (seen.iter().min(), seen.iter().max());
        let (from, to) = match (seen_least, seen_most) {
            (Some(from), Some(to)) if from < to && fits(*from, *to) => (
                (*from).max(min.unwrap_or(*from)),
                (*to).min(max.unwrap_or(*to)),
            ),
            _ => (least, most),
        };
        Kind::Plain(json!({"integer": {"min": from, "max": to}}))
    }

    fn number(
        &mut self,
        node: &Node,
        steps: &[String],
        (min, max): (Option<f64>, Option<f64>),
        digits: Option<u8>,
    ) -> Kind {
        let known = self.known(Class::Number, node, steps);
        if let Some(kind) = &known
            && let Some((from, to, places)) = bare(kind)
            && min.is_none_or(|min| min <= from)
            && max.is_none_or(|max| max >= to)
            && digits.is_none_or(|digits| digits >= places)
        {
            return Kind::Plain(kind.clone());
        }
        let known = known.and_then(|kind| {
            if let Some(known) = bare(&kind) {
                return Some(known);
            }
            let options = &kind["decimal"];
            let bound = |name: &str| options[name].as_f64();
            let digits = options["digits"]
                .as_u64()
                .and_then(|it| u8::try_from(it).ok());
            Some((bound("min")?, bound("max")?, digits.unwrap_or(2)))
        });
        let whole = || match self.known(Class::Integer, node, steps)?["integer"] {
            Value::Object(ref options) => {
                let bound = |name: &str| options.get(name)?.as_f64();
                Some((bound("min").unwrap_or(0.0), bound("max")?, 0))
            }
            _ => None,
        };
        if let Some((from, to, places)) = known.or_else(whole)
            && min.is_none_or(|min| min <= to)
            && max.is_none_or(|max| max >= from)
        {
            let from = min.map_or(from, |min| min.max(from));
            let to = max.map_or(to, |max| max.min(to));
            let places = digits.map_or(places, |digits| digits.min(places));
            if let Some(kind) = decimal(from, to, places) {
                return kind;
            }
        }
        let least = min.unwrap_or_else(|| {
            max.filter(|max| *max < 0.0)
                .map_or(0.0, |max| max - 1_000.0)
        });
        let most = max.unwrap_or(least + 1_000.0).max(least);
        let narrow = if most - least < 1.0 { 6 } else { 2 };
        decimal(least, most, digits.unwrap_or(narrow)).unwrap_or_else(|| {
            // One number is as good as none: nothing else fits in between.
            Kind::constant(&json!(least))
        })
    }

    fn array(
        &mut self,
        node: &Node,
        of: &Node,
        steps: &[String],
        (min, max): (Option<u32>, Option<u32>),
    ) -> Kind {
        if max == Some(0) {
            return Kind::constant(&json!([]));
        }
        let of = self.kind(of, steps);
        match node.format.as_deref() {
            Some(TUPLE) => self.once(&of, steps),
            Some(UNIQUE) if min.unwrap_or(0) > 1 => self.distinct(&of, min.unwrap_or(0), steps),
            format => {
                let least = min.unwrap_or(1).min(max.unwrap_or(u32::MAX));
                let is_unique = format == Some(UNIQUE);
                let most = if is_unique {
                    1
                } else {
                    least.max(1).saturating_add(MORE)
                };
                let most = most.min(max.unwrap_or(most)).max(least);
                Kind::Array {
                    of: Box::new(of),
                    min: least,
                    max: most,
                }
            }
        }
    }

    /// A list with elements of several kinds, which come as the fields of an object: always the same one.
    fn once(&mut self, elements: &Kind, steps: &[String]) -> Kind {
        let made = samples(&elements.value(), 1).pop();
        let values = match made {
            Some(Value::Object(map)) => map.into_iter().map(|(_, value)| value).collect(),
            _ => Vec::new(),
        };
        self.remark(
            steps,
            "the elements of this list differ in kind: it is always the same list",
        );
        Kind::constant(&Value::Array(values))
    }

    /// A list of so many elements that all differ: always the same one.
    fn distinct(&mut self, of: &Kind, count: u32, steps: &[String]) -> Kind {
        let most = count.min(DIFFERENT_MAX);
        if count > most {
            let message = format!(
                "`minItems` is {count}: at most {most} different elements are written down"
            );
            self.remark(steps, message);
        }
        let mut values: Vec<Value> = Vec::new();
        for value in samples(&of.value(), u64::from(most) * 20) {
            if values.len() < most as usize && !values.contains(&value) {
                values.push(value);
            }
        }
        self.remark(
            steps,
            "the elements of this list have to differ: it is always the same list",
        );
        Kind::constant(&Value::Array(values))
    }
}

/// So many elements that differ are written down, whatever the schema asks for.
const DIFFERENT_MAX: u32 = 1_000;

/// What the format of a list says of which each element has a schema of its own: `of` is an object with those
/// elements as its fields.
pub(crate) const TUPLE: &str = "tuple";
/// What the format of a list says whose elements have to differ.
pub(crate) const UNIQUE: &str = "unique";

fn optional(of: Kind, without: f64, is_null: bool) -> Kind {
    Kind::Optional {
        of: Box::new(of),
        // To the fourth decimal place: more is noise.
        probability: ((1.0 - without.clamp(0.0, 1.0)) * 10_000.0).round() / 10_000.0,
        is_null,
    }
}

/// Numbers with so many decimal places, rounded inwards; `None` if there are none in between.
fn decimal(min: f64, max: f64, digits: u8) -> Option<Kind> {
    let digits = digits.min(9);
    let (mut unit, mut digits) = (10f64.powi(i32::from(digits)), digits);
    while digits > 0 && min.abs().max(max.abs()) * unit > DECIMAL_MAX {
        digits -= 1;
        unit = 10f64.powi(i32::from(digits));
    }
    let edge = DECIMAL_MAX / unit;
    let least = (min.max(-edge) * unit).ceil() / unit;
    let most = (max.min(edge) * unit).floor() / unit;
    if least > most {
        return None;
    }
    let number = |it: f64| {
        if it.fract() == 0.0 && it.abs() < DECIMAL_MAX {
            json!(it as i64)
        } else {
            json!(it)
        }
    };
    let options = json!({"min": number(least), "max": number(most), "digits": digits});
    Some(Kind::Plain(json!({"decimal": options})))
}

fn joined(steps: &[String]) -> String {
    steps
        .iter()
        .fold(String::new(), |above, name| path::join(&above, name))
}

/// A remark as a sentence.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
