//! Tables of words, ready to be copied into a record.

/// Behind every table there are so many bytes that do not matter, so that a short word can be
/// copied in one piece of fixed size.
pub(crate) const TABLE_SLACK: usize = 32;

/// Words in one piece of memory, as they are written.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    bytes: Box<[u8]>,
    /// Where each word starts, and behind the last the end.
    starts: Box<[u32]>,
}

impl Words {
    /// A table of these pieces, written as they are.
    pub(crate) fn of_pieces<T: AsRef<[u8]>>(pieces: impl IntoIterator<Item = T>) -> Words {
        let (mut bytes, mut starts) = (Vec::new(), vec![0]);
        for piece in pieces {
            bytes.extend_from_slice(piece.as_ref());
            starts.push(bytes.len() as u32);
        }
        bytes.resize(bytes.len() + TABLE_SLACK, 0);
        Words {
            bytes: bytes.into(),
            starts: starts.into(),
        }
    }

    /// How many words.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The table's memory and where word `index` stands in it.
    #[inline]
    pub(crate) fn word(&self, index: usize) -> (&[u8], usize, usize) {
        let (start, end) = (self.starts[index] as usize, self.starts[index + 1] as usize);
        (&self.bytes, start, end - start)
    }

    /// All words.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|index| {
            let (bytes, start, len) = self.word(index);
            &bytes[start..start + len]
        })
    }

    /// The length of the longest word.
    pub(crate) fn longest(&self) -> usize {
        self.iter().map(<[u8]>::len).max().unwrap_or(0)
    }
}

/// A text in a place of fixed size: the last byte says how long the text is, and what is between the
/// two does not matter. One memory access finds it, and it is copied as a whole.
pub(crate) type Slot<const N: usize> = [u8; N];

/// The text made of these parts in a slot. It has to be shorter than the slot.
pub(crate) fn slot<const N: usize>(parts: [&[u8]; 3]) -> Slot<N> {
    let (mut slot, mut at) = ([0; N], 0);
    for part in parts {
        slot[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    }
    slot[N - 1] = at as u8;
    slot
}

/// The texts in `count` slots from `first` on.
pub(crate) fn texts<const N: usize>(
    slots: &[Slot<N>],
    first: u32,
    count: u32,
) -> impl Iterator<Item = &[u8]> {
    let slots = &slots[first as usize..][..count as usize];
    slots.iter().map(|slot| &slot[..usize::from(slot[N - 1])])
}

/// A text as it stands between the quotes of a JSON string.
pub(crate) fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
