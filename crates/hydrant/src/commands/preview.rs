//! `hydrant preview`: what the records are and when they are due, without sending any.

mod described;
mod export;

use pacing::Schedule as _;
use records::DefectKind;
use report::{ExitCode, format};
use scenario::{ResolvedStream, Target};
use serde_json::json;

use super::source;
use crate::cli::PreviewArgs;
use crate::failure::Failure;
use crate::{curve, printer};

pub(crate) fn preview(args: &PreviewArgs) -> Result<ExitCode, Failure> {
    // Nothing is sent, so no secret and no variable has to be there.
    let (loaded, overrides) = source::load(
        &args.scenario,
        &args.address,
        &args.overrides,
        Target::Sandbox,
    )?;
    let resolved = loaded.resolve(&overrides, None)?;
    let streams = chosen(&resolved.streams, args.stream.as_deref())?;
    if let Some(written_as) = args.format {
        let [stream] = streams[..] else {
            return Err(Failure::new(
                "the scenario has several streams, and one is written at a time",
            )
            .help(format!("name one: `--stream {}`", streams[0].name))
            .exit(ExitCode::Usage));
        };
        export::export(stream, args.records, written_as, args.out.as_deref())?;
        return Ok(ExitCode::Fine);
    }
    let number = args.records.unwrap_or(SAMPLES);
    for stream in streams {
        if args.json {
            let mut samples = samples(stream, number);
            samples.try_for_each(|sample| printer::result(&sample.json(stream)))?;
            continue;
        }
        printer::result(&format!(
            "{}: {}\n",
            stream.name,
            super::load_in_words(stream)
        ))?;
        if let Some(past) = stream.load.past() {
            printer::result(&curve::draw(past.happened(), printer::width()))?;
        }
        printer::result(&curve::draw(stream.load.live(), printer::width()))?;
        for sample in samples(stream, number) {
            let due = sample.due.map_or_else(String::new, format::millis);
            printer::result(&format!(
                "{:>6} {due:>9}  {}",
                sample.ordinal, sample.record
            ))?;
            if let Some((key, operation)) = &sample.change {
                printer::result(&format!("{:>6} {:>9}  {operation} {key}", "", ""))?;
            }
            if let Some(sent) = &sample.sent {
                let format = stream.template.format();
                let (size, text) = (sent.len(), shortened(&readable(sent, stream)));
                printer::result(&format!(
                    "{:>6} {:>9}  {size} bytes as {format}: {text}",
                    "", ""
                ))?;
            }
            for (name, value) in &sample.headers {
                printer::result(&format!("{:>6} {:>9}  {name}: {value}", "", ""))?;
            }
        }
        let starts = stream.template.version_starts();
        for (version, first) in (1_u32..).zip(starts).skip(1) {
            let sample = sample(stream, first);
            let due = sample.due.map_or_else(String::new, format::millis);
            printer::result(&format!(
                "{first:>6} {due:>9}  version {version} begins: {}",
                sample.record
            ))?;
        }
        for (kind, sample) in defects(stream) {
            let record = match &sample.sent {
                Some(sent) => readable(sent, stream),
                None => options::visible(&sample.record).into_owned(),
            };
            let record = shortened(&record);
            printer::result(&format!(
                "{:>6} {:>9}  {kind}: {record}",
                sample.ordinal, ""
            ))?;
        }
        for line in described::describe(stream) {
            printer::result(&line)?;
        }
        if let Some(tree) = stream.template.journey_tree() {
            printer::result(&format!("\n{tree}"))?;
        }
        printer::result("")?;
    }
    Ok(ExitCode::Fine)
}

/// Samples that are shown if nobody says how many.
const SAMPLES: u64 = 5;

/// The streams, or the one of this name.
fn chosen<'s>(
    streams: &'s [ResolvedStream],
    name: Option<&str>,
) -> Result<Vec<&'s ResolvedStream>, Failure> {
    let names = || streams.iter().map(|stream| stream.name.as_str());
    let Some(name) = name else {
        return Ok(streams.iter().collect());
    };
    match streams.iter().find(|stream| stream.name == name) {
        Some(stream) => Ok(vec![stream]),
        None => Err(Failure::new(format!("there is no stream `{name}`"))
            .help(format!("there are {}", options::listed(names())))
            .exit(ExitCode::Usage)),
    }
}

/// So much is shown of what is sent.
const SENT_SHOWN: usize = 160;

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SENT_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What is sent, on one line: a text as it is, and bytes that are none with their numbers.
fn readable(sent: &[u8], stream: &ResolvedStream) -> String {
    let is_binary = matches!(stream.template.format(), "avro" | "protobuf");
    match std::str::from_utf8(sent) {
        Ok(text) if !is_binary && !text.starts_with('\0') => options::visible(text).into_owned(),
        _ => sent.escape_ascii().to_string(),
    }
}

/// The first record with each kind of defect, if it is among the first of the load.
fn defects(stream: &ResolvedStream) -> Vec<(&'static str, Sample)> {
    const LOOKED_AT: u64 = 100_000;
    let template = &stream.template;
    let number = if template.has_defects() {
        stream.load.total().unwrap_or(LOOKED_AT).min(LOOKED_AT)
    } else {
        0
    };
    let mut found: Vec<(DefectKind, u64)> = Vec::new();
    for n in 0..number {
        if let Some(defect) = template.defect_of(n)
            && found.iter().all(|(kind, _)| *kind != defect.kind)
        {
            found.push((defect.kind, n));
        }
    }
    found.sort();
    let found = found.into_iter();
    found
        .map(|(kind, n)| (kind.word(), sample(stream, n)))
        .collect()
}

struct Sample {
    ordinal: u64,
    /// In milliseconds from the run's zero; `None` if unpaced.
    due: Option<f64>,
    record: String,
    /// The record as it is sent, where that is not the text that is shown.
    sent: Option<Vec<u8>>,
    headers: Vec<(String, String)>,
    /// The key and what is done to the entity with it, if records are changes of entities.
    change: Option<(String, &'static str)>,
    /// What is wrong with the record on purpose.
    defect: Option<DefectKind>,
}

impl Sample {
    /// With the stream that it is of. The record stands there as it is sent.
    fn json(&self, of: &ResolvedStream) -> String {
        let (stream, due) = (json!(of.name), json!(self.due));
        let Sample {
            ordinal, record, ..
        } = self;
        let sent = self.sent.as_ref().map_or_else(String::new, |sent| {
            format!(
                r#","size":{},"sent":{}"#,
                sent.len(),
                json!(readable(sent, of))
            )
        });
        // Only a record that is JSON can stand there as it is sent.
        let record = match self.defect {
            Some(DefectKind::Malformed) if self.sent.is_none() => json!(record).to_string(),
            _ => record.clone(),
        };
        let defect = self.defect.map_or_else(String::new, |kind| {
            format!(r#","defect":"{}""#, kind.word())
        });
        let headers = if self.headers.is_empty() {
            String::new()
        } else {
            let headers: serde_json::Map<_, _> = (self.headers.iter())
                .map(|(name, value)| (name.clone(), json!(value)))
                .collect();
            format!(r#","headers":{}"#, json!(headers))
        };
        let change = self
            .change
            .as_ref()
            .map_or_else(String::new, |(key, operation)| {
                format!(r#","key":{},"operation":"{operation}""#, json!(key))
            });
        format!(
            r#"{{"stream":{stream},"ordinal":{ordinal},"due_ms":{due},"record":{record}{sent}{headers}{change}{defect}}}"#
        )
    }
}

/// The first `number` records, or as many as the load has.
fn samples(stream: &ResolvedStream, number: u64) -> impl Iterator<Item = Sample> {
    let number = stream
        .load
        .total()
        .map_or(number, |total| total.min(number));
    (0..number).map(|ordinal| sample(stream, ordinal))
}

fn sample(stream: &ResolvedStream, ordinal: u64) -> Sample {
    let mut bytes = Vec::new();
    let mut sent = None;
    if stream.template.is_tombstone(ordinal) {
        bytes.extend_from_slice(b"null");
    } else {
        stream.template.json(ordinal, &mut bytes);
        if !stream.template.is_json() {
            let mut record = Vec::new();
            stream.template.record(ordinal, &mut record);
            sent = Some(record);
        }
    }
    let mut headers = Vec::new();
    stream.template.headers(ordinal, |name, value| {
        headers.push((name.to_owned(), String::from_utf8_lossy(value).into_owned()));
    });
    let change = stream.template.change_of(ordinal).map(|change| {
        let mut key = Vec::new();
        stream.template.key(ordinal, &mut key);
        let key = String::from_utf8_lossy(&key).into_owned();
        (key, change.operation.word())
    });
    let load = &stream.load;
    let is_unpaced = match load.past() {
        Some(past) if ordinal < past.count() => past.is_unpaced(),
        _ => !load.is_paced(),
    };
    let due = load.due(ordinal).filter(|_| !is_unpaced);
    Sample {
        ordinal,
        due: due.map(|due| due.0 as f64 / 1e6),
        record: String::from_utf8_lossy(&bytes).into_owned(),
        sent,
        headers,
        change,
        defect: stream.template.defect_of(ordinal).map(|it| it.kind),
    }
}
