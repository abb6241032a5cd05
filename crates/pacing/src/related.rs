//! Loads that have to do with another one: a part of it, or one that starts when it has ended.

use std::fmt;

use batch::Nanos;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};
use options::Share;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::load::{Load, Pace};
use crate::{Past, Schedule as _};

/// A part of another load: `30%` of the one at the top of the file, or of another stream's.
///
/// The shape is that of the other load, and at each moment the rate is that part of its rate. So is the number of records,
/// rounded up: shares that come to 100 % have the records of the whole between them, and less than one
/// more for each.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadShare {
    /// The stream whose load it is a part of; `None`: the load at the top of the file.
    pub of: Option<String>,
    /// How much of it.
    pub part: Part,
}

/// How much of a load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    /// At most all of it.
    Share(Share),
    /// So many records for each of the other's.
    Times(f64),
}

/// A part of another stream's load, as it is written.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Keys {
    /// The stream whose load it is a part of.
    of: String,
    /// How much of it: `10%`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<Share>,
    /// How many records there are for each of the other stream's: `20`, or `0.5`. Instead of `part`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<f64>,
}

/// More than this for one record of another stream is a slip.
const TIMES_MAX: f64 = 1e6;
/// Parts of a load are told apart down to this-ths.
const PLACES: f64 = 1e12;

impl Part {
    /// The factor, exactly.
    fn exact(self) -> BigRational {
        let factor = match self {
            Part::Share(share) => share.fraction(),
            Part::Times(times) => times,
        };
        // As it is written: 33.3% is 333/1000, whatever its nearest binary fraction is.
        let whole = (factor * PLACES).round().max(0.0) as u128;
        BigRational::new(BigInt::from(whole), BigInt::from(PLACES as u128))
    }
}

impl<'de> Deserialize<'de> for LoadShare {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<LoadShare, D::Error> {
        struct Written;

        impl<'de> Visitor<'de> for Written {
            type Value = LoadShare;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a share such as `30%`, or `{of: profiles, part: 10%}`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<LoadShare, E> {
                let part = Part::Share(text.parse().map_err(E::custom)?);
                Ok(LoadShare { of: None, part })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<LoadShare, A::Error> {
                let keys = Keys::deserialize(MapAccessDeserializer::new(map))?;
                let part = match (keys.part, keys.times) {
                    (Some(share), None) => Part::Share(share),
                    (None, Some(times)) if times > 0.0 && times <= TIMES_MAX => Part::Times(times),
                    (None, Some(_)) => {
                        let words = format!("`times` has to be above 0 and at most {TIMES_MAX}");
                        return Err(A::Error::custom(words));
                    }
                    _ => {
                        let words = "say how much by `part: 10%` or by `times: 20`";
                        return Err(A::Error::custom(words));
                    }
                };
                let of = Some(keys.of);
                Ok(LoadShare { of, part })
            }
        }

        deserializer.deserialize_any(Written)
    }
}

impl Serialize for LoadShare {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (part, times) = match self.part {
            Part::Share(share) => (Some(share), None),
            Part::Times(times) => (None, Some(times)),
        };
        match &self.of {
            None => part.serialize(serializer),
            Some(of) => {
                let of = of.clone();
                Keys { of, part, times }.serialize(serializer)
            }
        }
    }
}

impl JsonSchema for LoadShare {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LoadShare".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A part of another load: `30%` of the one at the top of the file, or of another stream's.",
            "anyOf": [
                generator.subschema_for::<Share>(),
                generator.subschema_for::<Keys>(),
            ],
        })
    }
}

impl Load {
    /// The same load with a part of its records: at each moment, that part of its rate. Parts of parts are told one after the
    /// other. `None` if it is unpaced or has a past, or if its numbers have too many digits for that.
    #[must_use]
    pub fn part(self, parts: &[Part]) -> Option<Load> {
        let by = parts
            .iter()
            .fold(BigRational::one(), |by, part| by * part.exact());
        let Pace::Paced { parts, is_endless } = &self.pace else {
            return None;
        };
        let (parts, is_endless) = (parts.times(&by)?, *is_endless);
        let pace = Pace::Paced { parts, is_endless };
        (!by.is_zero()).then_some(Load { pace, ..self })
    }

    /// The same load, starting when the run says so; its events happen from `begins` on, in nanoseconds from the zero of
    /// event times. A load with a past starts with the run in any case.
    #[must_use]
    pub fn starting_later(self, begins: Nanos) -> Load {
        let later = self.past().is_none().then_some(begins.0);
        Load { later, ..self }
    }

    /// Whether it starts only when the run says so.
    pub fn starts_later(&self) -> bool {
        self.later.is_some()
    }

    /// Whether only the run knows where its due times count from: it starts later, or behind a past that is published as
    /// fast as it goes.
    pub fn waits(&self) -> bool {
        self.starts_later() || self.past().is_some_and(Past::is_unpaced)
    }

    /// When its events are over, in nanoseconds from the zero of event times; `None` if nobody knows. Events of an unpaced load are
    /// `step` nanoseconds apart.
    pub fn happened_until(&self, step: u64) -> Option<Nanos> {
        let by_count = || self.total().map(|total| total.saturating_mul(step));
        let lasts = if self.is_paced() {
            self.end()?.0
        } else {
            self.end().map(|end| end.0).or_else(by_count)?
        };
        Some(Nanos(lasts.saturating_add(self.later.unwrap_or(0))))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::laws::loads::{any_phases, compile, samples};
    use crate::{Pacer, Stage};

    fn percent(percent: f64) -> Part {
        Part::Share(Share::percent(percent))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// At any time a part of a load has had that part of its records, rounded up. Parts that come to all of it
        /// have the records of the whole between them, and less than one more for each.
        #[test]
        fn parts_add_up(
            phases in any_phases(),
            cuts in prop::collection::vec(1u32..1_000, 0..4),
            seeds in prop::collection::vec(any::<u64>(), 10),
        ) {
            let whole = compile(&phases);
            let mut cuts = cuts;
            cuts.extend([0, 1_000]);
            cuts.sort_unstable();
            cuts.dedup();
            let parts: Option<Vec<Load>> = cuts
                .windows(2)
                .map(|pair| whole.clone().part(&[percent(f64::from(pair[1] - pair[0]) / 10.0)]))
                .collect();
            // Some loads have as many digits as there is room for.
            prop_assume!(parts.is_some());
            let parts = parts.unwrap();
            let end = whole.end().unwrap();
            let moments = seeds.iter().map(|seed| Nanos(seed % (end.0 + 1))).chain([end]);
            for at in moments {
                let counts: u64 = parts.iter().map(|part| part.count_by(at)).sum();
                let of_whole = whole.count_by(at);
                let more = parts.len() as u64;
                prop_assert!(
                    counts + 1 >= of_whole && counts < of_whole + more,
                    "{counts} of {of_whole} at {at:?}"
                );
            }
            for (part, pair) in parts.iter().zip(cuts.windows(2)) {
                prop_assert_eq!(part.end(), whole.end());
                let share = u64::from(pair[1] - pair[0]);
                let (total, of_whole) = (part.total().unwrap(), whole.total().unwrap());
                prop_assert!(total <= (of_whole * share).div_ceil(1_000));
                for n in samples(total, &seeds) {
                    prop_assert!(part.due(n).unwrap() <= end);
                }
            }
        }
    }

    #[test]
    fn a_part_of_a_part_and_several_for_one() {
        let phases = |phases| serde_json::from_value::<Vec<crate::Phase>>(phases).unwrap();
        let load = compile(&phases(json!([{"hold": {"rate": "10/s", "for": "60s"}}])));
        let total = |parts: &[Part]| load.clone().part(parts).unwrap().total();
        assert_eq!(total(&[percent(33.3)]), Some(200));
        assert_eq!(total(&[percent(50.0), percent(10.0)]), Some(30));
        assert_eq!(total(&[Part::Times(20.0)]), Some(12_000));
        assert!(load.clone().part(&[percent(0.0)]).is_none());
        let unpaced = compile(&phases(json!([{"unpaced": {"count": 5}}])));
        assert!(unpaced.part(&[percent(50.0)]).is_none());
    }

    #[test]
    fn a_load_that_starts_later_is_due_from_there_and_happens_behind_the_other() {
        let phases = json!([{"hold": {"rate": "1/s", "for": "10s"}}]);
        let phases: Vec<crate::Phase> = serde_json::from_value(phases).unwrap();
        let load = compile(&phases).starting_later(Nanos::from_secs(60));
        assert!(load.waits());
        assert_eq!(load.happened_until(1), Some(Nanos::from_secs(70)));
        assert_eq!(load.happens(3), Some(63_000_000_000));
        assert_eq!(load.happened_by(63_000_000_000), 4);
        assert_eq!(load.happened_by(59_999_999_999), 0);
        let load = std::sync::Arc::new(load);
        let mut happens = Vec::new();
        load.fill_happens(0, 1, 10, &mut happens);
        assert_eq!(happens[9], 69_000_000_000);

        let mut pacer = Pacer::new(load, crate::Share::ALL);
        let mut due = Vec::new();
        assert_eq!((pacer.stage(), pacer.end()), (Stage::Seam, None));
        pacer.due_by(Nanos::from_secs(1_000), 100, &mut due);
        assert!(due.is_empty() && !pacer.is_done());
        pacer.go_on_at(Nanos::from_secs(100));
        assert_eq!(pacer.stage(), Stage::Load);
        pacer.due_by(Nanos::from_secs(102), 100, &mut due);
        assert_eq!(due, [100, 101, 102].map(Nanos::from_secs));
        assert_eq!(pacer.end(), Some(Nanos::from_secs(110)));
    }

    #[test]
    fn it_reads_and_prints_as_it_is_written() {
        for written in [
            json!("30%"),
            json!({"of": "profiles", "part": "10%"}),
            json!({"of": "orders", "times": 20.0}),
        ] {
            let share: LoadShare = serde_json::from_value(written.clone()).unwrap();
            assert_eq!(serde_json::to_value(&share).unwrap(), written);
        }
        for wrong in [
            json!("30"),
            json!({"part": "10%"}),
            json!({"of": "orders"}),
            json!({"of": "orders", "times": 0}),
            json!({"of": "orders", "times": 2, "part": "10%"}),
        ] {
            assert!(
                serde_json::from_value::<LoadShare>(wrong.clone()).is_err(),
                "{wrong}"
            );
        }
    }
}
