//! `hydrant flow`: a flow's life, a verb at a time.

mod destroy;
mod import;
mod verify;

use std::path::Path;

use engine::Control;
use flow::{Platform, Spec, Status};
use producers::DestinationOptions;
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
        FlowVerb::Plan {
            flow,
            json,
            curl,
            detailed_exitcode,
        } => {
            let job = Job::look(flow, printer)?;
            let plans = job.look_up(job.plans())?;
            if *json {
                let plans: Vec<_> = plans.iter().map(flow::Plan::to_json).collect();
                printer::outcome(&format!("{:#}", json!({ "flows": plans })))?;
            } else {
                for plan in &plans {
                    printer::outcome(&if *curl {
                        plan.curl().to_owned()
                    } else {
                        plan.render()
                    })?;
                }
            }
            if *detailed_exitcode {
                return Ok(detailed(&plans));
            }
        }
        FlowVerb::Apply { flow, rotate } => {
            let mut job = Job::open(flow, printer)?;
            let (side, runtime, control) = (&job.side, &job.runtime, &job.control);
            let mut printed = Ok(());
            for (stream, spec) in job.streams.iter_mut().zip(&job.specs) {
                printer.note(&format!("flow {}", spec.name));
                let made = made::make_for(&spec.name, &stream.options, &side.state, printer);
                let words = || side.interrupted(&spec.name);
                runtime.block_on(signals::unless_interrupted(control, made, words))?;
                if *rotate {
                    side.rotate(runtime, spec, control)?;
                }
                let mut applied = side.create(runtime, stream, spec, control)?;
                side.wait(runtime, stream, spec, &mut applied, control)?;
                // The others are made all the same.
                printed = printed.and(printer::outcome(&format!(
                    "flow {} is there: {}, dataset {}",
                    spec.name, applied.flow, applied.dataset
                )));
            }
            printed?;
        }
        FlowVerb::Status { flow, json } => {
            let job = Job::look(flow, printer)?;
            let all = job.look_up(job.statuses())?;
            if *json {
                printer::result(&format!("{:#}", json!({ "flows": all })))?;
            } else {
                for status in &all {
                    printer::result(&status.render())?;
                }
            }
        }
        FlowVerb::Import { flow } => import::import(flow, printer)?,
        FlowVerb::Verify(args) => return verify::verify(args, printer),
        FlowVerb::Destroy { flow, yes, all } => {
            return destroy::destroy(flow, *yes, *all, printer);
        }
    }
    Ok(ExitCode::Fine)
}

/// What Terraform's users know: 2 says that there is something to do.
fn detailed(plans: &[flow::Plan]) -> ExitCode {
    const CHANGES: ExitCode = ExitCode::Usage;
    if plans.iter().any(|plan| plan.refusal.is_some()) {
        ExitCode::Failed
    } else if plans.iter().any(flow::Plan::has_work) {
        CHANGES
    } else {
        ExitCode::Fine
    }
}

struct Job {
    specs: Vec<Spec>,
    /// Those that have a flow, in the same order.
    streams: Vec<ResolvedStream>,
    /// What all of the scenario's streams are sent to.
    places: Vec<DestinationOptions>,
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
        let changes = target.layers.changes();
        let loaded = changes.load(&target.scenario, &env::lookup, Target::Real)?;
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
        // What is said about it is how far the command got.
        signals::listen(&runtime, &control, Printer::silent())
            .map_err(|error| Failure::new(format!("cannot listen for signals: {error}")))?;
        let places = resolved.streams.iter().map(|it| it.options.clone());
        let places = places.collect();
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
            places,
            side,
            runtime,
            control,
        })
    }

    /// Asks the platform, for as long as the user waits.
    fn look_up<T>(&self, look: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let words = || {
            Failure::new("interrupted before the platform had answered")
                .help("nothing was changed")
                .exit(ExitCode::Interrupted)
        };
        let look = signals::unless_interrupted(&self.control, look, words);
        self.runtime.block_on(look)
    }

    async fn plans(&self) -> Result<Vec<flow::Plan>, Failure> {
        let mut plans = Vec::new();
        for spec in &self.specs {
            let state = self.side.state.flow(&spec.name);
            plans.push(flow::plan(&self.side.client, spec, &state).await?);
        }
        Ok(plans)
    }

    async fn statuses(&self) -> Result<Vec<Status>, Failure> {
        let mut all = Vec::new();
        for spec in &self.specs {
            let state = self.side.state.flow(&spec.name);
            all.push(flow::status(&self.side.client, spec, &state).await?);
        }
        Ok(all)
    }
}
