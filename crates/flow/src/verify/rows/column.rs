//! One column of a row group: values with their levels.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, FixedLenByteArray, Int96};
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescriptor;

use super::cell::{Cell, Moment};

/// An open column, and a place in the rows of it that were read last.
pub(super) struct Column {
    values: Box<dyn Values>,
    /// One for each value or null; empty if none can be null.
    definitions: Vec<i16>,
    /// The same, for whether it goes on with a list.
    repetitions: Vec<i16>,
    definition_max: i16,
    /// How many of either there are.
    count: usize,
    at: usize,
    value_at: usize,
}

impl Column {
    pub(super) fn new(facts: &ColumnDescriptor, reader: ColumnReader) -> Column {
        let kind = Kind::of(facts);
        Column {
            values: open(reader, kind),
            definitions: Vec::new(),
            repetitions: Vec::new(),
            definition_max: facts.max_def_level(),
            count: 0,
            at: 0,
            value_at: 0,
        }
    }

    /// Reads the next rows, in place of the ones before.
    pub(super) fn fill(&mut self, rows: usize) -> Result<(), ParquetError> {
        self.definitions.clear();
        self.repetitions.clear();
        let (read, count) = self
            .values
            .fill(rows, &mut self.definitions, &mut self.repetitions)?;
        if read != rows {
            return Err(super::tree::uneven());
        }
        self.count = count;
        self.rewind();
        Ok(())
    }

    pub(super) fn rewind(&mut self) {
        (self.at, self.value_at) = (0, 0);
    }

    pub(super) fn is_used_up(&self) -> bool {
        self.at == self.count
    }

    /// The definition level here; `None` at the end.
    pub(super) fn definition(&self) -> Option<i16> {
        (self.at < self.count).then(|| {
            let level = self.definitions.get(self.at);
            level.copied().unwrap_or(self.definition_max)
        })
    }

    /// The repetition level here; 0, as at the beginning of a row, at the end.
    pub(super) fn repetition(&self) -> i16 {
        self.repetitions.get(self.at).copied().unwrap_or(0)
    }

    /// The value here.
    pub(super) fn take(&mut self) -> Cell {
        let cell = self.values.cell(self.value_at);
        self.skip();
        cell
    }

    /// Passes over what is here.
    pub(super) fn skip(&mut self) {
        self.value_at += usize::from(self.definition() == Some(self.definition_max));
        self.at += 1;
    }
}

/// The values of one physical type.
trait Values: Send {
    /// How many rows were read, and how many levels.
    fn fill(
        &mut self,
        rows: usize,
        definitions: &mut Vec<i16>,
        repetitions: &mut Vec<i16>,
    ) -> Result<(usize, usize), ParquetError>;

    fn cell(&self, at: usize) -> Cell;
}

struct Typed<T: DataType> {
    reader: ColumnReaderImpl<T>,
    values: Vec<T::T>,
    kind: Kind,
}

impl<T: DataType> Values for Typed<T>
where
    T::T: Raw,
{
    fn fill(
        &mut self,
        rows: usize,
        definitions: &mut Vec<i16>,
        repetitions: &mut Vec<i16>,
    ) -> Result<(usize, usize), ParquetError> {
        self.values.clear();
        let values = &mut self.values;
        let read = self
            .reader
            .read_records(rows, Some(definitions), Some(repetitions), values)?;
        Ok((read.0, read.2))
    }

    fn cell(&self, at: usize) -> Cell {
        self.values
            .get(at)
            .map_or(Cell::Null, |value| value.cell(&self.kind))
    }
}

fn open(reader: ColumnReader, kind: Kind) -> Box<dyn Values> {
    fn typed<T: DataType>(reader: ColumnReaderImpl<T>, kind: Kind) -> Box<dyn Values>
    where
        T::T: Raw,
    {
        let values = Vec::new();
        Box::new(Typed {
            reader,
            values,
            kind,
        })
    }
    match reader {
        ColumnReader::BoolColumnReader(it) => typed(it, kind),
        ColumnReader::Int32ColumnReader(it) => typed(it, kind),
        ColumnReader::Int64ColumnReader(it) => typed(it, kind),
        ColumnReader::Int96ColumnReader(it) => typed(it, kind),
        ColumnReader::FloatColumnReader(it) => typed(it, kind),
        ColumnReader::DoubleColumnReader(it) => typed(it, kind),
        ColumnReader::ByteArrayColumnReader(it) => typed(it, kind),
        ColumnReader::FixedLenByteArrayColumnReader(it) => typed(it, kind),
    }
}

/// What the values of a column mean.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// What the physical type says.
    Plain,
    Unsigned,
    Text,
    Day,
    /// Since 1970, in so many nanoseconds.
    Moment(i64),
    /// So many digits behind the point.
    Decimal(u32),
    Half,
    /// It can't be compared.
    Other(Arc<str>),
}

impl Kind {
    fn of(facts: &ColumnDescriptor) -> Kind {
        let decimal = |scale: i32| Kind::Decimal(u32::try_from(scale).unwrap_or(0));
        let other = |name: String| Kind::Other(name.into());
        match facts.logical_type_ref() {
            Some(LogicalType::String | LogicalType::Enum | LogicalType::Json) => Kind::Text,
            Some(LogicalType::Decimal(it)) => decimal(it.scale),
            Some(LogicalType::Date) => Kind::Day,
            Some(LogicalType::Timestamp(it)) => Kind::Moment(nanos(it.unit)),
            Some(LogicalType::Integer(it)) if it.is_signed => Kind::Plain,
            Some(LogicalType::Integer(_)) => Kind::Unsigned,
            Some(LogicalType::Float16) => Kind::Half,
            Some(LogicalType::Unknown) => Kind::Plain,
            Some(type_) => other(format!("{type_:?}")),
            None => match facts.converted_type() {
                ConvertedType::NONE
                | ConvertedType::INT_8
                | ConvertedType::INT_16
                | ConvertedType::INT_32
                | ConvertedType::INT_64 => Kind::Plain,
                ConvertedType::UINT_8
                | ConvertedType::UINT_16
                | ConvertedType::UINT_32
                | ConvertedType::UINT_64 => Kind::Unsigned,
                ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON => Kind::Text,
                ConvertedType::DATE => Kind::Day,
                ConvertedType::TIMESTAMP_MILLIS => Kind::Moment(1_000_000),
                ConvertedType::TIMESTAMP_MICROS => Kind::Moment(1_000),
                ConvertedType::DECIMAL => decimal(facts.type_scale()),
                type_ => other(format!("{type_:?}")),
            },
        }
    }
}

fn nanos(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::MILLIS => 1_000_000,
        TimeUnit::MICROS => 1_000,
        TimeUnit::NANOS => 1,
    }
}

/// A value as the file keeps it.
trait Raw {
    fn cell(&self, kind: &Kind) -> Cell;
}

impl Raw for bool {
    fn cell(&self, _: &Kind) -> Cell {
        Cell::Bool(*self)
    }
}

impl Raw for i32 {
    fn cell(&self, kind: &Kind) -> Cell {
        match kind {
            Kind::Unsigned => Cell::Integer(i128::from(self.cast_unsigned())),
            kind => i64::from(*self).cell(kind),
        }
    }
}

impl Raw for i64 {
    fn cell(&self, kind: &Kind) -> Cell {
        match kind {
            Kind::Unsigned => Cell::Integer(i128::from(self.cast_unsigned())),
            Kind::Day => day(*self).map_or_else(|| beyond("Date"), Cell::Day),
            Kind::Moment(unit) => moment(i128::from(*self) * i128::from(*unit), *unit),
            Kind::Decimal(scale) => Cell::Decimal {
                digits: i128::from(*self),
                scale: *scale,
            },
            Kind::Other(name) => Cell::Other(name.clone()),
            _ => Cell::Integer(i128::from(*self)),
        }
    }
}

impl Raw for Int96 {
    /// Nanoseconds of a day, and the day by its Julian number: how older writers keep moments.
    fn cell(&self, _: &Kind) -> Cell {
        const JULIAN_1970: i128 = 2_440_588;
        const DAY: i128 = 86_400_000_000_000;
        let [low, high, day] = [0, 1, 2].map(|at| i128::from(self.data()[at]));
        moment((day - JULIAN_1970) * DAY + (high << 32) + low, 1)
    }
}

impl Raw for f32 {
    fn cell(&self, _: &Kind) -> Cell {
        Cell::Float(*self)
    }
}

impl Raw for f64 {
    fn cell(&self, _: &Kind) -> Cell {
        Cell::Double(*self)
    }
}

impl Raw for ByteArray {
    fn cell(&self, kind: &Kind) -> Cell {
        bytes(self.data(), kind)
    }
}

impl Raw for FixedLenByteArray {
    fn cell(&self, kind: &Kind) -> Cell {
        bytes(self.data(), kind)
    }
}

fn bytes(bytes: &[u8], kind: &Kind) -> Cell {
    match kind {
        Kind::Text => match std::str::from_utf8(bytes) {
            Ok(text) => Cell::Text(text.to_owned()),
            Err(_) => Cell::Other("text that is not UTF-8".into()),
        },
        Kind::Decimal(scale) => match two_complement(bytes) {
            Some(digits) => Cell::Decimal {
                digits,
                scale: *scale,
            },
            None => beyond("Decimal"),
        },
        Kind::Half => match bytes {
            [low, high] => Cell::Float(half(u16::from_le_bytes([*low, *high]))),
            _ => Cell::Other("Float16".into()),
        },
        Kind::Other(name) => Cell::Other(name.clone()),
        _ => Cell::Other("Binary".into()),
    }
}

/// The most significant byte first.
fn two_complement(bytes: &[u8]) -> Option<i128> {
    let is_negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    let fill = if is_negative { 0xff } else { 0 };
    let (extra, rest) = bytes.split_at(bytes.len().saturating_sub(16));
    let mut all = [fill; 16];
    all[16 - rest.len()..].copy_from_slice(rest);
    let digits = i128::from_be_bytes(all);
    (extra.iter().all(|byte| *byte == fill) && (digits < 0) == is_negative).then_some(digits)
}

/// IEEE 754's binary16.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    let value = match exponent {
        0 => fraction * 2_f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * 2_f32.powi(exponent - 15),
    };
    if bits >> 15 == 1 { -value } else { value }
}

fn day(since_1970: i64) -> Option<Date> {
    let hours = since_1970.checked_mul(24)?;
    let first = Date::new(1970, 1, 1).ok()?;
    first.checked_add(SignedDuration::from_hours(hours)).ok()
}

fn moment(nanos: i128, precision: i64) -> Cell {
    match Timestamp::from_nanosecond(nanos) {
        Ok(at) => Cell::Moment(Moment { at, precision }),
        Err(_) => beyond("Timestamp"),
    }
}

/// No calendar and no number of ours goes so far.
fn beyond(what: &str) -> Cell {
    Cell::Other(format!("{what} out of range").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_may_have_any_number_of_bytes() {
        assert_eq!(two_complement(&[]), Some(0));
        assert_eq!(two_complement(&[0x27, 0x0f]), Some(9_999));
        assert_eq!(two_complement(&[0xff]), Some(-1));
        let mut wide = [0xff; 20];
        wide[19] = 0xfe;
        assert_eq!(two_complement(&wide), Some(-2));
        wide[0] = 0x7f;
        assert_eq!(two_complement(&wide), None);
        let mut wide = [0; 17];
        wide[1] = 0x80;
        assert_eq!(two_complement(&wide), None);
    }

    #[test]
    fn halves_are_numbers() {
        for (bits, value) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x0001, 5.960_464_5e-8),
            (0x7bff, 65_504.0),
            (0x7c00, f32::INFINITY),
        ] {
            assert_eq!(half(bits).to_bits(), value.to_bits(), "{bits:x}");
        }
        assert!(half(0x7e00).is_nan());
    }

    #[test]
    fn days_and_moments_beyond_the_calendar_are_no_panic() {
        assert!(matches!(i64::MAX.cell(&Kind::Day), Cell::Other(_)));
        assert!(matches!(
            i64::MIN.cell(&Kind::Moment(1_000_000)),
            Cell::Other(_)
        ));
        let mut old = Int96::new();
        // 2026-01-02T00:00:00.000000005.
        old.set_data(5, 0, 2_440_588 + 20_455);
        let Cell::Moment(moment) = old.cell(&Kind::Plain) else {
            panic!("no moment");
        };
        assert_eq!(moment.at.to_string(), "2026-01-02T00:00:00.000000005Z");
    }
}
