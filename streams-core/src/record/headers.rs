//! Record headers: an ordered list of names and values that costs nothing while it is empty.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// One header: a name, and a value that may be null.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Header {
    /// The header's name; several headers may have the same.
    pub key: String,
    /// The header's value; `None` is Kafka's null.
    pub value: Option<Bytes>,
}

/// The headers of a record, in order; names may repeat.
///
/// A clone is independent of its original. The copies that a node hands to its several children are *not*: as in
/// Kafka Streams the children share one list, so that what one child adds or removes is seen by the children that run
/// after it (see [`Headers::share`]).
///
/// ```
/// use streams_core::Headers;
///
/// let mut headers = Headers::new();
/// headers.add("trace", Some("a1"));
/// headers.add("trace", Some("a2"));
/// assert_eq!(headers.last("trace").unwrap().value.as_deref(), Some(&b"a2"[..]));
/// headers.remove("trace");
/// assert!(headers.is_empty());
/// ```
#[derive(Default)]
pub struct Headers {
    list: Option<Arc<Mutex<Vec<Header>>>>,
}

impl Headers {
    /// No headers. Allocates nothing.
    pub const fn new() -> Self {
        Self { list: None }
    }

    /// Appends a header.
    pub fn add(&mut self, key: impl Into<String>, value: Option<impl Into<Vec<u8>>>) {
        let header = Header { key: key.into(), value: value.map(|value| Bytes::from(value.into())) };
        self.push(header);
    }

    /// Appends a header that is already made.
    pub fn push(&mut self, header: Header) {
        lock(self.list.get_or_insert_default()).push(header);
    }

    /// Removes all headers of that name.
    pub fn remove(&mut self, key: &str) {
        if let Some(list) = &self.list {
            lock(list).retain(|header| header.key != key);
        }
    }

    /// The last header of that name.
    pub fn last(&self, key: &str) -> Option<Header> {
        let list = self.list.as_ref()?;
        lock(list).iter().rev().find(|header| header.key == key).cloned()
    }

    /// Whether there is no header.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of headers.
    pub fn len(&self) -> usize {
        self.list.as_ref().map_or(0, |list| lock(list).len())
    }

    /// All headers, in order.
    pub fn to_vec(&self) -> Vec<Header> {
        self.list.as_ref().map_or_else(Vec::new, |list| lock(list).clone())
    }

    /// Calls `f` with all headers, in order, without copying them.
    pub fn with<R>(&self, f: impl FnOnce(&[Header]) -> R) -> R {
        match &self.list {
            Some(list) => f(&lock(list)),
            None => f(&[]),
        }
    }

    /// A second handle on the *same* list: what is added through one is seen through the other.
    ///
    /// This is how a node hands one record to several children (Kafka's rule, `Record.headers()` being one mutable
    /// object).
    #[must_use]
    pub fn share(&mut self) -> Self {
        Self { list: Some(Arc::clone(self.list.get_or_insert_default())) }
    }

    /// The same headers, no longer shared with anybody.
    #[must_use]
    #[inline]
    pub fn detach(self) -> Self {
        match self.list {
            None => Self { list: None },
            Some(list) => unshared(list),
        }
    }
}

#[inline(never)]
fn unshared(list: Arc<Mutex<Vec<Header>>>) -> Headers {
    let shared = Arc::strong_count(&list) > 1;
    let headers = Headers { list: Some(list) };
    if shared { headers.clone() } else { headers }
}

#[inline(never)]
fn copy(list: &Arc<Mutex<Vec<Header>>>) -> Headers {
    lock(list).iter().cloned().collect()
}

fn lock(list: &Arc<Mutex<Vec<Header>>>) -> MutexGuard<'_, Vec<Header>> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Clone for Headers {
    #[inline]
    fn clone(&self) -> Self {
        match &self.list {
            Some(list) => copy(list),
            None => Self::new(),
        }
    }
}

impl FromIterator<Header> for Headers {
    fn from_iter<I: IntoIterator<Item = Header>>(headers: I) -> Self {
        let list: Vec<Header> = headers.into_iter().collect();
        Self { list: (!list.is_empty()).then(|| Arc::new(Mutex::new(list))) }
    }
}

impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        let ours = self.to_vec();
        other.with(|theirs| ours == theirs)
    }
}

impl Eq for Headers {}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with(|list| f.debug_list().entries(list).finish())
    }
}

#[cfg(test)]
mod tests {
    use super::Headers;

    #[test]
    fn a_clone_is_independent_and_a_share_is_not() {
        let mut original = Headers::new();
        let shared = original.share();
        let copied = original.clone();
        original.add("a", Some("1"));
        assert_eq!(shared.len(), 1);
        assert_eq!(copied.len(), 0);
        let mut detached = shared.detach();
        detached.add("b", None::<Vec<u8>>);
        assert_eq!(original.len(), 1);
        assert_eq!(detached.len(), 2);
    }
}
