//! What became of the records.

mod canary;
mod copies;
mod defects;
mod difference;
mod entities;
mod follow;
mod id_of;
mod landed;
pub mod ledger;
#[cfg(test)]
mod made;
mod matching;
mod newest;
mod options;
mod order;
mod ordinals;
mod pace;
mod profile;
mod read_back;
mod refusal;
mod replaced;
mod rows;
mod span;
mod versions;

pub use canary::Canaries;
pub use follow::{Follower, Patience, Reading};
pub use landed::{Looking, Lookout, Told, is_there, landed};
pub use ledger::Ledger;
pub use newest::newest;
pub use options::{By, LandedOptions, ProfileOptions, ReadBackOptions, VerifyOptions};
pub use profile::{
    LOOK_UPS_PER_SECOND, OPEN_MAX, ProfileLookup, ProfileQuestion, ProfileWatch, profile_problems,
};
pub use read_back::{Counting, Due, Wanted};
pub use rows::{Cell, Moment, RowReader, Rows};
pub use span::landed_before;
