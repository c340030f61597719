//! Work on the logs behind the requests' backs: completed segments are synced, old ones deleted,
//! topics compacted, idle producers forgotten. One pass at a time, on a blocking thread; idle
//! partitions cost a look at a few numbers.

use std::io::ErrorKind;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::time::{Duration, Instant, sleep_until};
use tracing::error;

use crate::broker::Broker;
use crate::clock::now_ms;
use crate::config::TopicConfig;
use crate::log::{LogError, SegmentFacts};
use crate::topics::Partition;

/// Which parts of the work are due.
#[derive(Debug, Clone, Copy)]
struct Due {
    retention: bool,
    compaction: bool,
    flush: bool,
}

/// Starts the housekeeper; it ends with the broker.
pub(crate) fn start(broker: &Arc<Broker>, runtime: &Handle) {
    let broker = Arc::clone(broker);
    runtime.spawn(async move {
        let mut stop = broker.stop_signal();
        tokio::select! {
            () = run(&broker) => {}
            () = stop.stopped() => {}
        }
    });
}

async fn run(broker: &Arc<Broker>) {
    let millis = |key: &str| Duration::from_millis(broker.settings.number(key).max(1) as u64);
    let next = |key| Instant::now() + millis(key);
    let (retention, compaction) = ("log.retention.check.interval.ms", "log.cleaner.backoff.ms");
    let mut next_retention = next(retention);
    let mut next_compaction = next(compaction);
    loop {
        let next_flush = flush_interval(broker).map(|interval| Instant::now() + interval);
        let wake = next_retention.min(next_compaction).min(next_flush.unwrap_or(next_retention));
        tokio::select! {
            () = broker.topics.housekeeping.notified() => {}
            () = sleep_until(wake) => {}
        }
        let now = Instant::now();
        let due = Due {
            retention: now >= next_retention,
            compaction: now >= next_compaction && broker.settings.flag("log.cleaner.enable"),
            flush: next_flush.is_some_and(|next| now >= next),
        };
        let worker = Arc::clone(broker);
        // A panic there is reported by the runtime; the next pass tries again.
        let _ = tokio::task::spawn_blocking(move || pass(&worker, due)).await;
        if due.retention {
            next_retention = next(retention);
        }
        if now >= next_compaction {
            next_compaction = next(compaction);
        }
    }
}

/// The shortest `flush.ms` of all topics, if one has it.
fn flush_interval(broker: &Broker) -> Option<Duration> {
    let shortest = broker.topics.list().iter().map(|topic| topic.config().flush_ms).min()?;
    (shortest < i64::MAX).then(|| Duration::from_millis(shortest.max(10) as u64))
}

/// Does all that could be due.
#[cfg(test)]
pub(crate) fn pass_all(broker: &Broker) {
    pass(broker, Due { retention: true, compaction: true, flush: true });
}

/// One pass over all partitions.
fn pass(broker: &Broker, due: Due) {
    for topic in broker.topics.list() {
        let config = topic.config();
        for partition in topic.partitions().iter() {
            if let Err(error) = keep(broker, partition, &config, due)
                && !partition.is_deleted()
            {
                error!(topic = %topic.name, partition = partition.index, ?error, "housekeeping failed");
            }
        }
    }
}

fn keep(broker: &Broker, partition: &Partition, config: &TopicConfig, due: Due) -> Result<(), LogError> {
    // First of all: where the disk is full that makes room for what the rest writes.
    if due.retention && config.delete {
        let now = now_ms();
        partition.log().retain(|segment| expired(segment, config, now))?;
    }
    let jobs = partition.log().seal_jobs()?;
    for job in &jobs {
        let sealed = job.run(config.log.sync)?;
        partition.log().retired(sealed)?;
    }
    if due.flush && config.flush_ms < i64::MAX {
        partition.log().flush()?;
    }
    if due.retention {
        let idle = broker.settings.number("producer.id.expiration.ms");
        partition.log().expire_producers(now_ms() - idle);
    }
    if due.compaction && config.compact {
        compact(partition, config)?;
    }
    if due.retention {
        partition.log().release();
    }
    Ok(())
}

fn expired(segment: &SegmentFacts, config: &TopicConfig, now: i64) -> bool {
    let by_time = config.retention_ms >= 0
        && segment.max_timestamp >= 0
        && now.saturating_sub(segment.max_timestamp) > config.retention_ms;
    let by_size =
        u64::try_from(config.retention_bytes).is_ok_and(|limit| segment.log_size - segment.size >= limit);
    by_time || by_size
}

/// Compacts a partition until it is not worth it any more.
fn compact(partition: &Partition, config: &TopicConfig) -> Result<(), LogError> {
    loop {
        let Some(plan) = partition.log().plan_compaction(config.compaction, now_ms()) else { return Ok(()) };
        let compacted = match plan.run() {
            // DeleteRecords was faster: the next pass plans anew.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            compacted => compacted?,
        };
        partition.log().swap(compacted)?;
    }
}
