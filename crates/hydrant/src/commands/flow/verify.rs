//! `hydrant flow verify`: the records of a run that is over, in the dataset.

use engine::Control;
use flow::verify::ledger::{FlowLedger, StreamLedger};
use flow::verify::{Looking, Lookout};
use flow::{Applied, Spec};
use indexmap::IndexMap;
use measure::Landing;
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
use crate::{env, signals, trusted};

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
    trusted::check(platform, &control)?;
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
            let landing = look.landed(stream, sent, spec, flow)?;
            streams.insert(stream.name.clone(), LaterStream::from(&landing));
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
        let applied = Applied {
            flow: flow.id.clone(),
            dataset: flow.dataset.clone(),
            schema: flow.schema.clone(),
            tenant: flow.tenant.clone(),
            inlet: None,
            starting_since: None,
            canaries_since: flow.canaries_since,
            landed_before: flow.landed_before,
        };
        let written = stream
            .verify
            .as_ref()
            .and_then(|verify| verify.landed.clone());
        let mut options = written.unwrap_or_default();
        options.within = self.args.within.or(options.within);
        let (load, sent) = (&stream.load, sent.sent());
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
            due: &|n| load.due(n).filter(|_| load.is_paced()),
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
        let look = async {
            flow::verify::is_there(self.client, &applied).await?;
            flow::verify::landed(self.client, &lookout, &mut told).await
        };
        Ok(self.runtime.block_on(look)?)
    }
}
