//! A record that is no JSON, from its parts to a program.

use std::ops::Range;

use super::Compiler;
use crate::coding::Coding;
use crate::derived::Scope;
use crate::field::FieldOptions;
use crate::format::Part;
use crate::program::{Op, Step};
use crate::random::hash;
use crate::words::Words;

impl Compiler {
    pub(super) fn part(&mut self, part: &Part) {
        match part {
            Part::Bytes(bytes) => self.bytes(bytes),
            Part::All(parts) => parts.iter().for_each(|part| self.part(part)),
            Part::Text {
                field,
                path,
                coding,
            } => {
                self.go_to(path);
                match coding {
                    None => self.value(field, path),
                    Some(coding) => self.coded(*coding, |compiler| compiler.value(field, path)),
                }
            }
            Part::Json {
                field,
                path,
                coding,
            } => {
                self.go_to(path);
                let outer = std::mem::replace(&mut self.is_bare, false);
                // It is in something else: it has no fields of its own there.
                let is_inside = std::mem::replace(&mut self.in_array, true);
                match coding {
                    None => self.value(field, path),
                    Some(coding) => self.coded(*coding, |compiler| compiler.value(field, path)),
                }
                (self.is_bare, self.in_array) = (outer, is_inside);
            }
            Part::Choice { salt, pieces } => match &pieces[..] {
                [one] => self.bytes(one),
                several => {
                    let table = self.add_table(Words::of_pieces(several));
                    self.op(Op::Word { table, salt: *salt });
                }
            },
            Part::Maybe {
                options,
                path,
                then,
                otherwise,
            } => {
                self.go_to(path);
                self.maybe(options, otherwise, path, |compiler| compiler.part(then));
            }
            Part::Repeat {
                options,
                path,
                list,
                each,
            } => self.repeat(options, *list, hash(path), |compiler| {
                compiler.part(each);
            }),
            Part::Measured(part) => self.coded(Coding::Length, |compiler| compiler.part(part)),
            Part::States { cases, otherwise } => self.states(cases, otherwise),
            Part::Within { of, path, then } => {
                self.rejoin(&FieldOptions::Of(of.clone()), path);
                self.within(of, path, |compiler, _, _| compiler.part(then));
            }
            Part::Instead { edit, with, then } => self.either(
                |steps| Op::Edited { edit: *edit, steps },
                |compiler| compiler.part(with),
                |compiler| compiler.part(then),
            ),
            Part::Fill { to, coding } => match coding {
                None => self.fill_up(*to),
                Some(coding) => self.coded(*coding, |compiler| compiler.fill_up(*to)),
            },
        }
    }

    /// What each of these states has; `otherwise`, what all others have.
    fn states(&mut self, cases: &[(u16, Part)], otherwise: &[u8]) {
        let Some(((state, part), more)) = cases.split_first() else {
            return self.bytes(otherwise);
        };
        let (first, last) = (*state, *state);
        self.either(
            |steps| Op::When { first, last, steps },
            |compiler| {
                compiler.state = Some(*state);
                compiler.part(part);
                compiler.state = None;
            },
            |compiler| compiler.states(more, otherwise),
        );
    }

    /// One thing or another: the first, if the gate does not leave its steps out.
    fn either(
        &mut self,
        gate: impl Fn(u32) -> Op,
        one: impl FnOnce(&mut Compiler),
        other: impl FnOnce(&mut Compiler),
    ) {
        let at = self.op(gate(0));
        one(self);
        self.flush();
        let skip = self.op(Op::Skip { steps: 0 });
        self.program.steps[at].op = gate((skip - at) as u32);
        // What stands behind has another one in front of it, if it comes from here.
        self.left = None;
        other(self);
        self.flush();
        let steps = (self.program.steps.len() - skip - 1) as u32;
        self.program.steps[skip].op = Op::Skip { steps };
    }

    /// Names mean what they mean from the field at this path.
    pub(super) fn go_to(&mut self, path: &str) {
        if let Some((fields, root)) = self.within.inside() {
            let scope = Scope::default().within(fields, root, 0);
            (self.scope, self.arrays) = scope.down_to(fields, root, path);
            return;
        }
        let states = self.options.journeys.iter();
        let mut states = states.flat_map(|journeys| journeys.states.values());
        let state = self.state.and_then(|state| states.nth(state.into()));
        let all = &self.options.fields;
        (self.scope, self.arrays) = match state {
            None => Scope::around(all, path),
            Some(state) => {
                let scope = Scope::of_record(all).within(&state.fields, "", 0);
                scope.down_to(&state.fields, "", path)
            }
        };
    }

    /// What the body writes, coded.
    pub(super) fn coded(&mut self, coding: Coding, body: impl FnOnce(&mut Compiler)) {
        let at = self.op(Op::Nothing);
        let outer = self.coding.replace(coding);
        body(self);
        self.flush();
        self.coding = outer;
        let body = at + 1..self.program.steps.len();
        if body.is_empty() {
            self.bytes(&coding.of_text(b""));
            return;
        }
        // Words are coded once, and so are numbers, if there are few.
        if let [Step { len: 0, op, .. }] = self.program.steps[body.clone()] {
            let coded = match op {
                Op::Word { table, salt } => {
                    let words = self.program.words[table as usize].iter();
                    let words = Words::of_pieces(words.map(|word| coding.of_text(word)));
                    Some((words, salt))
                }
                _ => op.numbers().map(|(numbers, salt)| {
                    let texts = numbers.map(|number| number.to_string());
                    let words = Words::of_pieces(texts.map(|text| coding.of_text(text.as_bytes())));
                    (words, salt)
                }),
            };
            if let Some((words, salt)) = coded {
                self.program.steps.pop();
                let table = self.add_table(words);
                self.program.steps[at].op = Op::Word { table, salt };
                return;
            }
        }
        if let Some((head, tail)) = self.around(coding, body.clone()) {
            self.put_before(at, &head);
            self.bytes(tail);
            return;
        }
        let steps = body.len() as u32;
        self.program.steps[at].op = match self.length_shift(coding, body) {
            Some(shift) => {
                self.op(Op::Close { shift });
                Op::Open
            }
            None => Op::Coded { coding, steps },
        };
    }

    /// What stands before and behind what these steps write, where that is all that there is to the coding: the length
    /// of what is always as long; the quotes around what has none in it; nothing where nothing has to be coded.
    fn around(&self, coding: Coding, body: Range<usize>) -> Option<(Vec<u8>, &'static [u8])> {
        let program = &self.program;
        match coding {
            Coding::Counted | Coding::Length => program.fixed_len(body).map(|len| {
                let mut coded = coding.of_text(&vec![b' '; len]);
                coded.truncate(coded.len() - len);
                (coded, &b""[..])
            }),
            Coding::Unescaped => {
                let is_plain = program.writes_none(body, |byte| byte == b'\\');
                is_plain.then_some((Vec::new(), b""))
            }
            Coding::Cell { delimiter, quoted } => {
                let needs_quotes = |byte| byte == delimiter || matches!(byte, b'"' | b'\r' | b'\n');
                if quoted {
                    let is_plain = program.writes_none(body, |byte| byte == b'"');
                    is_plain.then_some((b"\"".to_vec(), b"\""))
                } else {
                    let is_plain = program.writes_none(body, needs_quotes);
                    is_plain.then_some((Vec::new(), b""))
                }
            }
            _ => None,
        }
    }

    /// How far the length is moved up that stands in front of what these steps write, if that is all that there is to
    /// the coding.
    fn length_shift(&self, coding: Coding, body: Range<usize>) -> Option<u8> {
        let is_flat = |step: &Step| !matches!(step.op, Op::Open | Op::Coded { .. });
        let shift = match coding {
            Coding::Counted => 1,
            Coding::Length => 0,
            _ => return None,
        };
        let is_all_flat = self.program.steps[body].iter().all(is_flat);
        is_all_flat.then_some(shift)
    }

    /// Takes the step out that stands before a body, and lets the body begin with its literal and these bytes.
    fn put_before(&mut self, at: usize, bytes: &[u8]) {
        let outer = self.program.steps.remove(at);
        let first = self.program.steps[at];
        let literals = [self.literal_of(outer), bytes, self.literal_of(first)].concat();
        let (literal, len) = self.aside(&literals);
        self.program.steps[at] = Step {
            literal,
            len,
            ..first
        };
    }

    fn literal_of(&self, step: Step) -> &[u8] {
        &self.program.literals[step.literal as usize..][..step.len as usize]
    }
}
