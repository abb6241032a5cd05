//! The words of a field's name, however they are put together.

use std::iter;

/// The words of a name in small letters from a to z: `customerFirstName`, `customer_first_name` and
/// `Customer-First-Name` are the same three. A number is a word of its own.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = written(name);
    for word in &mut words {
        word.make_ascii_lowercase();
    }
    words
}

/// The same with capitals where they are.
pub(crate) fn written(name: &str) -> Vec<String> {
    let plain: Vec<char> = deunicode::deunicode(name).chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    let next = plain.iter().skip(1).map(Some).chain(iter::once(None));
    let before = iter::once(None).chain(plain.iter().map(Some));
    for ((c, next), before) in plain.iter().zip(next).zip(before) {
        if !c.is_ascii_alphanumeric() {
            is_open = false;
            continue;
        }
        let starts = before.is_some_and(|before| {
            let is_hump = c.is_ascii_uppercase() && !before.is_ascii_uppercase();
            // The last capital of `IPAddress` begins the next word.
            let ends_capitals = c.is_ascii_uppercase()
                && before.is_ascii_uppercase()
                && next.is_some_and(char::is_ascii_lowercase);
            is_hump || ends_capitals || c.is_ascii_digit() != before.is_ascii_digit()
        });
        match words.last_mut().filter(|_| is_open && !starts) {
            Some(word) => word.push(*c),
            None => words.push(c.to_string()),
        }
        is_open = true;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_style_have_the_same_words() {
        for (name, expected) in [
            ("customerFirstName", "customer first name"),
            ("customer_first_name", "customer first name"),
            ("CUSTOMER-FIRST-NAME", "customer first name"),
            ("IPAddress", "ip address"),
            ("userID", "user id"),
            ("street1", "street 1"),
            ("straße", "strasse"),
            ("prénom", "prenom"),
            ("@id", "id"),
            ("_id", "id"),
            ("", ""),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
    }
}
