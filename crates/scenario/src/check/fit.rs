//! Values of records next to what the paths of the schema hold that they are mapped to.

mod odd;

use std::cell::OnceCell;

use flow::{FlowOptions, Held, SchemaPaths};
use indexmap::IndexMap;
use options::{Location, Problem};
use records::{Domain, FieldOptions, RecordsOptions, Template, path};
use serde_json::Value;

use self::odd::{Why, beyond, inside, no_field, odd, one_of_its_values};
use super::Checker;

type Fields = IndexMap<String, FieldOptions>;

/// So many records are tried where a field's kind does not tell all its values, …
const EXAMPLES: u64 = 100;
/// … or as many as have so many bytes.
const EXAMPLE_BYTES: u64 = 4 << 20;

/// What a mapping leads from and to.
struct Ends<'e> {
    paths: SchemaPaths,
    /// Those of each version of the records.
    fields: &'e [Fields],
    template: &'e Template,
    examples: OnceCell<Vec<Value>>,
}

impl Checker<'_> {
    /// Every line of the mapping that some record's value does not fit, by the flow at `at`.
    pub(super) fn fit(
        &mut self,
        flow: &FlowOptions,
        records: &RecordsOptions,
        template: &Template,
        at: &Location,
    ) {
        // With a mapping set of one's own, the lines only say what to verify.
        if flow.mapping_set.is_some() {
            return;
        }
        let versions = 0..=records.versions.len();
        let fields: Vec<Fields> = versions.map(|it| records.version(it).fields).collect();
        let ends = Ends {
            paths: SchemaPaths::of(flow),
            fields: &fields,
            template,
            examples: OnceCell::new(),
        };
        for (source, target) in &flow.mapping {
            let at = at.join("mapping").join(source);
            if let Some(held @ Held::Map(_)) = ends.paths.at(target)
                && ends.of_versions(source).next().is_some()
            {
                self.unfit(source, &held, no_map(source), at);
            } else {
                self.line(&ends, source, target, at);
            }
        }
        let own = flow.schema.iter().flat_map(|schema| schema.fields.keys());
        for name in own {
            let target = format!("_tenant.{name}");
            let below = format!("{target}.");
            let is_it = |path: &String| *path == target || path.starts_with(&below);
            if !flow.mapping.values().any(is_it) {
                let at = at.join("schema").join("fields").join(name);
                self.line(&ends, name, &target, at);
            }
        }
    }

    fn line(&mut self, ends: &Ends<'_>, source: &str, target: &str, at: Location) {
        let Some(held) = ends.paths.at(target) else {
            return;
        };
        let why = ends
            .of_versions(source)
            .find_map(|field| misfit(field, &held));
        if let Some(why) = why.or_else(|| ends.example(source, &held)) {
            let is_own = target.starts_with("_tenant.");
            let why = match why.help {
                Some(_) => why,
                None => Why {
                    help: odd::help(&why, &held, is_own),
                    ..why
                },
            };
            self.unfit(source, &held, why, at);
        }
    }

    fn unfit(&mut self, source: &str, held: &Held, why: Why, at: Location) {
        let message = format!(
            "`{source}` does not fit into a field of the type `{}`: {}",
            held.words(),
            why.what
        );
        let problem = Problem::new(at, message);
        self.report_key(match why.help {
            Some(help) => problem.help(help),
            None => problem,
        });
    }
}

impl<'e> Ends<'e> {
    /// The field of a record at a path, as it is in each version that has it; none for an expression.
    fn of_versions(&self, source: &str) -> impl Iterator<Item = &'e FieldOptions> {
        let steps = path::steps(source);
        let fields = self.fields.iter();
        fields.filter_map(move |fields| field(fields, &steps))
    }

    /// Why a value of one of the first records does not fit.
    fn example(&self, source: &str, held: &Held) -> Option<Why> {
        let steps = path::steps(source);
        let value = |record: &Value| {
            let value = steps.iter().try_fold(record, |at, step| at.get(step))?;
            odd(value, held)
        };
        self.examples
            .get_or_init(|| self.records())
            .iter()
            .find_map(value)
    }

    fn records(&self) -> Vec<Value> {
        let longest = self.template.max_len() as u64 + 1;
        let count = EXAMPLES.min(EXAMPLE_BYTES / longest + 1);
        let mut bytes = Vec::new();
        let record = |n| {
            bytes.clear();
            self.template.json(n, &mut bytes);
            serde_json::from_slice(&bytes).ok()
        };
        // What is wrong on purpose need not fit.
        let sound = (0..count).filter(|n| self.template.defect_of(*n).is_none());
        sound.filter_map(record).collect()
    }
}

/// The field at a path.
fn field<'f>(mut fields: &'f Fields, steps: &[String]) -> Option<&'f FieldOptions> {
    let (last, above) = steps.split_last()?;
    for step in above {
        match fields.get(step)?.domain() {
            Domain::Object(deeper) => fields = deeper,
            _ => return None,
        }
    }
    fields.get(last)
}

fn no_map(source: &str) -> Why {
    Why::new("Data Prep makes no map of an object by itself")
        .help(format!("write `object_to_map({source})`"))
}

/// Why some value of `field` does not fit; `None`: each does, as far as its kind tells.
fn misfit(field: &FieldOptions, held: &Held) -> Option<Why> {
    match (held, field.domain()) {
        (Held::Any, _) | (Held::Whole(..), Domain::Texts) => None,
        (_, Domain::Fixed(values)) => values.into_iter().find_map(|value| odd(value, held)),
        (Held::Whole(least, most), Domain::Whole(from, to)) => {
            beyond((from, to), (*least, *most)).map(|(number, what)| Why::number(number, what))
        }
        (Held::Number(least, most), Domain::Whole(from, to)) => {
            let held = (
                least.unwrap_or(f64::NEG_INFINITY),
                most.unwrap_or(f64::INFINITY),
            );
            beyond((from as f64, to as f64), held).map(|(_, what)| Why::new(what))
        }
        (Held::Whole(..), Domain::Decimals) => {
            Some(Why::new("it has decimal places").help("make it `number`"))
        }
        (Held::Whole(..), other) => Some(no_such(&other, "whole numbers")),
        (Held::Object(types), Domain::Object(fields)) => within(types, fields),
        (Held::Map(of), Domain::Object(fields)) => {
            let mut all = fields.iter();
            all.find_map(|(name, field)| inside(name, misfit(field, of)))
        }
        (Held::Array(of), Domain::List(field)) => misfit(field, of).map(one_of_its_values),
        (Held::Object(_) | Held::Map(_), other) => Some(no_such(&other, "fields of its own")),
        (Held::Array(_), other) => Some(no_such(&other, "lists")),
        (_, other @ (Domain::Object(_) | Domain::List(_))) => {
            Some(no_such(&other, "single values"))
        }
        (
            Held::Number(..),
            other @ (Domain::Words | Domain::Truth | Domain::Moments | Domain::Days),
        ) => Some(no_such(&other, "numbers")),
        (
            Held::Boolean,
            other @ (Domain::Words
            | Domain::Whole(..)
            | Domain::Decimals
            | Domain::Moments
            | Domain::Days),
        ) => Some(no_such(&other, "true and false")),
        (Held::DateTime, other @ (Domain::Words | Domain::Truth | Domain::Decimals)) => {
            Some(no_such(&other, "moments"))
        }
        (
            Held::Date,
            other @ (Domain::Words | Domain::Truth | Domain::Decimals | Domain::Whole(..)),
        ) => Some(no_such(&other, "days")),
        (
            Held::Enum(_),
            other @ (Domain::Whole(..)
            | Domain::Decimals
            | Domain::Truth
            | Domain::Moments
            | Domain::Days),
        ) => Some(no_such(&other, "the values of the enum")),
        _ => None,
    }
}

/// An object's fields, each in the type of its name.
fn within(types: &IndexMap<String, Held>, fields: &Fields) -> Option<Why> {
    fields
        .iter()
        .find_map(|(name, field)| match types.get(name) {
            Some(held) => inside(name, misfit(field, held)),
            None => Some(no_field(name)),
        })
}

fn no_such(domain: &Domain<'_>, wanted: &str) -> Why {
    let has = match domain {
        Domain::Words | Domain::Texts => "texts",
        Domain::Whole(..) | Domain::Decimals => "numbers",
        Domain::Truth => "true and false",
        Domain::Moments => "moments",
        Domain::Days => "days",
        Domain::Fixed(_) => "values",
        Domain::Object(_) => "fields of its own",
        Domain::List(_) => "lists",
    };
    Why::new(format!("it has {has}, and the type wants {wanted}"))
}

#[cfg(test)]
mod tests;
