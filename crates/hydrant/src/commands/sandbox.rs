//! `hydrant sandbox`: the local platform in the foreground, for other clients.

use engine::Control;
use report::ExitCode;
use sandbox::Sandbox;

use crate::cli::SandboxArgs;
use crate::failure::Failure;
use crate::printer::{self, Printer};
use crate::signals;

/// A stream of Kinesis that is there, since Kinesis makes none by itself as Kafka makes topics.
const STREAM: &str = "profiles";
const SHARDS: u32 = 16;

pub(crate) fn sandbox(args: &SandboxArgs, printer: Printer) -> Result<ExitCode, Failure> {
    let sandbox = Sandbox::start(args.behaviour.options(args.port))?;
    let runtime = super::runtime()?;
    let control = Control::new();
    signals::listen(&runtime, &control, Printer::silent())
        .map_err(|error| Failure::new(format!("cannot listen for signals: {error}")))?;
    sandbox.create_stream(STREAM, SHARDS);
    for (name, value) in sandbox.env() {
        printer::result(&format!("export {name}='{value}'"))?;
    }
    printer.note("running until it is stopped with Ctrl-C");
    runtime.block_on(signals::interrupted(&control));
    Ok(ExitCode::Fine)
}
