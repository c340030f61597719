//! DescribeLogDirs (key 35), versions 1–5. There is one folder.

use std::collections::{HashMap, HashSet};

use bytes::{BufMut, BytesMut};
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::describe_log_dirs_request::{DescribableLogDirTopic, DescribeLogDirsRequest};
use kafka_protocol::messages::describe_log_dirs_response::{
    DescribeLogDirsPartition, DescribeLogDirsResponse, DescribeLogDirsResult, DescribeLogDirsTopic,
};

use kafka_protocol::protocol::Encodable;

use super::repeated::first_of_each;
use super::support::{text, topic_name};
use super::{Answer, Api, Disconnect, Request};
use crate::server::Reply;

/// This API's entry in the dispatch table.
pub(crate) const API: Api = Api {
    key: ApiKey::DescribeLogDirs as i16,
    min: 1,
    max: 5,
    handler: |request| Box::pin(describe_log_dirs(request)),
};

/// Highest version whose layout the codec knows.
const LAYOUT: i16 = 4;

async fn describe_log_dirs(request: Request) -> Answer {
    let version = request.version().min(LAYOUT);
    let body = request.decode_as(version)?;
    let mut bytes = BytesMut::new();
    describe(&request, body)
        .encode(&mut bytes, version)
        .map_err(|error| Disconnect::Encode(error.to_string()))?;
    if request.version() > LAYOUT {
        // Version 5 has one more field behind the sizes: that the folder is not cordoned, a zero.
        // Only the two empty lists of tags follow, zeros as well.
        bytes.put_u8(0);
    }
    Ok(Reply::bytes(bytes.freeze()))
}

fn describe(request: &Request, body: DescribeLogDirsRequest) -> DescribeLogDirsResponse {
    let (total, usable) = rustix::fs::statvfs(&request.broker.data_dir).map_or((-1, -1), |disk| {
        let bytes = |blocks: u64| i64::try_from(blocks.saturating_mul(disk.f_frsize)).unwrap_or(i64::MAX);
        (bytes(disk.f_blocks), bytes(disk.f_bavail))
    });
    let mut result = DescribeLogDirsResult::default()
        .with_log_dir(text(request.broker.data_dir.to_string_lossy()))
        .with_total_bytes(total)
        .with_usable_bytes(usable);
    let asked_of: Option<HashMap<&str, HashSet<i32>>> = body.topics.as_ref().map(|topics| {
        let partitions = |topic: &DescribableLogDirTopic| topic.partitions.iter().copied().collect();
        first_of_each(topics, |topic| topic.topic.as_str())
            .map(|(topic, _)| (topic.topic.as_str(), partitions(topic)))
            .collect()
    });
    for topic in request.broker.topics.list() {
        let asked = asked_of.as_ref().map(|topics| topics.get(&*topic.name));
        if asked == Some(None) {
            continue;
        }
        let asked = asked.flatten();
        let partitions: Vec<_> = topic
            .partitions()
            .iter()
            .filter(|partition| asked.is_none_or(|asked| asked.contains(&partition.index)))
            .map(|partition| {
                DescribeLogDirsPartition::default()
                    .with_partition_index(partition.index)
                    .with_partition_size(partition.log().size() as i64)
            })
            .collect();
        if partitions.is_empty() {
            continue;
        }
        result.topics.push(
            DescribeLogDirsTopic::default().with_name(topic_name(&topic.name)).with_partitions(partitions),
        );
    }
    DescribeLogDirsResponse::default().with_results(vec![result])
}
