//! What a schema registry has to know of the records.

use std::fmt;

use options::{Location, Problem, Problems, may_carry_secret};

use super::{RegistryOptions, SubjectName};

/// A schema as a registry takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The schema's language.
    pub kind: SchemaKind,
    /// The full name of the record in it.
    pub name: String,
    /// The schema itself.
    pub text: String,
}

/// The language of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaKind {
    /// Avro.
    Avro,
    /// Protobuf.
    Protobuf,
    /// JSON Schema.
    Json,
}

impl SchemaKind {
    /// What the registry calls it.
    pub fn word(self) -> &'static str {
        match self {
            SchemaKind::Avro => "AVRO",
            SchemaKind::Protobuf => "PROTOBUF",
            SchemaKind::Json => "JSON",
        }
    }
}

impl fmt::Display for SchemaKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl RegistryOptions {
    /// The subject for records of this name that go to this topic.
    pub fn subject(&self, topic: &str, record: &str) -> String {
        if let Some(subject) = &self.subject {
            return subject.clone();
        }
        match self.subject_name.unwrap_or(SubjectName::Topic) {
            SubjectName::Topic => format!("{topic}-value"),
            SubjectName::Record => record.to_owned(),
            SubjectName::TopicRecord => format!("{topic}-{record}"),
        }
    }

    /// Whether the subject is named after the topic.
    pub fn needs_topic(&self) -> bool {
        let name = self.subject_name.unwrap_or(SubjectName::Topic);
        self.subject.is_none() && name != SubjectName::Record
    }

    /// Whether a schema that is not there is to be registered.
    pub fn registers(&self) -> bool {
        self.version.is_none() && self.auto_register.unwrap_or(true)
    }

    /// Every mistake in this section, which stands at `at`.
    pub(super) fn problems(&self, at: &Location, problems: &mut Problems) {
        let mut add = |key: &str, message: String, help: &str| {
            problems.push(Problem::new(at.join(key), message).help(help));
        };
        let is_address = self.url.starts_with("http://") || self.url.starts_with("https://");
        if self.url.contains('@') {
            // It would stand in the results, and in messages: it is not repeated here.
            let message = "an address of a registry has no user and no password in it";
            let help = "name them: `username: me` and `password: {env: NAME}`";
            add("url", message.into(), help);
        } else if !is_address || self.url.contains(char::is_whitespace) {
            let help = "write its address, e.g. `https://registry.example.com`";
            add(
                "url",
                format!("`{}` is no address of a registry", self.url),
                help,
            );
        }
        match (&self.username, &self.password) {
            (Some(_), None) => add(
                "username",
                "a user needs a `password`".into(),
                "add `password: {env: …}`",
            ),
            (None, Some(_)) => add(
                "password",
                "a password needs a `username`".into(),
                "add `username`",
            ),
            _ => {}
        }
        if self.token.is_some() && self.username.is_some() {
            add(
                "token",
                "there is a token and a user".into(),
                "keep one of them",
            );
        }
        let has_secret = self.token.is_some() || self.password.is_some();
        if is_address
            && has_secret
            && let Err(error) = may_carry_secret(&self.url)
        {
            add("url", error.to_string(), "use an `https://` address");
        }
        if self.subject.is_some() && self.subject_name.is_some() {
            let help = "keep one of them";
            add(
                "subject_name",
                "`subject` is the subject already".into(),
                help,
            );
        }
        if self.subject.as_deref() == Some("") {
            add(
                "subject",
                "the subject is empty".into(),
                "leave it out, or write a name",
            );
        }
        if self.version.is_some() && self.auto_register == Some(true) {
            let help = "leave out `version` to register a schema, or `auto_register` to use the one that is there";
            add(
                "auto_register",
                "with `version`, the registry's own schema is taken".into(),
                help,
            );
        }
    }
}
