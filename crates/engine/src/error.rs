//! Why a run did not start.

use jiff::Timestamp;

/// Why a run did not start. What goes wrong later is part of the result
/// ([`measure::EndedBy::Fatal`]), because a part of the run is worth reporting.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A destination could not be opened.
    #[error("cannot open the destination of stream `{stream}`, {destination}: {error}")]
    Open {
        /// The stream's name.
        stream: String,
        /// Where, without a secret.
        destination: String,
        /// Its own words, with help.
        error: producers::Error,
    },
    /// The start that was asked for is over.
    #[error("the start was set for {start_at}, but the lanes were ready at {ready_at} only")]
    Late {
        /// The moment asked for.
        start_at: Timestamp,
        /// When everything was ready.
        ready_at: Timestamp,
    },
    /// Interrupted before the clock started.
    #[error("interrupted before the first record was due")]
    Interrupted,
    /// A lane's thread could not be started.
    #[error("cannot start a thread for a lane: {0}")]
    Thread(#[from] std::io::Error),
}

impl Error {
    /// What to do about it.
    pub fn help(&self) -> Option<&str> {
        match self {
            Error::Open { error, .. } => error.help.as_deref(),
            Error::Late { .. } => Some("leave more time between the call and the start"),
            Error::Interrupted => None,
            Error::Thread(_) => Some("use fewer `lanes`, or raise the limit of threads"),
        }
    }
}
