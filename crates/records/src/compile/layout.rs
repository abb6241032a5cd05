//! A record that is no JSON, from its parts to a program.

use super::Compiler;
use crate::coding::Coding;
use crate::derived::Scope;
use crate::format::{List, Part};
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
                each,
            } => self.repeat(options, List::Counted, hash(path), |compiler| {
                compiler.part(each);
            }),
        }
    }

    /// Names mean what they mean from the field at this path.
    fn go_to(&mut self, path: &str) {
        (self.scope, self.arrays) = Scope::around(&self.options.fields, path);
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
        // Words are coded once.
        if let [
            Step {
                len: 0,
                op: Op::Word { table, salt },
                ..
            },
        ] = self.program.steps[body.clone()]
        {
            let words = self.program.words[table as usize].iter();
            let words = Words::of_pieces(words.map(|word| coding.of_text(word)));
            self.program.steps.pop();
            let table = self.add_table(words);
            self.program.steps[at].op = Op::Word { table, salt };
            return;
        }
        // The length of what is always as long is a literal.
        let head = match coding {
            Coding::Counted => self.program.fixed_len(body.clone()).map(|len| {
                let mut coded = coding.of_text(&vec![b' '; len]);
                coded.truncate(coded.len() - len);
                coded
            }),
            _ => None,
        };
        if let Some(head) = head {
            let outer = self.program.steps.remove(at);
            let first = self.program.steps[at];
            let literals = [self.literal_of(outer), &head, self.literal_of(first)].concat();
            let (literal, len) = self.aside(&literals);
            self.program.steps[at] = Step {
                literal,
                len,
                ..first
            };
            return;
        }
        let steps = body.len() as u32;
        self.program.steps[at].op = Op::Coded { coding, steps };
    }

    fn literal_of(&self, step: Step) -> &[u8] {
        &self.program.literals[step.literal as usize..][..step.len as usize]
    }
}
