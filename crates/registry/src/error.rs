//! Why a registry gave no answer. Never contains a secret.

use access::through;

/// What went wrong with a registry.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The options lead nowhere: a secret can't be read, a certificate is none.
    #[error("{0}")]
    Options(String),
    /// Nobody answered.
    #[error("cannot reach the schema registry at {url}{}: {reason}", through(.url))]
    Unreachable {
        /// Its address.
        url: String,
        /// In the words of the deepest cause.
        reason: String,
    },
    /// It said no.
    #[error(transparent)]
    Refused(Box<Refused>),
    /// Its answer can't be read.
    #[error("{method} {path}: the answer can't be read: {reason}")]
    Unreadable {
        /// Of the call.
        method: String,
        /// Of the call.
        path: String,
        /// Why.
        reason: String,
    },
    /// The schema is not registered, and is not to be.
    #[error("the schema is not registered under the subject `{subject}`: {refused}")]
    Missing {
        /// The subject.
        subject: String,
        /// The registry's own words.
        refused: Box<Refused>,
    },
    /// The subject has other schemas, which this one is not compatible with.
    #[error("the subject `{subject}` does not take the schema: {}", .reasons.join("; "))]
    Incompatible {
        /// The subject.
        subject: String,
        /// The registry's reasons.
        reasons: Vec<String>,
    },
    /// The subject's schema is in another language.
    #[error(
        "the subject `{subject}` has a schema of the type {found}, and the records are {wanted}"
    )]
    OtherKind {
        /// The subject.
        subject: String,
        /// What it has.
        found: String,
        /// What the records need.
        wanted: &'static str,
    },
}

/// An answer that says no.
#[derive(Debug, thiserror::Error)]
#[error("{method} {path}: {status}{code}: {message}", code = match .code { Some(code) => format!(" ({code})"), None => String::new() })]
pub struct Refused {
    /// Of the call.
    pub method: String,
    /// Of the call.
    pub path: String,
    /// The answer's status.
    pub status: u16,
    /// The registry's own number for it, where there is one.
    pub code: Option<u32>,
    /// The registry's message.
    pub message: String,
}

impl Refused {
    /// Whether what was asked for is not there: the subject (40401), the version (40402) or the schema (40403).
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self.code, Some(40401..=40403))
    }
}

impl Refused {
    /// Whether the subject is there, and the schema is not.
    pub(crate) fn lacks_schema_only(&self) -> bool {
        self.code == Some(40403)
    }
}

impl Error {
    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Error::Missing { .. } => Some(
                "register it first, take the registry's own with `version: latest`, or allow it with `auto_register: true`",
            ),
            Error::Incompatible { .. } => Some(
                "give added fields a default (in Avro: make them `optional`), change the fields, or take another subject",
            ),
            Error::OtherKind { .. } => {
                Some("choose the format of the subject's schema, or another subject")
            }
            Error::Unreachable { .. } => {
                Some("check `registry.url`, and whether a proxy is needed")
            }
            Error::Refused(refused) => match refused.status {
                401 | 403 => {
                    Some("check `username` and `password`, or `token`, and what they may do")
                }
                404 => Some("check `registry.url`, `subject` and `version`"),
                409 => Some(
                    "the subject's rules do not take this schema: change the fields, or the subject",
                ),
                _ => None,
            },
            Error::Options(_) | Error::Unreadable { .. } => None,
        }
    }
}
