//! Paths of fields: names joined by dots. A dot or a backslash in a name has a backslash in front, as
//! Adobe's Data Prep writes it
//! (<https://experienceleague.adobe.com/docs/experience-platform/data-prep/home.html>).

use std::borrow::Cow;

/// A name as it stands in a path.
pub fn escaped(name: &str) -> Cow<'_, str> {
    if name.contains(['.', '\\']) {
        name.replace('\\', "\\\\").replace('.', "\\.").into()
    } else {
        name.into()
    }
}

/// The path of the field `name` of the object at `above`; an empty path is the record itself.
pub fn join(above: &str, name: &str) -> String {
    let name = escaped(name);
    if above.is_empty() {
        name.into_owned()
    } else {
        format!("{above}.{name}")
    }
}

/// The path of the object that the field at this path is in.
pub fn above(path: &str) -> &str {
    let mut end = 0;
    let mut is_escaped = false;
    for (at, c) in path.char_indices() {
        match c {
            '.' if !is_escaped => end = at,
            _ => {}
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    &path[..end]
}

/// The names that a path leads through.
pub fn steps(path: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut chars = path.chars();
    while let Some(c) = chars.next() {
        match (c, steps.last_mut()) {
            ('.', _) => steps.push(String::new()),
            ('\\', Some(step)) => step.extend(chars.next()),
            (c, Some(step)) => step.push(c),
            (_, None) => {}
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_dot_in_a_name_is_not_one_between_names() {
        assert_eq!(join("", "first.name"), "first\\.name");
        assert_eq!(join("address", "city"), "address.city");
        assert_eq!(steps("a\\.b.c"), ["a.b", "c"]);
        assert_eq!(steps("a b.c-d"), ["a b", "c-d"]);
    }

    proptest! {
        /// A path leads through the names that it was made of.
        #[test]
        fn names_come_back(names in prop::collection::vec(".{1,6}", 1..5)) {
            let path = names.iter().fold(String::new(), |path, name| join(&path, name));
            prop_assert_eq!(steps(&path), &names[..]);
            let outer = names[..names.len() - 1].iter().fold(String::new(), |path, name| join(&path, name));
            prop_assert_eq!(above(&path), outer);
        }
    }
}
