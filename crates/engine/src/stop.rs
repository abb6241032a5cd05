//! Ending a run early by what is measured while it lasts.

use std::fmt;

use measure::{Interval, Stopped};

/// Decides after every interval whether a run has to end. It is asked on the thread that collects
/// intervals, so that lanes never wait for it.
pub trait StopWhen: fmt::Debug + Send {
    /// An interval of a stream is complete, which lies within its load, behind the warm-up, as a whole: of a stream that has ended
    /// nothing is to be expected, however long the others last. Returns what ends the run, if anything does: the run then ends
    /// as by a first [`interrupt`](crate::Control::interrupt), and is not asked again.
    fn interval(&mut self, stream: &str, interval: &Interval) -> Option<Stopped>;
}

/// Lets a run go on to its end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Never;

impl StopWhen for Never {
    fn interval(&mut self, _: &str, _: &Interval) -> Option<Stopped> {
        None
    }
}
