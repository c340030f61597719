//! Keys in order.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use super::overlay::SlotId;

/// Keys of this length and shorter lie in the tree itself, so that a search does not follow pointers.
const INLINE: usize = 38;

/// A key of the index.
pub(super) enum IndexKey {
    Inline(u8, [u8; INLINE]),
    Boxed(Box<[u8]>),
}

/// The slots of keys, in the order of the keys' bytes.
pub(super) type Index = BTreeMap<IndexKey, SlotId>;

impl IndexKey {
    pub(super) fn new(key: &[u8]) -> Self {
        match u8::try_from(key.len()) {
            Ok(length) if key.len() <= INLINE => {
                let mut bytes = [0; INLINE];
                bytes[..key.len()].copy_from_slice(key);
                Self::Inline(length, bytes)
            }
            _ => Self::Boxed(key.into()),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Inline(length, bytes) => &bytes[..usize::from(*length)],
            Self::Boxed(bytes) => bytes,
        }
    }
}

impl Borrow<[u8]> for IndexKey {
    fn borrow(&self) -> &[u8] {
        self.bytes()
    }
}

impl PartialEq for IndexKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for IndexKey {}

impl PartialOrd for IndexKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for IndexKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bytes().cmp(other.bytes())
    }
}
