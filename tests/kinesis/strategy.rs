//! Streams that distribute records themselves, with the whole program.

use sandbox::{Sandbox, SandboxOptions};

use crate::cli::{Place, Said};

/// Records without a key, `spread: auto`.
fn place(more: &str) -> Place {
    let scenario = format!(
        "\
version: 1
name: auto
seed: 6
destination:
  kinesis: {{stream: people, spread: auto{more}}}
records:
  fields:
    id: record_id
    firstName: first_name
load:
  - unpaced: {{count: 2000}}
verify:
  read_back: {{within: 1m}}
run: {{lanes: 1}}
"
    );
    let place = Place::new();
    place.write("auto.yaml", scenario);
    place
}

fn assert_even(place: &Place, said: &Said) {
    assert!(said.is_fine(), "{said:?}");
    let summary = place.summary("out");
    let read = &summary["read_back"];
    assert_eq!(read["delivered"], 2_000, "{summary}");
    for none in ["lost", "duplicated", "corrupted", "unexpected"] {
        assert_eq!(read[none], 0, "{none}: {read}");
    }
    for shard in 0..4 {
        let of = |what: &str| &summary["counters"][format!("{what}.shardId-{shard:012}")];
        assert_eq!((of("records"), of("fair")), (&500.into(), &500.into()));
    }
    assert!(summary["remarks"].is_null(), "{summary}");
}

#[test]
fn what_is_made_for_a_run_distributes_itself() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = place(", create: true");
    let run = |words: &[&str]| {
        let mut command = place.command(words);
        Said::from(command.envs(sandbox.env()).output().unwrap())
    };
    assert_even(&place, &run(&["run", "auto.yaml", "--out", "out"]));
    let checked = run(&["check", "--connect", "auto.yaml"]);
    assert_eq!(checked.code, 0, "{checked:?}");
}

#[test]
fn in_the_sandbox_it_does_without_being_asked() {
    let place = place("");
    let said = place.hydrant(&["run", "auto.yaml", "--sandbox", "--out", "out"]);
    assert_even(&place, &said);
}

#[test]
fn one_that_goes_by_keys_is_told_by_the_check_and_before_the_run() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.create_stream("people", 2);
    let place = place("");
    for words in [
        &["check", "--connect", "auto.yaml"][..],
        &["run", "auto.yaml", "--out", "out"],
    ] {
        let mut command = place.command(words);
        let said = Said::from(command.envs(sandbox.env()).output().unwrap());
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.err.contains("USER_PARTITION_KEY"), "{}", said.err);
    }
    assert!(!place.path("out/summary.json").exists(), "nothing was sent");
}
