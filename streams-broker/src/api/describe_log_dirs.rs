//! DescribeLogDirs (key 35), versions 1–4. There is one folder; the size of the disk is unknown
//! (-1).

use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::describe_log_dirs_request::DescribeLogDirsRequest;
use kafka_protocol::messages::describe_log_dirs_response::{
    DescribeLogDirsPartition, DescribeLogDirsResponse, DescribeLogDirsResult, DescribeLogDirsTopic,
};

use super::support::{text, topic_name};
use super::{Request, api};

api!(ApiKey::DescribeLogDirs, 1..=4, DescribeLogDirsRequest, describe_log_dirs);

async fn describe_log_dirs(request: &Request, body: DescribeLogDirsRequest) -> DescribeLogDirsResponse {
    let mut result = DescribeLogDirsResult::default()
        .with_log_dir(text(request.broker.data_dir.to_string_lossy()))
        .with_total_bytes(-1)
        .with_usable_bytes(-1);
    for topic in request.broker.topics.list() {
        let asked = match &body.topics {
            None => None,
            Some(asked) => match asked.iter().find(|asked| asked.topic.as_str() == &*topic.name) {
                Some(asked) => Some(&asked.partitions),
                None => continue,
            },
        };
        let partitions = topic
            .partitions()
            .iter()
            .filter(|partition| asked.is_none_or(|asked| asked.contains(&partition.index)))
            .map(|partition| {
                DescribeLogDirsPartition::default()
                    .with_partition_index(partition.index)
                    .with_partition_size(partition.log().size() as i64)
            })
            .collect();
        result.topics.push(
            DescribeLogDirsTopic::default().with_name(topic_name(&topic.name)).with_partitions(partitions),
        );
    }
    DescribeLogDirsResponse::default().with_results(vec![result])
}
