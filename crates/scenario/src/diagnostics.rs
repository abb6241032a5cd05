//! Mistakes as people and editors see them.

use std::fmt;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

use crate::finding::{Finding, Findings, More};
use crate::lines::Lines;
use crate::mask::Mask;
use crate::source::Source;

/// What was found in a scenario: mistakes, warnings, or both, in the order of the file.
///
/// Displays as plain text; [`render`](Diagnostics::render) colours it, and as JSON
/// ([`to_json`](Diagnostics::to_json)) it is for editors. Shows no secret and no value that came
/// from an environment variable.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    source: Source,
    items: Vec<Diagnostic>,
    /// What there is besides, too much to be shown.
    more: More,
}

/// One mistake or warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Whether it stops a run.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Where in its file; `None` if it is about the scenario as a whole.
    #[serde(flatten)]
    pub place: Option<Place>,
    #[serde(skip)]
    span: Option<Range<usize>>,
    #[serde(skip)]
    also: Option<(Range<usize>, &'static str)>,
}

/// Whether something stops a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It does.
    Error,
    /// It does not.
    Warning,
}

/// A place in the file. Lines and columns count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// The line of the end.
    pub end_line: usize,
    /// The column behind the last character.
    pub end_column: usize,
}

/// How to write diagnostics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// ASCII, for files, logs and tests.
    #[default]
    Plain,
    /// With colours and lines, for terminals.
    Colored,
}

impl Diagnostics {
    /// Sorts the findings by place and takes secrets out of them and of the text.
    pub(crate) fn new(source: &Source, mask: &Mask, findings: Findings) -> Diagnostics {
        let lines = Lines::new(source);
        let (findings, more) = findings.into_parts();
        let mut items: Vec<_> = findings
            .into_iter()
            .map(|finding| Diagnostic::new(finding, &lines, mask))
            .collect();
        items.sort_by_key(|item| (item.span.as_ref().map(|span| span.start), item.severity));
        // Two checks may look at the same thing.
        items.dedup();
        Diagnostics {
            source: source.with_text(mask.text(&source.text)),
            items,
            more,
        }
    }

    /// The first hundred mistakes and the first hundred warnings, in the order of the file; what is
    /// about the file as a whole comes first.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.items.iter()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many mistakes there are, without warnings; also those that are not among the hundred.
    pub fn errors(&self) -> usize {
        self.count(Severity::Error) + self.more.mistakes
    }

    /// How many warnings there are; likewise.
    pub fn warnings(&self) -> usize {
        self.count(Severity::Warning) + self.more.warnings
    }

    /// The name of the file that it is in.
    fn file(&self, item: &Diagnostic) -> &str {
        match &item.span {
            Some(span) => &self.source.part(span.start).name,
            None => self.source.name(),
        }
    }

    fn count(&self, severity: Severity) -> usize {
        self.items
            .iter()
            .filter(|item| item.severity == severity)
            .count()
    }

    /// The mistakes, one a line: `file:line:column: message (help)`.
    pub fn lines(&self) -> Vec<String> {
        let mistakes = self.items.iter();
        let mistakes = mistakes.filter(|item| item.severity == Severity::Error);
        let line = |item: &Diagnostic| {
            let place = item.place.map_or_else(String::new, |place| {
                format!(":{}:{}", place.line, place.column)
            });
            let help = item.help.as_ref();
            let help = help.map_or_else(String::new, |help| format!(" ({help})"));
            format!("{}{place}: {}{help}", self.file(item), item.message)
        };
        let all = mistakes.map(line).collect::<Vec<_>>();
        all.into_iter().chain(self.more.words()).collect()
    }

    /// All of them with file, line, column, an excerpt and what to do.
    pub fn render(&self, style: Style) -> String {
        let renderer = match style {
            Style::Plain => Renderer::plain(),
            Style::Colored => Renderer::styled().decor_style(DecorStyle::Unicode),
        };
        let lines = Lines::new(&self.source);
        let rendered: Vec<_> = self
            .items
            .iter()
            .map(|item| renderer.render(&[self.group(item, &lines)]))
            .chain(self.more.words())
            .collect();
        rendered.join("\n\n")
    }

    fn group<'a>(&'a self, item: &'a Diagnostic, lines: &Lines<'a>) -> Group<'a> {
        let level = match item.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(item.message.as_str());
        let group = match &item.span {
            None => title.element(Origin::path(self.file(item))),
            Some(span) => {
                let also = item.also.as_ref().map(|(also, _)| also);
                let excerpt = lines.excerpt(span, also);
                let mut snippet = Snippet::source(excerpt.text)
                    .path(self.file(item))
                    .line_start(excerpt.line)
                    .annotation(AnnotationKind::Primary.span(excerpt.within(span)));
                if let Some((also, label)) = &item.also {
                    let also = AnnotationKind::Context.span(excerpt.within(also));
                    snippet = snippet.annotation(also.label(*label));
                }
                title.element(snippet)
            }
        };
        match &item.help {
            Some(help) => group.element(Level::HELP.message(help.as_str())),
            None => group,
        }
    }

    /// All of them as a JSON list: `file`, `severity`, `message`, `help`, `line`, `column`,
    /// `end_line`, `end_column`. If there are more, the last one says how many.
    pub fn to_json(&self) -> serde_json::Value {
        #[derive(Serialize)]
        struct Item<'a> {
            file: &'a str,
            #[serde(flatten)]
            item: &'a Diagnostic,
        }
        let more = self.more.words().map(|message| Diagnostic {
            severity: if self.more.mistakes > 0 {
                Severity::Error
            } else {
                Severity::Warning
            },
            message,
            help: None,
            place: None,
            span: None,
            also: None,
        });
        let items = self.items.iter().chain(&more).map(|item| Item {
            file: self.file(item),
            item,
        });
        items
            .map(|item| serde_json::to_value(item).unwrap_or_default())
            .collect()
    }
}

impl Diagnostic {
    fn new(finding: Finding, lines: &Lines<'_>, mask: &Mask) -> Diagnostic {
        let severity = if finding.is_warning {
            Severity::Warning
        } else {
            Severity::Error
        };
        let span = finding.span.map(|span| within(&lines.source.text, &span));
        Diagnostic {
            severity,
            message: clipped(mask.message(&finding.message)),
            help: finding.help.map(|help| clipped(mask.message(&help))),
            place: span.as_ref().map(|span| lines.place(span)),
            span,
            also: finding
                .also
                .map(|(span, label)| (within(&lines.source.text, &span), label)),
        }
    }
}

/// A message quotes what stands in the file, however long that is.
fn clipped(mut message: String) -> String {
    const BYTES_MAX: usize = 2000;
    if message.len() > BYTES_MAX {
        message.truncate(message.floor_char_boundary(BYTES_MAX));
        message.push('…');
    }
    message
}

/// The span with both its ends between characters of the text.
fn within(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    start..text.floor_char_boundary(span.end).max(start)
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Style::Plain))
    }
}

impl std::error::Error for Diagnostics {}
