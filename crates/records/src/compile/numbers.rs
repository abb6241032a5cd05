//! Numbers.

use super::Compiler;
use crate::kinds::{BoolOptions, DecimalOptions, IntegerOptions};
use crate::program::Op;
use crate::random::threshold;

impl Compiler {
    pub(super) fn truth(&mut self, options: &BoolOptions, salt: u64) {
        let threshold = threshold(options.probability);
        self.number(Op::Bool { threshold, salt });
    }

    pub(super) fn integer(&mut self, options: &IntegerOptions, salt: u64) {
        let (min, max) = (options.min, options.max);
        self.number(integer(min, max, salt));
    }

    /// A number among the characters of a text.
    pub(super) fn integer_op(&mut self, min: i64, max: i64, salt: u64) {
        self.op(integer(min, max, salt));
    }

    pub(super) fn decimal(&mut self, options: &DecimalOptions, salt: u64) {
        let (min, max) = options.scaled();
        let range = max.wrapping_sub(min) as u64 + 1;
        self.number(Op::Decimal {
            min,
            range,
            digits: options.digits,
            salt,
        });
    }
}

fn integer(min: i64, max: i64, salt: u64) -> Op {
    let range = (max.wrapping_sub(min) as u64).wrapping_add(1);
    Op::Integer { min, range, salt }
}
