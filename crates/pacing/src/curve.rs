//! Rates over time from a file.

mod table;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use num_bigint::BigInt;
use num_rational::BigRational;
use options::{Location, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Phase;
use crate::phase::Shape;
use crate::plan::Plan;
pub(crate) use table::nanos;
use table::{Row, Table};

/// Rates over time from a CSV file, such as yesterday's traffic.
///
/// ```text
///     rate │     ●──●
///          │   ╱     ╲    ●               one straight line from row to row (or, with `step`,
///          │ ╱         ╲╱  ╲              each row's rate until the next one)
///          │●               ●
///          └┴──┴──┴──┴──┴───┴─ t          from the first row's time to the last row's
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Curve {
    /// The CSV file, relative to the scenario's. Columns are separated by commas, semicolons or tabs; a first
    /// row without numbers has their names.
    pub file: PathBuf,
    /// The column with the times: its name, or its number from 1 on. Times are RFC 3339
    /// (`2026-03-01T09:30:00Z`), durations (`1m 30s`), or numbers: seconds from any moment on, or the Unix
    /// time in seconds, milliseconds, microseconds or nanoseconds, whichever it is by its size. Default:
    /// `time`, or the first column if none is called so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The column with the rates: its name, or its number from 1 on. Rates are records a second, or written
    /// as `2k/s`. Default: `rate`, or the second column if none is called so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// What the times are multiplied by: `0.1` makes an hour six minutes. Default: `1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_time: Option<f64>,
    /// What the rates are multiplied by. Default: `1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_rate: Option<f64>,
    /// What the rate is between two rows.
    #[serde(default, skip_serializing_if = "Interpolate::is_linear")]
    pub interpolate: Interpolate,
    #[serde(skip)]
    #[schemars(skip)]
    table: Option<Arc<Table>>,
}

/// What the rate is between two rows of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interpolate {
    /// On a straight line from one to the next.
    #[default]
    Linear,
    /// The first one's, until the next. The last row only says when it ends.
    Step,
}

impl Interpolate {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    fn is_linear(&self) -> bool {
        *self == Interpolate::Linear
    }
}

/// Reads the files of all curves and replays in `phases`, whose list is at `at`. Without it, a load with one
/// does not compile. `read` has the content of a file, by the path that the scenario has.
pub fn read_files(
    phases: &mut [Phase],
    at: &Location,
    read: &mut dyn FnMut(&Path) -> io::Result<Vec<u8>>,
    problems: &mut Problems,
) {
    for (index, phase) in phases.iter_mut().enumerate() {
        let at = at.join(index);
        if let Some(repeat) = &mut phase.repeat {
            let at = at.join("repeat").join("load");
            read_files(&mut repeat.load, &at, read, problems);
        }
        if let Some(curve) = &mut phase.curve {
            curve.read(&at.join("curve"), read, problems);
        }
        if let Some(replay) = &mut phase.replay {
            replay.read(&at.join("replay"), read, problems);
        }
    }
}

/// The files that `phases` read, for those who keep or move them.
pub fn files_mut(phases: &mut [Phase]) -> Vec<&mut PathBuf> {
    let mut files = Vec::new();
    for phase in phases {
        if let Some(repeat) = &mut phase.repeat {
            files.extend(files_mut(&mut repeat.load));
        }
        if let Some(curve) = &mut phase.curve {
            files.push(&mut curve.file);
        }
        if let Some(replay) = &mut phase.replay {
            files.push(&mut replay.file);
        }
    }
    files
}

impl Curve {
    fn read(
        &mut self,
        at: &Location,
        read: &mut dyn FnMut(&Path) -> io::Result<Vec<u8>>,
        problems: &mut Problems,
    ) {
        let name = self.file.display();
        let bytes = match read(&self.file) {
            Ok(bytes) => bytes,
            Err(error) => {
                problems.push(
                    Problem::new(at.join("file"), format!("`{name}` can't be read: {error}"))
                        .help("a curve's file is looked for beside the scenario's file"),
                );
                return;
            }
        };
        let columns = (self.time.as_deref(), self.rate.as_deref());
        match Table::parse(&bytes, columns) {
            Ok(table) => self.table = Some(Arc::new(table)),
            Err(mistakes) => problems.extend(mistakes.into_iter().map(|mistake| {
                let line = mistake.line.map(|line| format!(":{line}"));
                let key = mistake.key.unwrap_or("file");
                let message = format!("{name}{}: {}", line.unwrap_or_default(), mistake.message);
                Problem::new(at.join(key), message).help(mistake.help)
            })),
        }
    }
}

impl Shape for Curve {
    fn problems(&self, _: bool, at: &Location, problems: &mut Problems) {
        for (key, factor) in [
            ("scale_time", self.scale_time),
            ("scale_rate", self.scale_rate),
        ] {
            if factor.is_some_and(|factor| decimal(factor).is_none()) {
                problems.push(
                    Problem::new(
                        at.join(key),
                        format!("expected a number above 0 and up to {SCALE_MAX}"),
                    )
                    .help("0.5 halves, 2 doubles"),
                );
            }
        }
    }

    fn lay(&self, plan: &mut Plan<'_>, at: &Location) -> Result<(), Problem> {
        let Some(table) = &self.table else {
            return Err(Problem::new(
                at.join("file"),
                "the file of the curve was not read",
            ));
        };
        let factor = |scale: Option<f64>| decimal(scale.unwrap_or(1.0)).unwrap_or((1, 1));
        let (times, rates) = (factor(self.scale_time), factor(self.scale_rate));
        let time = |row: &Row| u128::from(row.time) * times.0 / times.1;
        let rate = |row: &Row| {
            let per_nano = BigInt::from(1_000_000_000_000_000u64) * rates.1;
            BigRational::new(BigInt::from(row.micros) * rates.0, per_nano)
        };
        for pair in table.rows.windows(2) {
            let length = time(&pair[1]) - time(&pair[0]);
            let from = rate(&pair[0]);
            let to = match self.interpolate {
                Interpolate::Linear => rate(&pair[1]),
                Interpolate::Step => from.clone(),
            };
            let length = u64::try_from(length).unwrap_or(u64::MAX);
            plan.line(&from, &to, length)
                .map_err(|unfit| unfit.problem(at))?;
        }
        Ok(())
    }
}

const SCALE_MAX: f64 = 1e6;

/// A factor as a fraction, as it is written: 0.1 is 1/10. To six digits behind the point.
pub(crate) fn decimal(factor: f64) -> Option<(u128, u128)> {
    let millionths = (factor * 1e6).round();
    (factor <= SCALE_MAX && millionths >= 1.0).then_some((millionths as u128, 1_000_000))
}

#[cfg(test)]
mod tests;
