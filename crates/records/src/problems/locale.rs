//! Kinds that a locale has nothing for.

use options::{Location, Problem, Problems};

use crate::entities::{each_at, one_at};
use crate::field::{FieldOptions, HeaderOptions, Plain};
use crate::locale::{Locale, Locales};
use crate::options::RecordsOptions;

/// Finds them in all fields of the section at this place, and locales that can't be drawn.
pub(super) fn of_section(options: &RecordsOptions, at: &Location, problems: &mut Problems) {
    let locales = &options.locale;
    mix(locales, &at.join("locale"), problems);
    let mut look = |field: &FieldOptions, at: &Location| match field {
        FieldOptions::Of(of) if of.is_of_records_locale() => {
            if let Some(target) = of.target() {
                one_at(target, at, &mut |below, _| {
                    self::field(below, locales, at, problems);
                });
            }
        }
        field => self::field(field, locales, at, problems),
    };
    each_at(&options.fields, &at.join("fields"), &mut look);
    if let Some(journeys) = &options.journeys {
        let at = at.join("journeys");
        each_at(&journeys.session, &at.join("session"), &mut look);
        for (name, state) in &journeys.states {
            let at = at.join("states").join(name).join("fields");
            each_at(&state.fields, &at, &mut look);
        }
    }
    for (word, headers) in [
        ("headers", &options.headers),
        ("attributes", &options.attributes),
    ] {
        for (name, header) in headers {
            if let HeaderOptions::Made(field) = header {
                one_at(field, &at.join(word).join(name), &mut look);
            }
        }
    }
}

/// Whether there is a locale to be had.
pub(crate) fn mix(locales: &Locales, at: &Location, problems: &mut Problems) {
    if locales.is_empty() {
        problems.push(
            Problem::new(at.clone(), "no locale has a weight above 0")
                .help("write one, e.g. `de`, or several with weights, e.g. `{de: 3, fr: 1}`"),
        );
    }
}

/// Whether the locales have something for this field.
pub(crate) fn field(
    field: &FieldOptions,
    locales: &Locales,
    at: &Location,
    problems: &mut Problems,
) {
    let FieldOptions::Plain(plain) = field else {
        return;
    };
    let lacking = locales.iter().map(|(locale, _)| locale);
    let lacking: Vec<_> = lacking.filter(|it| !has(*it, *plain)).map(word).collect();
    if lacking.is_empty() {
        return;
    }
    let known = Locale::ALL.into_iter().filter(|it| has(*it, *plain));
    let known: Vec<_> = known.map(word).collect();
    let message = format!(
        "locale `{}` has no `{}`",
        lacking.join("`, `"),
        plain.word()
    );
    let help = format!("these locales have it: `{}`", known.join("`, `"));
    problems.push(Problem::new(at.clone(), message).help(help));
}

/// Whether a locale has something for this kind.
fn has(locale: Locale, plain: Plain) -> bool {
    match plain {
        Plain::Iban | Plain::Bic => locale.iban().is_some(),
        Plain::MiddleName
        | Plain::Title
        | Plain::Salutation
        | Plain::Landline
        | Plain::StateCode
        | Plain::Address
        | Plain::Latitude
        | Plain::Longitude
        | Plain::TimeZone
        | Plain::Department => locale.land().is_some(),
        _ => true,
    }
}

/// The locale's word in a scenario.
fn word(locale: Locale) -> String {
    let word = serde_json::to_value(locale).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}
