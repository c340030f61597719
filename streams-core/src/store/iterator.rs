//! Iterators over stores.

use std::fmt;

use super::bytes::Scan;
use crate::error::Result;

type Decode<'a, T> = Box<dyn FnMut(&[u8], &[u8]) -> Result<Option<T>> + 'a>;

/// An iterator over entries of a store, in the store's order. It borrows the store: collect what is to be forwarded.
///
/// After an error it is exhausted.
pub struct StoreIterator<'a, T> {
    scan: Option<Scan<'a>>,
    decode: Decode<'a, T>,
}

impl<'a, T> StoreIterator<'a, T> {
    /// An iterator that decodes what `scan` finds; entries decoded to `None` are left out.
    pub(crate) fn new(scan: Scan<'a>, decode: impl FnMut(&[u8], &[u8]) -> Result<Option<T>> + 'a) -> Self {
        Self { scan: Some(scan), decode: Box::new(decode) }
    }

    fn advance(&mut self) -> Result<Option<T>> {
        let Some(scan) = &mut self.scan else { return Ok(None) };
        while let Some((key, value)) = scan.next()? {
            if let Some(item) = (self.decode)(key, value)? {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }
}

impl<T> Iterator for StoreIterator<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.advance().transpose();
        if !matches!(item, Some(Ok(_))) {
            self.scan = None;
        }
        item
    }
}

impl<T> fmt::Debug for StoreIterator<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreIterator").field("scan", &self.scan).finish_non_exhaustive()
    }
}
