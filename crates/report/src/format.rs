//! Numbers as people read them.

use std::time::Duration;

use crate::thresholds::{Judged, Unit};

/// A whole number with its thousands apart: `1,234,567`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 record`, `1,234 records`.
pub fn records(number: u64) -> String {
    format!(
        "{} record{}",
        count(number),
        if number == 1 { "" } else { "s" }
    )
}

/// A time given in milliseconds, to three significant digits in the unit that suits it: `412 µs`,
/// `4.12 ms`, `1.24 s`, `2m 05s`.
pub fn millis(millis: f64) -> String {
    let micros = millis * 1e3;
    if micros < 999.5 {
        format!("{} µs", significant(micros))
    } else if millis < 999.5 {
        format!("{} ms", significant(millis))
    } else if millis < 59_950.0 {
        format!("{} s", significant(millis / 1e3))
    } else {
        seconds(millis / 1e3)
    }
}

/// Three significant digits, without an exponent.
fn significant(number: f64) -> String {
    let decimals = match number {
        n if n == 0.0 || n >= 99.95 => 0,
        n if n >= 9.995 => 1,
        _ => 2,
    };
    format!("{number:.decimals$}")
}

/// A length of time in seconds, for headings: `9.5s`, `60s`, `2m 05s`, `1h 02m`.
pub fn seconds(seconds: f64) -> String {
    if seconds < 10.0 && seconds.fract() > 0.05 {
        return format!("{seconds:.1}s");
    }
    let whole = seconds.round() as u64;
    match whole {
        0..=119 if whole < 60 || whole.is_multiple_of(60) && whole == 60 => format!("{whole}s"),
        0..3600 => format!("{}m {:02}s", whole / 60, whole % 60),
        _ => format!("{}h {:02}m", whole / 3600, whole % 3600 / 60),
    }
}

/// The same for a [`Duration`].
pub fn duration(length: Duration) -> String {
    seconds(length.as_secs_f64())
}

/// Something a second: `1,000/s`, `999.87/s`, `0.2/s`.
pub fn rate(per_second: f64) -> String {
    format!("{}/s", decimal(per_second))
}

/// A number with its thousands apart and as many decimals as matter beside it.
fn decimal(number: f64) -> String {
    let decimals = match number {
        n if n >= 10_000.0 => 0,
        n if n >= 1_000.0 => 1,
        n if n >= 1.0 || n <= 0.0 => 2,
        // Three digits, however small: once an hour is not never.
        n => 3 + (-n.log10()).floor().min(9.0) as usize,
    };
    let text = format!("{number:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), count);
    match fraction.trim_end_matches('0') {
        "" => whole,
        fraction => format!("{whole}.{fraction}"),
    }
}

/// A number of bytes: `512 B`, `1.21 MB`.
pub fn bytes(bytes: f64) -> String {
    for (factor, unit) in [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")] {
        if bytes >= factor * 0.9995 {
            return format!("{} {unit}", significant(bytes / factor));
        }
    }
    format!("{bytes:.0} B")
}

/// A percentage: `99.99%`, `0.1%`, `0.0012%`. Never rounds up to 100 nor down to 0.
pub fn percent(percent: f64) -> String {
    if percent > 0.0 && percent < 0.001 {
        return "< 0.001%".to_owned();
    }
    if percent < 100.0 && percent > 99.99 {
        return "> 99.99%".to_owned();
    }
    let decimals = if percent < 0.1 { 3 } else { 2 };
    let text = format!("{percent:.decimals$}");
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// What a threshold's value was, with its remark: `231 ms`, `not measured: …`.
pub fn measured(judged: &Judged) -> String {
    let value = judged.measured.map(|value| quantity(value, judged.unit));
    match (value, &judged.remark) {
        (Some(value), None) => value,
        (Some(value), Some(remark)) => format!("{value} ({remark})"),
        (None, remark) => remark.clone().unwrap_or_else(|| "not measured".to_owned()),
    }
}

/// What is wrong with a threshold that was missed, in words: `` `response p99 < 5ms` missed: 13.5 ms``.
pub fn missed(judged: &Judged) -> String {
    let stream = match &judged.stream {
        // A threshold for one stream names it already.
        Some(stream) if !judged.expression.contains(':') => format!(" (`{stream}`)"),
        _ => String::new(),
    };
    format!(
        "`{}` missed{stream}: {}",
        judged.expression,
        measured(judged)
    )
}

/// A number in a threshold's unit.
pub fn quantity(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Millis => millis(value),
        Unit::Records => count(value as u64),
        Unit::Percent => percent(value),
        Unit::PerSecond => rate(value),
    }
}

/// A series as one line of eighths of blocks, from zero to its maximum, at most `width` wide.
/// Neighbours are averaged where there are more values than places.
pub fn sparkline(values: &[f64], width: usize) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    if values.is_empty() || width == 0 {
        return String::new();
    }
    let group = values.len().div_ceil(width);
    let means: Vec<f64> = values
        .chunks(group)
        .map(|part| part.iter().sum::<f64>() / part.len() as f64)
        .collect();
    let largest = means.iter().copied().fold(0.0, f64::max);
    let block = |value: f64| match largest {
        0.0 => BLOCKS[0],
        _ => BLOCKS[((value / largest * 8.0).ceil() as usize).clamp(1, 8) - 1],
    };
    means.into_iter().map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_long_as_they_matter() {
        assert_eq!(
            [count(0), count(999), count(1_234_567)],
            ["0", "999", "1,234,567"]
        );
        for (ms, text) in [
            (0.0, "0 µs"),
            (0.0412, "41.2 µs"),
            (0.999_9, "1.00 ms"),
            (4.123, "4.12 ms"),
            (41.23, "41.2 ms"),
            (412.3, "412 ms"),
            (999.9, "1.00 s"),
            (1_240.0, "1.24 s"),
            (125_000.0, "2m 05s"),
            (7_380_000.0, "2h 03m"),
        ] {
            assert_eq!(millis(ms), text, "{ms}");
        }
        assert_eq!(
            [seconds(9.5), seconds(60.0), seconds(61.0)],
            ["9.5s", "60s", "1m 01s"]
        );
        assert_eq!(
            [rate(1000.0), rate(999.874), rate(0.2)],
            ["1,000/s", "999.87/s", "0.2/s"]
        );
        assert_eq!(rate(1_234_567.8), "1,234,568/s");
        assert_eq!(
            [rate(0.0), rate(0.25), rate(1.0 / 60.0), rate(1.0 / 3600.0)],
            ["0/s", "0.25/s", "0.0167/s", "0.000278/s"]
        );
        assert_eq!([bytes(512.0), bytes(1_214_000.0)], ["512 B", "1.21 MB"]);
    }

    #[test]
    fn a_percentage_is_not_rounded_to_all_or_nothing() {
        let texts = [0.0, 0.000_4, 0.1, 0.012, 99.99, 99.999, 100.0].map(percent);
        assert_eq!(
            texts,
            [
                "0%", "< 0.001%", "0.1%", "0.012%", "99.99%", "> 99.99%", "100%"
            ]
        );
    }

    #[test]
    fn a_sparkline_fits_and_keeps_its_shape() {
        assert_eq!(sparkline(&[0.0, 50.0, 100.0], 10), "▁▄█");
        assert_eq!(sparkline(&[0.0; 3], 10), "▁▁▁");
        assert_eq!(
            sparkline(&(0..1000).map(f64::from).collect::<Vec<_>>(), 20)
                .chars()
                .count(),
            20
        );
        assert_eq!(sparkline(&[], 10), "");
    }
}
