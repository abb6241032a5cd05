//! Sizes from a distribution, and text that is compressible to a degree.

#[cfg(test)]
mod sizes {
    use std::io::Write as _;
    use std::sync::Arc;

    use options::Location;
    use records::{Context, RecordsOptions, Template};
    use serde_json::{Value, json};

    fn read(fields: &Value) -> (RecordsOptions, Vec<String>) {
        let options: RecordsOptions = serde_json::from_value(json!({ "fields": fields })).unwrap();
        let mut problems = Vec::new();
        options.problems(&Location::root(), &mut problems);
        let told = problems
            .iter()
            .map(|it| format!("{}: {}", it.at, it.message));
        (options, told.collect())
    }

    fn made(fields: &Value, count: u64) -> Vec<Vec<u8>> {
        let (options, problems) = read(fields);
        assert_eq!(problems, Vec::<String>::new());
        let context = Context {
            seed: 3,
            stream: "sizes".to_owned(),
            start_unix_nanos: 0,
            event_times: Arc::new(records::Steps(1_000_000)),
        };
        let template = Template::compile(&options, &context).unwrap();
        let record = |n| {
            let mut bytes = Vec::new();
            template.record(n, &mut bytes);
            bytes
        };
        (0..count).map(record).collect()
    }

    /// A record is as large as its distribution says, whatever else is in it: half are below the median, within 4
    /// standard deviations of a binomial distribution.
    #[test]
    fn records_are_as_large_as_their_distribution_says() {
        let log_normal = json!({"log_normal": {"median": 1000, "sigma": 0.7}});
        let fields = json!({"id": "record_id", "name": "name",
            "pad": {"pad": {"to": {"min": "400 B", "max": "8 KB", "distribution": log_normal}}}});
        let sizes: Vec<usize> = made(&fields, 10_000).iter().map(Vec::len).collect();
        assert!(sizes.iter().all(|size| (400..=8_000).contains(size)));
        let below = sizes.iter().filter(|size| **size < 1_000).count() as f64;
        // What is cut off below 400 bytes is a tenth of all, and what is above 8 KB is next to nothing.
        let cut = 0.0953;
        let expected = 10_000.0 * (0.5 - cut) / (1.0 - cut);
        assert!(
            (below - expected).abs() < 4.0 * 50.0,
            "{below} of {expected}"
        );
        let even = json!({"text": {"text": {"size": {"min": "10 B", "max": "19 B"}}}});
        let mut counts = [0.0f64; 10];
        for record in made(&even, 10_000) {
            let record: Value = serde_json::from_slice(&record).unwrap();
            counts[record["text"].as_str().unwrap().len() - 10] += 1.0;
        }
        // Chi-square with nine degrees of freedom, level 0.001.
        let square: f64 = counts
            .iter()
            .map(|count| (count - 1_000.0).powi(2) / 1_000.0)
            .sum();
        assert!(square < 27.88, "{counts:?}");
    }

    /// What gzip and zstd leave of a batch is what is said, within 5 percentage points.
    #[test]
    fn text_is_compressible_to_a_degree() {
        for percent in [25.0, 40.0, 60.0, 80.0, 95.0] {
            let fields =
                json!({"body": {"text": {"size": "2 KiB", "compressible": format!("{percent}%")}}});
            let batch = made(&fields, 200).concat();
            let mut gzip =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            gzip.write_all(&batch).unwrap();
            let gzip = gzip.finish().unwrap();
            let zstd = zstd::bulk::compress(&batch, 3).unwrap();
            for (name, compressed) in [("gzip", gzip), ("zstd", zstd)] {
                let smaller = 100.0 - 100.0 * compressed.len() as f64 / batch.len() as f64;
                assert!(
                    (smaller - percent).abs() < 5.0,
                    "{name}: {smaller} for {percent}"
                );
            }
        }
    }

    #[test]
    fn mistakes_are_told_where_they_are() {
        let (_, told) = read(&json!({
            "a": {"text": {"size": {"min": "2 KiB", "max": "1 KiB"}}},
            "b": {"text": {"size": "100 GiB"}},
            "c": {"text": {"size": {"min": "1 B", "max": "1 KiB", "distribution": {"normal": {"mean": 5000, "deviation": 1}}}}},
            "d": {"text": {"size": "1 KiB", "compressible": "10%"}},
            "e": {"pad": {"to": {"min": "1 B", "max": "100 GiB"}}},
        }));
        insta::assert_snapshot!(told.join("\n"));
    }
}
