//! Why a command could not do what it was asked for.

use report::{ExitCode, Mishap, Status, Unwritten};
use scenario::Diagnostics;

/// Ends a command.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A scenario with mistakes.
    Scenario(Diagnostics),
    /// Anything else: what happened, and what to do about it.
    Other {
        /// What the program exits with.
        code: ExitCode,
        /// What was tried and what came of it.
        message: String,
        /// What to do about it.
        help: Option<String>,
    },
    /// Nobody reads standard output any more, so there is nothing left to do and nobody to tell.
    Unread,
}

impl Failure {
    /// The command failed.
    pub(crate) fn new(message: impl Into<String>) -> Failure {
        Failure::Other {
            code: ExitCode::Failed,
            message: message.into(),
            help: None,
        }
    }

    /// Adds what to do about it.
    pub(crate) fn help(mut self, text: impl Into<String>) -> Failure {
        if let Failure::Other { help, .. } = &mut self {
            *help = Some(text.into());
        }
        self
    }

    /// What happened, and what to do about it.
    pub(crate) fn words(&self) -> (String, Option<&str>) {
        match self {
            Failure::Scenario(diagnostics) => {
                let count = diagnostics.errors();
                let plural = if count == 1 { "" } else { "s" };
                (format!("the scenario has {count} mistake{plural}"), None)
            }
            Failure::Other { message, help, .. } => (message.clone(), help.as_deref()),
            Failure::Unread => ("nobody reads standard output any more".to_owned(), None),
        }
    }

    /// Every mistake of a scenario with its place; nothing of any other failure, which is one thing.
    pub(crate) fn details(&self) -> Vec<String> {
        match self {
            Failure::Scenario(diagnostics) => diagnostics.lines(),
            Failure::Other { .. } | Failure::Unread => Vec::new(),
        }
    }

    /// The same for a run's results, in which it decides what the run has come to.
    pub(crate) fn mishap(&self) -> Mishap {
        let status = match self.code() {
            ExitCode::Interrupted => Status::Interrupted,
            _ => Status::Failed,
        };
        let (message, _) = self.words();
        Mishap { status, message }
    }

    /// Adds what explains it.
    pub(crate) fn because(mut self, text: &str) -> Failure {
        if let Failure::Other { message, .. } = &mut self {
            message.push_str(": ");
            message.push_str(text);
        }
        self
    }

    /// Ends the program with another number.
    pub(crate) fn exit(mut self, with: ExitCode) -> Failure {
        if let Failure::Other { code, .. } = &mut self {
            *code = with;
        }
        self
    }

    /// What the program exits with.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Failure::Scenario(_) => ExitCode::Usage,
            Failure::Other { code, .. } => *code,
            Failure::Unread => ExitCode::Fine,
        }
    }
}

impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Failure {
        Failure::Scenario(diagnostics)
    }
}

impl From<Unwritten> for Failure {
    fn from(unwritten: Unwritten) -> Failure {
        Failure::new(unwritten.to_string()).help(unwritten.help())
    }
}

impl From<engine::Error> for Failure {
    fn from(error: engine::Error) -> Failure {
        let failure = Failure::new(error.to_string());
        let failure = match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        };
        match error {
            engine::Error::Interrupted => failure.exit(ExitCode::Interrupted),
            _ => failure,
        }
    }
}

impl From<flow::Error> for Failure {
    fn from(error: flow::Error) -> Failure {
        let failure = Failure::new(error.to_string());
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    }
}

impl From<readers::Error> for Failure {
    fn from(error: readers::Error) -> Failure {
        const REFUSALS: [&str; 6] = [
            "authoriz",
            "unauthenticated",
            "denied",
            "forbidden",
            "permission",
            "claim",
        ];
        let failure = Failure::new(format!(
            "cannot read back {}: {}",
            error.what, error.message
        ));
        let words = error.message.to_lowercase();
        if !REFUSALS.iter().any(|refusal| words.contains(refusal)) {
            return failure;
        }
        failure.help(
            "reading back needs the right to read besides the one to send: of Event Hubs the claim \
             Listen or the role \"Azure Event Hubs Data Receiver\", of Kafka the right READ on the topic",
        )
    }
}

impl From<flow::verify::ledger::LedgerError> for Failure {
    fn from(error: flow::verify::ledger::LedgerError) -> Failure {
        Failure::new(error.to_string())
            .help(error.help())
            .exit(ExitCode::Usage)
    }
}

impl From<sandbox::Error> for Failure {
    fn from(error: sandbox::Error) -> Failure {
        let failure = Failure::new(error.to_string());
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    }
}

impl From<producers::Error> for Failure {
    fn from(error: producers::Error) -> Failure {
        let failure = Failure::new(error.message);
        match error.help {
            Some(help) => failure.help(help),
            None => failure,
        }
    }
}
