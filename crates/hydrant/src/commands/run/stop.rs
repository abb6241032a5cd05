//! The scenario's conditions, asked by the engine.

use std::time::Duration;

use engine::StopWhen;
use measure::{Interval, Stopped};
use report::Windows;

/// Conditions over windows of the run.
#[derive(Debug)]
pub(super) struct Conditions(Windows);

impl Conditions {
    /// Those of a scenario with a warm-up, for its streams.
    pub(super) fn boxed(
        conditions: Option<&report::StopWhen>,
        warm_up: Duration,
        streams: &[&str],
    ) -> Box<dyn StopWhen> {
        match conditions {
            Some(conditions) => Box::new(Conditions(Windows::new(conditions, warm_up, streams))),
            None => Box::new(engine::Never),
        }
    }
}

impl StopWhen for Conditions {
    fn interval(&mut self, stream: &str, interval: &Interval) -> Option<Stopped> {
        self.0.add(stream, interval)
    }
}
