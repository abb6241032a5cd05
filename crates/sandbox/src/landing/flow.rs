//! One flow at work: records in, batches out.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::faults::{Fate, LandingFaults};
use super::file;
use super::mapping::{Line, Refused, mapped, whole};
use crate::platform::identities;
use crate::platform::xdm::{Fields, Resolved};
use crate::store::{Contents, NewBatch, Store, hex, key, now};

/// A batch is closed at its size (an option) or at this age, whichever comes first.
const AGE_MAX: Duration = Duration::from_millis(250);
/// The largest record of a streaming source, in bytes
/// (<https://experienceleague.adobe.com/docs/experience-platform/ingestion/guardrails.html>). What becomes of
/// a larger one is not documented: it is refused.
const RECORD_MAX: usize = 1_000_000;

/// What a flow does to records, fixed when it was enabled.
#[derive(Clone, Debug)]
pub(super) struct Work {
    pub(super) flow: String,
    pub(super) dataset: String,
    /// `None`: records land as they are.
    pub(super) lines: Option<Vec<Line>>,
    pub(super) schema: Resolved,
}

impl Work {
    /// A record as it lands.
    pub(super) fn row(&self, record: &Value) -> Result<Value, Refused> {
        match &self.lines {
            Some(lines) => mapped(lines, &self.schema, record).map(|it| it.row),
            None => whole(&self.schema, record),
        }
    }
}

/// The batch that is being filled.
pub(super) struct Filling<'f> {
    pub(super) work: Work,
    columns: Fields,
    /// Files so far.
    files: usize,
    store: Store,
    faults: &'f LandingFaults,
    /// Records of this flow so far.
    count: u64,
    began: Option<(Instant, i64)>,
    rows: Vec<Value>,
    refused: Vec<u8>,
    refused_count: u64,
}

impl<'f> Filling<'f> {
    pub(super) fn new(work: Work, store: Store, faults: &'f LandingFaults) -> Filling<'f> {
        Filling {
            columns: file::columns(&work.schema, work.lines.as_deref()),
            files: 0,
            work,
            store,
            faults,
            count: 0,
            began: None,
            rows: Vec::new(),
            refused: Vec::new(),
            refused_count: 0,
        }
    }

    /// Takes one record.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.count += 1;
        self.began.get_or_insert_with(|| (Instant::now(), now()));
        let fate = self.faults.fate(self.count);
        let parsed = serde_json::from_slice::<Value>(bytes);
        let row = match (&parsed, fate) {
            (_, Fate::Lose) => return,
            _ if bytes.len() > RECORD_MAX => Err(Refused {
                keyword: "size",
                message: format!(
                    "the record has {} bytes, and may have {RECORD_MAX}",
                    bytes.len()
                ),
                pointer: "#".to_owned(),
            }),
            (Ok(_), Fate::Refuse) => Err(self.faults.reason()),
            (Ok(record), _) => self.work.row(record),
            (Err(error), _) => Err(Refused {
                keyword: "json",
                message: format!("the record is not JSON: {error}"),
                pointer: "#".to_owned(),
            }),
        };
        match row {
            Ok(mut row) => {
                if fate == Fate::Corrupt {
                    self.corrupt(&mut row);
                }
                row["_acp_system_metadata"] = serde_json::json!({"rowId": self.count.to_string()});
                if fate == Fate::Duplicate {
                    self.rows.push(row.clone());
                }
                self.rows.push(row);
            }
            Err(refused) => self.refuse(parsed.ok(), bytes, &refused),
        }
        if self.rows.len() >= self.faults.batch_rows {
            self.land();
        }
    }

    fn refuse(&mut self, record: Option<Value>, bytes: &[u8], refused: &Refused) {
        let mut line = match record {
            Some(record @ Value::Object(_)) => record,
            _ => serde_json::json!({"body": String::from_utf8_lossy(bytes)}),
        };
        line["_validationErrors"] = refused.json();
        self.refused.extend_from_slice(line.to_string().as_bytes());
        self.refused.push(b'\n');
        self.refused_count += 1;
    }

    /// Changes the text in the last field that is one: the last that is mapped, or else the record's.
    fn corrupt(&self, row: &mut Value) {
        let Some(lines) = &self.work.lines else {
            spoil_last(row);
            return;
        };
        for line in lines.iter().rev() {
            let at = format!("/{}", line.target.replace('.', "/"));
            if row.pointer_mut(&at).is_some_and(spoil_last) {
                return;
            }
        }
    }

    /// Whether all that was taken has landed.
    pub(super) fn is_empty(&self) -> bool {
        self.began.is_none()
    }

    /// Lands what is old enough.
    pub(super) fn tick(&mut self) {
        if self
            .began
            .is_some_and(|(began, _)| began.elapsed() >= AGE_MAX)
        {
            self.land();
        }
    }

    /// Lands what is there.
    pub(super) fn land(&mut self) {
        let Some((_, created)) = self.began.take() else {
            return;
        };
        let rows = std::mem::take(&mut self.rows);
        let mut refused = std::mem::take(&mut self.refused);
        let mut failed = std::mem::take(&mut self.refused_count);
        let mut written = rows.len() as u64;
        let mut parquet = Vec::new();
        // A part of the rows for each file.
        for rows in rows.chunks(rows.len().div_ceil(self.faults.files).max(1)) {
            let packing = file::packing(self.files);
            self.files += 1;
            match file::parquet(&self.columns, rows, packing) {
                Ok(bytes) => parquet.push((packing.suffix, bytes)),
                Err(error) => {
                    let error = error.to_string();
                    // The schema was checked row by row; whatever this is, it is said.
                    tracing::error!(error, "cannot write a batch");
                    refused.extend_from_slice(
                        format!(
                            "{{\"_errors\":\"{}\",\"id\":\"{}\"}}\n",
                            error.escape_default(),
                            hex(8)
                        )
                        .as_bytes(),
                    );
                    failed += rows.len() as u64;
                    written -= rows.len() as u64;
                }
            }
        }
        if written + failed == 0 {
            return;
        }
        let mut store = self.store.lock();
        self.meet(&mut store, &rows);
        store.land(NewBatch {
            dataset: self.work.dataset.clone(),
            flow: self.work.flow.clone(),
            created,
            written,
            failed,
            parquet,
            refused: (!refused.is_empty()).then(|| refused.into()),
        });
    }
}

impl Filling<'_> {
    /// Tells the profile, if the dataset takes part in it.
    fn meet(&self, store: &mut Contents, rows: &[Value]) {
        let Some(fields) = identities(store, &self.work.dataset) else {
            return;
        };
        let dataset = self.work.dataset.as_str().into();
        for row in rows {
            let number = row.pointer("/_acp_system_metadata/rowId");
            let number = number.and_then(|it| it.as_str()?.parse().ok());
            if number.is_some_and(|number| self.faults.is_unseen(number)) {
                continue;
            }
            let of = |(at, namespace): &(String, String)| {
                let id = match row.pointer(at)? {
                    Value::String(text) if !text.is_empty() => text.clone(),
                    Value::Number(number) => number.to_string(),
                    _ => return None,
                };
                Some(key(namespace, &id))
            };
            // Without the primary one nobody knows whom it is about.
            if let Some(primary) = fields.first().and_then(of) {
                let others = fields[1..].iter().filter_map(of).collect();
                store.people.meet(&primary, others, &dataset, row);
            }
        }
    }
}

/// Changes the last text in a value. Whether there was one.
fn spoil_last(value: &mut Value) -> bool {
    match value {
        Value::String(text) => {
            text.push('~');
            true
        }
        Value::Object(fields) => fields.values_mut().rev().any(spoil_last),
        Value::Array(items) => items.iter_mut().rev().any(spoil_last),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_text_is_spoilt() {
        let mut row = json!({"_id": "a", "person": {"name": {"firstName": "Ada"}, "year": 1815}});
        assert!(spoil_last(&mut row));
        assert_eq!(row["person"]["name"]["firstName"], "Ada~");
        assert_eq!(row["_id"], "a");
        assert!(!spoil_last(&mut json!({"year": 1815, "tags": []})));
        let mut tags = json!({"_id": "a", "tags": ["b", "c"]});
        assert!(spoil_last(&mut tags));
        assert_eq!(tags["tags"], json!(["b", "c~"]));
    }
}
