//! Which types of Avro take which fields.

use serde_json::Value;

use super::schema::{Kind, Logical, Type};
use crate::coding::Coding;
use crate::domain::Domain;
use crate::field::FieldOptions;

pub(super) fn unfit(type_: &Type, why: &str) -> String {
    format!(
        "the field does not fit into the schema's type {}: {why}",
        type_.words()
    )
}

pub(super) fn help(type_: &Type) -> &'static str {
    match (&type_.kind, type_.logical) {
        (Kind::Long, Some(Logical::Timestamp(_))) => "take `event_time` or another kind of moments",
        (Kind::Long, None) => {
            "take a kind of whole numbers, e.g. `{event_time: {format: epoch_ms}}`"
        }
        (Kind::Int, Some(Logical::Date)) => "take a kind of days, e.g. `birth_date`",
        (Kind::Int, _) => "take a kind of whole numbers that stays below 2^31",
        (Kind::Float | Kind::Double, _) | (_, Some(Logical::Decimal { .. })) => {
            "take `{decimal: {…}}` or `{integer: {…}}`"
        }
        (Kind::Boolean, _) => "take `bool`",
        (Kind::String | Kind::Bytes, _) => "take a kind of texts",
        (Kind::Enum { .. }, _) => "take `{choose: […]}` with the enum's symbols",
        (Kind::Record { .. } | Kind::Map(_), _) => "take `{object: {…}}`",
        (Kind::Array(_), _) => "take `{array: {of: …}}`",
        _ => "change the kind or the schema",
    }
}

/// How a field's text becomes this type; why it can't.
pub(super) fn coding(
    field: &FieldOptions,
    type_: &Type,
    fixed_len: impl FnOnce() -> Option<usize>,
) -> Result<Option<Coding>, String> {
    let domain = plain(field.domain());
    let is_text = matches!(
        domain,
        Domain::Words | Domain::Texts | Domain::Moments | Domain::Days
    );
    let scaled = |coding: Coding, scale: u8, precision: u32| {
        let most = match (field, &domain) {
            (FieldOptions::Decimal(options), _) if options.digits > scale => {
                let digits = options.digits;
                return Err(format!(
                    "its values have {digits} decimal places, and the type has {scale}"
                ));
            }
            (FieldOptions::Decimal(options), _) => options.min.abs().max(options.max.abs()),
            (_, Domain::Whole(least, most)) => (*least as f64).abs().max((*most as f64).abs()),
            (_, Domain::Decimals) => 0.0,
            _ => return Err(words(&domain)),
        };
        if most >= 10f64.powi((precision - u32::from(scale)).cast_signed()) {
            return Err(format!("its values go up to {most}"));
        }
        Ok(Some(coding))
    };
    let fitting = match (&type_.kind, type_.logical, &domain) {
        (Kind::Bytes, Some(Logical::Decimal { scale, precision }), _) => {
            return scaled(Coding::Unscaled { scale }, scale, precision);
        }
        (Kind::Fixed { size, .. }, Some(Logical::Decimal { scale, precision }), _) => {
            return match u8::try_from(*size) {
                Ok(size @ 1..=16) => {
                    scaled(Coding::UnscaledFixed { scale, size }, scale, precision)
                }
                _ => Err(format!(
                    "decimals of {size} bytes are more than is supported, 16"
                )),
            };
        }
        (Kind::Fixed { .. }, Some(Logical::Uuid), _) if is_text => {
            let is_id = fixed_len() == Some(36);
            return if is_id {
                Ok(Some(Coding::Uuid))
            } else {
                Err("it is no UUID".to_owned())
            };
        }
        (Kind::Fixed { size, .. }, None, _) if is_text => {
            return if fixed_len() == Some(*size) {
                Ok(None)
            } else {
                Err(format!("its texts do not always have {size} bytes"))
            };
        }
        (Kind::String | Kind::Bytes, _, _) if is_text => Coding::Counted,
        (Kind::Int, _, Domain::Whole(least, most)) => {
            if i32::try_from(*least).is_err() || i32::try_from(*most).is_err() {
                return Err(format!("its values go from {least} to {most}"));
            }
            Coding::ZigZag
        }
        (Kind::Int, Some(Logical::Date), Domain::Days) => Coding::Day,
        (Kind::Long, _, Domain::Whole(..)) => Coding::ZigZag,
        (Kind::Long, Some(Logical::Timestamp(per_second)), Domain::Moments) => {
            Coding::Moment { per_second }
        }
        (Kind::Float, _, Domain::Whole(..) | Domain::Decimals) => Coding::Float,
        (Kind::Double, _, Domain::Whole(..) | Domain::Decimals) => Coding::Double,
        (Kind::Boolean, _, Domain::Truth) => Coding::Truth,
        _ => return Err(words(&domain)),
    };
    Ok(Some(fitting))
}

/// Values that are known, but not where they are drawn, as what they have in common.
pub(crate) fn plain(domain: Domain<'_>) -> Domain<'_> {
    let Domain::Fixed(values) = &domain else {
        return domain;
    };
    let all = |is_it: fn(&Value) -> bool| values.iter().all(|value| is_it(value));
    if all(Value::is_string) {
        Domain::Texts
    } else if all(Value::is_i64) {
        let whole = || values.iter().filter_map(|value| value.as_i64());
        Domain::Whole(whole().min().unwrap_or(0), whole().max().unwrap_or(0))
    } else if all(Value::is_number) {
        Domain::Decimals
    } else if all(Value::is_boolean) {
        Domain::Truth
    } else {
        domain
    }
}

/// What the values are, for a message.
pub(crate) fn words(domain: &Domain<'_>) -> String {
    let what = match domain {
        Domain::Words | Domain::Texts => "texts",
        Domain::Whole(..) => "whole numbers",
        Domain::Decimals => "numbers with decimal places",
        Domain::Truth => "true and false",
        Domain::Moments => "moments",
        Domain::Days => "days",
        Domain::Fixed(_) => "fixed values",
        Domain::Object(_) => "objects",
        Domain::List(_) => "lists",
    };
    format!("its values are {what}")
}
