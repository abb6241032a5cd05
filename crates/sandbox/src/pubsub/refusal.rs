//! How the service says no.

/// Google's codes.
/// <https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The caller went away.
    Cancelled = 1,
    /// Nobody knows.
    Unknown = 2,
    /// The call is wrong, whatever the state.
    InvalidArgument = 3,
    /// It took too long.
    DeadlineExceeded = 4,
    /// It is not there.
    NotFound = 5,
    /// It is there already.
    AlreadyExists = 6,
    /// Not with these credentials.
    PermissionDenied = 7,
    /// A quota is used up.
    ResourceExhausted = 8,
    /// Not in this state.
    FailedPrecondition = 9,
    /// Somebody else was faster.
    Aborted = 10,
    /// Beyond the end.
    OutOfRange = 11,
    /// There is no such call.
    Unimplemented = 12,
    /// The service is broken.
    Internal = 13,
    /// The service is away for now.
    Unavailable = 14,
    /// Something is lost.
    DataLoss = 15,
    /// Nobody knows who calls.
    Unauthenticated = 16,
}

/// Each with its name and the status it has over REST.
const CODES: [(Code, &str, u16); 16] = [
    (Code::Cancelled, "CANCELLED", 499),
    (Code::Unknown, "UNKNOWN", 500),
    (Code::InvalidArgument, "INVALID_ARGUMENT", 400),
    (Code::DeadlineExceeded, "DEADLINE_EXCEEDED", 504),
    (Code::NotFound, "NOT_FOUND", 404),
    (Code::AlreadyExists, "ALREADY_EXISTS", 409),
    (Code::PermissionDenied, "PERMISSION_DENIED", 403),
    (Code::ResourceExhausted, "RESOURCE_EXHAUSTED", 429),
    (Code::FailedPrecondition, "FAILED_PRECONDITION", 400),
    (Code::Aborted, "ABORTED", 409),
    (Code::OutOfRange, "OUT_OF_RANGE", 400),
    (Code::Unimplemented, "UNIMPLEMENTED", 501),
    (Code::Internal, "INTERNAL", 500),
    (Code::Unavailable, "UNAVAILABLE", 503),
    (Code::DataLoss, "DATA_LOSS", 500),
    (Code::Unauthenticated, "UNAUTHENTICATED", 401),
];

impl Code {
    /// By Google's name for it.
    pub fn named(name: &str) -> Option<Code> {
        let found = CODES.iter().find(|(_, known, _)| *known == name);
        found.map(|(code, ..)| *code)
    }

    /// The one that a status over REST stands for.
    pub(crate) fn of_status(status: u16) -> Code {
        match status {
            400 => Code::InvalidArgument,
            401 => Code::Unauthenticated,
            403 => Code::PermissionDenied,
            404 => Code::NotFound,
            409 => Code::Aborted,
            429 => Code::ResourceExhausted,
            499 => Code::Cancelled,
            500 => Code::Internal,
            501 => Code::Unimplemented,
            503 => Code::Unavailable,
            504 => Code::DeadlineExceeded,
            _ => Code::Unknown,
        }
    }

    /// Google's name for it.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// Its status over REST.
    pub fn status(self) -> u16 {
        self.row().2
    }

    fn row(self) -> (Code, &'static str, u16) {
        CODES[self as usize - 1]
    }
}

/// A call that is not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: Code,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Refusal {
        Refusal {
            code,
            message: message.into(),
        }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Refusal {
        Refusal::new(Code::InvalidArgument, message)
    }

    pub(super) fn malformed() -> Refusal {
        Refusal::invalid("Request contains an invalid argument.")
    }

    pub(super) fn not_found(name: &str) -> Refusal {
        let id = name.rsplit('/').next().unwrap_or(name);
        Refusal::new(
            Code::NotFound,
            format!("Resource not found (resource={id})."),
        )
    }

    pub(super) fn already_exists(name: &str) -> Refusal {
        let id = name.rsplit('/').next().unwrap_or(name);
        Refusal::new(
            Code::AlreadyExists,
            format!("Resource already exists in the project (resource={id})."),
        )
    }

    /// As the sandbox was told to answer.
    pub(super) fn told(code: Code) -> Refusal {
        let message = format!("The sandbox was told to answer {}", code.name());
        Refusal::new(code, message)
    }

    /// The real service can do it; this one can't.
    pub(super) fn not_here(what: &str) -> Refusal {
        Refusal::new(
            Code::Unimplemented,
            format!("the sandbox's Pub/Sub has no {what}"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_googles() {
        for (number, (code, name, _)) in (1..).zip(CODES) {
            assert_eq!(code as i32, number);
            assert_eq!(Code::named(name), Some(code));
            assert_eq!((code.name(), code.row().0), (name, code));
        }
        assert_eq!(Code::named("OK"), None);
    }
}
