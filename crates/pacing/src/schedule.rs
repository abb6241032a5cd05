//! The pure function `due(load, n)`, as a contract.

use batch::Nanos;

/// When records have to leave. Pure: no clock inside.
///
/// The laws, for every `n` and `t`:
/// - `due(n)` never decreases with `n`;
/// - `count_by(due(n)) >= n + 1`;
/// - `due(n)` is the first whole nanosecond `t` at which `Λ(t) >= n`, where `Λ`, the integral of
///   the rate, is the number of records that should have left by then. Where the rate is 0 just then,
///   it is the moment at which the rate rises again. So record 0 is due at once, nothing is ever due
///   too early, and a phase of 1k/s for 1 s has exactly the records 0 to 999;
/// - there is no record `n >= total()`, and none is due after `end()`.
///
/// Due times count from where the load starts: with the run, or later, when the run says so. Behind a past that is
/// published as fast as it goes they count from where the load goes on, which the run decides, too; the past's own records are
/// due at zero.
pub trait Schedule {
    /// When record `n` is due; `None` if the load ends before it.
    fn due(&self, n: u64) -> Option<Nanos>;

    /// How many records are due at `t` or before.
    fn count_by(&self, t: Nanos) -> u64;

    /// How many records there are in all; `None` if only time or the user ends the load.
    fn total(&self) -> Option<u64>;

    /// When the load ends; `None` if only a count or the user ends it.
    fn end(&self) -> Option<Nanos>;

    /// Records a second that the load asks for at `t` (0 after its end); `None` if it is unpaced.
    fn rate_at(&self, t: Nanos) -> Option<f64>;

    /// Whether records have due times of their own. Otherwise a record is due when there is room.
    fn is_paced(&self) -> bool;
}
