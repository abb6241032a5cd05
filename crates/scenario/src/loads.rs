//! The loads of all streams, as far as they have to do with each other.

use options::Problem;
use pacing::{Load, Stop};

use crate::check::STEP_NANOS;
use crate::document::Stream;

/// What the loads of a scenario's streams are worked out from.
pub(crate) struct Loads<'a> {
    pub(crate) streams: &'a [Stream<'a>],
    /// What the command line says of them.
    pub(crate) stop: Stop,
    /// The mean length of a stream's records; `None` if that can't be had.
    pub(crate) mean: &'a dyn Fn(&Stream<'_>) -> Option<f64>,
}

impl Loads<'_> {
    /// The load of a stream: behind its past, if it has one, and behind the stream that it starts after. `None`
    /// if it has none, or if what is wrong is told elsewhere.
    pub(crate) fn of(&self, stream: &Stream<'_>) -> Result<Option<Load>, Problem> {
        self.behind(stream, 0)
    }

    fn behind(&self, stream: &Stream<'_>, deep: usize) -> Result<Option<Load>, Problem> {
        let Some(mean) = (self.mean)(stream).filter(|_| deep <= self.streams.len()) else {
            return Ok(None);
        };
        let load = stream.compiled(&self.stop, mean)?;
        let (Some(load), Some(after)) = (&load, stream.after) else {
            return Ok(load);
        };
        let other = self
            .streams
            .iter()
            .find(|other| other.name == after.stream());
        let theirs = other.and_then(|other| self.behind(other, deep + 1).ok().flatten());
        let ends = theirs.and_then(|theirs| theirs.happened_until(STEP_NANOS));
        Ok(ends.map(|ends| load.clone().starting_later(ends)))
    }
}
