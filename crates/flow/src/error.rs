//! What goes wrong in a flow's life, for people.

use std::path::PathBuf;

use aep_client::ErrorKind;
use options::Period;

/// Why a flow could not be planned, applied, verified or destroyed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The platform refused or did not answer.
    #[error("cannot {what}: {error}")]
    Platform {
        /// What was tried, e.g. `create the dataset hydrant-profiles`.
        what: String,
        /// The platform's own words.
        #[source]
        error: aep_client::Error,
        /// What to do about it, where more is known than the platform says.
        help: Option<String>,
    },
    /// The state file can't be read or written.
    #[error("cannot {what} the state file `{}`: {message}", path.display())]
    State {
        /// `read` or `write`.
        what: &'static str,
        /// Which one.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// Another program changes the same state file.
    #[error("the state file `{}` is in use: {holder} has it", path.display())]
    Locked {
        /// Which one.
        path: PathBuf,
        /// Who has it, and since when.
        holder: String,
    },
    /// What is there can't be used.
    #[error("the flow {flow} can't work with what is there: {differences}")]
    Differs {
        /// The flow's name.
        flow: String,
        /// All that stands in the way.
        differences: String,
    },
    /// The mapping, or the identity, does not fit the schema.
    #[error("the scenario does not fit the schema: {problems}")]
    Mapping {
        /// Every line that is wrong.
        problems: String,
    },
    /// The service behind the source does not take the credentials.
    #[error(
        "the platform can't read {place} with the credentials of the base connection {connection}"
    )]
    Credentials {
        /// The connection's id.
        connection: String,
        /// Where it leads, without a secret.
        place: String,
    },
    /// Somebody else makes the same flow.
    #[error("somebody else is making the flow {flow} at the same time: {theirs}, was there first")]
    AtOnce {
        /// The flow's name.
        flow: String,
        /// What they made.
        theirs: String,
    },
    /// The state file is about something else.
    #[error("the state file `{}` belongs to {theirs}, not to {ours}", path.display())]
    Foreign {
        /// Which one.
        path: PathBuf,
        /// Whose it is.
        theirs: String,
        /// Who asks.
        ours: String,
    },
    /// Several things on the platform fit, and nobody says which one is meant.
    #[error("there are {count} {kind}s named `{name}`: {ids}")]
    Ambiguous {
        /// What they are.
        kind: &'static str,
        /// Their name.
        name: String,
        /// How many.
        count: usize,
        /// Their ids.
        ids: String,
    },
    /// Something that the flow is built on is not there.
    #[error("there is no {what}")]
    Missing {
        /// What, e.g. `dataset with the id 5f71…`.
        what: String,
        /// What to do about it.
        help: String,
    },
    /// The flow reads, and the platform refuses what comes.
    #[error("the platform refuses the canaries: {0}")]
    Refused(String),
    /// No canary landed in time.
    #[error("no canary has landed within {within}")]
    NoCanary {
        /// How long it was waited for one.
        within: Period,
    },
    /// What landed can't be read.
    #[error("cannot read what landed: {0}")]
    Unreadable(String),
}

impl Error {
    pub(crate) fn platform(what: impl Into<String>) -> impl FnOnce(aep_client::Error) -> Error {
        let what = what.into();
        move |error| Error::Platform {
            what,
            error,
            help: None,
        }
    }

    /// Whether asking again later may do better: the platform did not answer, or not now.
    pub fn may_pass(&self) -> bool {
        let Error::Platform { error, .. } = self else {
            return false;
        };
        matches!(
            error.kind(),
            ErrorKind::Unavailable | ErrorKind::Unreachable
        )
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&str> {
        match self {
            Error::Platform { error, help, .. } => help.as_deref().or(error.help()),
            Error::State { .. } => Some("choose another place with `--state FILE`"),
            Error::Locked { .. } => Some(
                "wait until it has ended; a state file of its own (`--state FILE`) is for another flow",
            ),
            Error::Differs { .. } => Some(
                "`hydrant flow destroy` and a new apply make it anew, if Hydrant made it; else give the \
                 flow another `name`, or change the scenario",
            ),
            Error::Mapping { .. } => Some(
                "nothing was created: correct `flow.mapping` or `flow.schema.identity`, or add the field \
                 group or the fields to `flow.schema`",
            ),
            Error::Credentials { .. } => Some(
                "correct the key that `destination` or `flow.source` names, see that it may read the \
                 stream, then `hydrant flow apply --rotate` puts it into the connection that is there",
            ),
            Error::AtOnce { .. } => Some(
                "wait until they are done and apply again to use their flow, or give this one another \
                 `name`",
            ),
            Error::Foreign { .. } => Some(
                "give each organisation and sandbox a state file of its own with `--state FILE`",
            ),
            Error::Ambiguous { .. } => {
                Some("remove all but one, or give the flow another `name` in the scenario")
            }
            Error::Missing { help, .. } => Some(help),
            Error::Refused(_) => Some(
                "records of this shape don't fit the schema: compare `records` and `flow.mapping` \
                 with it",
            ),
            Error::NoCanary { .. } => Some(
                "see `hydrant flow status` for the flow's errors; check that the flow reads the \
                 stream that the destination writes to, or raise `ready.canary.within`",
            ),
            Error::Unreadable(_) => None,
        }
    }
}
