//! Bank accounts and cards.

use super::Compiler;
use crate::codes::{BANK, Code};
use crate::program::Op;

/// Ranges that payment services use for tests, with which nobody can pay.
const TEST_CARDS: &[&str] = &["400000", "411111", "424242", "510510", "520082", "555555"];

impl Compiler {
    pub(super) fn iban(&mut self, salt: u64) {
        if let Some(iban) = self.locale.iban() {
            self.code(Code::Iban(iban), salt);
        }
    }

    pub(super) fn bic(&mut self) {
        if let Some(iban) = self.locale.iban() {
            self.word("bic", || iban.banks.iter().map(|(_, bic)| *bic), BANK);
        }
    }

    pub(super) fn card(&mut self, salt: u64) {
        self.code(Code::Luhn(TEST_CARDS, 16), salt);
    }

    pub(super) fn code(&mut self, code: Code, salt: u64) {
        self.program.codes.push(code);
        let index = self.program.codes.len() as u32 - 1;
        self.op(Op::Code { index, salt });
    }
}
