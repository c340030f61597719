//! How StreamsGroupDescribe shows a group, and what can be queried where.

use super::group::{StreamsGroup, StreamsMember};
use super::messages::*;
use super::tasks::{TaskSet, Tasks};
use crate::coordinator::topics::TopicView;
use kafka_protocol::ResponseError;
use std::collections::BTreeMap;

/// What Kafka answers when operations are not asked for.
const NO_OPERATIONS: i32 = i32::MIN;

/// The description of a group that is not there, or not a streams group.
pub(crate) fn missing_group(id: &str, message: String) -> DescribedGroup {
    DescribedGroup {
        error_code: ResponseError::GroupIdNotFound.code(),
        error_message: Some(message),
        group_id: id.to_owned(),
        authorized_operations: NO_OPERATIONS,
        ..DescribedGroup::default()
    }
}

impl StreamsGroup {
    /// The group with its topology and members.
    pub(crate) fn describe(&self) -> DescribedGroup {
        let topology = self.topology.as_ref().map(|t| DescribedTopology {
            epoch: t.epoch,
            subtopologies: Some(t.subtopologies.iter().map(|s| self.describe_subtopology(s)).collect()),
        });
        DescribedGroup {
            group_id: self.id.clone(),
            group_state: self.state_name().to_owned(),
            group_epoch: self.epoch,
            assignment_epoch: self.target_epoch,
            topology,
            members: self.members.iter().map(|(id, m)| self.describe_member(id, m)).collect(),
            authorized_operations: NO_OPERATIONS,
            ..DescribedGroup::default()
        }
    }

    fn describe_subtopology(&self, s: &Subtopology) -> DescribedSubtopology {
        DescribedSubtopology {
            subtopology_id: s.subtopology_id.clone(),
            source_topics: s.source_topics.clone(),
            repartition_sink_topics: s.repartition_sink_topics.clone(),
            state_changelog_topics: s.state_changelog_topics.clone(),
            repartition_source_topics: s.repartition_source_topics.clone(),
        }
    }

    fn describe_member(&self, id: &str, m: &StreamsMember) -> DescribedMember {
        let target = self.target.get(id).cloned().unwrap_or_default();
        DescribedMember {
            member_id: id.to_owned(),
            member_epoch: m.epoch,
            instance_id: m.metadata.instance_id.clone(),
            rack_id: m.metadata.rack_id.clone(),
            client_id: m.metadata.client_id.clone(),
            client_host: m.metadata.client_host.clone(),
            topology_epoch: m.metadata.topology_epoch,
            process_id: m.metadata.process_id.clone(),
            user_endpoint: m.metadata.user_endpoint.clone(),
            client_tags: m.metadata.client_tags.clone(),
            assignment: assignment(&m.assigned),
            target_assignment: assignment(&target),
            ..DescribedMember::default()
        }
    }

    /// The topics' partitions that can be queried at each endpoint.
    pub(crate) fn endpoint_partitions(&self, topics: &dyn TopicView) -> Vec<EndpointPartitions> {
        let partitions = |endpoint: &Endpoint, member: &StreamsMember| EndpointPartitions {
            user_endpoint: endpoint.clone(),
            active_partitions: self.source_partitions(topics, &member.assigned.active),
            standby_partitions: self.source_partitions(topics, &member.assigned.standby),
        };
        self.endpoints().map(|(endpoint, member)| partitions(endpoint, member)).collect()
    }

    /// The partitions of the topics that tasks read. A topic may have fewer than its sub-topology has tasks.
    fn source_partitions(&self, topics: &dyn TopicView, tasks: &TaskSet) -> Vec<TopicPartitions> {
        let mut all: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
        for subtopology in self.topology.iter().flat_map(|t| &t.subtopologies) {
            let of_it = tasks.0.iter().filter(|(s, _)| *s == subtopology.subtopology_id);
            let partitions: Vec<i32> = of_it.map(|(_, p)| *p).collect();
            let sources = subtopology.source_topics.iter().map(String::as_str);
            let repartition = subtopology.repartition_source_topics.iter().map(|t| t.name.as_str());
            for topic in sources.chain(repartition) {
                let Some(found) = topics.by_name(topic) else { continue };
                let read = partitions.iter().filter(|p| found.has(**p));
                all.entry(topic).or_default().extend(read);
            }
        }
        all.into_iter()
            .filter(|(_, partitions)| !partitions.is_empty())
            .map(|(topic, partitions)| TopicPartitions { topic: topic.to_owned(), partitions })
            .collect()
    }
}

fn assignment(tasks: &Tasks) -> Assignment {
    Assignment {
        active_tasks: tasks.active.to_message(),
        standby_tasks: tasks.standby.to_message(),
        warmup_tasks: tasks.warmup.to_message(),
    }
}
