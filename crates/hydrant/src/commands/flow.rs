//! `hydrant flow`: a flow's life, a verb at a time.

mod verify;

use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;

use engine::Control;
use flow::{Origin, Platform, Spec};
use report::ExitCode;
use scenario::{ResolvedStream, Target};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::cli::{FlowArgs, FlowTarget, FlowVerb};
use crate::failure::Failure;
use crate::platform::{Side, state_path};
use crate::printer::{self, Printer};
use crate::{env, made, signals};

pub(crate) fn flow(args: &FlowArgs, printer: Printer) -> Result<ExitCode, Failure> {
    match &args.verb {
        FlowVerb::Plan { flow, json, curl } => {
            let job = Job::look(flow, printer)?;
            let plans = job.runtime.block_on(job.plans())?;
            if *json {
                let plans: Vec<_> = plans.iter().map(flow::Plan::to_json).collect();
                printer::result(&format!("{:#}", json!({ "flows": plans })));
            } else {
                for plan in &plans {
                    printer::result(&if *curl {
                        plan.curl().to_owned()
                    } else {
                        plan.render()
                    });
                }
            }
        }
        FlowVerb::Apply { flow } => {
            let mut job = Job::open(flow, printer)?;
            let (side, runtime, control) = (&job.side, &job.runtime, &job.control);
            for (stream, spec) in job.streams.iter_mut().zip(&job.specs) {
                printer.note(&format!("flow {}", spec.name));
                let made = made::make_for(&spec.name, &stream.options, &side.state, printer);
                runtime.block_on(made)?;
                let mut applied = side.create(runtime, stream, spec, control)?;
                side.wait(runtime, stream, spec, &mut applied, control)?;
                printer::result(&format!(
                    "flow {} is there: {}, dataset {}",
                    spec.name, applied.flow, applied.dataset
                ));
            }
        }
        FlowVerb::Status { flow, json } => {
            let job = Job::look(flow, printer)?;
            let mut all = Vec::new();
            for spec in &job.specs {
                let state = job.side.state.flow(&spec.name);
                all.push(
                    job.runtime
                        .block_on(flow::status(&job.side.client, spec, &state))?,
                );
            }
            if *json {
                printer::result(&format!("{:#}", json!({ "flows": all })));
            } else {
                for status in &all {
                    printer::result(&status.render());
                }
            }
        }
        FlowVerb::Verify(args) => return verify::verify(args, printer),
        FlowVerb::Destroy { flow, yes } => {
            let job = Job::open(flow, printer)?;
            for (stream, spec) in job.streams.iter().zip(&job.specs) {
                let state = &job.side.state;
                let made = made::noted(&spec.name, &stream.options, state);
                let known = state.flow(&spec.name);
                if known.is_empty() && made.is_none() {
                    printer.note(&format!("flow {}: nothing to remove", spec.name));
                    continue;
                }
                printer.note(&format!("flow {}", spec.name));
                if !yes {
                    let ours = known.objects.iter().chain(&known.retired);
                    for object in ours.filter(|it| it.origin == Origin::Created) {
                        let kind = object.kind.words();
                        printer.note(&format!("  {kind} {} ({})", object.name, object.id));
                    }
                }
                let question = format!("remove the flow {} and what was made for it?", spec.name);
                if !yes && !confirmed(&question)? {
                    printer.note("nothing was removed");
                    continue;
                }
                job.runtime.block_on(job.side.destroy(spec))?;
                if let Some(made) = made {
                    let gone = made.remove_for(&spec.name, state, printer);
                    job.runtime.block_on(gone)?;
                }
            }
        }
    }
    Ok(ExitCode::Fine)
}

/// Asks on a terminal; without one, only `--yes` is a yes.
fn confirmed(question: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new("there is nobody to ask")
            .help("say `--yes`")
            .exit(ExitCode::Usage));
    }
    printer::ask(&format!("{question} [y/N] "));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    Ok(read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

struct Job {
    specs: Vec<Spec>,
    /// Those that have a flow, in the same order.
    streams: Vec<ResolvedStream>,
    side: Side,
    runtime: Runtime,
    control: Control,
}

impl Job {
    /// To change something.
    fn open(target: &FlowTarget, printer: Printer) -> Result<Job, Failure> {
        Job::with(target, printer, Side::open)
    }

    /// To look only, even while somebody else is changing something.
    fn look(target: &FlowTarget, printer: Printer) -> Result<Job, Failure> {
        Job::with(target, printer, Side::look)
    }

    fn with(
        target: &FlowTarget,
        printer: Printer,
        side: impl FnOnce(&Platform, &Path, Printer) -> Result<Side, Failure>,
    ) -> Result<Job, Failure> {
        let loaded = scenario::load(&target.scenario, &env::lookup, Target::Real)?;
        if !loaded.warnings().is_empty() {
            printer::diagnostics(loaded.warnings());
        }
        let resolved = loaded.resolve(&scenario::Overrides::default(), None)?;
        let Some(platform) = &resolved.platform else {
            return Err(Failure::new("the scenario has no flow")
                .help("describe it below `flow:`")
                .exit(ExitCode::Usage));
        };
        let state = target
            .state
            .clone()
            .unwrap_or_else(|| state_path(&target.scenario));
        let side = side(platform, &state, printer)?;
        let (runtime, control) = (super::runtime()?, Control::new());
        signals::listen(&runtime, &control, printer)
            .map_err(|error| Failure::new(format!("cannot listen for signals: {error}")))?;
        let (mut specs, mut streams) = (Vec::new(), Vec::new());
        for mut stream in resolved.streams {
            if let Some(spec) = stream.flow.take() {
                specs.push(spec);
                streams.push(stream);
            }
        }
        Ok(Job {
            specs,
            streams,
            side,
            runtime,
            control,
        })
    }

    async fn plans(&self) -> Result<Vec<flow::Plan>, Failure> {
        let mut plans = Vec::new();
        for spec in &self.specs {
            let state = self.side.state.flow(&spec.name);
            plans.push(flow::plan(&self.side.client, spec, &state).await?);
        }
        Ok(plans)
    }
}
