//! Hashes of a text in a character set.

use std::fmt::Write as _;

use md5::Md5;
use serde_json::Value;
use sha1::{Digest as _, Sha1};
use sha2::{Sha256, Sha512};

use super::{Function, of, optional, text};

pub(super) const FUNCTIONS: &[Function] = &[
    of("sha1", 1, 2, |it| {
        hashed(it, |bytes| hex(&Sha1::digest(bytes)))
    }),
    of("sha256", 1, 2, |it| {
        hashed(it, |bytes| hex(&<Sha256 as sha2::Digest>::digest(bytes)))
    }),
    of("sha512", 1, 2, |it| {
        hashed(it, |bytes| hex(&<Sha512 as sha2::Digest>::digest(bytes)))
    }),
    of("md5", 1, 2, |it| {
        hashed(it, |bytes| hex(&<Md5 as md5::Digest>::digest(bytes)))
    }),
    // The lowest byte first, as the documented example has it.
    of("crc32", 1, 2, |it| {
        hashed(it, |bytes| {
            format!("{:08x}", crc32fast::hash(bytes).swap_bytes())
        })
    }),
];

fn hashed(arguments: &[Value], hash: fn(&[u8]) -> String) -> Value {
    if arguments[0].is_null() {
        return Value::Null;
    }
    let charset = optional(arguments, 1).map_or_else(String::new, text);
    encoded(&text(&arguments[0]), &charset).map_or(Value::Null, |bytes| hash(&bytes).into())
}

/// A text's bytes in one of the character sets that are documented, as Java writes them; UTF-8 without one.
fn encoded(text: &str, charset: &str) -> Option<Vec<u8>> {
    let single = |most: u32| {
        let byte = |c: char| if u32::from(c) <= most { c as u8 } else { b'?' };
        Some(text.chars().map(byte).collect())
    };
    match charset.to_uppercase().as_str() {
        "" | "UTF-8" => Some(text.as_bytes().to_vec()),
        "UTF-16" => {
            let marked = std::iter::once(0xfeff).chain(text.encode_utf16());
            Some(marked.flat_map(u16::to_be_bytes).collect())
        }
        "ISO-8859-1" => single(0xff),
        "US-ASCII" => single(0x7f),
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
