//! Streams, topics and subscriptions that `create` asks for, from the intent on.

use crate::Error;

/// What becomes of one that is missing. Whoever is told notes it, so that exactly what was made can be
/// removed later, even after a crash in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation<'a> {
    /// It is not there, and is asked for next.
    Intended(&'a str),
    /// It was made.
    Made {
        /// What it was noted as until now.
        intended: &'a str,
        /// Its full name, as the service has it.
        name: &'a str,
    },
    /// Somebody else was faster, or the service said no: it is not ours.
    NotMade(&'a str),
}

/// Hears of every step before the next one is taken. An error of it ends the creation.
pub type Told<'a> = &'a mut (dyn FnMut(Creation<'_>) -> Result<(), Error> + Send);

/// For those who need not remember.
#[expect(clippy::unnecessary_wraps, reason = "whoever remembers may fail to")]
pub(crate) fn unheard(_: Creation<'_>) -> Result<(), Error> {
    Ok(())
}
