//! Parquet: a row becomes an object.

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use parquet::basic::{ConvertedType, Type as PhysicalType};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use parquet::schema::types::ColumnDescriptor;
use serde_json::{Map, Value};

use crate::{Mistake, Recorded};

pub(crate) fn read(bytes: Vec<u8>) -> Result<Recorded, Mistake> {
    let broken = |error: ParquetError| {
        let message = format!("it can't be read as Parquet: {error}");
        Mistake::new(None, message, "see whether the file is whole")
    };
    let reader = SerializedFileReader::new(Bytes::from(bytes)).map_err(broken)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    if let Some(column) = schema.columns().iter().find(|column| !is_readable(column)) {
        let message = format!(
            "the column `{}` has a type that is not supported: {} as {}",
            column.path().string(),
            column.physical_type(),
            column.converted_type()
        );
        return Err(Mistake::new(
            None,
            message,
            "write the file again without this column, or as NDJSON",
        ));
    }
    let mut recorded = Recorded::default();
    for row in reader.get_row_iter(None).map_err(broken)? {
        let object = object(&row.map_err(broken)?);
        recorded.push(object.to_string().as_bytes());
    }
    Ok(recorded)
}

/// Whether the reader of rows knows the column's type: on others it panics (`record/api.rs` of `parquet`).
fn is_readable(column: &ColumnDescriptor) -> bool {
    use ConvertedType as As;
    let converted = column.converted_type();
    match column.physical_type() {
        PhysicalType::INT32 => matches!(
            converted,
            As::NONE
                | As::INT_8
                | As::INT_16
                | As::INT_32
                | As::UINT_8
                | As::UINT_16
                | As::UINT_32
                | As::DATE
                | As::TIME_MILLIS
                | As::DECIMAL
        ),
        PhysicalType::INT64 => matches!(
            converted,
            As::NONE
                | As::INT_64
                | As::UINT_64
                | As::TIME_MICROS
                | As::TIMESTAMP_MILLIS
                | As::TIMESTAMP_MICROS
                | As::DECIMAL
        ),
        PhysicalType::BYTE_ARRAY => matches!(
            converted,
            As::NONE | As::UTF8 | As::ENUM | As::JSON | As::BSON | As::DECIMAL
        ),
        PhysicalType::FIXED_LEN_BYTE_ARRAY => matches!(converted, As::NONE | As::DECIMAL),
        _ => true,
    }
}

/// A column that has no value in a row is not there.
fn object(row: &Row) -> Value {
    let mut object = Map::new();
    for (name, field) in row.get_column_iter() {
        if let Some(value) = value(field) {
            object.insert(name.clone(), value);
        }
    }
    Value::Object(object)
}

/// Moments are RFC 3339, so that they are times to whoever reads them.
fn value(field: &Field) -> Option<Value> {
    const EPOCH: Date = date(1970, 1, 1);
    let moment = |moment: Result<Timestamp, jiff::Error>| Some(moment.ok()?.to_string().into());
    match field {
        Field::Null => None,
        Field::Group(row) => Some(object(row)),
        Field::ListInternal(list) => Some(
            list.elements()
                .iter()
                .map(|field| value(field).unwrap_or_default())
                .collect(),
        ),
        Field::TimestampMillis(millis) => moment(Timestamp::from_millisecond(*millis)),
        Field::TimestampMicros(micros) => moment(Timestamp::from_microsecond(*micros)),
        Field::Date(days) => {
            let day = EPOCH.checked_add(jiff::Span::new().try_days(*days).ok()?);
            Some(day.ok()?.to_string().into())
        }
        other => Some(other.to_json_value()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::schema::parser::parse_message_type;
    use parquet::schema::types::SchemaDescriptor;

    use super::is_readable;

    #[test]
    fn columns_that_the_reader_would_panic_on_are_known() {
        let schema = "message m {
            required int64 number; required int64 nanos (TIMESTAMP(NANOS,true)); required binary text (STRING);
            required int32 day (DATE); required int96 old; required fixed_len_byte_array(12) span (INTERVAL);
            required fixed_len_byte_array(16) id (UUID); required fixed_len_byte_array(4) raw; }";
        let schema = SchemaDescriptor::new(Arc::new(parse_message_type(schema).unwrap()));
        let unreadable = schema
            .columns()
            .iter()
            .filter(|column| !is_readable(column));
        let names: Vec<_> = unreadable.map(|column| column.name()).collect();
        assert_eq!(names, ["span"]);
    }
}
