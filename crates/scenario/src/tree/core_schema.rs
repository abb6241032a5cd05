//! What a scalar is by itself.

/// What a plain scalar is where its type does not say: the core schema of YAML 1.2, in which `no`
/// is text. Numbers with leading zeros are octal to some and are refused; `0o17`, `0x1f` and `.inf`
/// stay text, since nobody means a number by them here.
/// <https://yaml.org/spec/1.2.2/#1032-tag-resolution>
pub(super) enum Resolved {
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    LeadingZero,
    Text,
}

pub(super) fn resolve(text: &str) -> Resolved {
    match text {
        "true" | "True" | "TRUE" => return Resolved::Bool(true),
        "false" | "False" | "FALSE" => return Resolved::Bool(false),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Resolved::Text;
    }
    if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Resolved::LeadingZero;
    }
    if let Ok(number) = text.parse() {
        return Resolved::Unsigned(number);
    }
    if let Ok(number) = text.parse() {
        return Resolved::Signed(number);
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Resolved::Float(number),
        _ => Resolved::Text,
    }
}
