//! Mistakes in what is made of other values.

use options::{Location, Problem, Problems};

use super::compute::DIGITS_MAX;
use super::expression::{self, Type, kind_of};
use super::template::{Of, Piece, parse};
use super::{ComputeOptions, Found, Scope, TemplateOptions};
use crate::field::{FieldOptions, HeaderOptions};
use crate::kinds::{ObjectFields, OptionalOptions};
use crate::lookup::{LookupOptions, RowPick};
use crate::options::RecordsOptions;
use crate::path;

/// Fields that need fields that need fields …: deeper is refused, since each is made again for each use.
pub(super) const DEPTH_MAX: usize = 12;

/// Finds them all in a section that stands at `at`.
pub(crate) fn find(options: &RecordsOptions, at: &Location, problems: &mut Problems) {
    let record = Scope::of_record(&options.fields);
    let mut finding = Finding {
        problems,
        circles: Vec::new(),
        is_entity: false,
    };
    finding.object(&options.fields, &Place::of_record(at.join("fields")));
    if let Some(journeys) = &options.journeys {
        let at = at.join("journeys");
        finding.is_entity = true;
        finding.object(&journeys.session, &Place::of_record(at.join("session")));
        finding.is_entity = false;
        for (name, state) in &journeys.states {
            let place = Place {
                scope: record.clone(),
                ..Place::of_record(at.join("states").join(name).join("fields"))
            };
            finding.object(&state.fields, &place);
        }
    }
    for (key, headers) in [
        ("headers", &options.headers),
        ("attributes", &options.attributes),
    ] {
        for (name, header) in headers {
            if let HeaderOptions::Made(field) = header {
                let place = Place {
                    scope: record.clone(),
                    arrays: 0,
                    path: format!("header: {name}"),
                    at: at.join(key).join(name),
                };
                finding.field(field, &place);
            }
        }
    }
}

/// Finds them all in the fields of an entity, which stand at `at`.
pub(crate) fn of_entity(fields: &ObjectFields, at: &Location, problems: &mut Problems) {
    let mut finding = Finding {
        problems,
        circles: Vec::new(),
        is_entity: true,
    };
    finding.object(fields, &Place::of_record(at.clone()));
}

/// Where a field stands: among the others, and in the file.
#[derive(Clone)]
struct Place {
    scope: Scope,
    arrays: u32,
    path: String,
    at: Location,
}

impl Place {
    fn of_record(at: Location) -> Place {
        Place {
            scope: Scope::default(),
            arrays: 0,
            path: String::new(),
            at,
        }
    }

    fn below(&self, key: &str) -> Place {
        Place {
            at: self.at.join(key),
            ..self.clone()
        }
    }
}

struct Finding<'p> {
    problems: &'p mut Problems,
    /// The fields of the circles that were told, in order.
    circles: Vec<Vec<String>>,
    /// Whether the values are the same in all records.
    is_entity: bool,
}

impl Finding<'_> {
    fn object(&mut self, fields: &ObjectFields, place: &Place) {
        let scope = place.scope.within(fields, &place.path, place.arrays);
        for (name, field) in fields {
            let place = Place {
                scope: scope.clone(),
                path: path::join(&place.path, name),
                at: place.at.join(name),
                ..*place
            };
            self.field(field, &place);
        }
    }

    fn field(&mut self, field: &FieldOptions, place: &Place) {
        match field {
            FieldOptions::Object(fields) => self.object(fields, &place.below("object")),
            FieldOptions::Array(options) => {
                let mut place = place.below("array").below("of");
                place.path.push_str("[]");
                place.arrays += 1;
                self.field(&options.of, &place);
            }
            FieldOptions::Optional(options) => {
                let place = place.below("optional");
                if let Some(when) = &options.when {
                    self.condition(when, options, &place.below("when"));
                }
                self.field(&options.of, &place.below("of"));
            }
            FieldOptions::Template(options) => {
                self.template(field, options, &place.below("template"));
            }
            FieldOptions::Compute(options) => self.compute(field, options, &place.below("compute")),
            FieldOptions::Lookup(options) => self.lookup(field, options, &place.below("lookup")),
            _ => {}
        }
    }

    fn tell(&mut self, at: &Location, message: impl Into<String>, help: Option<String>) {
        let problem = Problem::new(at.clone(), message);
        self.problems.push(match help {
            Some(help) => problem.help(help),
            None => problem,
        });
    }

    fn template(&mut self, field: &FieldOptions, options: &TemplateOptions, place: &Place) {
        let at = if options.parts.is_empty() {
            place.at.clone()
        } else {
            place.at.join("of")
        };
        let scope = options.scope(&place.scope, &place.path, place.arrays);
        match parse(&options.of) {
            Err(why) => self.tell(&at, format!("the template can't be read: {why}"), None),
            Ok(pieces) => {
                for piece in &pieces {
                    if let Piece::Value {
                        of: Of::Kind(plain),
                        ..
                    } = piece
                        && self.is_entity
                        && let Some(word) = FieldOptions::Plain(*plain).record_word()
                    {
                        let message = format!(
                            "`{word}` is different in every record, and this is the same in all"
                        );
                        self.tell(&at, message, None);
                    }
                    if let Piece::Value {
                        of: Of::Field(name),
                        ..
                    } = piece
                    {
                        self.named(name, &scope, place.arrays, &at);
                    }
                }
            }
        }
        for (name, part) in &options.parts {
            let place = Place {
                scope: scope.clone(),
                path: path::join(&place.path, name),
                at: place.at.join(name),
                ..*place
            };
            let is_text = !matches!(
                part,
                FieldOptions::Object(_) | FieldOptions::Array(_) | FieldOptions::Pad(_)
            );
            if !is_text {
                self.tell(&place.at, "a part of a template is a single value", None);
            }
            crate::problems::field(part, &place.at, self.problems);
            self.field(part, &place);
        }
        self.circle(field, place, &at);
    }

    fn lookup(&mut self, field: &FieldOptions, options: &LookupOptions, place: &Place) {
        if place.arrays > 0 && matches!(options.pick, Some(RowPick::Each(_))) {
            self.tell(
                &place.at.join("pick").join("each"),
                "all elements of a list would have the same row",
                Some("let rows be taken by chance, or by `where`".to_owned()),
            );
        }
        // Told once: where it is said.
        if let Some((column, name)) = options.matching.first() {
            let at = place.at.join("where").join(column);
            self.named(name, &place.scope, place.arrays, &at);
            self.circle(field, place, &at);
        } else if let Some(name) = options.matched_field() {
            // Its row is chosen by what another field says, which may not be seen from here.
            if let Err(missing) = place.scope.resolve(&path::steps(name), place.arrays, false) {
                let (message, help) = missing.words(name);
                self.tell(&place.at, message, help);
            }
        }
    }

    /// A field that is named in a template.
    fn named(&mut self, name: &str, scope: &Scope, arrays: u32, at: &Location) {
        match scope.resolve(&path::steps(name), arrays, false) {
            Err(missing) => {
                let (message, help) = missing.words(name);
                self.tell(at, message, help);
            }
            Ok(found) => {
                if let Err(what) = kind_of(&found.field) {
                    let help = "name a field with a single value".to_owned();
                    self.tell(at, format!("`{name}` is {what}, not a value"), Some(help));
                }
            }
        }
    }

    fn compute(&mut self, field: &FieldOptions, options: &ComputeOptions, place: &Place) {
        let at = match options {
            ComputeOptions::Alone(_) => place.at.clone(),
            ComputeOptions::With(_) => place.at.join("of"),
        };
        if let Some(digits) = options.digits().filter(|digits| *digits > DIGITS_MAX) {
            let message = format!("{digits} decimal places are too many");
            self.tell(
                &place.at.join("digits"),
                message,
                Some("write 0 to 9".to_owned()),
            );
        }
        let kind = self.expression(options.of(), place, &at);
        if options.digits().is_some() && matches!(kind, Some(Type::Text | Type::Truth)) {
            let message = "only numbers have decimal places, and the expression is none";
            self.tell(
                &place.at.join("digits"),
                message,
                Some("leave `digits` out".to_owned()),
            );
        }
        self.circle(field, place, &at);
    }

    fn condition(&mut self, when: &str, options: &OptionalOptions, place: &Place) {
        let kind = self.expression(when, place, &place.at);
        if matches!(kind, Some(Type::Text | Type::Number(_) | Type::Null)) {
            let help = "compare something, e.g. `type == 'purchase'`".to_owned();
            self.tell(&place.at, "the condition is not true or false", Some(help));
        }
        let field = FieldOptions::Optional(options.clone());
        self.circle(&field, place, &place.at);
    }

    /// What an expression comes to, if it is one.
    fn expression(&mut self, text: &str, place: &Place, at: &Location) -> Option<Type> {
        let (read, flaws) = expression::read(text, &place.scope, place.arrays);
        for flaw in flaws {
            let message = match flaw.at {
                Some(character) => format!("{} (character {character})", flaw.message),
                None => flaw.message,
            };
            let mut problem = Problem::new(at.clone(), message);
            problem.is_warning = flaw.is_warning;
            problem.help = flaw.help;
            self.problems.push(problem);
        }
        read.map(|read| read.kind)
    }

    /// A field that needs itself, by whatever way.
    fn circle(&mut self, field: &FieldOptions, place: &Place, at: &Location) {
        let found = Found {
            scope: place.scope.clone(),
            arrays: place.arrays,
            ..Found::alone(field.clone(), place.path.clone())
        };
        let mut way = vec![place.path.clone()];
        let Some(circle) = walk(&found, &mut way) else {
            return;
        };
        let mut members = circle.clone();
        members.sort();
        members.dedup();
        if circle.len() > DEPTH_MAX {
            let help = "name the fields at the end of the way instead".to_owned();
            let message = format!(
                "more than {DEPTH_MAX} fields need each other: {}",
                circle.join(" → ")
            );
            self.tell(at, message, Some(help));
        } else if circle.first() == Some(&place.path) && !self.circles.contains(&members) {
            // Each circle is told once, and those that only lead to it have no mistake of their own.
            let message = format!("the field needs itself: {}", circle.join(" → "));
            self.tell(
                at,
                message,
                Some("take one of the fields out of the circle".to_owned()),
            );
            self.circles.push(members);
        }
    }
}

/// The first way from a field to one that is on it, as paths; or one that is too long.
fn walk(found: &Found, way: &mut Vec<String>) -> Option<Vec<String>> {
    if way.len() > DEPTH_MAX {
        return Some(way.clone());
    }
    for need in needs(found) {
        if let Some(start) = way.iter().position(|path| *path == need.path) {
            let mut circle = way[start..].to_vec();
            circle.push(need.path);
            return Some(circle);
        }
        way.push(need.path.clone());
        let circle = walk(&need, way);
        way.pop();
        if circle.is_some() {
            return circle;
        }
    }
    None
}

/// The fields that a field needs.
fn needs(found: &Found) -> Vec<Found> {
    let of = |text: &str, scope: &Scope, arrays: u32| {
        let (read, _) = expression::read(text, scope, arrays);
        let read = read.into_iter();
        read.flat_map(|read| {
            read.leaves
                .into_iter()
                .chain(read.arrays.iter().map(as_list).collect::<Vec<_>>())
        })
        .collect::<Vec<_>>()
    };
    let mut needs = Vec::new();
    for gate in &found.gates {
        if let Some(when) = &gate.options.when {
            needs.extend(of(when, &gate.scope, gate.arrays));
        }
    }
    match &found.field {
        FieldOptions::Template(options) => {
            let field = options.needs(&found.scope, &found.path, found.arrays);
            needs.extend(field);
        }
        FieldOptions::Compute(options) => {
            needs.extend(of(options.of(), &found.scope, found.arrays));
        }
        FieldOptions::Lookup(options) => needs.extend(options.matched_field().and_then(|name| {
            let scope = &found.scope;
            scope.resolve(&path::steps(name), found.arrays, false).ok()
        })),
        FieldOptions::Optional(options) => {
            let when = options.when.as_deref();
            needs.extend(
                when.into_iter()
                    .flat_map(|when| of(when, &found.scope, found.arrays)),
            );
        }
        _ => {}
    }
    needs
}

/// Of an array only whether it is there, and how many elements it has.
fn as_list(found: &Found) -> Found {
    let gates = found.array.as_ref().map_or(0, |array| array.gates);
    let path = found.array.as_ref().map(|array| array.path.clone());
    Found {
        gates: found.gates[..gates].to_vec(),
        ..Found::alone(
            FieldOptions::Constant(true.into()),
            path.unwrap_or_default(),
        )
    }
}
