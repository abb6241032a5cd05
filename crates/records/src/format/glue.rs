//! What AWS Glue's serializers write in front of a record: which of its schemas' versions it has
//! (<https://github.com/awslabs/aws-glue-schema-registry>, `SerializationDataEncoder`).

use options::Location;

use super::Work;
use crate::coding::Coding;

/// The version of the head, and that nothing is compressed (`AWSSchemaRegistryConstants`).
const HEAD: [u8; 2] = [3, 0];

/// What stands in front of every record; `None` and a problem, if the id is none.
pub(super) fn head(id: &str, own: &Location, work: &mut Work<'_>) -> Option<Vec<u8>> {
    let is_hyphen = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let is_fit = |(at, byte): (usize, u8)| {
        if is_hyphen(at) {
            byte == b'-'
        } else {
            byte.is_ascii_hexdigit()
        }
    };
    if id.len() != 36 || !id.bytes().enumerate().all(is_fit) {
        let message = format!("`{id}` is no id of a schema's version");
        let help = "write the `SchemaVersionId` that Glue shows, 32 digits with hyphens";
        work.problem(own.join("glue"), message, help);
        return None;
    }
    Some([&HEAD[..], &Coding::Uuid.of_text(id.as_bytes())].concat())
}

/// `word` says what stands in front, too.
pub(super) fn one_only(own: &Location, word: &str, work: &mut Work<'_>) {
    let message = format!("`glue` and `{word}` both say what stands in front of a record");
    work.problem(own.join(word), message, "leave one of them out");
}
