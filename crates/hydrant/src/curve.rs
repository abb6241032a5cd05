//! The load as a picture: rate over time. Writing to a `String` does not fail.

use std::fmt::Write as _;
use std::time::Duration;

use batch::Nanos;
use pacing::{Load, Schedule as _};
use report::format;

const ROWS: usize = 8;
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// How much is shown of a load without an end of its own.
const ENDLESS: Duration = Duration::from_mins(1);

/// Draws the rate of `load` over its length, `width` columns wide, with its axes.
pub(crate) fn draw(load: &Load, width: usize) -> String {
    if !load.is_paced() {
        return "as fast as the destination takes them\n".to_owned();
    }
    let length = load
        .end()
        .map_or(ENDLESS.as_nanos() as u64, |end| end.0)
        .max(1);
    let label_width = 12;
    let columns = width.saturating_sub(label_width + 2).clamp(20, 100);
    let rates = rates(load, length, columns);
    let highest = highest(load, &rates);

    let mut out = String::new();
    for row in (0..ROWS).rev() {
        let label = match row {
            row if row == ROWS - 1 => format::rate(highest),
            0 => "0/s".to_owned(),
            _ => String::new(),
        };
        let _ = write!(out, "{label:>label_width$} ┤");
        let heights = rates
            .iter()
            .map(|rate| rate / highest * ROWS as f64 - row as f64);
        out.extend(heights.map(|height| EIGHTHS[(height * 8.0).round().clamp(0.0, 8.0) as usize]));
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    let end = if load.end().is_some() {
        format::seconds(length as f64 / 1e9)
    } else {
        "…".to_owned()
    };
    let gap = columns.saturating_sub(end.chars().count() + 1);
    let _ = writeln!(out, "{:>label_width$} └{}", "", "─".repeat(columns));
    let _ = writeln!(out, "{:>label_width$}  0{:gap$}{end}", "", "");
    out
}

/// The rate in the middle of each column.
fn rates(load: &Load, length: u64, columns: usize) -> Vec<f64> {
    let middle = |column: usize| {
        let at = u128::from(length) * (2 * column as u128 + 1) / (2 * columns as u128);
        load.rate_at(Nanos(at as u64)).unwrap_or(0.0)
    };
    (0..columns).map(middle).collect()
}

/// The highest rate of the load; of one without an end, the highest that is shown.
fn highest(load: &Load, shown: &[f64]) -> f64 {
    let peak = load.end().and_then(|_| load.peak_rate());
    peak.unwrap_or_else(|| shown.iter().copied().fold(0.0, f64::max))
        .max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use pacing::{Phase, Stop};

    use super::*;

    fn load(yaml: &str) -> Load {
        let phases: Vec<Phase> = serde_json::from_str(yaml).unwrap();
        Load::compile(&phases, &Stop::default(), 100.0).unwrap()
    }

    #[test]
    fn a_ramp_after_a_hold_rises_to_the_right() {
        let load = load(
            r#"[{"hold": {"rate": "1k/s", "for": "1m"}}, {"ramp": {"to": "4k/s", "over": "2m"}}]"#,
        );
        insta::assert_snapshot!(draw(&load, 60));
    }

    #[test]
    fn an_unpaced_load_has_no_curve() {
        let load = load(r#"[{"unpaced": {"count": 10}}]"#);
        assert_eq!(draw(&load, 60), "as fast as the destination takes them\n");
    }

    #[test]
    fn a_load_without_an_end_shows_its_first_minute() {
        let load = load(r#"[{"hold": {"rate": "5/s"}}]"#);
        assert!(draw(&load, 60).trim_end().ends_with('…'));
    }
}
