//! The command line: clap types and nothing else.

mod address;
mod init;
mod layers;
mod number;
mod sandbox;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use options::{Period, Rate};

pub(crate) use self::address::{AddressArgs, records};
pub(crate) use self::init::{InitArgs, PurposeArg};
pub(crate) use self::layers::LayerArgs;
pub(crate) use self::sandbox::{BehaviourArgs, SandboxArgs};

/// Puts an exact, believable, measured stream of records into a streaming platform.
#[derive(Debug, Parser)]
#[command(
    name = "hydrant",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(before_help = "\
One line, no file:
  hydrant run kafka://localhost:9092/profiles --rate 5k/s --for 30s
  hydrant run kinesis://eu-west-1/profiles --count 10k --field firstName=first_name \\
      --field amount='{decimal: {max: 99}}' --key firstName
  hydrant run eventhubs://my-namespace/profiles --rate 1k/s --size 1KiB --read-back \\
      --threshold 'response p99 < 50ms'
  hydrant run pubsub://my-project/profiles --unpaced --for 10s
  hydrant run discard: --rate 100k/s --for 5s")]
#[command(after_help = "\
Exit codes: 0 fine, 1 the run failed, 2 bad usage or scenario, 96 the measurement is not valid,
97 records lost, refused, duplicated or corrupted, 99 a threshold was missed, 105 interrupted.

A first run, with no account and no server:
  hydrant run scenarios/quickstart.yaml --sandbox")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// How to talk; the same for every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct OutputArgs {
    /// Say nothing but errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,

    /// Colour the output
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: When,

    /// Log what the parts are doing to stderr; twice for more
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// If the output is a terminal and NO_COLOR is not set
    Auto,
    Always,
    Never,
}

/// One verb per intention.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Do the whole job: provision the flow, publish, verify, report, clean up
    Run(Box<RunArgs>),
    /// Write a scenario from an address, a schema, or a dataset that is there
    Init(Box<InitArgs>),
    /// Find every mistake in a scenario, without sending anything
    Check(CheckArgs),
    /// Look at everything that can be wrong before a run, and tell how to mend it
    Doctor(Box<DoctorArgs>),
    /// Show sample records and the rate over time
    Preview(PreviewArgs),
    /// Plan, apply, import, watch, verify or destroy the scenario's flows on the platform
    Flow(FlowArgs),
    /// Read the stream of an earlier run and look for every record there
    ReadBack(LaterArgs),
    /// Run a local AEP and a local broker in the foreground
    Sandbox(SandboxArgs),
    /// Print the JSON Schema of a file that Hydrant reads or writes
    Schema(SchemaArgs),
    /// Print what a shell needs to complete the command line
    Completions(CompletionsArgs),
    /// Print the manual page of a command, or write all of them
    Man(ManArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The scenario file, or the address of a destination, e.g. kafka://localhost:9092/profiles
    #[arg(value_name = "SCENARIO|ADDRESS")]
    pub(crate) scenario: PathBuf,

    /// Run against the embedded sandbox: no account, no server, no configuration
    #[arg(long)]
    pub(crate) sandbox: bool,

    /// Where results go [default: runs/<time>-<name>/]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Leave the flow in place afterwards
    #[arg(long)]
    pub(crate) keep_flow: bool,

    /// Remove the flow afterwards, also one that an earlier command made
    #[arg(long, conflicts_with = "keep_flow")]
    pub(crate) remove_flow: bool,

    /// The file that remembers what was created on the platform [default: beside the scenario]
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,

    /// Print the summary as JSON, as the only thing on stdout
    #[arg(long)]
    pub(crate) json: bool,

    /// Also write a JUnit report
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,

    /// Also append the result as Markdown, e.g. to "$GITHUB_STEP_SUMMARY"
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) overrides: OverrideArgs,

    #[command(flatten)]
    pub(crate) address: AddressArgs,

    #[command(flatten, next_help_heading = "How the sandbox behaves, with --sandbox")]
    pub(crate) behaviour: BehaviourArgs,
}

/// What the command line may say instead of the scenario.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Instead of the scenario's own")]
pub(crate) struct OverrideArgs {
    /// The seed, instead of the scenario's
    #[arg(long, value_name = "N", value_parser = number::whole(0..))]
    pub(crate) seed: Option<u64>,

    /// One steady rate, e.g. 2k/s, instead of the scenario's phases
    #[arg(long, value_name = "RATE")]
    pub(crate) rate: Option<Rate>,

    /// Stop after this time, e.g. 30s
    #[arg(long = "for", value_name = "DURATION")]
    pub(crate) for_: Option<Period>,

    /// Stop after this many records, e.g. 10k
    #[arg(long, value_name = "N", value_parser = address::records)]
    pub(crate) count: Option<u64>,

    #[command(flatten)]
    pub(crate) layers: LayerArgs,
}

impl OverrideArgs {
    /// The first of these options that was written.
    pub(crate) fn first(&self) -> Option<&'static str> {
        let written = [
            ("--seed", self.seed.is_some()),
            ("--rate", self.rate.is_some()),
            ("--for", self.for_.is_some()),
            ("--count", self.count.is_some()),
            ("--overlay", !self.layers.overlay.is_empty()),
            ("--set", !self.layers.set.is_empty()),
        ];
        let found = written.iter().find(|(_, is_written)| *is_written);
        found.map(|(option, _)| *option)
    }
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The scenario file, or the address of a destination, e.g. kafka://localhost:9092/profiles
    #[arg(value_name = "SCENARIO|ADDRESS")]
    pub(crate) scenario: PathBuf,

    /// Check it as it would run on the sandbox: no secrets are needed
    #[arg(long)]
    pub(crate) sandbox: bool,

    /// Also connect: credentials, destination, permissions, capacity
    #[arg(long, conflicts_with = "sandbox")]
    pub(crate) connect: bool,

    /// The file that remembers what was created on the platform [default: beside the scenario]
    #[arg(long, value_name = "FILE", requires = "connect")]
    pub(crate) state: Option<PathBuf>,

    /// Print the problems as JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) overrides: OverrideArgs,

    #[command(flatten)]
    pub(crate) address: AddressArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 nothing is wrong, 1 a run would fail, 2 bad usage or scenario.

Examples:
  hydrant doctor                                    this machine, and where credentials are found
  hydrant doctor scenarios/quickstart.yaml --sandbox
  hydrant doctor kafka://localhost:9092/profiles --rate 50k/s --for 1m
  hydrant doctor scenario.yaml --json | jq '.looks[] | select(.verdict == \"wrong\")'")]
pub(crate) struct DoctorArgs {
    /// The scenario file, or the address of a destination, e.g. kafka://localhost:9092/profiles
    /// [default: this machine and its environment only]
    #[arg(value_name = "SCENARIO|ADDRESS")]
    pub(crate) scenario: Option<PathBuf>,

    /// Look at it as it would run on the embedded sandbox, which is started for that
    #[arg(long, requires = "scenario")]
    pub(crate) sandbox: bool,

    /// Where results would go [default: runs/]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// The file that remembers what was created on the platform [default: beside the scenario]
    #[arg(long, value_name = "FILE", requires = "scenario")]
    pub(crate) state: Option<PathBuf>,

    /// Print what was found as JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) overrides: OverrideArgs,

    #[command(flatten)]
    pub(crate) address: AddressArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PreviewArgs {
    /// The scenario file, or the address of a destination, e.g. kafka://localhost:9092/profiles
    #[arg(value_name = "SCENARIO|ADDRESS")]
    pub(crate) scenario: PathBuf,

    /// How many records [default: 5; with --format all that the load has]
    #[arg(short = 'n', long, value_name = "N", value_parser = address::records)]
    pub(crate) records: Option<u64>,

    /// Print JSON, a record a line: `stream`, `ordinal`, `due_ms`, `record`
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,

    /// Write the records themselves: a generator for files and other tools
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<RecordsAs>,

    /// The file to write them to [default: standard output]
    #[arg(long, value_name = "FILE", requires = "format")]
    pub(crate) out: Option<PathBuf>,

    /// Only this stream of several
    #[arg(long, value_name = "NAME")]
    pub(crate) stream: Option<String>,

    #[command(flatten)]
    pub(crate) overrides: OverrideArgs,

    #[command(flatten)]
    pub(crate) address: AddressArgs,
}

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RecordsAs {
    /// One JSON array
    Json,
    /// A JSON record a line
    Ndjson,
    /// A heading and a line a record; what stands in objects has a path, and lists are JSON
    Csv,
}

/// A run that is over.
#[derive(Debug, Args)]
pub(crate) struct LaterArgs {
    /// The result directory of the run
    #[arg(value_name = "RUN_DIR")]
    pub(crate) run: PathBuf,

    /// When what is missing is lost, e.g. 10m, instead of the scenario's `within`
    #[arg(long, value_name = "DURATION")]
    pub(crate) within: Option<Period>,

    /// Send credentials to this host, which only the run's scenario names; may be repeated
    #[arg(long, value_name = "HOST")]
    pub(crate) trust: Vec<String>,

    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, Args)]
#[command(after_help = "\
Bash:  hydrant completions bash > ~/.local/share/bash-completion/completions/hydrant
Zsh:   hydrant completions zsh > \"${fpath[1]}/_hydrant\"
Fish:  hydrant completions fish > ~/.config/fish/completions/hydrant.fish")]
pub(crate) struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Read one:     hydrant man run | man -l -
Install all:  hydrant man --out ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Which command, e.g. `run` or `flow plan` [default: hydrant itself]
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    pub(crate) words: Vec<String>,

    /// Write the pages of all commands into this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Which file
    #[arg(value_enum, default_value = "scenario")]
    pub(crate) of: SchemaOf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SchemaOf {
    /// The scenario file, for editors
    Scenario,
    /// summary.json, for programs that read results
    Summary,
}

#[derive(Debug, Args)]
pub(crate) struct FlowArgs {
    #[command(subcommand)]
    pub(crate) verb: FlowVerb,
}

/// A flow's life.
#[derive(Debug, Subcommand)]
pub(crate) enum FlowVerb {
    /// Show what exists and what would be created; change nothing
    Plan {
        #[command(flatten)]
        flow: FlowTarget,
        /// Print the plan as JSON
        #[arg(long)]
        json: bool,
        /// Print the requests as curl commands, secrets masked
        #[arg(long, conflicts_with = "json")]
        curl: bool,
        /// Exit with 0 if there is nothing to do, with 2 if there is, with 1 if apply would refuse
        #[arg(long)]
        detailed_exitcode: bool,
    },
    /// Create what is missing, adopt what is there
    Apply {
        #[command(flatten)]
        flow: FlowTarget,
        /// First put the scenario's credentials into the connections that are there
        #[arg(long)]
        rotate: bool,
    },
    /// Note again what carries Hydrant's mark, after a state file was lost
    Import {
        #[command(flatten)]
        flow: FlowTarget,
    },
    /// Tell the flow's state, its recent runs and errors
    Status {
        #[command(flatten)]
        flow: FlowTarget,
        /// Print it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Look for every record of an earlier run in the dataset
    Verify(LaterArgs),
    /// Remove what apply created, in reverse order, and nothing else
    Destroy {
        #[command(flatten)]
        flow: FlowTarget,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
        /// Remove every flow that the state file has, also those that the scenario does not name
        #[arg(long)]
        all: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct FlowTarget {
    /// The scenario file
    pub(crate) scenario: PathBuf,

    /// The file that remembers what was created on the platform [default: beside the scenario]
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) layers: LayerArgs,
}
