//! What became of the records, further on than the destination's acknowledgement.

use std::collections::{BTreeMap, BTreeSet};

use engine::Control;
use flow::verify::Lookout;
use measure::{Landing, Measured, ReadBack, StreamMeasured};
use pacing::Schedule as _;
use records::Template;

use super::job::{Job, Stream};
use super::ledger::ended_at;
use super::read_back::Readings;
use crate::failure::Failure;
use crate::platform::Side;
use crate::signals;
use crate::teller::Teller;

/// What was found.
#[derive(Default)]
pub(super) struct Looked {
    pub(super) landings: BTreeMap<String, Landing>,
    pub(super) read_backs: BTreeMap<String, ReadBack>,
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
        control: &Control,
    ) -> Looked {
        let mut looked = Looked::default();
        for (stream, sent) in self.streams.iter().zip(&measured.streams) {
            if stream.verify.is_none() {
                continue;
            }
            match self.read_back(stream, readings, control) {
                Some(Ok(read)) => {
                    looked.read_backs.insert(stream.name.clone(), read);
                }
                Some(Err(failure)) => looked.fail(stream, failure),
                None => {}
            }
            // An interrupted run is still looked after: the first Ctrl-C ended the load only.
            match self.landed(stream, sent, measured, control) {
                Ok(Some(landing)) => {
                    looked.landings.insert(stream.name.clone(), landing);
                }
                Ok(None) => {}
                Err(failure) => looked.fail(stream, failure),
            }
            let name = &stream.name;
            let (landing, read) = (looked.landings.get(name), looked.read_backs.get(name));
            if report::is_wrong(name, landing, read, &self.thresholds) {
                looked.open.insert(name.clone());
            }
        }
        looked
    }

    fn landed(
        &self,
        stream: &Stream,
        sent: &StreamMeasured,
        measured: &Measured,
        control: &Control,
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
        let load = &stream.load;
        let others = self.streams.iter().filter(|other| {
            let theirs = other.applied.as_ref().map(|it| &it.dataset);
            other.name != stream.name && theirs == Some(&applied.dataset)
        });
        let others: Vec<&Template> = others.map(|other| &*other.template).collect();
        let troubled = |text: &str| self.printer.note(&format!("{}: {text}", stream.name));
        let lookout = Lookout {
            spec,
            applied,
            template: &stream.template,
            others: &others,
            due: &|n| load.due(n).filter(|_| load.is_paced()),
            sent: &sent.ledger,
            started_at: measured.started_at,
            ended_at: ended_at(measured),
            is_later: false,
            options,
            troubled: &troubled,
            // A second Ctrl-C ends it from outside, even while a call hangs.
            stopped: &|| false,
        };
        let Side { client, .. } = side;
        let mut teller = Teller::new(self.printer, &stream.name, "have landed");
        let mut told = |expected, found| teller.tell(expected, found);
        let looked = self.runtime.block_on(async {
            tokio::select! {
                landing = flow::verify::landed(client, &lookout, &mut told) => Some(landing),
                () = signals::abandoned(control) => None,
            }
        });
        match looked {
            Some(landing) => Ok(Some(landing?)),
            // What was not seen yet is not lost: nothing is said about it.
            None => Err(teller.interrupted()),
        }
    }
}
