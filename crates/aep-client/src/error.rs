//! What goes wrong in talking to the platform, for people.

use std::fmt;
use std::time::Duration;

use options::visible;
use serde_json::Value;

/// The kinds of failure that a caller tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The platform answered with a refusal of the request: a 4xx.
    Refused,
    /// The platform answered that it is not able to answer: 5xx or 429, after all tries.
    Unavailable,
    /// An answer that does not have the shape it is documented to have. One to a creation is
    /// [`ErrorKind::Unknown`].
    Unreadable,
    /// No connection: the request was never sent.
    Unreachable,
    /// The request may or may not have taken effect: a time-out, a broken connection, a 408, a 5xx or an
    /// unreadable 2xx after a request that must not be repeated blindly. Look before creating again.
    Unknown,
    /// The client itself could not be put together.
    Setup,
}

/// A failed call: what was asked, what came back, what to do about it. Never contains a secret.
#[derive(Clone)]
pub struct Error(Box<Details>);

#[derive(Clone, Debug)]
struct Details {
    kind: ErrorKind,
    method: String,
    path: String,
    status: Option<u16>,
    code: Option<String>,
    message: String,
    body: String,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    help: Option<String>,
    sends: usize,
}

/// How much of an answer's body is kept.
const BODY_KEPT: usize = 4096;

impl Error {
    pub(crate) fn setup(message: String) -> Error {
        Error::new(ErrorKind::Setup, "", "", message)
    }

    pub(crate) fn new(
        kind: ErrorKind,
        method: &str,
        path: &str,
        message: impl Into<String>,
    ) -> Error {
        Error(Box::new(Details {
            kind,
            method: method.to_owned(),
            path: path.to_owned(),
            status: None,
            code: None,
            message: visible(&message.into()).into_owned(),
            body: String::new(),
            request_id: None,
            retry_after: None,
            help: None,
            sends: 1,
        }))
    }

    /// An answer with an error status. `body` has no secret in it any more.
    pub(crate) fn answer(
        kind: ErrorKind,
        method: &str,
        path: &str,
        status: u16,
        body: &str,
    ) -> Error {
        let said = Said::read(body);
        let help = help(status, &said);
        let mut error = Error::new(kind, method, path, said.message);
        error.0.status = Some(status);
        error.0.code = said.code.map(|code| visible(&code).into_owned());
        error.0.body = visible(body).chars().take(BODY_KEPT).collect();
        error.0.help = help;
        error
    }

    pub(crate) fn with_status(mut self, status: u16) -> Error {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_message(mut self, message: impl Into<String>) -> Error {
        self.0.message = visible(&message.into()).into_owned();
        self
    }

    pub(crate) fn with_request_id(mut self, id: Option<String>) -> Error {
        self.0.request_id = id;
        self
    }

    pub(crate) fn with_retry_after(mut self, pause: Option<Duration>) -> Error {
        self.0.retry_after = pause;
        self
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Error {
        self.0.help = Some(help.into());
        self
    }

    pub(crate) fn with_sends(mut self, sends: usize) -> Error {
        self.0.sends = sends;
        self
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The request's method; empty if nothing was asked.
    pub fn method(&self) -> &str {
        &self.0.method
    }

    /// The request's path and query.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The answer's status, if there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The platform's own error code, if it gave one.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The platform's own words, or what failed on the way.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The answer's body, at most the first 4096 characters, without secrets; JSON without its blanks.
    pub fn body(&self) -> &str {
        &self.0.body
    }

    /// The platform's id of the request, which its support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// When the platform wants to be asked again.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// How often the request was sent.
    pub fn sends(&self) -> usize {
        self.0.sends
    }

    /// Whether the thing asked for is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self.0.status, Some(404 | 410))
    }

    /// Whether the platform answered this very call with a refusal: the same credential may be good for
    /// others.
    pub fn is_no(&self) -> bool {
        self.0.kind == ErrorKind::Refused && self.0.status != Some(401)
    }

    /// Whether the request may have taken effect all the same.
    pub fn is_unknown(&self) -> bool {
        self.0.kind == ErrorKind::Unknown
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let it = &*self.0;
        if !it.method.is_empty() {
            write!(f, "{} {}: ", it.method, it.path)?;
        }
        if let Some(status) = it.status {
            write!(f, "{status} ")?;
        }
        f.write_str(&it.message)?;
        if let Some(code) = &it.code {
            write!(f, " ({code})")?;
        }
        if it.sends > 1 {
            write!(f, ", tried {} times", it.sends)?;
        }
        if let Some(id) = &it.request_id {
            write!(f, " [request id {id}]")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::error::Error for Error {}

/// The platform's own words in an error body, whichever of its shapes it has.
struct Said {
    message: String,
    code: Option<String>,
}

impl Said {
    fn read(body: &str) -> Said {
        let Some(json) = crate::lenient::refusal(body.as_bytes()) else {
            return Said {
                message: first_words(body),
                code: None,
            };
        };
        let text = |at: &str| match json.pointer(at) {
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let code = text("/error_code")
            .or_else(|| text("/errorCode"))
            .or_else(|| text("/error-chain/0/errorCode"))
            .or_else(|| text("/error").filter(|code| !code.contains(' ')));
        // Gateway, Flow Service, IMS: one sentence. The others: a title, a detail, a report.
        let mut parts: Vec<String> = Vec::new();
        let candidates = [
            "/message",
            "/errorMessage",
            "/errorDetails",
            "/error_description",
            "/title",
            "/detail",
            "/report/message",
            "/report/detailed-message",
            "/report/detailedMessage",
            "/error/message",
        ];
        for part in candidates.into_iter().filter_map(text) {
            if !parts.iter().any(|known| known.contains(&part)) {
                parts.push(part);
            }
        }
        for problem in nested(&json) {
            if !parts.iter().any(|known| known.contains(&problem)) {
                parts.push(problem);
            }
        }
        let message = if parts.is_empty() {
            first_words(body)
        } else {
            parts.join(": ")
        };
        Said { message, code }
    }
}

/// Where the platform puts lists of single complaints.
fn nested(json: &Value) -> Vec<String> {
    let lists = [
        "/report/cause/_streamingValidation",
        "/errors",
        "/report/errors",
    ];
    let mut found = Vec::new();
    for item in lists
        .iter()
        .filter_map(|at| json.pointer(at)?.as_array())
        .flatten()
    {
        let message = item.get("message").or_else(|| item.get("description"));
        if let Some(text) = message.and_then(Value::as_str).or(item.as_str()) {
            found.push(text.to_owned());
        }
        if found.len() == 5 {
            break;
        }
    }
    found
}

fn first_words(body: &str) -> String {
    let plain = body.split_whitespace().collect::<Vec<_>>().join(" ");
    if plain.is_empty() {
        return "the answer has no explanation".to_owned();
    }
    plain.chars().take(300).collect()
}

/// What to do, by the codes of the platform's troubleshooting page
/// (<https://experienceleague.adobe.com/docs/experience-platform/landing/troubleshooting.html>).
fn help(status: u16, said: &Said) -> Option<String> {
    let code = said.code.as_deref().unwrap_or_default();
    let message = said.message.to_lowercase();
    let text = match (status, code) {
        (_, "403010" | "401013") | (401, _) => {
            "the token was refused: check the client secret and that the credential is still active"
        }
        (_, "403000" | "403003") => {
            "the client id is unknown: check `AEP_CLIENT_ID` against the developer console"
        }
        (_, "400003") => "the organisation id is missing: check `AEP_ORG_ID`",
        (_, "403025") => {
            "the credential does not belong to this organisation: check `AEP_ORG_ID`, and that the \
             project has the Experience Platform API"
        }
        (_, "403027") => {
            "check the form of the organisation id (`…@AdobeOrg`), and add a product profile to the \
             credential in the developer console"
        }
        (403, _) if message.contains("licen") || message.contains("entitle") => {
            "Kinesis and Event Hubs sources need Real-Time CDP Ultimate: ask Adobe what the \
             organisation is licensed for"
        }
        (403, _) => {
            "ask an administrator for a role with the permissions that this call needs (Manage \
             Sources, Manage Schemas, Manage Datasets, View Datasets) in this sandbox, and to add \
             the API credential to that role"
        }
        (404, _) => "check the sandbox's name and the id",
        (409 | 412, _) => "somebody else changed it at the same time: run the command again",
        (429, _) => "too many calls: wait a while, or run fewer at once",
        (500..=599, _) => {
            "this is on the platform's side: try again later, and give its support the request id"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, body: &str) -> Error {
        Error::answer(
            ErrorKind::Refused,
            "POST",
            "/data/foundation/x",
            status,
            body,
        )
    }

    #[test]
    fn the_gateway_s_shape() {
        let error = error(
            401,
            r#"{"error_code": "401013", "message": "Oauth token is not valid"}"#,
        );
        assert_eq!(error.message(), "Oauth token is not valid");
        assert_eq!(error.code(), Some("401013"));
        assert_eq!(
            error.to_string(),
            "POST /data/foundation/x: 401 Oauth token is not valid (401013)"
        );
    }

    #[test]
    fn the_registry_s_shape() {
        let error = error(
            400,
            r#"{"type": "http://ns.adobe.com/aep/errors/XDM-1010-400", "title": "Schema error",
                "status": 400, "detail": "The class is unknown",
                "report": {"registryRequestId": "r", "detailed-message": "no such class: x"},
                "error-chain": [{"serviceId": "XDM", "errorCode": "XDM-1010-400"}]}"#,
        );
        assert_eq!(
            error.message(),
            "Schema error: The class is unknown: no such class: x"
        );
        assert_eq!(error.code(), Some("XDM-1010-400"));
    }

    #[test]
    fn the_flow_service_s_shapes() {
        let first = error(
            400,
            r#"{"errorCode": 1100, "errorMessage": "bad flow", "errorDetails": "no mapping"}"#,
        );
        assert_eq!(first.message(), "bad flow: no mapping");
        assert_eq!(first.code(), Some("1100"));
        let second = error(
            400,
            r#"{"message": "Please provide a valid spec id", "status": 400}"#,
        );
        assert_eq!(second.message(), "Please provide a valid spec id");
    }

    #[test]
    fn the_collection_s_shape() {
        let error = error(
            400,
            r#"{"type": "x", "status": 400, "title": "Invalid XDM Message Format", "report": {
                "message": "the message is not valid", "cause": {"_streamingValidation": [
                {"message": "required key [_id] not found"}]}}}"#,
        );
        assert_eq!(
            error.message(),
            "Invalid XDM Message Format: the message is not valid: required key [_id] not found"
        );
    }

    #[test]
    fn what_is_not_json_is_shown_as_it_is() {
        assert_eq!(
            error(502, "<html>\n bad   gateway").message(),
            "<html> bad gateway"
        );
        assert_eq!(error(500, "").message(), "the answer has no explanation");
    }

    #[test]
    fn a_missing_licence_and_a_missing_permission_are_told_apart() {
        let licence = error(
            403,
            r#"{"errorMessage": "Your license does not cover this"}"#,
        );
        assert!(licence.help().unwrap().contains("Ultimate"));
        let permission = error(403, r#"{"errorMessage": "not allowed"}"#);
        assert!(permission.help().unwrap().contains("permissions"));
    }
}
