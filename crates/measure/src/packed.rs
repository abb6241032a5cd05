//! Intervals are kept for the whole run: in as little memory as they need.

use std::fmt;

use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};

use crate::Latencies;

/// [`Latencies`] at rest, without loss: a few kilobytes instead of a megabyte. A second of a run is kept
/// for as long as the run lasts, so this is what keeps long runs small.
#[derive(Clone, PartialEq, Eq)]
pub struct PackedLatencies {
    /// The four histograms, one behind the other, in the V2 encoding of HdrHistogram,
    /// compressed, which is half.
    bytes: Box<[u8]>,
}

impl PackedLatencies {
    /// The same numbers, to be worked with.
    pub fn unpack(&self) -> Latencies {
        let (mut rest, mut deserializer) = (&*self.bytes, Deserializer::new());
        // The deserializer may stop before the end of what is compressed, so each gets its own part:
        // four bytes of cookie, four of length, and so many more.
        let mut next = || -> Histogram<u64> {
            let length = u32::from_be_bytes([rest[4], rest[5], rest[6], rest[7]]);
            let (mut part, others) = rest.split_at(8 + length as usize);
            rest = others;
            deserializer
                .deserialize(&mut part)
                .unwrap_or_else(|_| unreachable!("written by ourselves, into memory"))
        };
        Latencies {
            lateness: next(),
            service: next(),
            response: next(),
            own_lateness: next(),
        }
    }
}

impl From<&Latencies> for PackedLatencies {
    fn from(latencies: &Latencies) -> PackedLatencies {
        let Latencies {
            lateness,
            service,
            response,
            own_lateness,
        } = latencies;
        let (mut bytes, mut serializer) = (Vec::new(), V2DeflateSerializer::new());
        for histogram in [lateness, service, response, own_lateness] {
            serializer
                .serialize(histogram, &mut bytes)
                .unwrap_or_else(|_| unreachable!("into memory, and no count is near 2^63"));
        }
        PackedLatencies {
            bytes: bytes.into_boxed_slice(),
        }
    }
}

impl fmt::Debug for PackedLatencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PackedLatencies({} bytes)", self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Nothing is lost, whatever the values, and they still add up with others.
        #[test]
        fn packing_is_lossless(values in prop::collection::vec(0..4_000_000_000_000_u64, 0..50)) {
            let mut latencies = Latencies::default();
            for (index, value) in values.iter().enumerate() {
                let Latencies { lateness, response, .. } = &mut latencies;
                [lateness, response][index % 2].saturating_record(*value);
            }
            let packed = PackedLatencies::from(&latencies);
            let mut back = packed.unpack();
            prop_assert!(back.lateness == latencies.lateness && back.response == latencies.response);
            prop_assert!(back.service.is_empty() && back.own_lateness.is_empty());
            prop_assert!(packed.bytes.len() < 1000, "{packed:?}");
            back.add(&latencies);
            prop_assert_eq!(back.response.len(), 2 * latencies.response.len());
        }
    }
    #[test]
    fn large_ones_stay_apart() {
        let mut latencies = Latencies::default();
        let mut random = 88_172_645_463_325_252_u64;
        for _ in 0..1_000_000 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let value = 1_000 << (random % 30);
            let value = value + (random >> 20) % value;
            latencies
                .lateness
                .saturating_record_n(value, random % 1_000_000);
            latencies
                .service
                .saturating_record_n(value, random % 500_000);
        }
        let packed = PackedLatencies::from(&latencies);
        assert!(packed.bytes.len() > 4 * 32_768, "{packed:?}");
        let back = packed.unpack();
        assert!(back.lateness == latencies.lateness && back.service == latencies.service);
    }
}
