//! Whole runs on virtual time, against a destination that does what a script says.

mod accounting;
mod after;
mod endings;
mod frozen;
mod pasts;
mod rates;
mod scripted;
mod shares;
mod stops;
mod warm_ups;

use std::sync::Arc;

use batch::Clock;
use jiff::Timestamp;
use measure::Measured;
use pacing::{Load, Phase, Share, Stop};
use records::{Context, RecordsOptions, Template};
use serde_json::{Value, json};

use crate::run::run_on;
use crate::{Control, Error, Observer, Plan, RunOptions, StreamPlan};
use scripted::{Script, Scripted};

pub(crate) fn template() -> Arc<Template> {
    template_with(&json!({}))
}

/// The same with headers.
fn template_with(headers: &Value) -> Arc<Template> {
    let records: RecordsOptions = serde_json::from_value(json!({
        "key": "id",
        "headers": headers,
        "fields": {"id": "record_id", "firstName": "first_name"},
    }))
    .unwrap();
    let context = Context {
        seed: 1,
        stream: "test".to_owned(),
        start_unix_nanos: 0,
        event_times: Arc::new(records::Steps(1_000_000)),
    };
    Arc::new(Template::compile(&records, &context).unwrap())
}

pub(crate) fn load(phases: Value) -> Arc<Load> {
    let phases: Vec<Phase> = serde_json::from_value(phases).unwrap();
    Arc::new(Load::compile(&phases, &Stop::default(), 100.0).unwrap())
}

pub(crate) fn options(options: Value) -> RunOptions {
    serde_json::from_value(options).unwrap()
}

fn stream(name: &str, load: &Arc<Load>, options: RunOptions, destination: Scripted) -> StreamPlan {
    StreamPlan {
        name: name.to_owned(),
        destination: Box::new(destination),
        template: template(),
        load: Arc::clone(load),
        zero: crate::Zero::of(load),
        after: None,
        ended: None,
        share: Share::ALL,
        options,
    }
}

/// Carries a plan out on virtual time.
fn run_virtually(
    streams: Vec<StreamPlan>,
    clock: &Clock,
    control: &Control,
    observer: &mut dyn Observer,
) -> Result<Measured, Error> {
    run_on(Plan::new(streams), control, observer, clock, |_| {
        Ok(Timestamp::UNIX_EPOCH)
    })
}

/// One stream to a scripted destination, in a plan that is changed before it runs.
fn run_changed(
    load: &Arc<Load>,
    options: RunOptions,
    script: Script,
    change: impl FnOnce(&mut Plan),
) -> Measured {
    let (clock, time) = Clock::virtual_at_zero();
    let control = Control::new();
    let destination = Scripted::new(script, time, control.clone());
    let mut plan = Plan::new(vec![stream("test", load, options, destination)]);
    change(&mut plan);
    run_on(plan, &control, &mut crate::Unobserved, &clock, |_| {
        Ok(Timestamp::UNIX_EPOCH)
    })
    .unwrap()
}

/// One stream to a scripted destination.
fn run_script(
    load: &Arc<Load>,
    options: RunOptions,
    script: Script,
) -> (Measured, Arc<scripted::Seen>) {
    let (clock, time) = Clock::virtual_at_zero();
    let control = Control::new();
    let destination = Scripted::new(script, time, control.clone());
    let seen = destination.seen();
    let streams = vec![stream("test", load, options, destination)];
    let measured = run_virtually(streams, &clock, &control, &mut crate::Unobserved).unwrap();
    (measured, seen)
}
