//! Whether a value that landed is the one that was sent. The platform converts between types: what
//! means the same is the same, and of what cannot be told nothing is said.

use arrow_array::cast::AsArray as _;
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::rows::{day, moment, text};

/// What a comparison came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    Same,
    /// It cannot be told, and why.
    Unknown(String),
    /// The first difference.
    Other {
        /// Where below the value: `.city`, `[2]`.
        below: String,
        landed: String,
        sent: String,
    },
}

/// Compares the value in a row of a column with what was sent, if there are such.
pub(super) fn compared(column: Option<&dyn Array>, row: usize, sent: Option<&Value>) -> Compared {
    let sent = sent.filter(|sent| !sent.is_null());
    let Some(column) = column.filter(|column| !column.is_null(row)) else {
        return match sent {
            Some(sent) if !is_nothing(sent) => other("nothing".to_owned(), Some(sent)),
            _ => Compared::Same,
        };
    };
    match (column.data_type(), sent) {
        (DataType::Struct(_), None | Some(Value::Object(_))) => {
            fields(column, row, sent.and_then(Value::as_object))
        }
        (DataType::List(_), None | Some(Value::Array(_))) => {
            let items = column.as_list::<i32>().value(row);
            elements(&items, sent)
        }
        (DataType::LargeList(_), None | Some(Value::Array(_))) => {
            let items = column.as_list::<i64>().value(row);
            elements(&items, sent)
        }
        (DataType::Struct(_) | DataType::List(_) | DataType::LargeList(_), Some(sent)) => {
            other(shown(column, row), Some(sent))
        }
        (_, Some(sent)) => match single(column, row, sent) {
            Told::Same => Compared::Same,
            Told::Other => other(shown(column, row), Some(sent)),
            Told::Unknown(why) => Compared::Unknown(why),
        },
        (_, None) => other(shown(column, row), None),
    }
}

/// What need not be there to be the same.
fn is_nothing(sent: &Value) -> bool {
    match sent {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_nothing),
        _ => false,
    }
}

fn other(landed: String, sent: Option<&Value>) -> Compared {
    Compared::Other {
        below: String::new(),
        landed,
        sent: sent.map_or_else(|| "nothing".to_owned(), |sent| format!("`{sent}`")),
    }
}

fn shown(column: &dyn Array, row: usize) -> String {
    match column.data_type() {
        DataType::Struct(_) => "an object".to_owned(),
        DataType::List(_) | DataType::LargeList(_) => "a list".to_owned(),
        type_ => match text(column, row) {
            Some(text) => format!("`{text}`"),
            None if column.is_null(row) => "nothing".to_owned(),
            None => format!("of the type {type_}"),
        },
    }
}

/// Field by field.
fn fields(column: &dyn Array, row: usize, sent: Option<&Map<String, Value>>) -> Compared {
    let landed = column.as_struct();
    let there = landed.fields().iter().zip(landed.columns());
    let there = there.map(|(field, column)| {
        let sent = sent.and_then(|sent| sent.get(field.name()));
        (field.name(), compared(Some(column), row, sent))
    });
    let missing = sent.into_iter().flatten();
    let missing = missing.filter(|(name, _)| landed.column_by_name(name).is_none());
    let missing = missing.map(|(name, sent)| (name, compared(None, row, Some(sent))));
    first(
        there
            .chain(missing)
            .map(|(name, it)| (format!(".{name}"), it)),
    )
}

/// Element by element.
fn elements(landed: &ArrayRef, sent: Option<&Value>) -> Compared {
    let sent = sent.and_then(Value::as_array);
    let count = landed.len().max(sent.map_or(0, Vec::len));
    first((0..count).map(|index| {
        let column = (index < landed.len()).then_some(&**landed);
        let sent = sent.and_then(|sent| sent.get(index));
        let compared = match (column, sent) {
            // Even where it stands for nothing, it was an element.
            (None, Some(sent)) => other("nothing".to_owned(), Some(sent)),
            (Some(column), None) => other(shown(column, index), None),
            _ => compared(column, index, sent),
        };
        (format!("[{index}]"), compared)
    }))
}

/// The first difference, if there is one.
fn first(parts: impl Iterator<Item = (String, Compared)>) -> Compared {
    let mut all = Compared::Same;
    for (step, part) in parts {
        match part {
            Compared::Same => {}
            Compared::Unknown(_) => all = part,
            Compared::Other {
                below,
                landed,
                sent,
            } => {
                return Compared::Other {
                    below: step + &below,
                    landed,
                    sent,
                };
            }
        }
    }
    all
}

/// What can be told of a single value.
enum Told {
    Same,
    Other,
    Unknown(String),
}

impl From<bool> for Told {
    fn from(is_same: bool) -> Told {
        if is_same { Told::Same } else { Told::Other }
    }
}

fn single(column: &dyn Array, row: usize, sent: &Value) -> Told {
    let type_ = column.data_type();
    let Some(landed) = text(column, row) else {
        return Told::Unknown(format!("its column has the type {type_}"));
    };
    match type_ {
        DataType::Boolean => is_truth(landed == "true", sent).into(),
        DataType::Float32 => is_number(&landed, sent, 1e-6, 0.0).into(),
        DataType::Float64 => is_number(&landed, sent, 1e-12, 0.0).into(),
        // To the places that it has.
        DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => {
            let half = 0.5 * 10_f64.powi(-i32::from(*scale));
            is_number(&landed, sent, 1e-12, half * 1.000_001).into()
        }
        DataType::Timestamp(unit, _) => match moments(sent) {
            sent if sent.is_empty() => Told::Unknown(strange("time")),
            sent => {
                let landed = moment(column, row, *unit).map(Timestamp::as_nanosecond);
                // To the precision that it has.
                let precision = precision(*unit);
                let rough = |nanos: i128| nanos.div_euclid(precision);
                let is_it = |at: &Timestamp| landed.map(rough) == Some(rough(at.as_nanosecond()));
                sent.iter().any(is_it).into()
            }
        },
        DataType::Date32 | DataType::Date64 => match days(sent) {
            sent if sent.is_empty() => Told::Unknown(strange("day")),
            sent => day(column, row)
                .is_some_and(|day| sent.contains(&day))
                .into(),
        },
        type_ if type_.is_integer() => is_number(&landed, sent, 0.0, 0.0).into(),
        _ => is_text(&landed, sent).into(),
    }
}

fn strange(what: &str) -> String {
    format!("what was sent is no {what} that Hydrant can read")
}

fn is_text(landed: &str, sent: &Value) -> bool {
    match sent {
        Value::String(sent) => landed == sent,
        Value::Number(_) => is_number(landed, sent, 0.0, 0.0),
        // As it is written in JSON, with or without space.
        _ => serde_json::from_str::<Value>(landed).is_ok_and(|landed| landed == *sent),
    }
}

fn is_truth(landed: bool, sent: &Value) -> bool {
    let sent = match sent {
        Value::String(sent) => sent.trim().to_lowercase(),
        sent => sent.to_string(),
    };
    let words = if landed {
        ["true", "y", "yes", "on", "1"]
    } else {
        ["false", "n", "no", "off", "0"]
    };
    words.contains(&sent.as_str())
}

/// By value: as part of the number, or in its own unit, so much off is the same.
fn is_number(landed: &str, sent: &Value, part: f64, off: f64) -> bool {
    let sent = match sent {
        Value::Number(sent) => sent.to_string(),
        Value::String(sent) => sent.trim().to_owned(),
        _ => return false,
    };
    if landed == sent {
        return true;
    }
    // Whole numbers may have more digits than a floating-point number holds.
    if part == 0.0
        && let (Ok(landed), Ok(sent)) = (landed.parse::<i128>(), sent.parse::<i128>())
    {
        return landed == sent;
    }
    let (Ok(landed), Ok(sent)) = (landed.parse::<f64>(), sent.parse::<f64>()) else {
        return false;
    };
    (landed - sent).abs() <= landed.abs() * part + off
}

fn precision(unit: TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

/// What a moment can be read as: RFC 3339; without an offset, UTC; a day, its beginning; a number,
/// milliseconds since 1970.
fn moments(sent: &Value) -> Vec<Timestamp> {
    let mut moments = Vec::new();
    let millis = match sent {
        Value::Number(sent) => sent.as_i64(),
        Value::String(sent) => {
            let sent = sent.trim();
            moments.extend(sent.parse::<Timestamp>());
            if moments.is_empty() {
                let civil = sent.parse::<DateTime>().ok();
                let in_utc = civil.and_then(|civil| TimeZone::UTC.to_timestamp(civil).ok());
                moments.extend(in_utc);
            }
            sent.parse().ok()
        }
        _ => None,
    };
    moments.extend(millis.and_then(|it| Timestamp::from_millisecond(it).ok()));
    moments
}

/// What a day can be read as: a day, that which stands in front of a moment, or that of the moment in UTC.
fn days(sent: &Value) -> Vec<Date> {
    let in_utc = |at: Timestamp| TimeZone::UTC.to_datetime(at).date();
    let mut days: Vec<Date> = moments(sent).into_iter().map(in_utc).collect();
    if let Value::String(sent) = sent {
        let sent = sent.trim();
        days.extend(sent.parse::<Date>());
        days.extend(sent.get(..10).and_then(|day| day.parse::<Date>().ok()));
    }
    days
}

#[cfg(test)]
mod tests;
