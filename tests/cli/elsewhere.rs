//! `hydrant sandbox` in one terminal, every scenario in another: nothing passes between them but the
//! variables that the first prints.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use super::scenarios::{self, FLOWS, READ_BACK, STREAMS};
use super::{Place, Said};

/// The sandbox of the other terminal. Ends with this.
struct Terminal {
    child: Child,
    variables: Vec<(String, String)>,
}

impl Terminal {
    fn open(words: &[&str]) -> Terminal {
        let place = Place::new();
        let mut child = place
            .command(&[&["sandbox"], words].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It is ready when it says so.
        let talk = BufReader::new(child.stderr.take().unwrap()).lines();
        let said: Vec<_> = talk
            .map_while(Result::ok)
            .take_while(|line| !line.contains("running until"))
            .collect();
        assert!(said.is_empty(), "{said:?}");
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut variables = Vec::new();
        for line in out.map_while(Result::ok) {
            let (name, value) = line
                .strip_prefix("export ")
                .and_then(|line| line.split_once('='))
                .unwrap_or_else(|| panic!("{line}"));
            let value = value
                .strip_prefix('\'')
                .and_then(|value| value.strip_suffix('\''));
            variables.push((name.to_owned(), value.unwrap().to_owned()));
            if name == "GOOGLE_CLOUD_PROJECT" {
                break;
            }
        }
        Terminal { child, variables }
    }

    fn command(&self, place: &Place, words: &[&str]) -> Command {
        let mut command = place.command(words);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn every_scenario_runs_unchanged_with_the_variables_that_are_printed() {
    let terminal = Terminal::open(&[]);
    for name in [FLOWS, READ_BACK, STREAMS].concat() {
        let place = Place::new();
        let words = scenarios::words(name);
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let said = Said::from(terminal.command(&place, &words).output().unwrap());
        scenarios::went_well(name, &place, &said);
    }
}

#[test]
fn who_has_another_key_can_not_log_in() {
    let terminal = Terminal::open(&[]);
    let place = Place::new();
    let words = [
        "check",
        "--connect",
        &super::scenario("performance-hold.yaml"),
    ];
    let said = Said::from(terminal.command(&place, &words).output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    let name = "EVENT_HUBS_CONNECTION_STRING";
    let strings = terminal.variables.iter().find(|(it, _)| it == name);
    let other = strings
        .unwrap()
        .1
        .replace("sandbox-hubs-key", "another-key");
    let said = terminal.command(&place, &words).env(name, other).output();
    let said = Said::from(said.unwrap());
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("connection string"), "{}", said.err);
    assert!(!said.err.contains("another-key"), "{}", said.err);
}
