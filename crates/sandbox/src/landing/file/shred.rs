//! Rows into columns: values with their definition and repetition levels
//! (<https://parquet.apache.org/docs/file-format/nestedencoding/>). Every field is optional, and a list
//! is a group `list` of `element`s.

use std::sync::Arc;

use bytes::Bytes;
use jiff::civil::Date;
use jiff::{Timestamp, Unit};
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type as Column, TypePtr};
use serde_json::Value;

use crate::platform::xdm::{Fields, Type};

/// Writes all rows as one row group.
pub(super) fn write(
    fields: &Fields,
    rows: &[Value],
    properties: WriterProperties,
) -> Result<Bytes, ParquetError> {
    let mut leaves = Vec::new();
    for type_ in fields.values() {
        add_leaves(type_, &mut leaves);
    }
    for row in rows {
        object(fields, row, &mut leaves, Levels::default())?;
    }
    let columns = columns(fields)?;
    let schema = Column::group_type_builder("row").with_fields(columns);
    let (schema, properties) = (Arc::new(schema.build()?), Arc::new(properties));
    let mut out = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut out, schema, properties)?;
    let mut group = writer.next_row_group()?;
    for leaf in leaves {
        if let Some(mut column) = group.next_column()? {
            leaf.write(&mut column)?;
            column.close()?;
        }
    }
    group.close()?;
    writer.close()?;
    Ok(out.into())
}

/// The columns that keep these fields. What holds nothing has none.
fn columns(fields: &Fields) -> Result<Vec<TypePtr>, ParquetError> {
    let mut columns = Vec::new();
    for (name, type_) in fields {
        columns.extend(column(name, type_)?.map(Arc::new));
    }
    Ok(columns)
}

fn column(name: &str, type_: &Type) -> Result<Option<Column>, ParquetError> {
    let group = |fields: Vec<TypePtr>| {
        Column::group_type_builder(name)
            .with_repetition(Repetition::OPTIONAL)
            .with_fields(fields)
    };
    let plain = |physical, logical: Option<LogicalType>| {
        Column::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
    };
    let utc = LogicalType::timestamp(true, TimeUnit::MILLIS);
    let column = match type_ {
        Type::String => plain(Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Type::Integer(64) => plain(Physical::INT64, None),
        Type::Integer(32) => plain(Physical::INT32, None),
        Type::Integer(bits) => {
            let width = i8::try_from(*bits).unwrap_or(32);
            plain(Physical::INT32, Some(LogicalType::integer(width, true)))
        }
        Type::Number => plain(Physical::DOUBLE, None),
        Type::Boolean => plain(Physical::BOOLEAN, None),
        Type::DateTime => plain(Physical::INT64, Some(utc)),
        Type::Date => plain(Physical::INT32, Some(LogicalType::Date)),
        Type::Limited(type_, _) => return column(name, type_),
        Type::Object(fields) => match columns(fields)? {
            none if none.is_empty() => return Ok(None),
            fields => group(fields).build(),
        },
        Type::Map(values) => {
            let Some(value) = column("value", values)? else {
                return Ok(None);
            };
            let key = Column::primitive_type_builder("key", Physical::BYTE_ARRAY)
                .with_repetition(Repetition::REQUIRED)
                .with_logical_type(Some(LogicalType::String))
                .build()?;
            let entries = Column::group_type_builder("key_value")
                .with_repetition(Repetition::REPEATED)
                .with_fields(vec![Arc::new(key), Arc::new(value)])
                .build()?;
            let map = group(vec![Arc::new(entries)]);
            map.with_logical_type(Some(LogicalType::Map)).build()
        }
        Type::Array(items) => {
            let Some(element) = column("element", items)? else {
                return Ok(None);
            };
            let list = Column::group_type_builder("list")
                .with_repetition(Repetition::REPEATED)
                .with_fields(vec![Arc::new(element)])
                .build()?;
            let list = group(vec![Arc::new(list)]);
            list.with_logical_type(Some(LogicalType::List)).build()
        }
    };
    column.map(Some)
}

/// One column: its values, and the levels of all values and nulls.
#[derive(Debug)]
struct Leaf {
    values: Values,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

#[derive(Debug)]
enum Values {
    Text(Vec<ByteArray>),
    Whole(Vec<i64>),
    Small(Vec<i32>),
    Number(Vec<f64>),
    Truth(Vec<bool>),
    /// Milliseconds since 1970.
    Moment(Vec<i64>),
    /// Since 1970.
    Day(Vec<i32>),
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, Default)]
struct Levels {
    /// What of its path is there.
    definition: i16,
    /// At which of the lists around it something new begins.
    repetition: i16,
    /// How many lists are around it.
    lists: i16,
}

fn add_leaves(type_: &Type, leaves: &mut Vec<Leaf>) {
    let values = match type_ {
        Type::String => Values::Text(Vec::new()),
        Type::Integer(64) => Values::Whole(Vec::new()),
        Type::Integer(_) => Values::Small(Vec::new()),
        Type::Number => Values::Number(Vec::new()),
        Type::Boolean => Values::Truth(Vec::new()),
        Type::DateTime => Values::Moment(Vec::new()),
        Type::Date => Values::Day(Vec::new()),
        Type::Array(inner) | Type::Limited(inner, _) => return add_leaves(inner, leaves),
        Type::Object(fields) => {
            for type_ in fields.values() {
                add_leaves(type_, leaves);
            }
            return;
        }
        Type::Map(inner) => {
            if count(inner) > 0 {
                add_leaves(&Type::String, leaves);
            }
            return add_leaves(inner, leaves);
        }
    };
    leaves.push(Leaf {
        values,
        definitions: Vec::new(),
        repetitions: Vec::new(),
    });
}

fn count(type_: &Type) -> usize {
    match type_ {
        Type::Array(inner) | Type::Limited(inner, _) => count(inner),
        Type::Object(fields) => fields.values().map(count).sum(),
        Type::Map(inner) => match count(inner) {
            0 => 0,
            values => 1 + values,
        },
        _ => 1,
    }
}

/// Adds the fields of an object that is there.
fn object(
    fields: &Fields,
    value: &Value,
    mut leaves: &mut [Leaf],
    levels: Levels,
) -> Result<(), ParquetError> {
    if !value.is_object() {
        return Err(misfit("an object", value));
    }
    for (name, type_) in fields {
        let (own, others) = leaves.split_at_mut(count(type_));
        add(type_, value.get(name).unwrap_or(&Value::Null), own, levels)?;
        leaves = others;
    }
    Ok(())
}

/// Says of all of them how far they are there.
fn level_all(leaves: &mut [Leaf], levels: Levels) {
    for leaf in leaves {
        leaf.level(levels);
    }
}

/// Adds a value, or that there is none, to the leaves of its type.
fn add(
    type_: &Type,
    value: &Value,
    leaves: &mut [Leaf],
    levels: Levels,
) -> Result<(), ParquetError> {
    let there = Levels {
        definition: levels.definition + 1,
        ..levels
    };
    match (type_, value) {
        (Type::Limited(type_, _), value) => return add(type_, value, leaves, levels),
        (_, Value::Null) => level_all(leaves, levels),
        (Type::Object(fields), value) => return object(fields, value, leaves, there),
        (Type::Array(_), Value::Array(values)) if values.is_empty() => {
            level_all(leaves, there);
        }
        (Type::Array(items), Value::Array(values)) => {
            let mut within = Levels {
                definition: there.definition + 1,
                repetition: levels.repetition,
                lists: levels.lists + 1,
            };
            for value in values {
                add(items, value, leaves, within)?;
                within.repetition = within.lists;
            }
        }
        (Type::Array(_), value) => return Err(misfit("a list", value)),
        (Type::Map(_), Value::Object(map)) if map.is_empty() => {
            level_all(leaves, there);
        }
        (Type::Map(values), Value::Object(map)) => {
            let mut within = Levels {
                definition: there.definition + 1,
                repetition: levels.repetition,
                lists: levels.lists + 1,
            };
            for (key, value) in map {
                if let Some((keys, others)) = leaves.split_first_mut() {
                    keys.values.push(&Value::from(key.as_str()))?;
                    keys.level(within);
                    add(values, value, others, within)?;
                }
                within.repetition = within.lists;
            }
        }
        (Type::Map(_), value) => return Err(misfit("a map", value)),
        (_, value) => {
            for leaf in leaves {
                leaf.values.push(value)?;
                leaf.level(there);
            }
        }
    }
    Ok(())
}

fn misfit(wanted: &str, value: &Value) -> ParquetError {
    ParquetError::General(format!("{value} is not {wanted}"))
}

impl Values {
    fn push(&mut self, value: &Value) -> Result<(), ParquetError> {
        let text = value.as_str();
        let (is_pushed, wanted) = match self {
            Values::Text(all) => (text.map(|it| all.push(it.into())), "a text"),
            Values::Whole(all) => (value.as_i64().map(|it| all.push(it)), "a long"),
            Values::Small(all) => {
                let number = value.as_i64().and_then(|it| i32::try_from(it).ok());
                (number.map(|it| all.push(it)), "an int")
            }
            Values::Number(all) => (value.as_f64().map(|it| all.push(it)), "a number"),
            Values::Truth(all) => (value.as_bool().map(|it| all.push(it)), "a boolean"),
            Values::Moment(all) => {
                let at = text.and_then(|it| it.parse::<Timestamp>().ok());
                (at.map(|it| all.push(it.as_millisecond())), "a moment")
            }
            Values::Day(all) => (text.and_then(days).map(|it| all.push(it)), "a day"),
        };
        is_pushed.ok_or_else(|| misfit(wanted, value))
    }
}

/// Days since 1970.
fn days(text: &str) -> Option<i32> {
    let first = Date::new(1970, 1, 1).ok()?;
    let since = first.until((Unit::Day, text.parse::<Date>().ok()?)).ok()?;
    Some(since.get_days())
}

impl Leaf {
    fn level(&mut self, levels: Levels) {
        self.definitions.push(levels.definition);
        self.repetitions.push(levels.repetition);
    }

    fn write(&self, column: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let (definitions, repetitions) = (Some(&self.definitions[..]), Some(&self.repetitions[..]));
        match &self.values {
            Values::Text(all) => {
                column
                    .typed::<ByteArrayType>()
                    .write_batch(all, definitions, repetitions)
            }
            Values::Whole(all) | Values::Moment(all) => {
                column
                    .typed::<Int64Type>()
                    .write_batch(all, definitions, repetitions)
            }
            Values::Number(all) => {
                column
                    .typed::<DoubleType>()
                    .write_batch(all, definitions, repetitions)
            }
            Values::Truth(all) => {
                column
                    .typed::<BoolType>()
                    .write_batch(all, definitions, repetitions)
            }
            Values::Day(all) | Values::Small(all) => {
                column
                    .typed::<Int32Type>()
                    .write_batch(all, definitions, repetitions)
            }
        }?;
        Ok(())
    }
}
