//! How records are spread around the times that the load gives them.

use batch::Nanos;
use options::{Location, Period, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::part::Parts;
use crate::scatter::{Interval, mixed};

/// How records are spread within the rate of the load. Whatever is chosen, the load as a whole has the
/// same number of records, and record n is due at the same time for any number of lanes and workers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Arrivals {
    /// Each at its time: at 1k/s, one every millisecond.
    #[default]
    Even,
    /// As independent people come: at a constant rate, gaps are exponentially distributed.
    Poisson,
    /// Several at once.
    Bursts(Bursts),
}

/// Several records that are due at once: when the first of them is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bursts {
    /// So many at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// All that the load has in so long, at the beginning of it: `1s` is every full second of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Period>,
}

impl Arrivals {
    /// Every mistake, and those of the `jitter` beside it, which are at `at` and `beside`.
    pub fn problems(
        arrivals: Option<Arrivals>,
        jitter: Option<Period>,
        (at, beside): (&Location, &Location),
        problems: &mut Problems,
    ) {
        const JITTER: std::ops::RangeInclusive<u64> = 1_000..=3_600_000_000_000;
        if jitter.is_some_and(|jitter| !JITTER.contains(&jitter.as_nanos())) {
            problems.push(
                Problem::new(beside.clone(), "expected a jitter of 1us to 1h")
                    .help("leave it out for none"),
            );
        }
        let Some(Arrivals::Bursts(bursts)) = arrivals else {
            return;
        };
        let at = at.join("bursts");
        match (bursts.of, bursts.every) {
            (Some(0 | 1), None) => problems.push(
                Problem::new(at.join("of"), "a burst has at least 2 records")
                    .help("leave `arrivals` out for one record at a time"),
            ),
            (None, Some(every)) if every.as_nanos() == 0 => problems.push(
                Problem::new(at.join("every"), "bursts every 0s are none")
                    .help("say how far they are apart, e.g. `every: 1s`"),
            ),
            (Some(_), Some(_)) | (None, None) => problems.push(
                Problem::new(at, "bursts are given either by `of` or by `every`")
                    .help("write `bursts: {of: 50}` or `bursts: {every: 1s}`"),
            ),
            _ => {}
        }
    }
}

/// How the records of a load arrive, worked out.
#[derive(Clone, Debug)]
pub(crate) struct Spread {
    pub(crate) how: How,
    /// Nanoseconds. Never 0.
    pub(crate) jitter: Option<u64>,
    seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Even,
    Poisson,
    BurstsOf(u64),
    BurstsEvery(u64),
}

/// Points of a load without an end come in intervals of their own: the first of so many, and then each
/// twice as far as the one before.
const FIRST: u32 = 20;

impl Spread {
    pub(crate) fn even() -> Spread {
        Spread {
            how: How::Even,
            jitter: None,
            seed: 0,
        }
    }

    /// `seed` and `stream` decide what is left to chance.
    pub(crate) fn new(
        arrivals: Arrivals,
        jitter: Option<Period>,
        seed: u64,
        stream: &str,
    ) -> Spread {
        let how = match arrivals {
            Arrivals::Even => How::Even,
            Arrivals::Poisson => How::Poisson,
            Arrivals::Bursts(Bursts { of: Some(of), .. }) => How::BurstsOf(of.max(1)),
            Arrivals::Bursts(Bursts { every, .. }) => {
                How::BurstsEvery(every.unwrap_or_default().as_nanos().max(1))
            }
        };
        let mut salt = mixed(seed ^ 0x6172_7269_7661_6c73);
        for byte in stream.bytes() {
            salt = mixed(salt ^ u64::from(byte));
        }
        Spread {
            how,
            jitter: jitter.map(Period::as_nanos).filter(|it| *it > 0),
            seed: salt,
        }
    }

    /// The interval of points that has record `n`, in which Λ says when it is due.
    ///
    /// A load with an end has one: its records are spread over all of it, as the points of a Poisson process
    /// are once their number is known.
    pub(crate) fn points(&self, n: u64, parts: &Parts, is_endless: bool) -> Interval {
        let seed = mixed(self.seed ^ 1);
        if !is_endless {
            return Interval::new(seed, 0, parts.total(), 0, parts.width());
        }
        let digit = u64::BITS - n.leading_zeros();
        if digit <= FIRST {
            return Interval::new(seed, 0, 1 << FIRST, 0, 1 << (FIRST + 64));
        }
        let first = 1u64 << (digit - 1);
        let low = u128::from(first) << 64;
        Interval::new(seed ^ u64::from(digit), first, first, low, low)
    }

    /// The interval in which jitter puts the records `first..end`: that of number `window`, in a load that
    /// ends at `end_of_load`.
    pub(crate) fn window(
        &self,
        jitter: u64,
        window: u64,
        records: std::ops::Range<u64>,
        end_of_load: Option<Nanos>,
    ) -> Interval {
        let start = window * jitter;
        let left = end_of_load.map_or(u64::MAX, |end| end.0.saturating_sub(start));
        let width = jitter.min(left.saturating_add(1));
        Interval::new(
            mixed(self.seed ^ 2).wrapping_add(window),
            records.start,
            records.end.saturating_sub(records.start),
            u128::from(start) << 64,
            u128::from(width) << 64,
        )
    }
}

#[cfg(test)]
mod tests;
