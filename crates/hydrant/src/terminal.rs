//! A terminal that is held with Ctrl-S, or whose other end reads no more, takes nothing, and a write to it
//! would wait for ever. Here it is waited for as long as what is to be said is worth; what was not shown is
//! told when the terminal takes something again.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Write as _};
use std::os::fd::{AsFd, AsRawFd as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::TermLike;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How long to wait for a terminal that takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Worth {
    /// How it goes: the next word says more.
    Passing,
    /// What was asked for, or why it can't be had.
    Result,
}

impl Worth {
    const fn patience(self) -> Duration {
        match self {
            Worth::Passing => Duration::from_secs(1),
            Worth::Result => Duration::from_secs(20),
        }
    }
}

/// Where it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Where {
    Out,
    Err,
}

/// Both are one device as a rule, and one thing is said after the other.
static TERMINALS: LazyLock<Mutex<Terminals>> = LazyLock::new(|| Mutex::new(Terminals::open()));

#[derive(Debug)]
struct Terminals {
    /// `None`: no terminal, or one that has to be waited for.
    out: Option<File>,
    err: Option<File>,
    held: Held,
}

/// What is known of a terminal that takes nothing.
#[derive(Debug, Default)]
struct Held {
    /// For which worth it was waited for in vain since it took something.
    given_up: Option<Worth>,
    /// Lines that were passed over.
    lines: usize,
}

impl Terminals {
    fn open() -> Terminals {
        Terminals {
            out: again(io::stdout()),
            err: again(io::stderr()),
            held: Held::default(),
        }
    }
}

fn lock() -> MutexGuard<'static, Terminals> {
    TERMINALS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same terminal, opened once more: only so it can be told not to make a write wait without telling it to
/// all who share it, the shell among them. `None`: it is no terminal.
fn again(stream: impl AsFd + IsTerminal) -> Option<File> {
    if !stream.is_terminal() {
        return None;
    }
    let mut options = OpenOptions::new();
    options.write(true);
    options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    // Linux has it here even where its name is not known, as in a container.
    let own = format!("/proc/self/fd/{}", stream.as_fd().as_raw_fd());
    options.open(own).ok().or_else(|| {
        let name = rustix::termios::ttyname(stream, Vec::new()).ok()?;
        options.open(OsStr::from_bytes(name.as_bytes())).ok()
    })
}

/// Says `text`, whole lines of it, without colours where they are not wanted.
///
/// # Errors
/// It can't be written; [`ErrorKind::TimedOut`] if a terminal has taken nothing for too long.
pub(crate) fn say(place: Where, worth: Worth, text: &str) -> io::Result<()> {
    match place {
        Where::Out => {
            let text = plain(text, &io::stdout());
            put(place, worth, &text, lines(&text), io::stdout())
        }
        Where::Err => {
            let text = plain(text, &io::stderr());
            put(place, worth, &text, lines(&text), io::stderr())
        }
    }
}

/// Writes bytes, which count for so many lines if they are not shown.
fn put(
    place: Where,
    worth: Worth,
    text: &[u8],
    lines: usize,
    mut stream: impl io::Write,
) -> io::Result<()> {
    let mut terminals = lock();
    let Terminals { out, err, held } = &mut *terminals;
    let file = match place {
        Where::Out => out.as_ref(),
        Where::Err => err.as_ref(),
    };
    if let Some(file) = file {
        return held.put(file, worth, text, lines);
    }
    // What is no terminal is waited for, and by nobody else.
    drop(terminals);
    stream.write_all(text)?;
    stream.flush()
}

/// How many lines a terminal was not shown that still takes nothing.
pub(crate) fn not_shown() -> usize {
    lock().held.lines
}

/// With colours, if this stream is to have them.
fn plain(text: &str, stream: &impl anstream::stream::RawStream) -> Vec<u8> {
    let choice = anstream::AutoStream::choice(stream);
    let mut plain = anstream::AutoStream::new(Vec::new(), choice);
    // Writing to memory can't fail.
    let _ = plain.write_all(text.as_bytes());
    plain.into_inner()
}

impl Held {
    fn put(&mut self, mut file: &File, worth: Worth, text: &[u8], lines: usize) -> io::Result<()> {
        let told = match self.lines {
            0 => Vec::new(),
            lines => {
                format!("\n({lines} lines were not shown while the terminal was held)\n").into()
            }
        };
        let all = [&told, text].concat();
        let (mut rest, mut since) = (&all[..], Instant::now());
        while !rest.is_empty() {
            match file.write(rest) {
                Ok(count) => {
                    rest = &rest[count..];
                    since = Instant::now();
                    self.given_up = None;
                    if rest.len() <= text.len() {
                        self.lines = 0;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let left = worth.patience().saturating_sub(since.elapsed());
                    if self.given_up >= Some(worth) || left.is_zero() {
                        self.given_up = self.given_up.max(Some(worth));
                        self.lines += lines;
                        return Err(ErrorKind::TimedOut.into());
                    }
                    wait(file, left);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn lines(text: &[u8]) -> usize {
    text.split(|byte| *byte == b'\n').count() - 1
}

/// Waits until it takes something, for so long at most.
fn wait(file: &File, left: Duration) {
    let left = Timespec {
        tv_sec: left.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: left.subsec_nanos().into(),
    };
    // Whatever comes of it, the next write says.
    let _ = poll(&mut [PollFd::new(file, PollFlags::OUT)], Some(&left));
}

/// Standard error as a writer: of log lines, for instance.
#[derive(Debug)]
pub(crate) struct Lines;

impl io::Write for Lines {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        match say(Where::Err, Worth::Passing, &String::from_utf8_lossy(text)) {
            Err(error) if error.kind() != ErrorKind::TimedOut => Err(error),
            _ => Ok(text.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Standard error as a terminal whose lines move. A picture is drawn at once or not at all.
#[derive(Debug, Default)]
pub(crate) struct Moving(Mutex<String>);

impl Moving {
    fn add(&self, text: std::fmt::Arguments<'_>) -> io::Result<()> {
        let mut picture = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::fmt::Write::write_fmt(&mut *picture, text).map_err(io::Error::other)
    }

    fn go(&self, cells: usize, direction: char) -> io::Result<()> {
        match cells {
            0 => Ok(()),
            cells => self.add(format_args!("\u{1b}[{cells}{direction}")),
        }
    }
}

impl TermLike for Moving {
    fn width(&self) -> u16 {
        terminal_size::terminal_size_of(io::stderr()).map_or(80, |(width, _)| width.0)
    }

    fn height(&self) -> u16 {
        terminal_size::terminal_size_of(io::stderr()).map_or(24, |(_, height)| height.0)
    }

    fn move_cursor_up(&self, cells: usize) -> io::Result<()> {
        self.go(cells, 'A')
    }

    fn move_cursor_down(&self, cells: usize) -> io::Result<()> {
        self.go(cells, 'B')
    }

    fn move_cursor_right(&self, cells: usize) -> io::Result<()> {
        self.go(cells, 'C')
    }

    fn move_cursor_left(&self, cells: usize) -> io::Result<()> {
        self.go(cells, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.add(format_args!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.add(format_args!("{text}"))
    }

    fn clear_line(&self) -> io::Result<()> {
        self.add(format_args!("\r\u{1b}[2K"))
    }

    fn flush(&self) -> io::Result<()> {
        let mut picture = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let picture = std::mem::take(&mut *picture);
        // It is no line that anybody would miss.
        match put(
            Where::Err,
            Worth::Passing,
            picture.as_bytes(),
            0,
            io::stderr(),
        ) {
            Err(error) if error.kind() != ErrorKind::TimedOut => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    /// A pipe takes nothing more when nobody reads it, as a terminal that is held.
    fn pipe() -> (io::PipeReader, File) {
        let (reader, writer) = io::pipe().unwrap();
        let writer: std::os::fd::OwnedFd = writer.into();
        rustix::io::ioctl_fionbio(&writer, true).unwrap();
        (reader, writer.into())
    }

    #[test]
    fn what_was_not_shown_is_told_when_the_terminal_goes_on() {
        let (mut reader, file) = pipe();
        let mut held = Held::default();
        held.put(&file, Worth::Result, b"first\n", 1).unwrap();
        let mut is_held = |text: &[u8], lines| {
            let said = held.put(&file, Worth::Passing, text, lines);
            assert_eq!(said.unwrap_err().kind(), ErrorKind::TimedOut);
        };
        is_held(&vec![b'x'; 1 << 20], 0);
        // It is not waited for again, for what is worth no more: this would take a quarter of an hour.
        (0..1_000).for_each(|_| is_held(b"lost\n", 1));
        assert_eq!((held.lines, held.given_up), (1_000, Some(Worth::Passing)));
        let reads = std::thread::spawn(move || {
            let mut all = String::new();
            reader.read_to_string(&mut all).unwrap();
            all
        });
        held.put(&file, Worth::Result, b"report\n", 1).unwrap();
        assert_eq!((held.lines, held.given_up), (0, None));
        drop(file);
        let all = reads.join().unwrap();
        assert!(all.starts_with("first\nxxx"), "{}", &all[..20]);
        assert!(
            all.ends_with("x\n(1000 lines were not shown while the terminal was held)\nreport\n"),
            "{}",
            &all[all.len() - 100..]
        );
    }
}
