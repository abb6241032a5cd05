//! Credentials as the Adobe developer console exports them.

use std::fmt;
use std::path::Path;

use options::without_mark;
use secrecy::SecretString;
use serde_json::Value;

/// What a file exported from the developer console says about us.
///
/// Understood are the console's project file (`Download JSON`), the credential's own JSON
/// (`{"CLIENT_ID": …, "CLIENT_SECRETS": […], "ORG_ID": …}`), Adobe's Postman environment
/// (`{"values": [{"key": "API_KEY", …}]}`) and the configuration of the Python package `aepp`
/// (`{"org_id": …, "client_id": …, "secret": …}`). Names are compared without case; their layout is not
/// documented in full, so the values are looked for at any depth. Client id, secret and scopes come from
/// one object: the first that has an id and a secret, else the first that has an id.
#[derive(Clone, Default)]
pub struct Console {
    /// `…@AdobeOrg`.
    pub organization: Option<String>,
    /// The API key.
    pub client_id: Option<String>,
    /// The first client secret.
    pub client_secret: Option<SecretString>,
    /// The scopes of the credential.
    pub scopes: Option<Vec<String>>,
    /// The platform sandbox, where the file names one.
    pub sandbox: Option<String>,
}

/// Why a credentials file is of no use. Never shows its content.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConsoleError(String);

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console")
            .field("organization", &self.organization)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl Console {
    /// Reads an exported file.
    pub fn read(path: &Path) -> Result<Console, ConsoleError> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConsoleError(format!("cannot read `{shown}`: {error}")))?;
        Console::parse(&text).map_err(|ConsoleError(why)| ConsoleError(format!("`{shown}` {why}")))
    }

    /// Reads the text of an exported file.
    pub fn parse(text: &str) -> Result<Console, ConsoleError> {
        // The parser's message could repeat a piece of the text.
        let json: Value = serde_json::from_str(without_mark(text)).map_err(|error| {
            ConsoleError(format!(
                "is not JSON (line {}, column {})",
                error.line(),
                error.column()
            ))
        })?;
        let mut objects = Vec::new();
        collect(&json, &mut objects);
        let console = Console::of(objects);
        if console.client_id.is_none() && console.organization.is_none() {
            return Err(ConsoleError(
                "has neither a client id nor an organisation".to_owned(),
            ));
        }
        Ok(console)
    }

    /// What a file says whose objects say this, each by itself.
    fn of(mut objects: Vec<Console>) -> Console {
        let has_both = |it: &Console| it.client_id.is_some() && it.client_secret.is_some();
        let chosen = objects.iter().position(has_both);
        let chosen = chosen.or_else(|| objects.iter().position(|it| it.client_id.is_some()));
        let chosen = chosen.map(|chosen| objects.remove(chosen));
        let mut console = chosen.unwrap_or_default();
        // Another credential's organisation and sandbox are its own.
        for other in objects.into_iter().filter(|it| it.client_id.is_none()) {
            console.organization = console.organization.or(other.organization);
            console.sandbox = console.sandbox.or(other.sandbox);
        }
        console
    }

    fn take(&mut self, key: &str, value: &Value) {
        let text = match value {
            Value::String(text) => Some(text.clone()),
            Value::Array(items) => items.first().and_then(Value::as_str).map(str::to_owned),
            _ => None,
        };
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return;
        };
        match key.to_ascii_lowercase().as_str() {
            "org_id" | "ims_org" | "ims_org_id" | "imsorg" if self.organization.is_none() => {
                self.organization = Some(text);
            }
            "client_id" | "api_key" if self.client_id.is_none() => self.client_id = Some(text),
            "client_secret" | "client_secrets" | "secret" if self.client_secret.is_none() => {
                self.client_secret = Some(text.into());
            }
            "sandbox_name" | "sandbox-name" if self.sandbox.is_none() => self.sandbox = Some(text),
            "scopes" | "scope" if self.scopes.is_none() => {
                let list = match value {
                    Value::Array(items) => items
                        .iter()
                        .filter_map(Value::as_str)
                        .map(str::to_owned)
                        .collect(),
                    _ => text
                        .split([',', ' '])
                        .filter(|s| !s.is_empty())
                        .map(str::to_owned)
                        .collect(),
                };
                self.scopes = Some(list);
            }
            _ => {}
        }
    }
}

/// What each object of a file says by itself, outer ones first. A list of keys with values is one object.
fn collect(json: &Value, objects: &mut Vec<Console>) {
    let mut own = Console::default();
    match json {
        Value::Object(object) => {
            for (key, value) in object {
                own.take(key, value);
            }
            objects.push(own);
            for value in object.values() {
                collect(value, objects);
            }
        }
        Value::Array(items) => {
            for item in items {
                if let (Some(Value::String(key)), Some(value)) =
                    (item.get("key"), item.get("value"))
                {
                    own.take(key, value);
                }
            }
            objects.push(own);
            for item in items {
                collect(item, objects);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn the_console_s_project_file_is_understood() {
        let console = Console::parse(
            r#"{"project": {"org": {"id": "1", "name": "Acme", "ims_org_id": "A@AdobeOrg"},
                "workspace": {"details": {"credentials": [{"oauth_server_to_server": {
                    "client_id": "key", "client_secrets": ["hush"], "scopes": ["openid", "AdobeID"]
                }}]}}}}"#,
        )
        .unwrap();
        assert_eq!(console.organization.as_deref(), Some("A@AdobeOrg"));
        assert_eq!(console.client_id.as_deref(), Some("key"));
        assert_eq!(
            console.client_secret.as_ref().unwrap().expose_secret(),
            "hush"
        );
        assert_eq!(console.scopes.as_deref().unwrap(), ["openid", "AdobeID"]);
        assert!(!format!("{console:?}").contains("hush"));
    }

    #[test]
    fn the_credential_and_the_postman_environment_are_understood() {
        let console = Console::parse(
            r#"{"CLIENT_ID": "key", "CLIENT_SECRETS": ["hush"], "ORG_ID": "A@AdobeOrg"}"#,
        )
        .unwrap();
        assert_eq!(console.client_id.as_deref(), Some("key"));
        let console = Console::parse(
            r#"{"name": "x", "values": [{"key": "API_KEY", "value": "key"},
                {"key": "CLIENT_SECRET", "value": "hush"}, {"key": "IMS_ORG", "value": "A@AdobeOrg"},
                {"key": "SCOPES", "value": "openid,AdobeID"}]}"#,
        )
        .unwrap();
        assert_eq!(console.organization.as_deref(), Some("A@AdobeOrg"));
        assert_eq!(console.scopes.as_deref().unwrap(), ["openid", "AdobeID"]);
    }

    #[test]
    fn the_configuration_of_aepp_is_understood() {
        let console = Console::parse(
            r#"{"org_id": "A@AdobeOrg", "client_id": "key", "secret": "hush", "sandbox-name": "dev",
                "environment": "prod", "scopes": "openid, AdobeID"}"#,
        )
        .unwrap();
        let secret = console.client_secret.as_ref().unwrap();
        assert_eq!(secret.expose_secret(), "hush");
        assert_eq!(console.sandbox.as_deref(), Some("dev"));
    }

    #[test]
    fn nothing_is_mixed_from_two_credentials() {
        let console = Console::parse(
            r#"{"project": {"org": {"ims_org_id": "A@AdobeOrg"}, "workspace": {"details": {"credentials": [
                {"api_key": {"client_id": "browser", "scopes": ["openid"], "org_id": "B@AdobeOrg"}},
                {"oauth_server_to_server": {"client_id": "server", "client_secrets": ["hush"],
                                            "scopes": ["AdobeID"]}},
                {"oauth_server_to_server": {"client_id": "other", "client_secrets": ["hark"]}}
            ]}}}}"#,
        )
        .unwrap();
        let secret = console.client_secret.as_ref().unwrap().expose_secret();
        assert_eq!(
            (console.client_id.as_deref(), secret),
            (Some("server"), "hush")
        );
        assert_eq!(console.scopes.as_deref().unwrap(), ["AdobeID"]);
        assert_eq!(console.organization.as_deref(), Some("A@AdobeOrg"));
        // Without a secret of its own, an id has none.
        let console =
            Console::parse(r#"[{"client_id": "one"}, {"name": "x", "client_secret": "hush"}]"#)
                .unwrap();
        assert_eq!(console.client_id.as_deref(), Some("one"));
        assert!(console.client_secret.is_none());
    }

    #[test]
    fn a_mark_at_the_head_of_the_file_is_passed_over() {
        let console = Console::parse("\u{feff}{\"client_id\": \"key\"}").unwrap();
        assert_eq!(console.client_id.as_deref(), Some("key"));
    }

    #[test]
    fn what_cannot_be_read_is_not_repeated() {
        let error = Console::parse(r#"{"CLIENT_SECRET": hush"#)
            .unwrap_err()
            .to_string();
        assert!(!error.contains("hush"), "{error}");
        assert!(Console::parse("{}").is_err());
    }
}
