//! What a run needs besides its streams: the result directory, the platform, what was there to send.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engine::{After, Control, RunOptions, Zero};
use flow::{Applied, Spec, VerifyOptions};
use jiff::Timestamp;
use pacing::Load;
use producers::DestinationOptions;
use records::Template;
use report::{Directory, Environment, ExitCode};
use scenario::{Overrides, Resolved, ResolvedStream};
use tokio::runtime::Runtime;

use super::finish::Asked;
use super::room;
use crate::cli::RunArgs;
use crate::failure::Failure;
use crate::platform::{Side, state_path};
use crate::printer::{self, Printer};
use crate::{made, preflight, signals};

/// A run from its beginning to its report.
pub(super) struct Job<'r> {
    pub(super) asked: Asked,
    pub(super) seed: u64,
    /// What event times count from.
    pub(super) start: Timestamp,
    pub(super) overrides: Overrides,
    pub(super) destinations: BTreeMap<String, String>,
    pub(super) as_run: String,
    pub(super) run: RunOptions,
    pub(super) warm_up: Duration,
    pub(super) stop_when: Option<report::StopWhen>,
    pub(super) environment: Environment,
    pub(super) directory: Directory,
    pub(super) streams: Vec<Stream>,
    pub(super) side: Option<Side>,
    pub(super) runtime: &'r Runtime,
    pub(super) printer: Printer,
    pub(super) is_sandbox: bool,
    /// What all of the streams are sent to.
    pub(super) places: Vec<DestinationOptions>,
    /// The flows that something was made for before this run.
    pub(super) before: BTreeSet<String>,
    /// The command that removes the flows.
    pub(super) destroy: String,
    /// What was made for streams without a flow.
    made: Mutex<Vec<String>>,
    /// Until it is sent.
    resolved: Option<Resolved>,
}

/// What is still needed of a stream when its records have been sent.
pub(super) struct Stream {
    pub(super) name: String,
    pub(super) template: Arc<Template>,
    pub(super) load: Arc<Load>,
    /// Where its due times count from, once that is known.
    pub(super) zero: Zero,
    /// The stream after which it starts.
    pub(super) after: Option<After>,
    pub(super) flow: Option<Spec>,
    pub(super) verify: Option<VerifyOptions>,
    /// Once its flow is there.
    pub(super) applied: Option<Applied>,
}

impl<'r> Job<'r> {
    /// Opens the result directory and the state file, so that what can't be written shows now.
    pub(super) fn open(
        args: &RunArgs,
        overrides: &Overrides,
        resolved: Resolved,
        asked: Asked,
        runtime: &'r Runtime,
        printer: Printer,
    ) -> Result<Job<'r>, Failure> {
        let words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
        let environment = Environment::read(words, producers::versions());
        let limit = room::limit(environment.cgroup_memory.as_deref());
        let needs = doctor::Needs::of(&resolved.streams, &resolved.run);
        if let Some((message, help)) = room::warning(limit, needs.memory) {
            printer::warning(&message, Some(&help));
        }
        let directory = Directory::create(
            args.out.as_deref(),
            &resolved.name,
            Timestamp::now(),
            &resolved.as_run,
            &environment,
        )?;
        for file in &resolved.data_files {
            if let Err(unwritten) = directory.put(&file.name, |out| out.write_all(&file.bytes)) {
                directory.discard();
                return Err(unwritten.into());
            }
        }
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
                match Side::open(platform, &state, printer) {
                    Ok(side) => Some(side),
                    Err(failure) => {
                        directory.discard();
                        return Err(failure);
                    }
                }
            }
            None => None,
        };
        let before = side.as_ref().map(|side| earlier(side, &resolved));
        let before = before.unwrap_or_default();
        for flow in &before {
            let becomes = if args.remove_flow {
                "when the run is over it is removed"
            } else {
                "it stays, unless with `--remove-flow`"
            };
            printer.note(&format!(
                "flow {flow}: an earlier command made it; {becomes}"
            ));
        }
        let describe =
            |stream: &ResolvedStream| (stream.name.clone(), stream.destination.describe());
        Ok(Job {
            asked,
            seed: resolved.seed,
            start: resolved.start,
            overrides: *overrides,
            destinations: resolved.streams.iter().map(describe).collect(),
            as_run: resolved.as_run.clone(),
            run: resolved.run.clone(),
            warm_up: resolved.warm_up,
            stop_when: resolved.stop_when.clone(),
            environment,
            directory,
            streams: resolved.streams.iter().map(Stream::of).collect(),
            side,
            runtime,
            printer,
            is_sandbox: args.sandbox,
            places: resolved
                .streams
                .iter()
                .map(|it| it.options.clone())
                .collect(),
            before,
            destroy: destroy_command(args),
            made: Mutex::default(),
            resolved: Some(resolved),
        })
    }

    /// Makes the flows and asks the destinations. What comes back is ready to be sent.
    pub(super) fn prepare(&mut self, control: &Control) -> Result<Vec<ResolvedStream>, Failure> {
        let Some(mut resolved) = self.resolved.take() else {
            return Ok(Vec::new());
        };
        for stream in &resolved.streams {
            self.make(stream, control)?;
        }
        if let Some(side) = &self.side {
            for (stream, sending) in self.streams.iter_mut().zip(&mut resolved.streams) {
                if let Some(spec) = &stream.flow {
                    self.printer.note(&format!("flow {}", spec.name));
                    stream.applied = Some(side.create(self.runtime, sending, spec, control)?);
                    let place = sending.destination.describe();
                    self.destinations.insert(stream.name.clone(), place);
                }
            }
        }
        let check = preflight::destinations(&resolved.streams, self.printer);
        self.runtime
            .block_on(signals::unless_interrupted(control, check, interrupted))?;
        if let Some(side) = &self.side {
            for (stream, sending) in self.streams.iter_mut().zip(&resolved.streams) {
                if let (Some(spec), Some(applied)) = (&stream.flow, &mut stream.applied) {
                    side.wait(self.runtime, sending, spec, applied, control)?;
                    side.state.loaded(&spec.name)?;
                }
            }
            for applied in self.streams.iter_mut().flat_map(|it| &mut it.applied) {
                let before = async {
                    let before = flow::verify::landed_before(&side.client, applied).await;
                    Ok::<_, Failure>(before)
                };
                let before = signals::unless_interrupted(control, before, interrupted);
                applied.landed_before = self.runtime.block_on(before)?;
            }
        }
        Ok(std::mem::take(&mut resolved.streams))
    }

    /// Makes what the stream is sent to, if it is to be made.
    fn make(&self, stream: &ResolvedStream, control: &Control) -> Result<(), Failure> {
        let (options, printer) = (&stream.options, self.printer);
        let (names, runtime) = (&self.made, self.runtime);
        if let (Some(spec), Some(side)) = (&stream.flow, &self.side) {
            let made = made::make_for(&spec.name, options, &side.state, printer);
            return runtime.block_on(signals::unless_interrupted(control, made, interrupted));
        }
        let mut noted = |creation: producers::Creation<'_>| {
            made::note(&mut lock(names), creation);
            Ok(())
        };
        let made = made::make(options, printer, &mut noted);
        runtime.block_on(signals::unless_interrupted(control, made, interrupted))
    }

    /// Removes the result directory of a run that sent nothing.
    pub(super) fn discard(self) {
        if let Some(side) = self.side.filter(|_| self.is_sandbox) {
            // What it knows of has ended with the sandbox.
            drop(std::fs::remove_file(side.state.path()));
        }
        self.directory.discard();
    }

    /// What was made for streams without a flow, and is still there.
    pub(super) fn made(&self) -> MutexGuard<'_, Vec<String>> {
        lock(&self.made)
    }
}

fn lock(names: &Mutex<Vec<String>>) -> MutexGuard<'_, Vec<String>> {
    names.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What removes the flows of a scenario, to be copied into a shell.
fn destroy_command(args: &RunArgs) -> String {
    let word = |path: &Path| match path.display().to_string() {
        plain if !plain.contains(|c: char| c.is_whitespace() || "'\"$`\\*?&;|<>()".contains(c)) => {
            plain
        }
        odd => format!("'{}'", odd.replace('\'', "'\\''")),
    };
    let command = format!("hydrant flow destroy {}", word(&args.scenario));
    match &args.state {
        Some(state) => format!("{command} --state {}", word(state)),
        None => command,
    }
}

pub(super) fn interrupted() -> Failure {
    Failure::new("interrupted before the run began").exit(ExitCode::Interrupted)
}

/// The flows that something was made for already, on purpose or by a run that could not clean up.
fn earlier(side: &Side, resolved: &Resolved) -> BTreeSet<String> {
    let specs = resolved
        .streams
        .iter()
        .filter_map(|stream| stream.flow.as_ref());
    let names = specs.map(|spec| spec.name.clone());
    names
        .filter(|name| side.state.flow(name).is_made())
        .collect()
}

impl Stream {
    fn of(stream: &ResolvedStream) -> Stream {
        Stream {
            name: stream.name.clone(),
            template: Arc::clone(&stream.template),
            load: Arc::clone(&stream.load),
            zero: Zero::of(&stream.load),
            after: stream.after.clone(),
            flow: stream.flow.clone(),
            verify: stream.verify.clone(),
            applied: None,
        }
    }
}
