//! Iterators over stores.

use std::fmt;

use super::bytes::Scan;
use crate::error::Result;

type Decode<'a, T> = Box<dyn FnMut(&[u8], &[u8]) -> Result<Option<T>> + 'a>;

/// Where the bytes come from.
#[expect(
    clippy::large_enum_variant,
    reason = "the large variant is the common one, and iterators live on the stack"
)]
enum Source<'a> {
    Scan(Scan<'a>),
    Entries(std::vec::IntoIter<(Vec<u8>, Vec<u8>)>),
    Exhausted,
}

/// An iterator over entries of a store, in the store's order. It borrows the store: collect what is to be forwarded.
///
/// After an error it is exhausted.
pub struct StoreIterator<'a, T> {
    source: Source<'a>,
    decode: Decode<'a, T>,
}

impl<'a, T> StoreIterator<'a, T> {
    /// An iterator that decodes what `scan` finds; entries decoded to `None` are left out.
    pub(crate) fn new(scan: Scan<'a>, decode: impl FnMut(&[u8], &[u8]) -> Result<Option<T>> + 'a) -> Self {
        Self { source: Source::Scan(scan), decode: Box::new(decode) }
    }

    /// An iterator that decodes entries which were collected before.
    pub(crate) fn of_entries(
        entries: Vec<(Vec<u8>, Vec<u8>)>,
        decode: impl FnMut(&[u8], &[u8]) -> Result<Option<T>> + 'a,
    ) -> Self {
        Self { source: Source::Entries(entries.into_iter()), decode: Box::new(decode) }
    }

    fn advance(&mut self) -> Result<Option<T>> {
        loop {
            let item = match &mut self.source {
                Source::Scan(scan) => match scan.next()? {
                    Some((key, value)) => (self.decode)(key, value)?,
                    None => return Ok(None),
                },
                Source::Entries(entries) => match entries.next() {
                    Some((key, value)) => (self.decode)(&key, &value)?,
                    None => return Ok(None),
                },
                Source::Exhausted => return Ok(None),
            };
            if item.is_some() {
                return Ok(item);
            }
        }
    }
}

impl<T> Iterator for StoreIterator<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.advance().transpose();
        if !matches!(item, Some(Ok(_))) {
            self.source = Source::Exhausted;
        }
        item
    }
}

impl<T> fmt::Debug for StoreIterator<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreIterator").finish_non_exhaustive()
    }
}
