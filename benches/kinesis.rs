//! Kinesis, side by side with the bare SDK: `cargo bench --bench kinesis [-- RECORDS] [sandbox]`.
//!
//! Every row is a process of its own that sends so many records to a canned endpoint, which is
//! another process: it counts the records of a call and says that all of them are stored. With the word
//! `sandbox` it is the sandbox's Kinesis in another process instead, which stores them. `hydrant`
//! is a whole unpaced run: every record is generated, timed and recorded. `sdk` is the least that
//! one can write around aws-sdk-kinesis: 500 copies of one record of the same size, again and again,
//! so many calls at once.

#[path = "kinesis/canned.rs"]
mod canned;
#[path = "kinesis/rows.rs"]
mod rows;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use sandbox::{Sandbox, SandboxOptions};

type Failed = Box<dyn std::error::Error>;

/// A row's first words, for the process that makes it.
const ROWS: [&[&str]; 6] = [
    &["sdk", "1"],
    &["sdk", "4"],
    &["sdk", "16"],
    &["hydrant", "1"],
    &["hydrant", "2"],
    &["hydrant-even", "1"],
];
const ROUNDS: usize = 3;

#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    match &words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve"] => canned::serve(),
        ["serve-sandbox"] => serve_sandbox(),
        ["sdk", calls, endpoint, records] => rows::sdk(calls.parse()?, endpoint, records.parse()?),
        ["hydrant", lanes, endpoint, records] => {
            rows::hydrant(lanes.parse()?, "keys", endpoint, records.parse()?)
        }
        ["hydrant-even", lanes, endpoint, records] => {
            rows::hydrant(lanes.parse()?, "even", endpoint, records.parse()?)
        }
        other => {
            let records = other
                .iter()
                .find_map(|word| word.parse().ok())
                .unwrap_or(5_000_000);
            let is_sandbox = other.contains(&"sandbox");
            let (word, words) = if is_sandbox {
                ("serve-sandbox", "the sandbox's Kinesis")
            } else {
                ("serve", "a canned endpoint")
            };
            let (mut server, endpoint) = start_server(word)?;
            println!("{records} records a row, {ROUNDS} rounds, against {words}\n");
            println!(
                "{:>16} {:>12} {:>16} {:>10} {:>10}",
                "", "records/s", "CPU s/M records", "peak RSS", "bytes"
            );
            let table = rounds(&endpoint, records);
            server.kill()?;
            server.wait()?;
            table
        }
    }
}

/// One after the other, round by round, so that what else the machine does falls on all.
#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
fn rounds(endpoint: &str, records: u64) -> Result<(), Failed> {
    for _ in 0..ROUNDS {
        for row in ROWS {
            let mut command = Command::new(std::env::current_exe()?);
            let output = command
                .args(row)
                .args([endpoint, &records.to_string()])
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

/// The sandbox's Kinesis: says where it is, and answers until it is killed.
#[expect(clippy::print_stdout, reason = "the address has to be told")]
fn serve_sandbox() -> Result<(), Failed> {
    let sandbox = Sandbox::start(SandboxOptions::default())?;
    sandbox.create_stream("bench", 16);
    println!("{}", sandbox.kinesis_url());
    loop {
        std::thread::park();
    }
}

fn start_server(word: &str) -> Result<(Child, String), Failed> {
    let mut server = Command::new(std::env::current_exe()?)
        .arg(word)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    let said = server.stdout.take().ok_or("the server does not speak")?;
    BufReader::new(said).read_line(&mut line)?;
    Ok((server, line.trim().to_owned()))
}
