use std::path::Path;

use batch::Nanos;
use options::{Location, Problems};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{Load, Phase, Schedule as _, Stop, read_files};

/// The load of a curve with these options, and its file.
fn load(options: &Value, csv: &str) -> Result<Load, Vec<String>> {
    let mut curve = json!({"file": "traffic.csv"});
    let keys = curve.as_object_mut().unwrap();
    keys.extend(options.as_object().unwrap().clone());
    let mut phases: Vec<Phase> = serde_json::from_value(json!([{"curve": curve}])).unwrap();
    let mut problems = Problems::new();
    let at = Location::root().join("load");
    let mut read = |path: &Path| {
        assert_eq!(path, Path::new("traffic.csv"));
        Ok(csv.as_bytes().to_vec())
    };
    read_files(&mut phases, &at, &mut read, &mut problems);
    if problems.is_empty() {
        crate::problems(&phases, &at, &mut problems);
    }
    if problems.is_empty() {
        return Ok(Load::compile(&phases, &Stop::default(), 100.0).unwrap());
    }
    let told = |it: &options::Problem| format!("{}: {}", it.at, it.message);
    Err(problems.iter().map(told).collect())
}

#[test]
fn times_and_rates_are_read_however_people_write_them() {
    for csv in [
        "time,rate\n0,100\n10,200\n20,0\n",
        "rate;time\n100;1000\n200;1010\n0;1020\n",
        "# by the minute\ntime\trate\n0s\t100/s\n10s\t200/s\n20s\t0/s\n",
        "\u{feff}Time,Rate\n2026-03-01T09:30:00Z,100\n2026-03-01T10:30:10+01:00,200.0\n2026-03-01T09:30:20Z,0\n",
        "1767225600000,100\n1767225610000,200\n1767225620000,0\n",
        "time,rate\r\n1767225600.5,100\r\n1767225610.500,200\r\n1767225620.5,0\r\n",
    ] {
        let load = load(&json!({}), csv).unwrap_or_else(|told| panic!("{csv}: {told:?}"));
        assert_eq!(load.end(), Some(Nanos::from_secs(20)), "{csv}");
        assert_eq!(load.total(), Some(1_500 + 1_000), "{csv}");
        assert_eq!(load.rate_at(Nanos::from_secs(5)), Some(150.0), "{csv}");
    }
}

#[test]
fn a_curve_is_scaled_in_time_and_in_height() {
    let csv = "when,x,requests\n0,1,100\n10,1,200\n20,1,0\n";
    let columns = json!({"time": "when", "rate": "3", "scale_time": 0.1, "scale_rate": 2.5});
    let linear = load(&columns, csv).unwrap();
    assert_eq!(linear.end(), Some(Nanos::from_secs(2)));
    assert_eq!(linear.total(), Some(625));
    let step = load(
        &json!({"time": "when", "rate": "requests", "interpolate": "step"}),
        csv,
    )
    .unwrap();
    assert_eq!(step.total(), Some(3_000));
    assert_eq!(step.rate_at(Nanos::from_secs(9)), Some(100.0));
}

#[test]
fn every_mistake_in_a_file_has_its_line() {
    let told = |csv: &str| load(&json!({}), csv).unwrap_err().join("\n");
    assert_eq!(
        told(""),
        "load.0.curve.file: traffic.csv: the file is empty"
    );
    assert_eq!(
        told("time,rate\n0,1\n"),
        "load.0.curve.file: traffic.csv: a curve has at least two rows"
    );
    assert_eq!(
        told("time,rate\n0,1\n10,-1\n9,x\n20\n5,1\nsoon,1\n"),
        "load.0.curve.file: traffic.csv:3: the rate `-1` is below 0\n\
         load.0.curve.file: traffic.csv:4: `x` is no rate\n\
         load.0.curve.file: traffic.csv:5: 1 columns, where the first row has 2\n\
         load.0.curve.file: traffic.csv:7: `soon` is no time"
    );
    assert_eq!(
        told("time,rate\n0,1\n10,1\n10,2\n"),
        "load.0.curve.file: traffic.csv:4: `10` is not later than the row before"
    );
    assert_eq!(
        told("time,rate\n0,0\n10,0\n"),
        "load: the load never sends anything"
    );
    let columns = json!({"time": "Tme", "rate": "9"});
    assert_eq!(
        load(&columns, "time,rate\n0,1\n1,1\n").unwrap_err(),
        [
            "load.0.curve.time: traffic.csv: there is no column `Tme`",
            "load.0.curve.rate: traffic.csv: there is no column `9`"
        ]
    );
    let scale = json!({"scale_time": 0, "scale_rate": -1});
    assert_eq!(load(&scale, "0,1\n1,1\n").unwrap_err().len(), 2);
}

proptest! {
    /// Whatever stands in a file, it is a load or there is something to say about it.
    #[test]
    fn no_file_is_too_odd(csv in "([0-9a-z.,;:/\"\\-\t #\n\r]{0,8}[,;\n]){0,20}") {
        match load(&json!({}), &csv) {
            Ok(load) => prop_assert!(load.total().unwrap() > 0),
            Err(told) => prop_assert!(!told.is_empty()),
        }
    }
}
