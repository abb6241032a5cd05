//! Memory that can't be had.

use std::process::Command;

use super::{DISCARD, Place, Said, Started};

#[test]
fn it_is_told_and_ends_with_an_exit_code() {
    let place = Place::new();
    let large = DISCARD
        .replace(
            "    firstName: first_name\n",
            "    notes: {pad: {to: 64 KiB}}\n",
        )
        .replace("hold: {rate: 1k/s, count: 200}", "unpaced: {count: 60000}")
        .replace("latency: 1ms", "latency: 10m");
    place.write(
        "large.yaml",
        large + "run: {in_flight: 60000, in_flight_bytes: 3 GiB}\n",
    );
    let hydrant = place.command(&["run", "large.yaml", "--out", "out"]);
    let mut shell = Command::new("sh");
    // In KiB: enough for the program itself, and less than what is in flight.
    shell
        .args(["-c", "ulimit -v 1000000; exec \"$@\"", "sh"])
        .arg(hydrant.get_program())
        .args(hydrant.get_args())
        .current_dir(place.path("."))
        .env_clear()
        .env("PATH", "/usr/bin:/bin");
    let said = Said::from(shell.output().unwrap());
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.err
            .contains("error: out of memory: the system has no "),
        "{}",
        said.err
    );
    assert!(
        said.err.contains("help: a smaller `run.in_flight_bytes`"),
        "{}",
        said.err
    );
    assert!(!place.path("out/.reserve").exists());
    // It could be seen ahead.
    let ahead = "warning: records in flight may need ";
    assert!(said.err.contains(ahead), "{}", said.err);
}

/// What a library that is written in C does without memory, librdkafka for one.
#[test]
fn an_abort_is_told_as_what_it_comes_from_and_what_was_known_stays() {
    let place = Place::new();
    place.write("endless.yaml", DISCARD.replace(", count: 200", ""));
    for is_exhausted in [true, false] {
        let out = format!("out-{is_exhausted}");
        let mut hydrant = place.command(&["run", "endless.yaml", "--out", &out]);
        let started = Started::and_says(&mut hydrant, "in flight");
        if is_exhausted {
            // Less than it has: there is no more for anybody in this process.
            let mut limit = Command::new("prlimit");
            limit.args(["--as=100000000", "--pid", &started.id().to_string()]);
            assert!(limit.status().unwrap().success());
        }
        started.signal("ABRT");
        let said = started.end();
        assert_eq!(said.code, if is_exhausted { 1 } else { -1 }, "{said:?}");
        let told = "error: out of memory: ";
        assert_eq!(said.err.contains(told), is_exhausted, "{}", said.err);
        let progress = std::fs::read(place.path(&out).join("progress.json")).unwrap();
        let progress: serde_json::Value = serde_json::from_slice(&progress).unwrap();
        let acknowledged = progress["streams"]["small"]["acknowledged"].as_u64();
        assert!(acknowledged > Some(0), "{progress}");
    }
}
