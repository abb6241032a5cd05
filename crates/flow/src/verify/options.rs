//! The `verify:` section: what became of the records.

use std::time::Duration;

use options::{Location, Period, Problem, Problems, Share};
use readers::pubsub::KEEP;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What became of the records, further on than the destination's acknowledgement.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VerifyOptions {
    /// Look for every record in the flow's dataset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub landed: Option<LandedOptions>,
    /// Read the stream itself back and look for every record there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_back: Option<ReadBackOptions>,
    /// Look a sample of the records up in the Real-Time Customer Profile, by the identity of the flow's
    /// schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileOptions>,
}

/// Looking for records in the dataset.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LandedOptions {
    /// Records that are not there this long after the load ended are lost. Adobe's documentation
    /// gives streamed data up to 30 minutes (60 on an older page). Default: `30m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Period>,
    /// Look this often. Default: often at first, then every `30s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<Period>,
    /// How to look. Default: `files`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<By>,
}

/// How to look for landed records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Read the files that landed, record by record: exact.
    #[default]
    Files,
    /// Ask the platform's own metrics how many records landed: cheap, but it can't tell which, and
    /// not whether one is missing while another is there twice. Not together with canaries, which it
    /// would count.
    Metrics,
}

/// Reading the stream back.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReadBackOptions {
    /// Records that were not read this long after the load ended are lost. Default: `1m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Period>,
    /// Let `hydrant read-back` read the stream once more, for so long: `10m` to `31d`. For Pub/Sub,
    /// where the subscription that the run makes stays and keeps what it has handed over; it goes
    /// away by itself in the end. Other services keep records as long as they are set to, whatever
    /// stands here. Default: not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<Period>,
}

/// Looking records up in the profile.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProfileOptions {
    /// Which share of the records to look up: the same ones of the same seed. There are at most 500
    /// look-ups a second, and at most 10,000 records open at once. Default: `1%`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<Share>,
    /// Records that the profile does not show this long after the load ended are missing. Adobe's
    /// documentation gives streamed data less than a minute. Default: `5m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Period>,
}

impl VerifyOptions {
    /// Every mistake in this section, which stands at `at`.
    pub fn problems(&self, at: &Location, problems: &mut Problems) {
        if let Some(landed) = &self.landed {
            landed.problems(&at.join("landed"), problems);
        }
        if let Some(read_back) = &self.read_back {
            read_back.problems(&at.join("read_back"), problems);
        }
        if let Some(profile) = &self.profile {
            profile.problems(&at.join("profile"), problems);
        }
    }
}

impl LandedOptions {
    /// [`within`](LandedOptions::within), or its default.
    pub fn within(&self) -> Period {
        self.within.unwrap_or(Period::from_secs(30 * 60))
    }

    fn problems(&self, at: &Location, problems: &mut Problems) {
        for (key, period) in [("within", self.within), ("every", self.every)] {
            if period == Some(Period::from_secs(0)) {
                problems.push(zero(at.join(key)));
            }
        }
    }
}

impl ReadBackOptions {
    /// [`within`](ReadBackOptions::within), or its default.
    pub fn within(&self) -> Period {
        self.within.unwrap_or(Period::from_secs(60))
    }

    /// [`keep`](ReadBackOptions::keep), as a reader takes it.
    pub fn keep(&self) -> Option<Duration> {
        self.keep.map(|keep| keep.0)
    }

    fn problems(&self, at: &Location, problems: &mut Problems) {
        if self.within == Some(Period::from_secs(0)) {
            problems.push(zero(at.join("within")));
        }
        if self.keep().is_some_and(|keep| !KEEP.contains(&keep)) {
            problems.push(
                Problem::new(at.join("keep"), "a subscription can't keep records so long")
                    .help("write a duration from `10m` to `31d`"),
            );
        }
    }
}

impl ProfileOptions {
    /// [`sample`](ProfileOptions::sample), or its default.
    pub fn sample(&self) -> Share {
        self.sample.unwrap_or(Share::percent(1.0))
    }

    /// [`within`](ProfileOptions::within), or its default.
    pub fn within(&self) -> Period {
        self.within.unwrap_or(Period::from_secs(5 * 60))
    }

    fn problems(&self, at: &Location, problems: &mut Problems) {
        if self.within == Some(Period::from_secs(0)) {
            problems.push(zero(at.join("within")));
        }
        if self.sample().fraction() <= 0.0 {
            let problem = Problem::new(at.join("sample"), "a sample of nothing shows nothing");
            problems.push(problem.help("write a share such as `1%`, or leave `profile` out"));
        }
    }
}

fn zero(at: Location) -> Problem {
    Problem::new(at, "nothing lands in no time").help("write a duration such as `30m`")
}
