//! What of a load is measured, and what may end it: a warm-up and conditions next to how long it lasts.

use std::time::Duration;

use options::{Location, Period, Problem, Problems};
use pacing::{Load, Schedule as _};

use super::Checker;
use crate::document::{Document, Stream};

impl Checker<'_> {
    /// What can be said of both without a load.
    pub(super) fn cut_short(&mut self, streams: &[Stream<'_>]) {
        let (root, document) = (Location::root(), self.document);
        if document.warm_up.is_some_and(|it| it.0.is_zero()) {
            let problem = Problem::warning(root.join("warm_up"), "a warm-up of nothing is none");
            self.report(problem.help("leave it out"));
        }
        if let Some(stop_when) = &document.stop_when {
            let names: Vec<_> = streams.iter().map(|stream| stream.name).collect();
            let at = root.join("stop_when");
            self.collect(|problems| stop_when.problems(&names, &at, problems));
        }
    }
}

/// What does not fit how long the load of a stream lasts.
pub(crate) fn beside_load(document: &Document, stream: &str, load: &Load, problems: &mut Problems) {
    let root = Location::root();
    // What is measured begins behind a past.
    let lasts = load.live().end().map(|end| Duration::from_nanos(end.0));
    let warm_up = document.warm_up.unwrap_or_default().0;
    if let Some(lasts) = lasts.filter(|lasts| !warm_up.is_zero() && warm_up >= *lasts) {
        let message = format!(
            "the warm-up takes the whole load of `{stream}`, which lasts for {}: nothing is measured",
            Period(lasts)
        );
        let problem = Problem::new(root.join("warm_up"), message);
        problems.push(problem.help("shorten the warm-up, or make the load longer"));
        return;
    }
    if let Some(stop_when) = &document.stop_when {
        let at = root.join("stop_when");
        stop_when.unreachable((stream, &at), (lasts, load.is_paced()), warm_up, problems);
    }
}
