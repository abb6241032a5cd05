use batch::Nanos;
use options::{Period, Problem, Rate};

use crate::{Phase, Schedule};

/// Where a load ends and how fast it is, as given on the command line instead of in the scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stop {
    /// `--for`.
    pub after: Option<Period>,
    /// `--count`.
    pub count: Option<u64>,
    /// `--rate`.
    pub rate: Option<Rate>,
}

/// A load ready to run.
#[derive(Clone, Debug)]
pub struct Load {}

impl Load {
    /// Works the phases out.
    pub fn compile(_: &[Phase], _: &Stop, _mean_record_bytes: f64) -> Result<Load, Problem> {
        Ok(Load {})
    }
}

impl Schedule for Load {
    fn due(&self, _: u64) -> Option<Nanos> {
        None
    }
    fn count_by(&self, _: Nanos) -> u64 {
        0
    }
    fn total(&self) -> Option<u64> {
        None
    }
    fn end(&self) -> Option<Nanos> {
        None
    }
    fn rate_at(&self, _: Nanos) -> Option<f64> {
        None
    }
    fn is_paced(&self) -> bool {
        true
    }
}
