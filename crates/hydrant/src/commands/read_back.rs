//! `hydrant read-back`: the streams of a run that is over, read from where they stood before it.

use std::sync::Arc;

use engine::Control;
use flow::verify::ledger::StreamLedger;
use flow::verify::{Follower, Patience, Wanted};
use indexmap::IndexMap;
use pacing::Schedule as _;
use readers::From;
use records::Template;
use report::{ExitCode, Later, LaterStream};
use scenario::ResolvedStream;

use crate::cli::LaterArgs;
use crate::failure::Failure;
use crate::past::Past;
use crate::printer::Printer;
use crate::teller::{self, Teller};
use crate::{env, reader, signals, trusted};

/// What the service dates so long after a run's end is not of this run: clocks differ a little.
const CLOCKS_DIFFER: i64 = 60_000;

pub(crate) fn read_back(args: &LaterArgs, printer: Printer) -> Result<ExitCode, Failure> {
    let past = Past::open(&args.run, &without_platform)?;
    let runtime = super::runtime()?;
    let control = Control::new();
    signals::listen(&runtime, &control, Printer::silent())
        .map_err(|error| Failure::new(format!("cannot listen for signals: {error}")))?;
    let read = past.streams().filter(|(_, sent)| sent.read_from.is_some());
    trusted::destinations(read.map(|(stream, _)| stream), args, &control)?;
    let mut followers = Vec::new();
    for (stream, sent) in past.streams() {
        if let Some(follower) = follow(stream, sent, &past, args)? {
            followers.push((stream.name.as_str(), follower));
        }
    }
    if followers.is_empty() {
        return Err(Failure::new(format!(
            "the run in `{}` did not note where its stream began",
            args.run.display()
        ))
        .help("add `verify: {read_back: {}}` to the scenario before it runs")
        .exit(ExitCode::Usage));
    }
    let mut streams = IndexMap::new();
    for (name, follower) in followers {
        let mut teller = Teller::new(printer, name, "have been read back");
        let stopped = || control.is_interrupted();
        runtime.block_on(teller.wait_for(&follower, &stopped));
        streams.insert(name.to_owned(), LaterStream::from(&follower.join()?));
    }
    let later = Later::new(
        &past.ledger.name,
        past.started_at,
        &past.resolved.thresholds,
        streams,
    );
    super::tell_later(args, &later, "read-back.json", control.is_interrupted())
}

/// Nobody asks the platform here, so that its credentials are not needed.
fn without_platform(name: &str) -> Option<String> {
    env::lookup(name).or_else(|| match name {
        "AEP_ORG_ID" => Some("UNASKED@AdobeOrg".to_owned()),
        "AEP_CLIENT_ID" | "AEP_CLIENT_SECRET" => Some("unasked".to_owned()),
        _ => None,
    })
}

fn follow(
    stream: &ResolvedStream,
    sent: &StreamLedger,
    past: &Past,
    args: &LaterArgs,
) -> Result<Option<Follower>, Failure> {
    let written = stream.verify.as_ref();
    let written = written.and_then(|verify| verify.read_back.clone());
    let Some(positions) = &sent.read_from else {
        return Ok(None);
    };
    if positions.0.is_empty() {
        return Err(Failure::new(format!(
            "the stream `{}` can't be read a second time",
            stream.name
        ))
        .help(
            "Pub/Sub forgets what a subscription has handed over: add `keep: 1d` to \
             `verify: {read_back: {}}` before the next run, and a subscription stays so long; \
             what this run has read stands in its `summary.json`",
        )
        .exit(ExitCode::Usage));
    }
    let opened = reader::open(&stream.options, From::At(positions.clone()), None)?;
    let wanted = Wanted {
        template: Arc::clone(&stream.template),
        others: beside(stream, past),
        // Read so much later, a record says nothing about when it could have been read.
        due: None,
        total: stream.load.total(),
        has_keys: reader::has_keys(&stream.options),
        until: Some(past.ended_at.as_millisecond() + CLOCKS_DIFFER),
    };
    let within = args.within.unwrap_or(written.unwrap_or_default().within());
    let follower = teller::follow(opened, wanted)?;
    let patience = Patience::ForNext(within.0);
    follower.expect(sent.sent(), patience);
    Ok(Some(follower))
}

/// What the records of other streams are that were sent to the same place.
fn beside(stream: &ResolvedStream, past: &Past) -> Vec<Arc<Template>> {
    let place = stream.destination.describe();
    let others = past
        .resolved
        .streams
        .iter()
        .filter(|other| other.name != stream.name && other.destination.describe() == place);
    others.map(|other| Arc::clone(&other.template)).collect()
}
