//! A secret is named in a scenario, never written there.

use std::borrow::Cow;
use std::env::VarError;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize, de};

/// Where a secret is to be found: `{env: NAME}` or `{file: path}`.
///
/// The reference can be printed, stored and compared; the secret it names comes out of
/// [`read`](SecretRef::read) as a type that cannot print itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretRef {
    /// The value of an environment variable.
    Env(String),
    /// The content of a file, without the line break at its end and a byte-order mark at its head.
    File(PathBuf),
}

/// Keys and certificates have a few KiB.
const BYTES_MAX: u64 = 1 << 20;

/// Why a secret could not be read. Never contains the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretError(String);

impl std::fmt::Display for SecretError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SecretError {}

impl SecretRef {
    /// The secret itself.
    #[expect(
        clippy::disallowed_methods,
        reason = "a scenario names the variable: it is an input"
    )]
    pub fn read(&self) -> Result<SecretString, SecretError> {
        match self {
            SecretRef::Env(name) => match std::env::var(name) {
                Ok(value) if !value.trim().is_empty() => Ok(value.into()),
                Ok(_) => Err(SecretError(format!(
                    "environment variable `{name}` is empty"
                ))),
                Err(VarError::NotUnicode(_)) => Err(SecretError(format!(
                    "the value of the environment variable `{name}` is not UTF-8 text"
                ))),
                Err(VarError::NotPresent) => Err(SecretError(format!(
                    "environment variable `{name}` is not set"
                ))),
            },
            SecretRef::File(path) => match read_text(path) {
                Ok(text) => match without_mark(&text).trim_end_matches(['\r', '\n']) {
                    text if text.trim().is_empty() => {
                        Err(SecretError(format!("`{}` is empty", path.display())))
                    }
                    text => Ok(text.to_owned().into()),
                },
                Err(error) => Err(SecretError(format!(
                    "cannot read `{}`: {error}",
                    path.display()
                ))),
            },
        }
    }
}

/// The text of a file without the byte-order mark that some editors put at its head.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// A value without the quotes around it, where it is one that never has any: `docker --env-file` takes
/// the quotes of a file for a part of the value.
pub fn unquoted(value: &str) -> &str {
    let value = value.trim();
    let inner = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(value)
}

/// Reads a file, or what a process writes into a pipe, but no more than a secret can have: a device may
/// never end.
fn read_text(path: &Path) -> std::io::Result<String> {
    let (mut text, file) = (String::new(), File::open(path)?);
    let read = file.take(BYTES_MAX + 1).read_to_string(&mut text)?;
    if read as u64 > BYTES_MAX {
        return Err(std::io::Error::other("it is too large for a secret"));
    }
    Ok(text)
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SecretRef, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = SecretRef;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a reference to a secret, `{env: NAME}` or `{file: path}`")
            }

            // The message must not repeat the value: it may be the secret.
            fn visit_str<E: de::Error>(self, _: &str) -> Result<SecretRef, E> {
                Err(E::custom(
                    "a secret is named here, never written: use `{env: NAME}` or `{file: path}`",
                ))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<SecretRef, A::Error> {
                #[derive(Deserialize)]
                #[serde(deny_unknown_fields)]
                struct Written {
                    env: Option<String>,
                    file: Option<PathBuf>,
                }
                let written = Written::deserialize(de::value::MapAccessDeserializer::new(map))?;
                match (written.env, written.file) {
                    (Some(name), None) => Ok(SecretRef::Env(name)),
                    (None, Some(path)) => Ok(SecretRef::File(path)),
                    _ => Err(de::Error::custom(
                        "expected exactly one of `env` and `file`",
                    )),
                }
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for SecretRef {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "A reference to a secret: `{env: NAME}` or `{file: path}`. Never the secret itself.",
            "properties": {"env": {"type": "string"}, "file": {"type": "string"}},
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_secret_is_refused_without_being_repeated() {
        let error = serde_json::from_str::<SecretRef>("\"hunter2\"")
            .unwrap_err()
            .to_string();
        assert!(error.contains("{env: NAME}"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_reference_prints_and_reads_back() {
        let reference: SecretRef = serde_json::from_str(r#"{"env": "NO_SUCH_THING"}"#).unwrap();
        assert_eq!(
            serde_json::to_string(&reference).unwrap(),
            r#"{"env":"NO_SUCH_THING"}"#
        );
        let error = reference.read().unwrap_err().to_string();
        assert_eq!(error, "environment variable `NO_SUCH_THING` is not set");
        assert!(serde_json::from_str::<SecretRef>(r#"{"env": "A", "file": "b"}"#).is_err());
    }

    #[test]
    fn a_mark_and_quotes_that_tools_add_are_no_part_of_a_secret() {
        let directory = std::env::temp_dir().join(format!("secret-{}", std::process::id()));
        std::fs::write(&directory, "\u{feff}hunter2\r\n").unwrap();
        let read = SecretRef::File(directory.clone()).read().unwrap();
        std::fs::remove_file(directory).unwrap();
        assert_eq!(secrecy::ExposeSecret::expose_secret(&read), "hunter2");
        for (value, inner) in [
            ("\"a b\"", "a b"),
            ("'a'", "a"),
            (" a ", "a"),
            ("\"a'", "\"a'"),
            ("\"", "\""),
            ("", ""),
        ] {
            assert_eq!(unquoted(value), inner, "{value}");
        }
    }

    #[test]
    fn a_file_without_an_end_is_no_secret() {
        let reference = SecretRef::File("/dev/zero".into());
        let error = reference.read().unwrap_err().to_string();
        assert_eq!(
            error,
            "cannot read `/dev/zero`: it is too large for a secret"
        );
    }
}
