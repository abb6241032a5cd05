//! A flow's life: plan, apply, verify what landed, destroy.
//!
//! The sections of the scenario ([`PlatformOptions`], [`FlowOptions`], [`VerifyOptions`]) come to a
//! [`Platform`] and a [`Spec`]. [`plan`] says what is missing on the platform, [`apply`] makes it and
//! notes every step in the [`State`] ([`import`] notes what a lost state file had), [`rotate`] puts new
//! credentials into a source that is there, [`verify::landed`] looks for every record in the dataset,
//! [`verify::ProfileLookup`] for some of them in the profile, and [`destroy`] removes what was made, and nothing else.

mod apply;
mod check;
mod client;
mod compare;
mod context;
mod destroy;
mod error;
mod expression;
mod field;
mod fields;
mod import;
mod kind;
mod look;
mod mapping;
mod named_set;
mod options;
mod plan;
mod platform;
pub mod ready;
mod request;
mod rotate;
mod source;
mod spec;
mod state;
mod status;
mod survey;
pub mod verify;

pub use apply::{Applied, Step, apply};
pub use check::{Checked, check};
pub use compare::Difference;
pub use destroy::{Removal, destroy, destroy_noted};
pub use error::Error;
pub use expression::FUNCTIONS;
pub use field::FieldType;
pub use fields::{Held, SchemaPaths, Text};
pub use import::{Imported, import};
pub use kind::Kind;
pub use mapping::Mapping;
pub use named_set::NamedSet;
pub use options::{
    CanaryOptions, Class, DatasetOptions, EventHubsSource, FlowOptions, HttpApiSource,
    IdentityOptions, KinesisSource, PubSubSource, ReadyOptions, Reset, SchemaOptions,
    SourceOptions,
};
pub use plan::{Action, Change, Item, Plan, plan};
pub use platform::{Lookup, Platform, PlatformOptions};
pub use rotate::rotate;
pub use source::{Entra, EventHubsAuth, Source, Upstream};
pub use spec::{Composed, DatasetSpec, FIELD_GROUPS, SchemaSpec, Spec};
pub use state::{FlowState, Object, Origin, Pointer, State};
pub use status::{Status, status};
pub use verify::{By, LandedOptions, ProfileOptions, ReadBackOptions, VerifyOptions};
