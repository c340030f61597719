//! The broker that is soaked, and what it occupies.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::Sample;
use crate::process::resident_kib;
use streams_dsl::prelude::BoxError;

/// A child process; killed when this is dropped.
#[derive(Debug)]
pub(super) struct Broker {
    child: Child,
    address: String,
    dir: TempDir,
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Broker {
    /// Starts it with an hour's retention, segments of twelve minutes, and internal topics that roll as often.
    pub(super) fn start(executable: &Path, hour: Duration) -> Result<Self, BoxError> {
        let dir = tempfile::tempdir()?;
        let hour = hour.as_millis();
        let configs = [
            format!("log.retention.ms={hour}"),
            format!("log.roll.ms={}", hour / 5),
            format!("log.retention.check.interval.ms={}", hour / 10),
            format!("log.cleaner.backoff.ms={}", hour / 10),
            format!("log.cleaner.delete.retention.ms={}", hour / 2),
            format!("producer.id.expiration.ms={hour}"),
            format!("transactional.id.expiration.ms={hour}"),
        ];
        let mut command = Command::new(executable);
        command.args(["broker", "--listen", "127.0.0.1:0", "--data-dir"]).arg(dir.path());
        command.args(configs.iter().flat_map(|config| ["--config", config]));
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let address =
            line.split_whitespace().find(|word| word.contains(':')).ok_or("the broker did not start")?;
        Ok(Broker { address: address.to_owned(), child, dir })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn sample(&self) -> Result<Sample, BoxError> {
        let memory_kib = resident_kib(self.child.id()).ok_or("the broker has died")?;
        Ok(Sample { memory_kib, disk: size(self.dir.path()) })
    }
}

/// The bytes of all files below a folder. Files come and go meanwhile.
fn size(dir: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(dir) else { return 0 };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    sizes.sum()
}
