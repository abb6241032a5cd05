//! What a shard takes and gives in a second, where the sandbox was told to keep to it.
//! <https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html>

const WRITES: u32 = 1_000;
const WRITTEN: usize = 1 << 20;
const READS: u32 = 5;

/// What was taken and given in the second that is under way.
#[derive(Debug, Default)]
pub(super) struct Quota {
    second: i64,
    writes: u32,
    written: usize,
    reads: u32,
}

impl Quota {
    /// Whether a record of this size is taken.
    pub(super) fn may_write(&mut self, bytes: usize, millis: i64) -> bool {
        self.turn(millis);
        // One that is larger than all of a second's bytes is let through alone.
        if self.writes >= WRITES || (self.written > 0 && self.written + bytes > WRITTEN) {
            return false;
        }
        self.writes += 1;
        self.written += bytes;
        true
    }

    /// Whether a call is answered.
    pub(super) fn may_read(&mut self, millis: i64) -> bool {
        self.turn(millis);
        self.reads += 1;
        self.reads <= READS
    }

    fn turn(&mut self, millis: i64) {
        let second = millis.div_euclid(1_000);
        if second != self.second {
            *self = Quota {
                second,
                ..Quota::default()
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_so_many_records_bytes_and_calls() {
        let mut quota = Quota::default();
        let taken = (0..1_200).filter(|_| quota.may_write(10, 5)).count();
        assert_eq!(taken, 1_000);
        let taken = (0..10).filter(|_| quota.may_write(200_000, 1_005)).count();
        assert_eq!(taken, 5);
        assert!(quota.may_write(5 << 20, 2_000) && !quota.may_write(1, 2_999));
        let answered = (0..7).filter(|_| quota.may_read(3_000)).count();
        assert_eq!(answered, 5);
        assert!(quota.may_read(4_000));
    }
}
