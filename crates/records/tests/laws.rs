//! What records promise, whatever the seed: valid JSON, ids that decode, keys that are their field's
//! text, the same bytes everywhere.

#[cfg(test)]
mod templates {
    use std::sync::Arc;

    use batch::{Batch, BatchId, Nanos};
    use options::Location;
    use proptest::prelude::*;
    use records::{Context, RecordsOptions, Template};
    use serde_json::Value;

    /// Every kind there is.
    const EVERY_KIND: &str = r#"{"key": "customer.name", "fields": {
    "id": "record_id", "n": "ordinal",
    "customer": {"object": {"name": "name", "first": "first_name", "last": "last_name"}},
    "email": "email", "user": "username", "phone": "phone", "born": "birth_date", "gender": "gender",
    "street": "street", "city": "city", "postcode": "postcode", "state": "state",
    "country": "country", "code": "country_code", "company": "company", "job": "job_title",
    "ip": "ip", "agent": "user_agent", "url": "url", "word": "word", "sentence": "sentence",
    "uuid": "uuid", "device": "device", "os": "os", "browser": "browser", "currency": "currency",
    "language": "language", "card": "credit_card", "cards": "card_brand", "cvc": "card_cvc", "until": "card_expiry",
    "shop": {"object": {"product": "product", "category": "category", "brand": "brand", "sku": "sku", "ean": "ean",
        "price": "price", "color": "color", "hex": "hex_color"}},
    "car": {"object": {"vehicle": "vehicle", "make": "vehicle_make", "model": "vehicle_model", "year": "model_year",
        "vin": "vin", "plate": "license_plate"}},
    "net": {"object": {"v6": "ipv6", "mac": "mac", "imei": "imei", "domain": "domain", "file": "file_name", "type": "mime_type",
        "version": "semver", "maker": "device_maker", "phone": "device_model", "system": "os_version"}},
    "paragraph": "paragraph", "emoji": "emoji", "tongue": "language_code", "flag": {"bool": {"probability": 0.2}},
    "dice": {"integer": {"min": -3, "max": 6}}, "price": {"decimal": {"max": 99.99}},
    "level": {"choose": {"gold": 1, "silver": 3, "\"quoted\"": 6}}, "pick": {"choose": [1, null, "x"]},
    "constant": {"constant": {"a": [1, 2]}}, "day": {"date": {"from": "2020-01-01", "to": "2025-12-31"}},
    "at": "event_time", "at_ms": {"event_time": {"format": "epoch_ms"}},
    "pattern": {"pattern": "AB-####-??-\\#"}, "text": {"text": {"size": "40 B"}},
    "list": {"array": {"of": "word", "min": 0, "max": 4}},
    "maybe": {"optional": {"of": "phone", "probability": 0.5}},
    "null": {"optional": {"of": "word", "otherwise": "null"}},
    "pad": {"pad": {"to": "2 KiB"}}
}}"#;

    fn template(options: &str, seed: u64, stream: &str) -> Template {
        let options: RecordsOptions = serde_json::from_str(options).unwrap();
        let mut problems = Vec::new();
        options.problems(&Location::root(), &mut problems);
        assert_eq!(problems, []);
        let context = Context {
            seed,
            stream: stream.to_owned(),
            start_unix_nanos: 1_700_000_000_000_000_000,
            event_times: Arc::new(records::Steps(1_000_000)),
        };
        Template::compile(&options, &context).unwrap()
    }

    fn record(template: &Template, n: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        template.record(n, &mut bytes);
        bytes
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        // A record is a JSON object with its fields in the order of the scenario, for any seed.
        #[test]
        fn a_record_is_valid_json_for_any_seed(seed: u64, n in 0u64..1 << 48) {
            let template = template(EVERY_KIND, seed, "s");
            let bytes = record(&template, n);
            prop_assert!(bytes.len() <= template.max_len());
            let value: Value = serde_json::from_slice(&bytes).unwrap();
            prop_assert_eq!(&value["n"], &Value::from(n));
            prop_assert!((-3..=6).contains(&value["dice"].as_i64().unwrap()));
            prop_assert_eq!(value["text"].as_str().unwrap().len(), 40);
            prop_assert!(bytes.len() >= 2048);
        }

        // An id decodes to its ordinal, and to none in another run.
        #[test]
        fn ids_round_trip_and_belong_to_their_run(seed: u64, n in 0u64..1 << 48) {
            let (ours, theirs) = (template(EVERY_KIND, seed, "s"), template(EVERY_KIND, seed ^ 1, "s"));
            let value: Value = serde_json::from_slice(&record(&ours, n)).unwrap();
            let id = value["id"].as_str().unwrap();
            prop_assert_eq!(ours.ordinal_of(id), Some(n));
            prop_assert_eq!(theirs.ordinal_of(id), None);
            prop_assert_eq!(template(EVERY_KIND, seed, "other").ordinal_of(id), None);
        }

        // A canary is of the same shape, is known as one by its number, and is none of the run's records.
        #[test]
        fn canaries_are_nobodys_records(seed: u64, n in 0u64..1 << 12, since in 0i64..1 << 41) {
            let run = template(EVERY_KIND, seed, "s");
            let first = records::first_canary(since);
            let canary: Value = serde_json::from_slice(&record(&run.canary(first), first + n)).unwrap();
            let own: Value = serde_json::from_slice(&record(&run, n)).unwrap();
            prop_assert_ne!(&canary["uuid"], &own["uuid"]);
            prop_assert_eq!(&canary["at_ms"], &own["at_ms"]);
            let (canary, own) = (canary["id"].as_str().unwrap(), own["id"].as_str().unwrap());
            prop_assert!(run.ordinal_of(canary).is_none());
            let number = run.canary_of(canary);
            prop_assert_eq!(number, Some(first + n));
            // Whenever another attempt began, it has other numbers.
            prop_assert!(number < Some(records::first_canary(since + 1)));
            prop_assert_eq!(run.canary_of(own), None);
            prop_assert_eq!(template(EVERY_KIND, seed, "other").canary_of(canary), None);
        }

        // A batch holds what single records are, and the key is its field's text.
        #[test]
        fn a_batch_holds_the_same_records(seed: u64, first in 0u64..1 << 40, stride in 1u64..9) {
            let template = Arc::new(template(EVERY_KIND, seed, "s"));
            let mut writer = template.writer();
            let mut batch = Batch::with_capacity(BatchId(0), 20, 1 << 16);
            batch.begin(first, stride);
            (0..20).for_each(|at| batch.push_due(Nanos(at)));
            writer.fill(&mut batch);
            for index in 0..20 {
                let n = first + stride * index as u64;
                let alone = record(&template, n);
                prop_assert_eq!(batch.record(index), &alone[..]);
                let value: Value = serde_json::from_slice(&alone).unwrap();
                let key = value["customer"]["name"].as_str().unwrap();
                prop_assert_eq!(batch.key(index), Some(key.as_bytes()));
            }
        }
    }

    // Whatever field the key is, it is that field's text; of a field that is not there it is empty.
    #[test]
    fn a_key_is_its_fields_text() {
        let fields = r##"{"id": "record_id", "maybe": {"optional": {"of": "record_id"}},
            "constant": {"constant": "back\\slash"}, "name": "name", "email": "email",
            "dice": {"integer": {"min": -3, "max": 6}}, "agent": "user_agent",
            "choice": {"choose": ["a\"b", "c\\d"]}, "pattern": {"pattern": "#\\\\?"},
            "in": {"object": {"id": "record_id", "last": "last_name"}}, "flag": "bool",
            "plate": {"regex": "[A-Z]{1,3}-\\d{2}\"?"}}"##;
        for key in [
            "id", "maybe", "constant", "name", "email", "dice", "agent", "choice", "pattern",
            "in.id", "in.last", "flag", "plate",
        ] {
            let options = format!(r#"{{"key": "{key}", "fields": {fields}}}"#);
            let options: RecordsOptions = serde_json::from_str(&options).unwrap();
            let context = Context {
                seed: 7,
                stream: "s".to_owned(),
                start_unix_nanos: 0,
                event_times: Arc::new(records::Steps(1)),
            };
            let template = Arc::new(Template::compile(&options, &context).unwrap());
            let mut writer = template.writer();
            let mut batch = Batch::with_capacity(BatchId(0), 50, 0);
            batch.begin(0, 1);
            (0..50).for_each(|at| batch.push_due(Nanos(at)));
            writer.fill(&mut batch);
            for index in 0..50 {
                let record: Value = serde_json::from_slice(batch.record(index)).unwrap();
                let field = key.split('.').fold(&record, |value, name| &value[name]);
                let text = match field {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                assert_eq!(batch.key(index), Some(text.as_bytes()), "{key}: {record}");
                let mut alone = Vec::new();
                assert!(template.key(index as u64, &mut alone));
                assert_eq!(alone, text.as_bytes(), "{key}: {record}");
            }
        }
    }

    // What a regular expression makes, somebody else's implementation of them finds again.
    #[test]
    fn a_text_of_a_regular_expression_matches_it() {
        for expression in [
            r"^[A-Z]{2}-\d{4}$",
            "^[0-9a-f]{32}$",
            "^(GET|POST|DELETE) /[a-z]+(/[a-z0-9_-]{1,8})*$",
            r"^#?([a-fA-F0-9]{6}|[a-fA-F0-9]{3})$",
            r"^P(\d+Y)?(\d+M)?(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?$",
            "^[^,;]{3,}$",
            r#"^["\\]{2}\w+.\s$"#,
            "([A-Z]{2}-[A-Z0-9]{1,3}|)",
            "^größe: [a-c]$",
            "(?i)^yes|no$",
        ] {
            let field = serde_json::json!({"fields": {"it": {"regex": expression}}}).to_string();
            let template = template(&field, 3, "s");
            let matches = regex::Regex::new(expression).unwrap();
            let mut seen = std::collections::BTreeSet::new();
            for n in 0..500 {
                let bytes = record(&template, n);
                assert!(bytes.len() <= template.max_len());
                let value: Value = serde_json::from_slice(&bytes).unwrap();
                let text = value["it"].as_str().unwrap().to_owned();
                assert!(matches.is_match(&text), "{expression}: {text}");
                seen.insert(text);
            }
            assert!(seen.len() > 1, "{expression}: always the same");
        }
    }

    // A header is a field's text, or a value of its own that no field has; a place is its field's text.
    #[test]
    fn what_travels_beside_a_record_is_its_fields_text() {
        let options = r#"{"headers": {"trace": {"pattern": "00-########-01"}, "name": {"field": "in.name"},
                "quoted": {"field": "quoted"}, "dice": {"field": "dice"}, "id": "record_id", "first": "first_name",
                "agent": {"field": "agent"}, "uuid": "uuid"},
            "partition": "dice", "key": "id",
            "fields": {"id": "record_id", "dice": {"integer": {"min": 0, "max": 6}}, "uuid": "uuid",
                "quoted": {"choose": ["a\"b", "c\\d", ""]}, "agent": "user_agent", "first": "first_name",
                "in": {"object": {"name": "name"}}}}"#;
        let template = Arc::new(template(options, 11, "s"));
        let mut writer = template.writer();
        let mut batch = Batch::with_capacity(BatchId(0), 50, 0);
        for first in [0, 1 << 33] {
            batch.begin(first, 3);
            (0..50).for_each(|at| batch.push_due(Nanos(at)));
            writer.fill(&mut batch);
            assert!(batch.is_filled());
            for index in 0..50 {
                let record: Value = serde_json::from_slice(batch.record(index)).unwrap();
                let text = |field: &Value| {
                    field
                        .as_str()
                        .map_or_else(|| field.to_string(), str::to_owned)
                };
                let headers: std::collections::BTreeMap<_, _> = batch
                    .headers(index)
                    .map(|(name, value)| {
                        (name.to_owned(), String::from_utf8(value.to_vec()).unwrap())
                    })
                    .collect();
                for name in ["quoted", "dice", "id", "first", "agent"] {
                    assert_eq!(headers[name], text(&record[name]), "{name}: {record}");
                }
                assert_eq!(headers["name"], text(&record["in"]["name"]));
                assert_ne!(headers["uuid"], text(&record["uuid"]));
                let trace = &headers["trace"];
                assert!(trace.len() == 14 && trace.starts_with("00-"), "{trace}");
                assert_eq!(
                    batch.place(index).unwrap(),
                    text(&record["dice"]).as_bytes()
                );
                let n = batch.ordinal(index);
                assert_eq!(
                    template.partition(n).map(u64::from),
                    record["dice"].as_u64()
                );
                let mut again = std::collections::BTreeMap::new();
                template.headers(n, |name, value| {
                    again.insert(name.to_owned(), String::from_utf8(value.to_vec()).unwrap());
                });
                assert_eq!(again, headers);
            }
        }
    }

    // With a start of its own, a record is the same whenever the run is, in all that depends on the time.
    #[test]
    fn a_fixed_start_makes_the_same_bytes_in_any_year() {
        let options = r#"{"fields": {"id": "record_id", "in": {"object": {"at": {"event_time":
            {"start": "2026-01-01T00:00:00Z"}}}}, "ms": {"event_time": {"format": "epoch_ms"}}}}"#;
        let options: RecordsOptions = serde_json::from_str(options).unwrap();
        let run = |start| {
            let context = Context {
                seed: 1,
                stream: "s".to_owned(),
                start_unix_nanos: start,
                event_times: Arc::new(records::Steps(1_500_000_000)),
            };
            record(&Template::compile(&options, &context).unwrap(), 2)
        };
        let this_year: Value = serde_json::from_slice(&run(1_800_000_000_000_000_000)).unwrap();
        assert_eq!(this_year["in"]["at"], "2026-01-01T00:00:03.000Z");
        assert_eq!(this_year["ms"], 1_767_225_603_000_i64);
        assert_eq!(run(1_800_000_000_000_000_000), run(0));
    }

    // A moment is where it is said to be, in the unit that is asked for, and ids of version 7 are in its order.
    #[test]
    fn times_are_where_they_are_said_to_be() {
        let options = r#"{"fields": {
            "ms": {"event_time": {"format": "epoch_ms"}}, "s": {"event_time": {"format": "epoch_s"}},
            "us": {"event_time": {"format": "epoch_us"}}, "day": {"event_time": {"format": "date"}},
            "late": {"time": {"ago": "5m", "format": "epoch_ms"}},
            "some": {"time": {"ago": {"uniform": {"min": "1s", "max": "3s"}}, "format": "epoch_us"}},
            "abs": {"time": {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:01Z"}},
            "id": {"uuid": {"version": 7}}, "four": {"uuid": {}}}}"#;
        let template = template(options, 5, "s");
        let whole = |value: &Value| value.as_i64().unwrap();
        let mut last = String::new();
        let mut sum = 0;
        for n in 0..2000 {
            let value: Value = serde_json::from_slice(&record(&template, n)).unwrap();
            let ms = 1_700_000_000_000 + n as i64;
            assert_eq!([&value["ms"], &value["s"]].map(whole), [ms, ms / 1000]);
            assert_eq!(
                [&value["us"], &value["late"]].map(whole),
                [ms * 1000, ms - 300_000]
            );
            assert_eq!(value["day"], "2023-11-14");
            let ago = ms * 1000 - whole(&value["some"]);
            assert!((1_000_000..=3_000_000).contains(&ago), "{ago}");
            sum += ago;
            let moment = value["abs"].as_str().unwrap();
            assert!(("2026-01-01T00:00:00.000Z"..="2026-01-01T00:00:01.000Z").contains(&moment));
            let id = value["id"].as_str().unwrap();
            let digits: String = id.chars().filter(|c| *c != '-').collect();
            assert_eq!(i64::from_str_radix(&digits[..12], 16).unwrap(), ms);
            assert_eq!(&digits[12..13], "7");
            assert!(matches!(&digits[16..17], "8" | "9" | "a" | "b"), "{id}");
            assert!(id > last.as_str());
            last = id.to_owned();
            assert_eq!(&value["four"].as_str().unwrap()[14..15], "4");
        }
        // The mean of 2000 between one and three seconds, within four standard errors.
        assert!((sum / 2000 - 2_000_000).abs() < 52_000, "{sum}");
    }

    #[test]
    fn a_time_that_is_nowhere_is_told() {
        let told = |time: &str| {
            let options = format!(r#"{{"fields": {{"t": {{"time": {time}}}}}}}"#);
            let options: RecordsOptions = serde_json::from_str(&options).unwrap();
            let mut problems = Vec::new();
            options.problems(&Location::root(), &mut problems);
            let told = problems
                .iter()
                .map(|it| format!("{}: {}", it.at, it.message));
            told.collect::<Vec<_>>().join("\n")
        };
        let unclear = "fields.t.time: it is not clear when that is";
        for time in ["{}", r#"{"from": "2026-01-01T00:00:00Z"}"#] {
            assert_eq!(told(time), unclear);
        }
        let backwards = r#"{"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}"#;
        assert!(told(backwards).contains("is after the latest"));
        let ago = r#"{"ago": {"uniform": {"min": "3s", "max": "1s"}}}"#;
        assert!(told(ago).starts_with("fields.t.time.ago.uniform.min: "));
        let five = serde_json::from_str::<RecordsOptions>(
            r#"{"fields": {"u": {"uuid": {"version": 5}}}}"#,
        );
        assert!(five.unwrap_err().to_string().contains("write 4 or 7"));
    }

    /// FNV-1a, so that a change of one bit anywhere shows.
    fn fingerprint(template: &Template, records: u64) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for n in 0..records {
            for byte in record(template, n) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        hash
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_on_every_machine() {
        // A change here changes everybody's records: say so in the changelog.
        let locales = ["en", "de", "ja", "ar"].map(|locale| {
            let options = EVERY_KIND.replacen('{', &format!("{{\"locale\": \"{locale}\", "), 1);
            format!(
                "{locale} {:016x}",
                fingerprint(&template(&options, 42, "profiles"), 500)
            )
        });
        insta::assert_snapshot!(locales.join("\n"));
    }
}
