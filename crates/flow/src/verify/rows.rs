//! Rows of a Parquet file: one value by its path, compared with what was sent.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use bytes::Bytes;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::Error;

/// The file's rows, some thousand at a time.
pub(super) fn batches(
    file: Bytes,
) -> Result<impl Iterator<Item = Result<RecordBatch, Error>>, Error> {
    let unreadable = |error: &dyn std::error::Error| Error::Unreadable(error.to_string());
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| unreadable(&error))?;
    let reader = builder
        .with_batch_size(8192)
        .build()
        .map_err(|error| unreadable(&error))?;
    Ok(reader.map(move |batch| batch.map_err(|error| unreadable(&error))))
}

/// The column at a path with dots.
pub(super) fn column(batch: &RecordBatch, path: &str) -> Option<ArrayRef> {
    let mut steps = path.split('.');
    let mut column = batch.column_by_name(steps.next()?)?.clone();
    for step in steps {
        let deeper = column.as_struct_opt()?.column_by_name(step)?.clone();
        column = deeper;
    }
    Some(column)
}

/// A value as text: strings as they are, numbers and booleans as JSON has them, moments in RFC 3339,
/// days as `2026-01-31`. `None`: null.
pub(super) fn text(column: &dyn Array, row: usize) -> Option<String> {
    if column.is_null(row) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::LargeUtf8 => column.as_string::<i64>().value(row).to_owned(),
        DataType::Utf8View => column.as_string_view().value(row).to_owned(),
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::Int8 => column.as_primitive::<Int8Type>().value(row).to_string(),
        DataType::Int16 => column.as_primitive::<Int16Type>().value(row).to_string(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Float32 => column.as_primitive::<Float32Type>().value(row).to_string(),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).to_string(),
        DataType::Date32 => {
            let days = column.as_primitive::<Date32Type>().value(row);
            Date::new(1970, 1, 1)
                .ok()?
                .checked_add(i64::from(days).days())
                .ok()?
                .to_string()
        }
        DataType::Timestamp(unit, _) => moment(column, row, *unit)?.to_string(),
        other => format!("<{other}>"),
    })
}

fn moment(column: &dyn Array, row: usize, unit: TimeUnit) -> Option<Timestamp> {
    let since = match unit {
        TimeUnit::Second => {
            SignedDuration::from_secs(column.as_primitive::<TimestampSecondType>().value(row))
        }
        TimeUnit::Millisecond => SignedDuration::from_millis(
            column.as_primitive::<TimestampMillisecondType>().value(row),
        ),
        TimeUnit::Microsecond => SignedDuration::from_micros(
            column.as_primitive::<TimestampMicrosecondType>().value(row),
        ),
        TimeUnit::Nanosecond => {
            SignedDuration::from_nanos(column.as_primitive::<TimestampNanosecondType>().value(row))
        }
    };
    Timestamp::from_duration(since).ok()
}

/// Whether a value that landed is the one that was sent. The platform converts between types: what
/// means the same is the same.
pub(super) fn is_same(column: &dyn Array, row: usize, sent: Option<&Value>) -> bool {
    let landed = text(column, row);
    let (landed, sent) = match (landed, sent.filter(|sent| !sent.is_null())) {
        (None, None) => return true,
        (Some(landed), Some(sent)) => (landed, sent),
        _ => return false,
    };
    let sent = match sent {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if landed == sent {
        return true;
    }
    match column.data_type() {
        DataType::Timestamp(unit, _) => {
            let Some(landed) = moment(column, row, *unit) else {
                return false;
            };
            // To the precision that the column has.
            let precision: i128 = match unit {
                TimeUnit::Second => 1_000_000_000,
                TimeUnit::Millisecond => 1_000_000,
                TimeUnit::Microsecond => 1_000,
                TimeUnit::Nanosecond => 1,
            };
            let sent = sent
                .parse::<Timestamp>()
                .map(|sent| sent.as_nanosecond().div_euclid(precision));
            sent.is_ok_and(|sent| sent == landed.as_nanosecond().div_euclid(precision))
        }
        DataType::Date32 => sent.get(..10) == Some(landed.as_str()),
        DataType::Boolean => {
            let sent = sent.to_lowercase();
            match landed.as_str() {
                "true" => matches!(sent.as_str(), "y" | "yes" | "on"),
                _ => matches!(sent.as_str(), "n" | "no" | "off"),
            }
        }
        DataType::Float32 | DataType::Float64 => {
            matches!((landed.parse::<f64>(), sent.parse::<f64>()), (Ok(a), Ok(b)) if (a - b).abs() <= a.abs() * 1e-6)
        }
        _ => false,
    }
}
