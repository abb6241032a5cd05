//! Slots that records take in turn: record n is in slot `n mod slots`, in its round `n / slots`.

/// The rounds and slots of records that are so far apart, without a division for each.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    of: u64,
    at: (u64, u64),
    stride: (u64, u64),
}

impl Slots {
    /// From record `first` on, `stride` apart, of so many slots.
    pub(crate) fn of_records(first: u64, stride: u64, of: u64) -> Slots {
        Slots {
            of,
            at: (first / of, first % of),
            stride: (stride / of, stride % of),
        }
    }
}

impl Iterator for Slots {
    type Item = (u64, u64);

    #[inline]
    fn next(&mut self) -> Option<(u64, u64)> {
        let (round, slot) = self.at;
        self.at = (round + self.stride.0, slot + self.stride.1);
        if self.at.1 >= self.of {
            self.at = (self.at.0 + 1, self.at.1 - self.of);
        }
        Some((round, slot))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        // Going from record to record comes to what a division says.
        #[test]
        fn a_step_is_a_division(first in 0u64..1 << 50, stride in 0u64..1 << 20, of in 1u64..5000) {
            for (index, place) in Slots::of_records(first, stride, of).take(20).enumerate() {
                let n = first + stride * index as u64;
                prop_assert_eq!(place, (n / of, n % of));
            }
        }
    }
}
