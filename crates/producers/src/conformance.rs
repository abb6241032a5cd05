//! The suite that any destination has to pass, down to the trivial one.
//!
//! Implement [`Harness`] for a destination and a server of it, and let [`run`] hold every law
//! against it:
//!
//! ```
//! use producers::conformance::{Harness, run};
//! use producers::{Destination, discard};
//!
//! struct Nowhere;
//!
//! impl Harness for Nowhere {
//!     fn destination(&self) -> Box<dyn Destination> {
//!         Box::new(discard::Options::default())
//!     }
//! }
//!
//! assert_eq!(run(&mut Nowhere), Ok(()));
//! ```

mod drive;
mod laws;

pub use laws::{LAWS, Law};

use crate::Destination;

/// A destination with a server behind it that the suite can stop, start and look into.
pub trait Harness {
    /// The destination, fit for use.
    fn destination(&self) -> Box<dyn Destination>;

    /// The same with a client that takes no more than a few hundred records of 20 bytes at once;
    /// `None` if it can't be made to refuse a batch: then the lane's pool of batches is what bounds it,
    /// and held to that.
    fn cramped(&self) -> Option<Box<dyn Destination>> {
        None
    }

    /// How many bytes of a value are refused with the record alone, its neighbours unharmed; `None`
    /// if there is no such size.
    fn too_large(&self) -> Option<usize> {
        None
    }

    /// Whether records with the same key arrive in the order in which they were handed over.
    fn keeps_order(&self) -> bool {
        false
    }

    /// The next request is stored and its answer is lost, if `loses_answer`; those that follow are
    /// refused for good, without a word that ends the run, until [`forgive`](Harness::forgive). False if
    /// the server can't do that, or if a client of it never tries again.
    fn refuse(&mut self, loses_answer: bool) -> bool {
        let _ = loses_answer;
        false
    }

    /// Takes everything again.
    fn forgive(&mut self) {}

    /// Stops the server, or freezes it. False if it can't be stopped.
    fn stop(&mut self) -> bool {
        false
    }

    /// Lets the stopped server go on.
    fn start(&mut self) {}

    /// Everything that has arrived since the harness was made; records of one key in the order of
    /// their arrival. `None` if nobody can look.
    fn arrived(&mut self) -> Option<Vec<Arrived>> {
        None
    }
}

/// A record as the server has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value.
    pub value: Vec<u8>,
}

/// Holds every law against a destination. The error names each law that was broken, and how.
pub fn run(harness: &mut dyn Harness) -> Result<(), Vec<String>> {
    let broken: Vec<_> = LAWS
        .iter()
        .filter_map(|(name, law)| {
            law(harness)
                .err()
                .map(|what| format!("{}: {what}", name.replace('_', " ")))
        })
        .collect();
    if broken.is_empty() {
        Ok(())
    } else {
        Err(broken)
    }
}
