//! A latency distribution as bars.

use hdrhistogram::Histogram;

use super::layout::{Align, BAR, Cell, DIM, table};
use crate::format;

/// Rows at most; the steps between them grow until that holds.
const ROWS: usize = 16;
/// Where rows can end, within a decade: from fine to coarse.
const STEPS: [&[u64]; 4] = [
    &[100, 130, 180, 240, 320, 420, 560, 750],
    &[100, 150, 200, 300, 500, 700],
    &[100, 200, 500],
    &[100],
];
const MARKS: [(f64, &str); 5] = [
    (0.5, "p50"),
    (0.9, "p90"),
    (0.99, "p99"),
    (0.999, "p99.9"),
    (0.9999, "p99.99"),
];

/// Draws the distribution over a logarithmic axis. A row that has any value shows at least a trace
/// of a bar, so that the tail can be seen.
pub(super) fn distribution(histogram: &Histogram<u64>, width: usize, out: &mut String) {
    if histogram.is_empty() {
        return;
    }
    let ends = ends(histogram.min(), histogram.max());
    let counts = counts(histogram, &ends);
    let total = histogram.len() as f64;
    let largest = counts.iter().copied().max().unwrap_or(1).max(1) as f64;
    let bar_width = width.saturating_sub(46).clamp(10, 60);
    let mut rows = Vec::new();
    let mut previous = 0;
    for (end, count) in ends.iter().zip(&counts) {
        let bar = bar(*count as f64 / largest, bar_width);
        let share = match count {
            0 => String::new(),
            count => format::percent(*count as f64 * 100.0 / total),
        };
        rows.push(vec![
            Cell::plain(format!("  ≤ {}", format::millis(*end as f64 / 1e6))),
            Cell::new(bar, BAR),
            Cell::plain(share),
            Cell::new(marks(histogram, previous, *end), DIM),
        ]);
        previous = *end;
    }
    table(
        &rows,
        &[Align::Right, Align::Left, Align::Right, Align::Left],
        out,
    );
}

/// The ends of the rows, the last one at or above `max`.
fn ends(min: u64, max: u64) -> Vec<u64> {
    let series = |steps: &[u64]| {
        let mut ends = Vec::new();
        // The range of the histograms is 1 µs to 7 days, so 10^15 ns is beyond everything.
        'decades: for exponent in 0..=15 {
            for step in steps {
                let end = step * 10u64.pow(exponent);
                if end >= min {
                    ends.push(end);
                }
                if end >= max {
                    break 'decades;
                }
            }
        }
        ends
    };
    let coarsest = series(STEPS[STEPS.len() - 1]);
    STEPS
        .iter()
        .map(|steps| series(steps))
        .find(|ends| ends.len() <= ROWS)
        .unwrap_or(coarsest)
}

fn counts(histogram: &Histogram<u64>, ends: &[u64]) -> Vec<u64> {
    let mut counts = vec![0; ends.len()];
    for value in histogram.iter_recorded() {
        let row = ends.partition_point(|end| *end < value.value_iterated_to());
        if let Some(count) = counts.get_mut(row.min(ends.len() - 1)) {
            *count += value.count_at_value();
        }
    }
    counts
}

/// The percentiles that lie in this row, as far as there are values enough for them.
fn marks(histogram: &Histogram<u64>, previous: u64, end: u64) -> String {
    let names: Vec<&str> = MARKS
        .iter()
        .filter(|(quantile, _)| histogram.len() as f64 * (1.0 - quantile) >= 0.999)
        .filter(|(quantile, _)| {
            let value = histogram.value_at_quantile(*quantile);
            previous < value && value <= end
        })
        .map(|(_, name)| *name)
        .collect();
    names.join(" ")
}

/// A bar in eighths; anything above nothing shows.
fn bar(share: f64, width: usize) -> String {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let eighths = (share * width as f64 * 8.0).ceil() as usize;
    let mut bar = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push(EIGHTHS[eighths % 8]);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_cover_the_range_and_are_few() {
        for (min, max) in [
            (1_000, 1_000),
            (4_100_000, 9_800_000),
            (1_000, measure::HIGHEST_NANOS),
        ] {
            let ends = ends(min, max);
            assert!((1..=ROWS).contains(&ends.len()), "{min} {max}: {ends:?}");
            assert!(ends.is_sorted() && *ends.last().unwrap() >= max, "{ends:?}");
        }
    }

    #[test]
    fn a_trace_of_a_bar_is_a_bar() {
        assert_eq!(
            [bar(0.0, 10), bar(1e-9, 10), bar(0.5, 4), bar(1.0, 3)],
            ["", "▏", "██", "███"]
        );
    }
}
