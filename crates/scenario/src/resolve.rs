//! From a scenario to what the other crates run.

use std::sync::Arc;
use std::time::Duration;

use batch::Nanos;
use engine::{RunOptions, StreamPlan, Zero};
use flow::{Platform, Spec, VerifyOptions};
use jiff::Timestamp;
use options::{Location, Period, Problems, Rate};
use pacing::{Load, Schedule as _, Share, Stop};
use producers::{Demand, Destination, DestinationOptions};
use records::{Context, EventTimes, Steps, Template};
use report::{StopWhen, Threshold};

use crate::After;
use crate::as_run;
use crate::check::{STEP_NANOS, below, beside_load, flow_name, others};
use crate::data_files::DataFile;
use crate::diagnostics::Diagnostics;
use crate::document::Stream;
use crate::event_times::event_times;
use crate::finding::{Finding, Findings};
use crate::loaded::{Loaded, Target};
use crate::loads::Loads;
use crate::redirect::Redirect;
use crate::registry::{RegistryQuestion, questions};
use crate::upstream::{completed, upstream};

/// What goes before what the scenario says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overrides {
    /// `--seed`.
    pub seed: Option<u64>,
    /// `--rate`, of every stream.
    pub rate: Option<Rate>,
    /// `--for`, of every stream.
    pub for_: Option<Period>,
    /// `--count`, of every stream.
    pub count: Option<u64>,
    /// The moment that the run's event times count from; the same for all workers of a run. `None`:
    /// now.
    pub start: Option<Timestamp>,
}

/// A scenario ready to run.
#[derive(Debug)]
pub struct Resolved {
    /// What the run is called.
    pub name: String,
    /// What all random values come from.
    pub seed: u64,
    /// The moment that the records' event times count from.
    pub start: Timestamp,
    /// At least one.
    pub streams: Vec<ResolvedStream>,
    /// Who we are on the platform; `None` if no stream has a flow.
    pub platform: Option<Platform>,
    /// How the run is carried out.
    pub run: RunOptions,
    /// What is due before this, from the run's start, is not measured.
    pub warm_up: Duration,
    /// What ends it early.
    pub stop_when: Option<StopWhen>,
    /// What it has to achieve.
    pub thresholds: Vec<Threshold>,
    /// The scenario as it runs: overrides applied, defaults filled in, secrets as references. YAML
    /// that reads back to the same run.
    pub as_run: String,
    /// The files with data that it refers to, beside it.
    pub data_files: Vec<DataFile>,
}

/// One stream ready to run.
#[derive(Debug)]
pub struct ResolvedStream {
    /// Its key below `streams:`, or the scenario's name.
    pub name: String,
    /// Where the records go, as options: a copy to look at or to create and remove things with.
    pub options: DestinationOptions,
    /// The same, to send to.
    pub destination: Box<dyn Destination>,
    /// What the records are.
    pub template: Arc<Template>,
    /// When they are due.
    pub load: Arc<Load>,
    /// The stream after which it starts.
    pub after: Option<engine::After>,
    /// Whether its load is a part of another one.
    pub has_share: bool,
    /// What a schema registry has to be asked before records are made; see [`Loaded::settle`].
    pub registry: Vec<RegistryQuestion>,
    /// What the load asks of the destination at its peak; `None` if it is unpaced.
    pub demand: Option<Demand>,
    /// The flow that reads the stream.
    pub flow: Option<Spec>,
    /// What to verify.
    pub verify: Option<VerifyOptions>,
}

impl ResolvedStream {
    /// The engine's plan for this worker's share of the stream.
    pub fn into_plan(self, share: Share, run: &RunOptions) -> StreamPlan {
        StreamPlan {
            name: self.name,
            destination: self.destination,
            template: self.template,
            zero: Zero::of(&self.load),
            after: self.after,
            ended: None,
            load: self.load,
            share,
            options: run.clone(),
        }
    }
}

impl Loaded<'_> {
    /// What the other crates run. With `redirect`, everything is pointed at the sandbox that it
    /// describes, and no secret is read.
    ///
    /// A scenario that was loaded for [`Target::Sandbox`] can be resolved without a sandbox, to look
    /// at its records and its load; its destination leads nowhere then.
    pub fn resolve(
        &self,
        overrides: &Overrides,
        redirect: Option<&Redirect>,
    ) -> Result<Resolved, Diagnostics> {
        let nowhere = (self.target == Target::Sandbox).then(Redirect::nowhere);
        let redirect = redirect.or(nowhere.as_ref());
        let seed = overrides.seed.unwrap_or_else(|| self.document.seed());
        let mut resolver = Resolver {
            loaded: self,
            overrides,
            redirect,
            seed,
            start: overrides.start.unwrap_or_else(Timestamp::now),
            problems: Problems::new(),
        };
        let written = self.document.streams(&self.name);
        let streams: Vec<_> = written
            .iter()
            .filter_map(|stream| resolver.stream(stream, &written))
            .collect();
        let platform = if written.iter().any(|stream| stream.flow.is_some()) {
            resolver.platform()
        } else {
            None
        };
        let streams = resolver.knowing_each_other(streams, &written);
        let (problems, start) = (resolver.problems, resolver.start);
        if problems.iter().any(|problem| !problem.is_warning) || streams.len() < written.len() {
            let mut findings = Findings::default();
            for problem in problems {
                if !findings.leave_out(problem.is_warning) {
                    let whole = Finding::new(None, problem.message.clone());
                    findings.push(self.file.finding(problem, false).unwrap_or(whole));
                }
            }
            return Err(self.file.diagnostics(findings));
        }
        Ok(Resolved {
            name: self.name.clone(),
            seed,
            start,
            as_run: as_run::write(self, overrides, seed, &streams),
            data_files: self.data_files.clone(),
            streams,
            platform,
            run: self.document.run.clone().unwrap_or_default(),
            warm_up: self.document.warm_up.unwrap_or_default().0,
            stop_when: self.document.stop_when.clone(),
            thresholds: self.document.thresholds.clone(),
        })
    }
}

/// How many records of a load are due before a time in nanoseconds; `u64::MAX` if they are due whenever there is room.
pub(crate) fn due_before(load: &Load) -> impl Fn(u64) -> u64 {
    move |nanos| match nanos.checked_sub(1) {
        _ if !load.is_paced() => u64::MAX,
        None => 0,
        Some(last) => load.count_by(Nanos(last)),
    }
}

impl Overrides {
    pub(crate) fn stop(&self) -> Stop {
        Stop {
            after: self.for_,
            count: self.count,
            rate: self.rate,
        }
    }
}

struct Resolver<'a> {
    loaded: &'a Loaded<'a>,
    overrides: &'a Overrides,
    redirect: Option<&'a Redirect>,
    seed: u64,
    start: Timestamp,
    problems: Problems,
}

impl Resolver<'_> {
    fn stream(&mut self, stream: &Stream<'_>, written: &[Stream<'_>]) -> Option<ResolvedStream> {
        let records = stream.records?;
        let template = self.template(stream, records, Arc::new(Steps(STEP_NANOS)))?;
        let load = Arc::new(self.load(stream, written)?);
        records.enough_for(load.total(), &stream.at, &mut self.problems);
        let run = (self.seed, stream.name);
        records.enough_to_insert(load.total(), run, &stream.at, &mut self.problems);
        if let Some(defects) = &records.defects {
            let at = stream.at.join("records").join("defects");
            defects.problems_of_load(load.total(), &at, &mut self.problems);
        }
        // The event times need the load, and a load in bytes needs the length of a record.
        let template = template.with_event_times(records, &event_times(&load));
        let template = template.of_load(load.total());
        let due = Arc::clone(&load);
        let before = due_before(&due);
        let at = stream.at.join("records");
        records.version_problems(load.total(), &before, &at, &mut self.problems);
        let template = template.of_versions(load.total(), &before);

        let mut options = stream.destination?.clone();
        let at = stream.at.join("destination");
        if let Some(redirect) = self.redirect {
            redirect.apply(&mut options, &at, &mut self.problems);
        }
        let flow = match stream.flow {
            Some(flow) => Some(self.flow(stream, flow, &options)?),
            None => None,
        };
        let destination = options.clone().into_box()?;
        Some(ResolvedStream {
            name: stream.name.to_owned(),
            destination,
            options,
            after: stream.after.map(After::resolved),
            has_share: stream.share.is_some(),
            registry: questions(records, &template, stream.destination?, self.redirect),
            demand: demand(&load, &template),
            template: Arc::new(template),
            load,
            flow,
            verify: stream.verify.cloned(),
        })
    }

    /// The streams with records that name what others have sent, now that all loads are known.
    fn knowing_each_other(
        &mut self,
        mut streams: Vec<ResolvedStream>,
        written: &[Stream<'_>],
    ) -> Vec<ResolvedStream> {
        let loads: Vec<_> = streams
            .iter()
            .map(|stream| (stream.name.clone(), Arc::clone(&stream.load)))
            .collect();
        let load = |name: &str| {
            let (_, load) = loads.iter().find(|(known, _)| known == name)?;
            Some(Load::clone(load))
        };
        for stream in written {
            let picks = stream
                .records
                .is_some_and(|it| it.sent_by().next().is_some());
            let Some(resolved) = streams
                .iter_mut()
                .find(|it| picks && it.name == stream.name)
            else {
                continue;
            };
            let Some(records) = others(stream, written, &load, &mut self.problems) else {
                continue;
            };
            if let Some(template) = self.template(stream, &records, event_times(&resolved.load)) {
                let (load, total) = (&resolved.load, resolved.load.total());
                let template = template.of_load(total);
                resolved.template = Arc::new(template.of_versions(total, &due_before(load)));
            }
        }
        streams
    }

    fn context(&self, stream: &Stream<'_>, event_times: Arc<dyn EventTimes>) -> Context {
        Context {
            seed: self.seed,
            stream: stream.name.to_owned(),
            start_unix_nanos: self.start.as_nanosecond(),
            event_times,
        }
    }

    fn template(
        &mut self,
        stream: &Stream<'_>,
        records: &records::RecordsOptions,
        event_times: Arc<dyn EventTimes>,
    ) -> Option<Template> {
        let context = self.context(stream, event_times);
        let problems = match Template::compile(records, &context) {
            Ok(template) => return Some(template),
            Err(problems) => problems,
        };
        self.problems.extend(
            problems
                .into_iter()
                .map(|problem| below(&stream.at, problem)),
        );
        None
    }

    fn load(&mut self, stream: &Stream<'_>, written: &[Stream<'_>]) -> Option<Load> {
        let stop = self.overrides.stop();
        let mean = |stream: &Stream<'_>| {
            let context = self.context(stream, Arc::new(Steps(STEP_NANOS)));
            Some(
                Template::compile(stream.records?, &context)
                    .ok()?
                    .mean_len(),
            )
        };
        let loads = Loads {
            streams: written,
            stop,
            mean: &mean,
        };
        match loads.of(stream) {
            Ok(None) => None,
            Ok(Some(load)) => {
                // So was what stands beside it.
                if stop != Stop::default() {
                    let mut problems = Problems::new();
                    beside_load(&self.loaded.document, stream.name, &load, &mut problems);
                    for problem in &mut problems {
                        problem.message = format!("with {}: {}", flags(&stop), problem.message);
                    }
                    self.problems.extend(problems);
                }
                Some(stream.spread(load, self.seed))
            }
            Err(problem) => {
                // The scenario's own load was checked: what is wrong came from the command line.
                let mut problem = problem;
                problem.at = stream.load_at();
                problem.message = format!("with {}: {}", flags(&stop), problem.message);
                self.problems.push(problem);
                None
            }
        }
    }

    fn flow(
        &mut self,
        stream: &Stream<'_>,
        flow: &flow::FlowOptions,
        options: &DestinationOptions,
    ) -> Option<Spec> {
        let is_sandbox = self.redirect.is_some();
        let stand_ins = |name: &str| {
            let set = self.redirect.and_then(|redirect| redirect.variable(name));
            let set = set.or_else(|| (self.loaded.env)(name));
            set.or_else(|| Some("stand-in".to_owned()))
        };
        let env: flow::Lookup<'_> = if is_sandbox {
            &stand_ins
        } else {
            self.loaded.env
        };
        let upstream = upstream(options, env, is_sandbox);
        let flow = completed(flow, options, is_sandbox);
        let name = flow_name(&self.loaded.name, stream);
        match Spec::resolve(&flow, &name, upstream, env, &stream.at.join("flow")) {
            Ok(spec) => Some(match stream.records {
                Some(records) => spec.with_records(records),
                None => spec,
            }),
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        }
    }

    fn platform(&mut self) -> Option<Platform> {
        let at = Location::root().join("platform");
        let written = self.loaded.document.platform.clone().unwrap_or_default();
        let resolved = match self.redirect {
            // Nothing of what the scenario says about accounts counts on the sandbox.
            Some(redirect) => {
                let platform = flow::PlatformOptions::default();
                platform.resolve(&at, &|name| redirect.variable(name))
            }
            None => written.resolve(&at, self.loaded.env),
        };
        match resolved {
            Ok(platform) => Some(platform),
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        }
    }
}

/// `--rate 2k/s --for 10s`.
pub(crate) fn flags(stop: &Stop) -> String {
    let flags = [
        stop.rate.map(|rate| format!("--rate {rate}")),
        stop.after.map(|after| format!("--for {after}")),
        stop.count.map(|count| format!("--count {count}")),
    ];
    let flags: Vec<_> = flags.into_iter().flatten().collect();
    format!("`{}`", flags.join(" "))
}

/// What the load asks for at its peak.
fn demand(load: &Load, template: &Template) -> Option<Demand> {
    let (mean, key) = (template.mean_len(), crate::check::key_len(template));
    let headers = crate::check::headers_len(template);
    let peak = load.peak_rate()?;
    Some(Demand {
        records_per_second: peak,
        bytes_per_second: peak * (mean + key + headers),
        largest_record: crate::check::longest(template),
    })
}
