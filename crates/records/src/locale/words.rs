//! The files below `data/`, where their sources are told: a file of words and one of places for each locale.

use super::Land;
use crate::random::TableRng;
use fake::rand::RngExt as _;

/// A name, and how it is spelt in an address if that is not what its letters say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name {
    pub(crate) text: &'static str,
    pub(crate) spelt: &'static str,
}

impl Name {
    pub(crate) fn plain(text: &'static str) -> Name {
        Name { text, spelt: text }
    }

    /// `佐藤=sato`, or a name as it is.
    fn read(written: &'static str) -> Name {
        match written.split_once('=') {
            Some((text, spelt)) => Name { text, spelt },
            None => Name::plain(written),
        }
    }
}

/// A town, or a part of one with a postcode of its own. Telephone numbers and postcodes are patterns: see
/// [`formats`](crate::pattern::formats).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) city: &'static str,
    pub(crate) state: &'static str,
    pub(crate) state_code: &'static str,
    pub(crate) postcode: &'static str,
    /// In thousandths of a degree.
    pub(crate) latitude: i64,
    pub(crate) longitude: i64,
    pub(crate) time_zone: &'static str,
    pub(crate) landline: &'static str,
    /// The part of the city that stands for the street.
    pub(crate) part: &'static str,
}

impl Place {
    fn read(line: &'static str) -> Place {
        let mut columns = line.split(';');
        let mut next = || columns.next().unwrap_or_default();
        Place {
            city: next(),
            state: next(),
            state_code: next(),
            postcode: next(),
            latitude: thousandths(next()),
            longitude: thousandths(next()),
            time_zone: next(),
            landline: next(),
            part: next(),
        }
    }
}

/// `-0.125` is -125: the files have three decimal places everywhere.
fn thousandths(degrees: &str) -> i64 {
    degrees.replace('.', "").parse().unwrap_or_default()
}

/// The tables of our own for a locale.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    pub(crate) land: &'static Land,
    pub(crate) women: Vec<Name>,
    pub(crate) men: Vec<Name>,
    pub(crate) family: Vec<Name>,
    pub(crate) places: Vec<Place>,
}

/// How many companies there are.
const COMPANIES: usize = 1024;

impl Own {
    pub(super) fn new(land: &'static Land) -> Own {
        let names = |key| list(land.words, key).map(Name::read).collect();
        let lines = land.places.lines().filter(|line| !line.starts_with('#'));
        Own {
            land,
            women: names("women"),
            men: names("men"),
            family: names("family"),
            places: lines.map(Place::read).collect(),
        }
    }

    /// The words of this key.
    pub(crate) fn list(&self, key: &str) -> impl Iterator<Item = &'static str> + use<> {
        list(self.land.words, key)
    }

    /// Companies, which are called after people and have the country's legal forms.
    pub(crate) fn companies(&self) -> Vec<String> {
        let mut rng = TableRng::new("companies");
        let forms: Vec<_> = self.list("companies").collect();
        let companies = (0..COMPANIES).map(|_| {
            let form = forms[rng.random_range(0..forms.len())];
            // Three different ones.
            let first = rng.random_range(0..self.family.len());
            ["{a}", "{b}", "{c}"].iter().enumerate().fold(
                form.to_owned(),
                |company, (index, letter)| {
                    let name = self.family[(first + index * 7) % self.family.len()].text;
                    company.replace(letter, &capitalized(name))
                },
            )
        });
        companies.collect()
    }
}

/// A name with a capital, as where none stands before it: `De Vries B.V.`, `mevrouw De Vries`.
pub(crate) fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next();
    first
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect()
}

/// What stands behind `key: `, which is separated by semicolons.
fn list(words: &'static str, key: &str) -> impl Iterator<Item = &'static str> + use<> {
    let behind = |line: &'static str| line.strip_prefix(key)?.strip_prefix(": ");
    let found = words.lines().find_map(behind);
    found.into_iter().flat_map(|line| line.split(';'))
}
