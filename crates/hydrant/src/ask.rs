//! A question to the user, and what is done without an answer.

use std::io::{BufRead as _, IsTerminal as _};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use engine::Control;
use report::ExitCode;

use crate::failure::Failure;
use crate::printer;

/// How soon a question notices that nobody wants to answer it.
const NOTICE: Duration = Duration::from_millis(50);

/// Asks on a terminal. Without one, `instead` says what would be a yes.
pub(crate) fn confirmed(question: &str, instead: &str, control: &Control) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new("there is nobody to ask")
            .help(instead)
            .exit(ExitCode::Usage));
    }
    printer::ask(&format!("{question} [y/N] "));
    let answer = answer(control, || {
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        read.map(|_| answer).unwrap_or_default()
    });
    let answer = answer.ok_or_else(|| {
        Failure::new("interrupted: nothing more was done").exit(ExitCode::Interrupted)
    })?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Asks until the answer is one that `take` takes, which says otherwise what is wrong with it. `None`: there is nobody
/// to ask, or no answer.
pub(crate) fn until(
    question: &str,
    take: &mut dyn FnMut(&str) -> Result<(), String>,
) -> Result<Option<()>, Failure> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    loop {
        printer::ask(question);
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        let read =
            read.map_err(|error| Failure::new(format!("cannot read the answer: {error}")))?;
        if read == 0 {
            return Ok(None);
        }
        match take(answer.trim()) {
            Ok(()) => return Ok(Some(())),
            Err(wrong) => printer::error(&wrong, None),
        }
    }
}

/// What was read, unless the user ends the command instead. Then the thread that reads is left to
/// itself: nothing can end it but an answer.
fn answer(control: &Control, read: impl FnOnce() -> String + Send + 'static) -> Option<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || drop(sender.send(read())));
    loop {
        match receiver.recv_timeout(NOTICE) {
            Ok(answer) => return Some(answer),
            Err(RecvTimeoutError::Timeout) if control.is_interrupted() => return None,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Some(String::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_that_nobody_answers_can_be_interrupted() {
        let control = Control::new();
        let said = answer(&control, || "yes\n".to_owned());
        assert_eq!(said.as_deref(), Some("yes\n"));
        control.interrupt();
        let (keep, never) = channel::<()>();
        let said = answer(&control, move || {
            let _ = never.recv();
            String::new()
        });
        assert_eq!(said, None);
        drop(keep);
    }
}
