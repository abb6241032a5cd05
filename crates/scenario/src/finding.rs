//! One mistake before it is shown: what, and where in the text.

use std::ops::Range;

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
