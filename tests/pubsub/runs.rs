//! Whole runs of the engine, counted by a reader that knows nothing of Hydrant.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{Control, Observer, Plan, Progress, RunOptions, StreamPlan, Unobserved};
use measure::{Measured, StreamMeasured};
use pacing::{Load, Phase, Share, Stop};
use producers::{Destination as _, pubsub};
use records::{Context, RecordsOptions, Template};
use serde_json::{Value, json};

use crate::servers::pubsub_emulator::{Emulator, Message, shared, subscription, topic};

fn options(emulator: &Emulator, name: &str, more: &Value) -> pubsub::Options {
    let mut json = json!({"topic": topic(name), "emulator": emulator.address()});
    json.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    serde_json::from_value(json).unwrap()
}

pub(super) fn template(fields: &Value) -> Template {
    let mut records = json!({"key": "group", "fields": {
        "id": "record_id",
        "group": {"choose": {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}},
    }});
    records["fields"]
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    let records: RecordsOptions = serde_json::from_value(records).unwrap();
    let context = Context {
        seed: 42,
        stream: "pubsub".to_owned(),
        start_unix_nanos: 0,
        event_times: Arc::new(records::Steps(1_000_000)),
    };
    Template::compile(&records, &context).unwrap()
}

pub(super) fn plan(destination: pubsub::Options, template: &Arc<Template>, phase: &Value) -> Plan {
    let phases: Vec<Phase> = serde_json::from_value(json!([phase])).unwrap();
    let load = Load::compile(&phases, &Stop::default(), template.mean_len()).unwrap();
    Plan::new(vec![StreamPlan {
        name: "pubsub".to_owned(),
        destination: Box::new(destination),
        template: Arc::clone(template),
        zero: engine::Zero::of(&load),
        after: None,
        ended: None,
        load: Arc::new(load),
        share: Share::ALL,
        options: RunOptions {
            lanes: 2,
            ..RunOptions::default()
        },
    }])
}

/// Nothing is missing in the books.
pub(super) fn books(measured: &Measured) -> &StreamMeasured {
    let stream = &measured.streams[0];
    let counts = &stream.counts;
    let settled = counts.settled();
    assert_eq!(counts.scheduled, settled, "{counts:?}");
    stream
}

/// The ordinals of the messages, in the order of their arrival.
fn ordinals(template: &Template, messages: &[Message]) -> Vec<u64> {
    let ordinal = |message: &Message| {
        let record: Value = serde_json::from_slice(&message.data).unwrap();
        template.ordinal_of(record["id"].as_str().unwrap()).unwrap()
    };
    messages.iter().map(ordinal).collect()
}

#[test]
fn every_acknowledged_record_is_there_once_and_as_it_was_made() {
    let Some(emulator) = shared() else { return };
    emulator.create("counted");
    let template = Arc::new(template(&json!({"name": "first_name"})));
    let more = json!({"key_attribute": "group", "attributes": {"source": "hydrant"}});
    let hold = json!({"hold": {"rate": "5k/s", "count": 10_000}});
    let plan = plan(options(&emulator, "counted", &more), &template, &hold);
    let measured = engine::run(plan, &Control::new(), &mut Unobserved).unwrap();
    let stream = books(&measured);
    assert_eq!(stream.counts.acknowledged, 10_000, "{:?}", stream.counts);

    let messages = emulator.pull("counted");
    let seen = ordinals(&template, &messages);
    assert_eq!(seen.len(), 10_000, "none twice");
    assert_eq!(
        seen.iter().copied().collect::<BTreeSet<_>>(),
        (0..10_000).collect()
    );
    let mut expected = Vec::new();
    for (n, message) in seen.iter().zip(&messages) {
        expected.clear();
        template.record(*n, &mut expected);
        assert_eq!(message.data, expected, "record {n}");
        assert_eq!(message.attributes["source"], "hydrant");
        let record: Value = serde_json::from_slice(&message.data).unwrap();
        assert_eq!(message.attributes["group"], record["group"]);
        assert_eq!(message.key, None);
    }
}

#[test]
fn records_of_one_key_arrive_in_their_order_where_asked_for() {
    let Some(emulator) = shared() else { return };
    emulator.create("in-order");
    let template = Arc::new(template(&json!({})));
    let more = json!({"ordering": true, "batch": {"records": 20, "linger": "2ms"}});
    let hold = json!({"hold": {"rate": "2k/s", "count": 6_000}});
    let plan = plan(options(&emulator, "in-order", &more), &template, &hold);
    let measured = engine::run(plan, &Control::new(), &mut Unobserved).unwrap();
    assert_eq!(books(&measured).counts.acknowledged, 6_000);

    let messages = emulator.pull("in-order");
    assert_eq!(messages.len(), 6_000);
    // Each lane keeps the order of its own records: two lanes have the even and the odd ones.
    let mut last: BTreeMap<(String, u64), u64> = BTreeMap::new();
    for (n, message) in ordinals(&template, &messages).into_iter().zip(&messages) {
        let key = message.key.clone().unwrap();
        let before = last.insert((key.clone(), n % 2), n);
        assert!(
            before.is_none_or(|before| before < n),
            "{n} of {key} after {before:?}"
        );
    }
    assert_eq!(last.len(), 10);
}

#[test]
fn a_missing_topic_is_made_before_the_clock_starts() {
    let Some(emulator) = shared() else { return };
    let template = Arc::new(template(&json!({})));
    let more = json!({"create": true, "subscription": subscription("from-nothing")});
    let hold = json!({"hold": {"rate": "1k/s", "count": 500}});
    let plan = plan(options(&emulator, "from-nothing", &more), &template, &hold);
    let measured = engine::run(plan, &Control::new(), &mut Unobserved).unwrap();
    assert_eq!(books(&measured).counts.acknowledged, 500);
    assert_eq!(emulator.pull("from-nothing").len(), 500);
}

/// Deletes the topic once the run is on its way.
struct Deletes<'a>(&'a Emulator, bool);

impl Observer for Deletes<'_> {
    fn interval(&mut self, _: &Progress) {
        if !std::mem::replace(&mut self.1, true) {
            self.0.delete_topic("doomed");
        }
    }
}

#[test]
fn a_topic_that_is_deleted_in_mid_run_ends_the_run_with_its_books_in_order() {
    let Some(emulator) = shared() else { return };
    emulator.create("doomed");
    let template = Arc::new(template(&json!({})));
    let hold = json!({"hold": {"rate": "1k/s", "for": "1m"}});
    let plan = plan(options(&emulator, "doomed", &json!({})), &template, &hold);
    let began = Instant::now();
    let measured = engine::run(plan, &Control::new(), &mut Deletes(&emulator, false)).unwrap();
    assert!(began.elapsed() < Duration::from_secs(50), "it went on");
    let stream = books(&measured);
    assert!(
        stream.counts.acknowledged > 0 && stream.counts.rejected > 0,
        "{:?}",
        stream.counts
    );
}

#[test]
fn a_record_of_the_largest_size_passes() {
    let Some(emulator) = shared() else { return };
    emulator.create("large");
    let options = options(&emulator, "large", &json!({}));
    let most = options.limits().record_bytes.unwrap() as usize;
    // `{"id":"…","group":"a","text":"…"}`, where all but the text is always as long.
    let rest = template(&json!({"text": {"constant": ""}})).max_len();
    let text = "x".repeat(most - rest);
    let template = Arc::new(template(&json!({"text": {"constant": text}})));
    assert_eq!(template.max_len(), most);
    let plan = plan(
        options,
        &template,
        &json!({"hold": {"rate": "2/s", "count": 2}}),
    );
    let measured = engine::run(plan, &Control::new(), &mut Unobserved).unwrap();
    assert_eq!(books(&measured).counts.acknowledged, 2);
    assert!(
        emulator
            .pull("large")
            .iter()
            .all(|message| message.data.len() == most)
    );
}
