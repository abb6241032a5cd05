//! A regular expression whose texts have the lengths that are wanted.

use std::sync::LazyLock;

use regex::Regex;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind, Repetition};

/// The expression with the repetitions that have no end, or a far one, made to fit `min` and `max` characters. It
/// matches nothing that the one before does not match. `None`: it can't be told, or can't be done.
pub(crate) fn fitting(expression: &str, min: u64, max: u64) -> Option<String> {
    let hir = ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(expression)
        .ok()?;
    let (min, max) = (u32::try_from(min).ok()?, u32::try_from(max.min(4096)).ok()?);
    let parts = match hir.kind() {
        HirKind::Concat(parts) => parts.clone(),
        _ => vec![hir.clone()],
    };
    // Characters of what can't be changed, and what can: repetitions of one character.
    let (mut least, mut most) = (0u32, 0u32);
    let mut elastic = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if let Some((low, high)) = repeated(part) {
            least = least.checked_add(low)?;
            elastic.push((index, low, high.unwrap_or(max).max(low)));
        } else {
            least = least.checked_add(shortest(part)?)?;
            most = most.checked_add(longest(part)?)?;
        }
    }
    let mut parts = parts;
    // The shortest text has to be long enough with the repetitions at their least, the longest short enough with
    // them at their most.
    let mut missing = min.saturating_sub(least);
    let mut room = max.checked_sub(most)?;
    room = room.checked_sub(elastic.iter().map(|(_, low, _)| low).sum())?;
    for (index, low, high) in elastic {
        let more = missing.min(high - low);
        missing -= more;
        room = room.checked_sub(more)?;
        let spare = room.min(high - low - more);
        let spare = spare.min(16);
        room -= spare;
        parts[index] = with_counts(&parts[index], low + more, low + more + spare)?;
    }
    (missing == 0).then(|| {
        let parts = parts.iter().map(Hir::to_string);
        as_written(&parts.collect::<String>())
    })
}

/// Without what only the printer of expressions says: bytes are all that is meant here.
fn as_written(printed: &str) -> String {
    static BYTES: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\(\?-u:(\[[^\]]*\])\)").ok());
    let plain = match &*BYTES {
        Some(bytes) => bytes.replace_all(printed, "$1"),
        None => printed.into(),
    };
    plain.replace(r"\A", "^").replace(r"\z", "$")
}

/// How often one character is repeated.
fn repeated(hir: &Hir) -> Option<(u32, Option<u32>)> {
    match hir.kind() {
        HirKind::Repetition(it) if longest(&it.sub) == Some(1) && shortest(&it.sub) == Some(1) => {
            Some((it.min, it.max))
        }
        HirKind::Capture(capture) => repeated(&capture.sub),
        _ => None,
    }
}

fn with_counts(hir: &Hir, min: u32, max: u32) -> Option<Hir> {
    match hir.kind() {
        HirKind::Repetition(it) => Some(Hir::repetition(Repetition {
            min,
            max: Some(max),
            ..it.clone()
        })),
        HirKind::Capture(capture) => with_counts(&capture.sub, min, max),
        _ => None,
    }
}

fn shortest(hir: &Hir) -> Option<u32> {
    u32::try_from(hir.properties().minimum_len()?).ok()
}

fn longest(hir: &Hir) -> Option<u32> {
    u32::try_from(hir.properties().maximum_len()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::limits::samples;

    #[test]
    fn an_expression_is_made_to_fit() {
        for (expression, min, max) in [
            ("^[A-Z]+$", 5, 10),
            ("^[A-Z]*$", 0, 3),
            ("^[a-z0-9-]+\\.[a-z]{2,}$", 12, 12),
            ("^.*$", 40, 60),
            ("x[0-9]{2,9}", 3, 4),
            ("^([a-z]+)-([0-9]+)$", 20, 22),
        ] {
            let fitted = fitting(expression, min, max).unwrap();
            let matches = Regex::new(expression).unwrap();
            let samples = samples(&json!({"regex": fitted}), 300);
            assert!(!samples.is_empty(), "{fitted}");
            for sample in samples {
                let text = sample.as_str().unwrap().to_owned();
                assert!(matches.is_match(&text), "{expression}: {fitted}: {text}");
                let length = text.chars().count() as u64;
                assert!(
                    (min..=max).contains(&length),
                    "{expression}: {fitted}: {text}"
                );
            }
        }
        let fitted = fitting("^[A-Z]+-x$", 5, 9).unwrap();
        assert!(fitted.starts_with("^[A-Z]{3,7}"), "{fitted}");
        assert_eq!(fitting("^abc$", 5, 9), None);
        assert_eq!(fitting("(", 0, 9), None);
    }
}
