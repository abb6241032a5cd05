//! `hydrant completions`: what a shell needs to complete the command line.

use clap::CommandFactory as _;
use clap_complete::Generator as _;
use report::ExitCode;

use crate::cli::{Cli, CompletionsArgs};
use crate::failure::Failure;
use crate::printer;

pub(crate) fn completions(args: CompletionsArgs) -> Result<ExitCode, Failure> {
    let mut command = Cli::command();
    command.set_bin_name("hydrant");
    command.build();
    let mut script = Vec::new();
    args.shell
        .try_generate(&command, &mut script)
        .map_err(|error| printer::unprinted(&error))?;
    printer::result(String::from_utf8_lossy(&script).trim_end())?;
    Ok(ExitCode::Fine)
}
