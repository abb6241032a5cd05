//! Signals that ask for the end: Ctrl-C, SIGTERM, the SIGHUP of a terminal that was closed, and every other
//! whose default is to end the program. What they end depends on what is going on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use engine::Control;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failure;
use crate::printer::Printer;

/// `SIGXFSZ`: a file would grow beyond the limit that is set for this process.
const FILE_TOO_LARGE: i32 = 25;
/// `SIGINT` and `SIGTERM`: somebody means this program.
const MEANT: [i32; 2] = [2, 15];
/// The others that end a program by default and can be caught (signal(7), x86 and Arm): `SIGHUP`, `SIGQUIT`,
/// `SIGUSR1`, `SIGUSR2`, `SIGALRM`, `SIGSTKFLT`, `SIGXCPU`, `SIGVTALRM`, `SIGPROF`, `SIGIO`, `SIGPWR`.
/// `SIGPIPE` is an error of the write, as in every Rust program.
#[cfg(target_os = "linux")]
const OTHERS: [i32; 11] = [1, 3, 10, 12, 14, 16, 24, 26, 27, 29, 30];
/// The same by the numbers of macOS and the BSDs, where neither `SIGSTKFLT` nor `SIGPWR` exists and `SIGIO` ends
/// nothing.
#[cfg(not(target_os = "linux"))]
const OTHERS: [i32; 8] = [1, 3, 14, 24, 26, 27, 30, 31];
/// The real-time signals, without the two that the C library keeps for itself.
#[cfg(target_os = "linux")]
const REAL_TIME: std::ops::RangeInclusive<i32> = 34..=64;
/// There are none that could be caught.
#[cfg(not(target_os = "linux"))]
const REAL_TIME: [i32; 0] = [];

/// `SIGINT`: Ctrl-C, which a person says as often as it is meant.
const INTERRUPT: i32 = 2;
/// `SIGHUP`: the end of one session, however often it is told.
const HANG_UP: i32 = 1;
/// What comes again so soon was sent by the same hand: `timeout` sends its SIGTERM twice.
const ECHO: Duration = Duration::from_secs(2);

/// How soon whoever waits notices.
const NOTICE: Duration = Duration::from_millis(50);

/// What goes on, as far as it matters to who interrupts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Whatever it is, the first signal ends it, and the command says how far it got.
    #[default]
    Plain,
    /// Records are sent: the first signal ends it in order, the second one at once.
    Sending,
    /// Everything was sent: the first signal changes nothing, the second one gives up what has no answer.
    Draining,
    /// Records are looked for: the next signal ends it, with what was found.
    Looking,
    /// What was made is removed: the next signal ends it.
    CleaningUp,
}

/// The signals that came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signals {
    count: Arc<AtomicU64>,
    phase: Arc<Mutex<Phase>>,
}

impl Signals {
    /// What goes on from now on.
    pub(crate) fn during(&self, phase: Phase) {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    /// Whether one comes from now on, whatever came before.
    pub(crate) fn since_now(&self) -> Since {
        Since {
            count: Arc::clone(&self.count),
            before: self.count.load(Ordering::Acquire),
        }
    }

    /// Waits for the next one from now on, whatever came before.
    pub(crate) fn next(&self) -> impl Future<Output = ()> + use<> {
        let since = self.since_now();
        async move {
            while !since.has_come() {
                tokio::time::sleep(NOTICE).await;
            }
        }
    }

    /// One has come: what there is to say about it.
    fn came(&self, control: &Control) -> &'static str {
        control.interrupt();
        self.count.fetch_add(1, Ordering::AcqRel);
        let phase = *self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        match phase {
            Phase::Plain => "\ninterrupted",
            Phase::Sending | Phase::Draining if control.is_abandoned() => {
                "\ninterrupted again: giving up what has no answer yet"
            }
            Phase::Sending => {
                "\ninterrupted: sending nothing more, waiting for outstanding acknowledgements; Ctrl-C again \
                 to stop waiting"
            }
            Phase::Draining => {
                "\ninterrupted: waiting for outstanding acknowledgements; Ctrl-C again to stop waiting"
            }
            Phase::Looking => {
                "\ninterrupted: looking no further, what was found so far is reported"
            }
            Phase::CleaningUp => "\ninterrupted: removing nothing more",
        }
    }
}

/// What came of one kind of signal, to tell one that is meant again from an echo.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    /// When one counted last.
    counted: Option<Instant>,
}

impl Heard {
    /// Whether the signal `number` that came `now` counts as one more.
    fn counts(&mut self, number: i32, now: Instant) -> bool {
        let counts = match number {
            INTERRUPT => true,
            HANG_UP => self.counted.is_none(),
            _ => self
                .counted
                .is_none_or(|before| now.duration_since(before) >= ECHO),
        };
        if counts {
            self.counted = Some(now);
        }
        counts
    }
}

/// The signals from some moment on.
#[derive(Clone, Debug)]
pub(crate) struct Since {
    count: Arc<AtomicU64>,
    before: u64,
}

impl Since {
    /// Whether one has come.
    pub(crate) fn has_come(&self) -> bool {
        self.count.load(Ordering::Acquire) > self.before
    }
}

/// Passes signals on to `control`, as long as `runtime` lives. One that this program was started to ignore,
/// as `nohup` does with SIGHUP, stays ignored.
pub(crate) fn listen(
    runtime: &Runtime,
    control: &Control,
    printer: Printer,
) -> std::io::Result<Signals> {
    let _guard = runtime.enter();
    // Caught, it is an error of the write like a full disk; otherwise it would end the program.
    let mut too_large = signal(SignalKind::from_raw(FILE_TOO_LARGE))?;
    runtime.spawn(async move { while too_large.recv().await.is_some() {} });
    let signals = Signals::default();
    let ignored = ignored();
    let heeded = OTHERS.into_iter().chain(REAL_TIME);
    let heeded = heeded.filter(|number| !is_in(ignored, *number));
    for number in MEANT.into_iter().chain(heeded) {
        let mut coming = signal(SignalKind::from_raw(number))?;
        let (control, signals) = (control.clone(), signals.clone());
        let mut heard = Heard::default();
        runtime.spawn(async move {
            while coming.recv().await.is_some() {
                if heard.counts(number, Instant::now()) {
                    printer.note(signals.came(&control));
                }
            }
        });
    }
    Ok(signals)
}

/// The signals that this process ignores, a bit each.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut lines = status.lines();
    lines
        .find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok())
        .unwrap_or(0)
}

fn is_in(signals: u64, number: i32) -> bool {
    signals >> (number - 1) & 1 == 1
}

/// Returns when the user has asked for the end.
pub(crate) async fn interrupted(control: &Control) {
    while !control.is_interrupted() {
        tokio::time::sleep(NOTICE).await;
    }
}

/// Does the job, even while a service hangs no longer than the user wants: if asked for the end, what
/// comes back is what `words` says then.
pub(crate) async fn unless_interrupted<T, E>(
    control: &Control,
    job: impl Future<Output = Result<T, E>>,
    words: impl FnOnce() -> Failure,
) -> Result<T, Failure>
where
    Failure: From<E>,
{
    tokio::select! {
        biased;
        done = job => Ok(done?),
        () = interrupted(control) => Err(words()),
    }
}

#[cfg(test)]
mod tests {
    use report::ExitCode;

    use super::*;

    fn block_on<T>(job: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(job)
    }

    #[test]
    fn what_is_ignored_is_read_from_the_mask() {
        // Rust itself ignores SIGPIPE.
        #[cfg(target_os = "linux")]
        assert!(is_in(ignored(), 13));
        assert!(!is_in(ignored(), 15));
        assert!(is_in(1, 1) && is_in(1 << 63, 64) && !is_in(1 << 63, 1));
    }

    #[test]
    fn only_ctrl_c_counts_as_often_as_it_comes() {
        let start = Instant::now();
        for (number, counted) in [
            (INTERRUPT, [true, true, true, true]),
            (HANG_UP, [true, false, false, false]),
            (15, [true, false, false, true]),
        ] {
            let mut heard = Heard::default();
            let times = [0, 10, 1_990, 2_000].map(Duration::from_millis);
            let found = times.map(|after| heard.counts(number, start + after));
            assert_eq!(found, counted, "{number}");
        }
    }

    #[test]
    fn a_job_that_hangs_ends_with_the_first_signal() {
        let (signals, control) = (Signals::default(), Control::new());
        let words = || Failure::new("interrupted").exit(ExitCode::Interrupted);
        let done = unless_interrupted(&control, async { Ok::<_, Failure>(7) }, words);
        assert_eq!(block_on(done).unwrap(), 7);
        signals.came(&control);
        let hangs = std::future::pending::<Result<(), Failure>>();
        let failure = block_on(unless_interrupted(&control, hangs, words)).unwrap_err();
        assert_eq!(failure.code(), ExitCode::Interrupted);
    }

    #[test]
    fn the_next_signal_is_none_of_those_that_came() {
        let (signals, control) = (Signals::default(), Control::new());
        signals.during(Phase::Sending);
        assert!(signals.came(&control).contains("sending nothing more"));
        assert!(signals.came(&control).contains("giving up"));
        signals.during(Phase::Looking);
        let looking = signals.since_now();
        assert!(!looking.has_come());
        let said = signals.came(&control);
        assert!(looking.has_come() && said.contains("looking no further"));
        signals.during(Phase::CleaningUp);
        let next = signals.next();
        let is_over = block_on(async {
            tokio::select! {
                biased;
                () = next => true,
                () = std::future::ready(()) => false,
            }
        });
        assert!(!is_over);
        let next = signals.next();
        assert!(signals.came(&control).contains("removing nothing more"));
        block_on(next);
    }
}
