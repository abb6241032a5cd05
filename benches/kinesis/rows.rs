//! The two clients.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::retry::RetryConfig;
use aws_sdk_kinesis::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use engine::{Control, Plan, RunOptions, StreamPlan, Unobserved};
use pacing::{Load, Phase, Share, Stop};
use producers::kinesis;
use records::{Context, RecordsOptions, Template};
use serde_json::json;

use super::Failed;

const CALL: usize = 500;
/// As much as the SDK has with sixteen calls: what waits in a longer queue only leaves the caches.
const IN_FLIGHT: u64 = 16 * CALL as u64;

/// Prints the row of an unpaced run.
pub(super) fn hydrant(
    lanes: usize,
    spread: &str,
    endpoint: &str,
    records: u64,
) -> Result<(), Failed> {
    let template = template()?;
    let mut destination: kinesis::Options =
        serde_json::from_value(json!({"stream": "bench", "spread": spread}))?;
    destination.redirect(endpoint);
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
            in_flight: IN_FLIGHT,
            ..RunOptions::default()
        },
    }]);
    let measured = engine::run(plan, &Control::new(), &mut Unobserved)?;
    let counts = &measured.streams[0].counts;
    if counts.acknowledged != records {
        return Err(format!("{counts:?}").into());
    }
    print(
        records,
        measured.elapsed.as_secs_f64(),
        measured.cpu.as_secs_f64(),
        bytes,
    )
}

/// Prints the row of the bare SDK with so many calls at once.
pub(super) fn sdk(calls: usize, endpoint: &str, records: u64) -> Result<(), Failed> {
    let template = template()?;
    let (mut data, mut key) = (Vec::new(), Vec::new());
    template.record(1, &mut data);
    template.key(1, &mut key);
    data.resize(template.mean_len() as usize, b' ');
    let (bytes, key) = (data.len() as f64, String::from_utf8(key)?);
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("STANDIN", "stand-in", None, None, "bench"))
        .endpoint_url(endpoint)
        .retry_config(RetryConfig::disabled())
        .build();
    let client = Client::from_conf(config);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let left = Arc::new(AtomicU64::new(records.div_ceil(CALL as u64)));
    let (cpu, start) = (cpu_seconds()?, Instant::now());
    runtime.block_on(async {
        let tasks: Vec<_> = (0..calls)
            .map(|_| {
                tokio::spawn(loop_of_calls(
                    client.clone(),
                    Arc::clone(&left),
                    data.clone(),
                    key.clone(),
                ))
            })
            .collect();
        for task in tasks {
            task.await.map_err(|error| error.to_string())??;
        }
        Ok::<_, String>(())
    })?;
    print(
        records,
        start.elapsed().as_secs_f64(),
        cpu_seconds()? - cpu,
        bytes,
    )
}

async fn loop_of_calls(
    client: Client,
    left: Arc<AtomicU64>,
    data: Vec<u8>,
    key: String,
) -> Result<(), String> {
    let data = Blob::new(data);
    while left
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            left.checked_sub(1)
        })
        .is_ok()
    {
        let entry = || {
            PutRecordsRequestEntry::builder()
                .data(data.clone())
                .partition_key(&key)
                .build()
        };
        let entries: Result<Vec<_>, _> = (0..CALL).map(|_| entry()).collect();
        let entries = entries.map_err(|error| error.to_string())?;
        let sent = client
            .put_records()
            .stream_name("bench")
            .set_records(Some(entries))
            .send()
            .await;
        let answer = sent.map_err(|error| format!("{error:?}"))?;
        if answer.failed_record_count() != Some(0) || answer.records().len() != CALL {
            return Err(format!("{answer:?}"));
        }
    }
    Ok(())
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
fn cpu_seconds() -> Result<f64, Failed> {
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
fn print(records: u64, seconds: f64, cpu: f64, bytes: f64) -> Result<(), Failed> {
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
