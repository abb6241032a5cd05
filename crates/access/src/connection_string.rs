//! A connection string of Azure Event Hubs, taken apart.
//!
//! <https://learn.microsoft.com/azure/event-hubs/event-hubs-get-connection-string>

use std::net::Ipv6Addr;

use options::unquoted;
use secrecy::{ExposeSecret as _, SecretString};

/// What a connection string says. Prints itself without the key.
#[derive(Clone, Debug)]
pub struct ConnectionString {
    /// `name.servicebus.windows.net`, or the emulator's host.
    pub host: String,
    /// The port, where the string has one.
    pub port: Option<u16>,
    /// The shared access policy's name.
    pub key_name: String,
    /// The policy's key.
    pub key: SecretString,
    /// The hub, where the string is good for one only.
    pub entity_path: Option<String>,
    /// Whether it is the local emulator's.
    pub is_emulator: bool,
    /// As it was written, without quotes around it: this is the password.
    pub whole: SecretString,
}

impl ConnectionString {
    /// Takes a connection string apart.
    ///
    /// # Errors
    /// It is none. The words name keys, never values.
    pub fn parse(whole: &SecretString) -> Result<ConnectionString, String> {
        let (mut endpoint, mut key_name, mut key, mut entity_path) = (None, None, None, None);
        let mut is_emulator = false;
        let text = unquoted(whole.expose_secret());
        for part in text.split(';').filter(|part| !part.trim().is_empty()) {
            let (name, value) = part.split_once('=').ok_or("a part of it has no `=`")?;
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "endpoint" => endpoint = Some(value),
                "sharedaccesskeyname" => key_name = Some(value),
                "sharedaccesskey" => key = Some(value),
                "entitypath" => entity_path = Some(value),
                "usedevelopmentemulator" => is_emulator = value.eq_ignore_ascii_case("true"),
                "sharedaccesssignature" => {
                    let what =
                        "it has a `SharedAccessSignature`, which the Kafka endpoint does not take";
                    return Err(what.to_owned());
                }
                // Whatever else there is is the service's business: the string goes there whole.
                _ => {}
            }
        }
        let given = |value: Option<&str>, name: &str| match value {
            Some(value) if !value.is_empty() => Ok(value.to_owned()),
            _ => Err(format!("it has no `{name}=`")),
        };
        let (host, port) = host_and_port(&given(endpoint, "Endpoint")?)?;
        Ok(ConnectionString {
            host,
            port,
            key_name: given(key_name, "SharedAccessKeyName")?,
            key: given(key, "SharedAccessKey")?.into(),
            entity_path: entity_path
                .filter(|path| !path.is_empty())
                .map(str::to_owned),
            is_emulator,
            whole: text.to_owned().into(),
        })
    }

    /// Whether there is a secret in it. The emulator takes what its documentation says, word by word.
    /// <https://learn.microsoft.com/azure/event-hubs/test-locally-with-event-hub-emulator>
    pub fn has_secret(&self) -> bool {
        !self.is_emulator || self.key.expose_secret() != "SAS_KEY_VALUE"
    }

    /// Where its Kafka endpoint is.
    pub fn bootstrap(&self) -> String {
        let usual = if self.is_emulator { 9092 } else { 9093 };
        format!("{}:{}", self.host, self.port.unwrap_or(usual))
    }

    /// The port, if it is one of AMQP's, and the one of Kafka there.
    pub fn amqp_port(&self) -> Option<(u16, u16)> {
        let usual = if self.is_emulator { 9092 } else { 9093 };
        let port = self.port.filter(|port| AMQP_PORTS.contains(port))?;
        Some((port, usual))
    }

    /// The namespace's name. The emulator has one only, whatever its host is called.
    pub fn namespace(&self) -> String {
        if self.is_emulator {
            return "emulatorNs1".to_owned();
        }
        self.host.split('.').next().unwrap_or_default().to_owned()
    }
}

/// Where AMQP is spoken, in the clear and encrypted.
/// <https://learn.microsoft.com/azure/event-hubs/test-locally-with-event-hub-emulator>
const AMQP_PORTS: [u16; 2] = [5672, 5671];

/// `sb://host:port/` → host and port.
fn host_and_port(endpoint: &str) -> Result<(String, Option<u16>), String> {
    let expected = "its `Endpoint=` is not of the form `sb://name.servicebus.windows.net/`";
    let rest = endpoint
        .strip_prefix("sb://")
        .ok_or(expected)?
        .trim_end_matches('/');
    // An IPv6 address has colons of its own, and therefore brackets around it.
    let end = if rest.starts_with('[') {
        rest.find(']').ok_or(expected)? + 1
    } else {
        rest.find(':').unwrap_or(rest.len())
    };
    let (host, port) = rest.split_at(end);
    let port = match port.strip_prefix(':') {
        Some(port) => Some(port.parse().map_err(|_| expected)?),
        None if port.is_empty() => None,
        None => return Err(expected.to_owned()),
    };
    // Names of Compose services can have underscores.
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let inside = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let is_good = match inside {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(is_name),
    };
    if !is_good {
        return Err(expected.to_owned());
    }
    Ok((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ConnectionString, String> {
        ConnectionString::parse(&text.to_owned().into())
    }

    #[test]
    fn the_portals_string_is_understood() {
        let string = parse(
            "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=send;\
             SharedAccessKey=c2VjcmV0PT0=;EntityPath=profiles",
        )
        .unwrap();
        assert_eq!(string.bootstrap(), "ns.servicebus.windows.net:9093");
        assert_eq!(string.namespace(), "ns");
        assert_eq!(string.key_name, "send");
        assert_eq!(string.key.expose_secret(), "c2VjcmV0PT0=");
        assert_eq!(string.entity_path.as_deref(), Some("profiles"));
        assert!(!string.is_emulator);
        assert!(!format!("{string:?}").contains("c2Vjc"));
    }

    #[test]
    fn the_emulators_string_is_understood() {
        let text = "Endpoint=sb://localhost;SharedAccessKeyName=RootManageSharedAccessKey;\
                    SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;";
        let string = parse(text).unwrap();
        assert!(string.is_emulator && !string.has_secret());
        assert!(
            parse(&text.replace("SAS_KEY_VALUE", "k"))
                .unwrap()
                .has_secret()
        );
        assert_eq!(string.bootstrap(), "localhost:9092");
        let moved = parse(&text.replace("localhost", "localhost:19092")).unwrap();
        assert_eq!(moved.bootstrap(), "localhost:19092");
        let address = parse(&text.replace("localhost", "127.0.0.1:19092")).unwrap();
        assert_eq!(address.bootstrap(), "127.0.0.1:19092");
        assert_eq!(address.namespace(), "emulatorNs1");
    }

    #[test]
    fn quotes_that_docker_leaves_are_no_part_of_it() {
        let text =
            "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=k=";
        for quote in ["\"", "'"] {
            let string = parse(&format!("{quote}{text}{quote}\n")).unwrap();
            assert_eq!(string.whole.expose_secret(), text);
            assert_eq!(string.key.expose_secret(), "k=");
        }
    }

    #[test]
    fn hosts_are_names_of_services_and_addresses_too() {
        for (host, bootstrap) in [
            ("eventhubs_emulator", "eventhubs_emulator:9092"),
            ("[::1]", "[::1]:9092"),
            ("[::1]:19092", "[::1]:19092"),
            ("127.0.0.1:19092", "127.0.0.1:19092"),
        ] {
            let text = format!(
                "Endpoint=sb://{host}/;SharedAccessKeyName=n;SharedAccessKey=k;\
                 UseDevelopmentEmulator=true;"
            );
            assert_eq!(parse(&text).unwrap().bootstrap(), bootstrap);
        }
        for host in ["::1", "[::1", "[ns]", "[::1]9092", "ns:", "a/b"] {
            let text = format!("Endpoint=sb://{host}/;SharedAccessKeyName=n;SharedAccessKey=k");
            assert!(parse(&text).is_err(), "{host}");
        }
    }

    #[test]
    fn what_is_missing_is_named_and_no_value_is_repeated() {
        for (text, missing) in [
            ("hunter2", "`=`"),
            ("SharedAccessKeyName=a;SharedAccessKey=hunter2", "Endpoint"),
            (
                "Endpoint=hunter2;SharedAccessKeyName=a;SharedAccessKey=b",
                "sb://",
            ),
            (
                "Endpoint=sb://ns/;SharedAccessKey=hunter2",
                "SharedAccessKeyName",
            ),
            (
                "Endpoint=sb://ns/;SharedAccessKeyName=hunter2",
                "`SharedAccessKey=`",
            ),
            (
                "Endpoint=sb://ns/;SharedAccessSignature=hunter2",
                "SharedAccessSignature",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(missing), "{text}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
