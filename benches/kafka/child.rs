//! A row's process, and what it took.

use std::fmt;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::Failed;

/// What a row came to.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// Records a second.
    pub(super) rate: f64,
    /// CPU seconds for a million records, user and system.
    pub(super) cpu: f64,
    /// Bytes of memory, at most.
    pub(super) peak: f64,
}

impl Row {
    /// Each number's own median.
    pub(super) fn median(rows: &[Row]) -> Option<Row> {
        let median = |number: fn(&Row) -> f64| {
            let mut numbers: Vec<f64> = rows.iter().map(number).collect();
            numbers.sort_by(f64::total_cmp);
            numbers.get(numbers.len() / 2).copied()
        };
        Some(Row {
            rate: median(|row| row.rate)?,
            cpu: median(|row| row.cpu)?,
            peak: median(|row| row.peak)?,
        })
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { rate, cpu, peak } = self;
        write!(
            f,
            "{:>10.2} M {cpu:>18.3} {:>7.0} MB",
            rate / 1e6,
            peak / 1e6
        )
    }
}

/// A process under way.
pub(super) struct Spawned {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Spawned {
    /// Starts a command.
    pub(super) fn start(command: &mut Command) -> Result<Spawned, Failed> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().ok_or("it does not speak")?;
        Ok(Spawned {
            child,
            out: BufReader::new(out),
        })
    }

    /// This program again, for another row.
    pub(super) fn ours(words: &[&str]) -> Result<Spawned, Failed> {
        Spawned::start(Command::new(std::env::current_exe()?).args(words))
    }

    /// The mock cluster with topics for so many rows, and its address.
    pub(super) fn mock(rows: usize) -> Result<(Spawned, String), Failed> {
        let mut mock = Spawned::ours(&["mock", &rows.to_string()])?;
        let mut line = String::new();
        mock.out.read_line(&mut line)?;
        Ok((mock, line.trim().to_owned()))
    }

    /// Ends it.
    pub(super) fn kill(&mut self) -> Result<(), Failed> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Waits for one of our rows, which prints how many records it sent and in how many seconds.
    pub(super) fn row(self) -> Result<Row, Failed> {
        self.row_of(|said| {
            let (records, seconds) = said.trim().split_once(' ')?;
            Some((records.parse().ok()?, seconds.parse().ok()?))
        })
    }

    /// Waits for its end; `read` finds records and seconds in what it printed.
    pub(super) fn row_of(
        mut self,
        read: impl FnOnce(&str) -> Option<(f64, f64)>,
    ) -> Result<Row, Failed> {
        // Once it has ended and is not waited for yet, the kernel still knows what it took, but for its
        // memory: that is looked at while it runs.
        let out = std::thread::spawn(move || {
            let mut said = String::new();
            self.out.read_to_string(&mut said).map(|_| said)
        });
        let place = format!("/proc/{}", self.child.id());
        let mut peak: f64 = 0.0;
        let ticks = loop {
            if let Some(seen) = peak_of(&place) {
                peak = peak.max(seen);
            }
            let stat = std::fs::read_to_string(format!("{place}/stat"))?;
            let (_, after_name) = stat.rsplit_once(')').ok_or("no name")?;
            let fields: Vec<&str> = after_name.split_whitespace().collect();
            if fields[0] == "Z" {
                break fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
            }
            pause();
        };
        let status = self.child.wait()?;
        let said = out.join().map_err(|_| "nothing was read")??;
        if !status.success() {
            return Err(format!("a row failed: {status}: {said}").into());
        }
        let (records, seconds) = read(&said).ok_or_else(|| format!("what is this? {said}"))?;
        Ok(Row {
            rate: records / seconds,
            // A tick is a hundredth of a second on every Linux there is.
            cpu: ticks / 100.0 / (records / 1e6),
            peak,
        })
    }
}

fn peak_of(place: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("{place}/status")).ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = peak.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib * 1024.0)
}

#[expect(
    clippy::disallowed_methods,
    reason = "nobody says when a process has ended"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}
