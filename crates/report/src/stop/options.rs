//! The `stop_when:` section.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use options::{Location, Period, Problem, Problems};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Condition, limit};
use crate::thresholds::{Limit, Measure, Operator, Verification};

/// Numbers are complete once a second.
const WINDOW_MIN: Duration = Duration::from_secs(1);
/// The numbers of every second of a window are kept.
const WINDOW_MAX: Duration = Duration::from_hours(1);

/// What ends a run early: a list of conditions, any of which ends it, or the same with a time of grace
/// before they are looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StopWhen {
    /// Nothing that was settled so soon after the run's start counts; the warm-up does not count either.
    pub grace: Period,
    /// The conditions. The first that holds ends the run.
    pub any: Vec<Condition>,
    /// Whether it is written as a map.
    is_map: bool,
}

/// As a map.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Map {
    #[serde(default)]
    grace: Period,
    any: Vec<Condition>,
}

impl StopWhen {
    /// Where condition `index` stands, from where the section stands.
    fn place(&self, at: &Location, index: usize) -> Location {
        if self.is_map {
            at.join("any").join(index)
        } else {
            at.join(index)
        }
    }

    /// Every mistake in this section, which stands at `at`, beside streams of these names.
    pub fn problems(&self, streams: &[&str], at: &Location, problems: &mut Problems) {
        if self.any.is_empty() {
            let problem = Problem::new(at.clone(), "there is no condition that could end the run");
            problems.push(problem.help("leave `stop_when` out, or write `[errors > 5% for 10s]`"));
        }
        // What they look at is measured whatever is verified.
        let streams: Vec<_> = streams
            .iter()
            .map(|name| (*name, Verification::default()))
            .collect();
        for (index, condition) in self.any.iter().enumerate() {
            let at = self.place(at, index);
            condition.threshold.problems(&streams, &at, problems);
            condition.problems(&at, problems);
        }
    }

    /// Conditions that can't be evaluated for a stream, whose load lasts for `load` (`None`: for as long as
    /// it takes) and is paced or not. `begins` is the end of the warm-up.
    pub fn unreachable(
        &self,
        (stream, at): (&str, &Location),
        (load, is_paced): (Option<Duration>, bool),
        begins: Duration,
        problems: &mut Problems,
    ) {
        let begins = begins.max(self.grace.0);
        for (index, condition) in self.any.iter().enumerate() {
            let threshold = &condition.threshold;
            if !threshold.applies_to(stream) {
                continue;
            }
            let at = self.place(at, index);
            if let Some(load) = load
                && begins + condition.window.0 > load
            {
                let before = if begins.is_zero() {
                    String::new()
                } else {
                    format!(", which begin {} after the start", Period(begins))
                };
                let message = format!(
                    "`{}` can't be evaluated: the load of `{stream}` lasts for {}, not for {}{before}",
                    condition.text,
                    Period(load),
                    condition.window,
                );
                let problem = Problem::new(at.clone(), message);
                problems.push(problem.help("shorten the time it is measured over, or the grace"));
            }
            let is_share = matches!(threshold.limit, Limit::Percent(_));
            if threshold.measure == Measure::Rate && is_share && !is_paced {
                let message =
                    format!("the load of `{stream}` is unpaced: its rate is a share of nothing");
                let problem = Problem::new(at, message);
                problems.push(problem.help("compare with a rate, such as `rate < 900/s for 10s`"));
            }
        }
    }
}

impl Condition {
    fn problems(&self, at: &Location, problems: &mut Problems) {
        let mut wrong = |message: String, help: &str| {
            problems.push(Problem::new(at.clone(), message).help(help));
        };
        if self.window.0 < WINDOW_MIN {
            let message = format!("nothing is known after {}", self.window);
            wrong(
                message,
                "numbers are complete once a second: write `for 1s` or more",
            );
        } else if self.window.0 > WINDOW_MAX {
            let message = format!(
                "a window of {} is too long to be kept in memory",
                self.window
            );
            wrong(
                message,
                "write `for 1h` or less; for the whole run there are `thresholds`",
            );
        }
        let (limit, _) = limit(self);
        let most = match self.threshold.measure {
            Measure::Errors => 100.0,
            _ => f64::INFINITY,
        };
        let (always, never) = match self.threshold.operator {
            Operator::Less => (limit > most, limit <= 0.0),
            Operator::LessOrEqual => (limit >= most, limit < 0.0),
            Operator::Greater => (limit < 0.0, limit >= most),
            Operator::GreaterOrEqual => (limit <= 0.0, limit > most),
            Operator::Equal | Operator::NotEqual => (false, false),
        };
        if always {
            let message = format!("`{}` always holds, so that every run would end", self.text);
            wrong(
                message,
                "a condition says what must not be: `errors > 5% for 10s`",
            );
        } else if never {
            let message = format!("`{}` never holds", self.text);
            wrong(
                message,
                "a condition says what must not be: `errors > 5% for 10s`",
            );
        }
    }
}

impl<'de> Deserialize<'de> for StopWhen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<StopWhen, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = StopWhen;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "conditions such as `[errors > 5% for 10s]`, or `{grace: 30s, any: [...]}`",
                )
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<StopWhen, A::Error> {
                let mut any = Vec::new();
                while let Some(condition) = list.next_element()? {
                    any.push(condition);
                }
                Ok(StopWhen {
                    any,
                    ..StopWhen::default()
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<StopWhen, A::Error> {
                let Map { grace, any } = Map::deserialize(MapAccessDeserializer::new(map))?;
                Ok(StopWhen {
                    grace,
                    any,
                    is_map: true,
                })
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl Serialize for StopWhen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.is_map {
            return self.any.serialize(serializer);
        }
        let mut map = serializer.serialize_struct("StopWhen", 2)?;
        map.serialize_field("grace", &self.grace)?;
        map.serialize_field("any", &self.any)?;
        map.end()
    }
}

impl JsonSchema for StopWhen {
    fn schema_name() -> Cow<'static, str> {
        "StopWhen".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let conditions = generator.subschema_for::<Vec<Condition>>();
        let period = generator.subschema_for::<Period>();
        json_schema!({
            "description": "Conditions, any of which ends the run early: `[errors > 5% for 10s]`, or the same \
                with a time of grace: `{grace: 30s, any: [errors > 5% for 10s]}`.",
            "anyOf": [
                conditions,
                {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["any"],
                    "properties": {
                        "grace": {
                            "description": "From the run's start on, nothing counts for so long. The \
                                warm-up does not count either. Default: 0s.",
                            "allOf": [period],
                        },
                        "any": conditions,
                    },
                },
            ],
        })
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Condition, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl JsonSchema for Condition {
    fn schema_name() -> Cow<'static, str> {
        "StopCondition".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A comparison over the last seconds of a run: `errors > 5% for 10s`, \
                `lateness p99 > 50ms for 5s`, `rate < 90% for 30s`, `in_flight > 50_000 for 10s`; for one \
                stream of several: `profiles: errors > 5% for 10s`.",
            "examples": ["errors > 5% for 10s", "lateness p99 > 50ms for 5s"],
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: Value) -> StopWhen {
        serde_json::from_value(value).unwrap()
    }

    fn told(problems: Problems) -> Vec<String> {
        let told = problems.into_iter();
        told.map(|it| format!("{}: {}", it.at, it.message))
            .collect()
    }

    #[test]
    fn a_list_and_a_map_say_the_same_and_stay_what_they_are() {
        let (list, map) = (
            json!(["errors > 5% for 10s"]),
            json!({"grace": "30s", "any": ["errors > 5% for 10s"]}),
        );
        assert_eq!(read(list.clone()).any, read(map.clone()).any);
        assert_eq!(serde_json::to_value(read(list.clone())).unwrap(), list);
        assert_eq!(serde_json::to_value(read(map.clone())).unwrap(), map);
    }

    #[test]
    fn what_makes_no_sense_is_told_all_at_once() {
        let stop = read(json!({"any": [
            "errors > 100% for 10s",
            "rejected >= 0 for 10s",
            "errors > 5% for 10ms",
            "errors > 5% for 2h",
            "b: errors > 5% for 10s",
            "response p99 < 0s for 10s",
            "errors <= 100% for 10s",
            "errors > 5% for 10s",
        ]}));
        let mut problems = Problems::new();
        stop.problems(
            &["a", "c"],
            &Location::root().join("stop_when"),
            &mut problems,
        );
        read(json!([])).problems(&["a"], &Location::root(), &mut problems);
        insta::assert_snapshot!(told(problems).join("\n"));
    }

    #[test]
    fn what_can_never_be_evaluated_is_a_mistake() {
        let stop =
            read(json!({"grace": "20s", "any": ["errors > 5% for 10s", "rate < 9% for 1s"]}));
        let unreachable = |load: Option<u64>, is_paced, warm_up| {
            let mut problems = Problems::new();
            let load = load.map(Duration::from_secs);
            let warm_up = Duration::from_secs(warm_up);
            let at = Location::root();
            stop.unreachable(("a", &at), (load, is_paced), warm_up, &mut problems);
            told(problems)
        };
        assert_eq!(unreachable(Some(30), true, 0), Vec::<String>::new());
        assert_eq!(unreachable(None, true, 0), Vec::<String>::new());
        assert_eq!(unreachable(Some(30), true, 21).len(), 1);
        assert_eq!(unreachable(Some(29), true, 0).len(), 1);
        assert_eq!(unreachable(Some(5), false, 0).len(), 3);
    }
}
