//! From what is known of a text to its kind.

use serde_json::{Value, json};

use super::Chooser;
use crate::fixed;
use crate::kind::Kind;
use crate::lengths;
use crate::limits::{Limits, samples};
use crate::looks;
use crate::shape::Node;
use crate::table::Class;

/// The length of a text of which nothing but its limits is known.
const LENGTH: u64 = 20;
/// Lengths up to here are tried.
const LENGTH_MAX: u64 = 1 << 16;

impl Chooser<'_> {
    pub(super) fn text(
        &mut self,
        node: &Node,
        steps: &[String],
        (min, max): (Option<u64>, Option<u64>),
        pattern: Option<&str>,
    ) -> Kind {
        let limits = Limits {
            min,
            max,
            pattern,
            format: node.format.as_deref(),
        };
        for kind in self.candidates(node, steps, &limits) {
            if limits.fit(&kind) {
                return Kind::Plain(kind);
            }
        }
        self.last_resort(node, steps, &limits)
    }

    /// Kinds that may make it, the most telling first.
    fn candidates(&self, node: &Node, steps: &[String], limits: &Limits<'_>) -> Vec<Value> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let examples: Vec<_> = node.examples.iter().filter_map(text).collect();
        let by_name = self.table.by_name(Class::Text, steps);
        let format = node.format.as_deref();
        let by_format = format.and_then(|it| self.table.by_format(Class::Text, it));
        // All examples look the same.
        let look = examples.first().and_then(|it| looks::format_of(it));
        let look = look.filter(|look| examples.iter().all(|it| looks::can_be(it, look)));
        let by_look = look.and_then(|it| self.table.by_format(Class::Text, it));
        let mut found = Vec::new();
        match (by_format, by_name) {
            // A day of birth is more than a day.
            (Some(_), Some(name)) if has_look(name, format) => found.push(name.clone()),
            (None, Some(name)) if look.is_none_or(|look| has_look(name, Some(look))) => {
                found.push(name.clone());
            }
            _ => {}
        }
        found.extend(by_format.or(by_look).cloned());
        if let Some(pattern) = limits.pattern {
            found.push(json!({"regex": pattern}));
            let (min, max) = (limits.min.unwrap_or(0), limits.max.unwrap_or(LENGTH_MAX));
            let fitted = lengths::fitting(pattern, min, max);
            found.extend(fitted.map(|it| json!({"regex": it})));
        }
        if examples.len() > 1 {
            let values: Vec<_> = examples.iter().map(|it| (json!(it), 1)).collect();
            found.push(fixed::kind(&values));
        } else if let Some(example) = examples.first() {
            found.extend(pattern_of(example));
            found.push(json!({"constant": example}));
        }
        found
    }

    /// Something that is taken, if nothing that is believed.
    fn last_resort(&mut self, node: &Node, steps: &[String], limits: &Limits<'_>) -> Kind {
        if let Some(pattern) = limits.pattern {
            self.remark(
                steps,
                format!("no text was found that matches `{pattern}`: write a kind that does"),
            );
            return Kind::word("word");
        }
        if let Some(format) = node.format.as_deref().filter(|it| !looks::can_be("", it)) {
            self.remark(
                steps,
                format!("no text of the format `{format}` was found that is within its limits"),
            );
        } else {
            self.remark(steps, "nothing is known that people would believe here");
        }
        let word = json!("word");
        if limits.fit(&word) {
            return Kind::Plain(word);
        }
        let (min, max) = (limits.min.unwrap_or(0), limits.max.unwrap_or(u64::MAX));
        let length = LENGTH.clamp(min.min(max), max);
        if length == 0 {
            return Kind::constant(&json!(""));
        }
        Kind::Plain(json!({"text": {"size": format!("{length} B")}}))
    }
}

/// Whether what a kind makes looks so.
fn has_look(kind: &Value, format: Option<&str>) -> bool {
    format.is_none_or(|format| {
        let is_known = !looks::can_be("", format);
        let made = samples(kind, 20);
        let fits = |value: &Value| {
            value
                .as_str()
                .is_some_and(|text| looks::can_be(text, format))
        };
        is_known && !made.is_empty() && made.iter().all(fits)
    })
}

/// `ORD-#######` for `ORD-0001234`: digits vary, the rest stays. Nothing for a text without digits.
fn pattern_of(example: &str) -> Option<Value> {
    if !example.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let symbol = |c: char| match c {
        '0'..='9' => "#".to_owned(),
        '#' | '?' | '\\' => format!("\\{c}"),
        other => other.to_string(),
    };
    let pattern: String = example.chars().map(symbol).collect();
    Some(json!({"pattern": pattern}))
}
