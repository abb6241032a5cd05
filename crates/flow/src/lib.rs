//! A flow's life: plan, apply, verify what landed, destroy.
//!
//! So far: the sections of the scenario ([`PlatformOptions`], [`FlowOptions`], [`VerifyOptions`]) and
//! what they come to ([`Platform`], [`Spec`]).

mod mapping;
mod options;
mod platform;
mod source;
mod spec;
pub mod verify;

pub use mapping::Mapping;
pub use options::{
    CanaryOptions, Class, DatasetOptions, EventHubsSource, FieldType, FlowOptions, HttpApiSource,
    IdentityOptions, KinesisSource, PubSubSource, ReadyOptions, Reset, SchemaOptions,
    SourceOptions,
};
pub use platform::{Lookup, Platform, PlatformOptions};
pub use source::{Entra, EventHubsAuth, Source, Upstream};
pub use spec::{Composed, DatasetSpec, FIELD_GROUPS, SchemaSpec, Spec};
pub use verify::{By, LandedOptions, ReadBackOptions, VerifyOptions};
