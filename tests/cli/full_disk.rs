//! No room for the results. A limit on the size of files stands in for a full disk: it needs no
//! privileges, and a write fails in the same way.

use std::process::Command;

use super::{DISCARD, Place, Said, Started};

#[test]
fn no_room_at_the_start_ends_the_run_before_its_first_record() {
    let place = Place::new();
    place.write("small.yaml", DISCARD);
    let hydrant = place.command(&["run", "small.yaml", "--out", "out"]);
    // In blocks of 512 bytes or 1 KiB: a quarter of what is kept in reserve, or half of it.
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "ulimit -f 2048; exec \"$@\"", "sh"])
        .arg(hydrant.get_program())
        .args(hydrant.get_args())
        .current_dir(place.path("."))
        .env_clear()
        .env("PATH", "/usr/bin:/bin");
    let said = Said::from(shell.output().unwrap());
    assert_eq!((said.code, said.out.as_str()), (1, ""), "{said:?}");
    assert!(
        said.err.contains("cannot write `out/.reserve`") && said.err.contains("help:"),
        "{}",
        said.err
    );
}

#[test]
fn no_room_at_the_end_loses_files_and_no_numbers() {
    let place = Place::new();
    place.write(
        "small.yaml",
        DISCARD.replace(", count: 200", ", count: 3000"),
    );
    let mut hydrant = place.command(&["run", "small.yaml", "--out", "out"]);
    let started = Started::and_says(&mut hydrant, "in flight");
    // From now on a file may have a hundred bytes.
    let mut limit = Command::new("prlimit");
    limit.args(["--fsize=100", "--pid", &started.id().to_string()]);
    assert!(limit.status().unwrap().success());
    let Said { out, err, code } = started.end();
    assert_eq!(code, 1, "{err}");
    // All that the files would have said stands in the terminal.
    assert!(out.contains("3,000") && out.contains("p99"), "{out}");
    for file in ["summary.json", "latency.hlog", "report.html"] {
        assert!(err.contains(&format!("cannot write `out/{file}`")), "{err}");
        assert!(
            !place.path("out").join(file).exists(),
            "{file} is there and incomplete"
        );
    }
    let left = std::fs::read_dir(place.path("out")).unwrap();
    let half: Vec<_> = left
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().starts_with('.'))
        .collect();
    assert!(half.is_empty(), "{half:?}");
}
