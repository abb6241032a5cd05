//! The grammar that all faults share: `WHOM: WHAT [TIMES]`.
//!
//! WHOM and WHAT are read by whoever is struck; how often is the same for everybody.

use std::time::Duration;

use super::FaultError;

/// How often a fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// So many times.
    Exactly(u32),
    /// The first so many calls that fit are spared, the next one is hit.
    After(u32),
    /// Every so many-th call that fits is hit: with 10, the 10th, the 20th …
    Every {
        /// The distance.
        n: u32,
        /// Calls since the last one that was hit.
        since: u32,
    },
    /// Until it is cleared.
    Always,
}

impl Times {
    /// Every `n`-th.
    pub fn every(n: u32) -> Times {
        Times::Every { n, since: 0 }
    }

    /// Counts a call that fits: whether it is hit, and whether that was the last time.
    pub(crate) fn strike(&mut self) -> (bool, bool) {
        match self {
            Times::Always => (true, false),
            Times::Exactly(left) => {
                *left = left.saturating_sub(1);
                (true, *left == 0)
            }
            Times::After(0) => (true, true),
            Times::After(spared) => {
                *spared -= 1;
                (false, false)
            }
            Times::Every { n, since } => {
                *since += 1;
                let hits = *since >= *n;
                if hits {
                    *since = 0;
                }
                (hits, false)
            }
        }
    }
}

/// A fault in words.
#[derive(Debug)]
pub(crate) struct Sentence<'t> {
    text: &'t str,
    pub(crate) whom: Vec<&'t str>,
    /// Without the words of how often.
    pub(crate) what: Vec<&'t str>,
    pub(crate) times: Times,
}

impl<'t> Sentence<'t> {
    pub(crate) fn parse(text: &'t str) -> Result<Sentence<'t>, FaultError> {
        let Some((whom, what)) = text.split_once(':') else {
            return Err(FaultError::new(
                text,
                "there is no `:` between whom and what",
            ));
        };
        let mut sentence = Sentence {
            text,
            whom: whom.split_whitespace().collect(),
            what: what.split_whitespace().collect(),
            times: Times::Exactly(1),
        };
        if sentence.whom.is_empty() {
            return Err(sentence.wrong("it does not say whom it strikes"));
        }
        sentence.times = sentence.take_times()?;
        if sentence.what.is_empty() {
            return Err(sentence.wrong("it does not say what happens"));
        }
        Ok(sentence)
    }

    fn take_times(&mut self) -> Result<Times, FaultError> {
        let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0);
        let (times, words) = match self.what[..] {
            [.., "once"] => (Times::Exactly(1), 1),
            [.., "always"] => (Times::Always, 1),
            [.., n, "times"] => match number(n) {
                Some(n) => (Times::Exactly(n), 2),
                None => return Err(self.wrong(&format!("`{n} times` is not a number of times"))),
            },
            [.., "every", n] => match number(n) {
                Some(n) => (Times::every(n), 2),
                None => return Err(self.wrong(&format!("`every {n}` is not a distance"))),
            },
            _ => return Ok(Times::Exactly(1)),
        };
        self.what.truncate(self.what.len() - words);
        Ok(times)
    }

    /// An error about this sentence.
    pub(crate) fn wrong(&self, reason: &str) -> FaultError {
        FaultError::new(self.text, reason)
    }

    /// An error about a word that is none of `known`.
    pub(crate) fn unknown(&self, word: &str, known: &[&str]) -> FaultError {
        let near = options::suggest(word, known.iter().copied());
        let near = near.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
        self.wrong(&format!(
            "`{word}` is not something that can happen here{near}"
        ))
    }

    /// A length of time in the sentence, such as `20ms`.
    pub(crate) fn duration(&self, text: &str) -> Result<Duration, FaultError> {
        let period: Result<options::Period, _> = text.parse();
        period
            .map(|period| period.0)
            .map_err(|error| self.wrong(&format!("`{text}` is not a length of time: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_often_is_written_at_the_end() {
        let times = |text: &str| Sentence::parse(text).unwrap().times;
        assert_eq!(times("x: 503"), Times::Exactly(1));
        assert_eq!(times("x: 503 3 times"), Times::Exactly(3));
        assert_eq!(times("x: 503 every 10"), Times::every(10));
        assert_eq!(times("x: 503 always"), Times::Always);
        for bad in [
            "",
            "x",
            ": 503",
            "x:",
            "x: once",
            "x: 503 0 times",
            "x: 503 every ten",
        ] {
            assert!(Sentence::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_tenth_is_the_tenth_and_the_twentieth() {
        let mut times = Times::every(10);
        let hits: Vec<_> = (1..=25).filter(|_| times.strike().0).collect();
        assert_eq!(hits, [10, 20]);
    }
}
