//! The states of a task (features R4).

use std::fmt;

use crate::error::{Error, ErrorKind, Result};

/// Where a task is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskStatus {
    /// Its stores are open; it may be restored.
    Created,
    /// Its stores are being filled from their changelogs.
    Restoring,
    /// It processes records.
    Running,
    /// It lost its partitions and may get them back.
    Suspended,
    /// It is over.
    Closed,
}

impl TaskStatus {
    /// The next state, if Kafka's tasks may go there from here.
    pub(crate) fn to(self, next: Self) -> Result<Self> {
        use TaskStatus::{Closed, Created, Restoring, Running, Suspended};
        let allowed = match self {
            Created => matches!(next, Restoring | Running | Suspended | Closed),
            Restoring => matches!(next, Restoring | Running | Suspended | Closed),
            Running => matches!(next, Suspended | Closed),
            Suspended => matches!(next, Restoring | Running | Suspended | Closed),
            Closed => next == Closed,
        };
        if allowed { Ok(next) } else { Err(self.refuse(&format!("become {next}"))) }
    }

    /// An error unless the task is running.
    pub(crate) fn expect_running(self, what: &str) -> Result<()> {
        if self == Self::Running { Ok(()) } else { Err(self.refuse(what)) }
    }

    fn refuse(self, what: &str) -> Error {
        Error::new(ErrorKind::Closed, format!("a task that is {self} cannot {what}"))
    }
}

impl fmt::Display for TaskStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created => "created",
            Self::Restoring => "restoring",
            Self::Running => "running",
            Self::Suspended => "suspended",
            Self::Closed => "closed",
        })
    }
}
