//! What is wrong with a schema, at its place in the schema, wherever that came from.

use std::fmt::Display;

use options::{Location, Problem};

/// Where in a schema: the keys and indices from its top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trail(Vec<String>);

impl Trail {
    pub(crate) fn join(&self, step: impl Display) -> Trail {
        let mut steps = self.0.clone();
        steps.push(step.to_string());
        Trail(steps)
    }
}

/// A mistake in a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    at: Trail,
    message: String,
    help: String,
}

pub(crate) type Flaws = Vec<Flaw>;

impl Flaw {
    pub(crate) fn new(at: &Trail, message: impl Into<String>, help: impl Into<String>) -> Flaw {
        Flaw {
            at: at.clone(),
            message: message.into(),
            help: help.into(),
        }
    }

    /// The same as a mistake of the scenario: at its place, if the schema stands in it, or with the place in
    /// words, if it came from elsewhere.
    pub(crate) fn problem(self, schema_at: &Location, elsewhere: Option<&str>) -> Problem {
        let steps = &self.at.0;
        let problem = match elsewhere {
            None => {
                let at = steps
                    .iter()
                    .fold(schema_at.clone(), |at, step| at.join(step));
                Problem::new(at, self.message)
            }
            Some(name) if steps.is_empty() => {
                Problem::new(schema_at.clone(), format!("in {name}: {}", self.message))
            }
            Some(name) => {
                let place = steps.join(".");
                Problem::new(
                    schema_at.clone(),
                    format!("in {name}, at `{place}`: {}", self.message),
                )
            }
        };
        problem.help(self.help)
    }
}
