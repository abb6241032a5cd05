//! A past that goes before a load, as it is written.

use std::borrow::Cow;
use std::str::FromStr;

use options::{Location, Period, Problem, Problems, Rate};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::past::Past;
use crate::{Hold, Phase, problems};

/// A past for the records: events that happened from then until now, published before the load begins.
///
/// ```text
///     event time      from                            now
///                     ├───── load of the past ─────────┼──── load ───▶
///     published       as fast as it takes, or at a rate │  when due
/// ```
///
/// Record 0 is the oldest. The event times of the past follow its own rate; those of the load go on where it ends.
/// Records of the past are sent, counted and verified, but they are in no latency, no rate and no threshold on what
/// was sent.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Backfill {
    /// How far back the first event is: `90d`, or `-90d`, which is the same. At most a year.
    #[serde(deserialize_with = "back")]
    pub from: Period,
    /// How many events a second there were, all the time: short for a `load` of one hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// How many events there were when: phases as in a load. They have to last for as long as `from` says, and are
    /// cut off there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Vec<Phase>>,
    /// How fast the past is published: `unpaced`, which is as fast as the destination takes it, or a rate such as
    /// `5k/s`. The load begins when all of the past has its answers; with a rate, it begins when the last record
    /// of the past has been due, so that it is known beforehand when that is.
    #[serde(default, skip_serializing_if = "Publish::is_unpaced")]
    pub publish: Publish,
}

/// How fast a past is published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Publish {
    /// As fast as the destination takes it.
    #[default]
    Unpaced,
    /// At a rate.
    At(Rate),
}

impl Backfill {
    /// The events of the past, as phases.
    pub(crate) fn phases(&self) -> Cow<'_, [Phase]> {
        match (&self.load, self.rate) {
            (Some(load), _) => Cow::Borrowed(load),
            (None, Some(rate)) => {
                let hold = Hold {
                    rate,
                    for_: None,
                    count: None,
                };
                Cow::Owned(vec![hold.into()])
            }
            (None, None) => Cow::Borrowed(&[]),
        }
    }

    /// Every mistake in this section, which stands at `at`.
    pub fn problems(&self, at: &Location, found: &mut Problems) {
        let before = found.len();
        if self.from.as_nanos() == 0 {
            found.push(
                Problem::new(at.join("from"), "a past of no length has no events")
                    .help("say how far back it goes, e.g. `from: 90d`, or leave `backfill` out"),
            );
        }
        match (&self.load, self.rate) {
            (Some(load), None) => {
                if load.iter().any(|phase| phase.as_unpaced().is_some()) {
                    let at = at.join("load");
                    found.push(
                        Problem::new(at, "events of the past have times: their load can't be unpaced")
                            .help("give it a rate; how fast they are published is what `publish` says"),
                    );
                } else {
                    problems(load, &at.join("load"), found);
                }
            }
            (None, Some(rate)) if rate.is_zero() => found.push(
                Problem::new(at.join("rate"), "a past at 0/s has no events")
                    .help("leave `backfill` out for none"),
            ),
            (None, Some(_)) => {}
            (Some(_), Some(_)) | (None, None) => found.push(
                Problem::new(
                    at.clone(),
                    "the events of a past are given either by `rate` or by `load`",
                )
                .help("write `rate: 5/s`, or phases such as `load: [{wave: {mean: 5/s, amplitude: 4/s, period: 1d}}]`"),
            ),
        }
        if matches!(self.publish, Publish::At(rate) if rate.is_zero()) {
            found.push(
                Problem::new(at.join("publish"), "at 0/s the past is never published")
                    .help("leave `publish` out for as fast as the destination takes it"),
            );
        }
        if found.len() == before
            && let Err(problem) = Past::compile(self, 1.0, at)
        {
            found.push(problem);
        }
    }
}

/// Which way it goes is clear: both ways of writing it are understood.
fn back<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Period, D::Error> {
    let text = String::deserialize(deserializer)?;
    let back = text.trim();
    let back = back.strip_prefix('-').unwrap_or(back);
    back.parse().map_err(de::Error::custom)
}

impl Publish {
    fn is_unpaced(&self) -> bool {
        *self == Publish::Unpaced
    }
}

impl FromStr for Publish {
    type Err = String;

    fn from_str(text: &str) -> Result<Publish, String> {
        match text.trim() {
            "unpaced" => Ok(Publish::Unpaced),
            rate => rate
                .parse()
                .map(Publish::At)
                .map_err(|_| "expected `unpaced` or a rate such as `5k/s`".to_owned()),
        }
    }
}

impl<'de> Deserialize<'de> for Publish {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Publish, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl Serialize for Publish {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Publish::Unpaced => serializer.serialize_str("unpaced"),
            Publish::At(rate) => rate.serialize(serializer),
        }
    }
}

impl JsonSchema for Publish {
    fn schema_name() -> Cow<'static, str> {
        "Publish".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "How fast a past is published: `unpaced`, as fast as the destination takes it, or a \
                rate such as `5k/s`.",
            "examples": ["unpaced", "5k/s"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(yaml: &str) -> String {
        let backfill: Backfill = serde_json::from_str(yaml).unwrap();
        let mut problems = Problems::new();
        backfill.problems(&Location::root().join("backfill"), &mut problems);
        let told = problems
            .iter()
            .map(|it| format!("{}: {}", it.at, it.message));
        told.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_past_is_written_in_two_ways_and_stays_what_it_is() {
        for (written, again) in [
            (
                r#"{"from": "-90d", "rate": "5/s"}"#,
                r#"{"from":"90d","rate":"5/s"}"#,
            ),
            (
                r#"{"from": "1w", "load": [{"hold": {"rate": "1/s"}}], "publish": "5k/s"}"#,
                r#"{"from":"1w","load":[{"hold":{"rate":"1/s"}}],"publish":"5k/s"}"#,
            ),
            (
                r#"{"from": "1d", "rate": "5/s", "publish": "unpaced"}"#,
                r#"{"from":"1d","rate":"5/s"}"#,
            ),
        ] {
            let past: Backfill = serde_json::from_str(written).unwrap();
            let text = serde_json::to_string(&past).unwrap();
            assert_eq!(serde_json::from_str::<Backfill>(&text).unwrap(), past);
            let (text, again): (serde_json::Value, serde_json::Value) = (
                serde_json::from_str(&text).unwrap(),
                serde_json::from_str(again).unwrap(),
            );
            let length =
                |value: &serde_json::Value| value["from"].as_str().unwrap().parse::<Period>();
            assert_eq!(length(&text), length(&again));
            assert_eq!(text["publish"], again["publish"]);
            assert_eq!(found(written), "");
        }
    }

    #[test]
    fn what_is_no_past_is_told() {
        let either = "backfill: the events of a past are given either by `rate` or by `load`";
        for (wrong, told) in [
            (
                r#"{"from": "0s", "rate": "5/s"}"#,
                "backfill.from: a past of no length has no events",
            ),
            (r#"{"from": "1d"}"#, either),
            (r#"{"from": "1d", "rate": "5/s", "load": []}"#, either),
            (
                r#"{"from": "1d", "rate": "0/s", "publish": "0/s"}"#,
                "backfill.rate: a past at 0/s has no events\n\
                 backfill.publish: at 0/s the past is never published",
            ),
            (
                r#"{"from": "1d", "load": [{"unpaced": {}}]}"#,
                "backfill.load: events of the past have times: their load can't be unpaced",
            ),
            (
                r#"{"from": "1d", "load": [{"hold": {"rate": "1/s", "for": "1h"}}]}"#,
                "backfill.load: the load of the past lasts for 1h, not for 1d",
            ),
            (
                r#"{"from": "1d", "load": [{"hold": {"rate": "1/s", "count": 5}}]}"#,
                "backfill.load: the load of the past lasts for 5s, not for 1d",
            ),
            (
                r#"{"from": "1h", "load": [{"pause": "2h"}, {"hold": {"rate": "1/s"}}]}"#,
                "backfill.load: the past has no events",
            ),
            (
                r#"{"from": "1d", "load": []}"#,
                "backfill.load: the load has no phases",
            ),
        ] {
            assert_eq!(found(wrong), told, "{wrong}");
        }
        let odd = serde_json::from_str::<Backfill>(r#"{"from": "1d", "publish": "fast"}"#);
        let message = odd.unwrap_err().to_string();
        assert!(
            message.contains("expected `unpaced` or a rate such as `5k/s`"),
            "{message}"
        );
    }
}
