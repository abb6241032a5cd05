//! What has other fields below it, in JSON's notation.

use std::rc::Rc;

use super::Compiler;
use crate::derived::Scope;
use crate::field::FieldOptions;
use crate::format::List;
use crate::kinds::{ArrayOptions, ObjectFields, OptionalOptions, Otherwise};
use crate::path;
use crate::program::{Field, Op};
use crate::random::{hash, threshold};
use crate::replay::ReplayOptions;
use crate::words::Words;

impl Compiler {
    pub(super) fn object(&mut self, fields: &ObjectFields, path: &str) {
        let scope = self.scope.within(fields, path, self.arrays);
        let around = std::mem::replace(&mut self.scope, scope);
        self.literal("{");
        for (index, (name, field)) in fields.iter().enumerate() {
            self.member(name, field, path, index + 1 == fields.len());
        }
        self.scope = around;
    }

    /// The record: its fields, and behind them those of the journey's state.
    pub(super) fn record(&mut self) {
        let options = Rc::clone(&self.options);
        if let Some(replay) = &options.replay {
            return self.replay(replay);
        }
        let Some(journeys) = &options.journeys else {
            return self.object(&options.fields, "");
        };
        self.scope = Scope::of_record(&options.fields);
        self.literal("{");
        for (name, field) in &options.fields {
            self.member(name, field, "", false);
        }
        for (state, options) in journeys.states.values().enumerate() {
            if options.fields.is_empty() {
                continue;
            }
            let scope = self.scope.within(&options.fields, "", 0);
            let around = std::mem::replace(&mut self.scope, scope);
            let state = state as u16;
            self.when(state..=state, |compiler| {
                for (name, field) in &options.fields {
                    compiler.member(name, field, "", false);
                }
            });
            self.scope = around;
        }
        self.op(Op::CloseObject);
    }

    /// The record of a file that is replayed: its line, or the scenario's fields and what else the line has.
    fn replay(&mut self, replay: &ReplayOptions) {
        let options = Rc::clone(&self.options);
        if options.fields.is_empty() {
            let table = self.add_table(Words::of_pieces(replay.lines()));
            self.op(Op::Row { table });
            return;
        }
        self.scope = Scope::of_record(&options.fields);
        self.literal("{");
        for (name, field) in &options.fields {
            self.member(name, field, "", false);
        }
        let table = self.add_table(Words::of_pieces(replay.rest(&options.fields)));
        self.op(Op::Row { table });
        self.op(Op::CloseObject);
    }

    /// What a line of the replayed file has.
    pub(super) fn replayed(&mut self, path: &str) {
        let options = Rc::clone(&self.options);
        let column = options.replay.iter().flat_map(|it| it.column(path));
        let pieces = column.map(|value| {
            let value = value.unwrap_or(b"null");
            let text = serde_json::from_slice::<String>(value);
            match text.ok().filter(|_| self.is_bare) {
                Some(text) => text.into_bytes(),
                None => value.to_vec(),
            }
        });
        let table = Words::of_pieces(pieces);
        let table = self.add_table(table);
        self.op(Op::Row { table });
    }

    /// A field of the object at `path`, and what stands behind it.
    fn member(&mut self, name: &str, field: &FieldOptions, path: &str, is_last: bool) {
        let path = path::join(path, name);
        let key = format!("\"{}\":", self.escaped(name));
        if let Some(last) = self.last_with(field, &path) {
            self.when(0..=last as u16, |compiler| {
                if !compiler.may_be_absent(field, &path, &key) {
                    compiler.literal(&key);
                    compiler.field(field, &path);
                    compiler.literal(",");
                }
            });
            if is_last {
                self.op(Op::CloseObject);
            }
        } else if self.may_be_absent(field, &path, &key) {
            if is_last {
                self.op(Op::CloseObject);
            }
        } else {
            self.literal(&key);
            self.field(field, &path);
            self.literal(if is_last { "}" } else { "," });
        }
    }

    /// A field that is left out in some records, with its key; false if it is none.
    fn may_be_absent(&mut self, field: &FieldOptions, path: &str, key: &str) -> bool {
        match field {
            FieldOptions::Optional(options) if options.otherwise == Otherwise::Absent => {
                self.maybe(options, b"", path, |compiler| {
                    compiler.literal(key);
                    compiler.field(&options.of, path);
                    compiler.literal(",");
                });
                true
            }
            FieldOptions::Of(of) if of.may_be_absent() => {
                self.within(of, path, |compiler, field, path| {
                    compiler.may_be_absent(field, path, key);
                });
                true
            }
            _ => false,
        }
    }

    /// A field's value, whose place is noted.
    fn field(&mut self, field: &FieldOptions, path: &str) {
        self.rejoin(field, path);
        let (first, skip) = (self.program.steps.len(), self.pending.len());
        self.versioned(path, |compiler| compiler.value(field, path));
        if !self.in_array {
            self.program.fields.push(Field {
                path: path.to_owned(),
                steps: first..self.program.steps.len(),
                skip: skip as isize,
                tail: self.pending.len() as isize,
            });
        }
    }

    /// What is not always there, in an array or with `null` in its place.
    pub(super) fn optional(&mut self, options: &OptionalOptions, path: &str) {
        self.maybe(options, b"null", path, |compiler| {
            compiler.value(&options.of, path);
        });
    }

    /// What is there so often, and only where its condition holds; and what stands for it otherwise.
    pub(super) fn maybe(
        &mut self,
        options: &OptionalOptions,
        otherwise: &[u8],
        path: &str,
        body: impl FnOnce(&mut Compiler),
    ) {
        let condition = options.when.as_ref();
        let Some(condition) = condition.and_then(|when| self.condition(when)) else {
            return self.sometimes(options.probability, otherwise, path, body);
        };
        let at = self.op(Op::Nothing);
        let place = self.aside(otherwise);
        if options.probability < 1.0 {
            self.sometimes(options.probability, otherwise, path, body);
        } else {
            body(self);
        }
        self.flush();
        let steps = (self.program.steps.len() - at - 1) as u32;
        self.program.steps[at].op = Op::If {
            condition,
            otherwise: place,
            steps,
        };
    }

    fn sometimes(
        &mut self,
        probability: f64,
        otherwise: &[u8],
        path: &str,
        body: impl FnOnce(&mut Compiler),
    ) {
        let salt = hash(&format!("{path}?"));
        let threshold = threshold(probability);
        let maybe = self.op(Op::Nothing);
        let otherwise = self.aside(otherwise);
        body(self);
        self.flush();
        let steps = (self.program.steps.len() - maybe - 1) as u32;
        self.program.steps[maybe].op = Op::Maybe {
            threshold,
            otherwise,
            steps,
            salt,
        };
    }

    pub(super) fn array(&mut self, options: &ArrayOptions, path: &str, salt: u64) {
        self.literal("[");
        self.repeat(options, List::Json, salt, |compiler| {
            compiler.value(&options.of, &format!("{path}[]"));
        });
        self.literal("]");
    }

    /// The elements of an array.
    pub(super) fn repeat(
        &mut self,
        options: &ArrayOptions,
        list: List,
        salt: u64,
        body: impl FnOnce(&mut Compiler),
    ) {
        let (min, max) = options.bounds();
        let repeat = self.op(Op::Nothing);
        let outer = std::mem::replace(&mut self.in_array, true);
        let within = std::mem::replace(&mut self.within.is_element, true);
        self.arrays += 1;
        body(self);
        self.arrays -= 1;
        self.flush();
        self.in_array = outer;
        self.within.is_element = within;
        let steps = (self.program.steps.len() - repeat - 1) as u32;
        self.program.steps[repeat].op = Op::Repeat {
            min,
            range: max - min + 1,
            list,
            steps,
            salt,
        };
    }
}
