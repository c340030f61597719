//! The name of a task.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// One sub-topology on one partition, written `<sub-topology>_<partition>` as Kafka does.
///
/// ```
/// use streams_core::TaskId;
///
/// let id: TaskId = "1_3".parse()?;
/// assert_eq!((id.subtopology, id.partition), (1, 3));
/// assert_eq!(id.to_string(), "1_3");
/// # Ok::<(), streams_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId {
    /// The number of the sub-topology.
    pub subtopology: i32,
    /// The partition.
    pub partition: i32,
}

impl TaskId {
    /// The task of `subtopology` on `partition`.
    pub const fn new(subtopology: i32, partition: i32) -> Self {
        Self { subtopology, partition }
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.subtopology, self.partition)
    }
}

impl FromStr for TaskId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parse = |part: &str| part.parse::<i32>().ok().filter(|number| *number >= 0);
        text.split_once('_')
            .and_then(|(subtopology, partition)| Some(Self::new(parse(subtopology)?, parse(partition)?)))
            .ok_or_else(|| {
                Error::argument(format!("`{text}` is not a task id; expected `<sub-topology>_<partition>`"))
            })
    }
}
