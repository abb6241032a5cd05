//! Rows of a Parquet file: one value by its path.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal128Type, Decimal256Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use bytes::Bytes;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

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
/// days as `2026-01-31`. `None`: null, or of a type that is none of these.
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
        DataType::UInt8 => column.as_primitive::<UInt8Type>().value(row).to_string(),
        DataType::UInt16 => column.as_primitive::<UInt16Type>().value(row).to_string(),
        DataType::UInt32 => column.as_primitive::<UInt32Type>().value(row).to_string(),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().value(row).to_string(),
        DataType::Decimal128(..) => column.as_primitive::<Decimal128Type>().value_as_string(row),
        DataType::Decimal256(..) => column.as_primitive::<Decimal256Type>().value_as_string(row),
        DataType::Float32 => column.as_primitive::<Float32Type>().value(row).to_string(),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).to_string(),
        DataType::Date32 | DataType::Date64 => day(column, row)?.to_string(),
        DataType::Timestamp(unit, _) => moment(column, row, *unit)?.to_string(),
        _ => return None,
    })
}

/// The value of a column of days.
pub(super) fn day(column: &dyn Array, row: usize) -> Option<Date> {
    let days = if let Some(days) = column.as_primitive_opt::<Date32Type>() {
        i64::from(days.value(row))
    } else {
        let millis = column.as_primitive_opt::<Date64Type>()?.value(row);
        millis.div_euclid(86_400_000)
    };
    let first = Date::new(1970, 1, 1).ok()?;
    first
        .checked_add(SignedDuration::from_hours(days * 24))
        .ok()
}

/// The value of a column of moments.
pub(super) fn moment(column: &dyn Array, row: usize, unit: TimeUnit) -> Option<Timestamp> {
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
