//! StreamsGroupDescribe (key 89), version 0 (KIP-1071): streams groups with their topology, members and tasks.
//!
//! Left out: offsets of tasks, which 4.3's members do not send.

use crate::api::{Answer, Api, Disconnect, Request, each_once, operations};
use crate::coordinator::codec::{Field, Reader, Writer};
use crate::coordinator::streams::messages::{
    DescribedGroup, StreamsGroupDescribeRequest, StreamsGroupDescribeResponse,
};
use crate::server::Reply;
use kafka_protocol::ResponseError;

/// This API's entry in the dispatch table.
pub(crate) const API: Api = Api { key: 89, min: 0, max: 0, handler: |request| Box::pin(handle(request)) };

async fn handle(request: Request) -> Answer {
    let body = StreamsGroupDescribeRequest::read(&mut Reader::new(&request.body))
        .map_err(|_| Disconnect::Malformed { key: request.header.key, version: request.header.version })?;
    let mut groups: Vec<_> = each_once(&body.group_ids).map(|id| describe(&request, id)).collect();
    if body.include_authorized_operations {
        let found = groups.iter_mut().filter(|group| group.error_code == 0);
        found.for_each(|group| group.authorized_operations = operations::GROUP);
    }
    let mut w = Writer::new();
    StreamsGroupDescribeResponse { throttle_time_ms: 0, groups }.write(&mut w);
    Ok(Reply::bytes(w.into_bytes().into()))
}

fn describe(request: &Request, id: &str) -> DescribedGroup {
    let broker = &request.broker;
    let known = match id.is_empty() {
        true => Err(ResponseError::InvalidGroupId),
        false => broker.coordinators.groups(),
    };
    let described =
        known.and_then(|groups| groups.request(broker, id, |state, _, _| state.describe_streams(id)));
    described.unwrap_or_else(|error| DescribedGroup {
        error_code: error.code(),
        group_id: id.to_owned(),
        authorized_operations: i32::MIN,
        ..DescribedGroup::default()
    })
}
