//! How the service says no.

use serde_json::json;

/// An error of the service: its code and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(code: &str, message: impl Into<String>) -> Refusal {
        let status = match code {
            "InternalFailure" | "InternalFailureException" => 500,
            "ServiceUnavailable" => 503,
            _ => 400,
        };
        Refusal {
            status,
            code: code.to_owned(),
            message: message.into(),
        }
    }

    pub(super) fn argument(message: impl Into<String>) -> Refusal {
        Refusal::new("InvalidArgumentException", message)
    }

    /// A member of the request breaks a constraint of the service's model.
    pub(super) fn constraint(member: &str, constraint: &str) -> Refusal {
        Refusal::new(
            "ValidationException",
            format!(
                "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must {constraint}"
            ),
        )
    }

    pub(super) fn no_stream(name: &str) -> Refusal {
        Refusal::new(
            "ResourceNotFoundException",
            format!("Stream {name} under account {} not found.", super::ACCOUNT),
        )
    }

    pub(super) fn no_shard(shard: &str, stream: &str) -> Refusal {
        Refusal::new(
            "ResourceNotFoundException",
            format!(
                "Shard {shard} in stream {stream} under account {} does not exist",
                super::ACCOUNT
            ),
        )
    }

    pub(super) fn unreadable(error: &serde_json::Error) -> Refusal {
        Refusal::new("SerializationException", error.to_string())
    }

    pub(super) fn throttled(shard: &str, stream: &str) -> Refusal {
        Refusal::new(
            "ProvisionedThroughputExceededException",
            format!(
                "Rate exceeded for shard {shard} in stream {stream} under account {}.",
                super::ACCOUNT
            ),
        )
    }

    /// As it was injected, by its HTTP status.
    pub(super) fn of_status(status: u16) -> Refusal {
        let code = match status {
            403 => "AccessDeniedException",
            404 => "ResourceNotFoundException",
            429 => "LimitExceededException",
            503 => "ServiceUnavailable",
            400..500 => "InvalidArgumentException",
            _ => "InternalFailure",
        };
        Refusal {
            status,
            ..Refusal::new(code, "the sandbox was told to answer this")
        }
    }

    pub(super) fn body(&self) -> Vec<u8> {
        json!({"__type": self.code, "message": self.message})
            .to_string()
            .into_bytes()
    }
}
