//! The file itself, or the pipe.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

use super::{IfExists, is_there};
use crate::Error;

/// What stands at a path.
pub(super) enum Kind {
    /// A file, and its length.
    File(u64),
    /// A named pipe.
    Pipe,
    /// What can be written to and has no length, e.g. `/dev/null`.
    Device,
}

/// What stands at the path. A folder is an error.
pub(super) fn kind(path: &Path) -> io::Result<Kind> {
    let metadata = std::fs::metadata(path)?;
    let kind = metadata.file_type();
    if kind.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok(if kind.is_fifo() {
        Kind::Pipe
    } else if kind.is_file() {
        Kind::File(metadata.len())
    } else {
        Kind::Device
    })
}

/// Bytes that are left where the file is or will be; `None` where nobody says.
pub(super) fn free(path: &Path) -> Option<u64> {
    if matches!(kind(path), Ok(Kind::Pipe | Kind::Device)) {
        return None;
    }
    let space = rustix::fs::statvfs(folder(path)).ok()?;
    space.f_bavail.checked_mul(space.f_frsize)
}

/// Whether a file could be made there.
pub(super) fn writable(path: &Path) -> Result<(), Error> {
    let folder = folder(path);
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).map_err(|error| {
        let shown = folder.display();
        Error::new(format!(
            "cannot write into the folder `{shown}`: {}",
            io::Error::from(error)
        ))
        .help("make the folder first, or name another one")
    })
}

fn folder(path: &Path) -> &Path {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// What could not be done to the file, and why.
pub(super) fn cannot(what: &str, path: &Path, error: &io::Error) -> Error {
    Error::new(format!("cannot {what} `{}`: {error}", path.display()))
}

/// Where bytes go.
pub(super) trait Target: Send {
    /// Writes all of it. After an error any part of it may be there.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Waits until it is on the disk.
    fn sync(&mut self) -> io::Result<()>;

    /// Takes everything behind `length` bytes away again. False if that can't be done.
    fn cut(&mut self, length: u64) -> bool;
}

impl Target for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        match self.sync_data() {
            // Pipes and devices have nothing to wait for.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            answer => answer,
        }
    }

    fn cut(&mut self, length: u64) -> bool {
        self.set_len(length).is_ok()
    }
}

/// Opens the file to write behind what is there, and says how many bytes that are.
pub(super) fn open(path: &Path, if_exists: IfExists) -> Result<(File, u64), Error> {
    let mut options = OpenOptions::new();
    options.append(true);
    let kind = match kind(path) {
        Ok(Kind::File(_)) if if_exists == IfExists::Refuse => return Err(is_there(path)),
        Ok(kind) => kind,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            options.create(true);
            Kind::File(0)
        }
        Err(error) => return Err(cannot("look at", path, &error)),
    };
    if matches!(kind, Kind::Pipe) {
        // Without it, opening waits for a reader, and nothing would end the wait.
        options.custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = options.open(path).map_err(|error| {
        if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) {
            return Error::new(format!("nobody reads the pipe `{}`", path.display()))
                .help("start who reads it first, e.g. `cat PIPE | …`");
        }
        cannot("open", path, &error)
    })?;
    if matches!(kind, Kind::Pipe) {
        rustix::fs::fcntl_setfl(&file, OFlags::APPEND)
            .map_err(|error| cannot("open", path, &error.into()))?;
    }
    let mut length = match kind {
        Kind::File(length) => length,
        Kind::Pipe | Kind::Device => 0,
    };
    if length > 0 && if_exists == IfExists::Replace {
        file.set_len(0)
            .map_err(|error| cannot("empty", path, &error))?;
        length = 0;
    }
    Ok((file, length))
}
