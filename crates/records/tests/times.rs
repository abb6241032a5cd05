//! Moments that follow one another, in zones and in business hours.

#[cfg(test)]
mod times {
    use std::sync::Arc;

    use jiff::Timestamp;
    use jiff::civil::DateTime;
    use options::Location;
    use records::{Context, RecordsOptions, Template};
    use serde_json::{Value, json};

    const START: i128 = 1_774_700_000_000_000_000;

    fn read(fields: &Value) -> (RecordsOptions, Vec<String>) {
        let options: RecordsOptions = serde_json::from_value(json!({ "fields": fields })).unwrap();
        let mut problems = Vec::new();
        options.problems(&Location::root(), &mut problems);
        let told = problems.iter().map(|it| {
            let help = it.help.as_deref().unwrap_or_default();
            format!("{}: {} ({help})", it.at, it.message)
        });
        (options, told.collect())
    }

    /// Records an hour and a second apart from each other, over the end of winter time.
    fn made(fields: &Value, count: u64) -> Vec<Value> {
        let (options, problems) = read(fields);
        assert_eq!(problems, Vec::<String>::new());
        let context = Context {
            seed: 3,
            stream: "orders".to_owned(),
            start_unix_nanos: START,
            event_times: Arc::new(records::Steps(3_601_000_000_000)),
        };
        let template = Template::compile(&options, &context).unwrap();
        let record = |n| {
            let mut bytes = Vec::new();
            template.record(n, &mut bytes);
            serde_json::from_slice(&bytes).unwrap()
        };
        (0..count).map(record).collect()
    }

    fn moment(record: &Value, field: &str) -> Timestamp {
        record[field].as_str().unwrap().parse().unwrap()
    }

    /// However they are written, an order is placed, shipped and delivered in this order, by as much as is said.
    #[test]
    fn moments_follow_one_another() {
        let fields = json!({
            "delivered": {"time": {"after": "shipped", "by": {"uniform": {"min": "1h", "max": "3h"}}}},
            "shipped": {"time": {"after": "placed", "by": {"exponential": {"mean": "2h"}}, "zone": "America/New_York"}},
            "placed": "event_time",
            "seen": {"time": {"before": "placed", "by": "5m"}},
            "maybe": {"optional": {"of": {"time": {"after": "born", "by": "1h"}}, "probability": 0.5}},
            "born": {"time": {"from": "2020-01-01T00:00:00Z", "to": "2020-12-31T00:00:00Z"}},
        });
        let (mut sum, mut maybe) = (0.0, 0);
        for record in made(&fields, 2_000) {
            let at = |field| moment(&record, field);
            let between = |from, to| at(to).duration_since(at(from)).as_secs_f64();
            assert!(between("placed", "shipped") >= 0.0, "{record}");
            assert!(
                (3_599.9..=10_800.1).contains(&between("shipped", "delivered")),
                "{record}"
            );
            assert!(
                (between("seen", "placed") - 300.0).abs() < 0.002,
                "{record}"
            );
            if record.get("maybe").is_some() {
                maybe += 1;
                assert!(
                    (between("born", "maybe") - 3_600.0).abs() < 0.002,
                    "{record}"
                );
            }
            sum += between("placed", "shipped");
        }
        // The mean of 2000 exponential gaps is within 4 standard errors of 2 h.
        assert!(
            (sum / 2_000.0 - 7_200.0).abs() < 4.0 * 7_200.0 / 2_000f64.sqrt(),
            "{sum}"
        );
        assert!((800..1_200).contains(&maybe), "{maybe}");
    }

    /// What clocks show in a zone is what jiff says they do, before and behind a change.
    #[test]
    fn zones_are_those_of_the_database() {
        let zone = "Europe/Berlin";
        let fields = json!({
            "utc": "event_time", "local": {"event_time": {"zone": zone}},
            "sql": {"event_time": {"zone": zone, "format": "sql"}}, "day": {"event_time": {"zone": zone, "format": "date"}},
            "ms": {"event_time": {"zone": zone, "format": "epoch_ms"}},
        });
        let berlin = jiff::tz::TimeZoneDatabase::bundled().get(zone).unwrap();
        let mut offsets = std::collections::BTreeSet::new();
        for record in made(&fields, 100) {
            let utc = moment(&record, "utc");
            let there = berlin.to_datetime(utc);
            assert_eq!(moment(&record, "local"), utc);
            let sql: DateTime = record["sql"].as_str().unwrap().parse().unwrap();
            assert_eq!(sql, there);
            assert_eq!(record["day"], there.date().to_string());
            assert_eq!(record["ms"], utc.as_millisecond());
            let local = record["local"].as_str().unwrap();
            assert!(local.starts_with(&there.date().to_string()), "{record}");
            offsets.insert(local[23..].to_owned());
        }
        assert_eq!(
            offsets.into_iter().collect::<Vec<_>>(),
            ["+01:00", "+02:00"]
        );
    }

    /// Somebody is as old as the day of birth in the same record says.
    #[test]
    fn ages_go_with_days_of_birth() {
        let fields = json!({"at": "event_time", "age": {"age": {"of": "born"}}, "born": "birth_date",
            "child": {"object": {"born": {"date": {"from": "2015-01-01", "to": "2027-01-01"}}, "age": {"age": {"of": "born"}}}}});
        for record in made(&fields, 2_000) {
            let today = jiff::tz::TimeZone::UTC
                .to_datetime(moment(&record, "at"))
                .date();
            for who in [&record, &record["child"]] {
                let born: jiff::civil::Date = who["born"].as_str().unwrap().parse().unwrap();
                let years = born.until((jiff::Unit::Year, today)).unwrap().get_years();
                assert_eq!(who["age"], i64::from(years).max(0), "{record}");
            }
        }
    }

    /// Within 4 standard deviations of a binomial distribution.
    #[test]
    fn some_records_are_late() {
        let fields = json!({"at": "event_time", "seen": {"time": {"ago": {"exponential": {"mean": "10m"}}, "share": "5%"}}});
        let records = made(&fields, 10_000);
        let late = records.iter().filter(|it| it["at"] != it["seen"]).count() as f64;
        assert!(
            (late - 500.0).abs() < 4.0 * (10_000.0 * 0.05 * 0.95f64).sqrt(),
            "{late}"
        );
    }

    #[test]
    fn mistakes_are_told_where_they_are() {
        let (_, told) = read(&json!({
            "a": {"time": {"after": "b", "by": "1h"}},
            "b": {"time": {"after": "a", "by": "1h"}},
            "c": {"time": {"after": "plased", "by": "1h"}},
            "placed": "event_time",
            "d": {"time": {"after": "placed"}},
            "e": {"time": {"by": "1h"}},
            "f": {"time": {"ago": "1h", "after": "placed", "by": "1h", "hours": "9-17"}},
            "g": {"time": {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z", "hours": "nine", "days": "monday", "zone": "Berlin"}},
            "h": {"time": {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z", "days": "sun"}},
            "i": {"time": {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z", "share": "5%"}},
            "j": {"time": {"after": "placed", "before": "placed", "by": "1h"}},
            "k": {"event_time": {"zone": "Europe/Berlni"}},
            "l": {"time": {"after": "m", "by": "1h"}},
            "m": "word",
            "n": {"age": {"of": "placed"}},
        }));
        insta::assert_snapshot!(told.join("\n"));
    }
}
