//! Whether a word is a name: what records are made of, asked the other way round.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::locale::Locale;

static NAMES: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let tables = Locale::ALL.map(Locale::tables);
    let own = tables
        .iter()
        .flat_map(|tables| [tables.first_names(), tables.last_names()]);
    let own = own.flatten().map(|name| name.text);
    // Privacy wants all that are known, records those that are frequent.
    let others = tables
        .iter()
        .flat_map(|tables| [tables.fake.first_names, tables.fake.last_names]);
    let names = own.chain(others.flatten().copied());
    let words = names.flat_map(|name| name.split([' ', '-', '\'']));
    let both = words.flat_map(|word| [word.to_lowercase(), plain(word)]);
    both.filter(|word| !word.is_empty()).collect()
});

/// Without accents, in small letters of the Latin alphabet.
fn plain(word: &str) -> String {
    deunicode::deunicode(word).trim().to_lowercase()
}

/// Whether it is, in any of the [locales](Locale), a person's first or last name, or a part of one. Small
/// and large letters count alike, with accents or without.
pub fn is_name(word: &str) -> bool {
    NAMES.contains(&*word.to_lowercase()) || NAMES.contains(&plain(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_and_other_words_are_not() {
        for name in [
            "Anna", "anna", "SCHMIDT", "May", "Müller", "muller", "王", "García",
        ] {
            assert!(is_name(name), "{name}");
        }
        for word in ["status", "pending", "", "checkout", "web"] {
            assert!(!is_name(word), "{word}");
        }
    }
}
