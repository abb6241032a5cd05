//! What the program says: results to stdout, everything else to stderr.

use std::io::{IsTerminal as _, Write as _};

use anstream::ColorChoice;
use anstyle::{AnsiColor, Style};
use scenario::Diagnostics;

use crate::cli::{OutputArgs, When};
use crate::failure::Failure;

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

    /// Whether a person watches stderr and wants to.
    pub(crate) fn is_live(self) -> bool {
        !self.is_quiet && std::io::stderr().is_terminal()
    }

    pub(crate) fn is_quiet(self) -> bool {
        self.is_quiet
    }

    /// How it goes.
    pub(crate) fn note(self, text: &str) {
        if !self.is_quiet {
            drop(writeln!(anstream::stderr(), "{text}"));
        }
    }
}

/// Columns of the terminal on stdout, or a width that suits files.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size_of(std::io::stdout())
        .map_or(100, |(width, _)| usize::from(width.0))
}

/// A result, asked for. A reader that went away is not an error.
pub(crate) fn result(text: &str) {
    drop(writeln!(
        anstream::stdout(),
        "{}",
        text.trim_end_matches('\n')
    ));
}

/// A question, without a new line.
pub(crate) fn ask(question: &str) {
    let mut err = anstream::stderr();
    drop(write!(err, "{question}"));
    drop(err.flush());
}

/// Something to look at; said even if quiet.
pub(crate) fn warning(message: &str, help: Option<&str>) {
    say("warning", WARNING, message, help);
}

/// Something that failed.
pub(crate) fn error(message: &str, help: Option<&str>) {
    say("error", ERROR, message, help);
}

/// Mistakes or warnings in a scenario.
pub(crate) fn diagnostics(diagnostics: &Diagnostics) {
    // `anstream` takes the colours out where they are not wanted; what is left are lines.
    let style = if std::io::stderr().is_terminal() {
        scenario::Style::Colored
    } else {
        scenario::Style::Plain
    };
    drop(writeln!(
        anstream::stderr(),
        "{}\n",
        diagnostics.render(style)
    ));
    let counted = [
        (diagnostics.errors(), "mistake"),
        (diagnostics.warnings(), "warning"),
    ];
    let counted: Vec<_> = counted
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}{}", if number == 1 { "" } else { "s" }))
        .collect();
    drop(writeln!(
        anstream::stderr(),
        "{BOLD}{}{BOLD:#}",
        counted.join(", ")
    ));
}

/// Why a command ended.
pub(crate) fn failure(failure: &Failure) {
    match failure {
        Failure::Scenario(found) => diagnostics(found),
        Failure::Other { message, help, .. } => error(message, help.as_deref()),
    }
}

fn say(word: &str, style: Style, message: &str, help: Option<&str>) {
    let mut err = anstream::stderr();
    drop(writeln!(
        err,
        "{style}{word}{style:#}{BOLD}: {message}{BOLD:#}"
    ));
    if let Some(help) = help {
        drop(writeln!(err, "  help: {help}"));
    }
}
