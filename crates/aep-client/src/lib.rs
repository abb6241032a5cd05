//! A client for the Adobe Experience Platform APIs that a streaming dataflow needs.
//!
//! One [`Client`] holds who you are (organisation, credential, platform sandbox), fetches and renews
//! its token, sends requests with the headers that the platform asks for, retries what may be
//! retried, and explains refusals ([`Error`]). The APIs hang off it: [`Client::schema_registry`],
//! [`Client::catalog`], [`Client::data_prep`], [`Client::flow_service`], [`Client::data_access`],
//! [`Client::observability`] and [`Client::profile`].
//!
//! ```no_run
//! use aep_client::{Client, NewDataSet, NewSchema, SchemaRef};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder()
//!     .organization("0123456789ABCDEF@AdobeOrg")
//!     .client_id("my-api-key")
//!     .client_secret(std::fs::read_to_string("client-secret.txt")?.trim().to_owned())
//!     .sandbox("dev")
//!     .build()?;
//!
//! // A profile schema, and a dataset that follows it.
//! let schema = client
//!     .schema_registry()
//!     .create_schema(&NewSchema::composed(
//!         "Streamed profiles",
//!         "People as they come in from our stream",
//!         "https://ns.adobe.com/xdm/context/profile",
//!         ["https://ns.adobe.com/xdm/context/profile-person-details"],
//!     ))
//!     .await?;
//! let dataset = client
//!     .catalog()
//!     .create_dataset(&NewDataSet::new("Streamed profiles", SchemaRef::latest(&schema.id)))
//!     .await?;
//! println!("dataset {dataset}");
//!
//! // What has landed so far.
//! for batch in client.catalog().batches(&dataset, None).await? {
//!     println!("{} {}", batch.id, batch.status);
//!     for file in client.data_access().batch_files(&batch.id).await? {
//!         let parquet = client.data_access().read(&file).await?;
//!         println!("  {} with {} bytes", file.name, parquet.len());
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The credentials may also come from a file that the developer console exported:
//!
//! ```
//! use aep_client::{Client, Console};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let console = Console::parse(
//!     r#"{"ORG_ID": "0123456789ABCDEF@AdobeOrg", "CLIENT_ID": "my-api-key", "CLIENT_SECRETS": ["…"]}"#,
//! )?;
//! let client = Client::builder().console(console).sandbox("dev").build()?;
//! assert_eq!(client.organization(), "0123456789ABCDEF@AdobeOrg");
//! # Ok(())
//! # }
//! ```
//!
//! Every object is asked for by a [`Request`] that can be looked at before it is sent, or sent by hand
//! ([`Client::curl`]):
//!
//! ```
//! use aep_client::{Client, MappingLine, NewMappingSet};
//!
//! # fn main() -> Result<(), aep_client::Error> {
//! let client = Client::builder()
//!     .organization("0123456789ABCDEF@AdobeOrg")
//!     .client_id("my-api-key")
//!     .client_secret("…".to_owned())
//!     .build()?;
//! let lines = vec![MappingLine::new("firstName", "person.name.firstName")];
//! let request = NewMappingSet::new("https://ns.adobe.com/acme/schemas/0123", lines).request();
//! assert_eq!(request.method(), "POST");
//! assert!(client.curl(&request).contains("Authorization: Bearer $ACCESS_TOKEN"));
//! # Ok(())
//! # }
//! ```
//!
//! `examples/flows.rs` lists the flows of a sandbox.
//!
//! # What is sent again, and what is not
//!
//! A 429 and a connection that could not be made are tried again, with growing pauses, or when
//! `Retry-After` says. A 401 is tried once more with a new token. After a time-out, a broken connection,
//! a 408 or a 5xx, a 503 among them, the client does not know whether the server acted: requests that may be
//! repeated are; a creation is not. It ends in [`ErrorKind::Unknown`], as does one whose 2xx can't be
//! read, and the caller should look whether the object exists before creating it again.
//!
//! # Where the facts come from
//!
//! Adobe's public documentation (<https://experienceleague.adobe.com/docs/experience-platform>) and
//! the OpenAPI definitions published there. Where it is silent or contradicts itself, the client
//! accepts every form it knows of.

mod builder;
mod catalog;
mod console;
mod curl;
mod data_access;
mod data_prep;
mod download;
mod error;
mod flow_service;
mod ids;
mod ims;
mod lenient;
mod observability;
mod page;
mod patience;
mod permissions;
mod profile;
mod redact;
mod request;
mod schema_registry;
mod send;

pub use builder::{Builder, IMS_URL, PLATFORM_URL, Retries};
pub use catalog::{Batch, BatchError, BatchMetrics, Catalog, DataSet, NewDataSet, SchemaRef};
pub use console::{Console, ConsoleError};
pub use data_access::{DataAccess, DataFile};
pub use data_prep::{DataPrep, MappingLine, MappingProblem, MappingSet, NewMappingSet};
pub use error::{Error, ErrorKind};
pub use flow_service::{
    Created, Entity, FlowService, FlowSpec, Kind, NewBaseConnection, NewFlow, NewSourceConnection,
    NewTargetConnection, Operation, Run, SourceSpec, TransformationSpec,
};
pub use ids::{ConnectionSpec, spec};
pub use ims::SCOPES;
pub use observability::Observability;
pub use permissions::Sandbox;
pub use profile::{Entities, Entity as ProfileEntity, Profile};
pub use request::Request;
pub use schema_registry::{
    Descriptor, NewDescriptor, NewFieldGroup, NewSchema, Resource, Schema, SchemaRegistry, Stats,
};
pub use send::Client;

impl Client {
    /// Schemas, field groups, descriptors.
    pub fn schema_registry(&self) -> SchemaRegistry<'_> {
        SchemaRegistry(self)
    }

    /// Datasets and batches.
    pub fn catalog(&self) -> Catalog<'_> {
        Catalog(self)
    }

    /// Mapping sets.
    pub fn data_prep(&self) -> DataPrep<'_> {
        DataPrep(self)
    }

    /// Connections and flows.
    pub fn flow_service(&self) -> FlowService<'_> {
        FlowService(self)
    }

    /// Files that landed.
    pub fn data_access(&self) -> DataAccess<'_> {
        DataAccess(self)
    }

    /// What the profile knows about people.
    pub fn profile(&self) -> Profile<'_> {
        Profile(self)
    }

    /// The platform's own numbers.
    pub fn observability(&self) -> Observability<'_> {
        Observability(self)
    }
}
