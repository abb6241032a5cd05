//! Values from the rows of files.

use std::sync::Arc;

use super::Compiler;
use crate::derived::{Here, Leaf, Made};
use crate::lookup::{Looked, LookupOptions, Matched, Rows};
use crate::path;
use crate::program::Op;
use crate::random::hash;

impl Compiler {
    pub(super) fn lookup(&mut self, options: &LookupOptions) {
        // One whose file was not read was refused before.
        let (Some(column), Some(rows)) = (&options.link.column, &options.link.rows) else {
            return;
        };
        let words = Arc::clone(column.words(self.is_bare));
        let longest = column.longest;
        if let Rows::Matching { field, index } = &**rows {
            let here = Here {
                scope: &self.scope,
                arrays: self.arrays,
                entities: self.within.depth(),
            };
            let found = here.scope.resolve(&path::steps(field), here.arrays, false);
            let Ok(found) = found else { return };
            let matched = Matched {
                leaf: Leaf::of(&found, here, self.again(&found, &found.gates)),
                index: Arc::clone(index),
                words,
                longest,
                is_quoted: column.is_text() && !self.is_bare,
            };
            let made = self.made(Made::Matched(Box::new(matched)));
            return self.number(Op::Made { made });
        }
        self.program.lookups.push(Looked {
            rows: Arc::clone(rows),
            words,
            longest,
            salt: hash(&format!("row: {}", options.row_name())),
        });
        let lookup = self.program.lookups.len() as u32 - 1;
        if column.is_text() {
            self.text(|compiler| {
                compiler.op(Op::Looked { lookup });
            });
        } else {
            self.number(Op::Looked { lookup });
        }
    }
}
