//! One thing that was looked at, and what was found.

use options::visible;
use producers::Finding;
use serde::Serialize;

/// What rests on what: a later layer on the earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// This machine.
    Machine,
    /// The way to each server.
    Network,
    /// Who we are there, and until when.
    Credentials,
    /// The topic or stream.
    Destination,
    /// Adobe Experience Platform.
    Platform,
    /// How fast records are made here.
    Generator,
}

impl Layer {
    /// All of them, in order.
    pub const ALL: [Layer; 6] = [
        Layer::Machine,
        Layer::Network,
        Layer::Credentials,
        Layer::Destination,
        Layer::Platform,
        Layer::Generator,
    ];

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Layer::Machine => "machine",
            Layer::Network => "network",
            Layer::Credentials => "credentials",
            Layer::Destination => "destination",
            Layer::Platform => "platform",
            Layer::Generator => "generator",
        }
    }
}

/// What a look came to, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Something that it rests on failed, or it can't be looked at from here.
    NotLookedAt,
    /// A run would go through, but perhaps not as expected.
    Remark,
    /// A run would fail.
    Wrong,
}

impl Verdict {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::NotLookedAt => "not looked at",
            Verdict::Remark => "remark",
            Verdict::Wrong => "wrong",
        }
    }
}

/// One thing that was looked at. Never contains a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Look {
    /// Where it belongs.
    pub layer: Layer,
    /// The stream, the flow or `platform`, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// What was looked at, e.g. `topic`.
    pub what: String,
    /// What it came to.
    pub verdict: Verdict,
    /// What was found, e.g. `profiles has 4 partitions`.
    pub found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Look {
    /// Something that is as it should be, until something else is said.
    pub(crate) fn new(layer: Layer, what: impl Into<String>, found: impl Into<String>) -> Look {
        Look {
            layer,
            of: None,
            what: visible(&what.into()).into_owned(),
            verdict: Verdict::Ok,
            found: visible(&found.into()).into_owned(),
            help: None,
        }
    }

    /// Of this stream, this flow or the platform.
    pub(crate) fn of(mut self, of: impl Into<String>) -> Look {
        self.of = Some(of.into());
        self
    }

    /// A run would fail. `help`: what to do about it.
    pub(crate) fn wrong(self, help: impl Into<String>) -> Look {
        self.judged(Verdict::Wrong, Some(help.into()))
    }

    /// Worth saying. `help`: what to do about it.
    pub(crate) fn remark(self, help: impl Into<String>) -> Look {
        self.judged(Verdict::Remark, Some(help.into()))
    }

    /// What it rests on failed.
    pub(crate) fn not_looked_at(self) -> Look {
        self.judged(Verdict::NotLookedAt, None)
    }

    pub(crate) fn judged(mut self, verdict: Verdict, help: Option<String>) -> Look {
        self.verdict = verdict;
        self.help = help.map(|help| visible(&help).into_owned());
        self
    }

    /// What a destination found.
    pub(crate) fn found(layer: Layer, of: &str, finding: Finding) -> Look {
        let look = Look::new(layer, finding.what, finding.found).of(of);
        match finding.warning {
            Some(warning) => look.remark(warning),
            None => look,
        }
    }

    /// That a destination refused.
    pub(crate) fn refused(layer: Layer, of: &str, what: &str, error: producers::Error) -> Look {
        let look = Look::new(layer, what, error.message).of(of);
        look.judged(Verdict::Wrong, error.help)
    }

    /// `profiles: topic`.
    pub fn title(&self) -> String {
        match &self.of {
            Some(of) => format!("{of}: {}", self.what),
            None => self.what.clone(),
        }
    }
}
