//! Text that others wrote, made fit for a terminal, a log and a report: what would act there shows
//! instead.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` on one line, with everything that a terminal would act on as its number: an escape becomes
/// `\u001b`. Every message with words of a service goes through this.
///
/// Line breaks and tabs become blanks. Marks that change the direction of writing are escaped too, as
/// they make a text look like another one.
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, |_| None)
}

/// The same of a page of our own, which may have words of others in it: line breaks, tabs and colours
/// stay. JSON stays JSON, and means the same.
pub fn visible_page(text: &str) -> Cow<'_, str> {
    escaped(text, |rest| match rest.as_bytes() {
        [b'\n' | b'\t', ..] => Some(1),
        _ => colour(rest),
    })
}

/// `kept` says how many bytes at the beginning stay as they are, though they act.
fn escaped(text: &str, kept: impl Fn(&str) -> Option<usize>) -> Cow<'_, str> {
    let Some(first) = text.find(acts) else {
        return Cow::Borrowed(text);
    };
    let (clean, mut rest) = text.split_at(first);
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(clean);
    while let Some(next) = rest.chars().next() {
        let kept = if acts(next) {
            kept(rest)
        } else {
            Some(next.len_utf8())
        };
        let length = kept.unwrap_or(next.len_utf8());
        match (kept, next) {
            (Some(_), _) => out.push_str(&rest[..length]),
            (None, '\n' | '\r' | '\t') => out.push(' '),
            (None, _) => drop(write!(out, "\\u{:04x}", u32::from(next))),
        }
        rest = &rest[length..];
    }
    Cow::Owned(out)
}

/// Whether a terminal does something with it besides showing it.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The length of the sequence at the beginning, if it is one that sets a colour or a weight.
fn colour(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    parameters[end..].starts_with('m').then_some(2 + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_act_shows() {
        for (text, shown) in [
            ("plain, größer, 日本", "plain, größer, 日本"),
            ("\u{1b}]0;owned\u{7}", "\\u001b]0;owned\\u0007"),
            ("\u{1b}[31mred", "\\u001b[31mred"),
            ("a\u{9b}2Jb\u{7f}", "a\\u009b2Jb\\u007f"),
            ("one\r\ntwo\tthree", "one  two three"),
            ("\u{202e}evil", "\\u202eevil"),
        ] {
            assert_eq!(visible(text), shown);
        }
        assert!(matches!(visible("plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_page_keeps_its_lines_and_colours_and_nothing_else() {
        let page = "\u{1b}[1;31mbad\u{1b}[0m\n\tnext";
        assert_eq!(visible_page(page), page);
        assert_eq!(
            visible_page("\u{1b}[2J\u{1b}[1\u{1b}\r\n"),
            "\\u001b[2J\\u001b[1\\u001b \n"
        );
    }

    #[test]
    fn json_means_the_same() {
        let json = serde_json::to_string_pretty(&["a\u{9b}b\u{202e}\u{1b}\n"]).unwrap();
        let page = visible_page(&json);
        assert!(!page.contains('\u{9b}'));
        let read: Vec<String> = serde_json::from_str(&page).unwrap();
        assert_eq!(read, ["a\u{9b}b\u{202e}\u{1b}\n"]);
    }
}
