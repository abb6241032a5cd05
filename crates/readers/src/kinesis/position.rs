//! Where a shard goes on, as it is kept.

use std::fmt;
use std::str::FromStr;

/// See the module's words: each of them is what [`Position`] prints as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// With the oldest record that is still there: `TRIM_HORIZON`.
    Beginning,
    /// Behind the record of this sequence number, which is what it prints as.
    After(String),
    /// With the first record that arrived at this time or later, in milliseconds since 1970: `@…`.
    At(i64),
    /// Nowhere: the shard is closed and read to its end. `SHARD_END`, as the client library for
    /// consumers writes it.
    End,
}

const BEGINNING: &str = "TRIM_HORIZON";
const END: &str = "SHARD_END";

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Position::Beginning => f.write_str(BEGINNING),
            Position::After(number) => f.write_str(number),
            Position::At(millis) => write!(f, "@{millis}"),
            Position::End => f.write_str(END),
        }
    }
}

impl FromStr for Position {
    type Err = String;

    fn from_str(text: &str) -> Result<Position, String> {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text {
            BEGINNING => Ok(Position::Beginning),
            END => Ok(Position::End),
            _ if is_number => Ok(Position::After(text.to_owned())),
            _ => text
                .strip_prefix('@')
                .and_then(|millis| millis.parse().ok())
                .map(Position::At)
                .ok_or_else(|| format!("`{text}` is no position in a shard")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_read_as_they_are_written() {
        for position in [
            Position::Beginning,
            Position::After("49590338271490256608559692538361571095921575989136588898".to_owned()),
            Position::At(1_700_000_000_123),
            Position::End,
        ] {
            assert_eq!(position.to_string().parse(), Ok(position));
        }
        for bad in ["", "LATEST", "@", "@now", "12a", "-1"] {
            assert!(bad.parse::<Position>().is_err(), "{bad}");
        }
    }
}
