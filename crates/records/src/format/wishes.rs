//! Records with a defect in formats other than JSON: what was asked for, and whether the format can say it.
//!
//! A format goes through its fields once. Where it comes to one that a defect is about, it makes another part
//! beside the sound one ([`Part::Instead`]), or says why there is none.

use options::{Location, Problem, Problems};
use serde_json::Value;

use super::Part;
use crate::defects::{Asked, DefectKind, asked};
use crate::options::RecordsOptions;

/// A change of a record that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) kind: DefectKind,
    /// The field that it is about; empty, where it is about the record.
    pub(super) path: String,
    pub(super) what: What,
    /// Whether the field was named, or is one of all.
    is_named: bool,
    at: Location,
    outcome: Option<Result<(), String>>,
}

/// What becomes of a field or a record.
#[derive(Clone, Debug)]
pub(super) enum What {
    Missing,
    Null,
    WrongType,
    Value(Value),
    /// Another field; whether its name was given.
    UnknownField(bool),
    /// It is so many bytes long.
    Oversize(u64),
}

/// All changes that were asked for. The number of an edit is the wish's index, counted from 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Wishes(Vec<Wish>);

impl Wishes {
    /// Those of these records, which stand at `at`.
    pub(super) fn of(records: &RecordsOptions, at: &Location) -> Wishes {
        let Some(defects) = &records.defects else {
            return Wishes::default();
        };
        let at = at.join("defects");
        let mut wishes = Vec::new();
        for (kind, ..) in defects.asked() {
            let at = at.join(kind.word());
            let mut add = |path: &str, what: What, named: Option<usize>| {
                wishes.push(Wish {
                    kind,
                    path: path.to_owned(),
                    what,
                    is_named: named.is_some(),
                    at: named.map_or_else(|| at.clone(), |index| at.join("fields").join(index)),
                    outcome: None,
                });
            };
            match asked(kind, defects, records) {
                Asked::Nothing => {}
                Asked::Fields(fields) => {
                    for field in fields {
                        let what = match (kind, field.value) {
                            (DefectKind::Missing, _) => What::Missing,
                            (DefectKind::Null, _) => What::Null,
                            (DefectKind::WrongType, _) => What::WrongType,
                            (_, Some(value)) => {
                                What::Value(serde_json::from_str(&value).unwrap_or_default())
                            }
                            (_, None) => continue,
                        };
                        add(&field.path, what, field.named);
                    }
                }
                Asked::UnknownField(name) => add("", What::UnknownField(name.is_some()), None),
                Asked::Oversize(to) => add("", What::Oversize(to), None),
            }
        }
        Wishes(wishes)
    }

    /// The fields that are missing or null in some records.
    pub(super) fn taken_away(&self) -> impl Iterator<Item = &str> {
        let all = self.0.iter();
        let taken = all.filter(|it| matches!(it.what, What::Missing | What::Null));
        taken.map(|it| it.path.as_str())
    }

    /// What is written for the field at this path: what `make` makes of each wish about it, or `then`.
    pub(super) fn of_field(
        &mut self,
        path: &str,
        then: Part,
        mut make: impl FnMut(&What) -> Result<Part, String>,
    ) -> Part {
        let mut part = then;
        for (index, wish) in self.0.iter_mut().enumerate() {
            if wish.path != path {
                continue;
            }
            match make(&wish.what) {
                Ok(with) => {
                    wish.outcome = Some(Ok(()));
                    part = Part::Instead {
                        edit: index as u16 + 1,
                        with: Box::new(with),
                        then: Box::new(part),
                    };
                }
                Err(why) => wish.outcome = Some(Err(why)),
            }
        }
        part
    }

    /// What is written where a text can be so long that the record is too large.
    pub(super) fn oversize(&mut self, then: Part, make: impl Fn(u64) -> Part) -> Part {
        let all = self.0.iter().enumerate();
        let found = all.filter_map(|(index, wish)| match wish.what {
            What::Oversize(to) => Some((index as u16 + 1, to)),
            _ => None,
        });
        found.fold(then, |then, (edit, to)| Part::Instead {
            edit,
            with: Box::new(make(to)),
            then: Box::new(then),
        })
    }

    /// The same for what stands behind the record's fields.
    pub(super) fn of_record(&mut self, make: impl FnMut(&What) -> Result<Part, String>) -> Part {
        self.of_field("", Part::All(Vec::new()), make)
    }

    /// Notes that what could be is not, for all wishes that nobody has come to.
    pub(super) fn problems(&self, word: &str, problems: &mut Problems) {
        let nobody = || Err("the format has no place for the field".to_owned());
        let mut told = |wish: &Wish, why: &str| {
            let message = format!("`{word}` can't say this: {why}");
            problems.push(
                Problem::new(wish.at.clone(), message)
                    .help("leave it out, or take other fields or another format"),
            );
        };
        for wish in self.0.iter().filter(|it| it.is_named) {
            if let Err(why) = wish.outcome.clone().unwrap_or_else(nobody) {
                told(wish, &why);
            }
        }
        for kind in DefectKind::ALL {
            let of_kind = || {
                self.0
                    .iter()
                    .filter(move |it| it.kind == kind && !it.is_named)
            };
            if of_kind().any(|it| matches!(it.outcome, Some(Ok(())))) {
                continue;
            }
            if let Some(wish) = of_kind().next()
                && let Err(why) = wish.outcome.clone().unwrap_or_else(nobody)
            {
                told(wish, &why);
            }
        }
    }

    /// The edits that can be made: their numbers, kinds and fields.
    pub(super) fn edits(&self) -> Vec<(u16, DefectKind, String)> {
        let all = self.0.iter().enumerate();
        let made = all.filter(|(_, it)| matches!(it.outcome, Some(Ok(()))));
        made.map(|(index, it)| (index as u16 + 1, it.kind, it.path.clone()))
            .collect()
    }
}

/// How a record is spoilt so that no reader takes it, or why it can't be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Malforming {
    /// By cutting its end off.
    pub(crate) cut: Result<Cut, String>,
    /// By bytes that can't be there.
    pub(crate) bad: Result<Bad, String>,
}

/// Where a record is cut off, behind its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Anywhere.
    Anywhere,
    /// Right behind the id.
    BehindId,
    /// In front of its last byte: where a field ends, a shorter record would be as good.
    LastByte,
}

/// Which bytes are none that can be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bad {
    /// All behind the id are 0xff: numbers without an end.
    Rest,
    /// The first one behind the head is a tag that nobody may use.
    Tag {
        /// Whether the record's length is in front of it.
        is_delimited: bool,
    },
    /// One that is none of UTF-8, behind all.
    Behind,
}

/// What records with a defect are made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spoilt {
    pub(crate) part: Part,
    /// The numbers of the edits, with their kinds and fields.
    pub(crate) edits: Vec<(u16, DefectKind, String)>,
    pub(crate) malforming: Malforming,
}

/// What these records are made of with defects, if they have any; what of it can't be.
pub(super) fn spoilt(
    part: &Part,
    wishes: &Wishes,
    malforming: Malforming,
    records: &RecordsOptions,
    at: &Location,
    problems: &mut Problems,
) -> Option<Spoilt> {
    let defects = records.defects.as_ref()?;
    let word = records.format.word();
    wishes.problems(word, problems);
    if let Some(options) = &defects.malformed {
        let why = match options.0.how() {
            crate::defects::MalformedAs::Truncated => malforming.cut.as_ref().err(),
            crate::defects::MalformedAs::BadBytes => malforming.bad.as_ref().err(),
        };
        if let Some(why) = why {
            let at = at.join("defects").join("malformed");
            let message = format!("`{word}` can't say this: {why}");
            let help =
                "put a field behind the id, or take the other way: `as: bad_bytes` or `truncated`";
            problems.push(Problem::new(at, message).help(help));
        }
    }
    Some(Spoilt {
        part: part.clone(),
        edits: wishes.edits(),
        malforming,
    })
}
