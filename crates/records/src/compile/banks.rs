//! Bank accounts and cards.

use super::Compiler;
use crate::codes::{BANK, CARD, CARDS, Card, Code};
use crate::field::Plain;
use crate::program::Op;

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

    /// A kind that tells of the record's card.
    pub(super) fn card(&mut self, plain: Plain, salt: u64) {
        match plain {
            Plain::CreditCard => self.code(Code::Card(CARDS), salt),
            Plain::CardBrand => self.word("card", || CARDS.iter().map(|card| card.brand), CARD),
            Plain::CardCvc => {
                let formats: Vec<_> = CARDS.iter().map(Card::cvc).collect();
                self.patterns_of(&formats, Some(CARD), salt);
            }
            _ => {
                // Cards last five years at most.
                let months = (2027..=2031).flat_map(|year| {
                    (1..=12).map(move |month| format!("{month:02}/{:02}", year % 100))
                });
                self.word("expiry", || months, salt);
            }
        }
    }

    pub(super) fn code(&mut self, code: Code, salt: u64) {
        self.program.codes.push(code);
        let index = self.program.codes.len() as u32 - 1;
        self.op(Op::Code { index, salt });
    }
}
