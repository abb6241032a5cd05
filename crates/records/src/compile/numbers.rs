//! Numbers.

use std::sync::Arc;

use super::{Compiler, Shared};
use crate::kinds::{
    BoolOptions, Correlate, DecimalOptions, Distribution, DrawnSize, IntegerOptions,
};
use crate::path;
use crate::program::Op;
use crate::quantiles::{Mixture, Normal, Quantiles, quantiles};
use crate::random::{hash, threshold};

impl Compiler {
    pub(super) fn truth(&mut self, options: &BoolOptions, salt: u64) {
        let threshold = threshold(options.probability);
        self.number(Op::Bool { threshold, salt });
    }

    pub(super) fn integer(&mut self, options: &IntegerOptions, path: &str, salt: u64) {
        let (min, max) = (options.min, options.max);
        let op = match (&options.distribution, &options.correlate) {
            (None | Some(Distribution::Uniform), None) => integer(min, max, salt),
            (distribution, correlate) => {
                let mixture = self.mixture(correlate.as_ref(), path);
                self.drawn(distribution.as_ref(), (min, max), 0, mixture, salt)
            }
        };
        self.number(op);
    }

    /// A number among the characters of a text.
    pub(super) fn integer_op(&mut self, min: i64, max: i64, salt: u64) {
        self.op(integer(min, max, salt));
    }

    pub(super) fn decimal(&mut self, options: &DecimalOptions, path: &str, salt: u64) {
        let (min, max) = options.scaled();
        let digits = options.digits;
        let op = match (&options.distribution, &options.correlate) {
            (None | Some(Distribution::Uniform), None) => Op::Decimal {
                min,
                range: max.wrapping_sub(min) as u64 + 1,
                digits,
                salt,
            },
            (distribution, correlate) => {
                let mixture = self.mixture(correlate.as_ref(), path);
                self.drawn(distribution.as_ref(), (min, max), digits, mixture, salt)
            }
        };
        self.number(op);
    }

    fn drawn(
        &mut self,
        distribution: Option<&Distribution>,
        (min, max): (i64, i64),
        digits: u8,
        mixture: u32,
        salt: u64,
    ) -> Op {
        let drawn = Drawn {
            distribution: distribution.unwrap_or(&Distribution::Uniform).clone(),
            bounds: (min, max),
            digits,
        };
        let table = self.shared.table(drawn);
        self.program.quantiles.push(table);
        Op::Drawn {
            table: self.program.quantiles.len() as u32 - 1,
            digits,
            mixture,
            salt,
        }
    }

    /// The table of a distribution of sizes in bytes.
    pub(super) fn sizes(&self, drawn: &DrawnSize) -> Arc<Quantiles> {
        let distribution = drawn.distribution.as_ref();
        self.shared.table(Drawn {
            distribution: distribution.unwrap_or(&Distribution::Uniform).clone(),
            bounds: (drawn.min.0.cast_signed(), drawn.max.0.cast_signed()),
            digits: 0,
        })
    }

    /// How the field at this path goes along with another one of its object.
    fn mixture(&mut self, correlate: Option<&Correlate>, path: &str) -> u32 {
        let Some(Correlate { with, by }) = correlate else {
            return 0;
        };
        let normal = || Arc::new(Normal::new());
        let normal = self.shared.normal.get_or_init(normal);
        self.program.normal = Some(Arc::clone(normal));
        self.program.mixtures.push(Mixture {
            salt: hash(&path::join(path::above(path), with)),
            by: *by,
            rest: libm::sqrt(1.0 - by * by),
        });
        self.program.mixtures.len() as u32
    }
}

/// What a table of quantiles is made from.
#[derive(PartialEq)]
pub(super) struct Drawn {
    distribution: Distribution,
    bounds: (i64, i64),
    digits: u8,
}

impl Shared {
    /// One table for all that are drawn in the same way: a record's tables have to stay in a core's cache.
    fn table(&self, drawn: Drawn) -> Arc<Quantiles> {
        let mut tables = self.quantiles.borrow_mut();
        if let Some((_, table)) = tables.iter().find(|(known, _)| *known == drawn) {
            return Arc::clone(table);
        }
        let scale = 10_f64.powi(i32::from(drawn.digits));
        let (min, max) = drawn.bounds;
        let table = Arc::new(quantiles(&drawn.distribution, min, max, scale));
        tables.push((drawn, Arc::clone(&table)));
        table
    }
}

fn integer(min: i64, max: i64, salt: u64) -> Op {
    let range = (max.wrapping_sub(min) as u64).wrapping_add(1);
    Op::Integer { min, range, salt }
}
