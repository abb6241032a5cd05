//! A run that was verified later: `read-back.json` and `landed.json` beside what the run wrote.

use std::io::{self, Write};

use indexmap::IndexMap;
use jiff::Timestamp;
use measure::{InProfile, Landing, ReadBack};
use serde::{Deserialize, Serialize};

use crate::exit::Status;
use crate::notes;
use crate::summary::{LandedSummary, ProfileSummary, ReadBackSummary, defects};
use crate::terminal;
use crate::thresholds;
use crate::visible;
use crate::wrong::{self, Wrong};

/// The version of these files.
const VERSION: u32 = 1;

/// What a later verification came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Later {
    /// Version of this format: 1.
    pub schema_version: u32,
    /// Version of Hydrant that wrote it.
    pub hydrant: String,
    /// The scenario's name.
    pub name: String,
    /// The run's zero.
    pub started_at: Timestamp,
    /// When it was verified.
    pub verified_at: Timestamp,
    /// `passed`, `failed` if there was nothing to look for, or what became of the records, such as
    /// `records_lost`.
    pub status: Status,
    /// What was lost, refused, duplicated or corrupted, and is more than the scenario's thresholds allow.
    pub reasons: Vec<String>,
    /// By the stream's name.
    pub streams: IndexMap<String, LaterStream>,
}

/// What a later verification of one stream came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LaterStream {
    /// In the dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landed: Option<LandedSummary>,
    /// In the stream itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_back: Option<ReadBackSummary>,
    /// A sample of them in the profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileSummary>,
}

impl From<&Landing> for LaterStream {
    fn from(landing: &Landing) -> LaterStream {
        LaterStream {
            landed: Some(landing.into()),
            ..LaterStream::default()
        }
    }
}

impl From<&ReadBack> for LaterStream {
    fn from(read: &ReadBack) -> LaterStream {
        LaterStream {
            read_back: Some(read.into()),
            ..LaterStream::default()
        }
    }
}

impl LaterStream {
    /// The same, with what was seen in the profile.
    #[must_use]
    pub fn with_profile(self, profile: &InProfile) -> LaterStream {
        LaterStream {
            profile: Some(profile.into()),
            ..self
        }
    }

    fn expected(&self) -> Option<u64> {
        let landed = self.landed.as_ref();
        let landed = landed.map(|it| it.expected + defects::sent(&it.defects));
        let read = self.read_back.as_ref();
        let read = read.map(|it| it.expected + defects::sent(&it.defects));
        landed
            .or(read)
            .or(self.profile.as_ref().map(|it| it.sampled))
    }

    /// What was not looked for to the end.
    fn unknown(&self) -> impl Iterator<Item = String> {
        let landed = self.landed.as_ref();
        let landed = landed.map(|it| (it.unknown, it.unknown_because.as_deref()));
        let read = self.read_back.as_ref();
        let read = read.map(|it| (it.unknown, it.unknown_because.as_deref()));
        let profile = self.profile.as_ref();
        let profile = profile.map(|it| (it.unknown, it.unknown_because.as_deref()));
        let all = [landed, read, profile].into_iter().flatten();
        all.filter_map(|(number, why)| notes::unknown(number, why))
    }

    fn wrong(&self) -> impl Iterator<Item = Wrong> {
        let landed = self.landed.as_ref().map(wrong::landed);
        let read = self.read_back.as_ref().map(wrong::read_back);
        let profile = self.profile.as_ref().map(wrong::profile);
        landed.into_iter().chain(read).chain(profile).flatten()
    }
}

impl Later {
    /// The verdict over what was found. `thresholds` are the scenario's: who writes
    /// `duplicated <= 10` has said how many are too many.
    pub fn new(
        name: &str,
        started_at: Timestamp,
        thresholds: &[crate::Threshold],
        streams: IndexMap<String, LaterStream>,
    ) -> Later {
        let several = streams.len() > 1;
        let mut complaints = Vec::new();
        for (stream, found) in &streams {
            let place = if several {
                format!(" (`{stream}`)")
            } else {
                String::new()
            };
            // Of nothing everything is there, which proves nothing.
            if found.expected() == Some(0) {
                let is_sample = found.landed.is_none() && found.read_back.is_none();
                let why = if is_sample {
                    "no acknowledged record is in the sample, or none counts"
                } else {
                    "no record was acknowledged"
                };
                let reason = format!("{why}, so there was none to look for{place}");
                complaints.push((Status::Failed, reason));
            }
            for reason in found.unknown() {
                complaints.push((Status::Failed, format!("{reason}{place}")));
            }
            for wrong in found.wrong() {
                let Wrong { count, number, .. } = wrong;
                if number > 0 && !thresholds::allowed(thresholds, stream, count, number) {
                    complaints.push((wrong.status, format!("{}{place}", wrong.words())));
                }
            }
        }
        wrong::sort(&mut complaints);
        visible::made(Later {
            schema_version: VERSION,
            hydrant: env!("CARGO_PKG_VERSION").to_owned(),
            name: name.to_owned(),
            started_at,
            verified_at: Timestamp::now(),
            status: complaints.first().map_or(Status::Passed, |(it, _)| *it),
            reasons: complaints.into_iter().map(|(_, reason)| reason).collect(),
            streams,
        })
    }

    /// The same tables as below a run's report, coloured by ANSI escapes.
    pub fn render(&self, width: usize) -> String {
        terminal::later(self, width.clamp(60, 160))
    }

    /// As JSON, indented, with a line break at its end.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        out.write_all(b"\n")
    }
}
