//! Values that a field's type allows and its schema does not. The words are those of the validator
//! that the platform uses (<https://github.com/everit-org/json-schema>).

use serde_json::Value;

/// JSON Schema's limits of one field.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Limits {
    allowed: Option<Vec<Value>>,
    is_email: bool,
    pattern: Option<Pattern>,
    length: (Option<u64>, Option<u64>),
    range: (Option<f64>, Option<f64>),
}

#[derive(Clone, Debug)]
struct Pattern(regex::Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Limits {
    /// `None`: there are none.
    pub(super) fn read(field: &Value) -> Option<Limits> {
        let whole = |name: &str| field.get(name).and_then(Value::as_u64);
        let number = |name: &str| field.get(name).and_then(Value::as_f64);
        let pattern = field.get("pattern").and_then(Value::as_str);
        let limits = Limits {
            allowed: field.get("enum").and_then(Value::as_array).cloned(),
            is_email: field.get("format").is_some_and(|it| it == "email"),
            pattern: pattern
                .and_then(|it| regex::Regex::new(it).ok())
                .map(Pattern),
            length: (whole("minLength"), whole("maxLength")),
            range: (number("minimum"), number("maximum")),
        };
        (limits != Limits::default()).then_some(limits)
    }

    /// The keyword that a value breaks, and how.
    pub(crate) fn broken_by(&self, value: &Value) -> Option<(&'static str, String)> {
        if let Some(allowed) = &self.allowed
            && !allowed.contains(value)
        {
            let shown = value.as_str().map_or(value.to_string(), str::to_owned);
            return Some(("enum", format!("{shown} is not a valid enum value")));
        }
        if let Some(text) = value.as_str() {
            if self.is_email && !is_email(text) {
                let message = format!("[{text}] is not a valid email address");
                return Some(("format", message));
            }
            if let Some(Pattern(pattern)) = &self.pattern
                && !pattern.is_match(text)
            {
                let message = format!("string [{text}] does not match pattern {pattern}");
                return Some(("pattern", message));
            }
            let length = text.chars().count() as u64;
            match self.length {
                (Some(least), _) if length < least => {
                    let message = format!("expected minLength: {least}, actual: {length}");
                    return Some(("minLength", message));
                }
                (_, Some(most)) if length > most => {
                    let message = format!("expected maxLength: {most}, actual: {length}");
                    return Some(("maxLength", message));
                }
                _ => {}
            }
        }
        let number = value.as_f64()?;
        match self.range {
            (Some(least), _) if number < least => Some((
                "minimum",
                format!("{value} is not greater or equal to {least}"),
            )),
            (_, Some(most)) if number > most => {
                Some(("maximum", format!("{value} is not less or equal to {most}")))
            }
            _ => None,
        }
    }
}

/// As far as it goes without a list of top-level domains.
fn is_email(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_inside = |c: char| c.is_alphanumeric() || c == '-';
        !label.is_empty() && label.chars().all(is_inside)
    };
    text.split_once('@').is_some_and(|(name, domain)| {
        let labels = domain.split('.').filter(|label| is_label(label)).count();
        !name.is_empty()
            && !name.contains(char::is_whitespace)
            && labels > 1
            && labels == domain.split('.').count()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_limit_says_which_it_is() {
        let cases = [
            (json!({"enum": ["gold", "none"]}), json!("gold"), None),
            (json!({"enum": ["gold"]}), json!("x"), Some("enum")),
            (json!({"pattern": "^[A-Z]{2}$"}), json!("DE"), None),
            (
                json!({"pattern": "^[A-Z]{2}$"}),
                json!("de"),
                Some("pattern"),
            ),
            (json!({"format": "email"}), json!("a.b@c.example"), None),
            (json!({"format": "email"}), json!("a@b"), Some("format")),
            (json!({"format": "email"}), json!("a b@c.d"), Some("format")),
            (json!({"format": "email"}), json!("a@b@c.d"), Some("format")),
            (json!({"minLength": 1}), json!(""), Some("minLength")),
            (json!({"maxLength": 1}), json!("xy"), Some("maxLength")),
            (json!({"minimum": 0}), json!(-1), Some("minimum")),
            (json!({"maximum": 1.5}), json!(2), Some("maximum")),
            (json!({"maximum": 1.5}), json!(1.5), None),
        ];
        for (field, value, wanted) in cases {
            let broken = Limits::read(&field).unwrap().broken_by(&value);
            assert_eq!(
                broken.map(|(keyword, _)| keyword),
                wanted,
                "{field} {value}"
            );
        }
        assert!(Limits::read(&json!({"type": "string"})).is_none());
    }
}
