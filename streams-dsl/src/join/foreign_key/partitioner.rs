//! Partitioners of the two internal topics: the user's, held to one partition for each record.

use std::sync::Arc;

use streams_core::{Error, Partitions, Result, StreamPartitioner};

use super::response::Response;
use super::subscription::Subscription;
use crate::Data;

/// Where subscriptions go: to the partitions of the right table.
pub(super) struct ToRight<KO>(pub(super) Arc<dyn StreamPartitioner<KO, ()>>);

/// Where answers go: back to the partitions of the left table.
pub(super) struct ToLeft<K>(pub(super) Option<Arc<dyn StreamPartitioner<K, ()>>>);

impl<K: Data, KO: Data> StreamPartitioner<Option<KO>, Subscription<K>> for ToRight<KO> {
    fn partitions(&self, topic: &str, key: &Option<KO>, _: &Subscription<K>, count: i32) -> Partitions {
        key.as_ref().map_or(Partitions::Default, |key| self.0.partitions(topic, key, &(), count))
    }

    fn try_partitions(
        &self,
        topic: &str,
        key: &Option<KO>,
        value: &Subscription<K>,
        count: i32,
    ) -> Result<Partitions> {
        only_one(topic, self.partitions(topic, key, value, count))
    }
}

impl<K: Data, R: Data> StreamPartitioner<K, Response<R>> for ToLeft<K> {
    fn partitions(&self, topic: &str, key: &K, value: &Response<R>, count: i32) -> Partitions {
        match (&self.0, value.partition) {
            (Some(own), _) => own.partitions(topic, key, &(), count),
            (None, Some(partition)) => Partitions::One(partition),
            (None, None) => Partitions::Default,
        }
    }

    fn try_partitions(&self, topic: &str, key: &K, value: &Response<R>, count: i32) -> Result<Partitions> {
        only_one(topic, self.partitions(topic, key, value, count))
    }
}

/// A subscription in several partitions would be answered several times, one in none never (feature P28).
fn only_one(topic: &str, partitions: Partitions) -> Result<Partitions> {
    match partitions {
        Partitions::Many(several) => match several[..] {
            [one] => Ok(Partitions::One(one)),
            _ => Err(Error::argument(format!(
                "the partitioner of a foreign-key join must choose one partition of topic `{topic}`, not {}",
                several.len()
            ))),
        },
        one => Ok(one),
    }
}
