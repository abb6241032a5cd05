//! What a template makes of a value: character by character, into another place.

use crate::locale::Locale;
use crate::output::Output;

/// What is done to a value in a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Modifier {
    /// Small letters.
    Lower,
    /// Capital letters.
    Upper,
    /// The first letter as a capital.
    Capital,
    /// The first character alone.
    Initial,
    /// Letters of ASCII, spelt as in e-mail addresses.
    Ascii,
    /// For addresses: small letters and digits of ASCII, with one `-` for all else in between.
    Slug,
    /// The digits alone.
    Digits,
}

/// Into how many bytes one byte can grow: letters of other scripts are spelt with several.
pub(super) const GROWTH: usize = 4;

impl Modifier {
    pub(super) const WORDS: &[(&'static str, Modifier)] = &[
        ("lower", Modifier::Lower),
        ("upper", Modifier::Upper),
        ("capital", Modifier::Capital),
        ("initial", Modifier::Initial),
        ("ascii", Modifier::Ascii),
        ("slug", Modifier::Slug),
        ("digits", Modifier::Digits),
    ];

    pub(super) fn of(word: &str) -> Option<Modifier> {
        let known = Modifier::WORDS.iter().find(|(known, _)| *known == word);
        known.map(|(_, modifier)| *modifier)
    }

    /// All words, for messages.
    pub(super) fn all() -> String {
        let words: Vec<_> = Modifier::WORDS.iter().map(|(word, _)| *word).collect();
        format!("`{}` and `or:…`", words.join("`, `"))
    }
}

/// Modifiers at work on one value.
pub(super) struct Changing<'m> {
    modifiers: &'m [Modifier],
    locale: Locale,
    /// What each has seen: whether there was a character, and whether one was left out since.
    seen: [(bool, bool); super::template::MODIFIERS_MAX],
    /// Whether characters are escaped as in JSON.
    is_json: bool,
}

impl Changing<'_> {
    pub(super) fn new(modifiers: &[Modifier], locale: Locale, is_json: bool) -> Changing<'_> {
        Changing {
            modifiers,
            locale,
            seen: Default::default(),
            is_json,
        }
    }

    /// Takes one character.
    pub(super) fn take(&mut self, c: char, out: &mut Output<'_>) {
        self.pass(0, c, out);
    }

    /// Hands a character to the modifier `at`.
    fn pass(&mut self, at: usize, c: char, out: &mut Output<'_>) {
        let Some(modifier) = self.modifiers.get(at) else {
            return write(c, self.is_json, out);
        };
        let (is_later, is_cut) = self.seen[at];
        self.seen[at].0 = true;
        match modifier {
            Modifier::Lower => c.to_lowercase().for_each(|c| self.pass(at + 1, c, out)),
            Modifier::Upper => c.to_uppercase().for_each(|c| self.pass(at + 1, c, out)),
            Modifier::Capital if !is_later => {
                c.to_uppercase().for_each(|c| self.pass(at + 1, c, out));
            }
            Modifier::Initial if is_later => {}
            Modifier::Digits if !c.is_ascii_digit() => {}
            Modifier::Capital | Modifier::Initial | Modifier::Digits => self.pass(at + 1, c, out),
            Modifier::Ascii => spelt(c, self.locale, |c| self.pass(at + 1, c, out)),
            Modifier::Slug => {
                self.seen[at] = (is_later, is_cut);
                spelt(c, self.locale, |c| {
                    let (is_later, is_cut) = self.seen[at];
                    if !c.is_ascii_alphanumeric() {
                        self.seen[at].1 = true;
                        return;
                    }
                    if is_later && is_cut {
                        self.pass(at + 1, '-', out);
                    }
                    self.seen[at] = (true, false);
                    self.pass(at + 1, c.to_ascii_lowercase(), out);
                });
            }
        }
    }
}

/// The characters of ASCII that stand for one, at most four for each of its bytes.
fn spelt(c: char, locale: Locale, take: impl FnMut(char)) {
    if c.is_ascii() {
        return std::iter::once(c).for_each(take);
    }
    let german = match c {
        'ä' => "ae",
        'ö' => "oe",
        'ü' => "ue",
        'Ä' => "Ae",
        'Ö' => "Oe",
        'Ü' => "Ue",
        _ => "",
    };
    let is_german = matches!(locale, Locale::De | Locale::DeAt | Locale::DeCh);
    let spelling = if is_german && !german.is_empty() {
        german
    } else {
        deunicode::deunicode_char(c).unwrap_or_default().trim_end()
    };
    spelling.chars().take(GROWTH * c.len_utf8()).for_each(take);
}

/// Writes a character, escaped if it stands in JSON.
pub(super) fn write(c: char, is_json: bool, out: &mut Output<'_>) {
    match c {
        '"' | '\\' if is_json => out.put(&[b'\\', c as u8]),
        '\0'..='\x1f' if is_json => {
            const HEX: &[u8; 16] = b"0123456789abcdef";
            let code = c as usize;
            match c {
                '\n' => out.put(b"\\n"),
                '\r' => out.put(b"\\r"),
                '\t' => out.put(b"\\t"),
                _ => out.put(&[b'\\', b'u', b'0', b'0', HEX[code >> 4], HEX[code & 15]]),
            }
        }
        _ => out.put(c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn changed(text: &str, modifiers: &[Modifier], locale: Locale, is_json: bool) -> String {
        let mut bytes = vec![0; text.len() * 64 + 64];
        let mut out = Output {
            bytes: &mut bytes,
            at: 0,
        };
        let mut changing = Changing::new(modifiers, locale, is_json);
        text.chars().for_each(|c| changing.take(c, &mut out));
        let end = out.at;
        String::from_utf8(bytes[..end].to_vec()).unwrap()
    }

    #[test]
    fn each_does_what_its_name_says() {
        use Modifier::{Ascii, Capital, Digits, Initial, Lower, Slug, Upper};
        let check = |text: &str, modifiers: &[Modifier], expected: &str| {
            assert_eq!(
                changed(text, modifiers, Locale::De, false),
                expected,
                "{modifiers:?}"
            );
        };
        check(
            "Jörg Müller-Lüdenscheidt",
            &[Ascii],
            "Joerg Mueller-Luedenscheidt",
        );
        check(
            "Jörg Müller-Lüdenscheidt",
            &[Slug],
            "joerg-mueller-luedenscheidt",
        );
        check("  Größe: 10 % ", &[Slug], "groesse-10");
        check("straße", &[Upper], "STRASSE");
        check("İ", &[Lower], "i\u{307}");
        check("élan vital", &[Capital], "Élan vital");
        check("Zoë", &[Initial, Lower], "z");
        check("+49 (170) 12-3", &[Digits], "49170123");
        assert_eq!(changed("Jörg", &[Ascii], Locale::En, false), "Jorg");
    }

    proptest! {
        /// What stands in JSON reads back as what it is, and nothing grows beyond its bound.
        #[test]
        fn escapes_read_back(text in ".*", odd in "[\"\\\\\\x00-\\x1fäß你]*") {
            for text in [text, odd] {
                let escaped = changed(&text, &[], Locale::En, true);
                let read: String = serde_json::from_str(&format!("\"{escaped}\"")).unwrap();
                prop_assert_eq!(&read, &text);
                for (_, modifier) in Modifier::WORDS {
                    let longest = serde_json::to_string(&text).unwrap().len() * GROWTH;
                    prop_assert!(changed(&text, &[*modifier], Locale::De, true).len() <= longest);
                }
                let lower = changed(&text, &[Modifier::Lower], Locale::En, false);
                let expected: String = text.chars().flat_map(char::to_lowercase).collect();
                prop_assert_eq!(lower, expected);
            }
        }
    }
}
