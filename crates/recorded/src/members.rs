//! The members of a JSON object, as they are written.

/// The members of the text of a JSON object, in their order: the key as it is written, with its quotes, and the value.
/// The text has to be JSON.
pub fn members(object: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut found = Vec::new();
    let inner = object.trim_ascii();
    let inner = inner
        .strip_prefix(b"{")
        .and_then(|it| it.strip_suffix(b"}"))
        .unwrap_or_default();
    let mut start = 0;
    while start < inner.len() {
        let end = start + until(&inner[start..], b',');
        let member = &inner[start..end];
        let colon = until(member, b':');
        if colon < member.len() {
            found.push((
                member[..colon].trim_ascii(),
                member[colon + 1..].trim_ascii(),
            ));
        }
        start = end + 1;
    }
    found
}

/// Where this byte stands first outside of texts, lists and objects; the length if nowhere.
fn until(text: &[u8], wanted: u8) -> usize {
    let (mut depth, mut in_text, mut is_escaped) = (0_u32, false, false);
    for (at, byte) in text.iter().enumerate() {
        if in_text {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ if *byte == wanted && depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}
