//! The structure of identifiers such as `ORD-000123`: runs of digits and letters, and what stands between.

use super::privacy;

/// So many structures are told apart; identifiers of one field have one or two.
const KEPT: usize = 8;
/// What is longer, or has more runs, is no identifier.
const LONGEST: usize = 64;
const RUNS_MAX: usize = 16;

/// The structures of the texts at a path.
#[derive(Debug, Default)]
pub(super) struct Structures(Vec<Structure>);

#[derive(Debug)]
struct Structure {
    runs: Vec<Run>,
    seen: u64,
}

#[derive(Clone, Debug)]
struct Run {
    class: Class,
    /// What it was the first time.
    text: String,
    /// Whether it was that always.
    is_constant: bool,
    /// The longest, in characters.
    longest: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Digits,
    Upper,
    Lower,
    /// What stands between: itself.
    Between,
}

impl Structures {
    pub(super) fn add(&mut self, text: &str) {
        let Some(runs) = runs(text) else {
            return;
        };
        let is_same = |known: &&mut Structure| {
            known.runs.len() == runs.len()
                && known.runs.iter().zip(&runs).all(|(a, b)| a.is_like(b))
        };
        if let Some(known) = self.0.iter_mut().find(is_same) {
            known.seen += 1;
            for (run, new) in known.runs.iter_mut().zip(&runs) {
                run.is_constant &= run.text == new.text;
                run.longest = run.longest.max(new.longest);
            }
        } else if self.0.len() < KEPT {
            self.0.push(Structure { runs, seen: 1 });
        }
    }

    /// The pattern of a scenario that nearly all of `count` texts follow, if they have digits. What is in
    /// all of them stays if it is no word: `ORD`, but not `anna`.
    pub(super) fn pattern(&self, count: u64, distinct: f64) -> Option<String> {
        let most = self.0.iter().max_by_key(|known| known.seen)?;
        let is_rule = most.seen * 20 >= count * 19;
        let has_digits = most.runs.iter().any(|run| run.class == Class::Digits);
        if !is_rule || !has_digits {
            return None;
        }
        // What a single record has in common with itself says nothing.
        let may_stay = distinct >= 10.0;
        let pattern = |at: usize| {
            let stays = may_stay && stays(&most.runs, at);
            most.runs[at].pattern(stays)
        };
        Some((0..most.runs.len()).map(pattern).collect())
    }
}

/// Whether the letters of a run may stay: with the letters around them they are a word, and `Anna` is two runs.
fn stays(runs: &[Run], at: usize) -> bool {
    let before = runs[..at]
        .iter()
        .rev()
        .take_while(|run| run.is_letters())
        .count();
    let behind = runs[at..].iter().take_while(|run| run.is_letters()).count();
    let word = &runs[at - before..at + behind];
    let letters: String = word.iter().map(|run| run.text.as_str()).collect();
    word.iter().all(|run| run.is_constant) && privacy::is_prefix(&letters)
}

impl Run {
    fn is_like(&self, other: &Run) -> bool {
        self.class == other.class && (self.class != Class::Between || self.text == other.text)
    }

    fn is_letters(&self) -> bool {
        matches!(self.class, Class::Upper | Class::Lower)
    }

    fn pattern(&self, stays: bool) -> String {
        match self.class {
            Class::Digits => "#".repeat(self.longest),
            Class::Upper | Class::Lower if stays => self.text.clone(),
            Class::Upper | Class::Lower => "?".repeat(self.longest),
            Class::Between => self
                .text
                .chars()
                .flat_map(|c| match c {
                    '#' | '?' | '\\' => vec!['\\', c],
                    c => vec![c],
                })
                .collect(),
        }
    }
}

/// The runs of a text; none if it is no identifier.
fn runs(text: &str) -> Option<Vec<Run>> {
    if text.is_empty() || text.len() > LONGEST || !text.is_ascii() || text.contains(' ') {
        return None;
    }
    let mut runs: Vec<Run> = Vec::new();
    for c in text.chars() {
        let class = match c {
            '0'..='9' => Class::Digits,
            'A'..='Z' => Class::Upper,
            'a'..='z' => Class::Lower,
            c if c.is_ascii_punctuation() => Class::Between,
            _ => return None,
        };
        let is_full = runs.len() == RUNS_MAX;
        match runs.last_mut().filter(|run| run.class == class) {
            Some(run) => {
                run.text.push(c);
                run.longest += 1;
            }
            None if is_full => return None,
            None => runs.push(Run {
                class,
                text: c.to_string(),
                is_constant: true,
                longest: 1,
            }),
        }
    }
    Some(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(texts: &[String]) -> Option<String> {
        let mut structures = Structures::default();
        for text in texts {
            structures.add(text);
        }
        structures.pattern(texts.len() as u64, texts.len() as f64)
    }

    fn hundred(text: impl Fn(usize) -> String) -> Vec<String> {
        (0..100).map(text).collect()
    }

    #[test]
    fn identifiers_have_a_pattern() {
        let letter = |at: usize| char::from(b'A' + (at % 26) as u8);
        for (texts, expected) in [
            (hundred(|at| format!("ORD-{at:06}")), "ORD-######"),
            (hundred(|at| format!("cus_{}", at * 7)), "cus_###"),
            (
                hundred(|at| format!("{}{:03}/{}", letter(at), at, letter(at * 3))),
                "?###/?",
            ),
            (hundred(|at| format!("#{at:04}")), r"\#####"),
            (hundred(|at| format!("{:05}", at * 991)), "#####"),
        ] {
            assert_eq!(pattern(&texts).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_name_in_all_of_them_does_not_stay() {
        for name in ["anna", "Anna", "ANNA", "zaphod", "ZAPHOD", "Beeblebrox"] {
            let found = pattern(&hundred(|at| format!("{name}-{at:02}"))).unwrap();
            assert!(
                !found.to_lowercase().contains(&name.to_lowercase()),
                "{found}"
            );
        }
        // What one text has in common with itself is nothing to go by.
        let one = pattern(&["ORD-4711".to_owned()]).unwrap();
        assert_eq!(one, "???-####");
    }

    #[test]
    fn words_and_a_mixture_have_none() {
        assert_eq!(pattern(&hundred(|at| "x".repeat(at % 5 + 1))), None);
        assert_eq!(
            pattern(&hundred(|at| format!("{:x}", at * 7919 + 12_345))),
            None
        );
        assert_eq!(pattern(&hundred(|at| format!("order {at}"))), None);
        assert_eq!(pattern(&hundred(|at| format!("Ü-{at}"))), None);
    }
}
