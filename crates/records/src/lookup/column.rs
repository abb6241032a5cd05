//! A column of a table as records write it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::mistakes::{MISTAKES_MAX, Mistake, mistake};
use super::table::Table;
use crate::domain::Domain;
use crate::words::{Words, escaped};

/// What a column's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CellType {
    /// Texts, as they stand in the file.
    Text,
    /// Numbers with up to 18 digits before the point and 9 behind it; an empty cell is `null`.
    Number,
    /// `true` and `false`; an empty cell is `null`.
    Bool,
}

impl Table {
    /// The column with this name, whose values are of this type.
    pub(crate) fn column(&self, name: &str, as_: Option<CellType>) -> Result<Column, Vec<Mistake>> {
        let place = self.place(name)?;
        let type_ = as_.unwrap_or_else(|| self.type_of(place));
        let (mut wrong, mut has_nulls) = (Vec::new(), false);
        let (mut json, mut bare) = (Vec::new(), Vec::new());
        let (mut least, mut most, mut is_whole) = (i64::MAX, i64::MIN, true);
        self.each(place, |cell| {
            let text = match type_ {
                CellType::Text => {
                    bare.push(cell.text.to_owned());
                    escaped(cell.text)
                }
                _ if cell.text.is_empty() => {
                    has_nulls = true;
                    "null".to_owned()
                }
                CellType::Number => {
                    match cell.text.parse::<i64>() {
                        Ok(number) => (least, most) = (least.min(number), most.max(number)),
                        Err(_) => is_whole = false,
                    }
                    if !is_number(cell.text) && wrong.len() < MISTAKES_MAX {
                        let message = format!("`{}` is no number", cell.text);
                        let help = "write e.g. 1250.5, with at most 18 digits and 9 decimal places, or `as: text`";
                        wrong.push(mistake(cell.line, message, help));
                    }
                    cell.text.to_owned()
                }
                CellType::Bool => {
                    let text = cell.text.to_ascii_lowercase();
                    if !is_bool(&text) && wrong.len() < MISTAKES_MAX {
                        let message = format!("`{}` is neither `true` nor `false`", cell.text);
                        wrong.push(mistake(cell.line, message, "write one of the two, or `as: text`"));
                    }
                    text
                }
            };
            json.push(text);
        });
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let json = Arc::new(Words::of_pieces(json));
        let bare = match type_ {
            CellType::Text => Arc::new(Words::of_pieces(bare)),
            CellType::Number | CellType::Bool => Arc::clone(&json),
        };
        Ok(Column {
            type_,
            whole: (is_whole && least <= most).then_some((least, most)),
            has_nulls,
            longest: json.longest() as u64,
            json,
            bare,
        })
    }

    /// What the values of a column are, where nobody says.
    fn type_of(&self, place: usize) -> CellType {
        let (mut numbers, mut bools, mut others) = (0, 0, 0);
        self.each(place, |cell| {
            if cell.is_quoted {
                others += 1;
            } else if is_number(cell.text) {
                numbers += 1;
            } else if is_bool(&cell.text.to_ascii_lowercase()) {
                bools += 1;
            } else if !cell.text.is_empty() {
                others += 1;
            }
        });
        match (numbers, bools, others) {
            (1.., 0, 0) => CellType::Number,
            (0, 1.., 0) => CellType::Bool,
            _ => CellType::Text,
        }
    }
}

/// Whether it is a number as JSON writes it, within what is worked out with exactly. What begins with a 0 is no number but a
/// code.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (1..=18).contains(&whole.len())
        && (1..=9).contains(&part.len())
        && all_digits(whole)
        && all_digits(part)
        && (whole == "0" || !whole.starts_with('0'))
}

fn is_bool(text: &str) -> bool {
    matches!(text, "true" | "false")
}

/// A column's values.
#[derive(Debug)]
pub(crate) struct Column {
    type_: CellType,
    /// The smallest and the largest, if all are whole numbers.
    whole: Option<(i64, i64)>,
    has_nulls: bool,
    /// As they are written in JSON, texts without quotes.
    json: Arc<Words>,
    /// The same without escapes.
    bare: Arc<Words>,
    pub(crate) longest: u64,
}

/// One that could not be read.
impl Default for Column {
    fn default() -> Column {
        let json = Arc::new(Words::of_pieces([""]));
        Column {
            type_: CellType::Text,
            whole: None,
            has_nulls: false,
            bare: Arc::clone(&json),
            json,
            longest: 0,
        }
    }
}

impl Column {
    pub(crate) fn is_text(&self) -> bool {
        self.type_ == CellType::Text
    }

    pub(crate) fn has_nulls(&self) -> bool {
        self.has_nulls
    }

    pub(crate) fn words(&self, is_bare: bool) -> &Arc<Words> {
        if is_bare { &self.bare } else { &self.json }
    }

    pub(crate) fn domain(&self) -> Domain<'static> {
        match (self.type_, self.whole) {
            (CellType::Text, _) => Domain::Texts,
            (CellType::Bool, _) => Domain::Truth,
            (CellType::Number, Some((least, most))) => Domain::Whole(least, most),
            (CellType::Number, None) => Domain::Decimals,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        Table::parse(text.as_bytes().to_vec()).unwrap()
    }

    fn cells(text: &str, name: &str) -> (CellType, Vec<String>) {
        let column = table(text).column(name, None).unwrap();
        let cells = column.json.iter();
        let cells = cells.map(|cell| String::from_utf8(cell.to_vec()).unwrap());
        (column.type_, cells.collect())
    }

    #[test]
    fn a_column_is_of_the_type_that_all_its_cells_have() {
        let csv = "\u{feff}sku;price;zip;quoted;active;note\n\
                   A-1; 1.50;01067;\"5\";true;\"say \"\"hi\"\"; you\"\n\
                   A-2;-3;10115;6;FALSE;\n";
        let texts = |texts: [&str; 2]| texts.map(str::to_owned).to_vec();
        assert_eq!(cells(csv, "sku"), (CellType::Text, texts(["A-1", "A-2"])));
        assert_eq!(
            cells(csv, "price"),
            (CellType::Number, texts(["1.50", "-3"]))
        );
        assert_eq!(
            cells(csv, "zip"),
            (CellType::Text, texts(["01067", "10115"]))
        );
        assert_eq!(cells(csv, "quoted"), (CellType::Text, texts(["5", "6"])));
        assert_eq!(
            cells(csv, "active"),
            (CellType::Bool, texts(["true", "false"]))
        );
        let note = texts([r#"say \"hi\"; you"#, ""]);
        assert_eq!(cells(csv, "note"), (CellType::Text, note));
        let gap = cells("a,b\n1,\n2,7\n", "b");
        assert_eq!(gap, (CellType::Number, texts(["null", "7"])));
    }

    #[test]
    fn every_mistake_has_its_line() {
        let told = |wrong: Vec<Mistake>| {
            let told = wrong.into_iter().map(|it| (it.line, it.message));
            told.collect::<Vec<_>>()
        };
        let refused = |text: &str| told(Table::parse(text.as_bytes().to_vec()).unwrap_err());
        assert_eq!(refused("a,b\n"), [(None, "there are no rows".to_owned())]);
        assert_eq!(
            refused("a,b\n1,2\n3\n"),
            [(Some(3), "1 columns, where the first row has 2".to_owned())]
        );
        assert_eq!(
            told(Table::parse(b"a\nx\n\xff\n".to_vec()).unwrap_err()),
            [(Some(3), "this is not UTF-8".to_owned())]
        );
        let csv = table("sku,weight,price\nA,1,2\nB,-1,x\nA,no,3\n");
        assert_eq!(
            told(csv.weights("weight").unwrap_err()),
            [
                (Some(3), "`-1` is no weight".to_owned()),
                (Some(4), "`no` is no weight".to_owned())
            ]
        );
        assert_eq!(
            told(csv.index("sku").unwrap_err()),
            [(Some(4), "`A` is in line 2 already".to_owned())]
        );
        assert_eq!(
            told(csv.column("price", Some(CellType::Number)).unwrap_err()),
            [(Some(3), "`x` is no number".to_owned())]
        );
        assert_eq!(
            told(csv.column("prize", None).unwrap_err()),
            [(None, "there is no column `prize`".to_owned())]
        );
        let nothing = table("a,w\n1,0\n").weights("w").unwrap_err();
        assert!(nothing[0].message.contains("no row is ever taken"));
    }
}
