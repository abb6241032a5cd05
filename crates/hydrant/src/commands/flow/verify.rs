//! `hydrant flow verify`: the records of a run that is over, in the dataset.

use std::sync::Arc;
use std::time::Duration;

use engine::Control;
use flow::verify::ledger::{FlowLedger, StreamLedger};
use flow::verify::{Looking, Lookout, ProfileLookup, ProfileQuestion};
use flow::{Applied, Spec};
use indexmap::IndexMap;
use jiff::Timestamp;
use measure::{InProfile, Landing};
use pacing::Schedule as _;
use records::Template;
use report::{ExitCode, Later, LaterStream};
use scenario::ResolvedStream;
use tokio::runtime::Runtime;

use crate::cli::LaterArgs;
use crate::failure::Failure;
use crate::past::Past;
use crate::platform::client;
use crate::printer::Printer;
use crate::teller::Teller;
use crate::{env, signals, timing, trusted};

pub(super) fn verify(args: &LaterArgs, printer: Printer) -> Result<ExitCode, Failure> {
    let past = Past::open(&args.run, &env::lookup)?;
    let nothing = || {
        Failure::new(format!(
            "the run in `{}` had no flow that records could land through",
            args.run.display()
        ))
        .help("`hydrant read-back` verifies the stream itself")
        .exit(ExitCode::Usage)
    };
    let platform = past.resolved.platform.as_ref().ok_or_else(nothing)?;
    let (runtime, control) = (super::super::runtime()?, Control::new());
    signals::listen(&runtime, &control, Printer::silent())
        .map_err(|error| Failure::new(format!("cannot listen for signals: {error}")))?;
    trusted::platform(platform, args, &control)?;
    let client = client(platform)?;
    let look = Look {
        client: &client,
        past: &past,
        args,
        printer,
        runtime: &runtime,
        control: &control,
    };
    let mut streams = IndexMap::new();
    for (stream, sent) in past.streams() {
        if let (Some(spec), Some(flow)) = (&stream.flow, &sent.flow) {
            let verify = stream.verify.as_ref();
            let wants_profile = verify.is_some_and(|verify| verify.profile.is_some());
            let is_profile_only =
                wants_profile && verify.is_some_and(|verify| verify.landed.is_none());
            let mut found = LaterStream::default();
            if !is_profile_only {
                found = LaterStream::from(&look.landed(stream, sent, spec, flow)?);
            }
            if wants_profile {
                found = found.with_profile(&look.in_profile(stream, sent, spec, flow)?);
            }
            streams.insert(stream.name.clone(), found);
        }
    }
    if streams.is_empty() {
        return Err(nothing());
    }
    let later = Later::new(
        &past.ledger.name,
        past.started_at,
        &past.resolved.thresholds,
        streams,
    );
    super::super::tell_later(args, &later, "landed.json", control.is_interrupted())
}

struct Look<'a> {
    client: &'a aep_client::Client,
    past: &'a Past,
    args: &'a LaterArgs,
    printer: Printer,
    runtime: &'a Runtime,
    control: &'a Control,
}

impl Look<'_> {
    fn landed(
        &self,
        stream: &ResolvedStream,
        sent: &StreamLedger,
        spec: &Spec,
        flow: &FlowLedger,
    ) -> Result<Landing, Failure> {
        let applied = applied(flow);
        let written = stream
            .verify
            .as_ref()
            .and_then(|verify| verify.landed.clone());
        let mut options = written.unwrap_or_default();
        options.within = self.args.within.or(options.within);
        let (warm_up, zero) = (self.past.resolved.warm_up, sent.zero());
        let sent = sent.sent();
        let others = self.past.streams().filter(|(other, theirs)| {
            let theirs = theirs.flow.as_ref().map(|it| &it.dataset);
            other.name != stream.name && theirs == Some(&flow.dataset)
        });
        let others: Vec<&Template> = others.map(|(other, _)| &*other.template).collect();
        let troubled = |text: &str| self.printer.note(&format!("{}: {text}", stream.name));
        let lookout = Lookout {
            spec,
            applied: &applied,
            template: &stream.template,
            others: &others,
            due: &|n| timing::measured_due(&stream.load, warm_up, n, zero),
            sent: &sent,
            started_at: self.past.started_at,
            ended_at: self.past.ended_at,
            is_later: true,
            options: &options,
            troubled: &troubled,
            stopped: &|| self.control.is_interrupted(),
        };
        let mut teller = Teller::new(self.printer, &stream.name, "have landed");
        let mut told = |looking: Looking| teller.tell(looking.into());
        let words =
            || Failure::new("interrupted before the dataset was found").exit(ExitCode::Interrupted);
        let there = flow::verify::is_there(self.client, &applied);
        let there = signals::unless_interrupted(self.control, there, words);
        self.runtime.block_on(there)?;
        let look = flow::verify::landed(self.client, &lookout, &mut told);
        Ok(self.runtime.block_on(look)?)
    }

    fn in_profile(
        &self,
        stream: &ResolvedStream,
        sent: &StreamLedger,
        spec: &Spec,
        flow: &FlowLedger,
    ) -> Result<InProfile, Failure> {
        let verify = stream.verify.as_ref();
        let options = verify.and_then(|verify| verify.profile.clone());
        let options = options.unwrap_or_default();
        let question = ProfileQuestion {
            spec,
            applied: &applied(flow),
            template: Arc::clone(&stream.template),
            // Looked up so much later, a record says nothing about when it came.
            due: None,
            measured_from: Duration::ZERO,
            total: stream.load.total(),
            seed: self.past.ledger.seed,
            sample: options.sample(),
        };
        let opened = ProfileLookup::open(self.client, &question);
        let opened = signals::unless_interrupted(self.control, opened, || {
            Failure::new("interrupted before anybody was looked up").exit(ExitCode::Interrupted)
        });
        let watch = self.runtime.block_on(opened)?;
        let watch = watch.start(self.runtime.handle());
        let after = |moment: Timestamp| {
            let since = moment.duration_since(self.past.started_at);
            Duration::try_from(since).unwrap_or_default()
        };
        let within = self.args.within.unwrap_or(options.within());
        watch.started(after(Timestamp::now()));
        watch.expect(sent.sent(), after(self.past.ended_at) + within.0);
        let mut teller = Teller::in_profile(self.printer, &stream.name);
        let stopped = || self.control.is_interrupted();
        self.runtime.block_on(teller.wait_for(&watch, &stopped));
        Ok(self.runtime.block_on(watch.join())?)
    }
}

/// What the run's flow consisted of.
fn applied(flow: &FlowLedger) -> Applied {
    Applied {
        flow: flow.id.clone(),
        dataset: flow.dataset.clone(),
        schema: flow.schema.clone(),
        tenant: flow.tenant.clone(),
        inlet: None,
        starting_since: None,
        canaries_since: flow.canaries_since,
        landed_before: flow.landed_before,
    }
}
