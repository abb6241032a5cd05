//! Rows into a Parquet file: struct columns as the schema has them, for the fields that the mapping
//! fills, and the platform's own metadata.

mod shred;

use bytes::Bytes;
use indexmap::IndexMap;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{WriterProperties, WriterVersion};
use serde_json::Value;

use super::mapping::Line;
use crate::platform::xdm::{Fields, Resolved, Type};

/// The column in which the platform keeps its own facts about a row.
const METADATA: &str = "_acp_system_metadata";

/// The columns of a flow's files.
/// The ones that the mapping fills; without a mapping, all of the schema's.
pub(super) fn columns(schema: &Resolved, lines: Option<&[Line]>) -> Fields {
    let mut tree = Tree::default();
    if lines.is_none() {
        for (name, type_) in &schema.fields {
            tree.insert(name, type_);
        }
    }
    for line in lines.into_iter().flatten() {
        if let Some(type_) = schema.at(&line.target) {
            tree.insert(&line.target, type_);
        }
    }
    let mut fields = tree.fields();
    let row = Fields::from([("rowId".to_owned(), Type::String)]);
    fields.insert(METADATA.to_owned(), Type::Object(row));
    fields
}

#[derive(Default)]
struct Tree<'t>(IndexMap<&'t str, Node<'t>>);

enum Node<'t> {
    Leaf(&'t Type),
    Deeper(Tree<'t>),
}

impl<'t> Tree<'t> {
    fn insert(&mut self, path: &'t str, type_: &'t Type) {
        match path.split_once('.') {
            None => {
                self.0.insert(path, Node::Leaf(type_));
            }
            Some((step, rest)) => {
                let node = self
                    .0
                    .entry(step)
                    .or_insert_with(|| Node::Deeper(Tree::default()));
                if let Node::Deeper(tree) = node {
                    tree.insert(rest, type_);
                }
            }
        }
    }

    fn fields(&self) -> Fields {
        let field = |(name, node): (&&str, &Node<'_>)| {
            let type_ = match node {
                Node::Leaf(type_) => (*type_).clone(),
                Node::Deeper(tree) => Type::Object(tree.fields()),
            };
            ((*name).to_owned(), type_)
        };
        self.0.iter().map(field).collect()
    }
}

/// How a file's pages are packed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packing {
    codec: Compression,
    version: WriterVersion,
    /// How the names of such files end.
    pub(super) suffix: &'static str,
}

/// The packing of the `number`-th file: the lake's files come in every codec that there is, in pages of
/// either version.
pub(super) fn packing(number: usize) -> Packing {
    let codecs = [
        (Compression::SNAPPY, "snappy.parquet"),
        (Compression::GZIP(GzipLevel::default()), "gz.parquet"),
        (Compression::ZSTD(ZstdLevel::default()), "zstd.parquet"),
        (Compression::BROTLI(BrotliLevel::default()), "br.parquet"),
        (Compression::LZ4_RAW, "lz4raw.parquet"),
        (Compression::LZ4, "lz4hadoop.parquet"),
        (Compression::UNCOMPRESSED, "parquet"),
    ];
    let (codec, suffix) = codecs[number % codecs.len()];
    let version = match number / codecs.len() % 2 {
        0 => WriterVersion::PARQUET_1_0,
        _ => WriterVersion::PARQUET_2_0,
    };
    Packing {
        codec,
        version,
        suffix,
    }
}

/// The file's bytes. Fails if a row does not fit its columns.
pub(super) fn parquet(
    columns: &Fields,
    rows: &[Value],
    packing: Packing,
) -> Result<Bytes, ParquetError> {
    let properties = WriterProperties::builder()
        .set_compression(packing.codec)
        .set_writer_version(packing.version)
        .build();
    shred::write(columns, rows, properties)
}

#[cfg(test)]
mod tests;
