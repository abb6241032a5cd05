//! The command line is read here, and mistakes in it are told in words.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory as _, Error, FromArgMatches as _};
use report::ExitCode;

use crate::cli::Cli;
use crate::printer;
use crate::terminal::{Where, Worth, say};

/// What was asked for; or help, a version or a mistake, which [`tell`] tells.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, Error> {
    let mut command = command();
    let matches = command
        .try_get_matches_from_mut(args)
        .map_err(|error| in_words(error, &command))?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Prints it, and says what to exit with. Help and version go to standard output.
pub(crate) fn tell(error: &Error) -> ExitCode {
    let text = error.render().ansi().to_string();
    if error.use_stderr() {
        drop(say(Where::Err, Worth::Result, &text));
        return ExitCode::Usage;
    }
    match say(Where::Out, Worth::Result, &text).map_err(|error| printer::unprinted(&error)) {
        Ok(()) => ExitCode::Fine,
        Err(failure) => {
            printer::failure(&failure);
            failure.code()
        }
    }
}

/// How a run's sandbox behaves is to be said only where there is one.
fn command() -> Command {
    Cli::command().mut_subcommands(|command| match command.get_name() {
        "run" => command.mut_group("BehaviourArgs", |behaviour| behaviour.requires("sandbox")),
        _ => command,
    })
}

/// clap would have an unknown option passed on as a value. Whose it is helps more.
fn in_words(mut error: Error, command: &Command) -> Error {
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    error.remove(ContextKind::Suggested);
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    let name = unknown.split('=').next().unwrap_or_default();
    if let Some(long) = name.strip_prefix("--") {
        let mut owners = Vec::new();
        find(command, "", long, &mut owners);
        if !owners.is_empty() {
            let tip = format!("`--{long}` is an option of {}", owners.join(" and "));
            let tips = ContextValue::StyledStrs(vec![StyledStr::from(tip)]);
            error.insert(ContextKind::Suggested, tips);
        }
    }
    error
}

/// The commands that have the option.
fn find(command: &Command, before: &str, long: &str, owners: &mut Vec<String>) {
    let path = format!("{before}{}", command.get_name());
    if command
        .get_arguments()
        .any(|it| it.get_long() == Some(long))
    {
        owners.push(format!("`{path}`"));
    }
    for inner in command.get_subcommands() {
        find(inner, &format!("{path} "), long, owners);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(line: &str) -> String {
        let words = line.split(' ').map(OsString::from);
        parse(words).unwrap_err().to_string()
    }

    #[test]
    fn clap_finds_nothing_wrong_with_it() {
        command().debug_assert();
    }

    #[test]
    fn an_option_of_another_command_is_told_to_be_that() {
        let told = mistake("hydrant check a.yaml --lose-every 5");
        let expected = "`--lose-every` is an option of `hydrant run` and `hydrant sandbox`";
        assert!(told.contains(expected), "{told}");
        assert!(!told.contains("-- --"), "{told}");
        let told = mistake("hydrant flow plan a.yaml --all");
        assert!(told.contains("of `hydrant flow destroy`"), "{told}");
    }

    #[test]
    fn one_that_nobody_has_is_not_to_be_passed_on_as_a_value() {
        let told = mistake("hydrant run a.yaml --loose-evry 5");
        assert!(!told.contains("-- --"), "{told}");
        let told = mistake("hydrant run a.yaml --cuont 5");
        assert!(
            told.contains("--count") && !told.contains("-- --"),
            "{told}"
        );
    }

    #[test]
    fn a_run_without_a_sandbox_has_none_that_could_behave() {
        let told = mistake("hydrant run a.yaml --lose-every 5");
        assert!(told.contains("--sandbox"), "{told}");
        let words = "hydrant run a.yaml --sandbox --lose-every 5 --kinesis-quotas";
        assert!(parse(words.split(' ').map(OsString::from)).is_ok());
        let plain = "hydrant run a.yaml";
        assert!(parse(plain.split(' ').map(OsString::from)).is_ok());
    }

    #[test]
    fn a_number_is_told_in_words() {
        let told = mistake("hydrant run a.yaml --seed 1M");
        assert!(told.contains("in digits, such as `1000000`"), "{told}");
    }
}
