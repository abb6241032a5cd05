//! `hydrant run`: the whole job.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::Path;

use engine::{Control, Plan};
use jiff::Timestamp;
use measure::{Landing, Measured};
use pacing::Share;
use report::{
    Directory, Environment, ExitCode, Exporter, Junit, Markdown, Run, Summary, SummaryInput,
    Terminal,
};
use scenario::{Resolved, Target};

use crate::cli::RunArgs;
use crate::failure::Failure;
use crate::live::Live;
use crate::printer::{self, Printer};
use crate::{env, preflight, signals};

pub(crate) fn run(args: &RunArgs, printer: Printer) -> Result<ExitCode, Failure> {
    let target = if args.sandbox {
        Target::Sandbox
    } else {
        Target::Real
    };
    let loaded = scenario::load(&args.scenario, &env::lookup, target)?;
    if !loaded.warnings().is_empty() {
        printer::diagnostics(loaded.warnings());
    }
    let resolved = loaded.resolve(&args.overrides.overrides(), None)?;

    if resolved.platform.is_some() {
        return Err(Failure::new("flows can't be provisioned yet").help("leave `flow:` out"));
    }

    let runtime = super::runtime()?;
    let control = Control::new();
    signals::listen(&runtime, &control, printer)
        .map_err(|error| Failure::new(format!("cannot listen for signals: {error}")))?;

    let environment = Environment::read(std::env::args(), BTreeMap::new());
    let directory = Directory::create(
        args.out.as_deref(),
        &resolved.name,
        Timestamp::now(),
        &resolved.as_run,
        &environment,
    )?;
    runtime.block_on(preflight::all(&resolved, printer))?;

    let job = Job::of(&resolved);
    let measured = publish(resolved, &control, printer)?;
    let landings = BTreeMap::new();
    let finished = Finished {
        job: &job,
        measured: &measured,
        landings: &landings,
        environment: &environment,
    };
    finished.report(args, &directory, printer)
}

/// What is still needed of the scenario when its streams have been sent.
struct Job {
    name: String,
    seed: u64,
    destinations: BTreeMap<String, String>,
    thresholds: Vec<report::Threshold>,
    as_run: String,
}

impl Job {
    fn of(resolved: &Resolved) -> Job {
        let describe = |stream: &scenario::ResolvedStream| {
            (stream.name.clone(), stream.destination.describe())
        };
        Job {
            name: resolved.name.clone(),
            seed: resolved.seed,
            destinations: resolved.streams.iter().map(describe).collect(),
            thresholds: resolved.thresholds.clone(),
            as_run: resolved.as_run.clone(),
        }
    }
}

/// Sends every stream's records and measures.
fn publish(resolved: Resolved, control: &Control, printer: Printer) -> Result<Measured, Failure> {
    let whole = Share { index: 0, count: 1 };
    let streams = resolved
        .streams
        .into_iter()
        .map(|stream| stream.into_plan(whole, &resolved.run));
    let mut live = Live::new(printer);
    let measured = engine::run(Plan::new(streams.collect()), control, &mut live);
    live.finish();
    Ok(measured?)
}

/// A run that is over and has to be told.
struct Finished<'a> {
    job: &'a Job,
    measured: &'a Measured,
    landings: &'a BTreeMap<String, Landing>,
    environment: &'a Environment,
}

impl Finished<'_> {
    /// Writes all results, prints the report and says what to exit with.
    fn report(
        &self,
        args: &RunArgs,
        directory: &Directory,
        printer: Printer,
    ) -> Result<ExitCode, Failure> {
        let summary = Summary::build(&SummaryInput {
            name: &self.job.name,
            seed: self.job.seed,
            destinations: &self.job.destinations,
            measured: self.measured,
            landings: self.landings,
            thresholds: &self.job.thresholds,
            remarks: &[],
        });
        let run = Run {
            summary: &summary,
            measured: self.measured,
            landings: self.landings,
            scenario: &self.job.as_run,
            environment: self.environment,
        };
        let unwritten = directory.write(&run);
        if args.json {
            let json = serde_json::to_string_pretty(&summary);
            printer::result(
                &json
                    .map_err(|error| Failure::new(format!("cannot write the summary: {error}")))?,
            );
        } else if !printer.is_quiet() {
            let terminal = Terminal {
                width: printer::width(),
                results: Some(directory.path().to_owned()),
            };
            printer::result(&terminal.render(&run));
        }
        let extra = [
            args.junit
                .as_deref()
                .map(|path| export(&Junit, &run, path, false)),
            args.markdown
                .as_deref()
                .map(|path| export(&Markdown, &run, path, true)),
        ];
        let failures = unwritten.into_iter().map(Failure::from);
        let failures = failures.chain(extra.into_iter().flatten().filter_map(Result::err));
        let mut code = summary.verdict.status.exit_code();
        for failure in failures {
            printer::failure(&failure);
            // What the run came to stays the first thing to know.
            if code == ExitCode::Fine {
                code = failure.code();
            }
        }
        Ok(code)
    }
}

/// Writes one format to a place of the user's choice.
fn export(
    exporter: &dyn Exporter,
    run: &Run<'_>,
    path: &Path,
    append: bool,
) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.create(true);
    if append {
        options.append(true)
    } else {
        options.write(true).truncate(true)
    };
    options
        .open(path)
        .and_then(|mut file| exporter.write(run, &mut file))
        .map_err(|error| Failure::new(format!("cannot write `{}`: {error}", path.display())))
}
