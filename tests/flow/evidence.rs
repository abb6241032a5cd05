//! A run never removes what its numbers rest on, and nothing that it did not make.

use sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use super::{scenario, variables};
use crate::cli::{Place, Said};

struct Stage {
    sandbox: Sandbox,
    place: Place,
}

impl Stage {
    fn new(records: u64, more: &str) -> Stage {
        let stage = Stage {
            sandbox: Sandbox::start(SandboxOptions::default()).unwrap(),
            place: Place::new(),
        };
        let text = scenario(records, "15s");
        stage.place.write("whole.yaml", format!("{text}{more}"));
        stage
    }

    fn hydrant(&self, words: &[&str]) -> Said {
        let mut command = self.place.command(words);
        Said::from(command.envs(variables(&self.sandbox)).output().unwrap())
    }

    fn count(&self) -> usize {
        let objects = self.sandbox.objects();
        objects.iter().map(|(_, count)| count).sum()
    }

    /// The command that the run named removes all that there is.
    fn removed_as_told(&self, said: &Said) {
        let command = "hydrant flow destroy whole.yaml";
        assert!(said.err.contains(command), "{}", said.err);
        let removed = self.hydrant(&["flow", "destroy", "whole.yaml", "--yes"]);
        assert_eq!((removed.code, self.count()), (0, 0), "{removed:?}");
    }
}

#[test]
fn what_lost_records_is_still_there_to_be_looked_at() {
    let stage = Stage::new(1000, "");
    stage.sandbox.landing_faults().lose_every(400);
    stage.sandbox.landing_faults().refuse_every(300);
    let said = stage.hydrant(&["run", "whole.yaml", "--out", "out"]);
    assert_eq!(said.code, 97, "{said:?}");
    assert_eq!(stage.count(), 7);
    for words in [
        "it stays with its dataset",
        "`hydrant flow verify out` looks again",
        "left      dataset whole",
    ] {
        assert!(said.err.contains(words), "no {words}: {}", said.err);
    }
    let summary = stage.place.summary("out").to_string();
    assert!(summary.contains("it stays with its dataset"), "{summary}");
    let later = stage.hydrant(&["flow", "verify", "out", "--json"]);
    assert_eq!(later.code, 97, "{later:?}");
    let later: Value = serde_json::from_str(&later.out).unwrap();
    let landed = &later["streams"]["whole"]["landed"];
    assert_eq!(
        (&landed["lost"], &landed["refused"]),
        (&2.into(), &3.into()),
        "{later}"
    );
    // Whoever looks twice leaves it to the first: it is somebody's evidence.
    stage.sandbox.landing_faults().lose_every(0);
    stage.sandbox.landing_faults().refuse_every(0);
    let again = stage.hydrant(&["run", "whole.yaml", "--out", "again"]);
    assert!(again.is_fine(), "{again:?}");
    assert_eq!(stage.count(), 7);
    stage.removed_as_told(&said);
}

#[test]
fn what_a_threshold_allows_is_no_evidence() {
    let more = "thresholds:\n  - refused <= 10\n";
    let stage = Stage::new(500, more);
    stage.sandbox.landing_faults().refuse_every(100);
    let said = stage.hydrant(&["run", "whole.yaml", "--out", "out"]);
    assert!(said.is_fine(), "{said:?}");
    assert_eq!(stage.place.summary("out")["landed"]["refused"], 5);
    assert_eq!(stage.count(), 0);
}

#[test]
fn a_verification_that_fails_can_be_made_up_for() {
    let stage = Stage::new(100, "");
    let fault = "GET export/batches: 403 always";
    stage.sandbox.faults().inject(fault.parse().unwrap());
    let said = stage.hydrant(&["run", "whole.yaml", "--out", "out"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert_eq!(stage.count(), 7);
    stage.sandbox.faults().clear();
    let later = stage.hydrant(&["flow", "verify", "out"]);
    assert_eq!(later.code, 0, "{later:?}");
    stage.removed_as_told(&said);
}
