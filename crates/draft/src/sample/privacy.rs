//! What of a sample may stand in a scenario: nothing that can be somebody's.
//!
//! Values stay only as a closed set, and only if each of them was there often. Then their field's name
//! must not be one of a person's things; and either all their words are ordinary ones, or the field's
//! name says that they are one of a closed set and none of them is a name that people have, or is written
//! like one. Whatever is in doubt does not stay.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::formats::FORMATS;
use crate::name;

/// A value that was there less often may be of a single person.
pub(super) const SEEN_MIN: u64 = 5;
/// More different values are no closed set.
pub(super) const VALUES_MAX: usize = 40;
/// Numbers of more digits are codes of somebody.
const DIGITS_MAX: usize = 4;

type Table = LazyLock<HashSet<&'static str>>;

static ORDINARY: Table = LazyLock::new(|| table(include_str!("words/ordinary.txt")));
static PERSONAL: Table = LazyLock::new(|| table(include_str!("words/personal.txt")));
static CLOSED: Table = LazyLock::new(|| table(include_str!("words/closed.txt")));

fn table(text: &'static str) -> HashSet<&'static str> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).collect()
}

/// What the name of a field says about its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// That they are one of a closed set.
    Closed,
    /// That they are somebody's.
    Personal,
    Nothing,
}

/// What the last name of a path says: `userType` is of a closed set, `user` is not, and neither is
/// `userCode`: a person's codes are theirs.
pub(super) fn says(name: &str) -> Says {
    let words = words(name);
    let joined = words.concat();
    let has = |table: &Table, word: &str| table.contains(word);
    let last = words.last().map_or("", String::as_str);
    let pair = words.len().checked_sub(2).map(|at| words[at..].join("_"));
    let ends = |table: &Table| {
        has(table, last)
            || pair.as_deref().is_some_and(|pair| has(table, pair))
            || has(table, &joined)
    };
    let is_owned = ends(&PERSONAL) || words.iter().any(|word| has(&PERSONAL, word));
    let is_code = matches!(last, "code" | "codes");
    if ends(&CLOSED) && !(is_owned && is_code) {
        Says::Closed
    } else if is_owned {
        Says::Personal
    } else {
        Says::Nothing
    }
}

/// The words of a name, in small letters without accents and without numbers.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = name::words(text);
    words.retain(|word| !word.bytes().all(|it| it.is_ascii_digit()));
    words
}

/// Why values do not stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// The field's name says so.
    PersonalField,
    /// One is a name that people have.
    Name,
    /// One looks like something that is of one person alone.
    Identifier,
    /// One is a word that nobody here knows, and the field's name does not help.
    Unknown,
}

impl Doubt {
    /// In words, for the table of what was recognised.
    pub(super) fn words(self) -> &'static str {
        match self {
            Doubt::PersonalField => "the field's name says they may be personal",
            Doubt::Name => "one of them may be a person's name",
            Doubt::Identifier => "one of them may identify someone",
            Doubt::Unknown => "not all of them are everyday words",
        }
    }
}

/// Whether these texts of a field may stay.
pub(super) fn doubt<'v>(field: &str, values: impl IntoIterator<Item = &'v str>) -> Option<Doubt> {
    let says = says(field);
    if says == Says::Personal {
        return Some(Doubt::PersonalField);
    }
    let is_closed = says == Says::Closed;
    let mut are_all_names = !is_closed;
    for value in values {
        if let Some(doubt) = doubt_of(value, is_closed) {
            return Some(doubt);
        }
        // May and Brown are words, but a set of nothing else is more likely one of people.
        are_all_names &= words(value).iter().all(|word| records::is_name(word));
    }
    are_all_names.then_some(Doubt::Name)
}

fn doubt_of(value: &str, is_closed: bool) -> Option<Doubt> {
    let recognised = FORMATS
        .iter()
        .find(|(_, test)| test(value))
        .map(|(format, _)| format);
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let digits_max = if is_closed { DIGITS_MAX } else { 1 };
    if recognised.is_some_and(|format| !format.is_public())
        || digits > digits_max
        || value.contains('@')
    {
        return Some(Doubt::Identifier);
    }
    if recognised.is_some() {
        return None;
    }
    // As they are written: a capital begins a name, and capitals alone are an abbreviation.
    let mut strange = name::written(value);
    strange.retain(|word| !is_ordinary(&word.to_ascii_lowercase()));
    strange.retain(|word| !word.bytes().all(|it| it.is_ascii_digit()));
    let is_capitalised = |word: &String| {
        word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.bytes().any(|it| it.is_ascii_lowercase())
    };
    // What is not written in Latin letters is compared as it is, too.
    let is_name = |word: &String| records::is_name(&word.to_ascii_lowercase());
    let mut parts = value
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_ascii());
    if strange.iter().any(is_name) || parts.any(records::is_name) {
        return Some(Doubt::Name);
    }
    let is_unknown = strange
        .iter()
        .any(|word| !is_closed || is_capitalised(word));
    is_unknown.then_some(Doubt::Unknown)
}

fn is_ordinary(word: &str) -> bool {
    ORDINARY.contains(word)
}

/// Whether a whole number may stay as one of a closed set.
pub(super) fn is_code(field: &str, number: i64) -> bool {
    match says(field) {
        Says::Closed => number.unsigned_abs() < 10u64.pow(DIGITS_MAX as u32),
        Says::Personal => false,
        Says::Nothing => (0..=10).contains(&number),
    }
}

/// Whether letters that all identifiers of a field begin with may stay: an abbreviation, no name.
pub(super) fn is_prefix(letters: &str) -> bool {
    let small = letters.to_ascii_lowercase();
    let is_short = letters.len() <= 3
        || letters.len() <= 4 && letters.bytes().all(|it| it.is_ascii_uppercase());
    (is_short && !records::is_name(&small)) || PREFIXES.contains(&&*small) || is_ordinary(&small)
}

/// Longer ones that are common.
const PREFIXES: [&str; 12] = [
    "cust", "prod", "sess", "acct", "inst", "camp", "evt", "device", "asset", "batch", "trace",
    "sensor",
];

/// Whether the name of a field looks like a value: then the object is a map, or the first line of a table is
/// none of names.
pub(super) fn is_data(name: &str) -> bool {
    let recognised = FORMATS
        .iter()
        .find(|(_, test)| test(name))
        .map(|(format, _)| format);
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    recognised.is_some_and(|format| !format.is_public())
        || name.contains('@')
        || letters == 0
        || digits >= 4
        || is_a_name(name)
}

/// Whether it is a name that people have, and no ordinary word.
fn is_a_name(text: &str) -> bool {
    let words = words(text);
    let is_name = |word: &String| {
        records::is_name(word) && !is_ordinary(word) && !PERSONAL.contains(word.as_str())
    };
    !words.is_empty() && words.iter().all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fields_name_says_whose_its_values_are() {
        for (name, expected) in [
            ("userType", Says::Closed),
            ("order_status", Says::Closed),
            ("emailStatus", Says::Closed),
            ("payment_method", Says::Closed),
            ("Größe", Says::Closed),
            ("country_code", Says::Closed),
            ("statusCode", Says::Closed),
            ("user", Says::Personal),
            ("postalCode", Says::Personal),
            ("zip_code", Says::Personal),
            ("pin_code", Says::Personal),
            ("otp_code", Says::Personal),
            ("customer_code", Says::Personal),
            ("security_code", Says::Personal),
            ("accessCode", Says::Personal),
            ("verificationCode", Says::Personal),
            ("zipcode", Says::Personal),
            ("createdBy", Says::Personal),
            ("customer_name", Says::Personal),
            ("Vorname", Says::Personal),
            ("E-Mail", Says::Personal),
            ("ipAddress", Says::Personal),
            ("f1", Says::Nothing),
            ("quantity", Says::Nothing),
            ("device", Says::Nothing),
            ("group", Says::Nothing),
            ("topic", Says::Nothing),
        ] {
            assert_eq!(says(name), expected, "{name}");
        }
    }

    #[test]
    fn closed_sets_stay() {
        for (field, values) in [
            ("level", vec!["gold", "silver", "none"]),
            ("f1", vec!["red", "green", "Black", "WHITE"]),
            ("f2", vec!["In Progress", "not_started", "Done"]),
            (
                "eventType",
                vec!["page.view", "cart.add", "profile.updated", "premiumPlus"],
            ),
            ("currency", vec!["EUR", "USD"]),
            ("country", vec!["DE", "FR", "US"]),
            ("protocol", vec!["http2", "h264", "mp4"]),
            ("type", vec!["dispatch_pending", "ORDER_DISPATCHED", "SKU"]),
            ("device", vec!["mobile", "Desktop"]),
        ] {
            assert_eq!(
                doubt(field, values.iter().copied()),
                None,
                "{field}: {values:?}"
            );
        }
    }

    #[test]
    fn what_may_be_somebodys_does_not_stay() {
        for (field, values, why) in [
            ("level", vec!["gold", "Anna"], Doubt::Name),
            ("type", vec!["王", "李"], Doubt::Name),
            ("x", vec!["Zaphod"], Doubt::Unknown),
            ("x", vec!["zaphod"], Doubt::Unknown),
            ("x", vec!["May", "Brown"], Doubt::Name),
            ("x", vec!["zaphod42"], Doubt::Identifier),
            ("owner", vec!["gold"], Doubt::PersonalField),
            ("type", vec!["gold", "Kowalczykowa"], Doubt::Unknown),
            ("status", vec!["Zqörn"], Doubt::Unknown),
            ("category", vec!["Annas iPhone"], Doubt::Unknown),
            ("group", vec!["zaphods"], Doubt::Unknown),
            ("department", vec!["Zaphods"], Doubt::Unknown),
            ("status", vec!["ada@example.com"], Doubt::Identifier),
            ("status", vec!["+49 30 901820"], Doubt::Identifier),
            ("code", vec!["4711-0815"], Doubt::Identifier),
        ] {
            assert_eq!(
                doubt(field, values.iter().copied()),
                Some(why),
                "{field}: {values:?}"
            );
        }
        assert!(is_code("rating", 5) && is_code("statusCode", 404) && is_code("x", 3));
        assert!(!is_code("postalCode", 1010) && !is_code("pin_code", 4711));
        assert!(!is_code("age", 5) && !is_code("x", 47) && !is_code("code", 47_110));
    }

    #[test]
    fn names_of_fields_are_no_data() {
        for name in [
            "id",
            "firstName",
            "_id",
            "address1",
            "x",
            "größe",
            "color",
            "name",
            "Page",
        ] {
            assert!(!is_data(name), "{name}");
        }
        for name in [
            "ada@example.com",
            "4711",
            "2026-01-31",
            "Anna",
            "Anna Smith",
            "u123456",
            "+49 30 901820",
        ] {
            assert!(is_data(name), "{name}");
        }
    }
}
