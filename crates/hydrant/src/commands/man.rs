//! `hydrant man`: manual pages, made from the command line's own description.

use std::io;
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use report::ExitCode;

use crate::cli::{Cli, ManArgs};
use crate::failure::Failure;
use crate::printer;

pub(crate) fn man(args: &ManArgs) -> Result<ExitCode, Failure> {
    let mut program = Cli::command();
    // Fills in each command's whole name, e.g. `hydrant-flow-plan`, and the options that all of them have.
    program.build();
    if let Some(directory) = &args.out {
        std::fs::create_dir_all(directory)
            .and_then(|()| write_all(&program, directory))
            .map_err(|error| unwritten(directory, &error))?;
        return Ok(ExitCode::Fine);
    }
    let mut command = &program;
    for word in &args.words {
        command = command.find_subcommand(word).ok_or_else(|| {
            let name = command.get_bin_name().unwrap_or("hydrant");
            Failure::new(format!("`{name}` has no command `{word}`"))
                .help(known(command))
                .exit(ExitCode::Usage)
        })?;
    }
    let page = page(command).map_err(|error| printer::unprinted(&error))?;
    printer::result(page.trim_end())?;
    Ok(ExitCode::Fine)
}

fn known(command: &Command) -> String {
    let names: Vec<&str> = documented(command).map(Command::get_name).collect();
    match names.as_slice() {
        [] => "it has none".to_owned(),
        names => format!("it has {}", names.join(", ")),
    }
}

/// The commands below `command` that have a page.
fn documented(command: &Command) -> impl Iterator<Item = &Command> {
    command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set() && inner.get_name() != "help")
}

fn page(command: &Command) -> io::Result<String> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

fn write_all(command: &Command, directory: &Path) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or("hydrant");
    std::fs::write(directory.join(format!("{name}.1")), page(command)?)?;
    documented(command).try_for_each(|inner| write_all(inner, directory))
}

fn unwritten(directory: &Path, error: &io::Error) -> Failure {
    Failure::new(format!(
        "cannot write the manual pages into {}: {error}",
        directory.display()
    ))
    .help("name a directory that can be written with --out")
}
