//! What goes with the address of a destination, where a scenario file would say it.

use std::path::PathBuf;

use clap::Args;
use options::{ByteSize, Rate, RateUnit};

/// A scenario in one line, besides its rate, duration and count.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "With the address of a destination instead of a file")]
pub(crate) struct AddressArgs {
    /// As fast as the destination takes records, instead of --rate
    #[arg(long)]
    pub(crate) unpaced: bool,

    /// A field of the records and its kind, e.g. amount='{decimal: {max: 99}}'; may be repeated
    /// [default: an id, a person's names and e-mail address]
    #[arg(long, value_name = "NAME=KIND", value_parser = field)]
    pub(crate) field: Vec<(String, String)>,

    /// The field that decides on partition and order
    #[arg(long, value_name = "FIELD")]
    pub(crate) key: Option<String>,

    /// Fill every record up to this size, e.g. 1KiB
    #[arg(long, value_name = "SIZE")]
    pub(crate) size: Option<ByteSize>,

    /// What the run has to achieve, e.g. 'response p99 < 50ms'; may be repeated
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) threshold: Vec<String>,

    /// Read the stream back and look for every record
    #[arg(long)]
    pub(crate) read_back: bool,

    /// Also write the scenario to a file, with comments
    #[arg(long, value_name = "FILE")]
    pub(crate) save: Option<PathBuf>,
}

impl AddressArgs {
    /// The first of these options that was written.
    pub(crate) fn first(&self) -> Option<&'static str> {
        let written = [
            ("--unpaced", self.unpaced),
            ("--field", !self.field.is_empty()),
            ("--key", self.key.is_some()),
            ("--size", self.size.is_some()),
            ("--threshold", !self.threshold.is_empty()),
            ("--read-back", self.read_back),
            ("--save", self.save.is_some()),
        ];
        let found = written.iter().find(|(_, is_written)| *is_written);
        found.map(|(option, _)| *option)
    }
}

fn field(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, kind)) if !name.is_empty() && !kind.trim().is_empty() => {
            Ok((name.to_owned(), kind.to_owned()))
        }
        _ => Err("expected a name and a kind, e.g. `firstName=first_name`".to_owned()),
    }
}

/// A number of records: `10000`, `10k`, `1.5M`.
pub(crate) fn records(text: &str) -> Result<u64, String> {
    if let Ok(number) = text.parse() {
        return Ok(number);
    }
    // As in a rate.
    let rate: Option<Rate> = format!("{text}/s").parse().ok();
    rate.filter(|rate| rate.unit == RateUnit::Records && NANOS.is_multiple_of(rate.per_nanos))
        .map(|rate| rate.amount * (NANOS / rate.per_nanos))
        .ok_or_else(|| "expected a number of records, such as `500`, `10k` or `1.5M`".to_owned())
}

const NANOS: u64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_counted_as_in_a_rate() {
        for (text, number) in [("0", 0), ("500", 500), ("10k", 10_000), ("1.5M", 1_500_000)] {
            assert_eq!(records(text), Ok(number));
        }
        for text in ["", "-1", "1.5", "many", "1 KiB", "1/2"] {
            assert!(records(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_field_has_a_name_and_a_kind() {
        let found = field("amount={decimal: {max: 9}}");
        assert_eq!(found, Ok(("amount".into(), "{decimal: {max: 9}}".into())));
        for text in ["", "a", "=word", "a="] {
            assert!(field(text).is_err(), "{text}");
        }
    }
}
