//! Reading what landed
//! (<https://experienceleague.adobe.com/docs/experience-platform/data-access/tutorials/dataset-data.html>).

use std::ops::Range;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use crate::lenient::{as_count, or_default, readable};
use crate::page::{Links, cut_off};
use crate::request::{Request, encoded};
use crate::{Client, Error};

const BASE: &str = "/data/foundation/export";
const PAGE: usize = 100;

/// Data Access.
#[derive(Clone, Copy, Debug)]
pub struct DataAccess<'a>(pub(crate) &'a Client);

/// A file that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// Its name.
    pub name: String,
    /// Bytes, if the platform says so.
    pub length: Option<u64>,
    /// The address that it is read from, below the platform's.
    path: String,
    /// Whether it can be asked for in ranges.
    has_ranges: bool,
}

#[derive(Debug, Deserialize)]
struct Page {
    #[serde(default, deserialize_with = "or_default")]
    data: Vec<Value>,
    #[serde(default, rename = "_links")]
    links: Links,
    #[serde(default, rename = "_page", deserialize_with = "or_default")]
    facts: Facts,
}

#[derive(Debug, Default, Deserialize)]
struct Facts {
    /// At most so many: perhaps fewer than were asked for.
    #[serde(default)]
    limit: Value,
}

/// A batch's file, an entry of a directory, or a file by its name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Entry {
    #[serde(rename = "dataSetFileId", default)]
    id: Option<String>,
    #[serde(default)]
    name: Option<String>,
    /// A number in double quotes.
    #[serde(default)]
    length: Value,
}

impl Entry {
    fn length(&self) -> Option<u64> {
        as_count(&self.length)
    }
}

impl DataFile {
    /// The address that it is read from, below the platform's: one of its own.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl DataAccess<'_> {
    /// The files of a batch, directories resolved.
    pub async fn batch_files(&self, batch: &str) -> Result<Vec<DataFile>, Error> {
        let mut todo: Vec<String> = Vec::new();
        let entries = self
            .pages(&format!("{BASE}/batches/{}/files", encoded(batch)))
            .await?;
        todo.extend(entries.into_iter().filter_map(|entry| entry.id));
        let mut files = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        while let Some(id) = todo.pop() {
            if !seen.insert(id.clone()) {
                continue;
            }
            let base = format!("{BASE}/files/{}", encoded(&id));
            for entry in self.pages(&base).await? {
                let length = entry.length();
                match (entry.name, entry.id) {
                    (Some(name), _) => {
                        let path = format!("{base}?path={}", encoded(&name));
                        files.push(DataFile {
                            name,
                            length,
                            path,
                            has_ranges: true,
                        });
                    }
                    (None, Some(deeper)) => todo.push(deeper),
                    (None, None) => {}
                }
            }
        }
        Ok(files)
    }

    /// The files with the records that a batch refused; none if it refused none.
    pub async fn failed_files(&self, batch: &str) -> Result<Vec<DataFile>, Error> {
        let base = format!("{BASE}/batches/{}/failed", encoded(batch));
        let entries = match self.pages(&base).await {
            Ok(entries) => entries,
            Err(error) if error.is_not_found() => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let file = |entry: Entry| {
            let length = entry.length();
            let name = entry.name?;
            let path = format!("{base}?path={}", encoded(&name));
            // A marker such as `_SUCCESS` is no file of records.
            let is_marker = name
                .rsplit('/')
                .next()
                .is_some_and(|it| it.starts_with('_'));
            (!is_marker).then_some(DataFile {
                name,
                length,
                path,
                has_ranges: false,
            })
        };
        Ok(entries.into_iter().filter_map(file).collect())
    }

    /// The bytes of a file.
    pub async fn read(&self, file: &DataFile) -> Result<Bytes, Error> {
        Ok(self.0.send(&Request::get(&file.path)).await?.body)
    }

    /// Bytes of a file from one place to another, which have to be within it. Of a file of refused
    /// records, for which no ranges are documented, the others are passed over.
    pub async fn read_part(&self, file: &DataFile, part: Range<u64>) -> Result<Bytes, Error> {
        let request = Request::get(&file.path).range(part, file.has_ranges);
        Ok(self.0.send(&request).await?.body)
    }

    /// The number of bytes of a file, asked for where the list does not say it.
    pub async fn size(&self, file: &DataFile) -> Result<u64, Error> {
        if let Some(length) = file.length {
            return Ok(length);
        }
        let answer = self.0.send(&Request::head(&file.path)).await?;
        let length = answer.length;
        length.ok_or_else(|| answer.unreadable("it has no `Content-Length`"))
    }

    /// All entries of a list. One of which a part can't be had is an error: what is not seen would
    /// seem not to be there.
    async fn pages(&self, base: &str) -> Result<Vec<Entry>, Error> {
        let mut all: Vec<Entry> = Vec::new();
        let mut path = format!("{base}?limit={PAGE}&start=0");
        loop {
            let page: Page = self.0.json(&Request::get(&path)).await?;
            let count = page.data.len();
            let entries: Vec<Entry> = readable(page.data).collect();
            // A service that knows no `start` answers the same page again.
            if count > 0 && !all.is_empty() && all.ends_with(&entries) {
                return Err(cut_off(&path));
            }
            all.extend(entries);
            let is_full = count >= as_count(&page.facts.limit).map_or(PAGE, |it| it as usize);
            path = match page.links.next(base) {
                Some(next) => next,
                None if is_full && count > 0 => {
                    format!("{base}?limit={PAGE}&start={}", all.len())
                }
                None => return Ok(all),
            };
        }
    }
}
