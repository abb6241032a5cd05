//! `hydrant init`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use options::{Period, Rate};

use super::{address, number};

/// What the scenario is drafted from, and what it is to be like.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("source"),
    after_help = "\
From an address, a schema, a sample, or what is on the platform:
  hydrant init kafka://localhost:9092/profiles --for performance --out profiles.yaml
  hydrant init kinesis://eu-west-1/orders --schema order.schema.json --for smoke
  hydrant init --schema order.avsc --rate 5k/s --duration 10m
  hydrant init kafka://localhost:9092/orders --sample orders.ndjson --out orders.yaml
  hydrant init --dataset 'Loyalty members' --for demo --count 500 --out members.yaml
  hydrant init --xdm 'Loyalty members schema' --only person,loyalty --except person.taxId"
)]
pub(crate) struct InitArgs {
    /// Where the records go, e.g. kafka://localhost:9092/profiles [default: nowhere, or the platform's own inlet
    /// with --xdm and --dataset; without any of these you are asked]
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: Option<String>,

    /// What the scenario is for
    #[arg(
        long = "for",
        value_enum,
        value_name = "PURPOSE",
        default_value = "performance",
        hide_default_value = true
    )]
    pub(crate) for_: PurposeArg,

    /// One steady rate, e.g. 2k/s [default: 1k/s for performance, 20/s for a smoke test, 50/s for a demo]
    #[arg(long, value_name = "RATE")]
    pub(crate) rate: Option<Rate>,

    /// How long, e.g. 10m [default: 1m for performance]
    #[arg(long, value_name = "DURATION")]
    pub(crate) duration: Option<Period>,

    /// How many records, e.g. 10k [default: 100 for a smoke test, 500 for a demo]
    #[arg(long, value_name = "N", value_parser = address::records)]
    pub(crate) count: Option<u64>,

    /// What the scenario is called [default: as the topic, the stream, the schema or the dataset]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// Write it to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// Replace the file if it is there
    #[arg(long, requires = "out")]
    pub(crate) force: bool,

    // Last: what follows a heading stands below it.
    #[command(flatten)]
    pub(crate) source: SourceArgs,
}

/// What the records are, and how much of it.
#[derive(Debug, Args)]
#[command(next_help_heading = "What the records are")]
pub(crate) struct SourceArgs {
    /// Records as a schema describes them: JSON Schema (draft 4 to 2020-12) or Avro
    #[arg(long, value_name = "FILE", group = "source")]
    pub(crate) schema: Option<PathBuf>,

    /// Records and mapping for a schema of the platform, or a file with one, fully resolved
    #[arg(long, value_name = "FILE|$ID|TITLE", group = "source")]
    pub(crate) xdm: Option<String>,

    /// The same for a dataset that is there; the flow lands in it
    #[arg(long, value_name = "ID|NAME", group = "source")]
    pub(crate) dataset: Option<String>,

    /// Records like those in a file (JSON, CSV; `-`: standard input), in a stream, or in a dataset. No value that
    /// may be a person's gets into the scenario
    #[arg(long, value_name = "FILE|ADDRESS|dataset:NAME", group = "source")]
    pub(crate) sample: Option<String>,

    /// How many records the sample has, at most
    #[arg(
        long,
        value_name = "N",
        default_value = "10k",
        value_parser = address::records,
        requires = "sample"
    )]
    pub(crate) sample_size: u64,

    /// How long to wait for messages of a Pub/Sub topic, which hands out new ones only
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "30s",
        requires = "sample"
    )]
    pub(crate) sample_for: Period,

    /// Only these fields, with what is below them, and what is required
    #[arg(long, value_name = "PATH", value_delimiter = ',', requires = "source")]
    pub(crate) only: Vec<String>,

    /// All but these fields
    #[arg(long, value_name = "PATH", value_delimiter = ',', requires = "source")]
    pub(crate) except: Vec<String>,

    /// How deep objects in objects are followed
    #[arg(
        long,
        value_name = "N",
        default_value_t = 6,
        value_parser = number::whole(1..),
        requires = "source"
    )]
    pub(crate) depth: u64,
}

/// What the scenario is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PurposeArg {
    /// To measure: a steady load
    Performance,
    /// To see that the way is open: a few records, each of which is looked for
    Smoke,
    /// To have data to show
    Demo,
}
