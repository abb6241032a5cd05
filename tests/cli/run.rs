//! `hydrant run`, to a destination that needs nothing.

use std::fs;

use serde_json::Value;

use super::{DISCARD, Place, Started, scenario, unhurried};

#[test]
fn leaves_everything_in_its_result_directory() {
    let place = Place::new();
    place.write("small.yaml", unhurried());
    let said = place.hydrant(&[
        "run",
        "small.yaml",
        "--out",
        "out",
        "--junit",
        "j.xml",
        "--markdown",
        "m.md",
    ]);
    assert!(said.is_fine(), "{said:?}");
    assert!(
        said.out.contains("200") && said.out.contains("p99"),
        "{}",
        said.out
    );
    let mut names: Vec<_> = fs::read_dir(place.path("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for name in [
        "environment.json",
        "intervals.csv",
        "latency.hlog",
        "report.html",
        "scenario.yaml",
        "summary.json",
    ] {
        assert!(
            names.iter().any(|seen| seen == name),
            "{name} is not among {names:?}"
        );
    }
    assert!(names.iter().all(|name| !name.starts_with('.')), "{names:?}");
    let summary = place.summary("out");
    assert_eq!(summary["counts"]["scheduled"], 200);
    assert_eq!(summary["counts"]["acknowledged"], 200);
    assert_eq!(summary["latency"]["response"]["count"], 200);
    assert_eq!(summary["verdict"]["status"], "passed");
    assert!(
        fs::read_to_string(place.path("j.xml"))
            .unwrap()
            .contains("<testsuite")
    );
    assert!(
        fs::read_to_string(place.path("m.md"))
            .unwrap()
            .contains("200")
    );

    let again = place.hydrant(&["run", "small.yaml", "--out", "out"]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("never overwritten"), "{}", again.err);
}

#[test]
fn the_scenario_as_run_runs_again() {
    let place = Place::new();
    place.write("small.yaml", unhurried());
    assert_eq!(
        place
            .hydrant(&[
                "run",
                "small.yaml",
                "--out",
                "a",
                "--count",
                "50",
                "--seed",
                "5"
            ])
            .code,
        0
    );
    let again = place.path("a").join("scenario.yaml");
    assert_eq!(
        place
            .hydrant(&["run", again.to_str().unwrap(), "--out", "b"])
            .code,
        0
    );
    let (a, b) = (place.summary("a"), place.summary("b"));
    assert_eq!(a["counts"], b["counts"]);
    assert_eq!((&a["seed"], &b["seed"]), (&Value::from(5), &Value::from(5)));
}

#[test]
fn json_is_the_only_thing_on_stdout() {
    let place = Place::new();
    place.write("small.yaml", unhurried());
    let said = place.hydrant(&["run", "small.yaml", "--json"]);
    let printed: Value = serde_json::from_str(&said.out).unwrap();
    let runs: Vec<_> = fs::read_dir(place.path("runs")).unwrap().collect();
    assert_eq!(runs.len(), 1);
    let directory = runs[0].as_ref().unwrap().path();
    let written: Value =
        serde_json::from_slice(&fs::read(directory.join("summary.json")).unwrap()).unwrap();
    assert_eq!(printed, written);
}

/// On a busy machine records leave late; the run says so, and is invalid only if it was to measure time.
#[test]
fn a_busy_machine_fails_a_measurement_and_nothing_else() {
    let place = Place::new();
    // Four seconds, on a machine that stands still for a part of them.
    let busy = DISCARD.replace("rate: 1k/s, count: 200", "rate: 5k/s, count: 20000");
    place.write("smoke.yaml", &busy);
    place.write("measure.yaml", format!("{busy}run: {{measure: true}}\n"));
    for (name, code) in [("smoke", 0), ("measure", 96)] {
        let file = format!("{name}.yaml");
        let started = Started::and_says(
            &mut place.command(&["run", &file, "--out", name]),
            "in flight",
        );
        started.signal("STOP");
        std::thread::park_timeout(std::time::Duration::from_millis(800));
        started.signal("CONT");
        let said = started.end();
        assert_eq!(said.code, code, "{said:?}");
        let summary = place.summary(name);
        let verdict = &summary["verdict"];
        assert_eq!(
            (&verdict["timing_valid"], &verdict["valid"]),
            (&false.into(), &(code == 0).into())
        );
        assert!(
            said.out.contains("these times are not to be trusted"),
            "{}",
            said.out
        );
        assert_eq!(summary["counts"]["acknowledged"], 20_000, "{summary}");
    }
}

#[test]
fn what_a_rate_means_for_several_streams_is_said() {
    let place = Place::new();
    let (head, stream) = DISCARD.split_once("destination:").unwrap();
    let stream = format!("destination:{stream}").replace('\n', "\n    ");
    let one = |name: &str| format!("  {name}:\n    {}\n", stream.trim_end());
    place.write(
        "two.yaml",
        format!("{head}streams:\n{}{}", one("a"), one("b")),
    );
    let words = [
        "run", "two.yaml", "--rate", "100/s", "--count", "20", "--out", "out",
    ];
    let said = place.hydrant(&words);
    assert_eq!(said.code, 0, "{said:?}");
    for words in [
        "`--rate 100/s` holds for each of the 2 streams: 200/s in all",
        "`--count 20` holds for each of the 2 streams: 40 records in all",
        "all: ",
    ] {
        assert!(said.err.contains(words), "{words}: {}", said.err);
    }
    // The numbers of all of them stand above those of each.
    let (all, each) = said.out.split_once("── a").unwrap();
    assert!(all.contains("40") && !each.contains(" 40 "), "{}", said.out);
}

#[test]
fn quiet_is_silent() {
    let place = Place::new();
    place.write("small.yaml", unhurried());
    let said = place.hydrant(&["run", "small.yaml", "--quiet"]);
    assert_eq!(
        (said.code, said.out.as_str(), said.err.as_str()),
        (0, "", "")
    );
}

#[test]
fn a_threshold_that_is_missed_is_in_the_exit_code() {
    let place = Place::new();
    place.write(
        "strict.yaml",
        format!("{}thresholds:\n  - response p50 < 1us\n", unhurried()),
    );
    let said = place.hydrant(&["run", "strict.yaml", "--out", "out"]);
    assert_eq!(said.code, 99, "{said:?}");
    assert_eq!(
        place.summary("out")["verdict"]["status"],
        "threshold_missed"
    );
    assert_eq!(place.summary("out")["thresholds"][0]["passed"], false);
}

#[test]
fn a_place_that_can_not_be_written_to_ends_the_run_before_it_begins() {
    let place = Place::new();
    place.write("small.yaml", DISCARD);
    let said = place.hydrant(&["run", "small.yaml", "--out", "/proc/hydrant"]);
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("/proc/hydrant") && said.err.contains("--out DIR"),
        "{}",
        said.err
    );
    assert_eq!(said.out, "");
}

#[test]
fn a_broker_that_is_not_there_is_told_before_the_first_record() {
    let place = Place::new();
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    place.write(
        "gone.yaml",
        DISCARD.replace(
            "discard: {latency: 1ms}",
            &format!("kafka: {{bootstrap_servers: \"{gone}\", topic: profiles}}"),
        ),
    );
    let said = place.hydrant(&["run", "gone.yaml"]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(said.err.contains(&gone.to_string()), "{}", said.err);
    assert!(said.err.contains("help:"), "{}", said.err);
}

#[test]
fn the_dry_run_of_ours_runs() {
    let place = Place::new();
    let said = place.hydrant(&[
        "run",
        &scenario("discard-dry-run.yaml"),
        "--for",
        "1s",
        "--out",
        "out",
    ]);
    assert!(
        place.summary("out")["counts"]["acknowledged"].as_u64() > Some(0),
        "{said:?}"
    );
}
