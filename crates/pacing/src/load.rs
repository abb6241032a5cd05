//! A load worked out: phases in a row, with the fraction of a record carried from one to the next.

use batch::Nanos;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use options::{Location, Period, Problem, Rate, RateUnit};

use crate::curve::Curve;
use crate::{Phase, Schedule, Stop, Unpaced, problems};

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
    pub(crate) shape: Shape,
}

#[derive(Clone, Debug)]
pub(crate) enum Shape {
    Paced {
        segments: Vec<Segment>,
        is_endless: bool,
    },
    Unpaced {
        end: Option<u64>,
        count: Option<u64>,
    },
}

/// A phase in its place.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    /// Nanoseconds before it.
    pub(crate) start: u64,
    /// Its nanoseconds.
    pub(crate) length: u64,
    /// Its first ordinal.
    pub(crate) first: u64,
    /// The ordinal behind its last.
    pub(crate) end: u64,
    pub(crate) curve: Curve,
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
        let thousandths = BigInt::from((mean_record_bytes * 1e3).round().max(1.0) as u64);
        let record_bytes = BigRational::new(thousandths, 1000.into());
        let mut load = Builder::new(&record_bytes, &at);
        let as_written = || {
            let mut load = Builder::new(&record_bytes, &at);
            load.run(phases, &Stop::default())?;
            Ok(load.end())
        };
        let phases = stop.apply(phases, as_written)?;
        check(&phases, &at)?;
        if let [
            Phase {
                unpaced: Some(Unpaced { for_, count }),
                ..
            },
        ] = phases[..]
        {
            let end = stop.after.or(for_).map(Period::as_nanos);
            return Ok(Load {
                shape: Shape::Unpaced {
                    end,
                    count: stop.count.or(count),
                },
            });
        }
        load.run(&phases, stop)?;
        let cut_off = stop.after.is_some() || stop.count.is_some();
        if cut_off && !load.is_cut_off {
            return Err(Problem::new(
                at,
                "the load ends at 0/s, so it can't be made to last longer",
            )
            .help("ask for less by `--for` or `--count`, or say how fast by `--rate`"));
        }
        Ok(Load {
            shape: Shape::Paced {
                is_endless: load.is_endless(),
                segments: load.segments,
            },
        })
    }

    /// Records a second that the load asks for on average in the part of `from..to` in which it lasts;
    /// 0 after its end, `None` if it is unpaced. Of the rate itself, not of records that fall due: at one
    /// record in five seconds, that is 0.2 in every one of them.
    pub fn mean_rate(&self, from: Nanos, to: Nanos) -> Option<f64> {
        if !self.is_paced() {
            return None;
        }
        let (mut records, mut nanos) = (BigRational::zero(), 0);
        for segment in self.segments() {
            let within = |t: Nanos| t.0.saturating_sub(segment.start).min(segment.length);
            let (first, last) = (within(from), within(to));
            if first < last {
                records += segment.curve.integral(last) - segment.curve.integral(first);
                nanos += last - first;
            }
        }
        let records = records.to_f64().unwrap_or(0.0);
        Some(if nanos == 0 {
            0.0
        } else {
            records * 1e9 / nanos as f64
        })
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        match &self.shape {
            Shape::Paced { segments, .. } => segments,
            Shape::Unpaced { .. } => &[],
        }
    }
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

/// Lays phases behind one another.
struct Builder<'a> {
    record_bytes: &'a BigRational,
    at: &'a Location,
    segments: Vec<Segment>,
    /// Λ at the end of the last segment.
    total: BigRational,
    /// Whether the command line's limit was reached.
    is_cut_off: bool,
    reached_forever: bool,
}

impl<'a> Builder<'a> {
    fn new(record_bytes: &'a BigRational, at: &'a Location) -> Builder<'a> {
        Builder {
            record_bytes,
            at,
            segments: Vec::new(),
            total: BigRational::zero(),
            is_cut_off: false,
            reached_forever: false,
        }
    }

    /// Nanoseconds so far, if the load ends by itself or is cut off.
    fn end(&self) -> Option<u64> {
        (!self.is_endless()).then(|| self.now())
    }

    fn is_endless(&self) -> bool {
        self.reached_forever && !self.is_cut_off
    }

    fn now(&self) -> u64 {
        self.segments
            .last()
            .map_or(0, |last| last.start + last.length)
    }

    /// Lays `phases` behind one another and cuts them off where `stop` says so.
    fn run(&mut self, phases: &[Phase], stop: &Stop) -> Result<(), Problem> {
        let mut before = None;
        for (index, phase) in phases.iter().enumerate() {
            let segment = self.segment(phase, before).ok_or_else(|| {
                Problem::new(
                    self.at.join(index),
                    "the rate has too many digits for so long a time",
                )
                .help("round it, e.g. to `1/3s` or `1.25k/s`")
            })?;
            before = phase.end_rate();
            self.push(segment, phase, stop);
            if self.is_cut_off || self.reached_forever {
                break;
            }
        }
        Ok(())
    }

    /// The segment of `phase`, without an end of its own yet.
    fn segment(&self, phase: &Phase, before: Option<Rate>) -> Option<Segment> {
        let start = self.now();
        let forever = u64::MAX - start;
        let zero = Rate::per_second(0);
        let (from, to, length) = match (&phase.hold, &phase.ramp) {
            (Some(hold), _) => {
                let length = hold.for_.map_or(forever, Period::as_nanos);
                (hold.rate, hold.rate, length)
            }
            (_, Some(ramp)) => (
                ramp.from.or(before).unwrap_or(zero),
                ramp.to,
                ramp.over.as_nanos(),
            ),
            _ => (zero, zero, 0),
        };
        let (from, to) = (self.per_nano(from), self.per_nano(to));
        // A hold's curve is the same however long it is; 1 keeps its numbers small.
        let over = if phase.hold.is_some() { 1 } else { length };
        let gap = self.total.ceil() - &self.total;
        let curve = Curve::new(&from, &to, over, &gap)?;
        let first = whole(&self.total);
        Some(Segment {
            start,
            length: length.min(forever),
            first,
            end: first,
            curve,
        })
    }

    /// Finds the segment's end and adds it.
    fn push(&mut self, mut segment: Segment, phase: &Phase, stop: &Stop) {
        let mut end = &self.total + segment.curve.integral(segment.length);
        if let Some(records) = phase.hold.as_ref().and_then(|hold| hold.count) {
            end = &self.total + BigRational::from(BigInt::from(records));
            segment.length = segment.time_of(&(&end - &self.total));
        }
        let until = stop
            .after
            .map(|after| after.as_nanos().saturating_sub(segment.start));
        if let Some(until) = until.filter(|until| *until <= segment.length) {
            self.is_cut_off = true;
            segment.length = until;
            let cut = &self.total + segment.curve.integral(until);
            end = end.min(cut);
        }
        if let Some(count) = stop.count.filter(|count| *count <= whole(&end)) {
            self.is_cut_off = true;
            end = BigRational::from(BigInt::from(count));
            segment.length = segment.length.min(segment.time_of(&(&end - &self.total)));
        }
        self.reached_forever = segment.length == segment.forever();
        segment.end = whole(&end);
        self.total = end;
        self.segments.push(segment);
    }

    /// Records a nanosecond.
    fn per_nano(&self, rate: Rate) -> BigRational {
        let per_nano = BigRational::new(rate.amount.into(), rate.per_nanos.into());
        match rate.unit {
            RateUnit::Records => per_nano,
            RateUnit::Bytes => per_nano / self.record_bytes,
        }
    }
}

impl Segment {
    /// From its start to the end of time, 584 years into the run.
    fn forever(&self) -> u64 {
        u64::MAX - self.start
    }

    /// The first nanosecond of the segment at which its integral reaches `records`.
    fn time_of(&self, records: &BigRational) -> u64 {
        let (mut low, mut high) = (0, self.length);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.curve.integral(middle) >= *records {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// Where ordinal `n`, which has to be one of its own, is due.
    pub(crate) fn spot(&self, n: u64) -> crate::curve::Spot {
        self.curve.spot(n - self.first, self.length)
    }
}

/// `⌈amount⌉`.
fn whole(amount: &BigRational) -> u64 {
    amount.ceil().to_integer().to_u64().unwrap_or(u64::MAX)
}

impl Schedule for Load {
    fn due(&self, n: u64) -> Option<Nanos> {
        match &self.shape {
            Shape::Paced { segments, .. } => {
                let segment = &segments[segments.partition_point(|segment| segment.end <= n)..];
                segment
                    .first()
                    .map(|segment| Nanos(segment.start + segment.spot(n).t))
            }
            Shape::Unpaced { count, .. } => {
                count.is_none_or(|count| n < count).then_some(Nanos::ZERO)
            }
        }
    }

    fn count_by(&self, t: Nanos) -> u64 {
        match &self.shape {
            Shape::Paced { segments, .. } => {
                let behind = segments.partition_point(|segment| segment.start <= t.0);
                let Some(segment) = segments[..behind].last() else {
                    return 0;
                };
                let inside = t.0 - segment.start;
                if inside >= segment.length {
                    return segment.end;
                }
                (segment.first.saturating_add(segment.curve.count_by(inside))).min(segment.end)
            }
            Shape::Unpaced { count, .. } => count.unwrap_or(u64::MAX),
        }
    }

    fn total(&self) -> Option<u64> {
        match &self.shape {
            Shape::Paced {
                is_endless: true, ..
            } => None,
            Shape::Paced { segments, .. } => Some(segments.last().map_or(0, |last| last.end)),
            Shape::Unpaced { count, .. } => *count,
        }
    }

    fn end(&self) -> Option<Nanos> {
        match &self.shape {
            Shape::Paced {
                is_endless: true, ..
            } => None,
            Shape::Paced { segments, .. } => {
                segments.last().map(|last| Nanos(last.start + last.length))
            }
            Shape::Unpaced { end, .. } => end.map(Nanos),
        }
    }

    fn rate_at(&self, t: Nanos) -> Option<f64> {
        let Shape::Paced { segments, .. } = &self.shape else {
            return None;
        };
        let behind = segments.partition_point(|segment| segment.start <= t.0);
        let segment = segments[..behind].last()?;
        let inside = t.0 - segment.start;
        let is_over = inside >= segment.length;
        Some(if is_over {
            0.0
        } else {
            segment.curve.rate(inside) * 1e9
        })
    }

    fn is_paced(&self) -> bool {
        matches!(self.shape, Shape::Paced { .. })
    }
}
