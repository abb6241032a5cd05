//! Whether readers of a new Protobuf schema understand what was written with an older one, by the rules of Protobuf
//! (<https://protobuf.dev/programming-guides/proto3/#updating>), in the words of Confluent's registry. Packages, messages and the
//! fields' types are looked at; oneofs and what is required in `proto2` are not, nor schemas that import others than Google's.

use prost_reflect::{DescriptorPool, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor};
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

const FILE: &str = "schema.proto";

struct Text(String);

impl FileResolver for Text {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match name {
            FILE => File::from_source(FILE, &self.0),
            other => Err(protox::Error::file_not_found(other)),
        }
    }
}

fn compiled(text: &str) -> Result<DescriptorPool, protox::Error> {
    let mut resolver = ChainFileResolver::new();
    resolver.add(Text(text.to_owned()));
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.open_file(FILE)?;
    Ok(compiler.descriptor_pool())
}

/// What readers of the new schema would take for something else.
pub(super) fn differences(new: &str, old: &str) -> Vec<String> {
    let (Ok(new), Ok(old)) = (compiled(new), compiled(old)) else {
        return Vec::new();
    };
    let (Some(new), Some(old)) = (new.get_file_by_name(FILE), old.get_file_by_name(FILE)) else {
        return Vec::new();
    };
    if new.package_name() != old.package_name() {
        return vec![format!(
            "PACKAGE_CHANGED: the package is `{}` in the new schema and `{}` in the old one",
            new.package_name(),
            old.package_name()
        )];
    }
    let known = messages(&new);
    let mut found = Vec::new();
    for before in messages(&old) {
        let name = before.full_name();
        match known.iter().find(|it| it.full_name() == name) {
            Some(now) => compare(now, &before, &mut found),
            None => found.push(format!(
                "MESSAGE_REMOVED: the new schema has no message `{name}`"
            )),
        }
    }
    found
}

/// All messages of a file, but for those that a map comes to.
fn messages(file: &FileDescriptor) -> Vec<MessageDescriptor> {
    let mut all: Vec<_> = file.messages().collect();
    let mut at = 0;
    while let Some(message) = all.get(at).cloned() {
        all.extend(message.child_messages().filter(|it| !it.is_map_entry()));
        at += 1;
    }
    all
}

fn compare(new: &MessageDescriptor, old: &MessageDescriptor, found: &mut Vec<String>) {
    for before in old.fields() {
        let number = before.number();
        // A reader passes over a number that it does not know.
        let Some(now) = new.get_field(number) else {
            continue;
        };
        if let Some(rule) = difference(&now, &before) {
            found.push(format!(
                "{rule}: field {number} of `{}` is `{} {}` in the new schema and `{} {}` in the old one",
                old.full_name(),
                type_of(&now),
                now.name(),
                type_of(&before),
                before.name()
            ));
        }
    }
}

fn difference(new: &FieldDescriptor, old: &FieldDescriptor) -> Option<&'static str> {
    if let (true, Kind::Message(new), Kind::Message(old)) =
        (new.is_map() && old.is_map(), new.kind(), old.kind())
    {
        let keys = difference(&new.map_entry_key_field(), &old.map_entry_key_field());
        return keys
            .or_else(|| difference(&new.map_entry_value_field(), &old.map_entry_value_field()));
    }
    if new.is_map() != old.is_map() {
        return Some("FIELD_KIND_CHANGED");
    }
    match (new.kind(), old.kind()) {
        (Kind::Message(new), Kind::Message(old)) => {
            (new.full_name() != old.full_name()).then_some("FIELD_NAMED_TYPE_CHANGED")
        }
        (Kind::Message(_), _) | (_, Kind::Message(_)) => Some("FIELD_KIND_CHANGED"),
        (now, before) if group(&now) != group(&before) => Some("FIELD_SCALAR_KIND_CHANGED"),
        // Of several texts a reader takes the last one; numbers stand together in one piece.
        (now, _) if new.is_list() != old.is_list() && group(&now) != Group::Texts => {
            Some("FIELD_NUMERIC_LABEL_CHANGED")
        }
        _ => None,
    }
}

/// Types that are written alike.
#[derive(PartialEq)]
enum Group {
    Numbers,
    Signed,
    Texts,
    Four,
    Eight,
    Float,
    Double,
    Messages,
}

fn group(kind: &Kind) -> Group {
    match kind {
        Kind::Int32 | Kind::Int64 | Kind::Uint32 | Kind::Uint64 | Kind::Bool | Kind::Enum(_) => {
            Group::Numbers
        }
        Kind::Sint32 | Kind::Sint64 => Group::Signed,
        Kind::String | Kind::Bytes => Group::Texts,
        Kind::Fixed32 | Kind::Sfixed32 => Group::Four,
        Kind::Fixed64 | Kind::Sfixed64 => Group::Eight,
        Kind::Float => Group::Float,
        Kind::Double => Group::Double,
        Kind::Message(_) => Group::Messages,
    }
}

fn type_of(field: &FieldDescriptor) -> String {
    let repeated = if field.is_list() { "repeated " } else { "" };
    let name = match field.kind() {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(names) => names.full_name().to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    format!("{repeated}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(fields: &str) -> String {
        format!(
            "syntax = \"proto3\"; package a; enum E {{ NONE = 0; }} message Outer {{ message In {{ string x = 1; }} {fields} }}"
        )
    }

    #[test]
    fn numbers_keep_their_types() {
        let fields =
            "int32 a = 1; string b = 2; In c = 3; map<string, int32> d = 4; repeated int32 e = 5;";
        let old = schema(fields);
        let with = |from: &str, to: &str| schema(&fields.replace(from, to));
        for (new, rule) in [
            (old.clone(), ""),
            (with("string b = 2;", ""), ""),
            (with("string b = 2;", "string other = 2; double f = 9;"), ""),
            (with("int32 a", "uint64 a"), ""),
            (with("int32 a", "E a"), ""),
            (with("string b", "bytes b"), ""),
            (with("string b", "repeated string b"), ""),
            (with("int32 a", "sint32 a"), "FIELD_SCALAR_KIND_CHANGED"),
            (with("int32 a", "string a"), "FIELD_SCALAR_KIND_CHANGED"),
            (
                with("int32 a", "repeated int32 a"),
                "FIELD_NUMERIC_LABEL_CHANGED",
            ),
            (with("string b", "In b"), "FIELD_KIND_CHANGED"),
            (with("In c", "Outer c"), "FIELD_NAMED_TYPE_CHANGED"),
            (with("int32> d", "string> d"), "FIELD_SCALAR_KIND_CHANGED"),
            (with("map<string, int32> d", "In d"), "FIELD_KIND_CHANGED"),
            (old.replace("package a", "package b"), "PACKAGE_CHANGED"),
            (
                with("In c = 3;", "").replace("message In { string x = 1; }", ""),
                "MESSAGE_REMOVED",
            ),
        ] {
            let found = differences(&new, &old);
            let words: Vec<_> = found.iter().filter_map(|it| it.split(':').next()).collect();
            let wanted: &[&str] = if rule.is_empty() { &[] } else { &[rule] };
            assert_eq!(words, wanted, "{new}");
        }
    }
}
