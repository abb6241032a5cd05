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

/// A run on a small disk of its own, which fills up when the run has begun. The disk lives as long as the
/// shell, and what was written to it is copied to `kept` after the run.
const ON_A_SMALL_DISK: &str = r#"
mkdir disk && mount -t tmpfs -o size="$1" tmpfs disk || exit 77
shift
"$@" & run=$!
until [ -e disk/out/ledger.json ] || ! kill -0 $run 2>/dev/null; do sleep 0.01; done
# As much as there is room for.
cat /dev/zero > disk/filler 2>/dev/null
wait $run; code=$?
cp -r disk/out kept 2>/dev/null
exit $code
"#;

/// `None`, said aloud, where nobody but the administrator may mount a disk.
fn on_a_small_disk(place: &Place, size: &str) -> Option<Said> {
    let hydrant = place.command(&["run", "small.yaml", "--out", "disk/out"]);
    let mut unshare = Command::new("unshare");
    unshare
        .args([
            "--mount",
            "--map-root-user",
            "sh",
            "-c",
            ON_A_SMALL_DISK,
            "sh",
            size,
        ])
        .arg(hydrant.get_program())
        .args(hydrant.get_args())
        .current_dir(place.path("."))
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let may_mount = Command::new("unshare")
        .args([
            "--mount",
            "--map-root-user",
            "mount",
            "-t",
            "tmpfs",
            "tmpfs",
        ])
        .arg(place.path("."))
        .output();
    if !may_mount.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: a disk that is full needs `unshare --mount --map-root-user`");
        return None;
    }
    Some(Said::from(unshare.output().unwrap()))
}

#[test]
fn a_disk_that_fills_up_during_the_run_has_room_for_its_results() {
    let place = Place::new();
    place.write(
        "small.yaml",
        DISCARD.replace(", count: 200", ", count: 2000"),
    );
    let Some(said) = on_a_small_disk(&place, "8m") else {
        return;
    };
    assert_eq!(said.code, 0, "{said:?}");
    let summary = place.summary("kept");
    assert_eq!(summary["counts"]["acknowledged"], 2_000);
    let mut names: Vec<_> = std::fs::read_dir(place.path("kept"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let expected = [
        "environment.json",
        "intervals.csv",
        "junit.xml",
        "latency.hlog",
        "ledger.json",
        "report.html",
        "scenario.yaml",
        "summary.json",
        "summary.md",
    ];
    assert_eq!(names, expected, "{said:?}");
    // The ledger is the first that is written again, and the disk is full by then.
    let ledger = std::fs::read_to_string(place.path("kept/ledger.json")).unwrap();
    assert!(ledger.contains("ended_at"), "{ledger}");
}

#[test]
fn a_disk_that_is_full_at_the_start_ends_the_run_before_its_first_record() {
    let place = Place::new();
    place.write("small.yaml", DISCARD);
    let Some(said) = on_a_small_disk(&place, "2m") else {
        return;
    };
    assert_eq!((said.code, said.out.as_str()), (1, ""), "{said:?}");
    assert!(said.err.contains("help: the disk is full"), "{}", said.err);
    assert!(!place.path("kept").exists(), "{said:?}");
}
