//! The flow next to its destination and records, and what is to be verified next to both.

use flow::verify::{LOOK_UPS_PER_SECOND, OPEN_MAX, profile_problems};
use flow::{By, ProfileOptions, Spec, VerifyOptions};
use indexmap::IndexSet;
use options::{Location, Problem, Problems};
use pacing::{Schedule as _, Stop};
use producers::{Destination, DestinationOptions};
use records::Template;

use super::Checker;
use crate::document::Stream;
use crate::redirect::Redirect;
use crate::upstream::{completed, upstream};

/// The scenario's part of the names of what is made for a stream.
pub(crate) fn flow_name(scenario: &str, stream: &Stream<'_>) -> String {
    if stream.at.steps().is_empty() {
        scenario.to_owned()
    } else {
        format!("{scenario}-{}", stream.name)
    }
}

impl Checker<'_> {
    /// `destination` and `template` are there if there is nothing wrong with them.
    pub(super) fn flow(
        &mut self,
        stream: &Stream<'_>,
        destination: Option<&DestinationOptions>,
        template: Option<&Template>,
    ) {
        let Some(flow) = stream.flow else { return };
        let at = stream.at.join("flow");
        match destination {
            Some(destination) => {
                let flow = completed(flow, destination, self.is_sandbox());
                if let Err(problems) = self.spec(&flow, stream, destination) {
                    self.report_all(problems);
                }
            }
            // What the flow takes from the destination is not known.
            None => {
                self.collect(|problems| flow.problems(&at, problems));
            }
        }
        let is_known = template.is_some() && !self.is_broken(&stream.at.join("records"));
        let records = stream.records.filter(|_| is_known);
        let flow::Checked { sources, targets } = flow::check(flow, records, &at);
        for problem in sources {
            self.report_key(problem);
        }
        self.report_all(targets);
        let Some(template) = template.filter(|_| is_known) else {
            return;
        };
        let fields: IndexSet<_> = template.field_names().collect();
        if flow
            .ready
            .as_ref()
            .is_some_and(|ready| ready.canary.is_some())
        {
            self.landed(stream, Some(template), &at.join("ready").join("canary"));
            if template.id_field().is_none() {
                self.report_key(
                    Problem::new(
                        at.join("ready").join("canary"),
                        "a canary without an id cannot be told from other records",
                    )
                    .help("add a field of the kind `record_id`, e.g. `id: record_id`"),
                );
            }
        }
        if let Some(records) = stream.records {
            self.fit(flow, records, template, &at);
        }
        let custom = flow.schema.iter().flat_map(|schema| schema.fields.keys());
        for field in custom.filter(|field| !fields.contains(field.as_str())) {
            let target = format!("_tenant.{field}");
            let below = format!("{target}.");
            let is_it = |path: &String| *path == target || path.starts_with(&below);
            if !flow.mapping.values().any(is_it) {
                let at = at.join("schema").join("fields").join(field);
                let message = format!("nothing is mapped to `{field}`: records have no such field");
                let help = format!("add the field, or `<field>: {target}` to `mapping`");
                self.report_key(Problem::warning(at, message).help(help));
            }
        }
    }

    fn spec(
        &self,
        flow: &flow::FlowOptions,
        stream: &Stream<'_>,
        destination: &DestinationOptions,
    ) -> Result<Spec, Problems> {
        let sandbox = Redirect::nowhere();
        let stand_ins = |name: &str| {
            let set = sandbox.variable(name).or_else(|| (self.env)(name));
            set.or_else(|| Some("stand-in".to_owned()))
        };
        let env: flow::Lookup<'_> = if self.is_sandbox() {
            &stand_ins
        } else {
            self.env
        };
        let upstream = upstream(destination, env, self.is_sandbox());
        Spec::resolve(flow, stream.name, upstream, env, &stream.at.join("flow"))
    }

    pub(super) fn verify(
        &mut self,
        stream: &Stream<'_>,
        destination: Option<&DestinationOptions>,
        template: Option<&Template>,
    ) {
        let Some(verify) = stream.verify else { return };
        let at = stream.at.join("verify");
        self.collect(|problems| verify.problems(&at, problems));
        if *verify == VerifyOptions::default() {
            self.report(
                Problem::new(at.clone(), "`verify` asks for nothing")
                    .help("add `landed: {within: 30m}` or `read_back: {}`, or leave it out"),
            );
        }
        if let Some(profile) = &verify.profile {
            self.in_profile(stream, template, &at.join("profile"));
            self.sample(stream, template, profile, &at.join("profile"));
        }
        if let Some(landed) = &verify.landed {
            self.landed(stream, template, &at.join("landed"));
            let ready = stream.flow.and_then(|flow| flow.ready.as_ref());
            if landed.by == Some(By::Metrics) && ready.is_some_and(|it| it.canary.is_some()) {
                self.report(
                    Problem::new(
                        at.join("landed").join("by"),
                        "the platform's metrics count canaries as records",
                    )
                    .help(
                        "look at the files (`by: files`), or wait for the flow with \
                         `ready: {start_up: 5m}` instead of `canary`",
                    ),
                );
            }
        }
        if verify.read_back.is_some() {
            let word = destination
                .and_then(DestinationOptions::get)
                .map(Destination::name);
            let help = match word {
                Some("discard") => Some("it goes nowhere: leave `read_back` out"),
                Some("file") => Some(
                    "every record of it is acknowledged when it is written: leave `read_back` out",
                ),
                Some("http_api") => Some(
                    "an inlet is a way in only: verify the dataset with `landed: {within: 30m}`",
                ),
                _ => None,
            };
            if let (Some(word), Some(help)) = (word, help) {
                let message = format!("what is sent to `{word}` cannot be read back");
                self.report_key(Problem::new(at.join("read_back"), message).help(help));
            }
        }
        if template.is_some_and(Template::has_tombstones) {
            let is_changed = template.is_some_and(|it| it.changed_at_once().is_some());
            let (at, change) = if is_changed {
                let at = stream.at.join("records").join("operations").join("delete");
                (at, "write `delete: {share: 1, as: record}`")
            } else {
                let at = stream.at.join("records").join("tombstones");
                (at, "leave out `tombstones`")
            };
            let looked_for = match (&verify.landed, &verify.profile) {
                (Some(_), None) => Some("`verify.landed`"),
                (None, Some(_)) => Some("`verify.profile`"),
                (Some(_), Some(_)) => Some("`verify.landed` and `verify.profile`"),
                (None, None) => None,
            };
            if let Some(looked_for) = looked_for {
                let problem = Problem::new(at.clone(), "a record without a value never lands");
                self.report_key(problem.help(format!("{change} or {looked_for}")));
            }
            if !is_changed
                && verify.read_back.is_some()
                && template.is_some_and(Template::may_share_keys)
            {
                let message = "a tombstone that is read back has nothing but its key to be told by";
                self.report_key(
                    Problem::new(at, message)
                        .help("take the record's id as `key`, or leave out `verify.read_back`"),
                );
            }
        }
        let has_no_id = template.is_some_and(|template| template.id_field().is_none());
        if has_no_id {
            self.report_key(
                Problem::new(at, "records without an id cannot be told apart")
                    .help("add a field of the kind `record_id`, e.g. `id: record_id`"),
            );
        }
    }

    /// Whether records can come to the profile, as far as it can be told.
    fn in_profile(&mut self, stream: &Stream<'_>, template: Option<&Template>, at: &Location) {
        let Some(flow) = stream.flow else {
            if !self.is_broken(&stream.at.join("flow")) {
                let message = "without a flow no record reaches the profile";
                let help = "add `flow:` with a schema that takes part in the profile, or leave `profile` out";
                self.report_key(Problem::new(at.clone(), message).help(help));
            }
            return;
        };
        let records = stream.records.filter(|_| template.is_some());
        for problem in profile_problems(flow, records, at) {
            self.report_key(problem);
        }
    }

    /// Whether there is time to look the whole sample up.
    fn sample(
        &mut self,
        stream: &Stream<'_>,
        template: Option<&Template>,
        profile: &ProfileOptions,
        at: &Location,
    ) {
        let load = template.map(|template| stream.compiled(&Stop::default(), template.mean_len()));
        let Some(Ok(Some(load))) = load else {
            return;
        };
        let Some(total) = load.total() else {
            return;
        };
        let sampled = total as f64 * profile.sample().fraction();
        let end = load.end().map_or(0.0, |end| end.0 as f64 / 1e9);
        let within = profile.within().0.as_secs_f64();
        let most = (end + within) * LOOK_UPS_PER_SECOND;
        // While the load lasts, and if the profile takes as long as it may.
        let open = if end > 0.0 {
            sampled.min(sampled / end * within)
        } else {
            0.0
        };
        let (message, help) = if sampled < 1.0 {
            (
                "of so few records the sample is likely to have none".to_owned(),
                "take a larger `sample`",
            )
        } else if sampled > most {
            let message = format!(
                "the sample has about {sampled:.0} records, and no more than {most:.0} can be looked up in \
                 time"
            );
            let help = "take a smaller `sample`, or give it more time with `within`";
            (message, help)
        } else if open > OPEN_MAX as f64 {
            let message = format!(
                "if the profile takes as long as `within`, the sample has {open:.0} records open at once, and \
                 no more than {OPEN_MAX} can be: latencies come out longer"
            );
            (message, "take a smaller `sample`")
        } else {
            return;
        };
        self.report(Problem::warning(at.join("sample"), message).help(help));
    }

    fn landed(&mut self, stream: &Stream<'_>, template: Option<&Template>, at: &Location) {
        let Some(flow) = stream.flow else {
            if !self.is_broken(&stream.at.join("flow")) {
                self.report_key(
                    Problem::new(
                        at.clone(),
                        "there is no flow that records could land through",
                    )
                    .help("add `flow:`, or verify the stream itself with `read_back: {}`"),
                );
            }
            return;
        };
        let Some(id) = template.and_then(Template::id_field) else {
            return;
        };
        let custom = flow
            .schema
            .as_ref()
            .is_some_and(|schema| schema.fields.contains_key(id));
        let is_unknown = flow.mapping_set.is_some() && flow.mapping.is_empty();
        if !flow.mapping.contains_key(id) && !custom && !is_unknown {
            self.report_key(
                Problem::new(
                    at.clone(),
                    format!("landed records have no id: `{id}` is not mapped"),
                )
                .help(format!("add `{id}: _id` to `flow.mapping`")),
            );
        }
    }
}
