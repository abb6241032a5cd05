//! Whether a value that landed is the one that was sent. The platform converts between types: what
//! means the same is the same, and of what cannot be told nothing is said.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::rows::{Cell, Moment};

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

/// Compares what landed with what was sent, if there are such.
pub(super) fn compared(landed: Option<&Cell>, sent: Option<&Value>) -> Compared {
    let sent = sent.filter(|sent| !sent.is_null());
    let Some(landed) = landed.filter(|landed| !landed.is_null()) else {
        return match sent {
            Some(sent) if !is_nothing(sent) => other("nothing".to_owned(), Some(sent)),
            _ => Compared::Same,
        };
    };
    match (landed, sent) {
        (Cell::Object(landed), None | Some(Value::Object(_))) => {
            fields(landed, sent.and_then(Value::as_object))
        }
        (Cell::List(landed), None | Some(Value::Array(_))) => {
            elements(landed, sent.and_then(Value::as_array))
        }
        (Cell::Object(_) | Cell::List(_), Some(sent)) => other(shown(landed), Some(sent)),
        (_, Some(sent)) => match single(landed, sent) {
            Told::Same => Compared::Same,
            Told::Other => other(shown(landed), Some(sent)),
            Told::Unknown(why) => Compared::Unknown(why),
        },
        (_, None) => other(shown(landed), None),
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

fn shown(landed: &Cell) -> String {
    match landed {
        Cell::Null => "nothing".to_owned(),
        Cell::Object(_) => "an object".to_owned(),
        Cell::List(_) => "a list".to_owned(),
        Cell::Other(type_) => format!("of the type {type_}"),
        landed => format!("`{}`", landed.text().unwrap_or_default()),
    }
}

/// Field by field.
fn fields(landed: &[(Arc<str>, Cell)], sent: Option<&Map<String, Value>>) -> Compared {
    let there = landed.iter().map(|(name, landed)| {
        let sent = sent.and_then(|sent| sent.get(&**name));
        (&**name, compared(Some(landed), sent))
    });
    let is_missing = |name: &str| landed.iter().all(|(it, _)| **it != *name);
    let missing = sent.into_iter().flatten();
    let missing = missing.filter(|(name, _)| is_missing(name));
    let missing = missing.map(|(name, sent)| (name.as_str(), compared(None, Some(sent))));
    first(
        there
            .chain(missing)
            .map(|(name, it)| (format!(".{name}"), it)),
    )
}

/// Element by element.
fn elements(landed: &[Cell], sent: Option<&Vec<Value>>) -> Compared {
    let count = landed.len().max(sent.map_or(0, Vec::len));
    first((0..count).map(|index| {
        let sent = sent.and_then(|sent| sent.get(index));
        let compared = match (landed.get(index), sent) {
            // Even where it stands for nothing, it was an element.
            (None, Some(sent)) => other("nothing".to_owned(), Some(sent)),
            (Some(landed), None) => other(shown(landed), None),
            (landed, sent) => compared(landed, sent),
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

fn single(landed: &Cell, sent: &Value) -> Told {
    let text = landed.text().unwrap_or_default();
    match landed {
        Cell::Other(type_) => Told::Unknown(format!("its column has the type {type_}")),
        Cell::Bool(landed) => is_truth(*landed, sent).into(),
        Cell::Float(_) => is_number(&text, sent, 1e-6, 0.0).into(),
        Cell::Double(_) => is_number(&text, sent, 1e-12, 0.0).into(),
        // To the places that it has.
        Cell::Decimal { scale, .. } => {
            let half = 0.5 * 10_f64.powi(-scale.cast_signed());
            is_number(&text, sent, 1e-12, half * 1.000_001).into()
        }
        Cell::Moment(Moment { at, precision }) => match moments(sent) {
            sent if sent.is_empty() => Told::Unknown(strange("time")),
            sent => {
                // To the precision that it has.
                let rough = |at: &Timestamp| at.as_nanosecond().div_euclid(i128::from(*precision));
                sent.iter().any(|sent| rough(sent) == rough(at)).into()
            }
        },
        Cell::Day(day) => match days(sent) {
            sent if sent.is_empty() => Told::Unknown(strange("day")),
            sent => sent.contains(day).into(),
        },
        Cell::Integer(_) => is_number(&text, sent, 0.0, 0.0).into(),
        _ => is_text(&text, sent).into(),
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
