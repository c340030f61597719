//! An answer on its way to the socket: encoded bytes and regions of log files, in order.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;

/// A region of a log file that goes to the socket without passing through user space.
#[derive(Debug, Clone)]
pub(crate) struct FileSlice {
    /// The segment's file; shared, so a segment that is deleted meanwhile can still be sent.
    pub(crate) file: Arc<File>,
    /// Position of the first byte.
    pub(crate) position: u64,
    /// Number of bytes.
    pub(crate) length: usize,
}

/// One piece of an answer.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// Encoded bytes.
    Bytes(Bytes),
    /// Record batches as they lie in a log file.
    File(FileSlice),
}

impl FileSlice {
    /// Reads the region into memory.
    pub(crate) fn load(&self) -> io::Result<Bytes> {
        let mut bytes = vec![0; self.length];
        self.file.read_exact_at(&mut bytes, self.position)?;
        Ok(bytes.into())
    }
}

impl Part {
    fn len(&self) -> usize {
        match self {
            Part::Bytes(bytes) => bytes.len(),
            Part::File(slice) => slice.length,
        }
    }
}

/// The body of an answer, or the decision to send none.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// The response's body, without length and header.
    Body(Vec<Part>),
    /// No answer: Produce with acks=0.
    Nothing,
}

impl Reply {
    /// A body that is one run of bytes.
    pub(crate) fn bytes(bytes: Bytes) -> Self {
        Reply::Body(vec![Part::Bytes(bytes)])
    }

    /// Number of bytes of the body.
    pub(crate) fn len(&self) -> usize {
        match self {
            Reply::Body(parts) => parts.iter().map(Part::len).sum(),
            Reply::Nothing => 0,
        }
    }
}
