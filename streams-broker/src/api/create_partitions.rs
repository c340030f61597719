//! CreatePartitions (key 37), versions 0–3.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::create_partitions_request::{CreatePartitionsRequest, CreatePartitionsTopic};
use kafka_protocol::messages::create_partitions_response::{
    CreatePartitionsResponse, CreatePartitionsTopicResult,
};

use super::create_topics::MAX_PARTITIONS;
use super::repeated::first_of_each;
use super::support::{Failure, check_replicas};
use super::{Request, api};
use crate::broker::Broker;
use crate::topics::is_internal;

api!(ApiKey::CreatePartitions, 0..=3, CreatePartitionsRequest, create_partitions);

async fn create_partitions(request: &Request, body: CreatePartitionsRequest) -> CreatePartitionsResponse {
    let mut records = 0;
    let results = first_of_each(&body.topics, |asked| &asked.name)
        .map(|(asked, repeated)| {
            let result =
                CreatePartitionsTopicResult::default().with_name(asked.name.clone()).with_error_message(None);
            let outcome = if body.timeout_ms <= 0 {
                Err(ResponseError::RequestTimedOut.into())
            } else if repeated {
                Err(Failure::new(ResponseError::InvalidRequest, "Duplicate topic name."))
            } else {
                create(&request.broker, asked, &mut records, body.validate_only)
            };
            match outcome {
                Ok(()) => result,
                Err(failure) => result.with_error_code(failure.code).with_error_message(failure.text()),
            }
        })
        .collect();
    CreatePartitionsResponse::default().with_results(results)
}

fn create(
    broker: &Broker,
    asked: &CreatePartitionsTopic,
    records: &mut i32,
    validate_only: bool,
) -> Result<(), Failure> {
    let topic = broker.topics.get(&asked.name).ok_or(ResponseError::UnknownTopicOrPartition)?;
    // Groups and transactional ids are spread over the partitions that there are.
    if is_internal(&topic.name) {
        let message = format!("The topic {} is the broker's own and keeps its partitions.", topic.name);
        return Err(Failure::new(ResponseError::InvalidRequest, message));
    }
    let current = topic.partitions().len() as i32;
    if asked.count <= current {
        let message = if asked.count == current {
            format!("Topic already has {current} partition(s).")
        } else {
            format!(
                "The topic {} currently has {current} partition(s); {} would not be an increase.",
                topic.name, asked.count
            )
        };
        return Err(Failure::new(ResponseError::InvalidPartitions, message));
    }
    if let Some(assignments) = &asked.assignments {
        let more = asked.count - current;
        if assignments.len() as i32 != more {
            return Err(Failure::new(
                ResponseError::InvalidReplicaAssignment,
                format!(
                    "Attempted to add {more} additional partition(s), but only {} assignment(s) were specified.",
                    assignments.len()
                ),
            ));
        }
        for assignment in assignments {
            check_replicas(broker, &assignment.broker_ids)?;
        }
    }
    // Apache Kafka's controller takes so many records for one request, and one is a partition. It
    // gives no better error.
    *records = records.saturating_add(asked.count - current);
    if *records > MAX_PARTITIONS {
        return Err(ResponseError::UnknownServerError.into());
    }
    if !validate_only {
        broker.topics.add_partitions(&topic, asked.count)?;
    }
    Ok(())
}
