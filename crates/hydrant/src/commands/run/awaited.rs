//! Streams that are verified while the run lasts, because others wait for that.

use std::collections::BTreeMap;
use std::sync::mpsc::Receiver;

use engine::{Control, Ended, Until};
use jiff::Timestamp;
use measure::Landing;
use producers::Fatal;
use report::format;

use super::job::{Job, Stream};
use super::read_back::Readings;
use crate::printer::Printer;

impl Job<'_> {
    /// Whether a stream starts when this one has been verified.
    pub(super) fn is_awaited(&self, stream: &str) -> bool {
        self.followers_of(stream).next().is_some()
    }

    fn followers_of(&self, stream: &str) -> impl Iterator<Item = &Stream> {
        self.streams.iter().filter(move |other| {
            let after = other.after.as_ref();
            after.is_some_and(|it| it.stream == stream && it.until == Until::Released)
        })
    }

    /// Verifies each stream as soon as it has ended, and lets those start that wait for it. If something is missing, the run
    /// ends. Returns what has landed.
    pub(super) fn verify_awaited(
        &self,
        ended: Receiver<Ended>,
        readings: &Readings,
        control: &Control,
    ) -> BTreeMap<String, Landing> {
        let mut landings = BTreeMap::new();
        for ended in ended {
            let stream = self.streams.iter().find(|it| it.name == ended.stream);
            let (Some(stream), Some(started_at)) = (stream, readings.started_at.get()) else {
                continue;
            };
            match self.verify_one(stream, &ended, readings, *started_at, control) {
                Ok(landing) => {
                    let landing = landing.map(|landing| (stream.name.clone(), landing));
                    landings.extend(landing);
                    for follower in self.followers_of(&stream.name) {
                        follower.zero.release();
                    }
                }
                Err(Some(missing)) => {
                    let waiting: Vec<_> = self
                        .followers_of(&stream.name)
                        .map(|it| it.name.as_str())
                        .collect();
                    let message = format!(
                        "{} did not start: {} has not been verified, {missing}",
                        waiting.join(" and "),
                        stream.name
                    );
                    control.fail(Fatal::new(message));
                }
                // The user has had enough.
                Err(None) => {}
            }
        }
        landings
    }

    /// Fails with what is missing, or with nothing if the run is to end.
    fn verify_one(
        &self,
        stream: &Stream,
        ended: &Ended,
        readings: &Readings,
        started_at: Timestamp,
        control: &Control,
    ) -> Result<Option<Landing>, Option<String>> {
        let now = Timestamp::now();
        let elapsed = now
            .duration_since(started_at)
            .try_into()
            .unwrap_or_default();
        readings.expect_of(stream, &ended.ledger, elapsed);
        let stopped = || control.is_interrupted();
        // On a terminal the lines of the run move.
        let printer = if self.printer.is_live() {
            Printer::silent()
        } else {
            self.printer
        };
        for (waited, mut teller, what) in readings.looking(&stream.name, printer) {
            let waits = teller.wait_unless(waited, &stopped);
            if !self.runtime.block_on(waits) {
                return Err(None);
            }
            let seen = waited.progress();
            let missing = seen.expected.unwrap_or_default().saturating_sub(seen.found);
            if seen.expected.is_none() || missing > 0 {
                let missing = format::records(missing);
                return Err(Some(format!("{missing} could not be {what}")));
            }
        }
        let when = (started_at, now);
        let landing = self.landed(stream, &ended.ledger, when, printer, &stopped);
        let landing = landing.map_err(|failure| Some(failure.words().0))?;
        if stopped() {
            return Err(None);
        }
        match &landing {
            Some(found)
                if report::is_wrong(
                    &stream.name,
                    Some(found),
                    None,
                    None,
                    &self.asked.thresholds,
                ) =>
            {
                let missing = found.expected.saturating_sub(found.landed);
                Err(Some(format!(
                    "{} have not landed",
                    format::records(missing)
                )))
            }
            _ => Ok(landing),
        }
    }
}
