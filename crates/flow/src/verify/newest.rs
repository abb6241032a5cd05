//! The newest rows of a dataset, whoever landed them.

use aep_client::{Batch, Client};
use serde_json::{Map, Number, Value};

use super::rows::{Cell, rows};
use crate::Error;

/// Hands over about the newest `limit` rows of the dataset with the id `dataset`, as JSON: what is null is
/// not there. Says how many they were.
pub async fn newest(
    client: &Client,
    dataset: &str,
    limit: u64,
    take: &mut (dyn FnMut(&Value) + Send),
) -> Result<u64, Error> {
    let what = || Error::platform(format!("read the dataset {dataset}"));
    let mut batches = client
        .catalog()
        .batches(dataset, None)
        .await
        .map_err(what())?;
    batches.retain(Batch::is_success);
    batches.sort_by_key(|batch| -batch.created);
    let mut count = 0;
    for batch in batches {
        let files = client
            .data_access()
            .batch_files(&batch.id)
            .await
            .map_err(what())?;
        for file in files.iter().filter(|file| file.name.ends_with(".parquet")) {
            let mut reading = rows(client, file, vec![String::new()]);
            while let Some(rows) = reading.next(&batch.id).await? {
                for row in rows.columns.into_iter().flatten().flatten() {
                    if count == limit {
                        return Ok(count);
                    }
                    take(&json(row).unwrap_or_default());
                    count += 1;
                }
            }
        }
    }
    Ok(count)
}

/// A value as JSON has it; none for null. Moments are RFC 3339.
fn json(cell: Cell) -> Option<Value> {
    Some(match cell {
        Cell::Null | Cell::Other(_) => return None,
        Cell::Bool(it) => Value::Bool(it),
        Cell::Integer(it) => Value::Number(Number::from_i128(it)?),
        Cell::Float(it) => Value::Number(Number::from_f64(it.to_string().parse().ok()?)?),
        Cell::Double(it) => Value::Number(Number::from_f64(it)?),
        Cell::Decimal { .. } => serde_json::from_str(&cell.text()?).ok()?,
        Cell::Text(it) => Value::String(it),
        Cell::Day(_) | Cell::Moment(_) => Value::String(cell.text()?),
        Cell::List(elements) => Value::Array(elements.into_iter().filter_map(json).collect()),
        Cell::Object(fields) => {
            let field =
                |(name, cell): (std::sync::Arc<str>, Cell)| Some((name.to_string(), json(cell)?));
            let fields: Map<_, _> = fields.into_iter().filter_map(field).collect();
            // An object with nothing in it is how a column store writes that there is none.
            (!fields.is_empty()).then_some(Value::Object(fields))?
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_are_records_without_what_is_not_there() {
        let field = |name: &str, cell| (name.into(), cell);
        let row = Cell::Object(vec![
            field("_id", Cell::Text("a".to_owned())),
            field("gone", Cell::Null),
            field("empty", Cell::Object(vec![field("gone", Cell::Null)])),
            field("score", Cell::Float(0.1)),
            field(
                "price",
                Cell::Decimal {
                    digits: 1250,
                    scale: 2,
                },
            ),
            field("tags", Cell::List(vec![Cell::Integer(1), Cell::Null])),
            field("born", Cell::Day("1987-02-28".parse().unwrap())),
        ]);
        let record =
            json!({"_id": "a", "score": 0.1, "price": 12.5, "tags": [1], "born": "1987-02-28"});
        assert_eq!(json(row), Some(record));
    }
}
