//! One program at a time changes a state file.
//!
//! The lock is one of the operating system's on a file of its own beside the state file, so that it
//! ends with its process, however that ends. What is written in it is for people.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// Held until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    /// Holds the operating system's lock.
    _file: File,
}

/// Why there is no lock.
#[derive(Debug)]
pub(super) enum Refused {
    /// Somebody has it: who, in words.
    Held(String),
    /// The file can't be made.
    Broken(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Refused {
        Refused::Broken(error)
    }
}

impl Lock {
    /// The lock of the state file at `state`, if nobody has it.
    pub(super) fn take(state: &Path) -> Result<Lock, Refused> {
        let mut path = state.to_owned().into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        loop {
            let mut options = OpenOptions::new();
            let options = options.create(true).truncate(false).read(true).write(true);
            let mut file = options.open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(Refused::Held(holder(&mut file))),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
            // Whoever had it removed its file at the end: the lock of a file that has no name any
            // more is nobody's.
            let (ours, there) = (file.metadata()?, fs::metadata(&path));
            if !there.is_ok_and(|there| (there.dev(), there.ino()) == (ours.dev(), ours.ino())) {
                continue;
            }
            file.set_len(0)?;
            file.rewind()?;
            write!(
                file,
                "process {}{} since {:.0}",
                std::process::id(),
                host().map_or_else(String::new, |host| format!(" on {host}")),
                Timestamp::now()
            )?;
            return Ok(Lock { path, _file: file });
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is still held, so that nobody else's file is removed.
        drop(fs::remove_file(&self.path));
    }
}

/// What the holder wrote about itself; it may be just about to.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.take(200).read_to_string(&mut text) {
        Ok(length) if length > 0 => text,
        _ => "another process".to_owned(),
    }
}

fn host() -> Option<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_and_the_others_hear_who() {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state.json");
        let lock = Lock::take(&state).unwrap();
        let Err(Refused::Held(who)) = Lock::take(&state) else {
            panic!("two have it")
        };
        let process = format!("process {} on ", std::process::id());
        assert!(who.starts_with(&process), "{who}");
        drop(lock);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
        drop(Lock::take(&state).unwrap());
    }

    #[test]
    fn many_at_once_have_it_one_after_the_other() {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state.json");
        let inside = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let mut turns = 0;
                    while turns < 50 {
                        let Ok(_lock) = Lock::take(&state) else {
                            std::thread::yield_now();
                            continue;
                        };
                        let before = inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                        assert_eq!(before, 0);
                        inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                        turns += 1;
                    }
                });
            }
        });
    }
}
