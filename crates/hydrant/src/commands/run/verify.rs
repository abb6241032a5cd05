//! What became of the records, further on than the destination's acknowledgement.

use std::collections::{BTreeMap, BTreeSet};

use flow::verify::{Looking, Lookout};
use jiff::Timestamp;
use measure::{InProfile, Landing, LaneLedger, Measured, ReadBack};
use records::Template;

use super::job::{Job, Stream};
use super::ledger::ended_at;
use super::read_back::Readings;
use crate::failure::Failure;
use crate::platform::Side;
use crate::printer::Printer;
use crate::signals::{Phase, Signals};
use crate::teller::Teller;
use crate::timing;

/// What was found.
#[derive(Default)]
pub(super) struct Looked {
    pub(super) landings: BTreeMap<String, Landing>,
    pub(super) read_backs: BTreeMap<String, ReadBack>,
    pub(super) profiles: BTreeMap<String, InProfile>,
    pub(super) remarks: Vec<String>,
    pub(super) failures: Vec<Failure>,
    /// Streams of which not everything is known, or not everything is well: what is on the platform is
    /// the evidence.
    pub(super) open: BTreeSet<String>,
}

impl Looked {
    fn fail(&mut self, stream: &Stream, failure: Failure) {
        self.open.insert(stream.name.clone());
        self.failures.push(failure);
    }
}

impl Job<'_> {
    /// Looks for the records of every stream that asks for it.
    pub(super) fn verify(
        &self,
        measured: &Measured,
        readings: &mut Readings,
        signals: &Signals,
    ) -> Looked {
        let mut looked = Looked::default();
        signals.during(Phase::Looking);
        // An interrupted run is still looked after: what came before this ended the load only.
        let stop = signals.since_now();
        for (stream, sent) in self.streams.iter().zip(&measured.streams) {
            if stream.verify.is_none() {
                continue;
            }
            match self.read_back(stream, readings, &stop) {
                Some(Ok(read)) => {
                    looked.read_backs.insert(stream.name.clone(), read);
                }
                Some(Err(failure)) => looked.fail(stream, failure),
                None => {}
            }
            match self.in_profile(stream, &mut readings.watches, &stop) {
                Some(Ok(found)) => {
                    looked.profiles.insert(stream.name.clone(), found);
                }
                Some(Err(failure)) => looked.fail(stream, failure),
                None => {}
            }
            let landed = if let Some(landing) = readings.landings.remove(&stream.name) {
                Ok(Some(landing))
            } else {
                let when = (measured.started_at, ended_at(measured));
                self.landed(stream, &sent.ledger, when, self.printer, &|| {
                    stop.has_come()
                })
            };
            match landed {
                Ok(Some(landing)) => {
                    looked.landings.insert(stream.name.clone(), landing);
                }
                Ok(None) => {}
                Err(failure) => looked.fail(stream, failure),
            }
            let name = &stream.name;
            let (landing, read) = (looked.landings.get(name), looked.read_backs.get(name));
            let profile = looked.profiles.get(name);
            if report::is_wrong(name, landing, read, profile, &self.asked.thresholds) {
                looked.open.insert(name.clone());
            }
        }
        looked
    }

    /// What has landed of a stream that was sent in a run that started and ended then.
    pub(super) fn landed(
        &self,
        stream: &Stream,
        sent: &[LaneLedger],
        (started_at, ended_at): (Timestamp, Timestamp),
        printer: Printer,
        stopped: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<Option<Landing>, Failure> {
        let options = stream
            .verify
            .as_ref()
            .and_then(|verify| verify.landed.as_ref());
        let (Some(side), Some(spec), Some(applied), Some(options)) =
            (&self.side, &stream.flow, &stream.applied, options)
        else {
            return Ok(None);
        };
        let others = self.streams.iter().filter(|other| {
            let theirs = other.applied.as_ref().map(|it| &it.dataset);
            other.name != stream.name && theirs == Some(&applied.dataset)
        });
        let others: Vec<&Template> = others.map(|other| &*other.template).collect();
        let troubled = |text: &str| printer.note(&format!("{}: {text}", stream.name));
        let lookout = Lookout {
            spec,
            applied,
            template: &stream.template,
            others: &others,
            due: &|n| timing::measured_due(&stream.load, self.warm_up, n, stream.zero.get()),
            sent,
            started_at,
            ended_at,
            is_later: false,
            options,
            troubled: &troubled,
            stopped,
        };
        let Side { client, .. } = side;
        let mut teller = Teller::new(printer, &stream.name, "have landed");
        let mut told = |looking: Looking| teller.tell(looking.into());
        let looked = flow::verify::landed(client, &lookout, &mut told);
        Ok(Some(self.runtime.block_on(looked)?))
    }
}
