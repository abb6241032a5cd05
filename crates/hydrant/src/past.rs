//! A run that is over, from its result directory.

use std::path::Path;

use flow::verify::Ledger;
use flow::verify::ledger::{StreamLedger, fingerprint};
use jiff::Timestamp;
use pacing::Schedule as _;
use report::ExitCode;
use scenario::{Lookup, Overrides, Resolved, ResolvedStream, Target};

use crate::failure::Failure;
use crate::printer;

/// A run as it was.
pub(crate) struct Past {
    pub(crate) ledger: Ledger,
    pub(crate) resolved: Resolved,
    pub(crate) started_at: Timestamp,
    pub(crate) ended_at: Timestamp,
}

impl Past {
    /// Reads what the run left in `directory`. Secrets are read afresh, by the references in its
    /// scenario.
    pub(crate) fn open(directory: &Path, env: Lookup<'_>) -> Result<Past, Failure> {
        let ledger = Ledger::read(directory)?;
        let loaded = scenario::load(&directory.join("scenario.yaml"), env, Target::Real)?;
        let resolved = loaded.resolve(
            &Overrides {
                seed: Some(ledger.seed),
                rate: ledger.overridden.rate,
                for_: ledger.overridden.for_,
                count: ledger.overridden.count,
                start: Some(ledger.event_start),
            },
            None,
        )?;
        if !loaded.warnings().is_empty() {
            printer::diagnostics(loaded.warnings());
        }
        let (Some(started_at), Some(ended_at)) = (ledger.started_at, ledger.ended_at) else {
            return Err(Failure::new("the run did not get to its end"));
        };
        let past = Past {
            ledger,
            resolved,
            started_at,
            ended_at,
        };
        past.check(directory)?;
        Ok(past)
    }

    /// Whether the scenario makes the records that were sent.
    fn check(&self, directory: &Path) -> Result<(), Failure> {
        for (stream, sent) in self.streams() {
            let now = fingerprint(&stream.template, &|n| stream.load.due(n));
            if now != sent.fingerprint {
                return Err(Failure::new(format!(
                    "`{}` does not make the records that the run of stream `{}` sent",
                    directory.join("scenario.yaml").display(),
                    stream.name
                ))
                .help(format!(
                    "was it edited? Or does Hydrant {}, which ran it, make other records than this one?",
                    self.ledger.hydrant
                ))
                .exit(ExitCode::Usage));
            }
        }
        Ok(())
    }

    /// Every stream, with what is known of it.
    pub(crate) fn streams(&self) -> impl Iterator<Item = (&ResolvedStream, &StreamLedger)> {
        let streams = self.resolved.streams.iter();
        streams.filter_map(|stream| Some((stream, self.ledger.streams.get(&stream.name)?)))
    }
}
