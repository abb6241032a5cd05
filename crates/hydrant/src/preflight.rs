//! What is said about looks, one at a time, by commands that do something else besides.

use doctor::{Look, Verdict};
use scenario::ResolvedStream;

use crate::failure::Failure;
use crate::printer::{self, Printer};

/// Asks every destination before a load starts: there, allowed, large enough. All refusals come at once.
pub(crate) async fn destinations(
    streams: &[ResolvedStream],
    printer: Printer,
) -> Result<(), Failure> {
    let tell = |text: &str| printer.note(text);
    say(&doctor::destinations(streams, &tell).await, printer)
}

/// Says what was found. What is wrong is the failure; of several, the last.
pub(crate) fn say(looks: &[Look], printer: Printer) -> Result<(), Failure> {
    let mut failure = None;
    for look in looks {
        let words = format!("{}: {}", look.title(), look.found);
        match look.verdict {
            Verdict::Ok => printer.note(&words),
            Verdict::NotLookedAt => printer.note(&format!("{words} (not looked at)")),
            Verdict::Remark => printer::warning(&words, look.help.as_deref()),
            Verdict::Wrong => {
                let wrong = match &look.help {
                    Some(help) => Failure::new(words).help(help),
                    None => Failure::new(words),
                };
                if let Some(earlier) = failure.replace(wrong) {
                    printer::failure(&earlier);
                }
            }
        }
    }
    failure.map_or(Ok(()), Err)
}
