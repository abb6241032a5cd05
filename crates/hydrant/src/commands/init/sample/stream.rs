//! The last records of a topic or a stream.

use std::time::{Duration, Instant};

use draft::{Limits, Sampler, Taken};
use engine::Control;
use jiff::Timestamp;
use options::Period;
use producers::DestinationOptions;
use readers::{End, From, Received};
use report::ExitCode;
use scenario::{OneLine, Overrides, Target};

use super::Bounds;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::{env, reader, signals};

/// Where positions can't be counted, the records of so much time are taken, and of more if they are too few.
const SPANS: [Duration; 3] = [
    Duration::from_mins(1),
    Duration::from_hours(1),
    Duration::from_hours(24),
];
/// A stream from which nothing has come for so long has nothing more.
const QUIET: Duration = Duration::from_secs(3);
/// What stands in the way for so long does not pass.
const TROUBLE: Duration = Duration::from_secs(30);
/// How long a call of the reader may wait.
const CALL: Duration = Duration::from_millis(200);
/// Records that are asked for at once.
const AT_ONCE: u64 = 1_000;

/// Takes the last records of what `address` leads to.
pub(super) fn take(
    address: &str,
    bounds: Bounds,
    sampler: &mut Sampler,
    printer: Printer,
) -> Result<Taken, Failure> {
    let runtime = crate::commands::runtime()?;
    let control = Control::new();
    signals::listen(&runtime, &control, Printer::silent())
        .map_err(|error| Failure::new(format!("cannot listen for signals: {error}")))?;
    let taking = Taking {
        options: options(address)?,
        limits: bounds.limits,
        control,
    };
    let taken = if taking.options.pubsub.is_some() {
        let wait = bounds.wait;
        printer.note(&format!(
            "a subscription gets new messages only: waiting for them, at most {wait}"
        ));
        taking.new_ones(wait, sampler)?
    } else {
        taking.newest(sampler)?
    };
    if taken.records + taken.broken > 0 {
        return Ok(taken);
    }
    Err(Failure::new("there are no records to take a sample of")
        .help("send some first; or give a file, or a schema with `--schema`"))
}

/// The destination that an address stands for, with what the environment says about it.
fn options(address: &str) -> Result<DestinationOptions, Failure> {
    let line = OneLine {
        address: address.to_owned(),
        ..OneLine::default()
    };
    let text = line.text(&env::lookup)?;
    let loaded = scenario::parse(address, &text, &env::lookup, Target::Real)?;
    let mut resolved = loaded.resolve(&Overrides::default(), None)?;
    let stream = resolved.streams.pop();
    stream
        .map(|stream| stream.options)
        .ok_or_else(|| Failure::new("this is not the address of a stream"))
}

struct Taking {
    options: DestinationOptions,
    limits: Limits,
    control: Control,
}

/// What came of reading from one position on.
struct Part {
    taken: Taken,
    /// Whether it was read to where the stream ended.
    is_whole: bool,
}

impl Taking {
    /// The records that are there already, the newest ones.
    fn newest(&self, sampler: &mut Sampler) -> Result<Taken, Failure> {
        let now = Timestamp::now().as_millisecond();
        for span in SPANS {
            let from = From::Newest {
                records: self.limits.records,
                since_millis: now - span.as_millis() as i64,
            };
            *sampler = Sampler::default();
            let part = self.read(from, None, sampler)?;
            // Where positions are counted, more time brings no more records.
            if part.is_whole || part.taken.cut.is_some() {
                return Ok(part.taken);
            }
        }
        *sampler = Sampler::default();
        Ok(self.read(From::Earliest, None, sampler)?.taken)
    }

    /// The records that come from now on.
    fn new_ones(&self, wait: Period, sampler: &mut Sampler) -> Result<Taken, Failure> {
        let until = Instant::now() + wait.0;
        Ok(self.read(From::Latest, Some(until), sampler)?.taken)
    }

    fn read(
        &self,
        from: From,
        until: Option<Instant>,
        sampler: &mut Sampler,
    ) -> Result<Part, Failure> {
        let Limits { records, bytes } = self.limits;
        let mut reader = reader::open(&self.options, from, None)?;
        reader.seek_end();
        let mut taken = Taken {
            form: "records of the stream".to_owned(),
            ..Taken::default()
        };
        let (mut seen, mut size, mut last) = (0_u64, 0_u64, Instant::now());
        let is_whole = loop {
            let mut take = |received: Received<'_>| {
                // A tombstone has nothing in it.
                if received.value.is_empty() || seen == records {
                    return;
                }
                seen += 1;
                size += received.value.len() as u64;
                match sampler.take_json(received.value, received.key) {
                    Ok(()) => taken.records += 1,
                    Err(why) => {
                        let place = format!("record {seen} (partition {})", received.partition);
                        taken.broken(place, why);
                    }
                }
            };
            let read = reader.read(CALL, AT_ONCE as usize, &mut take)?;
            reader.settle()?;
            if seen == records {
                taken.cut = Some("the number of records that was asked for");
                break false;
            }
            if size >= bytes {
                taken.cut = Some("the number of bytes that is read");
                break false;
            }
            if self.control.is_interrupted() {
                return Err(Failure::new("interrupted while the sample was taken")
                    .exit(ExitCode::Interrupted));
            }
            if let Some(trouble) = read.trouble.filter(|it| it.since.elapsed() > TROUBLE) {
                return Err(Failure::new(format!(
                    "cannot take a sample: {}",
                    trouble.message
                )));
            }
            if read.count > 0 {
                last = Instant::now();
            }
            let is_over = match until {
                Some(until) => Instant::now() >= until,
                // What is ahead and does not come is behind a transaction that is open.
                None if read.end == End::Ahead => {
                    let is_stuck = last.elapsed() > TROUBLE;
                    if is_stuck {
                        taken.cut = Some("what can be read so far");
                    }
                    is_stuck
                }
                None => last.elapsed() > QUIET,
            };
            if read.end == End::Reached || is_over {
                break read.end == End::Reached;
            }
        };
        Ok(Part { taken, is_whole })
    }
}
