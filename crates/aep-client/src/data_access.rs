//! Reading what landed
//! (<https://experienceleague.adobe.com/docs/experience-platform/data-access/tutorials/dataset-data.html>).

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use crate::lenient::{as_count, or_default, readable};
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
}

#[derive(Debug, Deserialize)]
struct Page {
    #[serde(default, deserialize_with = "or_default")]
    data: Vec<Value>,
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
                        files.push(DataFile { name, length, path });
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
            // A marker, not a file.
            (name != "_SUCCESS").then_some(DataFile { name, length, path })
        };
        Ok(entries.into_iter().filter_map(file).collect())
    }

    /// The bytes of a file.
    pub async fn read(&self, file: &DataFile) -> Result<Bytes, Error> {
        Ok(self.0.send(&Request::get(&file.path)).await?.body)
    }

    async fn pages(&self, base: &str) -> Result<Vec<Entry>, Error> {
        let mut all: Vec<Entry> = Vec::new();
        for start in (0..).step_by(PAGE) {
            let path = format!("{base}?limit={PAGE}&start={start}");
            let page: Page = self.0.json(&Request::get(path)).await?;
            let is_last = page.data.len() < PAGE;
            let entries: Vec<Entry> = readable(page.data).collect();
            // A service that ignores `start` answers the same page for ever.
            let is_same = !all.is_empty() && all.ends_with(&entries);
            if !is_same {
                all.extend(entries);
            }
            if is_last || is_same {
                break;
            }
        }
        Ok(all)
    }
}
