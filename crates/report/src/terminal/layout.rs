//! Text with colours, and tables of it.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

pub(super) const PLAIN: Style = Style::new();
pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const WARN: Style = AnsiColor::Yellow.on_default().bold();
pub(super) const BAR: Style = AnsiColor::Cyan.on_default();

/// A piece of text in one style.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub text: String,
    pub style: Style,
}

impl Cell {
    pub(super) fn new(text: impl Into<String>, style: Style) -> Cell {
        Cell {
            text: text.into(),
            style,
        }
    }

    pub(super) fn plain(text: impl Into<String>) -> Cell {
        Cell::new(text, PLAIN)
    }

    fn width(&self) -> usize {
        self.text.width()
    }

    fn push_to(&self, out: &mut String) {
        if self.style == PLAIN || self.text.is_empty() {
            out.push_str(&self.text);
        } else {
            // Writing to a string can't fail.
            let _ = write!(
                out,
                "{}{}{}",
                self.style,
                self.text,
                self.style.render_reset()
            );
        }
    }
}

/// How a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Rows as lines, columns two spaces apart and as wide as their widest cell. `align` says how the
/// columns stand; further ones stand as the last.
pub(super) fn table(rows: &[Vec<Cell>], align: &[Align], out: &mut String) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(Cell::width)
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            if column > 0 {
                line.push_str("  ");
            }
            let space = " ".repeat(widths[column] - cell.width());
            let side = align
                .get(column)
                .or(align.last())
                .copied()
                .unwrap_or(Align::Left);
            if side == Align::Right {
                line.push_str(&space);
            }
            cell.push_to(&mut line);
            if side == Align::Left {
                line.push_str(&space);
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// One line made of pieces.
pub(super) fn line(cells: &[Cell], out: &mut String) {
    for cell in cells {
        cell.push_to(out);
    }
    out.push('\n');
}

/// A text broken at spaces so that it fits `width`; later lines begin with `indent` spaces.
pub(super) fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let text = printable(text);
    let mut lines = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        if used > 0 && used + 1 + word.width() > width.max(indent + 20) {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            used = indent;
        } else if used > 0 {
            lines.push(' ');
            used += 1;
        } else {
            used = indent;
        }
        lines.push_str(word);
        used += word.width();
    }
    lines
}

/// A text cut so that it fits `width`.
pub(super) fn cut(text: &str, width: usize) -> String {
    let text = printable(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    if text.width() <= width {
        return text;
    }
    let mut short = String::new();
    for c in text.chars() {
        if short.width() + 1 >= width {
            break;
        }
        short.push(c);
    }
    short + "…"
}

/// A server's text must not steer the terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
