//! Whose names and words: tables of our own where people would notice, and `fake`'s for the rest.

mod banks;
mod fake;
mod goods;
mod land;
mod mix;
#[cfg(test)]
mod tests;
mod vehicles;
mod words;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use fake::Fake;
pub(crate) use goods::Good;
pub(crate) use land::{Country, Land};
pub use mix::Locales;
pub(crate) use vehicles::Vehicle;
pub(crate) use words::{Name, Own, Place, capitalized};

/// Where people live: the language of their names, their streets and towns, and what else is so in the country.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Locale {
    /// English (United States).
    #[default]
    En,
    /// English (United Kingdom).
    EnGb,
    /// German (Germany).
    De,
    /// German (Austria).
    DeAt,
    /// German (Switzerland).
    DeCh,
    /// French (France).
    Fr,
    /// Italian (Italy).
    It,
    /// Spanish (Spain).
    Es,
    /// Dutch (Netherlands).
    Nl,
    /// Portuguese (Brazil).
    PtBr,
    /// Japanese (Japan).
    Ja,
    /// Arabic (Saudi Arabia). Words only: towns and postcodes don't belong together.
    Ar,
    /// Welsh (Great Britain). Words only: towns and postcodes don't belong together.
    Cy,
    /// Persian (Iran). Words only: towns and postcodes don't belong together.
    Fa,
    /// Portuguese (Portugal). Words only: towns and postcodes don't belong together.
    PtPt,
    /// Turkish (Türkiye). Words only: towns and postcodes don't belong together.
    Tr,
    /// Chinese (China). Words only: towns and postcodes don't belong together.
    ZhCn,
    /// Chinese (Taiwan). Words only: towns and postcodes don't belong together.
    ZhTw,
}

impl Locale {
    /// All of them; those with tables of our own come first.
    pub(crate) const ALL: [Locale; 18] = [
        Locale::En,
        Locale::EnGb,
        Locale::De,
        Locale::DeAt,
        Locale::DeCh,
        Locale::Fr,
        Locale::It,
        Locale::Es,
        Locale::Nl,
        Locale::PtBr,
        Locale::Ja,
        Locale::Ar,
        Locale::Cy,
        Locale::Fa,
        Locale::PtPt,
        Locale::Tr,
        Locale::ZhCn,
        Locale::ZhTw,
    ];

    /// The tables of this locale.
    pub(crate) fn tables(self) -> Tables {
        Tables {
            country: self.country(),
            fake: self.fake(),
            own: self.land().map(Own::new),
        }
    }

    /// A name as it stands in an e-mail address: small letters from a to z, spelt out by sound.
    pub(crate) fn mailbox(self, name: &str) -> String {
        let mut spelt = name.to_lowercase();
        if matches!(self, Locale::De | Locale::DeAt | Locale::DeCh) {
            for (letter, letters) in [('ä', "ae"), ('ö', "oe"), ('ü', "ue"), ('ß', "ss")] {
                spelt = spelt.replace(letter, letters);
            }
        }
        let plain: String = deunicode::deunicode(&spelt)
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
        if plain.is_empty() {
            "x".to_owned()
        } else {
            plain
        }
    }
}

/// The tables of a locale.
pub(crate) struct Tables {
    pub(crate) country: Country,
    pub(crate) fake: Fake,
    /// Those of our own, if there are any.
    pub(crate) own: Option<Own>,
}

impl Tables {
    /// First names: women's, then men's, where it is known whose they are.
    pub(crate) fn first_names(&self) -> Vec<Name> {
        match &self.own {
            Some(own) => own.women.iter().chain(&own.men).copied().collect(),
            None => self
                .fake
                .first_names
                .iter()
                .copied()
                .map(Name::plain)
                .collect(),
        }
    }

    /// Family names.
    pub(crate) fn last_names(&self) -> Vec<Name> {
        match &self.own {
            Some(own) => own.family.clone(),
            None => self
                .fake
                .last_names
                .iter()
                .copied()
                .map(Name::plain)
                .collect(),
        }
    }
}
