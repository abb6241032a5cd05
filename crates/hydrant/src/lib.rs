//! The program's own sources: command line, printing, exit codes. It has no logic of its own; it
//! joins the crates in the order of the record's way.

mod ask;
mod canary;
mod cli;
mod commands;
mod curve;
mod embedded;
mod env;
mod failure;
mod inlet;
mod live;
mod logging;
mod made;
mod memory;
mod past;
mod platform;
mod preflight;
mod printer;
mod reader;
mod schemas;
mod signals;
mod stand_in;
mod teller;
mod terminal;
mod timing;
mod trusted;
mod usage;

use std::ffi::OsString;

use report::ExitCode;

pub use access::spare_loopback;
pub use env::{VARIABLES, Variable};
pub use memory::{Memory, tell_of_aborts};
pub use stand_in::spare_sandbox;

use crate::cli::Command;
use crate::printer::Printer;

/// Runs the program with the command line `args`, whose first word is the program's name, and says
/// what to exit with.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match usage::parse(args) {
        Ok(cli) => cli,
        Err(error) => return usage::tell(&error),
    };
    logging::start(cli.output.verbose);
    let printer = Printer::new(&cli.output);
    let done = match &cli.command {
        Command::Run(args) => commands::run(args, printer),
        Command::Init(args) => commands::init(args, printer),
        Command::Check(args) => commands::check(args, printer),
        Command::Doctor(args) => commands::doctor(args, printer),
        Command::Preview(args) => commands::preview(args),
        Command::Flow(args) => commands::flow(args, printer),
        Command::ReadBack(args) => commands::read_back(args, printer),
        Command::Sandbox(args) => commands::sandbox(args, printer),
        Command::Schema(args) => commands::schema(*args),
        Command::Completions(args) => commands::completions(*args),
        Command::Man(args) => commands::man(args),
    };
    let code = done.unwrap_or_else(|failure| {
        let code = failure.code();
        printer::failure(&failure);
        code
    });
    printer::farewell();
    code
}
