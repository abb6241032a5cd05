//! One file per command.

mod check;
mod completions;
mod doctor;
mod flow;
mod init;
mod man;
mod preview;
mod read_back;
mod run;
mod sandbox;
mod schema;
mod source;

pub(crate) use check::check;
pub(crate) use completions::completions;
pub(crate) use doctor::doctor;
pub(crate) use flow::flow;
pub(crate) use init::init;
pub(crate) use man::man;
pub(crate) use preview::preview;
pub(crate) use read_back::read_back;
pub(crate) use run::run;
pub(crate) use sandbox::sandbox;
pub(crate) use schema::schema;

use report::{ExitCode, Later};
use tokio::runtime::Runtime;

use crate::cli::{LaterArgs, OverrideArgs};
use crate::failure::Failure;
use crate::printer::{self, Printer};

impl OverrideArgs {
    fn overrides(&self) -> scenario::Overrides {
        scenario::Overrides {
            seed: self.seed,
            rate: self.rate,
            for_: self.for_,
            count: self.count,
            start: None,
        }
    }
}

/// Where there are several streams: what a rate or a number on the command line means, which each of them
/// gets.
fn tell_overrides(
    overrides: &scenario::Overrides,
    streams: &[scenario::ResolvedStream],
    printer: Printer,
) {
    use options::RateUnit;
    use report::format;

    let count = streams.len() as u64;
    if count < 2 {
        return;
    }
    if streams.iter().any(|stream| stream.has_share) {
        if overrides.rate.is_some() || overrides.count.is_some() {
            printer.note("`--rate` and `--count` hold for each load that the scenario has; shares are parts of it");
        }
        return;
    }
    let each = format!("for each of the {count} streams");
    if let Some(rate) = overrides.rate {
        let all = rate.as_per_second() * count as f64;
        let all = match rate.unit {
            RateUnit::Records => format::rate(all),
            RateUnit::Bytes => format!("{}/s", format::bytes(all)),
        };
        printer.note(&format!("`--rate {rate}` holds {each}: {all} in all"));
    }
    if let Some(records) = overrides.count {
        let all = format::records(records.saturating_mul(count));
        printer.note(&format!("`--count {records}` holds {each}: {all} in all"));
    }
}

/// What a stream is going to do, in one line: `10,000 records over 10s, at most 1,000/s, 1.2 MB`.
fn load_in_words(stream: &scenario::ResolvedStream) -> String {
    use pacing::Schedule as _;
    use report::format;

    let load = stream.load.live();
    let mut parts = Vec::new();
    if let Some(past) = stream.load.past() {
        let how = match past.seam() {
            Some(seam) => format!("published within {}", format::seconds(seam.as_secs_f64())),
            None => "published as fast as the destination takes them".to_owned(),
        };
        let (records, length) = (format::records(past.count()), past.length());
        parts.push(format!("{records} of the past {length}, {how}; then "));
    }
    parts.push(match load.total() {
        Some(total) => format::records(total),
        None => "records".to_owned(),
    });
    if let Some(end) = load.end() {
        parts.push(format!(" over {}", format::seconds(end.0 as f64 / 1e9)));
    } else if load.total().is_none() {
        parts.push(" until stopped".to_owned());
    }
    if let Some(other) = &stream.after {
        let what = match other.until {
            engine::Until::Ended => "",
            engine::Until::Released => " has been verified",
        };
        parts.push(format!(", after {}{what}", other.stream));
    }
    match stream.demand {
        Some(demand) => parts.push(format!(
            ", at most {}",
            format::rate(demand.records_per_second)
        )),
        None => parts.push(", as fast as the destination takes them".to_owned()),
    }
    if let Some(total) = load.total() {
        parts.push(format!(
            ", about {}",
            format::bytes(total as f64 * stream.template.mean_len())
        ));
    }
    parts.concat()
}

/// Writes what a later verification came to beside the run's own results, and prints it.
fn tell_later(
    args: &LaterArgs,
    later: &Later,
    file: &str,
    is_interrupted: bool,
) -> Result<ExitCode, Failure> {
    let written = report::put(&args.run, file, |out| later.write(out));
    let printed = if args.json {
        let mut json = Vec::new();
        later
            .write(&mut json)
            .map_err(|error| Failure::new(format!("cannot print the result: {error}")))?;
        printer::outcome(&String::from_utf8_lossy(&json))
    } else {
        printer::outcome(&later.render(printer::width()))
    };
    written.map_err(|unwritten| Failure::new(unwritten.to_string()))?;
    printed?;
    Ok(match later.status.exit_code() {
        // What was not waited for is not known to be lost.
        _ if is_interrupted => ExitCode::Interrupted,
        code => code,
    })
}

/// What comes of asking services. Look-ups of names that are still under way then are not waited for: nothing
/// ends those but the system, when it sees fit.
pub(crate) fn ask<T>(asked: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = runtime()?;
    let answer = runtime.block_on(asked);
    runtime.shutdown_background();
    Ok(answer)
}

/// What talks to services before and after the hot path.
fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("control")
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("cannot start threads: {error}")))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_look_up_that_hangs_is_not_waited_for() {
        let (held, never) = mpsc::channel::<()>();
        let answer = ask(async {
            tokio::task::spawn_blocking(move || never.recv());
            7
        });
        assert_eq!(answer.ok(), Some(7));
        drop(held);
    }
}
