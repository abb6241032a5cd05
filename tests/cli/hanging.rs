//! Ctrl-C against a platform that does not answer: every command ends, says how far it got, and leaves a
//! state file to go on from.

use std::io::Read as _;
use std::process::{Child, Stdio};
use std::time::Duration;

use sandbox::{Sandbox, SandboxOptions};

use super::interrupt::signal;
use super::{Place, Said};
use crate::flow::{scenario, variables};

struct Bench {
    sandbox: Sandbox,
    place: Place,
}

impl Bench {
    fn new() -> Bench {
        let bench = Bench {
            sandbox: Sandbox::start(SandboxOptions::default()).unwrap(),
            place: Place::new(),
        };
        bench.place.write("whole.yaml", scenario(10, "1m"));
        bench
    }

    fn run(&self, words: &[&str]) -> Said {
        let mut command = self.place.command(words);
        Said::from(command.envs(variables(&self.sandbox)).output().unwrap())
    }

    /// Starts a command, and returns when the platform has got the call that it will not answer.
    fn hang(&self, words: &[&str], call: &str) -> Child {
        let fault = format!("{call}: delay 10m always");
        self.sandbox.faults().inject(fault.parse().unwrap());
        self.sandbox.faults().take_calls();
        let mut command = self.place.command(words);
        let mut child = command
            .envs(variables(&self.sandbox))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (method, path) = call.split_once(' ').unwrap();
        let mut calls = Vec::new();
        while !calls
            .iter()
            .any(|call: &String| call.starts_with(method) && call.contains(path))
        {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended without {call}: {calls:?}");
            std::thread::park_timeout(Duration::from_millis(5));
            calls.extend(self.sandbox.faults().take_calls());
        }
        child
    }

    /// The same, interrupted then. The platform answers again.
    fn interrupt(&self, words: &[&str], call: &str) -> Said {
        let mut child = self.hang(words, call);
        signal(&child, "-TERM");
        let (mut out, mut err) = (String::new(), String::new());
        child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut out)
            .unwrap();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        let code = child.wait().unwrap().code().unwrap_or(-1);
        self.sandbox.faults().clear();
        Said { out, err, code }
    }

    fn state(&self) -> String {
        let path = self.place.path("whole.hydrant-state.json");
        std::fs::read_to_string(path).unwrap_or_default()
    }

    fn objects(&self) -> usize {
        self.sandbox.objects().iter().map(|(_, count)| count).sum()
    }
}

#[test]
fn a_look_ends() {
    let bench = Bench::new();
    let said = bench.interrupt(&["flow", "plan", "whole.yaml"], "GET schemaregistry");
    assert_eq!(said.code, 105, "{said:?}");
    assert!(said.err.contains("nothing was changed"), "{}", said.err);
    let said = bench.interrupt(&["flow", "status", "whole.yaml"], "GET flowservice/flows");
    assert_eq!(said.code, 105, "{said:?}");
    assert!(said.err.contains("nothing was changed"), "{}", said.err);
}

#[test]
fn a_removal_ends_and_says_what_is_left() {
    let bench = Bench::new();
    assert_eq!(bench.run(&["flow", "apply", "whole.yaml"]).code, 0);
    let destroy = ["flow", "destroy", "whole.yaml", "--yes"];
    let said = bench.interrupt(&destroy, "DELETE dataSets");
    assert_eq!(said.code, 105, "{said:?}");
    assert!(said.err.contains("removed   flow whole"), "{}", said.err);
    assert!(!said.err.contains("left      flow whole"), "{}", said.err);
    assert!(said.err.contains("left      dataset whole"), "{}", said.err);
    assert!(
        said.err.contains("`hydrant flow destroy` goes on"),
        "{}",
        said.err
    );
    assert!(bench.state().contains("dataset"), "{}", bench.state());
    let again = bench.run(&destroy);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!((bench.objects(), bench.state().as_str()), (0, ""));
}

#[test]
fn the_clean_up_of_a_run_ends_and_says_what_is_left() {
    let bench = Bench::new();
    let said = bench.interrupt(&["run", "whole.yaml", "--out", "out"], "DELETE dataSets");
    // Only if the run itself went well.
    assert!([96, 105].contains(&said.code), "{said:?}");
    assert!(said.err.contains("removing nothing more"), "{}", said.err);
    assert!(said.err.contains("left      dataset whole"), "{}", said.err);
    // Its result is told all the same.
    assert_eq!(
        bench.place.summary("out")["landed"]["landed"],
        10,
        "{said:?}"
    );
    let destroyed = bench.run(&["flow", "destroy", "whole.yaml", "--yes"]);
    assert_eq!(destroyed.code, 0, "{destroyed:?}");
    assert_eq!((bench.objects(), bench.state().as_str()), (0, ""));
}

#[test]
fn a_run_that_is_interrupted_before_it_begins_says_what_becomes_of_what_it_made() {
    let bench = Bench::new();
    let run = ["run", "whole.yaml", "--out", "out"];
    let said = bench.interrupt(&run, "POST flowservice/flows");
    assert_eq!(said.code, 105, "{said:?}");
    assert!(
        said.err.contains("what was made for the run is removed"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("goes on from there"), "{}", said.err);
    assert_eq!((bench.objects(), bench.state().as_str()), (0, ""));

    // What an earlier command made is not the run's to remove, as long as nothing was sent.
    assert_eq!(bench.run(&["flow", "apply", "whole.yaml"]).code, 0);
    let (objects, state) = (bench.objects(), bench.state());
    let run = ["run", "whole.yaml", "--out", "again"];
    let said = bench.interrupt(&run, "GET flowservice/flows");
    assert_eq!(said.code, 105, "{said:?}");
    assert!(
        said.err.contains("not what an earlier command made"),
        "{}",
        said.err
    );
    assert!(said.err.contains("it stays"), "{}", said.err);
    assert_eq!((bench.objects(), bench.state()), (objects, state));
}
