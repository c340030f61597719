//! Which records of a batch are kept, and the batch that is left of it.

use std::borrow::Cow;
use std::io;

use rustc_hash::FxHashSet;

use super::keys::NewestOffsets;
use super::{Plan, invalid};
use crate::log::batch::{Attributes, BatchHeader};
use crate::log::builder::put_varint;
use crate::log::recompress::rewrite;
use crate::log::record::{Record, records};

/// Decides batch by batch, in the order of the log, what is kept.
#[derive(Debug)]
pub(super) struct Keeper<'a> {
    plan: &'a Plan,
    newest: NewestOffsets,
    /// Producers of whose transaction, the one whose marker comes next, something is kept.
    unended: FxHashSet<i64>,
}

impl<'a> Keeper<'a> {
    pub(super) fn new(plan: &'a Plan, newest: NewestOffsets) -> Self {
        Keeper { plan, newest, unended: FxHashSet::default() }
    }

    /// The batch that is left of `batch`; `None` if nothing is.
    pub(super) fn keep<'b>(
        &mut self,
        header: &BatchHeader,
        batch: &'b [u8],
    ) -> io::Result<Option<(BatchHeader, Cow<'b, [u8]>)>> {
        if self.plan.is_aborted(header) {
            return Ok(None);
        }
        if header.attributes.is_control() {
            let needed = self.unended.remove(&header.producer_id);
            return if needed { whole(header, batch) } else { keep_marker(self.plan, header, batch) };
        }
        let kept = keep_records(self.plan, &self.newest, header, batch)?;
        if kept.is_some() && header.attributes.is_transactional() {
            self.unended.insert(header.producer_id);
        }
        Ok(kept)
    }
}

fn whole<'a>(header: &BatchHeader, batch: &'a [u8]) -> io::Result<Option<(BatchHeader, Cow<'a, [u8]>)>> {
    Ok(Some((*header, Cow::Borrowed(batch))))
}

fn has_expired(plan: &Plan, header: &BatchHeader) -> bool {
    header.delete_horizon().is_some_and(|horizon| plan.now >= horizon)
}

fn keep_records<'a>(
    plan: &Plan,
    newest: &NewestOffsets,
    header: &BatchHeader,
    batch: &'a [u8],
) -> io::Result<Option<(BatchHeader, Cow<'a, [u8]>)>> {
    let (horizon, expired) = (header.delete_horizon(), has_expired(plan, header));
    let decoded = records(header, batch).map_err(invalid)?;
    let mut kept = Vec::new();
    let mut tombstones = false;
    for record in decoded.iter() {
        let record = record.map_err(invalid)?;
        // A record without a key can only be older than the policy: nobody can replace it.
        let Some(key) = record.key else { continue };
        let tombstone = record.value.is_none();
        if newest.is_newest(key, record.offset) && !(tombstone && expired) {
            tombstones |= tombstone;
            kept.push(record);
        }
    }
    if kept.is_empty() {
        return Ok(None);
    }
    let needs_horizon = tombstones && horizon.is_none();
    if kept.len() == header.record_count as usize && !needs_horizon {
        return whole(header, batch);
    }
    let horizon =
        horizon.or_else(|| needs_horizon.then(|| plan.now.saturating_add(plan.settings.delete_retention_ms)));
    write(header, batch, &kept, horizon).map(Some)
}

/// The marker of a transaction of which nothing is left is kept as long as a tombstone, for readers that
/// have met its records. While there are any it stays: who replays the log, as the group coordinator
/// does, learns from it alone that they are committed.
fn keep_marker<'a>(
    plan: &Plan,
    header: &BatchHeader,
    batch: &'a [u8],
) -> io::Result<Option<(BatchHeader, Cow<'a, [u8]>)>> {
    if has_expired(plan, header) {
        return Ok(None);
    }
    if header.delete_horizon().is_some() {
        return whole(header, batch);
    }
    let decoded = records(header, batch).map_err(invalid)?;
    let kept = decoded.iter().collect::<Result<Vec<_>, _>>().map_err(invalid)?;
    let horizon = plan.now.saturating_add(plan.settings.delete_retention_ms);
    write(header, batch, &kept, Some(horizon)).map(Some)
}

/// Writes a batch anew: the same offsets, producer and codec, other records.
fn write<'a>(
    header: &BatchHeader,
    batch: &[u8],
    kept: &[Record<'_>],
    horizon: Option<i64>,
) -> io::Result<(BatchHeader, Cow<'a, [u8]>)> {
    let mut changed = *header;
    if let Some(horizon) = horizon {
        changed.attributes = Attributes(header.attributes.0 | Attributes::DELETE_HORIZON);
        changed.base_timestamp = horizon;
    }
    if !header.attributes.is_log_append_time() {
        changed.max_timestamp = kept.iter().map(|record| record.timestamp).max().unwrap_or(-1);
    }
    changed.record_count = kept.len() as i32;
    let mut encoded = Vec::new();
    for record in kept {
        encode(&mut encoded, record, &changed);
    }
    let mut head = batch.to_vec();
    changed.write_counts(&mut head);
    let (header, bytes) = rewrite(header.attributes.codec(), &changed, &head, &encoded)?;
    Ok((header, Cow::Owned(bytes.to_vec())))
}

fn encode(out: &mut Vec<u8>, record: &Record<'_>, header: &BatchHeader) {
    let mut body = Vec::with_capacity(record.encoded.len() + 10);
    body.push(0);
    // The broker's time stamp lies in the header alone.
    let delta = match header.attributes.is_log_append_time() {
        true => 0,
        false => record.timestamp.wrapping_sub(header.base_timestamp),
    };
    put_varint(&mut body, delta);
    put_varint(&mut body, record.offset - header.base_offset);
    for bytes in [record.key, record.value] {
        put_varint(&mut body, bytes.map_or(-1, |bytes| bytes.len() as i64));
        body.extend_from_slice(bytes.unwrap_or_default());
    }
    body.extend_from_slice(record.headers);
    put_varint(out, body.len() as i64);
    out.extend_from_slice(&body);
}
