//! Files that are replaced as a whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Writes a file beside its place and moves it there: what has its name is complete, and nothing half
/// written stays. A link is followed to the file that it names.
///
/// # Errors
/// It can't be written, or there is something at its place that is no file.
pub fn replace_file(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let path = linked(path)?;
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
    let partial = path.with_file_name(format!(".{}.partial", name.to_string_lossy()));
    let written = File::create(&partial)
        .and_then(|file| {
            let mut out = BufWriter::new(file);
            content(&mut out)?;
            // Some file systems report a full disk only here.
            out.into_inner()
                .map_err(io::IntoInnerError::into_error)?
                .sync_all()
        })
        .and_then(|()| fs::rename(&partial, &path));
    if written.is_err() {
        drop(fs::remove_file(&partial));
    }
    written
}

/// The file that `path` names, through any links; it need not be there.
///
/// # Errors
/// There is something that is no file, or links that go round in a circle.
pub fn linked(path: &Path) -> io::Result<PathBuf> {
    /// As Linux has it.
    const LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        match fs::symlink_metadata(&path) {
            Ok(about) if about.is_symlink() => {
                let target = fs::read_link(&path)?;
                path = path.parent().unwrap_or(Path::new("")).join(target);
            }
            Ok(about) if about.is_file() => return Ok(path),
            Ok(_) => return Err(io::Error::other("it is no file")),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(path),
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("its links go round in a circle"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn write(path: &Path, text: &str) -> io::Result<()> {
        replace_file(path, |out| out.write_all(text.as_bytes()))
    }

    #[test]
    fn a_link_stays_and_its_file_is_replaced() {
        let parent = tempfile::tempdir().unwrap();
        let at = |name: &str| parent.path().join(name);
        fs::create_dir(at("far")).unwrap();
        symlink("far/link", at("link")).unwrap();
        symlink("file", at("far/link")).unwrap();
        for text in ["first", "second"] {
            write(&at("link"), text).unwrap();
            assert_eq!(fs::read_to_string(at("far/file")).unwrap(), text);
            assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
        }
        symlink("circle", at("circle")).unwrap();
        assert!(write(&at("circle"), "x").is_err());
    }

    #[test]
    fn what_is_no_file_is_not_replaced() {
        let parent = tempfile::tempdir().unwrap();
        symlink("/dev/null", parent.path().join("null")).unwrap();
        let error = write(&parent.path().join("null"), "x").unwrap_err();
        assert_eq!(error.to_string(), "it is no file");
        assert!(write(parent.path(), "x").is_err());
    }

    #[test]
    fn what_fails_leaves_nothing_and_what_was_there() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("file");
        write(&path, "first").unwrap();
        let failed = replace_file(&path, |out| {
            out.write_all(b"half")?;
            Err(ErrorKind::StorageFull.into())
        });
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::StorageFull);
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    }
}
