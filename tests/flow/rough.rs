//! A platform that throttles, shows what is new only later, lands late, out of order, in several files
//! and in every codec, replaces batches, and refuses for every reason there is: the numbers are exact
//! all the same.

use std::time::Duration;

use sandbox::{LandingOptions, Sandbox, SandboxOptions};

use super::{scenario, variables};
use crate::cli::{Place, Said};

const RECORDS: u64 = 2_000;
const LOSE: u64 = 97;
const REFUSE: u64 = 101;

#[test]
fn a_rough_platform_is_got_along_with() {
    let sandbox = Sandbox::start(SandboxOptions {
        rate_limit: Some(60.0),
        settle: Duration::from_millis(300),
        landing: LandingOptions {
            delay: Duration::from_millis(300),
            jitter: Duration::from_millis(900),
            batch_rows: 150,
            files: 3,
            compact_every: 4,
            lose_every: LOSE,
            refuse_every: REFUSE,
            ..LandingOptions::default()
        },
        faults: vec![
            "POST flows: 503 once".parse().unwrap(),
            "GET files: reset after every 9".parse().unwrap(),
            "GET batches: 429 every 4".parse().unwrap(),
        ],
        ..SandboxOptions::default()
    })
    .unwrap();
    let place = Place::new();
    place.write("whole.yaml", scenario(RECORDS, "10s"));
    let words = ["run", "whole.yaml", "--out", "out"];
    let mut command = place.command(&words);
    let said = Said::from(command.envs(variables(&sandbox)).output().unwrap());
    // Records were lost, and that is what it says.
    assert_eq!(said.code, 97, "{said:?}");
    let landed = &place.summary("out")["landed"];
    let (lost, refused) = (RECORDS / LOSE, RECORDS / REFUSE);
    let number = |name: &str| landed[name].as_u64();
    assert_eq!(number("lost"), Some(lost), "{landed}");
    assert_eq!(number("refused"), Some(refused), "{landed}");
    assert_eq!(number("landed"), Some(RECORDS - lost - refused), "{landed}");
    for name in ["duplicated", "corrupted", "unexpected"] {
        assert_eq!(number(name), Some(0), "{landed}");
    }
    // What was lost is not made worse: the flow and its dataset are there to be looked at.
    assert!(
        said.err.contains("it stays with its dataset"),
        "{}",
        said.err
    );
    let mut command = place.command(&["flow", "destroy", "whole.yaml", "--yes"]);
    let removed = Said::from(command.envs(variables(&sandbox)).output().unwrap());
    assert_eq!(removed.code, 0, "{removed:?}");
    let left: Vec<_> = sandbox
        .objects()
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .collect();
    assert!(left.is_empty(), "left are {left:?}");
}

/// Why records were refused is asked for until there is an answer, and then nothing counts twice.
#[test]
fn the_list_of_refused_records_is_asked_for_again() {
    for call in ["GET /failed?limit", "GET /failed?path"] {
        let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
        sandbox.landing_faults().refuse_every(10);
        // As often as a call is tried, twice: two looks come to nothing.
        let fault = format!("{call}: 429 14 times");
        sandbox.faults().inject(fault.parse().unwrap());
        let place = Place::new();
        place.write("whole.yaml", scenario(100, "1m"));
        let mut command = place.command(&["run", "whole.yaml", "--out", "out"]);
        let said = Said::from(command.envs(variables(&sandbox)).output().unwrap());
        assert_eq!(said.code, 97, "{call}: {said:?}");
        assert!(
            said.err.contains("it is tried again"),
            "{call}: {}",
            said.err
        );
        let landed = &place.summary("out")["landed"];
        for (name, wanted) in [
            ("refused", 10),
            ("landed", 90),
            ("lost", 0),
            ("duplicated", 0),
        ] {
            assert_eq!(landed[name], wanted, "{call}: {name}: {landed}");
        }
        let left = sandbox.faults().take_calls();
        let asked = left.iter().filter(|it| it.contains("/failed?")).count();
        assert!(asked > 14, "{call}: {left:?}");
    }
}
