//! `hydrant sandbox`: the local platform in the foreground, for other clients.

use engine::Control;
use report::ExitCode;
use sandbox::{LandingOptions, Sandbox, SandboxOptions};

use crate::cli::SandboxArgs;
use crate::failure::Failure;
use crate::printer::{self, Printer};
use crate::signals;

pub(crate) fn sandbox(args: &SandboxArgs, printer: Printer) -> Result<ExitCode, Failure> {
    let sandbox = Sandbox::start(options(args))?;
    let runtime = super::runtime()?;
    let control = Control::new();
    signals::listen(&runtime, &control, Printer::silent())
        .map_err(|error| Failure::new(format!("cannot listen for signals: {error}")))?;
    for (name, value) in sandbox.env() {
        printer::result(&format!("export {name}='{value}'"));
    }
    printer.note("running until it is stopped with Ctrl-C");
    runtime.block_on(signals::interrupted(&control));
    Ok(ExitCode::Fine)
}

fn options(args: &SandboxArgs) -> SandboxOptions {
    SandboxOptions {
        port: args.port,
        flow_start: args.flow_start.0,
        token_lifetime: args.token_lifetime.0,
        latency: args.latency.0,
        rate_limit: args.rate_limit.map(|rate| rate.as_per_second()),
        settle: args.settle.0,
        landing: LandingOptions {
            delay: args.landing_delay.0,
            jitter: args.landing_jitter.0,
            batch_rows: usize::try_from(args.batch_rows).unwrap_or(usize::MAX),
            files: usize::try_from(args.batch_files).unwrap_or(usize::MAX),
            compact_every: usize::try_from(args.compact_every.unwrap_or(0)).unwrap_or(usize::MAX),
            lose_every: args.lose_every.unwrap_or(0),
            duplicate_every: args.duplicate_every.unwrap_or(0),
            corrupt_every: args.corrupt_every.unwrap_or(0),
            refuse_every: args.refuse_every.unwrap_or(0),
        },
        kinesis_quotas: args.kinesis_quotas,
        faults: args.fault.clone(),
        ..SandboxOptions::default()
    }
}
