//! `hydrant sandbox`: the local platform in the foreground, for other clients.

use std::time::Duration;

use engine::Control;
use options::Period;
use report::ExitCode;
use sandbox::{Fault, Sandbox, SandboxOptions};

use crate::cli::SandboxArgs;
use crate::failure::Failure;
use crate::printer::{self, Printer};
use crate::signals;

pub(crate) fn sandbox(args: &SandboxArgs, printer: Printer) -> Result<ExitCode, Failure> {
    let faults: Result<Vec<Fault>, _> = args.fault.iter().map(|fault| fault.parse()).collect();
    let faults = faults.map_err(|error| Failure::new(error.to_string()).exit(ExitCode::Usage))?;
    let length = |period: Period| Duration::from_nanos(period.as_nanos());
    let sandbox = Sandbox::start(SandboxOptions {
        port: args.port,
        flow_start: length(args.flow_start),
        token_lifetime: length(args.token_lifetime),
        faults,
        ..SandboxOptions::default()
    })?;
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
