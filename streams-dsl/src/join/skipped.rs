//! Records that a join cannot use.

use streams_core::ProcessorContext;

/// Counts and logs a record that is dropped.
pub(super) fn skip<K, V>(ctx: &mut ProcessorContext<'_, K, V>, why: &str) {
    ctx.record_dropped();
    let (node, record) = (ctx.node_name(), ctx.record_context());
    let topic = record.topic.as_deref().unwrap_or_default();
    tracing::warn!(
        node,
        topic,
        partition = record.partition,
        offset = record.offset,
        "record skipped: {why}"
    );
}
