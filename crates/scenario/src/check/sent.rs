//! Records that name what another stream has sent: who that is, and how much of it is there in time.

use options::{Location, Period, Problem, Problems, listed, suggest};
use pacing::{Load, Schedule as _, Stop};
use records::{Picking, RecordsOptions, Sent};

use super::Checker;
use crate::document::Stream;
use crate::loads::Loads;

/// A load without an end is looked at so far: what comes later picks from what was there by then.
const ORDINALS_MAX: u64 = 1 << 40;

impl Checker<'_> {
    /// Finds streams that pick from others which can't have sent anything.
    pub(super) fn sent_by(&mut self, streams: &[Stream<'_>]) {
        for stream in streams {
            let picks = stream
                .records
                .is_some_and(|it| it.sent_by().next().is_some());
            if !picks || self.is_broken(&stream.at) {
                continue;
            }
            let load = |name: &str| {
                let stream = streams.iter().find(|stream| stream.name == name)?;
                let mean = |stream: &Stream<'_>| Some(self.template(stream)?.mean_len());
                let loads = Loads {
                    streams,
                    stop: Stop::default(),
                    mean: &mean,
                };
                loads.of(stream).ok().flatten()
            };
            let mut problems = Problems::new();
            others(stream, streams, &load, &mut problems);
            self.report_all(problems);
        }
    }
}

/// The records of a stream with what they have to know of other streams. `load` compiles a stream's load;
/// where there is none, a mistake is told elsewhere.
pub(crate) fn others(
    stream: &Stream<'_>,
    streams: &[Stream<'_>],
    load: &dyn Fn(&str) -> Option<Load>,
    problems: &mut Problems,
) -> Option<RecordsOptions> {
    let finder = Finder { streams, load };
    finder.records(stream, &mut Vec::new(), problems)
}

struct Finder<'a> {
    streams: &'a [Stream<'a>],
    load: &'a dyn Fn(&str) -> Option<Load>,
}

impl Finder<'_> {
    /// The records of a stream, which those in `trail` pick from.
    fn records(
        &self,
        stream: &Stream<'_>,
        trail: &mut Vec<String>,
        problems: &mut Problems,
    ) -> Option<RecordsOptions> {
        let mut records = stream.records?.clone();
        let picks: Vec<_> = records
            .sent_by()
            .map(|(name, entity, pick)| {
                let other = pick.sent_by().unwrap_or_default().to_owned();
                (name.to_owned(), entity, other, pick.before_nanos())
            })
            .collect();
        for (name, entity, other, before) in picks {
            let at = stream
                .at
                .join("records")
                .join("pick")
                .join(&name)
                .join("sent_by");
            trail.push(stream.name.to_owned());
            let picking = self.picking(stream, &entity, &other, before, &at, trail, problems);
            trail.pop();
            if let Some(picking) = picking {
                records.set_other(&name, picking);
            }
        }
        Some(records)
    }

    #[expect(clippy::too_many_arguments, reason = "each is one word of the pick")]
    fn picking(
        &self,
        stream: &Stream<'_>,
        entity: &str,
        other: &str,
        before: u64,
        at: &Location,
        trail: &mut Vec<String>,
        problems: &mut Problems,
    ) -> Option<Picking> {
        let Some(theirs) = self.streams.iter().find(|stream| stream.name == other) else {
            let names = || self.streams.iter().map(|stream| stream.name);
            let help = match suggest(other, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the streams are {}", listed(names())),
            };
            problems
                .push(Problem::new(at.clone(), format!("there is no stream `{other}`")).help(help));
            return None;
        };
        if trail.iter().any(|name| name == other) {
            let circle = trail.iter().map(String::as_str).chain([other]);
            let circle: Vec<_> = circle.collect();
            problems.push(
                Problem::new(
                    at.clone(),
                    format!("a stream waits for itself: `{}`", circle.join("` → `")),
                )
                .help("let one of them pick in another way"),
            );
            return None;
        }
        let records = self.records(theirs, trail, problems)?;
        if records.picking(entity, None).is_none() {
            let (message, help) = if records.journeys.is_some() {
                let help = "name a stream that sends the entities themselves, one to a record";
                (format!("`{other}` sends journeys"), help.to_owned())
            } else {
                let help = format!(
                    "add one to its fields, e.g. `{{of: {entity}}}`, or name another stream"
                );
                (format!("the records of `{other}` have no `{entity}`"), help)
            };
            problems.push(Problem::new(at.clone(), message).help(help));
            return None;
        }
        let (ours, theirs) = ((self.load)(stream.name)?, (self.load)(other)?);
        for (load, name) in [(&ours, stream.name), (&theirs, other)] {
            if !load.is_paced() {
                problems.push(
                    Problem::new(
                        at.clone(),
                        format!(
                            "the load of `{name}` is unpaced: nobody knows when its records are due"
                        ),
                    )
                    .help("give it a rate"),
                );
                return None;
            }
        }
        let sent_by = |n| {
            // In event times, which are the due times of what has no past.
            let by = ours.happens(n).map(|at| at.saturating_sub_unsigned(before));
            by.map_or(0, |by| theirs.happened_by(by))
        };
        if sent_by(0) == 0 {
            let before = Period(std::time::Duration::from_nanos(before));
            problems.push(
                Problem::new(
                    at.clone(),
                    format!("`{other}` has sent nothing {before} before the first record of `{}` is due", stream.name),
                )
                .help(format!("let `{}` begin later, or lower `before`", stream.name)),
            );
            return None;
        }
        let total = ours.total().unwrap_or(ORDINALS_MAX).min(ORDINALS_MAX);
        records.picking(entity, Some(Sent::new(total, sent_by)))
    }
}

#[cfg(test)]
mod tests {
    use pacing::Schedule as _;

    use crate::{Overrides, Target, parse};

    /// Two streams of customers, of which the second picks from what the first has sent.
    fn scenario(profiles: &str, orders: &str, pick: &str) -> String {
        format!(
            "version: 1
name: shop
entities:
  customers: {{count: 1000, fields: {{id: uuid, email: email}}}}
streams:
  profiles:
    destination: {{discard: {{}}}}
    records: {{pick: {{customers: {{each: once}}}}, fields: {{id: {{of: customers.id}}}}}}
    load: {profiles}
  orders:
    destination: {{discard: {{}}}}
    records: {{pick: {{customers: {pick}}}, fields: {{id: {{of: customers.id}}, email: {{of: customers.email}}}}}}
    load: {orders}
"
        )
    }

    fn found(text: &str) -> String {
        match parse("shop.yaml", text, &|_| None, Target::Real) {
            Ok(loaded) => loaded.warnings().to_string(),
            Err(found) => found.to_string(),
        }
    }

    const TEN_A_SECOND: &str = "[{hold: {rate: 10/s, for: 60s}}]";
    /// Next to nothing for 20 s.
    const LATER: &str = "[{hold: {rate: 1/20s, for: 20s}}, {hold: {rate: 10/s, for: 10s}}]";

    #[test]
    fn loads_that_make_it_impossible_are_told() {
        let wrong = [
            (
                TEN_A_SECOND,
                TEN_A_SECOND,
                "{sent_by: profiles, before: 10s}",
            ),
            (TEN_A_SECOND, TEN_A_SECOND, "{sent_by: profile}"),
            (TEN_A_SECOND, TEN_A_SECOND, "{sent_by: orders}"),
            (
                "[{unpaced: {count: 500}}]",
                TEN_A_SECOND,
                "{sent_by: profiles}",
            ),
            ("[{hold: {rate: 10/s, for: 200s}}]", TEN_A_SECOND, "uniform"),
        ];
        let found = wrong.map(|(profiles, orders, pick)| found(&scenario(profiles, orders, pick)));
        insta::assert_snapshot!(found.join("\n"));
    }

    /// Every order names a customer that the other stream sends, before it is due.
    #[test]
    fn an_order_names_a_customer_that_was_sent_in_time() {
        let text = scenario(
            TEN_A_SECOND,
            "[{ramp: {from: 0/s, to: 20/s, over: 60s}}]",
            "{sent_by: profiles, before: 500ms}",
        );
        // Its first record is due at once.
        assert!(
            found(&text).contains("has sent nothing"),
            "{}",
            found(&text)
        );
        let text = scenario(TEN_A_SECOND, LATER, "{sent_by: profiles}");
        let loaded = parse("shop.yaml", &text, &|_| None, Target::Real).unwrap();
        let resolved = loaded.resolve(&Overrides::default(), None).unwrap();
        let [profiles, orders] = &resolved.streams[..] else {
            panic!("{}", resolved.streams.len())
        };
        let id = |template: &records::Template, n| {
            let mut record = Vec::new();
            template.record(n, &mut record);
            let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
            record["id"].as_str().unwrap().to_owned()
        };
        let total = orders.load.total().unwrap();
        let mut newest = 0;
        for n in 0..total {
            let sent = profiles.load.count_by(orders.load.due(n).unwrap());
            let customer = id(&orders.template, n);
            let at = (0..sent).position(|m| id(&profiles.template, m) == customer);
            let at = at.unwrap_or_else(|| panic!("order {n}: {customer} was not sent"));
            newest = newest.max(at as u64);
        }
        assert!(newest > 200, "{newest}");
    }
}
