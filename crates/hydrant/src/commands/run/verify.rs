//! What became of the records, further on than the destination's acknowledgement.

use std::collections::BTreeMap;
use std::time::Instant;

use engine::Control;
use flow::verify::Lookout;
use measure::{Landing, Measured, StreamMeasured};
use pacing::Schedule as _;
use report::format;

use super::job::{Job, Stream};
use crate::failure::Failure;
use crate::platform::{Side, TELL_EVERY};
use crate::printer::Printer;

/// What was found.
#[derive(Default)]
pub(super) struct Looked {
    pub(super) landings: BTreeMap<String, Landing>,
    pub(super) remarks: Vec<String>,
    pub(super) failure: Option<Failure>,
}

impl Job<'_> {
    /// Looks for the records of every stream that asks for it.
    pub(super) fn verify(&self, measured: &Measured, control: &Control) -> Looked {
        let mut looked = Looked::default();
        for (stream, sent) in self.streams.iter().zip(&measured.streams) {
            let Some(verify) = &stream.verify else {
                continue;
            };
            if verify.read_back.is_some() {
                looked.remarks.push(format!(
                    "`read_back` of stream {} is not carried out yet",
                    stream.name
                ));
            }
            if verify.landed.is_none() {
                continue;
            }
            // An interrupted run is still looked after: the first Ctrl-C ended the load only.
            match self.landed(stream, sent, measured, control) {
                Ok(Some(landing)) => {
                    looked.landings.insert(stream.name.clone(), landing);
                }
                Ok(None) => {}
                Err(failure) => looked.failure = Some(failure),
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
        let lookout = Lookout {
            spec,
            applied,
            template: &stream.template,
            due: &|n| load.due(n).filter(|_| load.is_paced()),
            stream: sent,
            started_at: measured.started_at,
            options,
            // A second Ctrl-C gives up waiting, too.
            stopped: &|| control.is_abandoned(),
        };
        let Side { client, .. } = side;
        let mut teller = Teller::new(self.printer, &stream.name);
        let mut told = |expected, found| teller.tell(expected, found);
        let landing = self
            .runtime
            .block_on(flow::verify::landed(client, &lookout, &mut told))?;
        Ok(Some(landing))
    }
}

/// Says now and then how many have landed.
struct Teller<'n> {
    printer: Printer,
    stream: &'n str,
    last: Option<Instant>,
}

impl Teller<'_> {
    fn new(printer: Printer, stream: &str) -> Teller<'_> {
        Teller {
            printer,
            stream,
            last: None,
        }
    }

    fn tell(&mut self, expected: u64, found: u64) {
        let is_due = self.last.is_none_or(|last| last.elapsed() >= TELL_EVERY);
        if is_due || found >= expected {
            self.last = Some(Instant::now());
            let (found, expected) = (format::count(found), format::count(expected));
            self.printer.note(&format!(
                "{}: {found} of {expected} records have landed",
                self.stream
            ));
        }
    }
}
