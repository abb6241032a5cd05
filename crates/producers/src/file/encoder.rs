//! Records in, bytes of the file out.

use std::io::{self, Write};

use flate2::write::GzEncoder;

use super::{Compression, Framing};

/// Frames and compresses into memory, so that what could not be written can be forgotten.
pub(super) struct Encoder {
    framing: Framing,
    compressor: Compressor,
}

enum Compressor {
    None(Vec<u8>),
    Gzip(GzEncoder<Vec<u8>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
}

impl Encoder {
    /// Starts a gzip member or a Zstandard frame of its own.
    pub(super) fn new(framing: Framing, compression: Compression) -> io::Result<Encoder> {
        let compressor = match compression {
            Compression::None => Compressor::None(Vec::new()),
            Compression::Gzip => {
                Compressor::Gzip(GzEncoder::new(Vec::new(), flate2::Compression::default()))
            }
            Compression::Zstd => Compressor::Zstd(zstd::stream::write::Encoder::new(
                Vec::new(),
                zstd::DEFAULT_COMPRESSION_LEVEL,
            )?),
        };
        Ok(Encoder {
            framing,
            compressor,
        })
    }

    /// Adds a record.
    pub(super) fn add(&mut self, record: &[u8]) -> io::Result<()> {
        let framing = self.framing;
        let into = self.compressor.writer();
        match framing {
            Framing::Lines => {
                into.write_all(record)?;
                into.write_all(b"\n")
            }
            Framing::Length => {
                into.write_all(&(record.len() as u32).to_be_bytes())?;
                into.write_all(record)
            }
        }
    }

    /// Makes everything that was added readable from what [`bytes`](Encoder::bytes) has.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.compressor.writer().flush()
    }

    /// What is to be written next. Whoever has written it empties it.
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        match &mut self.compressor {
            Compressor::None(bytes) => bytes,
            Compressor::Gzip(gzip) => gzip.get_mut(),
            Compressor::Zstd(zstd) => zstd.get_mut(),
        }
    }

    /// The last bytes: the end of the member or frame.
    pub(super) fn finish(self) -> io::Result<Vec<u8>> {
        match self.compressor {
            Compressor::None(bytes) => Ok(bytes),
            Compressor::Gzip(gzip) => gzip.finish(),
            Compressor::Zstd(zstd) => zstd.finish(),
        }
    }
}

impl Compressor {
    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Compressor::None(bytes) => bytes,
            Compressor::Gzip(gzip) => gzip,
            Compressor::Zstd(zstd) => zstd,
        }
    }
}
