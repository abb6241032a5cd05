//! The end of a run: results written, report printed, exit code found.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::path::Path;

use measure::{InProfile, Landing, Measured, ReadBack};
use report::{
    ExitCode, Exporter, Junit, Markdown, Mishap, Run, Summary, SummaryInput, Terminal, Threshold,
    Unrun, Verification,
};
use scenario::{Resolved, ResolvedStream};

use super::job::Job;
use super::progress;
use crate::cli::RunArgs;
use crate::commands::source;
use crate::failure::Failure;
use crate::printer::{self, Printer};

/// A run that is over and has to be told.
pub(super) struct Finished<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) measured: &'a Measured,
    pub(super) landings: &'a BTreeMap<String, Landing>,
    pub(super) read_backs: &'a BTreeMap<String, ReadBack>,
    pub(super) profiles: &'a BTreeMap<String, InProfile>,
    pub(super) remarks: &'a [String],
    pub(super) mishaps: &'a [Mishap],
}

impl Finished<'_> {
    /// Writes all results, prints the report and says what to exit with.
    pub(super) fn report(&self, args: &RunArgs, printer: Printer) -> ExitCode {
        let job = self.job;
        let summary = Summary::build(&SummaryInput {
            name: &job.asked.name,
            seed: job.seed,
            sandbox: job.is_sandbox,
            measure: job.run.measure,
            in_flight: job.run.in_flight,
            in_flight_bytes: job.run.in_flight_bytes,
            destinations: &job.destinations,
            measured: self.measured,
            landings: self.landings,
            read_backs: self.read_backs,
            profiles: self.profiles,
            thresholds: &job.asked.thresholds,
            remarks: self.remarks,
            mishaps: self.mishaps,
        });
        let run = Run {
            summary: &summary,
            measured: self.measured,
            landings: self.landings,
            read_backs: self.read_backs,
            profiles: self.profiles,
            verifications: &job.asked.streams,
            scenario: &job.as_run,
            environment: &job.environment,
        };
        let unwritten = job.directory.write(&run);
        if unwritten.is_empty() {
            progress::remove(job.directory.path());
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
        let mut failures: Vec<_> = failures
            .chain(extra.into_iter().flatten().filter_map(Result::err))
            .collect();
        if args.json {
            let json = serde_json::to_string_pretty(&summary)
                .map_err(|error| Failure::new(format!("cannot print the summary: {error}")));
            failures.extend(json.and_then(|json| printer::outcome(&json)).err());
        } else if !printer.is_quiet() {
            let terminal = Terminal {
                width: printer::width(),
                results: Some(job.directory.path().to_owned()),
            };
            failures.extend(printer::outcome(&terminal.render(&run)).err());
        }
        let code = summary.verdict.status.exit_code();
        failures.iter().fold(code, |code, failure| {
            printer::failure(failure);
            code.graver(failure.code())
        })
    }
}

/// Finds out at once whether the files that are written at the end can be, without changing them.
pub(super) fn writable(args: &RunArgs) -> Result<(), Failure> {
    for path in [&args.junit, &args.markdown].into_iter().flatten() {
        let opened = OpenOptions::new().create(true).append(true).open(path);
        opened.map_err(|error| unwritable(path, &error))?;
    }
    Ok(())
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot write `{}`: {error}", path.display()))
}

/// What is known of a run before it takes place, as far as a build server is told of it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The scenario's name.
    pub(super) name: String,
    pub(super) sandbox: bool,
    pub(super) thresholds: Vec<Threshold>,
    /// In the scenario's order, with what is to be verified of each.
    pub(super) streams: Vec<(String, Verification)>,
}

impl Asked {
    /// Before the scenario has been read: it goes by its file.
    pub(super) fn nothing(args: &RunArgs) -> Asked {
        Asked {
            name: source::name(&args.scenario),
            sandbox: args.sandbox,
            thresholds: Vec::new(),
            streams: Vec::new(),
        }
    }

    pub(super) fn of(resolved: &Resolved, sandbox: bool) -> Asked {
        let verification = |stream: &ResolvedStream| {
            let verify = stream.verify.as_ref();
            Verification {
                landed: verify.is_some_and(|it| it.landed.is_some()),
                read_back: verify.is_some_and(|it| it.read_back.is_some()),
                profile: verify.is_some_and(|it| it.profile.is_some()),
                defects: stream.template.has_defects(),
                operations: stream.template.changed_entity().is_some(),
            }
        };
        let streams = resolved.streams.iter();
        Asked {
            name: resolved.name.clone(),
            sandbox,
            thresholds: resolved.thresholds.clone(),
            streams: streams
                .map(|stream| (stream.name.clone(), verification(stream)))
                .collect(),
        }
    }
}

/// Tells a build server why there are no results.
pub(super) fn unrun(args: &RunArgs, asked: &Asked, failure: &Failure) {
    let (message, help) = failure.words();
    let details = failure.details();
    let unrun = Unrun {
        name: &asked.name,
        sandbox: asked.sandbox,
        message: &message,
        details: &details,
        help,
        thresholds: &asked.thresholds,
        streams: &asked.streams,
    };
    let written = [
        args.junit
            .as_deref()
            .map(|path| write(path, false, |file| unrun.junit(file))),
        args.markdown
            .as_deref()
            .map(|path| write(path, true, |file| unrun.markdown(file))),
    ];
    for failure in written.into_iter().flatten().filter_map(Result::err) {
        printer::failure(&failure);
    }
}

/// Writes one format to a place of the user's choice.
fn export(
    exporter: &dyn Exporter,
    run: &Run<'_>,
    path: &Path,
    append: bool,
) -> Result<(), Failure> {
    write(path, append, |file| exporter.write(run, file))
}

fn write(
    path: &Path,
    append: bool,
    content: impl FnOnce(&mut File) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.create(true);
    if append {
        options.append(true);
    } else {
        options.write(true).truncate(true);
    }
    options
        .open(path)
        .and_then(|mut file| content(&mut file))
        .map_err(|error| unwritable(path, &error))
}
