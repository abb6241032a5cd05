//! The scenario file as types.

use engine::RunOptions;
use flow::{FlowOptions, PlatformOptions, VerifyOptions};
use indexmap::IndexMap;
use options::{Location, Period, Problem};
use pacing::{Arrivals, Backfill, Load, LoadShare, Part, Phase, Stop};
use producers::DestinationOptions;
use records::{Entities, RecordsOptions};
use report::{StopWhen, Threshold};
use schemars::JsonSchema;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::After;
use crate::check::below;

/// A scenario for Hydrant: what to provision, what to publish, where, how fast, and what has to come
/// of it.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The version of this format: 1.
    #[schemars(required, schema_with = "crate::schema::version")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Files that this one builds upon, relative to it: what stands here is laid over them. Maps are merged key by
    /// key, everything else is replaced.
    #[serde(skip_serializing)]
    #[schemars(with = "Option<Vec<String>>")]
    pub include: Option<IgnoredAny>,
    /// What the run is called, in reports and in the names of results: letters, digits, `-`, `_` and
    /// `.`. Default: the file's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What all random values come from: the same seed, the same records. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Who we are on Adobe Experience Platform. Every key defaults to an environment variable, so
    /// that the section can be left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<PlatformOptions>,
    /// What has to exist on the platform. Left out: records are published and nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowOptions>,
    /// Where the records go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<DestinationOptions>,
    /// What appears again in the records of all streams, such as customers, by name.
    #[serde(default, skip_serializing_if = "Entities::is_empty")]
    pub entities: Entities,
    /// What the records are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<RecordsOptions>,
    /// When the records leave: phases, one behind the other. Beside `streams:`, the load of all streams together, of which each
    /// has a `share`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<Vec<Phase>>,
    /// History, then now: events of the past, which are published before the load begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backfill: Option<Backfill>,
    /// How records are spread within the rate of the load: `even`, `poisson`, or `bursts`. Default: `even`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrivals: Option<Arrivals>,
    /// Moves each record to a moment that is left to chance, within this time of its own: from `1us` to `1h`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter: Option<Period>,
    /// Several streams instead of one, by name. They share one clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub streams: Option<IndexMap<String, StreamOptions>>,
    /// Records due in the run's first so many seconds are sent, counted and verified, but they are in no latency,
    /// no rate and no threshold on what was sent: caches fill and connections settle meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<Period>,
    /// What ends the run early: conditions over its last seconds, any of which is enough. The run then drains,
    /// is verified and cleaned up as usual, and ends with exit code 99.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_when: Option<StopWhen>,
    /// How the run is carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunOptions>,
    /// What became of the records, further on than the destination's acknowledgement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify: Option<VerifyOptions>,
    /// What the run has to achieve; judged at its end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<Threshold>,
    /// Yours: not read. For notes, and for anchors that aliases refer to.
    #[serde(skip_serializing)]
    #[schemars(with = "Option<serde_json::Value>")]
    pub x: Option<IgnoredAny>,
}

/// One stream of several.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamOptions {
    /// What has to exist on the platform for this stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowOptions>,
    /// Where this stream's records go.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<DestinationOptions>,
    /// What this stream's records are.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<RecordsOptions>,
    /// When this stream's records leave. Or a `share` of another load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<Vec<Phase>>,
    /// A part of another load instead of one of its own: `30%` of the one beside `streams:`, or `{of: profiles, part: 10%}` of
    /// another stream's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<LoadShare>,
    /// The stream after which this one starts: when all of the other's records have been sent and have their answers. Or
    /// `{stream: profiles, until: verified}`: when what the other's `verify` asks for has been found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<After>,
    /// History, then now: events of the past, which are published before this stream's load begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backfill: Option<Backfill>,
    /// How records are spread within the rate of the load: `even`, `poisson`, or `bursts`. Default: the
    /// scenario's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrivals: Option<Arrivals>,
    /// Moves each record to a moment that is left to chance, within this time of its own: from `1us` to `1h`. Default:
    /// the scenario's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter: Option<Period>,
    /// What became of this stream's records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify: Option<VerifyOptions>,
}

/// One stream, wherever it is written.
#[derive(Clone, Debug)]
pub(crate) struct Stream<'a> {
    pub(crate) name: &'a str,
    /// Where its sections stand.
    pub(crate) at: Location,
    pub(crate) flow: Option<&'a FlowOptions>,
    pub(crate) destination: Option<&'a DestinationOptions>,
    pub(crate) records: Option<&'a RecordsOptions>,
    /// That of which it has a share, if it has one.
    pub(crate) load: Option<&'a [Phase]>,
    pub(crate) share: Option<&'a LoadShare>,
    /// Its part of the load, one of the other.
    pub(crate) parts: Vec<Part>,
    pub(crate) after: Option<&'a After>,
    pub(crate) backfill: Option<&'a Backfill>,
    pub(crate) arrivals: Option<Arrivals>,
    pub(crate) jitter: Option<Period>,
    pub(crate) verify: Option<&'a VerifyOptions>,
}

impl Document {
    /// The seed where none is given.
    pub const SEED: u64 = 1;

    pub(crate) fn seed(&self) -> u64 {
        self.seed.unwrap_or(Document::SEED)
    }

    /// Tells the records of all streams which entities there are.
    pub(crate) fn link(&mut self) {
        let streams = self.streams.iter_mut().flat_map(IndexMap::values_mut);
        let records = streams.filter_map(|stream| stream.records.as_mut());
        for records in records.chain(&mut self.records) {
            records.link(&self.entities);
        }
    }

    /// The `records:` of every stream.
    pub(crate) fn records_mut(&mut self) -> impl Iterator<Item = &mut RecordsOptions> {
        let several = self.streams.iter_mut().flat_map(|it| it.values_mut());
        let several = several.filter_map(|stream| stream.records.as_mut());
        self.records.iter_mut().chain(several)
    }

    /// The streams: those below `streams:`, or the one at the top, which is called `name`.
    pub(crate) fn streams<'a>(&'a self, name: &'a str) -> Vec<Stream<'a>> {
        let Some(streams) = &self.streams else {
            return vec![Stream {
                name,
                at: Location::root(),
                flow: self.flow.as_ref(),
                destination: self.destination.as_ref(),
                records: self.records.as_ref(),
                load: self.load.as_deref(),
                share: None,
                parts: Vec::new(),
                after: None,
                backfill: self.backfill.as_ref(),
                arrivals: self.arrivals,
                jitter: self.jitter,
                verify: self.verify.as_ref(),
            }];
        };
        let at = Location::root().join("streams");
        let several = streams.iter().map(|(name, stream)| {
            let (load, parts) = self.basis(streams, stream);
            Stream {
                name,
                at: at.join(name),
                flow: stream.flow.as_ref(),
                destination: stream.destination.as_ref(),
                records: stream.records.as_ref(),
                load,
                share: stream.share.as_ref(),
                parts,
                after: stream.after.as_ref(),
                backfill: stream.backfill.as_ref(),
                arrivals: stream.arrivals.or(self.arrivals),
                jitter: stream.jitter.or(self.jitter),
                verify: stream.verify.as_ref(),
            }
        });
        several.collect()
    }

    /// The load that a stream has or has a part of, and the parts, one of the other. A circle has no load.
    fn basis<'a>(
        &'a self,
        streams: &'a IndexMap<String, StreamOptions>,
        stream: &'a StreamOptions,
    ) -> (Option<&'a [Phase]>, Vec<Part>) {
        let (mut stream, mut parts) = (stream, Vec::new());
        while let (None, Some(share)) = (&stream.load, &stream.share) {
            parts.push(share.part);
            let Some(of) = &share.of else {
                return (self.load.as_deref(), parts);
            };
            match streams.get(of).filter(|_| parts.len() <= streams.len()) {
                Some(other) => stream = other,
                None => return (None, parts),
            }
        }
        (stream.load.as_deref(), parts)
    }
}

impl Stream<'_> {
    /// The load, behind its past if it has one.
    pub(crate) fn compiled(&self, stop: &Stop, mean: f64) -> Result<Option<Load>, Problem> {
        let Some(phases) = self.load else {
            return Ok(None);
        };
        let load = Load::compile(phases, stop, mean);
        let load = load.map_err(|problem| self.in_load(problem))?;
        let load = if self.parts.is_empty() {
            load
        } else {
            load.part(&self.parts).ok_or_else(|| {
                Problem::new(self.load_at(), "the load can't be divided like this")
                    .help("round the share, or the rates of the load, e.g. to `1/3s` or `1.25k/s`")
            })?
        };
        Ok(Some(match self.backfill {
            Some(backfill) => load.with_past(backfill, mean, &self.at.join("backfill"))?,
            None => load,
        }))
    }

    /// Where it says what its load is.
    pub(crate) fn load_at(&self) -> Location {
        let key = if self.parts.is_empty() {
            "load"
        } else {
            "share"
        };
        self.at.join(key)
    }

    /// A problem of its load, in its place.
    fn in_load(&self, problem: Problem) -> Problem {
        if self.parts.is_empty() {
            return below(&self.at, problem);
        }
        let at = self.load_at();
        Problem { at, ..problem }
    }

    /// The load with its records spread as the stream asks for.
    pub(crate) fn spread(&self, load: Load, seed: u64) -> Load {
        let arrivals = self.arrivals.unwrap_or_default();
        load.with_arrivals(arrivals, self.jitter, seed, self.name)
    }
}
