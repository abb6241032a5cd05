//! Parquet: a row becomes an object.

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;

use crate::{Mistake, Recorded};

pub(crate) fn read(bytes: Vec<u8>) -> Result<Recorded, Mistake> {
    let broken = |error: ParquetError| {
        let message = format!("it can't be read as Parquet: {error}");
        Mistake::new(None, message, "see whether the file is whole")
    };
    let reader = SerializedFileReader::new(Bytes::from(bytes)).map_err(broken)?;
    let mut recorded = Recorded::default();
    for row in reader.get_row_iter(None).map_err(broken)? {
        let object = without_nulls(row.map_err(broken)?.to_json_value());
        recorded.push(object.to_string().as_bytes());
    }
    Ok(recorded)
}

/// A column that has no value in a row is not there.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(entries) => {
            let there = entries.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(
                there
                    .map(|(name, value)| (name, without_nulls(value)))
                    .collect(),
            )
        }
        other => other,
    }
}
