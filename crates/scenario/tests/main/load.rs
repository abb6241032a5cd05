//! Loads of every shape, from the file to what runs.

use std::fs;

use pacing::Schedule as _;
use scenario::{Overrides, Resolved, Target};

fn unset(_: &str) -> Option<String> {
    None
}

fn resolved(load: &str, files: &[(&str, &str)], overrides: &Overrides) -> Result<Resolved, String> {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let path = directory.path().join("s.yaml");
    let text = format!(
        "version: 1\ndestination: {{discard: {{}}}}\nrecords: {{fields: {{id: record_id}}}}\n{load}"
    );
    fs::write(&path, text).unwrap();
    scenario::load(&path, &unset, Target::Real)
        .and_then(|loaded| loaded.resolve(overrides, None))
        .map_err(|wrong| {
            let place = directory.path().display().to_string();
            wrong.to_string().replace(&place, "")
        })
}

const CURVE: &str = "load:\n  - curve: {file: data/traffic.csv, scale_time: 0.1}\n";

#[test]
fn a_curve_is_read_beside_the_scenario_and_kept_with_the_results() {
    let files = [("data/traffic.csv", "time,rate\n0,100\n100,300\n")];
    let first = resolved(CURVE, &files, &Overrides::default()).unwrap();
    assert_eq!(first.streams[0].load.total(), Some(2_000));
    assert_eq!(first.data_files.len(), 1);
    // What the result directory has: the scenario as it ran, and the file beside it.
    let kept = &first.data_files[0];
    assert_eq!(
        (kept.name.as_str(), &kept.bytes[..]),
        ("traffic.csv", files[0].1.as_bytes())
    );
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(&kept.name), &kept.bytes).unwrap();
    let path = directory.path().join("scenario.yaml");
    fs::write(&path, &first.as_run).unwrap();
    let again = scenario::load(&path, &unset, Target::Real).unwrap();
    let again = again.resolve(&Overrides::default(), None).unwrap();
    let due = |resolved: &Resolved| {
        let load = &resolved.streams[0].load;
        (0..2_000).map(|n| load.due(n)).collect::<Vec<_>>()
    };
    assert_eq!(due(&first), due(&again));
}

#[test]
fn a_file_that_is_missing_or_wrong_is_reported_with_everything_else() {
    let load = format!("{CURVE}  - hold: {{rate: 0/s, for: 1s}}\n");
    insta::assert_snapshot!(resolved(&load, &[], &Overrides::default()).unwrap_err());
    let files = [("data/traffic.csv", "time,rate\n0,100\n100,-3\n90,4\n")];
    insta::assert_snapshot!(resolved(&load, &files, &Overrides::default()).unwrap_err());
}

#[test]
fn mistakes_in_phases_are_found_where_they_are() {
    let load = "\
load:
  - ramp: {from: 0/s, to: 1k/s, over: 10s, shape: exponential}
  - steps: {from: 1k/s, to: 2k/s, each: 0s}
  - spike: {to: 5k/s, over: 0s}
  - wave: {mean: 1k/s, amplitude: 2k/s, period: 1m}
  - pause: 0s
  - repeat: {times: 0, load: [{unpaced: {}}, {hold: {rate: 1/s}}]}
";
    insta::assert_snapshot!(resolved(load, &[], &Overrides::default()).unwrap_err());
    let wave = "load: [{wave: {mean: 1k/s, amplitude: 2k/s, period: 1m, for: 1h}}]\n";
    insta::assert_snapshot!(resolved(wave, &[], &Overrides::default()).unwrap_err());
}

/// `--rate`, `--for` and `--count` with every shape.
#[test]
fn the_command_line_changes_every_shape() {
    let files = [("t.csv", "time,rate\n0,100\n10,300\n")];
    for (load, longer) in [
        ("hold: {rate: 200/s, for: 10s}", 4_000),
        (
            "ramp: {from: 100/s, to: 300/s, over: 10s, shape: s_curve}",
            5_000,
        ),
        ("steps: {from: 100/s, to: 300/s, steps: 5, each: 2s}", 5_000),
        (
            "wave: {mean: 200/s, amplitude: 100/s, period: 2s, for: 10s}",
            4_000,
        ),
        (
            "repeat: {times: 5, load: [{hold: {rate: 400/s, for: 1s}}, {pause: 1s}]}",
            4_000,
        ),
        ("curve: {file: t.csv}", 5_000),
    ] {
        let text = format!("load:\n  - {load}\n");
        let with = |overrides: Overrides| {
            let resolved =
                resolved(&text, &files, &overrides).unwrap_or_else(|wrong| panic!("{wrong}"));
            let load = &resolved.streams[0].load;
            (load.total(), load.end().map(batch::Nanos::as_secs_f64))
        };
        let none = Overrides::default();
        assert_eq!(with(none), (Some(2_000), Some(10.0)), "{load}");
        let for_ = Some("20s".parse().unwrap());
        assert_eq!(
            with(Overrides { for_, ..none }),
            (Some(longer), Some(20.0)),
            "{load}"
        );
        let for_ = Some("1s".parse().unwrap());
        let (total, end) = with(Overrides { for_, ..none });
        assert!(
            (100..=400).contains(&total.unwrap()) && end == Some(1.0),
            "{load}: {total:?}"
        );
        assert_eq!(
            with(Overrides {
                count: Some(50),
                ..none
            })
            .0,
            Some(50),
            "{load}"
        );
        assert_eq!(
            with(Overrides {
                count: Some(9_000),
                ..none
            })
            .0,
            Some(9_000),
            "{load}"
        );
        let rate = Some("10/s".parse().unwrap());
        assert_eq!(
            with(Overrides { rate, ..none }),
            (Some(100), Some(10.0)),
            "{load}"
        );
    }
}

#[test]
fn arrivals_spread_records_and_change_no_totals() {
    let load = "load: [hold: {rate: 1k/s, for: 2s}]\n";
    let due = |more: &str| {
        let resolved = resolved(&format!("{load}{more}"), &[], &Overrides::default()).unwrap();
        let load = &resolved.streams[0].load;
        assert_eq!(load.total(), Some(2_000), "{more}");
        (0..2_000)
            .map(|n| load.due(n).unwrap().0)
            .collect::<Vec<_>>()
    };
    let even = due("");
    assert_eq!(due("arrivals: even\n"), even);
    let poisson = due("arrivals: poisson\n");
    assert!(poisson != even && poisson.is_sorted());
    assert_eq!(due("arrivals: poisson\n"), poisson);
    let bursts = due("arrivals: {bursts: {of: 50}}\n");
    assert_eq!((bursts[49], bursts[50]), (0, even[50]));
    let jitter = due("jitter: 10ms\n");
    assert!(jitter != even && jitter.is_sorted());
    assert!(
        jitter
            .iter()
            .zip(&even)
            .all(|(moved, due)| moved.abs_diff(*due) < 10_000_000)
    );
}

#[test]
fn arrivals_that_make_no_sense_are_reported_at_their_places() {
    let load = "load: [hold: {rate: 1k/s, for: 2s}]\n";
    for more in [
        "arrivals: {bursts: {of: 1}}\njitter: 2h\n",
        "arrivals: {bursts: {of: 5, every: 1s}}\n",
        "arrivals: sometimes\n",
    ] {
        let wrong = resolved(&format!("{load}{more}"), &[], &Overrides::default()).unwrap_err();
        insta::assert_snapshot!(wrong);
    }
}

#[test]
fn the_schema_of_a_format_is_read_beside_the_scenario() {
    let schema =
        r#"{"type": "record", "name": "Id", "fields": [{"name": "id", "type": "string"}]}"#;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s.yaml");
    let text = "version: 1\ndestination: {discard: {}}\nload: [hold: {rate: 1/s, for: 1s}]\n\
                records:\n  format: {avro: {schema: {file: id.avsc}, framing: raw}}\n  fields: {id: record_id}\n";
    fs::write(&path, text).unwrap();
    let load = || scenario::load(&path, &unset, Target::Real).map_err(|wrong| wrong.to_string());
    let missing = load().unwrap_err();
    assert!(
        missing.contains("id.avsc") && missing.contains("No such file"),
        "{missing}"
    );
    fs::write(directory.path().join("id.avsc"), "{\n nothing").unwrap();
    let broken = load().unwrap_err();
    assert!(broken.contains("line 2, column 2"), "{broken}");
    fs::write(directory.path().join("id.avsc"), schema).unwrap();
    let loaded = load().unwrap();
    // The result has the schema itself.
    let resolved = loaded.resolve(&Overrides::default(), None).unwrap();
    assert!(resolved.as_run.contains("name: Id"), "{}", resolved.as_run);
}
