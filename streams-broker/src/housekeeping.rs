//! Work on the logs behind the requests' backs: completed segments are synced, old ones deleted,
//! topics compacted, idle producers forgotten. One pass at a time, on a blocking thread; idle
//! partitions cost a look at a few numbers.

use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::time::{Duration, Instant, sleep_until};
use tracing::error;
use uuid::Uuid;

use crate::broker::Broker;
use crate::clock::now_ms;
use crate::config::TopicConfig;
use crate::log::{LogError, SegmentFacts};
use crate::topics::Partition;

/// Which parts of the work are due.
#[derive(Debug, Clone, Default)]
struct Due {
    retention: bool,
    compaction: bool,
    /// The topics to sync.
    flush: HashSet<Uuid>,
}

/// When topics with a `flush.ms` were last synced, or were seen first.
#[derive(Debug, Default)]
struct Flushes(HashMap<Uuid, Instant>);

impl Flushes {
    /// When the next of the topics is due.
    fn next(&mut self, topics: &[(Uuid, Duration)], now: Instant) -> Option<Instant> {
        let mut known = std::mem::take(&mut self.0);
        self.0 = topics.iter().map(|(id, _)| (*id, known.remove(id).unwrap_or(now))).collect();
        topics.iter().map(|(id, interval)| self.0[id] + *interval).min()
    }

    /// The topics that are due; their time begins anew.
    fn take_due(&mut self, topics: &[(Uuid, Duration)], now: Instant) -> HashSet<Uuid> {
        let mut due = HashSet::new();
        for (id, interval) in topics {
            if let Some(last) = self.0.get_mut(id).filter(|last| **last + *interval <= now) {
                *last = now;
                due.insert(*id);
            }
        }
        due
    }
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
    let mut flushes = Flushes::default();
    loop {
        let flushed = flushed_topics(broker);
        let next_flush = flushes.next(&flushed, Instant::now());
        let wake = next_retention.min(next_compaction).min(next_flush.unwrap_or(next_retention));
        tokio::select! {
            () = broker.topics.housekeeping.notified() => {}
            () = sleep_until(wake) => {}
        }
        let now = Instant::now();
        let due = Due {
            retention: now >= next_retention,
            compaction: now >= next_compaction && broker.settings.flag("log.cleaner.enable"),
            flush: flushes.take_due(&flushed, now),
        };
        let worker = Arc::clone(broker);
        // A panic there is reported by the runtime; the next pass tries again.
        let _ = tokio::task::spawn_blocking(move || pass(&worker, &due)).await;
        if now >= next_retention {
            next_retention = next(retention);
        }
        if now >= next_compaction {
            next_compaction = next(compaction);
        }
    }
}

/// The topics that have a `flush.ms`, with it.
fn flushed_topics(broker: &Broker) -> Vec<(Uuid, Duration)> {
    let interval = |ms: i64| (ms < i64::MAX).then(|| Duration::from_millis(ms.max(10) as u64));
    let topics = broker.topics.list();
    topics.iter().filter_map(|topic| Some((topic.id, interval(topic.config().flush_ms)?))).collect()
}

/// Does all that could be due.
#[cfg(test)]
pub(crate) fn pass_all(broker: &Broker) {
    let flush = broker.topics.list().iter().map(|topic| topic.id).collect();
    pass(broker, &Due { retention: true, compaction: true, flush });
}

/// One pass over all partitions.
fn pass(broker: &Broker, due: &Due) {
    for topic in broker.topics.list() {
        let config = topic.config();
        let flush = due.flush.contains(&topic.id);
        for partition in topic.partitions().iter() {
            if let Err(error) = keep(broker, partition, &config, due, flush)
                && !partition.is_deleted()
            {
                error!(topic = %topic.name, partition = partition.index, ?error, "housekeeping failed");
            }
        }
    }
}

fn keep(
    broker: &Broker,
    partition: &Partition,
    config: &TopicConfig,
    due: &Due,
    flush: bool,
) -> Result<(), LogError> {
    // First of all: where the disk is full that makes room for what the rest writes.
    let mut retained = Ok(0);
    if due.retention && config.delete {
        let now = now_ms();
        retained = partition.log().retain(|segment| expired(segment, config, now));
    }
    let jobs = partition.log().seal_jobs()?;
    for job in &jobs {
        let sealed = job.run(config.log.sync)?;
        partition.log().retired(sealed)?;
    }
    if flush && config.flush_ms < i64::MAX {
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
    retained.map(|_| ())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_synced_in_time_however_often_the_housekeeper_is_woken() {
        let (often, seldom) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let ms = Duration::from_millis;
        let topics = [(often, ms(100)), (seldom, ms(1_000))];
        let (mut flushes, start) = (Flushes::default(), Instant::now());
        let mut synced = Vec::new();
        for turn in 0..=105 {
            let now = start + ms(turn * 10);
            assert!(flushes.next(&topics, now) <= Some(now + ms(100)));
            synced.extend(flushes.take_due(&topics, now).into_iter().map(|id| (turn * 10, id)));
        }
        let of = |topic| synced.iter().filter(|(_, id)| *id == topic).map(|(at, _)| *at).collect::<Vec<_>>();
        assert_eq!(of(often), (1..=10).map(|n| n * 100).collect::<Vec<_>>());
        assert_eq!(of(seldom), [1_000]);
    }
}
