//! Files that are packed.

use std::io::{self, BufReader, Cursor, Read};

use flate2::read::MultiGzDecoder;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// What is in it.
pub(super) fn unpacked(mut file: impl Read) -> io::Result<Whole<impl Read>> {
    let mut head = Vec::new();
    file.by_ref()
        .take(ZSTD.len() as u64)
        .read_to_end(&mut head)?;
    let (is_gzip, is_zstd) = (head.starts_with(GZIP), head.starts_with(ZSTD));
    let file = Cursor::new(head).chain(file);
    Ok(Whole(if is_gzip {
        Unpacked::Gzip(Box::new(MultiGzDecoder::new(file)))
    } else if is_zstd {
        Unpacked::Zstd(Box::new(zstd::stream::read::Decoder::new(file)?))
    } else {
        Unpacked::Plain(file)
    }))
}

enum Unpacked<R: Read> {
    Plain(R),
    Gzip(Box<MultiGzDecoder<R>>),
    Zstd(Box<zstd::stream::read::Decoder<'static, BufReader<R>>>),
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Unpacked::Plain(file) => file.read(into),
            Unpacked::Gzip(file) => file.read(into),
            Unpacked::Zstd(file) => file.read(into),
        }
    }
}

/// Reads as much as there is room for: what a file is, its first bytes say, however they come.
pub(super) struct Whole<R>(R);

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut read = 0;
        while read < into.len() {
            match self.0.read(&mut into[read..]) {
                Ok(0) => break,
                Ok(count) => read += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // What was read counts; the error comes again.
                Err(_) if read > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }
}
