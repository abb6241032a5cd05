//! Pub/Sub, side by side with the official publisher: `cargo bench --bench pubsub [-- RECORDS]`.
//!
//! Every row is a process of its own that sends so many records to a canned endpoint, which is
//! another process: it counts the messages of a request and answers with as many ids. `hydrant` is a
//! whole unpaced run: every record is generated, timed and recorded. `official` is the least that one
//! can write around google-cloud-pubsub: one message of the same size, published again and again,
//! with so many in flight, since the publisher itself bounds nothing.

#[path = "pubsub/canned.rs"]
mod canned;
#[path = "pubsub/read.rs"]
mod read;
#[path = "pubsub/rows.rs"]
mod rows;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

type Failed = Box<dyn std::error::Error>;

/// A row's first words, for the process that makes it.
const ROWS: [&[&str]; 5] = [
    &["official", "1000"],
    &["official", "10000"],
    &["official", "50000"],
    &["hydrant", "1"],
    &["hydrant", "2"],
];
/// Those against the sandbox.
const SANDBOX_ROWS: [&[&str]; 3] = [
    &["hydrant", "1"],
    &["read", "hydrant"],
    &["read", "official"],
];
/// A subscription of the sandbox keeps about so many.
const KEPT: u64 = 2_000_000;
const ROUNDS: usize = 3;

#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    match &words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve"] => canned::serve(),
        ["sandbox"] => read::serve(),
        ["read", "hydrant", address, records] => read::hydrant(address, records.parse()?),
        ["read", "official", address, records] => read::official(address, records.parse()?),
        ["official", in_flight, address, records] => {
            rows::official(in_flight.parse()?, address, records.parse()?)
        }
        ["hydrant", lanes, address, records] => {
            rows::hydrant(lanes.parse()?, address, records.parse()?)
        }
        other => {
            let records = other
                .iter()
                .find_map(|word| word.parse().ok())
                .unwrap_or(5_000_000);
            let (mut server, address) = start_server("serve")?;
            println!("{records} records a row, {ROUNDS} rounds\n");
            println!(
                "{:>16} {:>12} {:>16} {:>10} {:>10}",
                "", "records/s", "CPU s/M records", "peak RSS", "bytes"
            );
            let table = rounds(&ROWS, &address, records);
            server.kill()?;
            server.wait()?;
            table?;
            println!("\nagainst the sandbox\n");
            let (mut sandbox, address) = start_server("sandbox")?;
            let table = rounds(&SANDBOX_ROWS, &address, records.min(KEPT));
            sandbox.kill()?;
            sandbox.wait()?;
            table
        }
    }
}

/// One after the other, round by round, so that what else the machine does falls on all.
#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
fn rounds(rows: &[&[&str]], address: &str, records: u64) -> Result<(), Failed> {
    for _ in 0..ROUNDS {
        for row in rows {
            let mut command = Command::new(std::env::current_exe()?);
            let output = command
                .args(*row)
                .args([address, &records.to_string()])
                .stderr(Stdio::inherit())
                .output()?;
            if !output.status.success() {
                return Err(format!("{row:?} failed").into());
            }
            print!(
                "{:>16} {}",
                row.join(" "),
                String::from_utf8_lossy(&output.stdout)
            );
        }
    }
    Ok(())
}

fn start_server(which: &str) -> Result<(Child, String), Failed> {
    let mut server = Command::new(std::env::current_exe()?)
        .arg(which)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    let said = server.stdout.take().ok_or("the server does not speak")?;
    BufReader::new(said).read_line(&mut line)?;
    Ok((server, line.trim().to_owned()))
}
