//! What the inlet answers.
//!
//! Shapes: a single message is answered with its transaction; many with 207 and one entry for each, in
//! order; a refusal with `{type, status, title, report: {message, cause}}`, a gateway's with
//! `{error_code, message}`. Where the documentation is silent, all of them are read everywhere.

use std::time::Duration;

use http::HeaderMap;
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use serde::Deserialize;
use serde_json::Value;

use super::http1::Head;

/// Longer waits than that are not believed.
const LONGEST_WAIT: Duration = Duration::from_hours(1);
/// The code of a message of which nothing says that it was taken.
const NO_STATUS: &str = "NoStatus";
/// Words of the platform are cut there.
const WORDS: usize = 500;

/// The inlet's word.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Everything in the request is taken.
    Taken,
    /// One for each message: `None` is taken.
    Each(Vec<Option<Refusal>>),
    /// Nothing in the request is taken.
    Refused(Refusal),
}

/// Why something was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Refusal {
    /// HTTP's number; 0 if nobody says one.
    pub(super) status: u16,
    /// The platform's own code where it gives one, else `HTTP_<status>`, else `NoStatus`.
    pub(super) code: String,
    /// The platform's words.
    pub(super) message: String,
    /// When to come back.
    pub(super) wait: Option<Duration>,
}

#[derive(Deserialize)]
struct Many {
    responses: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    #[serde(default, rename = "statusCode", alias = "status")]
    status: Option<Value>,
    #[serde(default, rename = "xactionId")]
    transaction: Option<Value>,
    #[serde(flatten, default)]
    words: Words,
}

/// All that may be said in any of the shapes.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Words {
    title: Option<Value>,
    message: Option<Value>,
    detail: Option<Value>,
    report: Option<Report>,
    #[serde(alias = "errorCode", alias = "code")]
    error_code: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Report {
    message: Option<Value>,
    cause: Option<Value>,
}

impl Answer {
    /// Reads the answer to a request: to a list of so many messages, or to a message by itself
    /// (`None`). An answer that can't be understood is as good as none.
    pub(super) fn read(head: &Head, content: &[u8], list: Option<usize>) -> Result<Answer, String> {
        match (head.status, list) {
            // A list is answered for one by one, whatever the status says.
            (200..=299, Some(messages)) => Answer::each(content, messages),
            (200..=299, None) => Ok(Answer::Taken),
            (status, _) => Ok(Answer::Refused(Refusal::read(
                status,
                &head.headers,
                content,
            ))),
        }
    }

    fn each(content: &[u8], messages: usize) -> Result<Answer, String> {
        let many: Many = serde_json::from_slice(content)
            .map_err(|error| format!("the answer is not understood: {error}"))?;
        if many.responses.len() != messages {
            let got = many.responses.len();
            return Err(format!(
                "the answer has {got} entries for {messages} messages"
            ));
        }
        Ok(Answer::Each(
            many.responses.into_iter().map(One::refusal).collect(),
        ))
    }
}

impl One {
    /// Only what says so was taken: by a status, or by a transaction with no error beside it.
    fn refusal(self) -> Option<Refusal> {
        let status = self
            .status
            .as_ref()
            .map(|status| number(status).ok_or(status));
        let code = match status {
            Some(Ok(200..=299)) => return None,
            None if self.transaction.is_some() && self.words.is_silent() => return None,
            Some(Ok(status)) => self.words.code(status),
            Some(Err(status)) => self.words.code_or(|| text(status)),
            None => self.words.code_or(|| NO_STATUS.to_owned()),
        };
        Some(Refusal {
            status: status.and_then(Result::ok).unwrap_or_default(),
            code,
            message: self.words.message(),
            wait: None,
        })
    }
}

impl Refusal {
    fn read(status: u16, headers: &HeaderMap, content: &[u8]) -> Refusal {
        let words = serde_json::from_slice::<Words>(content).ok();
        let message = match &words {
            Some(words) => words.message(),
            None => cut(String::from_utf8_lossy(content).trim()),
        };
        Refusal {
            status,
            code: words.unwrap_or_default().code(status),
            message,
            wait: wait(headers),
        }
    }
}

impl Words {
    fn code(&self, status: u16) -> String {
        self.code_or(|| format!("HTTP_{status}"))
    }

    fn code_or(&self, otherwise: impl FnOnce() -> String) -> String {
        let own = self.error_code.as_ref().map(text);
        own.filter(|code| !code.is_empty())
            .unwrap_or_else(otherwise)
    }

    /// Whether nothing is said.
    fn is_silent(&self) -> bool {
        self.error_code.is_none() && self.message().is_empty()
    }

    /// Title, message and what validation found, as far as they are there.
    fn message(&self) -> String {
        let report = self.report.as_ref();
        let cause = report.and_then(|report| report.cause.as_ref());
        let found = cause.and_then(|cause| cause.get("_streamingValidation")?.as_array());
        let found = found
            .into_iter()
            .flatten()
            .filter_map(|one| one.get("message"));
        let said = [&self.title, &self.message, &self.detail];
        let said = said.into_iter().flatten();
        let said = said.chain(report.and_then(|report| report.message.as_ref()));
        let words: Vec<_> = said.chain(found).map(text).collect();
        cut(&words.join(": "))
    }
}

/// A number, or one in a string.
fn number(value: &Value) -> Option<u16> {
    match value {
        Value::String(text) => text.parse().ok(),
        value => value.as_u64().and_then(|number| number.try_into().ok()),
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn cut(words: &str) -> String {
    match words.char_indices().nth(WORDS) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words.to_owned(),
    }
}

/// Seconds, as the collection service has them, or a date, as gateways may (RFC 9110, 10.2.3).
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = text.parse().ok().map(Duration::from_secs).or_else(|| {
        let date = DateTimeParser::new().parse_timestamp(text).ok()?;
        let wait = date.duration_since(Timestamp::now());
        Some(Duration::try_from(wait).unwrap_or(Duration::ZERO))
    })?;
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn head(status: u16) -> Head {
        Head {
            status,
            headers: HeaderMap::new(),
        }
    }

    #[test]
    fn a_207_has_a_result_for_each_message() {
        let content = br#"{"inletId": "i", "batchId": "b", "responses": [
            {"xactionId": "1:2:3"}, {"statusCode": 400, "message": "unknown format"},
            {"status": "503", "title": "Busy", "report": {"message": "later"}}, {"statusCode": 200}]}"#;
        let Ok(Answer::Each(fates)) = Answer::read(&head(207), content, Some(4)) else {
            panic!("not understood");
        };
        let told: Vec<_> = fates
            .iter()
            .map(|fate| fate.as_ref().map(|no| (no.status, &*no.code, &*no.message)))
            .collect();
        assert_eq!(
            told,
            [
                None,
                Some((400, "HTTP_400", "unknown format")),
                Some((503, "HTTP_503", "Busy: later")),
                None
            ]
        );
        let error = Answer::read(&head(207), content, Some(3)).unwrap_err();
        assert_eq!(error, "the answer has 4 entries for 3 messages");
        assert!(Answer::read(&head(200), b"<html>", Some(1)).is_err());
        assert_eq!(Answer::read(&head(200), b"", None), Ok(Answer::Taken));
    }

    #[test]
    fn only_what_says_so_is_taken() {
        for (entry, told) in [
            (r#"{"statusCode": 202, "message": "accepted"}"#, None),
            (r#"{"xactionId": "1:2:3", "statusCode": "200"}"#, None),
            (r#"{"xactionId": "1:2:3", "message": null}"#, None),
            ("{}", Some((0, "NoStatus", ""))),
            (
                r#"{"message": "unknown format"}"#,
                Some((0, "NoStatus", "unknown format")),
            ),
            (
                r#"{"status": "BAD_REQUEST", "message": "unknown format"}"#,
                Some((0, "BAD_REQUEST", "unknown format")),
            ),
            (
                r#"{"statusCode": "lots", "errorCode": "DCVS-1"}"#,
                Some((0, "DCVS-1", "")),
            ),
            (
                r#"{"xactionId": "1:2:3", "errorCode": 17}"#,
                Some((0, "17", "")),
            ),
            (
                r#"{"xactionId": "1:2:3", "report": {"message": "no"}}"#,
                Some((0, "NoStatus", "no")),
            ),
            (
                r#"{"xactionId": "1:2:3", "statusCode": 500}"#,
                Some((500, "HTTP_500", "")),
            ),
            (r#"{"statusCode": 70000}"#, Some((0, "70000", ""))),
        ] {
            let content = format!(r#"{{"responses": [{entry}]}}"#);
            let Ok(Answer::Each(fates)) = Answer::read(&head(207), content.as_bytes(), Some(1))
            else {
                panic!("not understood: {entry}");
            };
            let fate = fates[0].as_ref();
            let fate = fate.map(|no| (no.status, &*no.code, &*no.message));
            assert_eq!(fate, told, "{entry}");
        }
    }

    #[test]
    fn a_refusal_keeps_the_platforms_words_and_code() {
        let validation = br#"{"type": "t", "status": 400, "title": "Invalid XDM Message Format",
            "report": {"message": "validation failed", "cause": {"_streamingValidation": [
                {"message": "x: expected String"}]}}}"#;
        let Ok(Answer::Refused(no)) = Answer::read(&head(400), validation, None) else {
            panic!("taken");
        };
        assert_eq!(no.code, "HTTP_400");
        assert_eq!(
            no.message,
            "Invalid XDM Message Format: validation failed: x: expected String"
        );
        let mut busy = head(503);
        busy.headers
            .insert(RETRY_AFTER, HeaderValue::from_static("7"));
        let Ok(Answer::Refused(no)) = Answer::read(&busy, b"try later", Some(5)) else {
            panic!("taken");
        };
        assert_eq!(no.wait, Some(Duration::from_secs(7)));
        assert_eq!(no.message, "try later");
        for (date, least) in [
            ("Wed, 21 Oct 2015 07:28:00 GMT", Duration::ZERO),
            ("Fri, 31 Dec 2100 23:59:59 GMT", LONGEST_WAIT),
        ] {
            busy.headers
                .insert(RETRY_AFTER, HeaderValue::from_static(date));
            let Ok(Answer::Refused(no)) = Answer::read(&busy, b"", Some(5)) else {
                panic!("taken");
            };
            assert_eq!(no.wait, Some(least), "{date}");
        }
        let gateway = br#"{"error_code": "401013", "message": "Oauth token is not valid"}"#;
        let Ok(Answer::Refused(no)) = Answer::read(&head(401), gateway, Some(5)) else {
            panic!("taken");
        };
        assert_eq!((&*no.code, no.status), ("401013", 401));
        assert_eq!(
            cut(&"é".repeat(WORDS + 1)),
            format!("{}…", "é".repeat(WORDS))
        );
    }
}
