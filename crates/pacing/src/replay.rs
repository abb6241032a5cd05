//! The pace of recorded records.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use num_bigint::BigInt;
use num_rational::BigRational;
use options::{Location, Problem, Problems};
use recorded::Recorded;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::curve::{decimal, nanos};
use crate::phase::Shape;
use crate::plan::Plan;

/// As many records as a file has, at the pace at which they were recorded.
///
/// ```text
///     records          ╱‾‾        every gap is as long as in the file, divided by `speed`;
///          │       ___╱           records of the same moment are spread evenly
///          │    __╱               until the next one
///          │___╱
///          └┴──┴─────┴┴─── t      times are taken in ascending order
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// The file, relative to the scenario's: NDJSON, CSV or Parquet, packed with gzip or Zstandard or not.
    pub file: PathBuf,
    /// The field with the times; below an object, `outer.inner`. Times are RFC 3339, or the Unix time in seconds,
    /// milliseconds, microseconds or nanoseconds, whichever it is by its size.
    pub time: String,
    /// How much faster than recorded: `10` makes an hour six minutes. Default: `1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<f64>,
    #[serde(skip)]
    #[schemars(skip)]
    moments: Option<Arc<Vec<Moment>>>,
}

/// A moment of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    /// Nanoseconds from the first one.
    at: u64,
    /// How many records it has.
    records: u64,
}

/// More moments are put together on a grid: of milliseconds, or of ten, …
const MOMENTS_MAX: usize = 100_000;

impl Replay {
    pub(crate) fn read(
        &mut self,
        at: &Location,
        read: &mut dyn FnMut(&Path) -> io::Result<Vec<u8>>,
        problems: &mut Problems,
    ) {
        let name = self.file.display().to_string();
        let bytes = match read(&self.file) {
            Ok(bytes) => bytes,
            Err(error) => {
                problems.push(
                    Problem::new(at.join("file"), format!("`{name}` can't be read: {error}"))
                        .help("a file to replay is looked for beside the scenario's file"),
                );
                return;
            }
        };
        let found = Recorded::read(&bytes)
            .map_err(|mistake| {
                Problem::new(at.join("file"), mistake.words(&name)).help(mistake.help)
            })
            .and_then(|recorded| moments(&recorded, &self.time, &name, at));
        match found {
            Ok(moments) => self.moments = Some(Arc::new(moments)),
            Err(problem) => problems.push(problem),
        }
    }
}

/// The moments of the file in ascending order.
fn moments(
    recorded: &Recorded,
    field: &str,
    name: &str,
    at: &Location,
) -> Result<Vec<Moment>, Problem> {
    let mut counts: BTreeMap<i128, u64> = BTreeMap::new();
    for (number, record) in (1..).zip(recorded.records()) {
        let wrong = |message: String| {
            Problem::new(
                at.join("time"),
                format!("{name}, record {number}: {message}"),
            )
        };
        let record: Value = serde_json::from_slice(record).unwrap_or_default();
        let value = recorded::value_at(&record, field);
        let text = match value {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => {
                return Err(wrong(format!("it has no time in `{field}`"))
                    .help("name the field that has the time in every record"));
            }
        };
        let moment = nanos(&text).ok_or_else(|| {
            wrong(format!("`{text}` is no time"))
                .help("write 2026-03-01T09:30:00Z, or the Unix time as a number")
        })?;
        *counts.entry(moment).or_default() += 1;
    }
    let first = *counts.keys().next().unwrap_or(&0);
    let mut grid = 1_000_000;
    while counts.len() > MOMENTS_MAX {
        let mut coarser: BTreeMap<i128, u64> = BTreeMap::new();
        for (moment, records) in &counts {
            *coarser
                .entry(first + (moment - first) / grid * grid)
                .or_default() += records;
        }
        counts = coarser;
        grid *= 10;
    }
    let moments: Vec<_> = counts
        .into_iter()
        .map(|(moment, records)| Moment {
            at: u64::try_from(moment - first).unwrap_or(u64::MAX),
            records,
        })
        .collect();
    if moments.len() < 2 {
        let message = format!("{name}: all records have the same time");
        return Err(Problem::new(at.join("time"), message)
            .help("name another field, or send the records with `hold` or `unpaced`"));
    }
    Ok(moments)
}

impl Shape for Replay {
    fn problems(&self, _: bool, at: &Location, problems: &mut Problems) {
        if self.speed.is_some_and(|speed| decimal(speed).is_none()) {
            let message = "expected a number above 0 and up to 1000000";
            problems
                .push(Problem::new(at.join("speed"), message).help("2 is twice as fast, 0.5 half"));
        }
        if self.time.is_empty() {
            problems.push(
                Problem::new(at.join("time"), "the name of the field is empty")
                    .help("name the field that has the time in every record"),
            );
        }
    }

    fn lay(&self, plan: &mut Plan<'_>, at: &Location) -> Result<(), Problem> {
        let Some(moments) = &self.moments else {
            let message = "the file of the replay was not read";
            return Err(Problem::new(at.join("file"), message));
        };
        let (per, of) = decimal(self.speed.unwrap_or(1.0)).unwrap_or((1, 1));
        let scaled = |nanos: u128| u64::try_from(nanos * of / per).unwrap_or(u64::MAX);
        let total: u128 = moments.iter().map(|it| u128::from(it.records)).sum();
        let span = u128::from(moments.last().map_or(0, |it| it.at));
        let last = moments.last().map_or(0, |it| u128::from(it.records));
        // The last moment lasts as long as its records take on average.
        let end = span + span * last / (total - last).max(1);
        let next = moments.iter().skip(1).map(|it| u128::from(it.at));
        for (moment, next) in moments.iter().zip(next.chain([end])) {
            let length = (scaled(next) - scaled(moment.at.into())).max(1);
            let rate = BigRational::new(moment.records.into(), BigInt::from(length));
            plan.line(&rate, &rate, length)
                .map_err(|unfit| unfit.problem(at))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
