//! What the services say before a load starts: there, allowed, large enough.

use flow::Platform;
use producers::Findings;
use scenario::{Resolved, ResolvedStream};

use crate::failure::Failure;
use crate::printer::{self, Printer};

/// Asks the platform for a token and for the organisation's namespace, which every credential that is
/// good for something may see.
pub(crate) async fn platform(platform: &Platform, printer: Printer) -> Result<(), Failure> {
    let failed = |error: &aep_client::Error| {
        let failure = Failure::new(format!("the platform: {error}"));
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    };
    let client = crate::platform::client(platform)?;
    let stats = client
        .schema_registry()
        .stats()
        .await
        .map_err(|error| failed(&error))?;
    printer.note(&format!(
        "platform: {}, sandbox {}: the credential works, the namespace is _{}",
        client.organization(),
        client.sandbox(),
        stats.tenant_id
    ));
    Ok(())
}

/// Asks every destination and says what was found. All refusals come at once.
pub(crate) async fn all(resolved: &Resolved, printer: Printer) -> Result<(), Failure> {
    let mut refusals = Vec::new();
    // An inlet that comes with its flow can't be asked before the flow is there.
    let is_there = |stream: &&ResolvedStream| {
        let inlet = stream.options.http_api.as_ref();
        inlet.is_none_or(|inlet| inlet.inlet_url.is_some() || stream.flow.is_none())
    };
    for stream in resolved.streams.iter().filter(is_there) {
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
