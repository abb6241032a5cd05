//! Rows into a Parquet file: struct columns as the schema has them, for the fields that the mapping
//! fills, and the platform's own metadata.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use bytes::Bytes;
use indexmap::IndexMap;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use serde_json::Value;

use super::mapping::Line;
use crate::platform::xdm::{Resolved, Type};

/// The column in which the platform keeps its own facts about a row.
const METADATA: &str = "_acp_system_metadata";

/// The columns of a flow's files.
/// The ones that the mapping fills; without a mapping, all of the schema's.
pub(super) fn columns(schema: &Resolved, lines: Option<&[Line]>) -> SchemaRef {
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
    let mut fields: Vec<_> = tree
        .fields()
        .iter()
        .map(|field| field.as_ref().clone())
        .collect();
    let row = Field::new("rowId", DataType::Utf8, true);
    fields.push(Field::new(
        METADATA,
        DataType::Struct(vec![row].into()),
        true,
    ));
    Arc::new(Schema::new(fields))
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
                Node::Leaf(type_) => data_type(type_),
                Node::Deeper(tree) => DataType::Struct(tree.fields()),
            };
            Field::new(*name, type_, true)
        };
        self.0.iter().map(field).collect()
    }
}

fn data_type(type_: &Type) -> DataType {
    match type_ {
        Type::String => DataType::Utf8,
        Type::Integer => DataType::Int64,
        Type::Number => DataType::Float64,
        Type::Boolean => DataType::Boolean,
        Type::Limited(type_, _) => data_type(type_),
        // By its offset: `arrow-json` knows no zone by its name.
        Type::DateTime => DataType::Timestamp(TimeUnit::Millisecond, Some("+00:00".into())),
        Type::Date => DataType::Date32,
        Type::Array(items) => {
            DataType::List(Arc::new(Field::new("element", data_type(items), true)))
        }
        Type::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, type_)| Field::new(name, data_type(type_), true));
            DataType::Struct(fields.collect())
        }
    }
}

/// The file's bytes.
pub(super) fn parquet(columns: &SchemaRef, rows: &[Value]) -> Result<Bytes, String> {
    let mut decoder = arrow_json::ReaderBuilder::new(Arc::clone(columns))
        .with_batch_size(rows.len().max(1))
        .build_decoder()
        .map_err(|error| error.to_string())?;
    decoder.serialize(rows).map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .build();
    let mut writer = ArrowWriter::try_new(&mut out, Arc::clone(columns), Some(properties))
        .map_err(|error| error.to_string())?;
    while let Some(batch) = decoder.flush().map_err(|error| error.to_string())? {
        writer.write(&batch).map_err(|error| error.to_string())?;
    }
    writer.close().map_err(|error| error.to_string())?;
    Ok(out.into())
}
