//! What a text looks like, told from the text alone.

use std::sync::LazyLock;

use regex::Regex;

/// Formats in the words of JSON Schema, the more particular ones first, and what their texts look like.
const LOOKS: [(&str, &str); 10] = [
    (
        "uuid",
        r"^(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    ),
    (
        "date-time",
        r"^(?i)\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})$",
    ),
    ("date", r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"),
    (
        "time",
        r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d{2}:?\d{2})$",
    ),
    ("duration", r"^P(\d+[YMWD])*(T(\d+[HMS])+)?$"),
    ("email", r"^[^@\s]+@[^@\s]+\.[^@\s]+$"),
    ("uri", r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^\s]+$"),
    (
        "ipv4",
        r"^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)$",
    ),
    ("mac", r"^(?i)([0-9a-f]{2}:){5}[0-9a-f]{2}$"),
    (
        "ipv6",
        r"^(?i)(([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|[0-9a-f:]*::[0-9a-f:]*)$",
    ),
];

static COMPILED: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    let compiled = LOOKS
        .iter()
        .map(|(format, look)| Some((*format, Regex::new(look).ok()?)));
    compiled.flatten().collect()
});

/// The format that a text has by its looks.
pub fn format_of(text: &str) -> Option<&'static str> {
    let found = COMPILED.iter().find(|(_, look)| look.is_match(text));
    found.map(|(format, _)| *format)
}

/// Whether a text can be of this format; yes, where nothing is known of it.
pub(crate) fn can_be(text: &str, format: &str) -> bool {
    let look = COMPILED.iter().find(|(known, _)| *known == format);
    look.is_none_or(|(_, look)| look.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_known_by_their_looks() {
        assert_eq!(COMPILED.len(), LOOKS.len());
        for (text, format) in [
            ("2026-11-30", Some("date")),
            ("2026-13-30", None),
            ("2026-11-30T21:00:00.5Z", Some("date-time")),
            ("2026-11-30 21:00:00+01:00", Some("date-time")),
            ("12:00:00Z", Some("time")),
            ("P3DT4H", Some("duration")),
            ("a.b@example.com", Some("email")),
            ("https://example.com/x?y", Some("uri")),
            ("10.0.0.1", Some("ipv4")),
            ("10.0.0.300", None),
            ("2001:db8::1", Some("ipv6")),
            ("00:1a:2b:3c:4d:5e", Some("mac")),
            ("9F0C3B1E-0000-4000-8000-000000000000", Some("uuid")),
            ("Anna", None),
            ("", None),
        ] {
            assert_eq!(format_of(text), format, "{text}");
        }
    }
}
