//! Memory that is written front to back, emptied, and written again.

/// Bytes written one behind the other. Its memory is cleared once, when it grows, and not again for
/// every lap: whoever writes gets a slice with what was there before ([`room`](Buffer::room)).
#[derive(Clone, Debug, Default)]
pub struct Buffer {
    memory: Vec<u8>,
    len: usize,
}

impl Buffer {
    /// An empty one with room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Buffer {
        Buffer {
            memory: Vec::with_capacity(bytes),
            len: 0,
        }
    }

    /// How many bytes are written.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What is written.
    pub fn as_slice(&self) -> &[u8] {
        &self.memory[..self.len]
    }

    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Moves what is written in `from` to the front of `to`, which is before it.
    pub(crate) fn shift(&mut self, from: std::ops::Range<usize>, to: usize) {
        self.memory[..self.len].copy_within(from, to);
    }

    /// Forgets what is written behind the first `len` bytes.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Room for `least` bytes or more behind what is written, with any content. Nothing of it counts
    /// until [`advance`](Buffer::advance). If it has to grow, then for `times` times as many.
    #[inline]
    pub fn room(&mut self, least: usize, times: usize) -> &mut [u8] {
        if self.memory.len() - self.len < least {
            let len = self.len + least * times.max(1);
            self.memory.resize(len, 0);
        }
        &mut self.memory[self.len..]
    }

    /// The first `len` bytes of the [`room`](Buffer::room) are written.
    #[inline]
    pub fn advance(&mut self, len: usize) {
        self.len += len;
        debug_assert!(self.len <= self.memory.len());
    }

    /// Appends these bytes.
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.room(bytes.len(), 1)[..bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }
}

impl Extend<u8> for Buffer {
    fn extend<T: IntoIterator<Item = u8>>(&mut self, bytes: T) {
        self.memory.truncate(self.len);
        self.memory.extend(bytes);
        self.len = self.memory.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_before_is_not_seen() {
        let mut buffer = Buffer::default();
        buffer.extend_from_slice(b"before");
        buffer.clear();
        assert!(buffer.is_empty() && buffer.as_slice().is_empty());
        buffer.room(3, 1)[..2].copy_from_slice(b"ab");
        buffer.advance(2);
        assert_eq!(buffer.as_slice(), b"ab");
        buffer.extend(*b"cdefghij");
        assert_eq!((buffer.as_slice(), buffer.len()), (&b"abcdefghij"[..], 10));
    }

    #[test]
    fn it_grows_for_several_at_once() {
        let mut buffer = Buffer::default();
        assert_eq!(buffer.room(10, 4).len(), 40);
        buffer.advance(35);
        assert_eq!(buffer.room(5, 4).len(), 5);
        assert_eq!(buffer.room(6, 0).len(), 6);
    }
}
