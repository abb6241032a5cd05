//! Mistakes before they are shown: what, and where in the text; and how many of them are kept.

use std::ops::Range;

/// More mistakes than this are not a scenario with mistakes but another kind of file.
pub(crate) const FINDINGS_MAX: usize = 100;

/// A mistake or a warning at a place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// `None`: it is about the file as a whole.
    pub(crate) span: Option<Range<usize>>,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) is_warning: bool,
    /// A second place that has to do with it.
    pub(crate) also: Option<(Range<usize>, &'static str)>,
}

impl Finding {
    pub(crate) fn new(
        span: impl Into<Option<Range<usize>>>,
        message: impl Into<String>,
    ) -> Finding {
        Finding {
            span: span.into(),
            message: message.into(),
            help: None,
            is_warning: false,
            also: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Finding {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn also(mut self, span: Range<usize>, label: &'static str) -> Finding {
        self.also = Some((span, label));
        self
    }
}

/// What was found, with a bound: the first mistakes and the first warnings, and how many more there
/// were. Every stage of reading a file adds to the same ones.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    kept: Vec<Finding>,
    mistakes: Tally,
    warnings: Tally,
    /// Not everything was looked at.
    is_cut: bool,
}

/// How many of one severity there are.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    kept: usize,
    left_out: usize,
}

/// What was found beyond the bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct More {
    pub(crate) mistakes: usize,
    pub(crate) warnings: usize,
    /// There may be still more of them.
    pub(crate) at_least: bool,
}

impl Findings {
    pub(crate) fn push(&mut self, finding: Finding) {
        if !self.leave_out(finding.is_warning) {
            self.tally(finding.is_warning).kept += 1;
            self.kept.push(finding);
        }
    }

    /// Where there is no room for one more, counts it and says so: then it need not be made.
    pub(crate) fn leave_out(&mut self, is_warning: bool) -> bool {
        let tally = self.tally(is_warning);
        let is_full = tally.kept >= FINDINGS_MAX;
        tally.left_out += usize::from(is_full);
        is_full
    }

    fn tally(&mut self, is_warning: bool) -> &mut Tally {
        if is_warning {
            &mut self.warnings
        } else {
            &mut self.mistakes
        }
    }

    /// Whether there are more mistakes than fit, so that there is no point in looking further.
    pub(crate) fn overflow(&self) -> bool {
        self.mistakes.left_out > 0
    }

    /// Notes that not everything was looked at.
    pub(crate) fn cut(&mut self) {
        self.is_cut = true;
    }

    pub(crate) fn into_parts(self) -> (Vec<Finding>, More) {
        let more = More {
            mistakes: self.mistakes.left_out,
            warnings: self.warnings.left_out,
            at_least: self.is_cut,
        };
        (self.kept, more)
    }

    /// Adds what another text's reading found, with its places changed.
    pub(crate) fn append(&mut self, other: Findings, moved: impl Fn(Finding) -> Finding) {
        self.extend(other.kept.into_iter().map(moved));
        self.mistakes.left_out += other.mistakes.left_out;
        self.warnings.left_out += other.warnings.left_out;
        self.is_cut |= other.is_cut;
    }

    #[cfg(test)]
    pub(crate) fn kept(&self) -> &[Finding] {
        &self.kept
    }
}

impl From<Finding> for Findings {
    fn from(finding: Finding) -> Findings {
        let mut findings = Findings::default();
        findings.push(finding);
        findings
    }
}

impl Extend<Finding> for Findings {
    fn extend<T: IntoIterator<Item = Finding>>(&mut self, findings: T) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }
}

impl More {
    /// `… and 4900 more mistakes`; `None` if there are none.
    pub(crate) fn words(self) -> Option<String> {
        let counted = [(self.mistakes, "mistake"), (self.warnings, "warning")];
        let counted: Vec<_> = counted
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| {
                let plural = if number == 1 { "" } else { "s" };
                format!("{number} more {word}{plural}")
            })
            .collect();
        let at_least = if self.at_least { "at least " } else { "" };
        let question = if self.mistakes > 0 {
            "; is this a scenario?"
        } else {
            ""
        };
        (!counted.is_empty())
            .then(|| format!("… and {at_least}{}{question}", counted.join(" and ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_take_no_room_from_mistakes() {
        let mut findings = Findings::default();
        for number in 0..2 * FINDINGS_MAX {
            let mut warning = Finding::new(None, format!("warning {number}"));
            warning.is_warning = true;
            findings.push(warning);
        }
        assert!(!findings.overflow());
        findings.push(Finding::new(None, "a mistake"));
        assert_eq!(findings.kept().len(), FINDINGS_MAX + 1);
        assert!(!findings.overflow());
        let (_, more) = findings.into_parts();
        assert_eq!(more.words().as_deref(), Some("… and 100 more warnings"));
    }

    #[test]
    fn what_is_beyond_the_bound_is_counted() {
        let words = |mistakes, warnings, at_least| {
            let more = More {
                mistakes,
                warnings,
                at_least,
            };
            more.words()
        };
        assert_eq!(words(0, 0, true), None);
        assert_eq!(
            words(1, 0, true).as_deref(),
            Some("… and at least 1 more mistake; is this a scenario?")
        );
        assert_eq!(
            words(7, 2, false).as_deref(),
            Some("… and 7 more mistakes and 2 more warnings; is this a scenario?")
        );
    }
}
