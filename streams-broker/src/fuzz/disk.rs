//! What comes from the disk: segments, indexes, snapshots, settings. Batches come from the network,
//! too.

use std::path::Path;

use bytes::Bytes;

use crate::config::{LiveSettings, NamedConfigs, Settings, Subscription};
use crate::identity::Identity;
use crate::log::{
    BatchBuilder, BatchHeader, ControlType, Isolation, LogSettings, PartitionLog, batches, control_marker,
    recompress, records,
};
use crate::quotas::{ClientQuotas, QuotaKey};
use crate::security::ScramStore;
use crate::topics::read_metadata;

const SETTINGS: LogSettings = LogSettings {
    segment_bytes: 4_000,
    segment_ms: i64::MAX,
    index_interval: 200,
    log_append_time: false,
    sync: false,
    flush_messages: i64::MAX,
};

/// Batches of all codecs and kinds, with the offsets that a log gives them.
fn all_batches() -> Vec<Vec<u8>> {
    let plain = || BatchBuilder::new(1_000).record(Some(b"key"), Some(&[b'v'; 100]), &[("h", b"x")]);
    let mut all: Vec<Bytes> = (0..=4)
        .filter_map(|codec| {
            let batch = plain().record(None, None, &[]).build();
            let header = BatchHeader::parse(&batch).ok()?;
            recompress(codec, None, &header, &batch).ok().map(|(_, bytes)| bytes)
        })
        .collect();
    all.push(plain().transactional(7, 1).build());
    all.push(control_marker(ControlType::Abort, 7, 1, 3, 2_000));
    all.push(plain().transactional(7, 1).build());
    let mut offset = 0i64;
    all.into_iter()
        .filter_map(|batch| {
            let mut batch = batch.to_vec();
            batch[..8].copy_from_slice(&offset.to_be_bytes());
            offset = BatchHeader::parse(&batch).ok()?.next_offset();
            Some(batch)
        })
        .collect()
}

pub(super) fn batch_seeds() -> Vec<Vec<u8>> {
    all_batches()
}

/// Renews the checksums of batches as far as their lengths lead.
pub(super) fn repair_batch(input: &mut [u8]) {
    let mut at = 0;
    while let Some(rest) = input.get_mut(at..)
        && let Some(length) = rest.get(8..12)
    {
        let length = i32::from_be_bytes([length[0], length[1], length[2], length[3]]);
        let Some(size) = usize::try_from(length).ok().and_then(|length| length.checked_add(12)) else {
            return;
        };
        if size < 61 || size > rest.len() {
            return;
        }
        let crc = crc32c::crc32c(&rest[21..size]);
        rest[17..21].copy_from_slice(&crc.to_be_bytes());
        at += size;
    }
}

pub(super) fn batch(input: &[u8]) {
    for (header, bytes) in batches(Bytes::copy_from_slice(input)).map_while(Result::ok) {
        let _ = (header.next_offset(), header.last_sequence(), header.delete_horizon());
        if header.check_crc(&bytes).is_err() {
            continue;
        }
        if let Ok(records) = records(&header, &bytes) {
            let _ = records.iter().count();
        }
        let _ = recompress(3, None, &header, &bytes);
    }
}

pub(super) fn segment_seeds() -> Vec<Vec<u8>> {
    let all = all_batches();
    vec![all.concat(), all[..2].concat(), all[5..].concat()]
}

/// Opens a log whose only segment is `input`, uses it, and opens it again.
pub(super) fn segment(input: &[u8]) {
    in_folder(|dir| {
        write(dir, "00000000000000000000.log", input);
        use_log(dir);
    });
}

pub(super) fn index_seeds() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    in_folder(|dir| {
        write(dir, "00000000000000000000.log", &all_batches().concat());
        close(dir);
        found.push(std::fs::read(dir.join("00000000000000000000.index")).unwrap_or_default());
    });
    found
}

pub(super) fn repair_index(input: &mut [u8]) {
    if let Some((header, entries)) = input.split_at_mut_checked(64) {
        let crc = crc32c::crc32c_append(crc32c::crc32c(&header[..60]), entries);
        header[60..].copy_from_slice(&crc.to_be_bytes());
    }
}

/// Opens a good log with `input` as its index.
pub(super) fn index(input: &[u8]) {
    in_folder(|dir| {
        write(dir, "00000000000000000000.log", &all_batches().concat());
        close(dir);
        write(dir, "00000000000000000000.index", input);
        // An index whose checksum is right is believed, so offsets may be what it says.
        read_log(dir);
    });
}

pub(super) fn producers_seeds() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    in_folder(|dir| {
        write(dir, "00000000000000000000.log", &all_batches().concat());
        close(dir);
        let files = std::fs::read_dir(dir).into_iter().flatten().flatten();
        let snapshots = files.filter(|file| file.path().extension().is_some_and(|e| e == "producers"));
        found.extend(snapshots.filter_map(|file| std::fs::read(file.path()).ok()));
    });
    found
}

pub(super) fn checkpoint_seeds() -> Vec<Vec<u8>> {
    let mut line = [&[b' '; 8][..], b"\n{\"log_start_offset\":3,\"cleaned_to\":5}"].concat();
    repair_line(&mut line);
    vec![line]
}

/// Renews the checksum of a file of two lines.
pub(super) fn repair_line(input: &mut [u8]) {
    if let Some((head, json)) = input.split_at_mut_checked(9) {
        head.copy_from_slice(format!("{:08x}\n", crc32c::crc32c(json)).as_bytes());
    }
}

/// Opens a good log with `input` as its snapshot of producers.
pub(super) fn producers(input: &[u8]) {
    in_folder(|dir| {
        let batches = all_batches();
        write(dir, "00000000000000000000.log", &batches.concat());
        write(dir, "00000000000000000005.producers", input);
        use_log(dir);
    });
}

/// Opens a good log with `input` as its checkpoint.
pub(super) fn checkpoint(input: &[u8]) {
    in_folder(|dir| {
        write(dir, "00000000000000000000.log", &all_batches().concat());
        write(dir, "checkpoint", input);
        use_log(dir);
    });
}

pub(super) fn settings_seeds() -> Vec<Vec<u8>> {
    [
        r#"{"version":1,"cluster_id":"abcdefghijklmnopqrstuv","next_producer_id":1000}"#,
        r#"{"version":1,"name":"t","id":"00000000-0000-0000-0000-000000000001","partitions":1,
           "configs":{"retention.ms":"1"}}"#,
        r#"{"g":{"consumer.session.timeout.ms":"5000"}}"#,
        r#"{"broker":{"log.retention.ms":"5"},"default":{"message.max.bytes":"7"}}"#,
        r#"{"alice":{"SCRAM-SHA-256":{"salt":"AAAA","iterations":4096,"stored_key":"AAAA",
           "server_key":"AAAA"}}}"#,
        r#"{"s":{"interval.ms":"500","match":"client_id=a.*","metrics":"a.b,c"}}"#,
        r#"[{"entity":{"user":"u","client-id":null},"values":{"producer_byte_rate":1024.0}}]"#,
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect()
}

/// Opens each file of settings as `input`.
pub(super) fn settings(input: &[u8]) {
    in_folder(|dir| {
        for name in [
            "broker.json",
            "topic.json",
            "groups.json",
            "broker-configs.json",
            "scram.json",
            "client-metrics.json",
            "quotas.json",
        ] {
            write(dir, name, input);
        }
        if let Ok(identity) = Identity::open(dir, false) {
            let _ = identity.next_producer_id();
        }
        let _ = read_metadata(dir);
        if let Ok(groups) = NamedConfigs::open(dir, "groups.json", false) {
            let settings = Settings::default();
            for group in groups.names() {
                let _ = groups.number(&group, "consumer.session.timeout.ms", &settings);
            }
        }
        let _ = LiveSettings::open(Settings::default(), dir, false);
        let _ = ScramStore::open(dir, false);
        if let Ok(subscriptions) = NamedConfigs::open(dir, "client-metrics.json", false) {
            for name in subscriptions.names() {
                let _ = Subscription::new(&subscriptions.overrides(&name)).is_for(|_| "x");
            }
        }
        if let Ok(quotas) = ClientQuotas::open(dir, false) {
            let _ = quotas.charge(QuotaKey::ProducerByteRate, "u", "c", 1_000);
        }
    });
}

fn write(dir: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(dir.join(name), bytes).expect("a temporary folder can be written");
}

fn close(dir: &Path) {
    if let Ok(mut log) = PartitionLog::open(dir, SETTINGS) {
        let _ = log.close();
    }
}

/// Opens a log and reads all of it in each way.
fn read_log(dir: &Path) -> Option<PartitionLog> {
    let mut log = PartitionLog::open(dir, SETTINGS).ok()?;
    let mut offset = log.start_offset();
    assert!(offset <= log.end_offset(), "the log starts behind its end");
    while let Ok(Some(slice)) = log.read(offset, 1_000, Isolation::Committed, true).map(|read| read.records) {
        let Ok(bytes) = slice.load() else { break };
        let before = offset;
        for (header, _) in batches(bytes).map_while(Result::ok) {
            offset = offset.max(header.next_offset());
        }
        if offset == before {
            break;
        }
    }
    for timestamp in [i64::MIN, 0, 1_500, i64::MAX] {
        let _ = log.find_timestamp(timestamp);
    }
    let _ = log.find_max_timestamp();
    let _ = log.end_of_epoch(0, 1);
    Some(log)
}

/// Opens a log, reads it, writes, and opens it again: it must go on where it was.
fn use_log(dir: &Path) {
    let Some(mut log) = read_log(dir) else { return };
    let batch = BatchBuilder::new(3_000).record(None, Some(b"new"), &[]).build();
    let Ok(header) = BatchHeader::parse(&batch) else { return };
    let end = log.end_offset();
    if let Ok(info) = log.append(header, &batch, 0, 3_000) {
        assert_eq!(info.base_offset, end, "an append goes to the end");
        drop(log);
        let Ok(log) = PartitionLog::open(dir, SETTINGS) else { panic!("what was written cannot be opened") };
        assert_eq!(log.end_offset(), end + 1, "what was acknowledged is there");
    }
}

/// Runs with an empty folder.
fn in_folder(work: impl FnOnce(&Path)) {
    let dir = tempfile::tempdir().expect("a temporary folder can be made");
    work(dir.path());
}
