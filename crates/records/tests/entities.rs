//! What entities and journeys promise: the same values and bytes wherever they are asked for.

#[cfg(test)]
mod shop;

#[cfg(test)]
mod entities {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::Arc;

    use crate::shop::{records, shop};
    use batch::{Batch, BatchId, Nanos};
    use proptest::prelude::*;
    use records::{Context, Sent, Template};
    use serde_json::{Value, json};

    /// The start of 2026, in nanoseconds.
    const START: i128 = 1_767_225_600_000_000_000;

    fn context(seed: u64, stream: &str) -> Context {
        Context {
            seed,
            stream: stream.to_owned(),
            start_unix_nanos: START,
            event_times: Arc::new(records::Steps(1_000_000)),
        }
    }

    fn template(entities: &Value, written: &Value, seed: u64, stream: &str) -> Arc<Template> {
        let options = records(entities, written);
        let compiled = Template::compile(&options, &context(seed, stream));
        Arc::new(compiled.unwrap_or_else(|problems| panic!("{problems:?}")))
    }

    fn record(template: &Template, n: u64) -> Value {
        let mut bytes = Vec::new();
        template.record(n, &mut bytes);
        assert!(bytes.len() <= template.max_len());
        serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&bytes)))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

        /// An entity has the same values in every record of every stream, whatever else the record has.
        #[test]
        fn an_entity_is_the_same_everywhere(seed: u64) {
            let entities = json!({"customers": {"count": 50, "fields": shop()["customers"]["fields"]},
                "companies": shop()["companies"]});
            let whole = template(&entities, &json!({"fields": {"id": "record_id", "customer": {"of": "customers"}}}), seed, "a");
            let parts = template(&entities, &json!({"fields": {
                "mail": {"of": "customers.email"}, "who": {"object": {"id": {"of": "customers.id"},
                "first": {"of": "customers.firstName"}, "city": {"of": "customers.home.city"}}},
                "phone": {"of": "customers.phone"}, "tags": {"of": "customers.tags"},
                "employer": {"of": "customers.employer"}, "n": "ordinal"}}), seed, "b");
            let mut known = BTreeMap::new();
            for n in 0..200 {
                let customer = record(&whole, n)["customer"].clone();
                let id = customer["id"].as_str().unwrap().to_owned();
                let number = customer["number"].as_u64().unwrap();
                prop_assert!(number < 50);
                // An address is the person's, with the entity's number in it and not the record's.
                let email = customer["email"].as_str().unwrap();
                prop_assert!(email.contains(&format!("{number}@")), "{}", email);
                prop_assert_eq!(known.entry(id).or_insert_with(|| customer.clone()), &customer);
            }
            prop_assert!(known.len() > 40);
            let ids: BTreeSet<_> = known.values().map(|one| one["number"].as_u64()).collect();
            prop_assert_eq!(ids.len(), known.len());
            for n in 0..200 {
                let part = record(&parts, n);
                prop_assert_eq!(&part["n"], &json!(n));
                let Some(customer) = known.get(part["who"]["id"].as_str().unwrap()) else { continue };
                prop_assert_eq!(&part["mail"], &customer["email"]);
                prop_assert_eq!(&part["who"]["first"], &customer["firstName"]);
                prop_assert_eq!(&part["who"]["city"], &customer["home"]["city"]);
                prop_assert_eq!(part.get("phone"), customer.get("phone"));
                prop_assert_eq!(&part["tags"], &customer["tags"]);
                prop_assert_eq!(&part["employer"], &customer["employer"]);
            }
        }

        /// One entity of a kind in a record, another under another name, and one for each element of a list.
        #[test]
        fn a_name_of_its_own_is_another_entity(seed: u64) {
            let template = template(&shop(), &json!({"fields": {
                "id": {"of": "customers.id"}, "again": {"of": "customers.id"},
                "friend": {"of": {"field": "customers.id", "as": "friend"}},
                "friendMail": {"of": {"field": "customers.email", "as": "friend"}},
                "friendNumber": {"of": {"field": "customers.number", "as": "friend"}},
                "items": {"array": {"of": {"object": {"vat": {"of": "companies.vat"}, "same": {"of": "companies.vat"}}},
                    "length": 8}}}}), seed, "s");
            let (mut others, mut lists) = (0, 0);
            for n in 0..100 {
                let record = record(&template, n);
                prop_assert_eq!(&record["id"], &record["again"]);
                others += u32::from(record["id"] != record["friend"]);
                let mail = record["friendMail"].as_str().unwrap();
                let number = format!("{}@", record["friendNumber"]);
                prop_assert!(mail.contains(&number), "{} {}", mail, number);
                let items = record["items"].as_array().unwrap();
                prop_assert!(items.iter().all(|item| item["vat"] == item["same"]));
                let different: BTreeSet<_> = items.iter().map(|item| item["vat"].as_str()).collect();
                lists += u32::from(different.len() > 5);
            }
            prop_assert!(others > 50 && lists > 90, "{} {}", others, lists);
        }
    }

    /// Keys, headers and single values of entities are the ones that the record has.
    #[test]
    fn what_stands_beside_a_record_is_its_entitys() {
        let template = template(
            &shop(),
            &json!({"key": "customer.id", "headers": {"mail": {"field": "customer.email"},
                "number": {"of": "customers.number"}, "employer": {"field": "customer.employer"},
                "vat": {"of": "companies.vat"}},
                "fields": {"customer": {"of": "customers"}, "vat": {"of": "companies.vat"}}}),
            7,
            "s",
        );
        let mut writer = template.writer();
        let mut batch = Batch::with_capacity(BatchId(0), 50, 0);
        batch.begin(3, 2);
        (0..50).for_each(|at| batch.push_due(Nanos(at)));
        writer.fill(&mut batch);
        for index in 0..50 {
            let written: Value = serde_json::from_slice(batch.record(index)).unwrap();
            let n = batch.ordinal(index);
            assert_eq!(written, record(&template, n));
            let customer = &written["customer"];
            assert_eq!(
                batch.key(index),
                Some(customer["id"].as_str().unwrap().as_bytes())
            );
            let headers: BTreeMap<_, _> = batch.headers(index).collect();
            for (header, field) in [("mail", "email"), ("employer", "employer")] {
                assert_eq!(
                    headers[header],
                    customer[field].as_str().unwrap().as_bytes()
                );
            }
            assert_eq!(headers["number"], customer["number"].to_string().as_bytes());
            assert_eq!(headers["vat"], written["vat"].as_str().unwrap().as_bytes());
            let city = template.value(n, "customer.home.city").unwrap();
            assert_eq!(city, customer["home"]["city"].to_string().as_bytes());
        }
    }

    fn numbers(pick: &Value, count: u64, of: std::ops::Range<u64>) -> Vec<u64> {
        let entities =
            json!({"things": {"count": count, "pick": pick, "fields": {"n": "ordinal"}}});
        let template = template(
            &entities,
            &json!({"fields": {"n": {"of": "things.n"}}}),
            5,
            "s",
        );
        of.map(|n| record(&template, n)["n"].as_u64().unwrap())
            .collect()
    }

    /// Each once is each once, in no order that is seen; a cycle has all of them again.
    #[test]
    fn each_comes_once() {
        let once = numbers(&json!({"each": "once"}), 500, 0..500);
        assert_eq!(once.iter().collect::<BTreeSet<_>>().len(), 500);
        assert!(once.iter().all(|n| *n < 500));
        assert!(!once.is_sorted());
        let cycle = numbers(&json!({"each": "cycle"}), 500, 0..1000);
        assert_eq!(cycle[..500], once);
        assert_eq!(cycle[500..], once);
    }

    /// New ones come in order and so often as asked for, and most records have one of the last.
    #[test]
    fn recent_ones_come_most() {
        let recent = numbers(&json!({"recent": {"new": "10%"}}), 1_000_000, 0..10_000);
        let mut known = 0;
        for n in &recent {
            assert!(*n <= known, "{n} before {known}");
            known += u64::from(*n == known);
        }
        assert!((1000..=1002).contains(&known), "{known}");
        let old = recent[5000..].iter().filter(|n| **n < 250).count();
        assert!(old < 1000, "{old}");
        // When all have been there, the first come again.
        assert!(
            numbers(&json!({"recent": {"new": "100%"}}), 10, 0..100)
                .iter()
                .all(|n| *n < 10)
        );
        assert!(
            numbers(&json!({"first": 7}), 1000, 0..500)
                .iter()
                .all(|n| *n < 7)
        );
    }

    /// Who is in favour by Zipf's law is so in every stream, and is not among the first numbers.
    #[test]
    fn favourites_are_the_same_in_all_streams() {
        let favourite = |stream: &str| {
            let fields = json!({"fields": {"n": {"of": "customers.number"}}});
            let template = template(&shop(), &fields, 5, stream);
            let mut times = BTreeMap::new();
            for n in 0..5000 {
                *times
                    .entry(record(&template, n)["n"].as_u64().unwrap())
                    .or_insert(0) += 1;
            }
            times.into_iter().max_by_key(|(_, times)| *times).unwrap()
        };
        let (first, times) = favourite("a");
        assert_eq!(first, favourite("b").0);
        // Zipf's law with 1.1 over 100 million: the first has 1 / 8.9 of all.
        assert!(
            first > 1000 && (480..640).contains(&times),
            "{first} {times}"
        );
    }

    /// A value lasts as long as it says, each entity changes at its own time, and the name in an address stays
    /// the person's.
    #[test]
    fn values_change_as_time_goes_by() {
        let mut entities = shop();
        entities["customers"]["count"] = json!(20);
        entities["customers"]["pick"] = json!("uniform");
        entities["customers"]["changes"] =
            json!({"lastName": {"every": "2s"}, "home": {"every": "3s"}});
        let fields = json!({"fields": {"c": {"of": "customers"}}});
        let template = template(&entities, &fields, 5, "s");
        let mut seen: BTreeMap<u64, Vec<(u64, Value)>> = BTreeMap::new();
        for n in 0..8000 {
            let customer = record(&template, n)["c"].clone();
            let known = seen
                .entry(customer["number"].as_u64().unwrap())
                .or_default();
            known.push((n, customer));
        }
        let (mut moments, mut moves) = (BTreeSet::new(), 0);
        for versions in seen.values() {
            for pair in versions.windows(2) {
                let ((_, before), (n, after)) = (&pair[0], &pair[1]);
                for lasting in ["id", "firstName", "phone", "tags", "employer", "number"] {
                    assert_eq!(before.get(lasting), after.get(lasting), "{lasting}");
                }
                let name = |one: &Value| one["lastName"].as_str().unwrap().to_lowercase();
                if name(before) == name(after) {
                    assert_eq!(before["email"], after["email"]);
                } else {
                    // A millisecond a record: 2000 of them last as long as a name.
                    moments.insert(n / 20);
                    assert_ne!(before["email"], after["email"]);
                    let first = after["firstName"].as_str().unwrap().to_lowercase();
                    assert!(
                        after["email"]
                            .as_str()
                            .unwrap()
                            .starts_with(&format!("{first}."))
                    );
                }
                moves += u32::from(before["home"]["plate"] != after["home"]["plate"]);
            }
        }
        // 20 entities, eight seconds: two or three new homes each, and three or four new names.
        assert!((45..=60).contains(&moves), "{moves}");
        assert!(moments.len() > 50, "{moments:?}");
    }

    /// An order names a customer that the other stream has sent by then, and no other.
    #[test]
    fn a_record_names_what_another_stream_has_sent() {
        let mut profiles = json!({"pick": {"customers": {"each": "once"}}, "fields": {"id": {"of": "customers.id"}}});
        for journeys in [false, true] {
            let mut orders = records(
                &shop(),
                &json!({"pick": {"customers": {"sent_by": "profiles", "before": "10s"}},
                    "fields": {"id": {"of": "customers.id"}}}),
            );
            if journeys {
                profiles["pick"] = json!({"customers": {"zipf": 0.5}});
            }
            let others = records(&shop(), &profiles);
            // Ten profiles to an order, after a hundred.
            let sent = Sent::new(5000, |n| 100 + 10 * n);
            orders.set_other(
                "customers",
                others.picking("customers", Some(sent)).unwrap(),
            );
            let orders = Template::compile(&orders, &context(3, "orders")).unwrap();
            let profiles = template(&shop(), &profiles, 3, "profiles");
            let id =
                |template: &Template, n| record(template, n)["id"].as_str().unwrap().to_owned();
            let sent: Vec<_> = (0..20_000).map(|n| id(&profiles, n)).collect();
            let mut late = 0;
            for n in 0..1900 {
                let customer = id(&orders, n);
                let by = (100 + 10 * n) as usize;
                assert!(sent[..by].contains(&customer), "{n}");
                late += u32::from(!sent[..by / 2].contains(&customer));
            }
            assert!(late > 200, "{late}: the newest are among them, too");
        }
    }

    fn clicks() -> Value {
        json!({"key": "session", "headers": {"state": "journey_state", "visitor": {"of": "customers.id"}},
            "journeys": {"of": "customers", "start": "view", "at_once": 40,
                "session": {"channel": {"choose": {"web": 3, "app": 1}}},
                "states": {
                    "view": {"fields": {"page": "url", "channel": {"of": "session.channel"}},
                        "next": {"view": 0.5, "cart": 0.2, "end": 0.3}, "think": {"exponential": {"mean": "10s"}}},
                    "cart": {"fields": {"product": {"of": "companies.vat"}, "items": {"integer": {"min": 1, "max": 9}}},
                        "next": {"pay": 0.5, "view": 0.25, "end": 0.25}, "think": "20s"},
                    "pay": {"fields": {"items": {"constant": 0}, "total": {"decimal": {"max": 99.99}}}}}},
            "fields": {"id": "record_id", "session": "session_id", "step": "session_step", "state": "journey_state",
                "at": {"event_time": {"format": "epoch_ms"}}, "visitor": {"of": "customers.id"},
                "friend": {"of": {"field": "customers.id", "as": "friend"}}}})
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

        /// Journeys are the same bytes for 1, 2, 3 and 8 shares, in batches of any size, and in random access.
        #[test]
        fn any_sharing_has_the_same_bytes(seed: u64, batch_len in 1usize..40) {
            let template = template(&shop(), &clicks(), seed, "s");
            let alone = |n| {
                let (mut record, mut key) = (Vec::new(), Vec::new());
                assert!(template.record_with_key(n, &mut record, &mut key));
                let mut headers = Vec::new();
                template.headers(n, |name, value| headers.push((name.to_owned(), value.to_vec())));
                (record, key, headers)
            };
            let expected: Vec<_> = (0..600).map(alone).collect();
            for shares in [1u64, 2, 3, 8] {
                let mut seen = 0;
                for share in 0..shares {
                    let mut writer = template.writer();
                    let mut batch = Batch::with_capacity(BatchId(0), batch_len, 0);
                    let mut first = share;
                    while first < 600 {
                        let records = batch_len.min((600 - first).div_ceil(shares) as usize);
                        batch.begin(first, shares);
                        (0..records).for_each(|at| batch.push_due(Nanos(at as u64)));
                        writer.fill(&mut batch);
                        for index in 0..records {
                            let (record, key, headers) = &expected[batch.ordinal(index) as usize];
                            prop_assert_eq!(batch.record(index), &record[..]);
                            prop_assert_eq!(batch.key(index), Some(&key[..]));
                            let written: Vec<_> = batch.headers(index)
                                .map(|(name, value)| (name.to_owned(), value.to_vec())).collect();
                            prop_assert_eq!(&written, headers);
                            seen += 1;
                        }
                        first += records as u64 * shares;
                    }
                }
                prop_assert_eq!(seen, 600);
            }
        }
    }

    /// A session is one visitor's, has one channel, goes on step by step, and its times are those of the steps.
    #[test]
    fn a_session_holds_together() {
        let template = template(&shop(), &clicks(), 11, "s");
        let mut sessions: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for n in 0..4000 {
            let record = record(&template, n);
            let session = record["session"].as_str().unwrap().to_owned();
            sessions.entry(session).or_default().push(record);
        }
        let (mut visitors, mut friends, mut steps) = (BTreeSet::new(), BTreeSet::new(), 0);
        for records in sessions.values() {
            for pair in records.windows(2) {
                let (before, after) = (&pair[0], &pair[1]);
                assert_eq!(before["visitor"], after["visitor"]);
                assert_eq!(
                    before["step"].as_u64().unwrap() + 1,
                    after["step"].as_u64().unwrap()
                );
                let took = after["at"].as_i64().unwrap() - before["at"].as_i64().unwrap();
                assert!(took >= 0, "{took}");
                if before["state"] == "cart" {
                    assert!((19_999..=20_001).contains(&took), "{took}");
                }
                steps += 1;
            }
            let channels: BTreeSet<_> = records
                .iter()
                .filter_map(|one| one.get("channel")?.as_str())
                .collect();
            assert!(channels.len() <= 1, "{channels:?}");
            for record in records {
                let state = record["state"].as_str().unwrap();
                assert_eq!(record.get("page").is_some(), state == "view");
                assert_eq!(record.get("product").is_some(), state == "cart");
                assert_eq!(record.get("total").is_some(), state == "pay");
                assert_eq!(record.get("items").is_some(), state != "view");
                friends.insert(record["friend"].to_string());
            }
            visitors.insert(records[0]["visitor"].to_string());
        }
        assert!(
            steps > 2000 && visitors.len() > 100,
            "{steps} {}",
            visitors.len()
        );
        // A friend is each record's own.
        assert!(friends.len() > visitors.len());
    }

    /// In another format, too, a record has the entities that it has in JSON.
    #[test]
    fn other_formats_have_the_same_entities() {
        let fields = json!({"id": {"of": "customers.id"}, "city": {"of": "customers.home.city"},
            "friend": {"of": {"field": "customers.number", "as": "friend"}}, "home": {"of": "customers.home"}});
        let columns = ["id", "city", "friend"];
        let csv = json!({"csv": {"delimiter": ";", "columns": columns}});
        let csv = json!({"format": csv, "fields": fields});
        let csv = template(&shop(), &csv, 3, "s");
        let json = template(&shop(), &json!({"fields": fields}), 3, "s");
        for n in 0..100 {
            let (json, mut line) = (record(&json, n), Vec::new());
            csv.record(n, &mut line);
            let text = |name: &str| {
                json[name]
                    .as_str()
                    .map_or_else(|| json[name].to_string(), str::to_owned)
            };
            assert_eq!(String::from_utf8_lossy(&line), columns.map(text).join(";"));
        }
    }

    #[test]
    fn values_of_any_state_are_found() {
        let template = template(&shop(), &clicks(), 11, "s");
        let items = (0..500)
            .filter(|n| template.value(*n, "items").is_some())
            .count();
        let totals = (0..500)
            .filter(|n| template.value(*n, "total").is_some())
            .count();
        assert!(items > totals && totals > 20, "{items} {totals}");
    }
}
