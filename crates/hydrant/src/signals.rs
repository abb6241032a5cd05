//! Ctrl-C and SIGTERM: the first one ends the run in order, the second one at once.

use std::time::Duration;

use engine::Control;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::printer::Printer;

/// `SIGXFSZ` on every Linux: a file would grow beyond the limit that is set for this process.
const FILE_TOO_LARGE: i32 = 25;

/// How soon whoever waits notices.
const NOTICE: Duration = Duration::from_millis(50);

/// Passes signals on to `control`, as long as `runtime` lives.
pub(crate) fn listen(
    runtime: &Runtime,
    control: &Control,
    printer: Printer,
) -> std::io::Result<()> {
    let _guard = runtime.enter();
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    // Caught, it is an error of the write like a full disk; otherwise it would end the program.
    let too_large = signal(SignalKind::from_raw(FILE_TOO_LARGE))?;
    let control = control.clone();
    runtime.spawn(async move {
        let _too_large = too_large;
        loop {
            tokio::select! {
                _ = interrupts.recv() => {}
                _ = terminations.recv() => {}
            }
            control.interrupt();
            printer.note(if control.is_abandoned() {
                "\ninterrupted again: giving up what is in flight"
            } else {
                "\ninterrupted: sending nothing more, waiting for answers (once more gives them up)"
            });
        }
    });
    Ok(())
}

/// Returns when the user has asked for the end.
pub(crate) async fn interrupted(control: &Control) {
    while !control.is_interrupted() {
        tokio::time::sleep(NOTICE).await;
    }
}

/// Returns when the user has asked for the end twice.
pub(crate) async fn abandoned(control: &Control) {
    while !control.is_abandoned() {
        tokio::time::sleep(NOTICE).await;
    }
}
