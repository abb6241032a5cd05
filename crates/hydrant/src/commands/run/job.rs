//! What a run needs besides its streams: the result directory, the platform, what was there to send.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::{Control, RunOptions};
use flow::{Applied, Spec, VerifyOptions};
use jiff::Timestamp;
use pacing::Load;
use records::Template;
use report::{Directory, Environment, Threshold};
use scenario::{Overrides, Resolved, ResolvedStream};
use tokio::runtime::Runtime;

use crate::cli::RunArgs;
use crate::failure::Failure;
use crate::made::{self, Made};
use crate::platform::{Side, state_path};
use crate::printer::Printer;

/// A run from its beginning to its report.
pub(super) struct Job<'r> {
    pub(super) name: String,
    pub(super) seed: u64,
    /// What event times count from.
    pub(super) start: Timestamp,
    pub(super) overrides: Overrides,
    pub(super) destinations: BTreeMap<String, String>,
    pub(super) thresholds: Vec<Threshold>,
    pub(super) as_run: String,
    pub(super) run: RunOptions,
    pub(super) environment: Environment,
    pub(super) directory: Directory,
    pub(super) streams: Vec<Stream>,
    pub(super) side: Option<Side>,
    pub(super) runtime: &'r Runtime,
    pub(super) printer: Printer,
    pub(super) is_sandbox: bool,
    /// With the flow that it was made for, if there is one.
    made: Vec<(Option<String>, Made)>,
    /// Until it is sent.
    resolved: Option<Resolved>,
}

/// What is still needed of a stream when its records have been sent.
pub(super) struct Stream {
    pub(super) name: String,
    pub(super) template: Arc<Template>,
    pub(super) load: Arc<Load>,
    pub(super) flow: Option<Spec>,
    pub(super) verify: Option<VerifyOptions>,
    /// Once its flow is there.
    pub(super) applied: Option<Applied>,
}

impl<'r> Job<'r> {
    /// Opens the result directory and the state file, so that what can't be written shows now.
    pub(super) fn open(
        args: &RunArgs,
        resolved: Resolved,
        runtime: &'r Runtime,
        printer: Printer,
    ) -> Result<Job<'r>, Failure> {
        let environment = Environment::read(std::env::args(), BTreeMap::new());
        let directory = Directory::create(
            args.out.as_deref(),
            &resolved.name,
            Timestamp::now(),
            &resolved.as_run,
            &environment,
        )?;
        let side = match &resolved.platform {
            Some(platform) => {
                // What is on a sandbox does not outlive it, and is nobody else's business.
                let beside = || {
                    if args.sandbox {
                        directory.path().join("flow-state.json")
                    } else {
                        state_path(&args.scenario)
                    }
                };
                let state = args.state.clone().unwrap_or_else(beside);
                Some(Side::open(platform, &state, printer)?)
            }
            None => None,
        };
        let describe =
            |stream: &ResolvedStream| (stream.name.clone(), stream.destination.describe());
        Ok(Job {
            name: resolved.name.clone(),
            seed: resolved.seed,
            start: resolved.start,
            overrides: args.overrides.overrides(),
            destinations: resolved.streams.iter().map(describe).collect(),
            thresholds: resolved.thresholds.clone(),
            as_run: resolved.as_run.clone(),
            run: resolved.run.clone(),
            environment,
            directory,
            streams: resolved.streams.iter().map(Stream::of).collect(),
            side,
            runtime,
            printer,
            is_sandbox: args.sandbox,
            made: Vec::new(),
            resolved: Some(resolved),
        })
    }

    /// Makes the flows and asks the destinations. What comes back is ready to be sent.
    pub(super) fn prepare(&mut self, control: &Control) -> Result<Vec<ResolvedStream>, Failure> {
        let Some(mut resolved) = self.resolved.take() else {
            return Ok(Vec::new());
        };
        for stream in &resolved.streams {
            let (options, flow) = (&stream.options, stream.flow.as_ref());
            let made = match (flow, &self.side) {
                (Some(spec), Some(side)) => {
                    let made = made::make_for(&spec.name, options, &side.state, self.printer);
                    self.runtime.block_on(made)?
                }
                _ => self.runtime.block_on(made::make(options, self.printer))?,
            };
            let flow = flow.map(|spec| spec.name.clone());
            self.made.extend(made.map(|made| (flow, made)));
        }
        if let Some(side) = &self.side {
            for (stream, sending) in self.streams.iter_mut().zip(&mut resolved.streams) {
                if let Some(spec) = &mut stream.flow {
                    // A flow of the sandbox starts at once.
                    if self.is_sandbox {
                        spec.ready.start_up = Some(options::Period::from_secs(0));
                    }
                    self.printer.note(&format!("flow {}", spec.name));
                    stream.applied = Some(side.create(self.runtime, sending, spec, control)?);
                    let place = sending.destination.describe();
                    self.destinations.insert(stream.name.clone(), place);
                }
            }
        }
        self.runtime
            .block_on(super::check(&resolved, self.printer))?;
        if let Some(side) = &self.side {
            for (stream, sending) in self.streams.iter_mut().zip(&resolved.streams) {
                if let (Some(spec), Some(applied)) = (&stream.flow, &mut stream.applied) {
                    side.wait(self.runtime, sending, spec, applied, control)?;
                    side.state.loaded(&spec.name)?;
                }
            }
            for applied in self.streams.iter_mut().flat_map(|it| &mut it.applied) {
                let before = flow::verify::landed_before(&side.client, applied);
                applied.landed_before = self.runtime.block_on(before);
            }
        }
        Ok(std::mem::take(&mut resolved.streams))
    }

    /// Removes the flows and the streams that were made for them, unless they are to be kept.
    pub(super) fn clean_up(&self, keep: bool) -> Result<(), Failure> {
        let mut last = Ok(());
        if keep {
            if let Some(side) = &self.side {
                let state = side.state.path().display();
                self.printer.note(&format!(
                    "the flow stays; what it consists of is noted in `{state}`"
                ));
            }
            return last;
        }
        if let Some(side) = &self.side {
            for spec in self
                .streams
                .iter()
                .filter_map(|stream| stream.flow.as_ref())
            {
                self.printer.note(&format!("flow {}", spec.name));
                last = last.and(self.runtime.block_on(side.destroy(spec)));
            }
        }
        // What the flow read goes after the flow.
        for (flow, made) in &self.made {
            let removed = match (flow, &self.side) {
                (Some(flow), Some(side)) => {
                    let gone = made.remove_for(flow, &side.state, self.printer);
                    self.runtime.block_on(gone)
                }
                _ => self
                    .runtime
                    .block_on(made.remove(self.printer))
                    .map_err(Failure::from),
            };
            last = last.and(removed);
        }
        last
    }
}

impl Stream {
    fn of(stream: &ResolvedStream) -> Stream {
        Stream {
            name: stream.name.clone(),
            template: Arc::clone(&stream.template),
            load: Arc::clone(&stream.load),
            flow: stream.flow.clone(),
            verify: stream.verify.clone(),
            applied: None,
        }
    }
}
