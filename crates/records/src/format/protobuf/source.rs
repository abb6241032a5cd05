//! A schema's text, compiled.

#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the type has a long name"
)]

use prost_reflect::{DescriptorPool, MessageDescriptor};
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

/// What the compiler calls the schema.
const FILE: &str = "schema.proto";

/// What is wrong.
#[derive(Debug)]
pub(super) enum Mistake {
    /// With the schema.
    Schema(String),
    /// With the message that is wanted of it, and what to do.
    Message(String, String),
}

/// The one file that there is beside Google's own.
struct Text(String);

impl FileResolver for Text {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match name {
            FILE => File::from_source(FILE, &self.0),
            other => Err(protox::Error::file_not_found(other)),
        }
    }
}

/// The message of this full name, or the first one.
pub(super) fn message(text: &str, name: Option<&str>) -> Result<MessageDescriptor, Mistake> {
    let pool = compiled(text).map_err(|error| Mistake::Schema(words(&error)))?;
    let file = pool.get_file_by_name(FILE);
    let messages: Vec<_> = file.iter().flat_map(|file| file.messages()).collect();
    let Some(name) = name else {
        let first = messages.into_iter().next();
        return first.ok_or_else(|| Mistake::Schema("it has no message".to_owned()));
    };
    let own = pool
        .get_message_by_name(name)
        .filter(|it| it.parent_file().name() == FILE);
    own.ok_or_else(|| {
        let names: Vec<_> = messages.iter().map(MessageDescriptor::full_name).collect();
        let help = match options::suggest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it has {}", options::listed(names.iter().copied())),
        };
        Mistake::Message(format!("the schema has no message `{name}`"), help)
    })
}

fn compiled(text: &str) -> Result<DescriptorPool, protox::Error> {
    let mut resolver = ChainFileResolver::new();
    resolver.add(Text(text.to_owned()));
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.open_file(FILE)?;
    Ok(compiler.descriptor_pool())
}

/// What the compiler found, and in which line.
fn words(error: &protox::Error) -> String {
    // Its debug form has the place, its display form does not always.
    let told = format!("{error:?}");
    let place = told
        .strip_prefix(FILE)
        .and_then(|rest| rest.strip_prefix(':'))
        .and_then(|rest| rest.split_once(": "));
    match place {
        Some((place, what)) => {
            let (line, column) = place.split_once(':').unwrap_or((place, "1"));
            format!("line {line}, column {column}: {what}")
        }
        None => error.to_string(),
    }
}
