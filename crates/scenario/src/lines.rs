//! From bytes to lines, without going through the whole file for every mistake in it.

use std::ops::Range;

use crate::diagnostics::Place;
use crate::source::Source;

/// A text and where its lines begin.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    pub(crate) source: &'a Source,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(source: &'a Source) -> Lines<'a> {
        let breaks = source.text.match_indices('\n').map(|(at, _)| at + 1);
        Lines {
            source,
            starts: std::iter::once(0).chain(breaks).collect(),
        }
    }

    /// Lines and columns, in its file, of a span whose ends lie between characters.
    pub(crate) fn place(&self, span: &Range<usize>) -> Place {
        let above = self.above(span.start);
        let position = |at: usize| {
            let line = self.line(at);
            let start = self.starts[line - 1];
            let before = self.source.text.get(start..at).unwrap_or_default();
            (line - above, before.chars().count() + 1)
        };
        let ((line, column), (end_line, end_column)) = (position(span.start), position(span.end));
        Place {
            line,
            column,
            end_line,
            end_column,
        }
    }

    /// How many lines of the text stand before the file that this byte is in.
    fn above(&self, at: usize) -> usize {
        self.line(self.source.part(at).start) - 1
    }

    /// The number of the line that this byte is in, counted through all files.
    fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).max(1)
    }

    /// Whole lines from the first to the last of both spans.
    pub(crate) fn excerpt(&self, span: &Range<usize>, also: Option<&Range<usize>>) -> Excerpt<'a> {
        let also = also.unwrap_or(span);
        let line = self.line(span.start.min(also.start));
        let last = self.line(span.end.max(also.end));
        let start = self.starts[line - 1];
        let text = &self.source.text;
        let end = self.starts.get(last).copied().unwrap_or(text.len());
        Excerpt {
            text: text.get(start..end).unwrap_or_default(),
            line: line - self.above(span.start),
            start,
        }
    }
}

/// The lines that a mistake is about.
#[derive(Debug)]
pub(crate) struct Excerpt<'a> {
    pub(crate) text: &'a str,
    /// The number of the first one, in its file.
    pub(crate) line: usize,
    start: usize,
}

impl Excerpt<'_> {
    /// A span of the whole text in the excerpt.
    pub(crate) fn within(&self, span: &Range<usize>) -> Range<usize> {
        let from = |at: usize| at.saturating_sub(self.start).min(self.text.len());
        from(span.start)..from(span.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_places_in_lines() {
        let source = Source::new("s.yaml", "é: 1\n\nlast");
        let lines = Lines::new(&source);
        let at = |span: Range<usize>| {
            let place = lines.place(&span);
            (place.line, place.column, place.end_line, place.end_column)
        };
        assert_eq!(at(0..2), (1, 1, 1, 2));
        assert_eq!(at(4..5), (1, 4, 1, 5));
        assert_eq!(at(6..11), (2, 1, 3, 5));
        assert_eq!(at(11..11), (3, 5, 3, 5));
    }

    #[test]
    fn an_excerpt_has_whole_lines() {
        let source = Source::new("s.yaml", "a\nbc\nde\n");
        let lines = Lines::new(&source);
        let excerpt = |span: Range<usize>, also: Option<Range<usize>>| {
            let excerpt = lines.excerpt(&span, also.as_ref());
            (excerpt.text, excerpt.line, excerpt.within(&span))
        };
        assert_eq!(excerpt(3..4, None), ("bc\n", 2, 1..2));
        assert_eq!(excerpt(6..7, Some(0..1)), ("a\nbc\nde\n", 1, 6..7));
        assert_eq!(excerpt(8..8, None), ("", 4, 0..0));
    }

    #[test]
    fn lines_count_from_the_beginning_of_their_file() {
        let mut source = Source::new("a.yaml", "a: 1\nb: 2");
        let base = source.add("b.yaml", "c: 3\nd: 4\n");
        let lines = Lines::new(&source);
        let place = lines.place(&(base + 5..base + 6));
        assert_eq!((place.line, place.column, place.end_column), (2, 1, 2));
        let excerpt = lines.excerpt(&(base + 5..base + 6), None);
        assert_eq!((excerpt.text, excerpt.line), ("d: 4\n", 2));
        assert_eq!(source.part(base + 5).name, "b.yaml");
        assert_eq!(source.part(9).name, "a.yaml");
    }
}
