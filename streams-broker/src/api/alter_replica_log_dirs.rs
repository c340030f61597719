//! AlterReplicaLogDirs (key 34), versions 1–2. There is one folder: to move a replica there is to
//! leave it where it is.

use std::path::Path;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::alter_replica_log_dirs_request::AlterReplicaLogDirsRequest;
use kafka_protocol::messages::alter_replica_log_dirs_response::{
    AlterReplicaLogDirPartitionResult, AlterReplicaLogDirTopicResult, AlterReplicaLogDirsResponse,
};

use super::{Request, api};

api!(ApiKey::AlterReplicaLogDirs, 1..=2, AlterReplicaLogDirsRequest, alter_replica_log_dirs);

async fn alter_replica_log_dirs(
    request: &Request,
    body: AlterReplicaLogDirsRequest,
) -> AlterReplicaLogDirsResponse {
    let broker = &request.broker;
    let mut response = AlterReplicaLogDirsResponse::default();
    for dir in body.dirs {
        let known = Path::new(dir.path.as_str()) == broker.data_dir;
        for topic in dir.topics {
            let results = topic.partitions.iter().map(|index| {
                let error = match broker.topics.partition(&topic.name, *index) {
                    _ if !known => ResponseError::LogDirNotFound.code(),
                    None => ResponseError::UnknownTopicOrPartition.code(),
                    Some(_) => 0,
                };
                AlterReplicaLogDirPartitionResult::default()
                    .with_partition_index(*index)
                    .with_error_code(error)
            });
            let partitions = results.collect();
            response.results.push(
                AlterReplicaLogDirTopicResult::default()
                    .with_topic_name(topic.name)
                    .with_partitions(partitions),
            );
        }
    }
    response
}
