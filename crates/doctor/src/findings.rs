//! All looks together, for people and for programs.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use report::ExitCode;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use crate::{Layer, Look, Verdict};

/// What was looked at, layer by layer.
#[derive(Clone, Debug)]
pub struct Report {
    /// The scenario's name, if there is one.
    pub scenario: Option<String>,
    looks: Vec<Look>,
}

/// Where what was found begins: behind the longest verdict that is common.
const INDENT: usize = 10;

impl Report {
    /// The looks in the order of their layers.
    pub fn new(scenario: Option<String>, mut looks: Vec<Look>) -> Report {
        looks.sort_by_key(|look| look.layer);
        Report { scenario, looks }
    }

    /// The worst of all verdicts; what was not looked at is no worse than what kept it from being.
    pub fn verdict(&self) -> Verdict {
        let verdicts = self.looks.iter().map(|look| look.verdict);
        match verdicts.max() {
            None | Some(Verdict::NotLookedAt) => Verdict::Ok,
            Some(worst) => worst,
        }
    }

    /// What the program exits with.
    pub fn exit_code(&self) -> ExitCode {
        match self.verdict() {
            Verdict::Wrong => ExitCode::Failed,
            Verdict::Ok | Verdict::NotLookedAt | Verdict::Remark => ExitCode::Fine,
        }
    }

    /// One after the other.
    pub fn looks(&self) -> &[Look] {
        &self.looks
    }

    /// For programs; see `docs/doctor.md`.
    pub fn to_json(&self) -> Value {
        json!({
            "scenario": self.scenario,
            "verdict": self.verdict(),
            "looks": self.looks,
        })
    }

    /// For people, in so many columns, with colours.
    pub fn render(&self, width: usize) -> String {
        let bold = Style::new().bold();
        let mut out = String::new();
        for layer in Layer::ALL {
            let mut looks = self.looks.iter().filter(|look| look.layer == layer);
            let Some(first) = looks.next() else { continue };
            let _ = writeln!(out, "{bold}{}{bold:#}", layer.words());
            for look in std::iter::once(first).chain(looks) {
                one(look, width, &mut out);
            }
        }
        let _ = writeln!(out, "{}", self.sum());
        out
    }

    /// All of it in a sentence.
    pub fn sum(&self) -> String {
        let count = |verdict| {
            let looks = self.looks.iter();
            looks.filter(|look| look.verdict == verdict).count()
        };
        let (wrong, remarks) = (count(Verdict::Wrong), count(Verdict::Remark));
        let remarks = match remarks {
            0 => String::new(),
            1 => "; 1 remark".to_owned(),
            more => format!("; {more} remarks"),
        };
        match wrong {
            0 => format!("nothing is wrong{remarks}"),
            1 => format!("1 thing is wrong: a run would fail{remarks}"),
            more => format!("{more} things are wrong: a run would fail{remarks}"),
        }
    }
}

fn one(look: &Look, width: usize, out: &mut String) {
    let style = match look.verdict {
        Verdict::Ok => AnsiColor::Green.on_default(),
        Verdict::NotLookedAt => Style::new().dimmed(),
        Verdict::Remark => AnsiColor::Yellow.on_default().bold(),
        Verdict::Wrong => AnsiColor::Red.on_default().bold(),
    };
    let word = match look.verdict {
        Verdict::NotLookedAt => "-",
        verdict => verdict.words(),
    };
    let unseen = if look.verdict == Verdict::NotLookedAt {
        "not looked at: "
    } else {
        ""
    };
    let text = format!("{}: {unseen}{}", look.title(), look.found);
    let _ = write!(
        out,
        "  {style}{word}{style:#}{:blank$}",
        "",
        blank = INDENT - 2 - word.len()
    );
    wrapped(&text, width, out);
    if let Some(help) = &look.help {
        let _ = write!(out, "{:INDENT$}", "");
        wrapped(&format!("help: {help}"), width, out);
    }
}

/// The text, with breaks between words where a line is full; every further line is indented.
fn wrapped(text: &str, width: usize, out: &mut String) {
    let room = width.max(INDENT + 30) - INDENT;
    let mut used = 0;
    for word in text.split(' ') {
        let wide = word.width();
        if used > 0 && used + 1 + wide > room {
            let _ = write!(out, "\n{:INDENT$}", "");
            used = 0;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += wide;
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let network = |what: &str, found: &str| Look::new(Layer::Network, what, found);
        Report::new(
            Some("profiles".to_owned()),
            vec![
                network("brokers kafka:9092", "nobody answers at 10.0.0.1: connection refused").wrong(
                    "is the server running, and does a firewall let you through? Then there is more to say about \
                     it, so that a line breaks",
                ),
                Look::new(Layer::Machine, "versions", "hydrant 0.1.0"),
                Look::new(Layer::Destination, "topic", "brokers kafka:9092 can't be reached")
                    .of("profiles")
                    .not_looked_at(),
                Look::new(Layer::Machine, "load", "others use 1.5 of 2 CPUs").remark("stop them"),
            ],
        )
    }

    /// Without its colours.
    fn plain(text: &str) -> String {
        let mut out = String::new();
        let mut parts = text.split('\u{1b}');
        out.push_str(parts.next().unwrap_or_default());
        for part in parts {
            out.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
        }
        out
    }

    #[test]
    fn layers_come_in_order_and_causes_before_symptoms() {
        insta::assert_snapshot!(plain(&report().render(80)), @r"
        machine
          ok      versions: hydrant 0.1.0
          remark  load: others use 1.5 of 2 CPUs
                  help: stop them
        network
          wrong   brokers kafka:9092: nobody answers at 10.0.0.1: connection refused
                  help: is the server running, and does a firewall let you through? Then
                  there is more to say about it, so that a line breaks
        destination
          -       profiles: topic: not looked at: brokers kafka:9092 can't be reached
        1 thing is wrong: a run would fail; 1 remark
        ");
    }

    #[test]
    fn programs_get_the_same() {
        insta::assert_json_snapshot!(report().to_json(), @r#"
        {
          "scenario": "profiles",
          "verdict": "wrong",
          "looks": [
            {
              "layer": "machine",
              "what": "versions",
              "verdict": "ok",
              "found": "hydrant 0.1.0"
            },
            {
              "layer": "machine",
              "what": "load",
              "verdict": "remark",
              "found": "others use 1.5 of 2 CPUs",
              "help": "stop them"
            },
            {
              "layer": "network",
              "what": "brokers kafka:9092",
              "verdict": "wrong",
              "found": "nobody answers at 10.0.0.1: connection refused",
              "help": "is the server running, and does a firewall let you through? Then there is more to say about it, so that a line breaks"
            },
            {
              "layer": "destination",
              "of": "profiles",
              "what": "topic",
              "verdict": "not_looked_at",
              "found": "brokers kafka:9092 can't be reached"
            }
          ]
        }
        "#);
    }

    #[test]
    fn what_was_not_looked_at_is_no_failure_of_its_own() {
        let look = Look::new(Layer::Network, "clock", "Kafka has none");
        let report = Report::new(None, vec![look.not_looked_at()]);
        assert_eq!(report.verdict(), Verdict::Ok);
        assert_eq!(report.sum(), "nothing is wrong");
        assert_eq!(Report::new(None, Vec::new()).verdict(), Verdict::Ok);
    }
}
