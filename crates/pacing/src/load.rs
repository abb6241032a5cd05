//! A load worked out: phases in a row, with the fraction of a record carried from one to the next.

use std::sync::Arc;

use batch::Nanos;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use options::{Location, Period, Problem};

use crate::arrivals::{How, Spread};
use crate::part::{Part, Parts};
use crate::past::Past;
use crate::plan::{Plan, Unfit};
use crate::scatter::Interval;
use crate::{Arrivals, Phase, Schedule, Stop, problems};

/// A load ready to run: the function `due(n)`.
///
/// The integral of the whole load is that of its phases, one behind the other:
///
/// ```text
///     records            ╱
///       Λ₂ ┤···········╱ ·             Λ(t) = Λᵢ + Λ of phase i at (t - tᵢ)
///          │         ╱   ·
///       Λ₁ ┤·····──'     ·             phase i has the ordinals ⌈Λᵢ⌉ … ⌈Λᵢ₊₁⌉ - 1
///          │   ╱  ·      ·
///          └──────┴──────┴──── time
///                 t₁     t₂
/// ```
///
/// `Λᵢ` is an exact fraction. If it is not whole, the part of a record that a phase leaves over
/// counts for the next one: ten phases of 1.5 records have 15 records, not 10 or 20.
#[derive(Clone, Debug)]
pub struct Load {
    pub(crate) pace: Pace,
    pub(crate) spread: Spread,
    /// If it starts when the run says so: when its first event happens, in nanoseconds from the zero of event times.
    pub(crate) later: Option<u64>,
}

#[derive(Clone, Debug)]
pub(crate) enum Pace {
    Paced {
        parts: Parts,
        is_endless: bool,
    },
    Unpaced {
        end: Option<u64>,
        count: Option<u64>,
    },
    /// Both have their own spread.
    WithPast(Past, Arc<Load>),
}

impl Load {
    /// Works out the phases. Rates in bytes count as records of `mean_record_bytes` (taken to a
    /// thousandth of a byte). Fails with the first of [`problems`], or if the command line asks for
    /// more than the load can give.
    pub fn compile(phases: &[Phase], stop: &Stop, mean_record_bytes: f64) -> Result<Load, Problem> {
        let at = Location::root().join("load");
        check(phases, &at)?;
        if stop.count == Some(0) || stop.after.is_some_and(|after| after.as_nanos() == 0) {
            return Err(Problem::new(at, "a load of no length sends nothing")
                .help("give `--for` or `--count` more than zero"));
        }
        let record_bytes = record_bytes(mean_record_bytes);
        let laid = |phases: &[Phase]| {
            let mut plan = Plan::new(&record_bytes, BigRational::zero());
            for (index, phase) in phases.iter().enumerate() {
                phase.lay(&mut plan, &at.join(index))?;
            }
            Ok(plan)
        };
        let as_written = || {
            let plan = laid(phases)?;
            let is_endless = plan.is_endless();
            Ok(plan.finish().filter(|_| !is_endless).map(|all| all.length))
        };
        let phases = stop.apply(phases, as_written)?;
        check(&phases, &at)?;
        if let [only] = &phases[..]
            && let Some(unpaced) = only.as_unpaced()
        {
            let end = stop.after.or(unpaced.for_).map(Period::as_nanos);
            let count = stop.count.or(unpaced.count);
            return Ok(Load {
                pace: Pace::Unpaced { end, count },
                spread: Spread::even(),
                later: None,
            });
        }
        let mut plan = laid(&phases)?;
        let is_cut = stop.after.is_some() || stop.count.is_some();
        if is_cut && !plan.is_endless() && !plan.level().is_zero() {
            let rate = plan.level().clone();
            plan.go_on(&rate).map_err(|unfit| unfit.problem(&at))?;
        }
        let is_endless = plan.is_endless() && !is_cut;
        let digits = || Unfit::Digits.problem(&at);
        let mut root = plan.finish().ok_or_else(digits)?;
        if is_cut {
            root = cut(root, stop).ok_or_else(|| {
                Problem::new(
                    at.clone(),
                    "the load ends at 0/s, so it can't be made to last longer",
                )
                .help("ask for less by `--for` or `--count`, or say how fast by `--rate`")
            })?;
        }
        let parts = Parts::new(&root).ok_or_else(digits)?;
        Ok(Load {
            pace: Pace::Paced { parts, is_endless },
            spread: Spread::even(),
            later: None,
        })
    }

    /// The same load with its records spread in another way. What is left to chance comes from `seed` and
    /// from the name of the `stream`. Nothing changes in an unpaced load.
    pub fn with_arrivals(
        self,
        arrivals: Arrivals,
        jitter: Option<Period>,
        seed: u64,
        stream: &str,
    ) -> Load {
        let spread = match self.pace {
            Pace::Paced { .. } => Spread::new(arrivals, jitter, seed, stream),
            Pace::Unpaced { .. } => Spread::even(),
            Pace::WithPast(mut past, live) => {
                let spread = |load: Arc<Load>, name: &str| {
                    Arc::new(Arc::unwrap_or_clone(load).with_arrivals(arrivals, jitter, seed, name))
                };
                past.happened = spread(past.happened, &format!("the past of {stream}"));
                let live = spread(live, stream);
                let pace = Pace::WithPast(past, live);
                return Load { pace, ..self };
            }
        };
        Load { spread, ..self }
    }

    /// Records a second that the load asks for on average in the part of `from..to` in which it lasts;
    /// 0 after its end, `None` if it is unpaced. Of the rate itself, not of records that fall due: at one
    /// record in five seconds, that is 0.2 in every one of them.
    pub fn mean_rate(&self, from: Nanos, to: Nanos) -> Option<f64> {
        if let Pace::WithPast(past, live) = &self.pace {
            let seam = self.seam();
            let behind = |t: Nanos| Nanos(t.since(seam));
            let (before, after) = (seam.min(to).since(from), to.since(from.max(seam)));
            let live = live.mean_rate(behind(from), behind(to))?;
            if before == 0 {
                return Some(live);
            }
            let publish = past.publish.mean_rate(from, seam.min(to))?;
            let whole = before as f64 + after as f64;
            return Some((publish * before as f64 + live * after as f64) / whole);
        }
        let parts = self.parts()?;
        let (from, to) = (from.0, to.0.min(parts.root.length));
        if from >= to {
            return Some(0.0);
        }
        let records = parts.integral(to) - parts.integral(from);
        Some(records.to_f64().unwrap_or(0.0) * 1e9 / (to - from) as f64)
    }

    /// The highest rate that it comes to, in records a second; `None` if it is unpaced.
    pub fn peak_rate(&self) -> Option<f64> {
        if let Pace::WithPast(past, live) = &self.pace {
            let publish = past.publish.peak_rate().unwrap_or(0.0);
            return Some(live.peak_rate()?.max(publish));
        }
        let parts = self.parts()?;
        Some(parts.root.peak(0, parts.root.length) * 1e9)
    }

    pub(crate) fn parts(&self) -> Option<&Parts> {
        match &self.pace {
            Pace::Paced { parts, .. } => Some(parts),
            Pace::Unpaced { .. } | Pace::WithPast(..) => None,
        }
    }
}

/// A record's mean length, to a thousandth of a byte.
pub(crate) fn record_bytes(mean: f64) -> BigRational {
    let thousandths = BigInt::from((mean * 1e3).round().max(1.0) as u64);
    BigRational::new(thousandths, 1000.into())
}

/// What there is of a load before `stop`; `None` if it ends before that.
fn cut(mut root: Part<BigRational>, stop: &Stop) -> Option<Part<BigRational>> {
    let mut is_cut = false;
    if let Some(after) = stop.after.map(Period::as_nanos)
        && after <= root.length
    {
        root = root.slice(0, after, None);
        is_cut = true;
    }
    if let Some(count) = stop
        .count
        .map(|count| BigRational::from(BigInt::from(count)))
        && count <= root.records.ceil()
    {
        let end = root.time_of(&count).max(1);
        root = root.slice(0, end, Some(count));
        is_cut = true;
    }
    is_cut.then_some(root)
}

/// The first mistake.
fn check(phases: &[Phase], at: &Location) -> Result<(), Problem> {
    let mut found = Vec::new();
    problems(phases, at, &mut found);
    found
        .into_iter()
        .find(|problem| !problem.is_warning)
        .map_or(Ok(()), Err)
}

impl Load {
    /// Where in Λ record `n` is, in 2^-64 of a record. Bursts in time are not seen here.
    pub(crate) fn point(&self, n: u64, parts: &Parts, is_endless: bool) -> u128 {
        match self.spread.how {
            How::Even | How::BurstsEvery(_) => u128::from(n) << 64,
            How::BurstsOf(of) => u128::from(n - n % of) << 64,
            How::Poisson => self.spread.points(n, parts, is_endless).place(n),
        }
    }

    /// When record `n` is due, but for jitter.
    fn due_without_jitter(&self, n: u64, parts: &Parts, is_endless: bool) -> Option<Nanos> {
        if !is_endless && n >= parts.total() {
            return None;
        }
        let point = self.point(n, parts, is_endless);
        let segment = parts.with_point(point)?;
        let due = segment.start + segment.spot(point).t;
        Some(Nanos(match self.spread.how {
            How::BurstsEvery(every) => due - due % every,
            _ => due,
        }))
    }

    /// How many records are due at `t` or before, but for jitter.
    pub(crate) fn count_without_jitter(&self, t: Nanos, parts: &Parts, is_endless: bool) -> u64 {
        let even = |t: u64| parts.count_by(t);
        match self.spread.how {
            How::Even => even(t.0),
            How::BurstsOf(of) => {
                let begun = even(t.0).div_ceil(of).saturating_mul(of);
                begun.min(parts.total())
            }
            How::BurstsEvery(every) => even((t.0 - t.0 % every).saturating_add(every - 1)),
            How::Poisson => {
                // Λ(t) says it but for what rounding does.
                let point = parts.point_at(t.0);
                let interval = self.spread.points((point >> 64) as u64, parts, is_endless);
                let mut count = interval.first + interval.count_by(point);
                let is_due = |n: u64| {
                    let due = self.due_without_jitter(n, parts, is_endless);
                    due.is_some_and(|due| due <= t)
                };
                while is_due(count) {
                    count += 1;
                }
                while count > 0 && !is_due(count - 1) {
                    count -= 1;
                }
                count
            }
        }
    }

    /// The interval of jitter in which a record is that would be due at `due` without it. `first` is the number of
    /// records before it, if that is known: to count them takes a search, and so does its end.
    pub(crate) fn window(
        &self,
        due: Nanos,
        jitter: u64,
        first: Option<u64>,
        parts: &Parts,
        is_endless: bool,
    ) -> Interval {
        let window = due.0 / jitter;
        let start = window * jitter;
        let count = |t: u64| self.count_without_jitter(Nanos(t), parts, is_endless);
        let first = first.unwrap_or_else(|| start.checked_sub(1).map_or(0, count));
        let end = count(start.saturating_add(jitter - 1));
        self.spread.window(jitter, window, first..end, self.end())
    }
}

impl Schedule for Load {
    fn due(&self, n: u64) -> Option<Nanos> {
        match &self.pace {
            Pace::Paced { parts, is_endless } => {
                let due = self.due_without_jitter(n, parts, *is_endless)?;
                Some(match self.spread.jitter {
                    None => due,
                    Some(jitter) => {
                        let window = self.window(due, jitter, None, parts, *is_endless);
                        Nanos((window.place(n) >> 64) as u64)
                    }
                })
            }
            Pace::Unpaced { count, .. } => {
                count.is_none_or(|count| n < count).then_some(Nanos::ZERO)
            }
            Pace::WithPast(past, _) if n < past.count() => past.publish.due(n),
            Pace::WithPast(past, live) => {
                let due = live.due(n - past.count())?;
                Some(Nanos(self.seam().0.saturating_add(due.0)))
            }
        }
    }

    fn count_by(&self, t: Nanos) -> u64 {
        match &self.pace {
            Pace::Paced { parts, is_endless } => match self.spread.jitter {
                None => self.count_without_jitter(t, parts, *is_endless),
                Some(jitter) => {
                    let window = self.window(t, jitter, None, parts, *is_endless);
                    let place = (u128::from(t.0) + 1) << 64;
                    window.first + window.count_by(place - 1)
                }
            },
            Pace::Unpaced { count, .. } => count.unwrap_or(u64::MAX),
            Pace::WithPast(past, _) if t < self.seam() => past.publish.count_by(t),
            Pace::WithPast(past, live) => {
                let behind = live.count_by(Nanos(t.since(self.seam())));
                past.count().saturating_add(behind)
            }
        }
    }

    fn total(&self) -> Option<u64> {
        match &self.pace {
            Pace::Paced { parts, is_endless } => (!is_endless).then(|| parts.total()),
            Pace::Unpaced { count, .. } => *count,
            Pace::WithPast(past, live) => past.count().checked_add(live.total()?),
        }
    }

    fn end(&self) -> Option<Nanos> {
        match &self.pace {
            Pace::Paced { parts, is_endless } => (!is_endless).then_some(Nanos(parts.root.length)),
            Pace::Unpaced { end, .. } => end.map(Nanos),
            Pace::WithPast(_, live) => Some(Nanos(self.seam().0.saturating_add(live.end()?.0))),
        }
    }

    fn rate_at(&self, t: Nanos) -> Option<f64> {
        if let Pace::WithPast(past, live) = &self.pace {
            return if t < self.seam() {
                past.publish.rate_at(t)
            } else {
                live.rate_at(Nanos(t.since(self.seam())))
            };
        }
        let parts = self.parts()?;
        Some(parts.at(t.0).map_or(0.0, |segment| {
            segment.curve.line.rate(t.0 - segment.start) * 1e9
        }))
    }

    fn is_paced(&self) -> bool {
        self.live().parts().is_some()
    }
}
