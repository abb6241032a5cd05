//! What columns say of rows: weights, numbers, and which row has a value.

use std::collections::HashMap;

use super::mistakes::{MISTAKES_MAX, Mistake, mistake};
use super::table::Table;
use crate::words::escaped;

impl Table {
    /// The weights in a column, of which one at least is above 0.
    pub(crate) fn weights(&self, name: &str) -> Result<Vec<f64>, Vec<Mistake>> {
        let place = self.place(name)?;
        let (mut weights, mut wrong) = (Vec::new(), Vec::new());
        self.each(place, |cell| match cell.text.parse::<f64>() {
            Ok(weight) if weight.is_finite() && weight >= 0.0 => weights.push(weight),
            _ if wrong.len() < MISTAKES_MAX => {
                let message = format!("`{}` is no weight", cell.text);
                wrong.push(mistake(cell.line, message, "write a number from 0 on"));
            }
            _ => {}
        });
        if wrong.is_empty() && weights.iter().all(|weight| *weight <= 0.0) {
            let mut none = mistake(
                0,
                format!("all of `{name}` is 0, so that no row is ever taken"),
                "give at least one row a weight above 0",
            );
            none.line = None;
            wrong.push(none);
        }
        if wrong.is_empty() {
            Ok(weights)
        } else {
            Err(wrong)
        }
    }

    /// The numbers in a column.
    pub(crate) fn numbers(&self, name: &str) -> Result<Vec<f64>, Vec<Mistake>> {
        let place = self.place(name)?;
        let (mut numbers, mut wrong) = (Vec::new(), Vec::new());
        self.each(place, |cell| match cell.text.parse::<f64>() {
            Ok(number) if number.is_finite() => numbers.push(number),
            _ if wrong.len() < MISTAKES_MAX => {
                let message = format!("`{}` is no number", cell.text);
                wrong.push(mistake(cell.line, message, "write e.g. 1250.5"));
            }
            _ => {}
        });
        if wrong.is_empty() {
            Ok(numbers)
        } else {
            Err(wrong)
        }
    }

    /// The rows by the value in a column, which no two have in common.
    pub(crate) fn index(&self, name: &str) -> Result<HashMap<Box<[u8]>, u32>, Vec<Mistake>> {
        let place = self.place(name)?;
        let (mut index, mut lines, mut wrong) = (HashMap::new(), Vec::new(), Vec::new());
        self.each(place, |cell| {
            let row = lines.len() as u32;
            lines.push(cell.line);
            let key = escaped(cell.text).into_bytes().into_boxed_slice();
            if let Some(first) = index.insert(key, row)
                && wrong.len() < MISTAKES_MAX
            {
                let message = format!(
                    "`{}` is in line {} already",
                    cell.text, lines[first as usize]
                );
                let help = format!("every row needs a `{name}` of its own to be found by it");
                wrong.push(mistake(cell.line, message, help));
            }
        });
        if wrong.is_empty() {
            Ok(index)
        } else {
            Err(wrong)
        }
    }
}
