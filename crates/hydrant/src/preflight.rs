//! What the services say before a load starts: there, allowed, large enough.

use producers::Findings;
use scenario::{Resolved, ResolvedStream};

use crate::failure::Failure;
use crate::printer::{self, Printer};

/// Asks every destination and says what was found. All refusals come at once.
pub(crate) async fn all(resolved: &Resolved, printer: Printer) -> Result<(), Failure> {
    let mut refusals = Vec::new();
    for stream in &resolved.streams {
        match one(stream).await {
            Ok(findings) => tell(&stream.name, &findings, printer),
            Err(error) => refusals.push((stream, error)),
        }
    }
    let Some((last, error)) = refusals.pop() else {
        return Ok(());
    };
    for (stream, error) in refusals {
        printer::error(&message(stream, &error), error.help.as_deref());
    }
    let failure = Failure::new(message(last, &error));
    Err(match error.help {
        Some(help) => failure.help(help),
        None => failure,
    })
}

async fn one(stream: &ResolvedStream) -> Result<Findings, producers::Error> {
    match stream.demand {
        Some(demand) => stream.destination.check_for(demand).await,
        None => stream.destination.check().await,
    }
}

fn message(stream: &ResolvedStream, error: &producers::Error) -> String {
    format!(
        "stream `{}`, {}: {error}",
        stream.name,
        stream.destination.describe()
    )
}

fn tell(stream: &str, findings: &Findings, printer: Printer) {
    for finding in findings {
        printer.note(&format!("{stream}: {}: {}", finding.what, finding.found));
        if let Some(warning) = &finding.warning {
            printer::warning(
                &format!("{stream}: {}: {}", finding.what, finding.found),
                Some(warning),
            );
        }
    }
}
