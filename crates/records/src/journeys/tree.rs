//! Journeys as a tree, to look at.

use std::fmt::{self, Write as _};

use super::Journeys;
use super::chain::Chain;

/// What journeys look like: the ways through the states with their shares, and how many records each state
/// has.
#[derive(Clone, Debug, PartialEq)]
pub struct JourneyTree {
    /// The state that all begin in, and what follows it.
    pub root: JourneyNode,
    /// The states in the order of the file, with the share of all records that each has.
    pub records: Vec<(String, f64)>,
    /// How many steps a journey has on average.
    pub steps: f64,
    /// How many journeys are under way at once.
    pub at_once: u64,
}

/// A state on the way of a journey.
#[derive(Clone, Debug, PartialEq)]
pub struct JourneyNode {
    /// Its name; `end` for the end.
    pub state: String,
    /// How likely it is to follow the one before, from 0 to 1.
    pub chance: f64,
    /// The share of all journeys that come this way, from 0 to 1.
    pub share: f64,
    /// Whether the journey was in it before: what follows stands further up.
    pub is_again: bool,
    /// What may follow, the likeliest first.
    pub next: Vec<JourneyNode>,
}

/// Ways that fewer journeys take are not followed.
const SHARE_MIN: f64 = 0.000_5;

impl JourneyTree {
    pub(crate) fn new(journeys: &Journeys) -> JourneyTree {
        let chain = &journeys.chain;
        let visits = chain.visits();
        let steps: f64 = visits.iter().sum();
        let states = chain.states.iter().zip(visits);
        JourneyTree {
            records: states
                .map(|(state, visits)| (state.name.clone(), visits / steps))
                .collect(),
            root: node(chain, Some(chain.start), 1.0, 1.0, &mut Vec::new()),
            steps,
            at_once: journeys.slots,
        }
    }
}

fn node(
    chain: &Chain,
    state: Option<u16>,
    chance: f64,
    share: f64,
    above: &mut Vec<u16>,
) -> JourneyNode {
    let Some(state) = state else {
        return JourneyNode {
            state: super::END.to_owned(),
            chance,
            share,
            is_again: false,
            next: Vec::new(),
        };
    };
    let is_again = above.contains(&state);
    let mut next = Vec::new();
    if !is_again && share >= SHARE_MIN {
        above.push(state);
        next = chain
            .arms(state)
            .iter()
            .map(|(next, chance)| node(chain, *next, *chance, share * chance, above))
            .collect();
        next.sort_by(|a, b| b.chance.total_cmp(&a.chance));
        above.pop();
    }
    JourneyNode {
        state: chain.states[usize::from(state)].name.clone(),
        chance,
        share,
        is_again,
        next,
    }
}

impl fmt::Display for JourneyTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        lay_out(&self.root, "", "", &mut lines);
        let width = |text: &String| text.chars().count();
        let widest = lines
            .iter()
            .map(|(text, ..)| width(text))
            .max()
            .unwrap_or(0);
        writeln!(f, "{:widest$}  {:>7}  {:>8}", "state", "chance", "journeys")?;
        for (text, chance, share) in &lines {
            writeln!(
                f,
                "{text:widest$}  {:>7}  {:>8}",
                percent(*chance),
                percent(*share)
            )?;
        }
        write!(
            f,
            "\n{} journeys at once, {:.2} steps each on average; records:",
            self.at_once, self.steps
        )?;
        for (index, (state, share)) in self.records.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(f, "{comma} {state} {}", percent(*share))?;
        }
        f.write_char('\n')
    }
}

/// One line for each node: the branch and the name, and its shares.
fn lay_out(node: &JourneyNode, branch: &str, below: &str, lines: &mut Vec<(String, f64, f64)>) {
    let again = if node.is_again { " (again)" } else { "" };
    lines.push((
        format!("{branch}{}{again}", node.state),
        node.chance,
        node.share,
    ));
    for (index, next) in node.next.iter().enumerate() {
        let is_last = index + 1 == node.next.len();
        let (corner, line) = if is_last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        lay_out(
            next,
            &format!("{below}{corner}"),
            &format!("{below}{line}"),
            lines,
        );
    }
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.1 {
        "< 0.1 %".to_owned()
    } else {
        format!("{percent:.1} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_shows_every_way_with_its_share() {
        let options = serde_json::from_str(
            r#"{"start": "view", "states": {
                "view": {"next": {"view": 0.5, "cart": 0.2, "end": 0.3}},
                "cart": {"next": {"pay": 0.5, "view": 0.25, "end": 0.25}},
                "pay": {"next": {"thanks": 1}}, "thanks": {}}}"#,
        );
        let journeys = Journeys::new(&options.unwrap(), 1_000_000);
        insta::assert_snapshot!(JourneyTree::new(&journeys));
    }
}
