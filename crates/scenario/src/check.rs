//! What only shows where sections stand next to one another.

mod beside;
mod cut_short;
mod defects;
mod fit;
mod flow;
mod format;
mod limits;
mod names;
mod order;
mod relations;
mod sent;

use ::flow::{Lookup, VerifyOptions};
use options::{Location, Problem, Problems};
use pacing::{Arrivals, Load, Schedule as _, Stop};
use producers::DestinationOptions;
use records::{Context, Template};
use report::Verification;

use crate::document::{Document, Stream, StreamOptions};
use crate::event_times::step_nanos;
use crate::finding::Findings;
use crate::loaded::{File, Target};
use crate::loads::Loads;
use crate::redirect::Redirect;
use crate::resolve::due_before;

pub(crate) use cut_short::beside_load;
pub(crate) use flow::flow_name;
pub(crate) use limits::{headers_len, key_len, longest};
pub(crate) use names::fitting_name;
pub(crate) use sent::others;

/// Mean nanoseconds between two records' event times where nothing better is known: 1 ms.
pub(crate) const STEP_NANOS: u64 = 1_000_000;

/// Adds every mistake that a scenario that could be read still has.
pub(crate) fn check(
    document: &Document,
    name: &str,
    file: &File,
    env: Lookup<'_>,
    target: Target,
    findings: &mut Findings,
) {
    let mut checker = Checker {
        document,
        file,
        env,
        target,
        findings,
        shares_keys: Vec::new(),
    };
    checker.top(name);
    let streams = document.streams(name);
    for stream in &streams {
        checker.stream(stream, &streams);
    }
    checker.relations(&streams);
    checker.sent_by(&streams);
    checker.cut_short(&streams);
    checker.platform(&streams);
    checker.thresholds(&streams);
    checker.order_thresholds();
}

pub(crate) struct Checker<'a> {
    document: &'a Document,
    file: &'a File,
    env: Lookup<'a>,
    target: Target,
    findings: &'a mut Findings,
    /// The streams that have several records of one key, on several lanes.
    shares_keys: Vec<String>,
}

impl Checker<'_> {
    fn is_sandbox(&self) -> bool {
        self.target == Target::Sandbox
    }

    fn report(&mut self, problem: Problem) {
        self.file.find(problem, false, self.findings);
    }

    /// A problem of the key rather than of its value.
    fn report_key(&mut self, problem: Problem) {
        self.file.find(problem, true, self.findings);
    }

    /// Reports all of them; true if there is a mistake among them, and not only warnings.
    fn report_all(&mut self, problems: Problems) -> bool {
        let is_wrong = problems.iter().any(|problem| !problem.is_warning);
        for problem in problems {
            self.report(problem);
        }
        is_wrong
    }

    fn collect(&mut self, find: impl FnOnce(&mut Problems)) -> bool {
        let mut problems = Problems::new();
        find(&mut problems);
        self.report_all(problems)
    }

    fn is_broken(&self, at: &Location) -> bool {
        self.file.broken.concerns(at)
    }

    fn top(&mut self, name: &str) {
        let root = Location::root();
        let document = self.document;
        match document.version {
            Some(1) => {}
            Some(version) => self.report(
                Problem::new(
                    root.join("version"),
                    format!("version {version} of the scenario format is not known"),
                )
                .help("this Hydrant reads version 1"),
            ),
            None => self.report(
                Problem::new(root.join("version"), "`version` is missing")
                    .help("begin the file with `version: 1`"),
            ),
        }
        if document.name.is_some()
            && let Some(problem) = names::problem("scenario", name, root.join("name"))
        {
            self.report(problem);
        }
        self.collect(|problems| {
            records::entity_problems(&document.entities, &root.join("entities"), problems);
        });
        if let Some(run) = &document.run {
            self.collect(|problems| run.problems(&root.join("run"), problems));
        }
        let Some(streams) = &document.streams else {
            return;
        };
        if streams.is_empty() {
            self.report(
                Problem::new(root.join("streams"), "there are no streams")
                    .help("give each a name, with `destination`, `records` and `load` below it"),
            );
        }
        for name in streams.keys() {
            let at = root.join("streams").join(name);
            if let Some(problem) = names::problem("stream", name, at) {
                self.report_key(problem);
            }
        }
        let has_total =
            |stream: &StreamOptions| matches!(&stream.share, Some(share) if share.of.is_none());
        let has_total = streams.values().any(has_total);
        if let Some(load) = document.load.as_deref().filter(|_| has_total) {
            self.collect(|problems| pacing::problems(load, &root.join("load"), problems));
        }
        for section in [
            "flow",
            "destination",
            "records",
            "load",
            "backfill",
            "verify",
        ] {
            let mut broken = streams
                .keys()
                .map(|name| root.join("streams").join(name).join("share"));
            if section == "load" && (has_total || broken.any(|at| self.is_broken(&at))) {
                continue;
            }
            let help = if section == "load" {
                "give each stream a part of it, e.g. `share: 50%`, or a load of its own"
            } else {
                "each stream has its own: move it below the stream's name"
            };
            if self.file.root.keys().any(|key| key == section) {
                self.report_key(
                    Problem::new(
                        root.join(section),
                        format!("`{section}` stands beside `streams`"),
                    )
                    .help(help),
                );
            }
        }
    }

    fn stream(&mut self, stream: &Stream<'_>, streams: &[Stream<'_>]) {
        let at = |section: &str| stream.at.join(section);
        let destination = self.destination(stream);
        let mut template = None;
        if let Some(records) = stream.records {
            let has_entities = !self.is_broken(&Location::root().join("entities"));
            let has_fields = !self.is_broken(&at("records"));
            let is_wrong = self.collect(|problems| {
                records.problems(&at("records"), problems);
                // What is named may be among what can't be read.
                let names_entity = |step: &String| matches!(step.as_str(), "of" | "pick");
                problems
                    .retain(|problem| has_entities || !problem.at.steps().iter().any(names_entity));
                // So may what these look at.
                let looks = ["template", "compute", "when", "where"];
                let looks = |step: &String| looks.contains(&step.as_str());
                problems.retain(|problem| has_fields || !problem.at.steps().iter().any(looks));
            });
            if !is_wrong && has_entities {
                template = self.template(stream);
            }
        } else {
            self.missing(
                at("records"),
                "what the records are, e.g. \
                 `records: {fields: {id: record_id, firstName: first_name}}`",
            );
        }
        self.collect(|problems| {
            let places = (&at("arrivals"), &at("jitter"));
            Arrivals::problems(stream.arrivals, stream.jitter, places, problems);
        });
        match stream.load {
            Some(load) => {
                let is_wrong = self.collect(|problems| {
                    if stream.parts.is_empty() {
                        pacing::problems(load, &at("load"), problems);
                    }
                    if let Some(backfill) = stream.backfill {
                        backfill.problems(&at("backfill"), problems);
                    }
                });
                // What is wrong with a load is told where it stands, and not at those with a share of it.
                let is_wrong =
                    is_wrong || self.is_broken(&at("backfill")) || has_problems(load, stream);
                if let Some(template) = template.as_ref().filter(|_| !is_wrong) {
                    let mean = |stream: &Stream<'_>| Some(self.template(stream)?.mean_len());
                    let loads = Loads {
                        streams,
                        stop: Stop::default(),
                        mean: &mean,
                    };
                    match loads.of(stream) {
                        Ok(None) => {}
                        Ok(Some(load)) => {
                            self.defects(stream, destination.as_ref(), load.total());
                            self.enough(stream, &load);
                            let (document, name) = (self.document, stream.name);
                            self.collect(|problems| beside_load(document, name, &load, problems));
                            if let Some(destination) = &destination {
                                self.limits(stream, destination, template, &load);
                            }
                        }
                        Err(problem) => self.report(problem),
                    }
                }
            }
            None if stream.share.is_some() || self.is_broken(&at("share")) => {}
            None => self.missing(
                at("load"),
                "how fast records leave, e.g. `load: [{hold: {rate: 1k/s, for: 1m}}]`",
            ),
        }
        self.format(stream, destination.as_ref());
        self.flow(stream, destination.as_ref(), template.as_ref());
        self.verify(stream, destination.as_ref(), template.as_ref());
        self.order(stream, destination.as_ref(), template.as_ref());
    }

    /// Entities that come once each have to be enough for the load, and journeys under way are few.
    fn enough(&mut self, stream: &Stream<'_>, load: &Load) {
        if let Some(records) = stream
            .records
            .filter(|_| !self.is_broken(&stream.load_at()))
        {
            let document = self.document;
            self.collect(|problems| {
                records.enough_for(load.total(), &stream.at, problems);
                let run = (document.seed(), stream.name);
                records.enough_to_insert(load.total(), run, &stream.at, problems);
                let at = stream.at.join("records");
                records.version_problems(load.total(), &due_before(load), &at, problems);
                records.under_way(step_nanos(load), &stream.at.join("records"), problems);
            });
        }
    }

    fn missing(&mut self, at: Location, what: &str) {
        let section = at.steps().last().cloned().unwrap_or_default();
        self.report(
            Problem::new(at, format!("`{section}` is missing")).help(format!("say {what}")),
        );
    }

    /// The destination as it will be used, if there is nothing wrong with it.
    fn destination(&mut self, stream: &Stream<'_>) -> Option<DestinationOptions> {
        let at = stream.at.join("destination");
        let Some(written) = stream.destination else {
            self.missing(
                at,
                "where the records go, e.g. `destination: {event_hubs: {…}}`",
            );
            return None;
        };
        let mut destination = written.clone();
        let mut problems = Problems::new();
        if self.is_sandbox() {
            Redirect::nowhere().apply(&mut destination, &at, &mut problems);
        }
        destination.problems(&at, &mut problems);
        // Its address comes with a flow, or it is written.
        let inlet = written
            .http_api
            .as_ref()
            .filter(|inlet| inlet.inlet_url.is_none());
        let has_flow = stream.flow.is_some() || self.is_broken(&stream.at.join("flow"));
        if inlet.is_some() && !has_flow {
            problems.push(
                Problem::new(at.join("http_api"), "the inlet's address is not known")
                    .help("add the `flow:` that reads it, or `inlet_url` and `flow_id`"),
            );
        }
        let is_wrong = self.report_all(problems);
        (!is_wrong && !self.is_broken(&at)).then_some(destination)
    }

    /// The records as they will be, if nothing is wrong with them.
    fn template(&self, stream: &Stream<'_>) -> Option<Template> {
        if self.is_broken(&stream.at.join("records")) {
            return None;
        }
        let context = Context {
            seed: self.document.seed(),
            stream: stream.name.to_owned(),
            start_unix_nanos: 0,
            event_times: std::sync::Arc::new(records::Steps(STEP_NANOS)),
        };
        Template::compile(stream.records?, &context).ok()
    }

    /// Who we are on the platform, where that matters.
    fn platform(&mut self, streams: &[Stream<'_>]) {
        let at = Location::root().join("platform");
        let platform = self.document.platform.clone().unwrap_or_default();
        let flow = streams.iter().find(|stream| stream.flow.is_some());
        let Some(flow) = flow.filter(|_| !self.is_sandbox()) else {
            self.collect(|problems| platform.problems(&at, problems));
            return;
        };
        let Err(problems) = platform.resolve(&at, self.env) else {
            return;
        };
        let is_written = self.document.platform.is_some();
        for mut problem in problems {
            if !is_written {
                // There is no section to point at: it is the flow that needs it.
                problem.at = flow.at.join("flow");
            }
            self.report_key(problem);
        }
    }

    /// Thresholds are judged for every stream that they are for: each has to be verified.
    fn thresholds(&mut self, streams: &[Stream<'_>]) {
        let verified = |stream: &Stream<'_>| {
            let is_broken = self.is_broken(&stream.at.join("verify"));
            let asked = |what: fn(&VerifyOptions) -> bool| stream.verify.is_some_and(what);
            Verification {
                landed: is_broken || asked(|verify| verify.landed.is_some()),
                read_back: is_broken || asked(|verify| verify.read_back.is_some()),
                profile: is_broken || asked(|verify| verify.profile.is_some()),
                defects: stream
                    .records
                    .is_some_and(|records| records.defects.is_some()),
                operations: stream
                    .records
                    .is_some_and(|records| records.operations.is_some()),
            }
        };
        let streams: Vec<_> = streams
            .iter()
            .map(|stream| (stream.name, verified(stream)))
            .collect();
        let at = Location::root().join("thresholds");
        for (index, threshold) in self.document.thresholds.iter().enumerate() {
            // Each may be a mistake for each of many streams.
            if self.findings.overflow() {
                self.findings.cut();
                return;
            }
            let at = at.join(index);
            self.collect(|problems| threshold.problems(&streams, &at, problems));
        }
    }
}

/// Whether a load that a stream has a share of can't be worked out.
fn has_problems(load: &[pacing::Phase], stream: &Stream<'_>) -> bool {
    let mut found = Problems::new();
    if !stream.parts.is_empty() {
        pacing::problems(load, &Location::root(), &mut found);
    }
    pacing::is_unpaced(load) && !stream.parts.is_empty() || found.iter().any(|it| !it.is_warning)
}

/// A problem that was found from a stream's sections on, seen from the top of the file.
pub(crate) fn below(at: &Location, problem: Problem) -> Problem {
    let steps = problem.at.steps().iter();
    let at = steps.fold(at.clone(), |at, step| at.join(step));
    Problem { at, ..problem }
}
