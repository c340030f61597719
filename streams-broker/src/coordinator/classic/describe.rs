//! How DescribeGroups shows a classic group.

use super::{ClassicGroup, ClassicMember, ClassicState};
use kafka_protocol::messages::GroupId;
use kafka_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_protocol::protocol::StrBytes;

impl ClassicGroup {
    /// The group with its members; what they read is shown only while the group is stable, what they had goes on
    /// being shown in a rebalance.
    pub(crate) fn describe(&self) -> DescribedGroup {
        let stable = self.state == ClassicState::Stable;
        let protocol = if stable { self.protocol.clone().unwrap_or_default() } else { String::new() };
        let member = |m: &ClassicMember| {
            let base = DescribedGroupMember::default()
                .with_member_id(StrBytes::from_string(m.id.clone()))
                .with_group_instance_id(m.instance_id.clone().map(StrBytes::from_string))
                .with_client_id(StrBytes::from_string(m.client_id.clone()))
                .with_client_host(StrBytes::from_string(m.client_host.clone()))
                .with_member_assignment(m.assignment.clone());
            if stable { base.with_member_metadata(m.metadata(&protocol)) } else { base }
        };
        DescribedGroup::default()
            .with_group_id(GroupId(StrBytes::from_string(self.id.clone())))
            .with_group_state(StrBytes::from_static_str(self.state.name()))
            .with_protocol_type(StrBytes::from_string(self.protocol_type.clone().unwrap_or_default()))
            .with_protocol_data(StrBytes::from_string(protocol.clone()))
            .with_members(self.members.values().map(member).collect())
    }
}
