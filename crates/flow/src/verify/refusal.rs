//! A line of a file of refused records.

use records::Template;
use serde_json::Value;

use super::id_of::{Whose, anywhere};

/// Where the platform's words stand.
const REASONS: [&str; 2] = [
    "/_validationErrors/0/message",
    "/_errors/_streamingValidation/0/message",
];

/// A record that the platform refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) whose: Whose,
    /// The platform's words.
    pub(super) reason: Option<String>,
}

impl Refusal {
    /// `None`: it is no record. It may stand there as it came, as it was mapped, or as text in the
    /// field of another: wherever an id of ours is in it, it is ours.
    pub(super) fn read(template: &Template, line: &[u8]) -> Option<Refusal> {
        let whose = anywhere(template, line);
        let json = serde_json::from_slice::<Value>(line).ok();
        if whose == Whose::Stranger && !json.as_ref().is_some_and(Value::is_object) {
            return None;
        }
        let found = REASONS
            .iter()
            .find_map(|at| json.as_ref()?.pointer(at)?.as_str());
        Some(Refusal {
            whose,
            reason: found.map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::made::template;
    use super::*;

    #[test]
    fn a_refused_record_is_known_in_any_form() {
        let template = template(r#"{"fields": {"id": "record_id"}}"#);
        let mut record = Vec::new();
        template.record(7, &mut record);
        let record = String::from_utf8(record).unwrap();
        let text = Value::from(record.clone());
        let why = r#"[{"keyword": "k", "message": "not so"}]"#;
        let open = record.trim_end_matches('}');
        for line in [
            format!(r#"{open}, "_validationErrors": {why}}}"#),
            format!(r#"{{"body": {text}, "_validationErrors": {why}}}"#),
            format!(
                r#"{{"body": {{"xdm": {record}}}, "_errors": {{"_streamingValidation": {why}}}}}"#
            ),
        ] {
            let refusal = Refusal::read(&template, line.as_bytes()).unwrap();
            assert_eq!(refusal.whose, Whose::Ours(7), "{line}");
            assert_eq!(refusal.reason.as_deref(), Some("not so"), "{line}");
        }
        let stranger = Refusal::read(&template, br#"{"id": "x"}"#).unwrap();
        assert_eq!((stranger.whose, stranger.reason), (Whose::Stranger, None));
        for nothing in ["", "[", "no JSON", "17"] {
            assert_eq!(Refusal::read(&template, nothing.as_bytes()), None);
        }
    }
}
