//! gzip and Zstandard.

use std::borrow::Cow;
use std::io::Read;

use crate::{Mistake, UNPACKED_MAX};

/// The content of a file that may be packed.
pub(crate) fn unpacked(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Mistake> {
    let reader: Box<dyn Read + '_> = if bytes.starts_with(&[0x1f, 0x8b]) {
        Box::new(flate2::read::MultiGzDecoder::new(bytes))
    } else if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let decoder = zstd::Decoder::with_buffer(bytes).map_err(|error| broken(&error))?;
        Box::new(decoder)
    } else {
        return Ok(bytes.into());
    };
    let mut out = Vec::new();
    reader
        .take(UNPACKED_MAX + 1)
        .read_to_end(&mut out)
        .map_err(|error| broken(&error))?;
    if out.len() as u64 > UNPACKED_MAX {
        let most = options::ByteSize(UNPACKED_MAX);
        let message = format!("it has more than {most} when it is unpacked");
        return Err(Mistake::new(None, message, "take a part of it"));
    }
    Ok(out.into())
}

fn broken(error: &std::io::Error) -> Mistake {
    let message = format!("it can't be unpacked: {error}");
    Mistake::new(None, message, "see whether the file is whole")
}
