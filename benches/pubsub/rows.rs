//! The two clients.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use engine::{Control, Plan, RunOptions, StreamPlan, Unobserved};
use google_cloud_auth::credentials::anonymous;
use google_cloud_pubsub::client::Publisher;
use google_cloud_pubsub::model::Message;
use google_cloud_pubsub::publisher::PublishFuture;
use measure::Measured;
use pacing::{Load, Phase, Share, Stop};
use producers::pubsub;
use records::{Context, RecordsOptions, Template};
use serde_json::json;

use super::Failed;

pub(super) const TOPIC: &str = "projects/bench/topics/bench";

/// Prints the row of an unpaced run.
pub(super) fn hydrant(lanes: usize, address: &str, records: u64) -> Result<(), Failed> {
    let (measured, bytes) = publish(TOPIC, lanes, address, records)?;
    print(
        records,
        measured.elapsed.as_secs_f64(),
        measured.cpu.as_secs_f64(),
        bytes,
    )
}

/// Publishes so many records as fast as it goes; how long a record is on the average.
pub(super) fn publish(
    topic: &str,
    lanes: usize,
    address: &str,
    records: u64,
) -> Result<(Measured, f64), Failed> {
    let template = template()?;
    let mut destination: pubsub::Options = serde_json::from_value(json!({"topic": topic}))?;
    destination.redirect(address);
    let phases: Vec<Phase> = serde_json::from_value(json!([{"unpaced": {"count": records}}]))?;
    let load = Load::compile(&phases, &Stop::default(), template.mean_len())
        .map_err(|problem| problem.message)?;
    let bytes = template.mean_len();
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
            lanes,
            ..RunOptions::default()
        },
    }]);
    let measured = engine::run(plan, &Control::new(), &mut Unobserved)?;
    let counts = &measured.streams[0].counts;
    if counts.acknowledged != records {
        return Err(format!("{counts:?}").into());
    }
    Ok((measured, bytes))
}

/// Prints the row of the official publisher with so many messages in flight.
pub(super) fn official(in_flight: usize, address: &str, records: u64) -> Result<(), Failed> {
    let template = template()?;
    let mut data = Vec::new();
    template.record(1, &mut data);
    data.resize(template.mean_len() as usize, b' ');
    let bytes = data.len() as f64;
    let data = Bytes::from(data);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let publisher = Publisher::builder(TOPIC)
            .with_endpoint(format!("http://{address}"))
            .with_credentials(anonymous::Builder::new().build())
            .set_message_count_threshold(1_000)
            .set_delay_threshold(Duration::from_millis(20))
            .build()
            .await?;
        let (cpu, start) = (cpu_seconds()?, Instant::now());
        // A task of its own, as in a program: the one that blocks on the runtime is a third thread.
        let sent: Result<(), String> = tokio::spawn(async move {
            // The oldest first: the cheapest way to wait for so many.
            let mut waiting = VecDeque::with_capacity(in_flight);
            for _ in 0..records {
                if waiting.len() == in_flight {
                    answered(waiting.pop_front()).await?;
                }
                waiting.push_back(publisher.publish(Message::new().set_data(data.clone())));
            }
            while let Some(oldest) = waiting.pop_front() {
                answered(Some(oldest)).await?;
            }
            Ok(())
        })
        .await?;
        sent?;
        let (seconds, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
        print(records, seconds, cpu, bytes)
    })
}

async fn answered(future: Option<PublishFuture>) -> Result<(), String> {
    match future {
        Some(future) => future.await.map(drop).map_err(|error| error.to_string()),
        None => Ok(()),
    }
}

fn template() -> Result<Template, Failed> {
    let records: RecordsOptions = serde_json::from_value(json!({"key": "id", "fields": {
        "id": "record_id",
        "firstName": "first_name",
        "lastName": "last_name",
        "email": "email",
    }}))?;
    let context = Context {
        seed: 42,
        stream: "bench".to_owned(),
        start_unix_nanos: 0,
        event_times: Arc::new(records::Steps(1_000_000)),
    };
    Ok(Template::compile(&records, &context).map_err(|problems| format!("{problems:?}"))?)
}

/// Of this process, user and system.
pub(super) fn cpu_seconds() -> Result<f64, Failed> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit(')').next().ok_or("no name")?;
    let ticks = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse::<f64>);
    // A tick is a hundredth of a second on every Linux there is.
    Ok(ticks.sum::<Result<f64, _>>()? / 100.0)
}

#[expect(clippy::print_stdout, reason = "this is the row")]
pub(super) fn print(records: u64, seconds: f64, cpu: f64, bytes: f64) -> Result<(), Failed> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .ok_or("no peak")?;
    let kib: f64 = peak.trim().trim_end_matches(" kB").parse()?;
    println!(
        "{:>10.2} M {:>16.3} {:>7.1} MB {bytes:>10.0}",
        records as f64 / seconds / 1e6,
        cpu / (records as f64 / 1e6),
        kib * 1024.0 / 1e6,
    );
    Ok(())
}
