//! Filling a batch allocates nothing once its buffers have grown. Alone in this binary: the counter is
//! the process's.

#[cfg(test)]
mod counted {
    use std::alloc::System;
    use std::sync::Arc;

    use batch::{Batch, BatchId, Nanos};
    use records::{Context, RecordsOptions, Template};
    use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

    #[global_allocator]
    static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

    #[test]
    fn no_record_costs_an_allocation() {
        const DEFECTS: &str = r#"{"malformed": "2%", "missing": "2%", "null": "2%", "wrong_type": "2%",
            "unknown_field": "2%", "out_of_range": "2%", "oversize": {"to": "4 KiB", "share": "2%"},
            "duplicate": "2%", "late": "2%"}"#;
        let formats = [
            r#""json""#,
            r#"{"json": {"registry": {"url": "http://127.0.0.1", "id": 1}}}"#,
            r#""avro""#,
            r#""csv""#,
            r#"{"template": "{id} {email} {list} {price}"}"#,
        ];
        for key in ["id", "quoted", "maybe"] {
            fills(key, Some(DEFECTS), formats[0]);
            for format in formats {
                fills(key, None, format);
            }
        }
        journeys(r#""json""#);
        for format in [r#""avro""#, r#""protobuf""#] {
            journeys(format);
            spoilt(format);
        }
        lookups();
    }

    /// Values from the rows of a file, chosen in all ways.
    fn lookups() {
        let mut options: RecordsOptions = serde_json::from_str(
            r#"{"fields": {"id": "record_id",
            "a": {"lookup": {"file": "t.csv", "column": "name", "weight": "count"}},
            "b": {"lookup": {"file": "t.csv", "column": "name", "row": "b", "pick": {"zipf": 1.0}}},
            "c": {"lookup": {"file": "t.csv", "column": "count", "row": "c", "pick": {"each": "cycle"}}},
            "d": {"lookup": {"file": "t.csv", "column": "count", "row": "d", "where": {"name": "a"}}},
            "e": {"decimal": {"max": 99, "distribution": {"histogram": {"file": "t.csv", "column": "count"}}}}}}"#,
        )
        .unwrap();
        let rows: Vec<_> = (1..50).map(|row| format!("n{row},{row}\n")).collect();
        let rows = rows.concat();
        let mut read = |_: &std::path::Path| Ok(format!("name,count\n{rows}").into_bytes());
        let mut problems = Vec::new();
        let mut files = records::DataFiles::new(&mut read);
        records::read_data(
            &mut options,
            &options::Location::root(),
            &mut files,
            &mut problems,
        );
        assert!(problems.is_empty(), "{problems:?}");
        allocates_nothing(&options, 20, "lookups");
    }

    /// Records with a defect, in a format of their own.
    fn spoilt(format: &str) {
        let mut options: RecordsOptions = serde_json::from_str(
            r#"{"key": "email", "defects": {"malformed": "10%", "missing": "10%", "out_of_range": "10%", "duplicate": "5%"},
            "fields": {"id": "record_id", "email": "email", "list": {"array": {"of": "word", "max": 3}},
                "price": {"decimal": {"max": 10}}, "dice": {"integer": {"max": 6}}}}"#,
        )
        .unwrap();
        options.format = serde_json::from_str(format).unwrap();
        allocates_nothing(&options, 30, format);
    }

    /// Steps of many journeys, of entities picked in all ways.
    fn journeys(format: &str) {
        let mut options: RecordsOptions = serde_json::from_str(
            r#"{"key": "session", "headers": {"who": {"of": "customers.email"}},
            "pick": {"friend": {"recent": {"new": "10%"}}},
            "journeys": {"of": "customers", "start": "a", "at_once": 5000, "states": {
                "a": {"next": {"a": 0.5, "b": 0.3, "end": 0.2}, "think": {"exponential": {"mean": "1s"}}},
                "b": {"fields": {"products": {"array": {"of": {"of": "products"}, "max": 3}}}}}},
            "fields": {"id": "record_id", "email": {"of": "customers.email"}, "price": "ordinal", "list": {"array": {"of": "word", "max": 3}}, "session": "session_id", "state": "journey_state", "at": "event_time",
                "who": {"of": "customers"}, "friend": {"of": {"field": "customers.id", "as": "friend"}}}}"#,
        )
        .unwrap();
        let entities = r#"{"customers": {"count": "100M", "pick": {"zipf": 1.1}, "fields": {"id": "uuid",
                "email": "email"}, "changes": {"email": {"every": "30d"}}},
            "products": {"count": 1000, "pick": {"zipf": 0.9}, "fields": {"name": "word"}}}"#;
        options.link(&serde_json::from_str(entities).unwrap());
        options.format = serde_json::from_str(format).unwrap();
        allocates_nothing(&options, 20, format);
    }

    fn fills(key: &str, defects: Option<&str>, format: &str) {
        let mut options: RecordsOptions = serde_json::from_str(
        r#"{"headers": {"trace": "uuid", "kind": {"constant": "person"}, "level": {"field": "level"},
            "quoted": {"choose": ["a\"b", "\u0001\n"]}},
            "partition": "dice", "fields": {"dice": {"integer": {"min": 0, "max": 9}},"id": "record_id", "firstName": "first_name", "email": "email",
            "product": "product", "cost": "price", "ean": "ean", "vin": "vin", "plate": "license_plate", "imei": "imei",
            "file": "file_name", "host": "domain", "ip6": "ipv6", "paragraph": "paragraph",
            "at": "event_time", "local": {"event_time": {"zone": "Europe/Berlin"}},
            "later": {"time": {"after": "at", "by": {"exponential": {"mean": "1h"}}, "format": "sql"}},
            "open": {"time": {"from": "2026-01-01T00:00:00Z", "to": "2026-12-31T00:00:00Z", "hours": "9-17", "days": "mon-fri"}},
            "list": {"array": {"of": "word", "max": 5}},
            "maybe": {"optional": {"of": "phone"}}, "price": {"decimal": {"max": 10}},
            "mail": {"template": "{firstName|slug}.{level|upper}@{maybe|or:none}"},
            "total": {"compute": "sum(items.price * items.quantity)"}, "tax": {"compute": {"of": "total * 0.19", "digits": 2}},
            "said": {"compute": "level == 'gold' ? quoted + firstName : string(price)"},
            "when": {"optional": {"of": "word", "when": "total > 50 && size(firstName) > 3"}},
            "items": {"array": {"max": 4, "of": {"object": {"price": {"decimal": {"max": 10}}, "quantity": {"integer": {"min": 1, "max": 3}}}}}},
            "level": {"choose": {"gold": 1, "none": 9}}, "text": {"text": {"size": "60 B"}}, "mixed": {"text": {"size": {"min": "10 B", "max": "200 B"}, "compressible": "50%"}},
            "quoted": {"choose": ["a\"b", "\u0001\n"]}}}"#,
    )
    .unwrap();
        options.key = Some(key.to_owned());
        options.format = serde_json::from_str(format).unwrap();
        options.defects = defects.map(|defects| serde_json::from_str(defects).unwrap());
        // Until the buffers have grown to what a batch may come to.
        allocates_nothing(&options, 100, format);
    }

    /// Once so many batches have been filled, no other one costs an allocation.
    fn allocates_nothing(options: &RecordsOptions, rounds: u64, what: &str) {
        let context = Context {
            seed: 1,
            stream: "s".to_owned(),
            start_unix_nanos: 0,
            event_times: Arc::new(records::Steps(1000)),
        };
        let template = Arc::new(Template::compile(options, &context).unwrap());
        let mut writer = template.writer();
        let mut batch = Batch::with_capacity(BatchId(0), 256, 256 * (template.max_size() + 64));
        let mut fill = |first: u64| {
            batch.begin(first, 1);
            for at in 0..256 {
                batch.push_due(Nanos(at));
            }
            writer.fill(&mut batch);
        };
        for round in 0..rounds {
            fill(round * 256);
        }
        let region = Region::new(COUNTING);
        for round in rounds..rounds + 100 {
            fill(round * 256);
        }
        let change = region.change();
        assert_eq!(
            (change.allocations, change.reallocations),
            (0, 0),
            "{what}, key {:?}: {change:?}",
            options.key
        );
    }
}
