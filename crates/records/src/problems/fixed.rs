//! Values that are written out, and look as if they were kinds of fields.

use options::{Location, Problem, Problems};
use serde_json::Value;

use crate::field::KINDS;

/// Warns of what is written as a kind where only fixed values stand, as in
/// `{choose: [{x: first_name}]}`.
pub(crate) fn check(value: &Value, at: &Location, problems: &mut Problems) {
    look(value, at, false, problems);
}

fn look(value: &Value, at: &Location, is_inside: bool, problems: &mut Problems) {
    match value {
        // A word such as `email` may well be meant as one; `first_name` hardly.
        Value::String(text) if is_kind(text) && (is_inside || text.contains('_')) => {
            problems.push(told(
                at,
                format!("this is the text `{text}` in every record, not a {text}"),
            ));
        }
        Value::Object(fields) => {
            if let Some((kind, options)) = fields.iter().next().filter(|_| fields.len() == 1)
                && is_kind(kind)
                && (options.is_object() || options.is_array())
            {
                problems.push(told(
                    at,
                    format!("this is an object with the field `{kind}`, not the kind `{kind}`"),
                ));
                return;
            }
            for (name, value) in fields {
                look(value, &at.join(name), true, problems);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                look(item, &at.join(index), is_inside, problems);
            }
        }
        _ => {}
    }
}

fn is_kind(word: &str) -> bool {
    KINDS.contains(&word)
}

fn told(at: &Location, message: String) -> Problem {
    Problem::warning(at.clone(), message)
        .help("`choose` and `constant` have fixed values; kinds stand below `fields` and `object`")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_kind_among_fixed_values_is_told_to_be_a_text() {
        let warned = |value: Value| {
            let mut problems = Problems::new();
            check(&value, &Location::root(), &mut problems);
            assert!(problems.iter().all(|problem| problem.is_warning));
            problems
                .iter()
                .map(|problem| problem.at.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(warned(json!({"x": "first_name"})), ["x"]);
        assert_eq!(warned(json!({"x": {"y": "email"}})), ["x.y"]);
        assert_eq!(warned(json!("last_name")), [""]);
        assert_eq!(warned(json!([1, {"integer": {"max": 6}}])), ["1"]);
        for meant in [
            json!("email"),
            json!({"city": "Rome"}),
            json!({"name": 1}),
            json!(1),
        ] {
            assert!(warned(meant.clone()).is_empty(), "{meant}");
        }
    }
}
