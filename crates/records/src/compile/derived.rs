//! Values over other values.

use std::rc::Rc;

use super::Compiler;
use crate::coding::Coding;
use crate::derived::{
    ComputeOptions, Found, Gate, Here, Joined, Made, Reach, TemplateOptions, Worked, Written,
};
use crate::field::FieldOptions;
use crate::program::{Op, Program};
use crate::random::hash;

impl Compiler {
    /// The value of a field, once more.
    pub(super) fn again(&self, found: &Found, gates: &[Gate]) -> Program {
        let mut compiler = Compiler::with(
            Rc::clone(&self.options),
            Rc::clone(&self.shared),
            self.locales,
        );
        compiler.scope = found.scope.clone();
        compiler.arrays = found.arrays;
        compiler.in_array = true;
        let is_element = found.arrays > 0;
        compiler.within = self
            .within
            .of_another(is_element, found.reach == Reach::Record);
        compiler.versioned(&found.path, |compiler| {
            compiler.gated(gates, &found.field, &found.path);
        });
        compiler.finish()
    }

    /// A value behind what has to be there for it.
    fn gated(&mut self, gates: &[Gate], field: &FieldOptions, path: &str) {
        let Some((gate, inner)) = gates.split_first() else {
            return self.value(field, path);
        };
        let own = std::mem::replace(&mut self.scope, gate.scope.clone());
        let arrays = std::mem::replace(&mut self.arrays, gate.arrays);
        self.maybe(&gate.options, b"null", &gate.path, |compiler| {
            (compiler.scope, compiler.arrays) = (own, arrays);
            compiler.gated(inner, field, path);
        });
    }

    pub(super) fn template(&mut self, options: &TemplateOptions, path: &str) {
        // Letters are spelt as in the record's locale.
        self.localized(|compiler| compiler.joined(options, path));
    }

    fn joined(&mut self, options: &TemplateOptions, path: &str) {
        let scope = options.scope(&self.scope, path, self.arrays);
        let here = Here {
            scope: &scope,
            arrays: self.arrays,
            entities: self.within.depth(),
        };
        let joined = Joined::new(options, here, path, self.locale, |found| {
            self.again(found, &found.gates)
        });
        let made = self.made(Made::Joined(joined));
        if self.is_bare {
            // It is put together as in JSON.
            return self.coded(Coding::Unescaped, |compiler| {
                compiler.op(Op::Made { made });
            });
        }
        self.text(|compiler| {
            compiler.op(Op::Made { made });
        });
    }

    pub(super) fn compute(&mut self, options: &ComputeOptions, salt: u64) {
        if let Some(worked) = self.worked(options.of(), options.digits(), salt) {
            let made = self.made(Made::Worked(worked));
            self.number(Op::Made { made });
        }
    }

    /// The place of a condition; one that is none was refused before.
    pub(super) fn condition(&mut self, expression: &str) -> Option<u32> {
        let worked = self.worked(expression, None, hash(expression))?;
        Some(self.made(Made::Worked(worked)))
    }

    /// `salt` stands for the field.
    fn worked(&self, expression: &str, digits: Option<u8>, salt: u64) -> Option<Worked> {
        let here = Here {
            scope: &self.scope,
            arrays: self.arrays,
            entities: self.within.depth(),
        };
        let written = Written {
            salt,
            digits,
            is_bare: self.is_bare,
        };
        Worked::new(expression, written, here, |found, gates| {
            self.again(found, gates)
        })
    }

    pub(super) fn made(&mut self, made: Made) -> u32 {
        self.program.scratch = self.program.scratch.max(made.scratch());
        self.program.made.push(made);
        self.program.made.len() as u32 - 1
    }
}
