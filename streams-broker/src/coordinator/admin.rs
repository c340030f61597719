//! ListGroups and DescribeGroups.

use super::group::Group;
use super::state::GroupState;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::GroupId;
use kafka_protocol::messages::describe_groups_response::DescribedGroup;
use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::protocol::StrBytes;

impl GroupState {
    /// Handles ListGroups; empty filters let everything through, names are compared without case.
    pub(crate) fn list_groups(&self, states: &[StrBytes], types: &[StrBytes]) -> Vec<ListedGroup> {
        let passes = |filter: &[StrBytes], name: &str| {
            filter.is_empty() || filter.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
        };
        self.groups
            .iter()
            .filter(|(_, g)| passes(states, g.state_name()) && passes(types, g.type_name()))
            .map(|(id, group)| {
                ListedGroup::default()
                    .with_group_id(GroupId(StrBytes::from_string(id.clone())))
                    .with_protocol_type(StrBytes::from_string(group.protocol_type()))
                    .with_group_state(StrBytes::from_static_str(group.state_name()))
                    .with_group_type(StrBytes::from_static_str(group.type_name()))
            })
            .collect()
    }

    /// Handles DescribeGroups, for one group. A group that is not there is "Dead", and from v6 on also an error.
    pub(crate) fn describe_classic(&self, group_id: &GroupId, version: i16) -> DescribedGroup {
        let message = match self.groups.get(group_id.as_str()) {
            Some(Group::Classic(group)) => return group.describe(),
            Some(_) => format!("Group {} is not a classic group.", group_id.as_str()),
            None => format!("Group {} not found.", group_id.as_str()),
        };
        let dead = DescribedGroup::default()
            .with_group_id(group_id.clone())
            .with_group_state(StrBytes::from_static_str("Dead"));
        if version < 6 {
            return dead;
        }
        dead.with_error_code(ResponseError::GroupIdNotFound.code())
            .with_error_message(Some(StrBytes::from_string(message)))
    }
}
