//! `ledger.json`: what a later verification has to know of this run.

use flow::verify::Ledger;
use flow::verify::ledger::{self, FlowLedger, Lane, Overridden, StreamLedger};
use jiff::{SignedDuration, Timestamp};
use measure::Measured;
use pacing::Schedule as _;
use report::Unwritten;

use super::job::{Job, Stream};
use super::read_back::Readings;

impl Job<'_> {
    /// Notes what is known: before the run, or with what was `measured` after it.
    pub(super) fn note(
        &self,
        readings: &Readings,
        measured: Option<&Measured>,
    ) -> Result<(), Unwritten> {
        let ledger = self.ledger(readings, measured);
        self.directory.put(ledger::FILE, |out| {
            serde_json::to_writer(&mut *out, &ledger)?;
            out.write_all(b"\n")
        })
    }

    fn ledger(&self, readings: &Readings, measured: Option<&Measured>) -> Ledger {
        let stream = |(index, stream): (usize, &Stream)| {
            let sent = measured.and_then(|measured| measured.streams.get(index));
            let ledger = StreamLedger {
                fingerprint: ledger::fingerprint(&stream.template, &|n| stream.load.due(n)),
                read_from: readings.positions.get(&stream.name).cloned(),
                flow: match (&stream.flow, &stream.applied) {
                    (Some(spec), Some(applied)) => Some(FlowLedger::of(spec, applied)),
                    _ => None,
                },
                went_on_at: stream
                    .zero
                    .get()
                    .map(|zero| zero.0)
                    .filter(|zero| *zero > 0),
                lanes: sent
                    .map(|sent| sent.ledger.iter().map(Lane::from).collect())
                    .unwrap_or_default(),
            };
            (stream.name.clone(), ledger)
        };
        Ledger {
            version: ledger::VERSION,
            hydrant: env!("CARGO_PKG_VERSION").to_owned(),
            name: self.asked.name.clone(),
            seed: self.seed,
            event_start: self.start,
            overridden: Overridden {
                rate: self.overrides.rate,
                for_: self.overrides.for_,
                count: self.overrides.count,
            },
            sandbox: self.is_sandbox,
            started_at: measured.map(|measured| measured.started_at),
            ended_at: measured.map(ended_at),
            streams: self.streams.iter().enumerate().map(stream).collect(),
        }
    }
}

/// When the last answer had come.
pub(super) fn ended_at(measured: &Measured) -> Timestamp {
    let elapsed = SignedDuration::try_from(measured.elapsed).unwrap_or(SignedDuration::MAX);
    measured
        .started_at
        .checked_add(elapsed)
        .unwrap_or(Timestamp::MAX)
}
