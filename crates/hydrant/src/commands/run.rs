//! `hydrant run`: the whole job.

mod awaited;
mod clean_up;
mod finish;
mod hot;
mod in_profile;
mod job;
mod ledger;
mod progress;
mod read_back;
mod room;
mod stop;
mod verify;

use std::panic::resume_unwind;
use std::sync::mpsc::channel;
use std::thread;

use engine::{Control, Plan, StreamPlan};
use measure::Measured;
use pacing::Share;
use report::ExitCode;
use scenario::{ResolvedStream, Target};

use super::source;
use crate::cli::RunArgs;
use crate::embedded;
use crate::failure::Failure;
use crate::live::Live;
use crate::printer::{self, Printer};
use crate::schemas;
use crate::signals::{self, Phase, Signals};

use clean_up::Wish;
use finish::{Asked, Finished};
use job::Job;
use progress::Noter;
use read_back::{Readings, Watcher};
use stop::Conditions;

pub(crate) fn run(args: &RunArgs, printer: Printer) -> Result<ExitCode, Failure> {
    finish::writable(args)?;
    let mut asked = Asked::nothing(args);
    whole(args, printer, &mut asked).inspect_err(|failure| finish::unrun(args, &asked, failure))
}

fn whole(args: &RunArgs, printer: Printer, asked: &mut Asked) -> Result<ExitCode, Failure> {
    let target = if args.sandbox {
        Target::Sandbox
    } else {
        Target::Real
    };
    let (mut loaded, overrides) =
        source::load(&args.scenario, &args.address, &args.overrides, target)?;
    loaded.name().clone_into(&mut asked.name);
    if !loaded.warnings().is_empty() {
        printer::diagnostics(loaded.warnings());
    }
    // Everything that can be wrong with the scenario is said before anything is started.
    if args.sandbox {
        loaded.resolve(&overrides, None)?;
    }
    let (sandbox, resolved) = if args.sandbox {
        let options = args.behaviour.options(None);
        let (sandbox, resolved) = embedded::start(&mut loaded, &overrides, options)?;
        (Some(sandbox), resolved)
    } else {
        let resolved = loaded.resolve(&overrides, None)?;
        (
            None,
            schemas::settle(&mut loaded, &overrides, resolved, None)?,
        )
    };
    *asked = Asked::of(&resolved, args.sandbox);
    super::tell_overrides(&overrides, &resolved.streams, printer);
    if let Some(sandbox) = &sandbox {
        embedded::furnish(sandbox, &resolved.streams)?;
    }

    let runtime = super::runtime()?;
    let control = Control::new();
    let signals = signals::listen(&runtime, &control, printer)
        .map_err(|error| Failure::new(format!("cannot listen for signals: {error}")))?;
    let mut job = Job::open(args, &overrides, resolved, asked.clone(), &runtime, printer)?;

    let measured = job.prepare(&control).and_then(|streams| {
        signals.during(Phase::Sending);
        publish(streams, &job, &control, &signals)
    });
    let (measured, mut readings) = match measured {
        Ok(measured) => measured,
        Err(failure) => {
            // What was made for a run that did not happen goes away again.
            let failure = job.unbegun(failure, args.keep_flow);
            printer::failure(&failure);
            finish::unrun(args, asked, &failure);
            for left in job.undo(wish(args), &signals) {
                printer::failure(&left);
            }
            job.discard();
            return Ok(failure.code());
        }
    };
    // Before anything else can fail: what was sent is known only here.
    let unnoted = job.note(&readings, Some(&measured)).err();
    let looked = job.verify(&measured, &mut readings, &signals);
    let cleaned = job.clean_up(wish(args), &looked.open, &signals);
    let mut remarks = looked.remarks;
    remarks.extend(cleaned.remarks);
    if let Some(sandbox) = &sandbox
        && sandbox.dropped_by_broker() > 0
    {
        remarks.push(format!(
            "the sandbox's broker dropped {} records before its flow had read them: the loss is the \
             sandbox's own, not the destination's",
            sandbox.dropped_by_broker()
        ));
    }
    remarks.extend(hot::remarks(&measured));
    let others = unnoted.map(Failure::from).into_iter();
    let others = others.chain(cleaned.failures);
    let failures: Vec<_> = looked.failures.into_iter().chain(others).collect();
    let mishaps: Vec<_> = failures.iter().map(Failure::mishap).collect();
    let finished = Finished {
        job: &job,
        measured: &measured,
        landings: &looked.landings,
        read_backs: &looked.read_backs,
        profiles: &looked.profiles,
        remarks: &remarks,
        mishaps: &mishaps,
    };
    let code = finished.report(args, printer);
    failures.iter().for_each(printer::failure);
    Ok(code)
}

/// What the command line says is to become of the flow.
fn wish(args: &RunArgs) -> Wish {
    match (args.keep_flow, args.remove_flow) {
        (true, _) => Wish::Keep,
        (false, true) => Wish::All,
        (false, false) => Wish::Own,
    }
}

/// Sends every stream's records and measures, while those to be read back are read.
fn publish(
    streams: Vec<ResolvedStream>,
    job: &Job<'_>,
    control: &Control,
    signals: &Signals,
) -> Result<(Measured, Readings), Failure> {
    // First: a subscription that reading makes, and that is to be kept, is left to nobody who then fails.
    let watches = job.watch(control)?;
    let mut readings = job.read(&streams)?;
    readings.watches = watches;
    job.note(&readings, None)?;
    let names: Vec<_> = streams.iter().map(|stream| stream.name.as_str()).collect();
    let stop_when = Conditions::boxed(job.stop_when.as_ref(), job.warm_up, &names);
    let whole = Share { index: 0, count: 1 };
    let (ended, awaited) = channel();
    let streams = streams
        .into_iter()
        .zip(&job.streams)
        .map(|(stream, of_job)| StreamPlan {
            zero: of_job.zero.clone(),
            ended: job.is_awaited(&of_job.name).then(|| ended.clone()),
            ..stream.into_plan(whole, &job.run)
        });
    let noter = Noter::new(job.directory.path(), &job.asked.name);
    let mut watcher = Watcher::new((Live::new(job.printer), noter), &readings, signals);
    let plan = Plan {
        warm_up: job.warm_up,
        stop_when,
        ..Plan::new(streams.collect())
    };
    drop(ended);
    let (measured, landings) = thread::scope(|scope| {
        let readings = &readings;
        let verifying = scope.spawn(move || job.verify_awaited(awaited, readings, control));
        let measured = engine::run(plan, control, &mut watcher);
        let landings = verifying.join();
        (
            measured,
            landings.unwrap_or_else(|panic| resume_unwind(panic)),
        )
    });
    watcher.finish();
    let measured = measured?;
    readings.landings = landings;
    readings.expect(&job.streams, &measured);
    Ok((measured, readings))
}
