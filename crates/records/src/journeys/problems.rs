//! Mistakes in `journeys:`.

use std::collections::BTreeSet;

use options::{ByteSize, Count, Location, Problem, Problems};

use super::chain::Chain;
use super::turns::{SLOT_BYTES, SLOTS_MAX, at_once};
use super::{END, JourneysOptions};
use crate::entities::near;
use crate::options::RecordsOptions;

/// States have an index of 16 bits.
const STATES_MAX: usize = u16::MAX as usize;
/// Probabilities written with a few digits, such as 0.333, still add up.
const TOLERANCE: f64 = 1e-6;
/// More journeys under way than this are worth a word where nobody has written how many.
const SLOTS_MANY: u64 = 1_000_000;
const MEGABYTE: u64 = 1_000_000;

/// All of them, but for those in fields.
pub(crate) fn of_journeys(
    journeys: &JourneysOptions,
    records: &RecordsOptions,
    at: &Location,
    problems: &mut Problems,
) {
    if journeys.states.is_empty() {
        problems.push(
            Problem::new(at.join("states"), "there are no states")
                .help("write at least one, e.g. `states: {view: {next: {view: 0.7, end: 0.3}}}`"),
        );
        return;
    }
    if journeys.states.len() > STATES_MAX {
        problems.push(
            Problem::new(at.join("states"), "there are too many states")
                .help(format!("journeys have at most {STATES_MAX}")),
        );
        return;
    }
    if let Some(entity) = &journeys.of {
        of(entity, records, at, problems);
    }
    if let Some(count) = journeys.at_once
        && !(1..=SLOTS_MAX).contains(&count.0)
    {
        problems.push(
            Problem::new(
                at.join("at_once"),
                format!("{count} journeys can't be under way at once"),
            )
            .help("write 1 to 10M; every lane remembers 48 bytes of each"),
        );
    }
    let names = || journeys.states.keys().map(String::as_str);
    if !journeys.states.contains_key(&journeys.start) {
        problems.push(
            Problem::new(
                at.join("start"),
                format!("there is no state `{}`", journeys.start),
            )
            .help(near(&journeys.start, names(), "the states are")),
        );
    }
    let mut are_known = journeys.states.contains_key(&journeys.start);
    for (name, state) in &journeys.states {
        let at = at.join("states").join(name);
        if name == END {
            problems.push(
                Problem::new(at.clone(), "`end` is the end of a journey, not a state")
                    .help("give the state another name"),
            );
        }
        if let Some(think) = state.think {
            think.problems(&at.join("think"), problems);
            if state.next.is_empty() {
                problems.push(
                    Problem::warning(
                        at.join("think"),
                        "nothing follows that this could be the time to",
                    )
                    .help("the journey ends here: leave `think` out, or add `next`"),
                );
            }
        }
        for next in state.next.keys() {
            if next != END && !journeys.states.contains_key(next) {
                are_known = false;
                problems.push(
                    Problem::new(
                        at.join("next").join(next),
                        format!("there is no state `{next}`"),
                    )
                    .help(near(next, names().chain([END]), "the states are")),
                );
            }
        }
        add_up(state.next.values().copied(), &at.join("next"), problems);
    }
    if are_known {
        ways(journeys, at, problems);
    }
}

/// Warns where think times ask for very many journeys under way: more than a lane can remember, or more than
/// somebody may have thought of. The event times of records are `step_nanos` apart on average.
pub(crate) fn under_way(
    journeys: &JourneysOptions,
    step_nanos: u64,
    at: &Location,
    problems: &mut Problems,
) {
    let asked = at_once(journeys, &Chain::new(journeys), step_nanos);
    if journeys.at_once.is_some() || asked <= SLOTS_MANY {
        return;
    }
    let asked_for =
        format!("at the load's rate, the think times ask for {asked} journeys under way");
    let size = ByteSize(asked.min(SLOTS_MAX) * SLOT_BYTES / MEGABYTE * MEGABYTE);
    let (message, help) = if asked > SLOTS_MAX {
        let most = Count(SLOTS_MAX);
        (
            format!(
                "{asked_for}, and there can be {most}: their event times run ahead of the load"
            ),
            format!(
                "shorten the think times, or write `at_once`: for {most} every lane remembers {size}"
            ),
        )
    } else {
        (
            format!("{asked_for}: every lane remembers {size}"),
            "write `at_once: 1M` or less if that is too much, and event times run ahead of the load"
                .to_owned(),
        )
    };
    problems.push(Problem::warning(at.clone(), message).help(help));
}

fn of(entity: &str, records: &RecordsOptions, at: &Location, problems: &mut Problems) {
    let Some(options) = records.entity(entity) else {
        let known = records.entities.keys().map(String::as_str);
        problems.push(
            Problem::new(at.join("of"), format!("there is no entity `{entity}`")).help(
                if records.entities.is_empty() {
                    "describe it below `entities:` at the top of the scenario".to_owned()
                } else {
                    near(entity, known, "the entities are")
                },
            ),
        );
        return;
    };
    let pick = records.pick.get(entity).unwrap_or(&options.pick);
    if pick.is_each() {
        problems.push(
            Problem::new(
                at.join("of"),
                "`each` counts records, and a journey has several",
            )
            .help(format!(
                "pick another way below `records`: `pick: {{{entity}: uniform}}`"
            )),
        );
    }
}

fn add_up(
    probabilities: impl Iterator<Item = f64> + Clone,
    at: &Location,
    problems: &mut Problems,
) {
    if probabilities.clone().count() == 0 {
        return;
    }
    if probabilities.clone().any(|one| !(0.0..=1.0).contains(&one)) {
        problems.push(
            Problem::new(at.clone(), "a probability is a number from 0 to 1")
                .help("write e.g. `{cart: 0.2, end: 0.8}`"),
        );
        return;
    }
    let sum: f64 = probabilities.sum();
    if (sum - 1.0).abs() > TOLERANCE {
        let rounded = (sum * 1e6).round() / 1e6;
        let problem = Problem::new(
            at.clone(),
            format!("the probabilities add up to {rounded}, not to 1"),
        );
        let missing = ((1.0 - sum) * 1e6).round() / 1e6;
        problems.push(problem.help(if missing > 0.0 {
            format!("if the journey ends otherwise, add {missing} to `end`")
        } else {
            "lower some of them".to_owned()
        }));
    }
}

/// States that nobody reaches, and states from which there is no end.
fn ways(journeys: &JourneysOptions, at: &Location, problems: &mut Problems) {
    let followers = |name: &str| {
        let state = journeys.states.get(name).into_iter();
        let next = state.flat_map(|state| &state.next);
        next.filter(|(_, probability)| **probability > 0.0)
            .map(|(next, _)| next.as_str())
    };
    let mut reached = BTreeSet::from([journeys.start.as_str()]);
    let mut open = vec![journeys.start.as_str()];
    while let Some(name) = open.pop() {
        open.extend(followers(name).filter(|next| *next != END && reached.insert(next)));
    }
    let mut ending = BTreeSet::new();
    loop {
        let before = ending.len();
        for name in journeys.states.keys() {
            let is_last = followers(name).next().is_none();
            if is_last || followers(name).any(|next| next == END || ending.contains(next)) {
                ending.insert(name.as_str());
            }
        }
        if ending.len() == before {
            break;
        }
    }
    for name in journeys.states.keys() {
        let at = at.join("states").join(name);
        if !reached.contains(name.as_str()) {
            problems.push(
                Problem::new(at, format!("no journey ever comes to `{name}`"))
                    .help("name it below `next` of another state, or leave it out"),
            );
        } else if !ending.contains(name.as_str()) {
            problems.push(
                Problem::new(at, format!("a journey that comes to `{name}` never ends"))
                    .help("add `end` to its `next`, or to that of a state behind it"),
            );
        }
    }
}
