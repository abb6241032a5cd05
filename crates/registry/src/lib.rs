//! A client for schema registries with the REST API of Confluent's
//! (<https://docs.confluent.io/platform/current/schema-registry/develop/api.html>).
//!
//! It is asked before a run, and what it says becomes a part of the records: while they are sent, nobody asks.

mod client;
mod error;

use records::format::{Registration, RegistryOptions, Version};

use client::Client;
pub use error::{Error, Refused};

/// A schema in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Its id, with which records begin.
    pub id: u32,
    /// The schema, where it is the registry's own.
    pub schema: Option<String>,
}

/// What a look at a registry found, without changing anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// The schema is there.
    There {
        /// Its id.
        id: u32,
    },
    /// The subject has other schemas, and takes this one too.
    Fits,
    /// The subject has other schemas, which this one is not compatible with; the registry's reasons.
    Incompatible(Vec<String>),
    /// There is no such subject.
    NoSubject,
}

/// The schema's id, or the registry's own schema where the options say `version`. Registers the schema if it is not
/// there and the options allow it.
///
/// # Errors
/// The registry can't be reached, or refuses.
pub async fn settle(
    options: &RegistryOptions,
    subject: &str,
    schema: &Registration,
) -> Result<Registered, Error> {
    let client = Client::new(options)?;
    if let Some(version) = options.version {
        let found = client.of_kind(subject, version, schema).await?;
        return Ok(Registered {
            id: found.id,
            schema: Some(found.schema),
        });
    }
    let id = match client.look_up(subject, schema).await {
        Ok(found) => found.id,
        Err(Error::Refused(refused)) if refused.is_missing() && options.registers() => {
            // A subject that has other schemas may not take this one, and says why only where it is asked.
            if refused.lacks_schema_only() {
                let verdict = client.compatible(subject, schema).await?;
                if !verdict.is_compatible {
                    return Err(Error::Incompatible {
                        subject: subject.to_owned(),
                        reasons: verdict.reasons(),
                    });
                }
            }
            client.register(subject, schema).await?
        }
        Err(Error::Refused(refused)) if refused.is_missing() => {
            return Err(Error::Missing {
                subject: subject.to_owned(),
                refused,
            });
        }
        Err(error) => return Err(error),
    };
    Ok(Registered { id, schema: None })
}

/// Looks whether the registry is there, has the subject, and takes the schema.
///
/// # Errors
/// The registry can't be reached, or refuses.
pub async fn look(
    options: &RegistryOptions,
    subject: &str,
    schema: &Registration,
) -> Result<Look, Error> {
    let client = Client::new(options)?;
    if let Some(version) = options.version {
        let found = client.of_kind(subject, version, schema).await?;
        return Ok(Look::There { id: found.id });
    }
    match client.look_up(subject, schema).await {
        Ok(found) => return Ok(Look::There { id: found.id }),
        Err(Error::Refused(refused)) if refused.is_missing() => {}
        Err(error) => return Err(error),
    }
    match client.version(subject, Version::Latest).await {
        Ok(_) => {}
        Err(Error::Refused(refused)) if refused.is_missing() => return Ok(Look::NoSubject),
        Err(error) => return Err(error),
    }
    let verdict = client.compatible(subject, schema).await?;
    Ok(if verdict.is_compatible {
        Look::Fits
    } else {
        Look::Incompatible(verdict.reasons())
    })
}

#[cfg(test)]
mod tests;
