//! Memory that can't be had.

use std::process::Command;

use super::{DISCARD, Place, Said};

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
}
