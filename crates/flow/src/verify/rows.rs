//! Rows of a Parquet file: some values of each, by their paths.

mod cell;
mod column;
mod remote;
mod tree;

use std::ops::Range;

use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader as _, SerializedFileReader};

pub use cell::{Cell, Moment};
use column::Column;
pub(super) use remote::{lines, rows};
use tree::Node;

/// Rows that are read in one go, at most.
const ROWS_MAX: usize = 8192;
/// And so many bytes of them, about.
const BYTES_MAX: usize = 8 << 20;

/// Some rows of a file.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// How many.
    pub count: usize,
    /// The values at each path that was asked for; `None`: the file has no such column.
    pub columns: Vec<Option<Vec<Cell>>>,
}

/// Reads the values at some paths, some thousand rows at a time, whatever the file's size.
pub struct RowReader<R: ChunkReader> {
    file: SerializedFileReader<R>,
    /// One for each path.
    wanted: Vec<Option<Node>>,
    /// The columns below them, by their number in the file.
    open: Vec<Option<Column>>,
    /// The next row group.
    group: usize,
    /// Rows of the open one that are still to be read.
    left: usize,
    at_once: usize,
}

impl<R: ChunkReader> std::fmt::Debug for RowReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowReader")
            .field("group", &self.group)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

impl<R: ChunkReader + 'static> RowReader<R> {
    /// Reads these paths (steps between dots) of a file, an empty one being whole rows. Fails if it is no Parquet file.
    pub fn new(file: R, paths: &[String]) -> Result<RowReader<R>, ParquetError> {
        let file = SerializedFileReader::new(file)?;
        let schema = file.metadata().file_metadata().schema_descr();
        let root = tree::root(schema.root_schema());
        let wanted = paths.iter().map(|path| root.at(path)).collect();
        let open = (0..schema.num_columns()).map(|_| None).collect();
        Ok(RowReader {
            file,
            wanted,
            open,
            group: 0,
            left: 0,
            at_once: ROWS_MAX,
        })
    }

    /// Opens the columns of the next row group.
    fn next_group(&mut self) -> Result<(), ParquetError> {
        let group = self.file.get_row_group(self.group)?;
        self.group += 1;
        let facts = group.metadata();
        self.left = usize::try_from(facts.num_rows())
            .map_err(|_| ParquetError::General("a row group has no number of rows".to_owned()))?;
        let mut bytes = 0;
        for columns in self.wanted.iter().flatten().map(Node::columns) {
            for number in columns {
                self.open[number] = Some(Column::new(
                    &facts.column(number).column_descr_ptr(),
                    group.get_column_reader(number)?,
                ));
                bytes += usize::try_from(facts.column(number).uncompressed_size()).unwrap_or(0);
            }
        }
        let row = (bytes / self.left.max(1)).max(1);
        self.at_once = (BYTES_MAX / row).clamp(1, ROWS_MAX);
        Ok(())
    }

    fn read(&mut self) -> Result<Rows, ParquetError> {
        let count = self.left.min(self.at_once);
        self.left -= count;
        let open = &mut self.open;
        for column in open.iter_mut().flatten() {
            column.fill(count)?;
        }
        let mut one = |node: &Node| {
            let columns = node.columns();
            rewind(open, columns.clone());
            let cells: Result<Vec<_>, _> = (0..count).map(|_| node.take(open)).collect();
            let is_whole = open[columns].iter().flatten().all(Column::is_used_up);
            match cells {
                Ok(_) if !is_whole => Err(tree::uneven()),
                cells => cells,
            }
        };
        let columns = self
            .wanted
            .iter()
            .map(|node| node.as_ref().map(&mut one).transpose());
        Ok(Rows {
            count,
            columns: columns.collect::<Result<_, _>>()?,
        })
    }
}

/// Two paths may lie within each other, so each begins with the first row.
fn rewind(open: &mut [Option<Column>], columns: Range<usize>) {
    open[columns].iter_mut().flatten().for_each(Column::rewind);
}

impl<R: ChunkReader + 'static> Iterator for RowReader<R> {
    type Item = Result<Rows, ParquetError>;

    fn next(&mut self) -> Option<Result<Rows, ParquetError>> {
        while self.left == 0 {
            if self.group >= self.file.num_row_groups() {
                return None;
            }
            if let Err(error) = self.next_group() {
                self.group = usize::MAX;
                return Some(Err(error));
            }
        }
        let rows = self.read();
        if rows.is_err() {
            (self.group, self.left) = (usize::MAX, 0);
        }
        Some(rows)
    }
}

#[cfg(test)]
mod tests;
