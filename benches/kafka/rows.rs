//! The rows that are this program.

use std::ffi::{CString, c_int, c_void};
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{Control, Plan, RunOptions, StreamPlan, Unobserved};
use pacing::{Load, Phase, Share, Stop};
use producers::kafka;
use rdkafka::bindings as rd;
use rdkafka::mocking::MockCluster;
use records::{Context, RecordsOptions, Template};
use serde_json::{Value, json};

use super::Failed;

/// What all librdkafka clients get.
pub(super) const PROPERTIES: [(&str, &str); 4] = [
    ("linger.ms", "50"),
    ("batch.num.messages", "10000"),
    ("queue.buffering.max.messages", "200000"),
    ("acks", "all"),
];
/// As many as the others may have in their queues. That is enough to keep the broker busy, and what
/// waits in a longer queue only leaves the caches.
const IN_FLIGHT: u64 = 200_000;
const PARTITIONS: i32 = 4;
/// How many records are handed over at once.
const CALL: usize = 500;

/// How many bytes a record has, on average, and exactly where all are the same.
pub(super) fn size() -> Result<usize, Failed> {
    Ok(template(&Value::Null)?.mean_len().round() as usize)
}

/// Serves a mock cluster with topics for so many rows, and prints its address.
#[expect(clippy::print_stdout, reason = "this is the address")]
pub(super) fn mock(rows: usize) -> Result<(), Failed> {
    let cluster = MockCluster::new(1)?;
    for row in 0..rows {
        cluster.create_topic(&format!("bench-{row}"), PARTITIONS, 1)?;
    }
    println!("{}", cluster.bootstrap_servers());
    loop {
        std::thread::park();
    }
}

/// Makes one row and prints how many records it sent and in how many seconds.
#[expect(clippy::print_stdout, reason = "this is the row")]
pub(super) fn send(row: &str, bootstrap: &str, topic: &str, records: u64) -> Result<(), Failed> {
    let elapsed = match row {
        "hydrant" => hydrant(&Value::Null, bootstrap, topic, records)?,
        "hydrant, key: id" => hydrant(&json!("id"), bootstrap, topic, records)?,
        _ => bare(bootstrap, topic, records)?,
    };
    println!("{records} {}", elapsed.as_secs_f64());
    Ok(())
}

/// A whole unpaced run.
fn hydrant(key: &Value, bootstrap: &str, topic: &str, records: u64) -> Result<Duration, Failed> {
    let template = template(key)?;
    let [linger, batch, queue, acks] = PROPERTIES.map(|(_, value)| value);
    let destination: kafka::Options = serde_json::from_value(json!({
        "bootstrap_servers": bootstrap, "topic": topic, "linger": format!("{linger}ms"), "acks": acks,
        "properties": {"batch.num.messages": batch, "queue.buffering.max.messages": queue},
    }))?;
    let phases: Vec<Phase> = serde_json::from_value(json!([{"unpaced": {"count": records}}]))?;
    let load = Load::compile(&phases, &Stop::default(), template.mean_len())
        .map_err(|problem| problem.message)?;
    let plan = Plan::new(vec![StreamPlan {
        name: "bench".to_owned(),
        destination: Box::new(destination),
        template: Arc::new(template),
        zero: engine::Zero::of(&load),
        after: None,
        ended: None,
        load: Arc::new(load),
        share: Share::ALL,
        options: RunOptions {
            in_flight: IN_FLIGHT,
            ..RunOptions::default()
        },
    }]);
    let measured = engine::run(plan, &Control::new(), &mut Unobserved)?;
    let counts = &measured.streams[0].counts;
    if counts.acknowledged != records {
        return Err(format!("{counts:?}").into());
    }
    Ok(measured.elapsed)
}

fn template(key: &Value) -> Result<Template, Failed> {
    let mut records = json!({"fields": {
        "id": "record_id",
        "firstName": "first_name",
        "lastName": "last_name",
        "level": {"choose": {"gold": 1, "silver": 3, "none": 6}},
    }});
    if !key.is_null() {
        records["key"] = key.clone();
    }
    let records: RecordsOptions = serde_json::from_value(records)?;
    let context = Context {
        seed: 42,
        stream: "bench".to_owned(),
        start_unix_nanos: 0,
        event_times: Arc::new(records::Steps(1_000_000)),
    };
    Ok(Template::compile(&records, &context).map_err(|problems| format!("{problems:?}"))?)
}

/// The same bytes again and again, by `rd_kafka_produce_batch`, without a copy; reports are counted
/// and not looked at.
#[expect(unsafe_code, reason = "librdkafka's batch call has no safe form")]
fn bare(bootstrap: &str, topic: &str, records: u64) -> Result<Duration, Failed> {
    let payload = vec![b'x'; size()?];
    let message = rd::rd_kafka_message_t {
        err: rd::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR,
        rkt: std::ptr::null_mut(),
        partition: 0,
        payload: payload.as_ptr().cast_mut().cast::<c_void>(),
        len: payload.len(),
        key: std::ptr::null_mut(),
        key_len: 0,
        offset: 0,
        _private: std::ptr::null_mut(),
    };
    let topic = CString::new(topic)?;
    // SAFETY: every handle is used between its making and its end, by this thread; the payload lives
    // until the client is gone; `messages` is written anew for every call.
    unsafe {
        let config = rd::rd_kafka_conf_new();
        for (name, value) in PROPERTIES
            .into_iter()
            .chain([("bootstrap.servers", bootstrap)])
        {
            let (name, value) = (CString::new(name)?, CString::new(value)?);
            let no_words = std::ptr::null_mut();
            rd::rd_kafka_conf_set(config, name.as_ptr(), value.as_ptr(), no_words, 0);
        }
        rd::rd_kafka_conf_set_events(config, rd::RD_KAFKA_EVENT_DR);
        let kind = rd::rd_kafka_type_t::RD_KAFKA_PRODUCER;
        let client = rd::rd_kafka_new(kind, config, std::ptr::null_mut(), 0);
        if client.is_null() {
            return Err("no client".into());
        }
        let queue = rd::rd_kafka_queue_get_main(client);
        let topic = rd::rd_kafka_topic_new(client, topic.as_ptr(), std::ptr::null_mut());
        let mut metadata = std::ptr::null();
        rd::rd_kafka_metadata(client, 0, topic, &raw mut metadata, 10_000);
        let start = Instant::now();
        let (mut sent, mut reported, mut partition) = (0, 0, 0);
        let mut messages = Vec::with_capacity(CALL);
        while reported < records {
            let left = (records - sent).min(CALL as u64) as usize;
            messages.clear();
            messages.resize(left, message);
            let taken = rd::rd_kafka_produce_batch(
                topic,
                partition,
                0,
                messages.as_mut_ptr(),
                left as c_int,
            );
            sent += taken as u64;
            partition = (partition + 1) % PARTITIONS;
            let mut patience = if taken as usize == left && sent < records {
                0
            } else {
                100
            };
            loop {
                let event = rd::rd_kafka_queue_poll(queue, patience);
                if event.is_null() {
                    break;
                }
                reported += rd::rd_kafka_event_message_count(event) as u64;
                rd::rd_kafka_event_destroy(event);
                patience = 0;
            }
        }
        let elapsed = start.elapsed();
        rd::rd_kafka_metadata_destroy(metadata);
        rd::rd_kafka_topic_destroy(topic);
        rd::rd_kafka_queue_destroy(queue);
        rd::rd_kafka_destroy(client);
        Ok(elapsed)
    }
}
