//! What the sandbox can be asked for, by itself and below a run.

use clap::Args;
use options::{Period, Rate, RateUnit};
use sandbox::{LandingOptions, SandboxOptions};

use super::number::{port, whole};

/// `hydrant sandbox`.
#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    /// The platform's port; Kinesis, Pub/Sub and Kafka are at the three behind it [default: any free
    /// ones]
    #[arg(long, value_name = "PORT", value_parser = port(3))]
    pub(crate) port: Option<u16>,

    #[command(flatten, next_help_heading = "How it behaves")]
    pub(crate) behaviour: BehaviourArgs,
}

/// How it behaves. What is left out is as [`SandboxOptions`] has it.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct BehaviourArgs {
    /// How long every call takes, on top
    #[arg(long, value_name = "DURATION")]
    latency: Option<Period>,

    /// How long a token is good for [default: 24h]
    #[arg(long, value_name = "DURATION")]
    token_lifetime: Option<Period>,

    /// Calls that the platform answers, e.g. 20/s; beyond that it says 429 with Retry-After [default: all]
    #[arg(long, value_name = "RATE", value_parser = calls)]
    rate_limit: Option<Rate>,

    /// How long an object can't be read after its creation, nor be referred to
    #[arg(long, value_name = "DURATION")]
    settle: Option<Period>,

    /// How long a new flow takes to start reading, as the platform's do
    #[arg(long, value_name = "DURATION")]
    flow_start: Option<Period>,

    /// How long a landed batch stays invisible
    #[arg(long, value_name = "DURATION")]
    landing_delay: Option<Period>,

    /// Random extra delay per batch, up to this: batches appear out of order
    #[arg(long, value_name = "DURATION")]
    landing_jitter: Option<Period>,

    /// How long it takes until the profile shows what a record says of a person
    #[arg(long, value_name = "DURATION")]
    profile_delay: Option<Period>,

    /// Rows of a landed batch at most [default: 50000]
    #[arg(long, value_name = "N", value_parser = whole(1..))]
    batch_rows: Option<u64>,

    /// Files that the rows of a batch are spread over [default: 1]
    #[arg(long, value_name = "N", value_parser = whole(1..=1000))]
    batch_files: Option<u64>,

    /// Replace every N batches of a dataset by one with the same records
    #[arg(long, value_name = "N", value_parser = whole(1..))]
    compact_every: Option<u64>,

    /// Lose every n-th record of a flow
    #[arg(long, value_name = "N", value_parser = whole(1..))]
    lose_every: Option<u64>,

    /// Land every n-th record of a flow twice
    #[arg(long, value_name = "N", value_parser = whole(1..))]
    duplicate_every: Option<u64>,

    /// Change a value of every n-th record of a flow
    #[arg(long, value_name = "N", value_parser = whole(1..))]
    corrupt_every: Option<u64>,

    /// Refuse every n-th record of a flow, for one reason after the other
    #[arg(long, value_name = "N", value_parser = whole(1..))]
    refuse_every: Option<u64>,

    /// Land every n-th record of a flow without telling the profile
    #[arg(long, value_name = "N", value_parser = whole(1..))]
    profile_lose_every: Option<u64>,

    /// Let a shard of Kinesis take and give no more than one of AWS's
    #[arg(long)]
    kinesis_quotas: bool,

    /// Misbehave on purpose, e.g. 'POST flows: 503 once'; may be repeated
    #[arg(long, value_name = "FAULT", value_parser = fault)]
    fault: Vec<sandbox::Fault>,
}

impl BehaviourArgs {
    /// The same as options; `port` as there.
    pub(crate) fn options(&self, port: Option<u16>) -> SandboxOptions {
        let or = |period: Option<Period>, default| period.map_or(default, |period| period.0);
        let number = |number: Option<u64>, default| {
            number.map_or(default, |it| usize::try_from(it).unwrap_or(usize::MAX))
        };
        let default = SandboxOptions::default();
        let landing = default.landing;
        SandboxOptions {
            port,
            flow_start: or(self.flow_start, default.flow_start),
            token_lifetime: or(self.token_lifetime, default.token_lifetime),
            latency: or(self.latency, default.latency),
            rate_limit: self.rate_limit.map(|rate| rate.as_per_second()),
            settle: or(self.settle, default.settle),
            landing: LandingOptions {
                delay: or(self.landing_delay, landing.delay),
                jitter: or(self.landing_jitter, landing.jitter),
                batch_rows: number(self.batch_rows, landing.batch_rows),
                files: number(self.batch_files, landing.files),
                compact_every: number(self.compact_every, landing.compact_every),
                profile_delay: or(self.profile_delay, landing.profile_delay),
                profile_lose_every: self.profile_lose_every.unwrap_or(0),
                lose_every: self.lose_every.unwrap_or(0),
                duplicate_every: self.duplicate_every.unwrap_or(0),
                corrupt_every: self.corrupt_every.unwrap_or(0),
                refuse_every: self.refuse_every.unwrap_or(0),
            },
            kinesis_quotas: self.kinesis_quotas,
            faults: self.fault.clone(),
            ..default
        }
    }
}

fn calls(text: &str) -> Result<Rate, String> {
    let rate: Rate = text.parse()?;
    if rate.is_zero() || rate.unit != RateUnit::Records {
        return Err("expected a rate of calls, such as `20/s` or `100/m`".to_owned());
    }
    Ok(rate)
}

fn fault(text: &str) -> Result<sandbox::Fault, sandbox::FaultError> {
    text.parse()
}
