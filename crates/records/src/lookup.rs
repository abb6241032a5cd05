//! `lookup`: values from the rows of a CSV file.
//!
//! Which row a record has depends on the row's name alone, so all fields of a record that look up the same row are of
//! one row.

mod column;
mod link;
mod matched;
mod mistakes;
mod read;
mod rows;
mod table;
mod values;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;
use options::{Location, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::Domain;
use crate::entities::Each;
pub(crate) use column::{CellType, Column};
pub(crate) use link::Link;
pub(crate) use matched::Matched;
pub(crate) use mistakes::mistakes;
pub(crate) use read::enough_rows;
pub use read::{DataFiles, read_data, read_entity_data, rename_data, rename_entity_data};
pub(crate) use rows::{Looked, Rows};

/// Options of `lookup`: a value from a row of a CSV file. Fields of one record with the same `file` are of the same row,
/// and so are those of one entity and of one element of an array. How the row is chosen is said by one of them.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LookupOptions {
    /// The CSV file, relative to the scenario's. Columns are separated by commas, semicolons or tabs; the first row
    /// has their names.
    pub file: PathBuf,
    /// The column that has the value.
    pub column: String,
    /// A name for one more row of the same file in the record. Default: the file's own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// The column that says how often a row is taken, in any unit: a share or a count. Default: all rows equally often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// Another way to choose the row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pick: Option<RowPick>,
    /// The row in which a column has the value of another field: `{sku: item.sku}`, column and field. A value that no
    /// row has gives `null`.
    #[serde(default, rename = "where", skip_serializing_if = "IndexMap::is_empty")]
    pub matching: IndexMap<String, String>,
    /// What the column's values are. Default: numbers if all are and none is in quotes, true and false the same, and
    /// otherwise texts.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub as_: Option<CellType>,
    #[serde(skip)]
    #[schemars(skip)]
    pub(crate) link: Link,
}

/// A way to choose a row, other than by chance.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowPick {
    /// The first row most often, the k-th as often as 1 / k^exponent.
    Zipf(f64),
    /// The rows in turn, as they stand in the file: `once`, or `cycle` to begin again behind the last.
    Each(Each),
}

impl LookupOptions {
    /// What tells the row from others: of the file's name only what it keeps when it is copied.
    pub(crate) fn row_name(&self) -> String {
        let stem = |file: &Path| file.file_stem().map(|it| it.to_string_lossy().into_owned());
        let row = self.row.clone().or_else(|| stem(&self.file));
        row.unwrap_or_default()
    }

    /// Whether it says how the row is chosen.
    fn chooses(&self) -> bool {
        self.weight.is_some() || self.pick.is_some() || !self.matching.is_empty()
    }

    pub(crate) fn column(&self) -> Option<&Arc<Column>> {
        self.link.column.as_ref()
    }

    /// The field whose value decides on the row.
    pub(crate) fn matched_field(&self) -> Option<&str> {
        match self.link.rows.as_deref() {
            Some(Rows::Matching { field, .. }) => Some(field),
            _ => None,
        }
    }

    /// Whether some values are `null`.
    pub(crate) fn may_be_null(&self) -> bool {
        self.matched_field().is_some() || self.column().is_some_and(|column| column.has_nulls())
    }

    pub(crate) fn domain(&self) -> Domain<'_> {
        self.column()
            .map_or(Domain::Texts, |column| column.domain())
    }

    /// How many rows there are, if each comes at most once.
    pub(crate) fn once(&self) -> Option<u64> {
        match self.link.rows.as_deref() {
            Some(Rows::Each { count, is_once }) if *is_once => Some(*count),
            _ => None,
        }
    }

    pub(crate) fn problems(&self, at: &Location, problems: &mut Problems) {
        if self.link.column.is_none() || self.link.rows.is_none() {
            problems.push(Problem::new(
                at.join("file"),
                "the file of the table was not read",
            ));
        }
        let given = [
            ("weight", self.weight.is_some()),
            ("pick", self.pick.is_some()),
            ("where", !self.matching.is_empty()),
        ];
        let mut given = given.iter().filter(|(_, is_given)| *is_given);
        if let (Some((first, _)), Some((second, _))) = (given.next(), given.next()) {
            let message = format!("`{first}` and `{second}` both say which row it is");
            problems.push(Problem::new(at.join(*second), message).help("leave one of the two out"));
        }
        if self.matching.len() > 1 {
            problems.push(
                Problem::new(at.join("where"), "a row is found by one column")
                    .help("write one column and the field with its value: `where: {sku: sku}`"),
            );
        }
        if let Some(RowPick::Zipf(exponent)) = self.pick
            && !(exponent > 0.0 && exponent <= 10.0)
        {
            problems.push(
                Problem::new(
                    at.join("pick").join("zipf"),
                    format!("{exponent} is no exponent of Zipf's law"),
                )
                .help("write a number above 0 and up to 10, e.g. 1"),
            );
        }
    }
}

#[cfg(test)]
mod tests;
