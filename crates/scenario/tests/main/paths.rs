//! Values that Adobe's own paths do not take.

use scenario::Target;

use crate::read;

const TYPED: &str = "\
version: 1
name: typed
flow:
  schema:
    field_groups: [person_details, personal_details]
    fields: {points: integer}
  mapping:
    id: _id
    name: person.birthYear
    year: person.birthDayAndMonth
    word: person.birthDate
    plan: person.gender
    city: personalEmail.address
    land: homeAddress.countryCode
    big: points_are_elsewhere
    far: homeAddress._schema.latitude
    is: homeAddress
    box: homeAddress.postOfficeBox
    phone: mobilePhone
destination:
  http_api: {}
records:
  fields:
    id: record_id
    name: first_name
    year: {integer: {min: 1900, max: 2100}}
    word: {constant: hello}
    plan: {choose: {female: 1, gold: 9}}
    city: city
    land: {choose: [Germany]}
    big: ordinal
    far: {integer: {min: -200, max: 200}}
    is: {choose: [{city: Rome, countryCode: IT, lastVerifiedDate: yesterday}]}
    box: {pattern: '#####################'}
    phone: {object: {number: phone, countryCode: {constant: '+49'}}}
    points: {integer: {max: 3000000000}}
load:
  - unpaced: {count: 10}
";

#[test]
fn what_a_path_does_not_take_is_told_at_its_line_and_all_at_once() {
    let diagnostics = read(TYPED, Target::Sandbox).unwrap_err();
    let shown = diagnostics.to_string();
    for (line, what, help) in [
        (
            6,
            "`points` does not fit into a field of the type `integer`",
            "make it `long`",
        ),
        (
            9,
            "`name` does not fit into a field of the type `whole number from 1 to 32767`: it has texts",
            "`{integer: {min: 1, max: 32767}}` stays within",
        ),
        (
            10,
            "`year` does not fit into a field of the type `string that matches [0-1][0-9]-[0-9][0-9]`",
            "",
        ),
        (
            11,
            "`word` does not fit into a field of the type `date`: it can be `hello`",
            "a field of the kind `date` does",
        ),
        (
            12,
            "`plan` does not fit into a field of the type `enum of female, male, non_specific, \
             not_specified`: it can be `gold`",
            "`{choose: [male, female, not_specified, non_specific]}` does",
        ),
        (
            13,
            "`city` does not fit into a field of the type `e-mail address`",
            "a field of the kind `email` does",
        ),
        (
            14,
            "it can be `Germany`, which does not match ^[A-Z]{2}$",
            "",
        ),
        (15, "the schema has no path `points_are_elsewhere`", ""),
        (16, "it can be 200, and the type ends at 90", ""),
        (
            17,
            "its `lastVerifiedDate` does not, as it can be `yesterday`",
            "",
        ),
        (18, "which has more than 20 characters", ""),
        (
            19,
            "its `countryCode` does not, as it can be `+49`, which does not match",
            "",
        ),
    ] {
        let lines = diagnostics.lines();
        let at = format!(":{line}:");
        assert!(
            lines.iter().any(|it| it.contains(what) && it.contains(&at)),
            "no `{what}` at {line}: {lines:#?}"
        );
        assert!(shown.contains(help), "no `{help}`: {shown}");
    }
    assert_eq!(diagnostics.errors(), 12, "{shown}");
}

/// A field is held against its path in each version, and may be in some of them only.
#[test]
fn a_version_that_does_not_fit_is_told() {
    let versioned = "\
version: 1
name: typed
flow:
  mapping:
    id: _id
    year: person.birthYear
    mail: personalEmail.address
destination:
  http_api: {}
records:
  fields:
    id: record_id
    year: {integer: {min: 1900, max: 2000}}
  versions:
    - {from: 10%, fields: {mail: email}}
    - {from: 20%, fields: {year: word}}
    - {from: 30%, fields: {year: {integer: {min: 1900, max: 2000}}}}
    - {from: 20%, remove: [mail]}
    - {from: 1h, fields: {word: word}}
load:
  - hold: {rate: 100/s, for: 10s}
";
    let diagnostics = read(versioned, Target::Sandbox).unwrap_err();
    let lines = diagnostics.lines();
    let told = [
        (6, "`year` does not fit"),
        (
            18,
            "this version begins with record 200, and the one before with 300",
        ),
        (19, "the load ends before this"),
    ];
    for (line, what) in told {
        let at = format!(":{line}:");
        let is_told = lines.iter().any(|it| it.contains(what) && it.contains(&at));
        assert!(is_told, "no `{what}` at {line}: {lines:#?}");
    }
    assert_eq!(diagnostics.errors(), told.len(), "{lines:#?}");
}

#[test]
fn what_fits_is_not_complained_of() {
    let good = "\
version: 1
name: typed
flow:
  mapping:
    id: _id
    year: person.birthYear
    day: person.birthDate
    plan: person.gender
    mail: personalEmail.address
    land: homeAddress.countryCode
    at: homeAddress.lastVerifiedDate
    number: homeAddress.postalCode
    upper(land): homeAddress.region
destination:
  http_api: {}
records:
  fields:
    id: record_id
    year: {pattern: \"19##\"}
    day: birth_date
    plan: {optional: {of: {choose: [male, female]}}}
    mail: email
    land: {choose: [DE, FR]}
    at: event_time
    number: {integer: {max: 99999}}
load:
  - unpaced: {count: 10}
";
    if let Err(diagnostics) = read(good, Target::Sandbox) {
        panic!("{diagnostics}");
    }
}
