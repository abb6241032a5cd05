//! A past worked out: when its events happened, and when its records are due.

use std::sync::Arc;
use std::time::Duration;

use batch::Nanos;
use options::{Location, Period, Problem};

use crate::load::{Load, Pace};
use crate::{Backfill, Hold, Publish, Schedule as _, Stop, Unpaced};

/// A past that goes before a load: its records are the first ones.
///
/// ```text
///     ordinals   0 … count-1                      count …
///     due        as `publish` says                 seam + due of the load
///     happen     -length + due of the past's load  as far behind the past's end as they are due behind the seam
/// ```
#[derive(Clone, Debug)]
pub struct Past {
    /// When its events happened, from its beginning on.
    pub(crate) happened: Arc<Load>,
    /// When its records are due.
    pub(crate) publish: Arc<Load>,
    count: u64,
    length: u64,
}

impl Past {
    /// Works out a past. Fails if its load does not last for as long as it says, or has no record.
    pub(crate) fn compile(
        backfill: &Backfill,
        mean_record_bytes: f64,
        at: &Location,
    ) -> Result<Past, Problem> {
        let length = backfill.from.as_nanos();
        let place = if backfill.load.is_some() {
            "load"
        } else {
            "rate"
        };
        let moved = |problem: Problem| {
            // What was compiled calls itself `load`, wherever it stands.
            let steps = problem.at.steps().iter().skip(1);
            let at = steps.fold(at.join(place), |at, step| at.join(step));
            Problem { at, ..problem }
        };
        let phases = backfill.phases();
        let whole = Load::compile(&phases, &Stop::default(), mean_record_bytes).map_err(moved)?;
        if let Some(end) = whole.end().filter(|end| end.0 < length) {
            let lasts = Period(end.duration_since(Nanos::ZERO));
            let message = format!(
                "the load of the past lasts for {}, not for {}",
                in_words(lasts),
                in_words(backfill.from)
            );
            return Err(Problem::new(at.join(place), message).help(
                "let its last phase go on by leaving `for` and `count` out, or repeat it: \
                 `- repeat: {load: [...]}`",
            ));
        }
        let stop = Stop {
            after: Some(backfill.from),
            ..Stop::default()
        };
        let happened = Load::compile(&phases, &stop, mean_record_bytes).map_err(moved)?;
        let count = happened.total().unwrap_or(0);
        if count == 0 {
            return Err(Problem::new(at.join(place), "the past has no events")
                .help("give it a rate for all of its time"));
        }
        let publish = match backfill.publish {
            Publish::Unpaced => Unpaced {
                for_: None,
                count: Some(count),
            }
            .into(),
            Publish::At(rate) => Hold {
                rate,
                for_: None,
                count: Some(count),
            }
            .into(),
        };
        let publish = Load::compile(&[publish], &Stop::default(), mean_record_bytes);
        let publish = publish.map_err(|problem| Problem {
            at: at.join("publish"),
            ..problem
        })?;
        Ok(Past {
            happened: Arc::new(happened),
            publish: Arc::new(publish),
            count,
            length,
        })
    }

    /// How many records it has.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How far back it goes, in words: `90d`.
    pub fn length(&self) -> String {
        in_words(Period(Duration::from_nanos(self.length)))
    }

    /// The load of its events, from its beginning on.
    pub fn happened(&self) -> &Arc<Load> {
        &self.happened
    }

    /// Whether its records are due as soon as there is room for them.
    pub fn is_unpaced(&self) -> bool {
        !self.publish.is_paced()
    }

    /// When the load behind it begins: as long after its first record is due as it takes to publish all of it at its
    /// rate. `None` if it is unpaced, so that only the run knows.
    pub fn seam(&self) -> Option<Nanos> {
        self.publish.end().filter(|_| !self.is_unpaced())
    }
}

/// A length of time in days, if it is some.
fn in_words(length: Period) -> String {
    const DAY: u64 = 24 * 3_600_000_000_000;
    match length.as_nanos() {
        nanos if nanos > 0 && nanos % DAY == 0 => format!("{}d", nanos / DAY),
        _ => length.to_string(),
    }
}

impl Load {
    /// The same load behind a past. Fails if there is no such past, or if the load has no due times to begin with.
    /// `at` is where the past is written.
    pub fn with_past(
        self,
        backfill: &Backfill,
        mean_record_bytes: f64,
        at: &Location,
    ) -> Result<Load, Problem> {
        let past = Past::compile(backfill, mean_record_bytes, at)?;
        if !self.is_paced() {
            return Err(Problem::new(
                at.clone(),
                "an unpaced load has no time at which a past could end",
            )
            .help("give the load a rate"));
        }
        let spread = self.spread.clone();
        Ok(Load {
            pace: Pace::WithPast(past, Arc::new(self)),
            spread,
            later: None,
        })
    }

    /// The past that goes before it.
    pub fn past(&self) -> Option<&Past> {
        match &self.pace {
            Pace::WithPast(past, _) => Some(past),
            _ => None,
        }
    }

    /// The load behind its past.
    pub fn live(&self) -> &Load {
        match &self.pace {
            Pace::WithPast(_, live) => live,
            _ => self,
        }
    }

    /// How many of its records belong to a past.
    pub fn records_before(&self) -> u64 {
        self.past().map_or(0, Past::count)
    }

    /// When the load behind a past begins, counted as due times are: zero without a past, and behind one whose records
    /// have no due times.
    pub fn seam(&self) -> Nanos {
        self.past().and_then(Past::seam).unwrap_or(Nanos::ZERO)
    }

    /// When record `n` is due, if that is to be measured: a record of a past has a due time only to be sent by, and
    /// an unpaced one has none.
    pub fn measured_due(&self, n: u64) -> Option<Nanos> {
        self.due(n)
            .filter(|_| self.is_paced() && n >= self.records_before())
    }

    /// When the event of record `n` happens, in nanoseconds from the zero of due times; those of an unpaced past come
    /// before it.
    pub fn happens(&self, n: u64) -> Option<i64> {
        let Pace::WithPast(past, live) = &self.pace else {
            let begins = self.later.unwrap_or(0);
            return self
                .due(n)
                .map(|due| due.0.saturating_add(begins).cast_signed());
        };
        let seam = self.seam().0.cast_signed();
        if n < past.count {
            let due = past.happened.due(n)?.0.cast_signed();
            return Some(seam - past.length.cast_signed() + due);
        }
        Some(seam.saturating_add(live.due(n - past.count)?.0.cast_signed()))
    }

    /// How many events happen at `t` or before, in nanoseconds from the zero of due times.
    pub fn happened_by(&self, t: i64) -> u64 {
        let count = |load: &Load, t: i64| u64::try_from(t).map_or(0, |t| load.count_by(Nanos(t)));
        let Pace::WithPast(past, live) = &self.pace else {
            return count(self, t.saturating_sub_unsigned(self.later.unwrap_or(0)));
        };
        let t = t.saturating_sub(self.seam().0.cast_signed());
        if t < 0 {
            return count(&past.happened, t.saturating_add(past.length.cast_signed()));
        }
        past.count.saturating_add(count(live, t))
    }

    /// Appends when the events of `count` records happen, `stride` ordinals apart from each other, as
    /// [`happens`](Self::happens) says it of each; fewer if the load ends before.
    pub fn fill_happens(
        self: &Arc<Self>,
        first: u64,
        stride: u64,
        count: usize,
        out: &mut Vec<i64>,
    ) {
        let Pace::WithPast(past, live) = &self.pace else {
            let begins = self.later.unwrap_or(0).cast_signed();
            return crate::pacer::fill(self, first, stride, count, begins, out);
        };
        let seam = self.seam().0.cast_signed();
        let of_past = past.count.saturating_sub(first).div_ceil(stride.max(1));
        let of_past = usize::try_from(of_past).map_or(count, |of_past| of_past.min(count));
        if of_past > 0 {
            let begins = seam - past.length.cast_signed();
            crate::pacer::fill(&past.happened, first, stride, of_past, begins, out);
        }
        if of_past < count {
            let next = first + of_past as u64 * stride - past.count;
            crate::pacer::fill(live, next, stride, count - of_past, seam, out);
        }
    }
}
