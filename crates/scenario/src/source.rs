//! Reading the files of a scenario, within bounds, into one text in which every byte has a place of its own.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::finding::Finding;

/// A scenario is written by hand: what is larger is another file.
const BYTES_MAX: u64 = 1 << 20;

/// The text of all files of a scenario, one behind the other, so that a span says which file it is in.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) text: String,
    /// In the order of the text; at least one.
    parts: Vec<Part>,
}

/// One file (or one `--set`) in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) name: String,
    /// Where it begins.
    pub(crate) start: usize,
}

impl Source {
    /// The text of one file.
    pub(crate) fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        Source {
            text: text.into(),
            parts: vec![Part {
                name: name.into(),
                start: 0,
            }],
        }
    }

    /// Adds a file behind the others; returns where it begins.
    pub(crate) fn add(&mut self, name: impl Into<String>, text: &str) -> usize {
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        let start = self.text.len();
        self.text.push_str(text);
        self.parts.push(Part {
            name: name.into(),
            start,
        });
        start
    }

    /// The file that this byte is in.
    pub(crate) fn part(&self, at: usize) -> &Part {
        let behind = self.parts.partition_point(|part| part.start <= at);
        &self.parts[behind.max(1) - 1]
    }

    /// The name of the scenario itself.
    pub(crate) fn name(&self) -> &str {
        &self.parts[0].name
    }

    /// The same files with another text, which is as long.
    pub(crate) fn with_text(&self, text: String) -> Source {
        Source {
            text,
            parts: self.parts.clone(),
        }
    }
}

/// Reads the file at `path`, and no more of it than a scenario can have.
pub(crate) fn read(path: &Path) -> Result<String, Finding> {
    let cannot = |error: std::io::Error| {
        let finding = Finding::new(None, format!("cannot read the scenario: {error}"));
        match error.kind() {
            std::io::ErrorKind::NotFound => finding.help("is the path right?"),
            std::io::ErrorKind::IsADirectory => finding.help("name a file in it"),
            _ => finding,
        }
    };
    let file = File::open(path).map_err(cannot)?;
    let about = file.metadata().map_err(cannot)?;
    if about.is_file() && about.len() > BYTES_MAX {
        return Err(too_large(Some(about.len())));
    }
    let mut bytes = Vec::new();
    // A pipe has no length: read one byte more than there may be.
    file.take(BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(too_large(None));
    }
    String::from_utf8(bytes).map_err(|error| not_text(&error))
}

/// The same bounds for text that came another way.
pub(crate) fn check(text: &str) -> Result<(), Finding> {
    let bytes = text.len() as u64;
    if bytes > BYTES_MAX {
        Err(too_large(Some(bytes)))
    } else {
        Ok(())
    }
}

fn too_large(bytes: Option<u64>) -> Finding {
    let size = bytes.map_or_else(String::new, |bytes| {
        format!(": {} MiB", bytes.div_ceil(1 << 20))
    });
    Finding::new(None, format!("the file is too large for a scenario{size}"))
        .help("a scenario has at most 1 MiB; is this the right file?")
}

fn not_text(error: &std::string::FromUtf8Error) -> Finding {
    let valid = error.utf8_error().valid_up_to();
    let bytes = error.as_bytes();
    let line = bytes[..valid].split(|byte| *byte == b'\n').count();
    let byte = bytes.get(valid).copied().unwrap_or_default();
    let message =
        format!("the file is not UTF-8: byte 0x{byte:02x} at offset {valid}, in line {line}");
    let help = if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        "it looks like UTF-16: save it as UTF-8"
    } else {
        "save it as UTF-8"
    };
    Finding::new(None, message).help(help)
}
