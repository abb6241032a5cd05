//! Where phases are laid behind one another.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use options::{Location, Problem, Rate, RateUnit};

use crate::line::LIMIT_BITS;
use crate::part::Part;

/// A load, or a part of one, while its phases are laid behind one another.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    record_bytes: &'a BigRational,
    parts: Vec<Part<BigRational>>,
    now: u64,
    /// The rate at the end of what there is, in records a nanosecond; at first, the rate before it.
    level: BigRational,
    is_endless: bool,
}

/// Why a phase can't be laid.
#[derive(Debug)]
pub(crate) enum Unfit {
    Digits,
    Years,
}

impl Unfit {
    /// As a problem of the phase at `at`.
    pub(crate) fn problem(self, at: &Location) -> Problem {
        match self {
            Unfit::Digits => Problem::new(
                at.clone(),
                "the rate has too many digits for so long a time",
            )
            .help("round it, e.g. to `1/3s` or `1.25k/s`"),
            Unfit::Years => Problem::new(at.clone(), "the load lasts longer than 584 years")
                .help("repeat less often, or leave `times` out to go on until the run is stopped"),
        }
    }
}

impl<'a> Plan<'a> {
    /// Nothing yet. Rates in bytes count as records of `record_bytes`; `level` is the rate before.
    pub(crate) fn new(record_bytes: &'a BigRational, level: BigRational) -> Plan<'a> {
        Plan {
            record_bytes,
            parts: Vec::new(),
            now: 0,
            level,
            is_endless: false,
        }
    }

    /// One inside of this one, which begins at the rate that this one has come to.
    pub(crate) fn inner(&self) -> Plan<'a> {
        Plan::new(self.record_bytes, self.level.clone())
    }

    /// The rate at the end of what there is, in records a nanosecond.
    pub(crate) fn level(&self) -> &BigRational {
        &self.level
    }

    /// Whether what there is has no end.
    pub(crate) fn is_endless(&self) -> bool {
        self.is_endless
    }

    /// Until the end of time, 584 years into the run.
    pub(crate) fn forever(&self) -> u64 {
        u64::MAX - self.now
    }

    /// Records a nanosecond.
    pub(crate) fn rate(&self, rate: Rate) -> BigRational {
        let per_nano = BigRational::new(rate.amount.into(), rate.per_nanos.into());
        match rate.unit {
            RateUnit::Records => per_nano,
            RateUnit::Bytes => per_nano / self.record_bytes,
        }
    }

    /// Adds a rate that goes evenly from one to another, in records a nanosecond, within `length`
    /// nanoseconds. Of no length it only sets the rate.
    pub(crate) fn line(
        &mut self,
        from: &BigRational,
        to: &BigRational,
        length: u64,
    ) -> Result<(), Unfit> {
        if length > 0 {
            let (from, to) = fitting(from, to, length);
            self.add(Part::line(&from, &to, length).ok_or(Unfit::Digits)?)?;
        }
        self.level = to.clone();
        Ok(())
    }

    /// Adds a constant rate that goes on.
    pub(crate) fn go_on(&mut self, rate: &BigRational) -> Result<(), Unfit> {
        let forever = self.forever();
        self.is_endless = true;
        self.line(rate, rate, forever)
    }

    /// Adds `part` again and again.
    pub(crate) fn repeat_on(&mut self, part: Part<BigRational>, skip: u64) -> Result<(), Unfit> {
        let times = (u64::MAX / part.length).max(1);
        let part = part.repeat(times).ok_or(Unfit::Years)?;
        let length = self.forever().min(part.length - skip);
        self.is_endless = true;
        self.add(part.slice(skip, length, None))
    }

    /// Adds a part. The rate that it ends at is where the next one begins.
    pub(crate) fn add(&mut self, part: Part<BigRational>) -> Result<(), Unfit> {
        self.level = tidy(part.end_rate());
        self.now = self.now.checked_add(part.length).ok_or(Unfit::Years)?;
        self.parts.push(part);
        Ok(())
    }

    /// All of it; `None` if there is nothing in it.
    pub(crate) fn finish(self) -> Option<Part<BigRational>> {
        Part::row(self.parts)
    }
}

/// The ends of a line that rises or falls, with so many digits that their curve can be walked along. Those
/// that people write have few enough, up to rates in odd units over days; others are rounded, by less than
/// 2^-20 of a record over the line.
pub(crate) fn fitting(
    from: &BigRational,
    to: &BigRational,
    length: u64,
) -> (BigRational, BigRational) {
    let bits = u64::from(u64::BITS - length.leading_zeros());
    let digits = from.denom().lcm(to.denom()).bits();
    // The time cancels out where a line is level.
    let of_time = if from == to { 0 } else { 1 + bits };
    if of_time + digits < LIMIT_BITS {
        return (from.clone(), to.clone());
    }
    let places = LIMIT_BITS - 4 - bits;
    let scale = BigRational::from(BigInt::from(1) << places);
    let round = |rate: &BigRational| (rate * &scale).round() / &scale;
    (round(from), round(to))
}

/// A rate that is cut off in the middle of a bend has many digits, of which nobody has asked for more than
/// a few: to 2^-60 records a nanosecond, a billionth of a record a second.
pub(crate) fn tidy(rate: BigRational) -> BigRational {
    const PLACES: u32 = 60;
    if rate.denom().bits() <= u64::from(PLACES) {
        return rate;
    }
    let scale = BigRational::from(BigInt::from(1) << PLACES);
    (rate * &scale).round() / scale
}
