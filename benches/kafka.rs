//! Kafka, side by side with its own clients: `cargo bench --bench kafka [-- RECORDS]`.
//!
//! Every row is a process of its own that sends so many records, unpaced, to a topic with four
//! partitions of the same broker: Apache Kafka, and then librdkafka's mock cluster in a process of its
//! own, which stores nothing. Beside Hydrant, which generates a different record every time, times each
//! one and waits for all of them, stand three loops that send one and the same bytes again and again:
//!
//! - `rdkafka_performance -P -D`, librdkafka's own, built here from the sources that rdkafka-sys ships;
//! - `produce_batch`, the least that one can write around librdkafka;
//! - `ProducerPerformance`, Kafka's own, in Java (not against the mock cluster).
//!
//! All wait for `acks=all` and may have the same number of records in their queues. The broker has the
//! options of Kafka's own start script; a first round, in which its code is compiled, does not count, and
//! a row's topic is deleted after it, or the disk would become what is measured. CPU is user and system
//! time of the client's process, from start to end; so is the peak of its memory.

#[path = "kafka/child.rs"]
mod child;
#[path = "kafka/peers.rs"]
mod peers;
#[path = "kafka/rows.rs"]
mod rows;
#[path = "../tests/servers/mod.rs"]
#[expect(
    dead_code,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "made for tests, which use all of it and may panic"
)]
mod servers;

use std::collections::BTreeMap;

use child::{Row, Spawned};
use peers::Peers;

type Failed = Box<dyn std::error::Error>;

const ROUNDS: usize = 5;
/// What `kafka-server-start.sh` and `kafka-run-class.sh` give to Java.
const BROKER: &[&str] = &[
    "-server",
    "-Xms1G",
    "-Xmx1G",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
];
/// The rows that are this program again.
const OURS: [&str; 3] = ["hydrant", "hydrant, key: id", "produce_batch"];
const PERFORMANCE: &str = "rdkafka_performance";

fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    match &words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["mock", rows] => rows::mock(rows.parse()?),
        [row, bootstrap, topic, records] if OURS.contains(row) => {
            rows::send(row, bootstrap, topic, records.parse()?)
        }
        other => {
            let records = other.iter().find_map(|word| word.parse().ok());
            tables(records.unwrap_or(3_000_000))
        }
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its tables")]
fn tables(records: u64) -> Result<(), Failed> {
    let peers = Peers::find();
    println!(
        "{records} records of {} bytes a row, {ROUNDS} rounds, median",
        rows::size()?
    );
    if let Some(broker) = servers::kafka::shared_with(BROKER) {
        println!("\nApache Kafka, one node");
        let mut all: Vec<_> = OURS.to_vec();
        all.extend([PERFORMANCE, "ProducerPerformance"]);
        let send = |topic: &str, name: &str| {
            broker.create_topic(topic, 4);
            let row = row(&peers, name, &broker.bootstrap(), topic, records);
            broker.delete_topic(topic);
            row
        };
        table(&all, send)?;
    }
    println!("\nmock cluster");
    let mut all: Vec<_> = OURS.to_vec();
    all.push(PERFORMANCE);
    let (mut mock, bootstrap) = Spawned::mock(all.len())?;
    let table = table(&all, |topic, name| {
        row(&peers, name, &bootstrap, topic, records)
    });
    mock.kill()?;
    table
}

/// One row; `None` if the client is not to be had.
fn row(
    peers: &Peers,
    name: &str,
    bootstrap: &str,
    topic: &str,
    records: u64,
) -> Result<Option<Row>, Failed> {
    if !OURS.contains(&name) {
        return peers.row(name, bootstrap, topic, records);
    }
    let row = Spawned::ours(&[name, bootstrap, topic, &records.to_string()])?;
    row.row().map(Some)
}

/// One row after the other, round by round, so that what else the machine does falls on all.
#[expect(clippy::print_stdout, reason = "a benchmark prints its tables")]
fn table(
    names: &[&'static str],
    send: impl Fn(&str, &str) -> Result<Option<Row>, Failed>,
) -> Result<(), Failed> {
    let mut rows: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
    for round in 0..=ROUNDS {
        for (at, name) in names.iter().enumerate() {
            let row = send(&format!("bench-{at}"), name)?;
            if round > 0 {
                rows.entry(name).or_default().extend(row);
            }
        }
    }
    println!(
        "{:>20} {:>12} {:>18} {:>10}",
        "", "records/s", "CPU s/M records", "peak RSS"
    );
    let medians: BTreeMap<&str, Row> = rows
        .into_iter()
        .filter_map(|(name, rows)| Some((name, Row::median(&rows)?)))
        .collect();
    for name in names {
        match medians.get(name) {
            Some(row) => println!("{name:>20} {row}"),
            None => println!("{name:>20} not to be had here"),
        }
    }
    if let (Some(ours), Some(theirs)) = (medians.get("hydrant"), medians.get(PERFORMANCE)) {
        println!(
            "hydrant against {PERFORMANCE}: {:.2} x the rate at {:.2} x the CPU",
            ours.rate / theirs.rate,
            ours.cpu / theirs.cpu
        );
    }
    Ok(())
}
