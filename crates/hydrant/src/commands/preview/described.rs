//! What the records of a stream look like as a whole, in lines of a table.

use pacing::Schedule as _;
use records::{Changes, Description, FieldValues, Operation, Spread};
use report::format;
use scenario::ResolvedStream;

/// How many records are looked at.
const SAMPLE: u64 = 10_000;
/// Values that stand for more than this share are named.
const FREQUENT: f64 = 0.01;
/// Longer texts are cut off.
const SHOWN: usize = 24;
/// Among how many partitions keys are spread, where that is shown.
const PARTITIONS: u64 = 16;

/// Looks at records from all over the load.
pub(super) fn describe(stream: &ResolvedStream) -> Vec<String> {
    let total = stream.load.total().unwrap_or(SAMPLE);
    let looked_at = total.min(SAMPLE);
    let spread = (0..looked_at)
        .map(|index| (u128::from(index) * u128::from(total) / u128::from(looked_at)) as u64);
    let seen = Description::of(&stream.template, spread);
    let mut lines = vec![format!(
        "{} looked at: {}",
        format::records(seen.records),
        sizes(&seen.sizes)
    )];
    let width = seen.fields.keys().map(|path| path.chars().count()).max();
    let width = width.unwrap_or(0).min(40);
    for (path, field) in &seen.fields {
        let there = format::percent(100.0 * field.seen as f64 / seen.sizes.count().max(1) as f64);
        // Elements of lists have no share of the records.
        let there = if path.contains("[]") {
            String::new()
        } else {
            there
        };
        lines.push(format!("  {path:<width$}  {there:>6}  {}", values(field)));
    }
    lines.extend(keys(&seen));
    lines.extend(operations(stream, looked_at, total));
    lines
}

/// How often each operation is there, among so many records from the load's beginning.
fn operations(stream: &ResolvedStream, looked_at: u64, total: u64) -> Option<String> {
    let mut changes = Changes::of(&stream.template)?;
    let mut counts = [0_u64; 3];
    for n in 0..looked_at {
        counts[changes.at(n).operation as usize] += 1;
    }
    let shares = Operation::ALL.map(|operation| {
        let share = 100.0 * counts[operation as usize] as f64 / looked_at.max(1) as f64;
        format!("{} {}", operation.word(), format::percent(share))
    });
    let first = if looked_at < total {
        format!(" in the first {}", format::records(looked_at))
    } else {
        String::new()
    };
    let of = stream.template.changed_entity().unwrap_or_default();
    Some(format!(
        "operations on `{of}`{first}: {}",
        shares.join(", ")
    ))
}

fn sizes(sizes: &Spread) -> String {
    let at = |quantile| format::bytes(sizes.quantile(quantile).unwrap_or(0.0));
    match sizes.mean() {
        None => "none has a value".to_owned(),
        Some(mean) => format!(
            "{} to {}, {} on average, p99 {}",
            at(0.0),
            at(1.0),
            format::bytes(mean),
            at(0.99)
        ),
    }
}

fn values(field: &FieldValues) -> String {
    let there = field.seen - field.nulls;
    let share = |times: u64| times as f64 / field.seen.max(1) as f64;
    let mut parts = Vec::new();
    if field.nulls > 0 {
        parts.push(format!(
            "{} null",
            format::percent(100.0 * share(field.nulls))
        ));
    }
    let range = |numbers: &Spread| {
        let at = |quantile| numbers.quantile(quantile).unwrap_or(0.0);
        (at(0.0), at(0.5), at(1.0))
    };
    let different = field.values.len() as u64;
    if field.numbers.count() > 0 {
        let (least, median, most) = range(&field.numbers);
        parts.push(format!("{least} to {most}, median {median}"));
    } else if there > 0 && different == there {
        parts.push("all different".to_owned());
    } else if different > 1 {
        parts.push(format!("{} different", format::count(different)));
    }
    let frequent = field.most_frequent(4).into_iter();
    let frequent: Vec<_> = frequent
        .filter(|(_, times)| share(*times) >= FREQUENT && *times > 1)
        .map(|(value, times)| format!("{} {}", cut(value), format::percent(100.0 * share(times))))
        .collect();
    if frequent.is_empty() {
        let example = field.most_frequent(1);
        parts.extend(
            example
                .first()
                .map(|(value, _)| format!("e.g. {}", cut(value))),
        );
    } else {
        parts.push(frequent.join(", "));
    }
    if different == 0 && field.lengths.count() > 0 {
        let (least, _, most) = range(&field.lengths);
        parts.push(format!("lists of {least} to {most}"));
    }
    parts.join("; ")
}

fn cut(value: &str) -> String {
    if value.chars().count() <= SHOWN {
        return value.to_owned();
    }
    let cut: String = value.chars().take(SHOWN - 1).collect();
    cut + "…"
}

/// How unevenly keys load partitions that are chosen by a hash of the key.
fn keys(seen: &Description) -> Option<String> {
    let hottest = seen.keys.values().max()?;
    let mut partitions = vec![0; PARTITIONS as usize];
    for (key, times) in &seen.keys {
        let hash = u64::from(crc32fast::hash(key));
        partitions[(hash % PARTITIONS) as usize] += times;
    }
    let share = |times: u64| format::percent(100.0 * times as f64 / seen.records as f64);
    let fullest = partitions.into_iter().max().unwrap_or(0);
    Some(format!(
        "keys: {} different, the most frequent one {}; of {PARTITIONS} partitions the fullest has {} \
         (evenly {})",
        format::count(seen.keys.len() as u64),
        share(*hottest),
        share(fullest),
        format::percent(100.0 / PARTITIONS as f64)
    ))
}
