//! Numbers that look random and depend on nothing but what they are asked for.
//!
//! One 64-bit multiplication a number, after wyhash (<https://github.com/wangyi-fudan/wyhash>, in
//! the public domain). Integers only, so every machine gets the same.

const P0: u64 = 0xa076_1d64_78bd_642f;
const P1: u64 = 0xe703_7ed1_a0b4_28db;
const P2: u64 = 0x8ebc_6af0_9c88_c6e3;

/// Both halves of the product, folded together.
#[inline]
pub(crate) const fn mix(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    (product as u64) ^ (product >> 64) as u64
}

/// A number for a text.
pub(crate) const fn hash(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut hash = P2 ^ bytes.len() as u64;
    let mut at = 0;
    while at < bytes.len() {
        hash = mix(hash ^ bytes[at] as u64, P1);
        at += 1;
    }
    mix(hash, P0)
}

/// What stands for a stream, whose name is `name` as a number, and a seed.
pub(crate) const fn stream_key(seed: u64, name: u64) -> u64 {
    mix(seed ^ name, hash("hydrant"))
}

/// The randomness of one record (or one element of an array in it).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws(u64);

impl Draws {
    /// That of record `n` of the stream that `key` stands for.
    #[inline]
    pub(crate) fn of_record(key: u64, n: u64) -> Draws {
        Draws(mix(mix(n ^ key, P0) ^ P1, key | 1))
    }

    /// That which [`key`](Draws::key) stands for.
    #[inline]
    pub(crate) fn of(key: u64) -> Draws {
        Draws(key)
    }

    /// What stands for it, as a number.
    #[inline]
    pub(crate) fn key(self) -> u64 {
        self.0
    }

    /// That of version `version` of the same thing.
    #[inline]
    pub(crate) fn of_version(self, version: u64) -> Draws {
        Draws::of_record(self.0, version)
    }

    /// That of element `index` in an array.
    pub(crate) fn of_element(self, salt: u64, index: u64) -> Draws {
        Draws(mix(self.number(salt) ^ index, P2))
    }

    /// The number that belongs to `salt`; 64 random bits.
    #[inline]
    pub(crate) fn number(self, salt: u64) -> u64 {
        mix(self.0 ^ salt, P1 ^ salt.rotate_left(32))
    }

    /// A number below `range`, all equally likely to within `range` / 2^64. 0 stands for 2^64.
    #[inline]
    pub(crate) fn below(self, salt: u64, range: u64) -> u64 {
        scale(self.number(salt), range)
    }

    /// One of `count` places, all equally likely to within `count` / 2^64.
    #[inline]
    pub(crate) fn one_of(self, salt: u64, count: u32) -> usize {
        ((u128::from(self.number(salt)) * u128::from(count)) >> 64) as usize
    }

    /// True so often: `threshold` / 2^64.
    #[inline]
    pub(crate) fn chance(self, salt: u64, threshold: u64) -> bool {
        threshold == u64::MAX || self.number(salt) < threshold
    }
}

/// `number`, spread over 2^64, scaled down to `range`. 0 stands for 2^64.
#[inline]
pub(crate) fn scale(number: u64, range: u64) -> u64 {
    if range == 0 {
        number
    } else {
        ((u128::from(number) * u128::from(range)) >> 64) as u64
    }
}

/// The threshold of a probability between 0 and 1 for [`Draws::chance`].
pub(crate) fn threshold(probability: f64) -> u64 {
    (probability * 18_446_744_073_709_551_616.0) as u64
}

/// A generator for the tables that are drawn up once, at compile time.
pub(crate) struct TableRng(u64);

impl TableRng {
    pub(crate) fn new(name: &str) -> TableRng {
        TableRng(hash(name))
    }
}

impl fake::rand::TryRng for TableRng {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.try_next_u64().map(|number| (number >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.0 = self.0.wrapping_add(P0);
        Ok(mix(self.0, self.0 ^ P1))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in bytes.chunks_mut(8) {
            let number = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&number[..chunk.len()]);
        }
        Ok(())
    }
}
