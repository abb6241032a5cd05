//! What the program says: results to stdout, everything else to stderr. Words of services may be in it,
//! so nothing goes out but text, line breaks, tabs and colours.

use std::io::{self, ErrorKind, IsTerminal as _};

use anstream::ColorChoice;
use anstyle::{AnsiColor, Style};
use options::{visible, visible_page};
use scenario::Diagnostics;

use crate::cli::{OutputArgs, When};
use crate::env;
use crate::failure::Failure;
use crate::terminal::{self, Where, Worth, say};

const BOLD: Style = Style::new().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// Says things, with colours where they are wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    is_quiet: bool,
}

impl Printer {
    pub(crate) fn new(output: &OutputArgs) -> Printer {
        let choice = match output.color {
            When::Auto => ColorChoice::Auto,
            When::Always => ColorChoice::AlwaysAnsi,
            When::Never => ColorChoice::Never,
        };
        choice.write_global();
        Printer {
            is_quiet: output.quiet,
        }
    }

    /// Says nothing.
    pub(crate) fn silent() -> Printer {
        Printer { is_quiet: true }
    }

    /// Whether a person watches stderr and wants to, on a terminal whose lines can move.
    pub(crate) fn is_live(self) -> bool {
        !self.is_quiet && io::stderr().is_terminal() && can_move(env::lookup("TERM").as_deref())
    }

    pub(crate) fn is_quiet(self) -> bool {
        self.is_quiet
    }

    /// How it goes.
    pub(crate) fn note(self, text: &str) {
        if !self.is_quiet {
            let text = format!("{}\n", visible_page(text));
            drop(say(Where::Err, Worth::Passing, &text));
        }
    }
}

/// Whether a terminal of this kind (`TERM`) can draw over what it has shown. Without a name it is one
/// that nobody knows.
fn can_move(term: Option<&str>) -> bool {
    !matches!(term, None | Some("dumb" | "unknown"))
}

/// Columns of the terminal on stdout, or a width that suits files.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size_of(io::stdout()).map_or(100, |(width, _)| usize::from(width.0))
}

/// A result, asked for.
///
/// # Errors
/// Nobody reads it any more ([`Failure::Unread`]), or it can't be written.
pub(crate) fn result(text: &str) -> Result<(), Failure> {
    let text = format!("{}\n", visible_page(text.trim_end_matches('\n')));
    say(Where::Out, Worth::Result, &text).map_err(|error| unprinted(&error))
}

/// The same of a command that does more than to print: that nobody reads it changes nothing.
///
/// # Errors
/// It can't be written.
pub(crate) fn outcome(text: &str) -> Result<(), Failure> {
    match result(text) {
        Err(Failure::Unread) => Ok(()),
        printed => printed,
    }
}

/// Why a result could not be written.
pub(crate) fn unprinted(error: &io::Error) -> Failure {
    /// `EIO`: the terminal is gone.
    const HUNG_UP: i32 = 5;
    // A terminal that is held for too long has no reader either.
    let is_gone = matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::TimedOut)
        || error.raw_os_error() == Some(HUNG_UP) && io::stdout().is_terminal();
    if is_gone {
        return Failure::Unread;
    }
    Failure::new(format!("cannot write to standard output: {error}"))
        .help("part of what was asked for is missing there")
}

/// Says where it can be read that a terminal was not shown everything because it took nothing to the end.
pub(crate) fn farewell() {
    let lines = terminal::not_shown();
    if lines > 0 && !io::stderr().is_terminal() {
        warning(
            &format!("the terminal took nothing more: {lines} lines were not shown there"),
            Some("was it held with Ctrl-S? what a run has measured stands in its result directory"),
        );
    }
}

/// A question, without a new line.
pub(crate) fn ask(question: &str) {
    drop(say(Where::Err, Worth::Result, &visible(question)));
}

/// Something to look at; said even if quiet.
pub(crate) fn warning(message: &str, help: Option<&str>) {
    tell("warning", WARNING, message, help);
}

/// Something that failed.
pub(crate) fn error(message: &str, help: Option<&str>) {
    tell("error", ERROR, message, help);
}

/// Mistakes or warnings in a scenario.
pub(crate) fn diagnostics(diagnostics: &Diagnostics) {
    // `anstream` takes the colours out where they are not wanted; what is left are lines.
    let style = if io::stderr().is_terminal() {
        scenario::Style::Colored
    } else {
        scenario::Style::Plain
    };
    let found = visible_page(&diagnostics.render(style)).into_owned();
    let counted = [
        (diagnostics.errors(), "mistake"),
        (diagnostics.warnings(), "warning"),
    ];
    let counted: Vec<_> = counted
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}{}", if number == 1 { "" } else { "s" }))
        .collect();
    let counted = counted.join(", ");
    let text = format!("{found}\n\n{BOLD}{counted}{BOLD:#}\n");
    drop(say(Where::Err, Worth::Result, &text));
}

/// Why a command ended.
pub(crate) fn failure(failure: &Failure) {
    match failure {
        Failure::Scenario(found) => diagnostics(found),
        Failure::Other { message, help, .. } => error(message, help.as_deref()),
        Failure::Unread => {}
    }
}

fn tell(word: &str, style: Style, message: &str, help: Option<&str>) {
    let message = visible(message);
    let help = help.map_or_else(String::new, |help| format!("  help: {}\n", visible(help)));
    let text = format!("{style}{word}{style:#}{BOLD}: {message}{BOLD:#}\n{help}");
    drop(say(Where::Err, Worth::Result, &text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_that_say_little_get_plain_lines() {
        assert!(can_move(Some("xterm-256color")) && can_move(Some("linux")));
        for plain in [None, Some("dumb"), Some("unknown")] {
            assert!(!can_move(plain), "{plain:?}");
        }
    }

    #[test]
    fn a_reader_that_went_away_is_no_mistake_and_a_full_disk_is_one() {
        let gone = unprinted(&io::Error::from(ErrorKind::BrokenPipe));
        assert!(matches!(gone, Failure::Unread));
        let full = unprinted(&io::Error::from(ErrorKind::StorageFull));
        assert_eq!(full.code(), report::ExitCode::Failed);
    }
}
