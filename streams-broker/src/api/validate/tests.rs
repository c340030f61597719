use std::collections::BTreeMap;

use super::*;
use crate::config::Settings;
use crate::log::BatchBuilder;

fn config(values: &[(&str, &str)]) -> TopicConfig {
    let values: BTreeMap<String, String> =
        values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    TopicConfig::new(&values, &Settings::default(), false)
}

fn batch(timestamp: i64) -> Bytes {
    BatchBuilder::new(timestamp).record(Some(b"k"), Some(b"v"), &[]).build()
}

/// A batch with bytes changed, and the checksum made right again.
fn changed(batch: &Bytes, at: usize, bytes: &[u8]) -> Bytes {
    let mut changed = batch.to_vec();
    changed[at..at + bytes.len()].copy_from_slice(bytes);
    let crc = crc32c::crc32c(&changed[21..]);
    changed[17..21].copy_from_slice(&crc.to_be_bytes());
    changed.into()
}

fn outcome(config: &TopicConfig, batch: Bytes) -> Result<BatchHeader, (i16, bool)> {
    validate(9, config, &|| "t-0".into(), Some(batch))
        .map(|(header, _)| header)
        .map_err(|refusal| (refusal.failure.code, refusal.by_log))
}

#[test]
fn bytes_that_are_no_batch_are_told_from_broken_ones() {
    let config = config(&[]);
    let good = batch(5);
    let both = [&good[..], &good[..]].concat();
    for (bytes, code) in [
        (good.slice(..10), 87),
        (good.slice(..good.len() - 1), 87),
        (both.into(), 87),
        (changed(&good, 16, &[1]), 87),
        (changed(&good, 16, &[3]), 2),
        (changed(&good, 8, &[0, 0, 0, 10]), 2),
        (changed(&good, 8, &i32::MAX.to_be_bytes()), -1),
    ] {
        assert_eq!(outcome(&config, bytes).unwrap_err(), (code, false));
    }
    let mut cut_off = good.to_vec();
    cut_off.extend_from_slice(b"xx");
    assert_eq!(outcome(&config, cut_off.into()).map(|header| header.size), Ok(good.len()));
}

#[test]
fn what_the_header_promises_must_hold() {
    let config = config(&[]);
    let good = batch(5);
    for (at, bytes, code) in [
        (0, &[0, 0, 0, 0, 0, 0, 0, 7][..], 87),
        (21, &[0, 0x20], 87),
        (57, &[0, 0, 0, 2], 87),
        (23, &[0, 0, 0, 1], 87),
        // No codec; a codec that the records were not packed with.
        (21, &[0, 5], -1),
        (21, &[0, 1], -1),
    ] {
        assert_eq!(outcome(&config, changed(&good, at, bytes)).unwrap_err(), (code, true), "{at}");
    }
}

#[test]
fn records_are_counted_only_in_compressed_batches() {
    let config = config(&[]);
    let plain = BatchBuilder::new(5).record(None, Some(b"a"), &[]).record(None, Some(b"b"), &[]).build();
    // The first record's offset: behind the header a length, attributes and a time.
    let shuffled = changed(&plain, 64, &[2]);
    assert!(outcome(&config, shuffled.clone()).is_ok());
    for codec in 1..=4 {
        let header = BatchHeader::parse(&shuffled).unwrap();
        let (_, packed) = recompress(codec, None, &header, &shuffled).unwrap();
        assert_eq!(outcome(&config, packed).unwrap_err(), (-1, true), "codec {codec}");
    }
}

#[test]
fn clients_are_told_why_the_first_bytes_are_no_batch_and_not_of_those_behind_it() {
    let config = config(&[]);
    let good = batch(5);
    let told = |bytes: Bytes| {
        let refusal = validate(9, &config, &|| "t-0".into(), Some(bytes)).unwrap_err();
        (refusal.failure.code, refusal.told)
    };
    assert_eq!(told(changed(&good, 16, &[3])), (2, true));
    assert_eq!(told(changed(&good, 8, &[0, 0, 0, 10])), (2, true));
    assert_eq!(told([&good[..], &[0; 12]].concat().into()), (2, false));
}

#[test]
fn an_lz4_frame_without_an_end_is_refused() {
    let plain = batch(5);
    let (_, packed) = recompress(3, None, &BatchHeader::parse(&plain).unwrap(), &plain).unwrap();
    let mut cut = packed[..packed.len() - 4].to_vec();
    let length = (cut.len() - 12) as i32;
    cut[8..12].copy_from_slice(&length.to_be_bytes());
    assert_eq!(outcome(&config(&[]), changed(&cut.into(), 0, &[0])).unwrap_err(), (-1, true));
}

#[test]
fn a_batch_that_is_too_large_once_it_is_unpacked_is_refused() {
    let large = BatchBuilder::new(5).record(Some(b"k"), Some(&[7; 10_000]), &[]).build();
    let header = BatchHeader::parse(&large).unwrap();
    let (_, packed) = recompress(4, None, &header, &large).unwrap();
    let limited = |codec| config(&[("max.message.bytes", "5000"), ("compression.type", codec)]);
    assert!(outcome(&limited("producer"), packed.clone()).is_ok());
    assert!(outcome(&limited("gzip"), packed.clone()).is_ok());
    assert_eq!(outcome(&limited("uncompressed"), packed).unwrap_err(), (10, false));
}

#[test]
fn a_topics_level_of_compression_counts() {
    let text: String = (0..2_000u32).map(|n| format!("{} ", n.wrapping_mul(2_654_435_761) % 977)).collect();
    let plain = BatchBuilder::new(5).record(Some(b"k"), Some(text.as_bytes()), &[]).build();
    for (codec, key, least, most) in
        [("gzip", "compression.gzip.level", "1", "9"), ("zstd", "compression.zstd.level", "-50", "19")]
    {
        let size = |level| {
            outcome(&config(&[("compression.type", codec), (key, level)]), plain.clone()).unwrap().size
        };
        assert!(size(most) < size(least), "{codec}: {} and {}", size(most), size(least));
    }
}

#[test]
fn the_broker_says_of_which_kind_time_stamps_are_and_what_the_latest_is() {
    let wrong = changed(&changed(&batch(5), 35, &77i64.to_be_bytes()), 21, &[0, 8]);
    let plain = validate(9, &config(&[]), &|| "t-0".into(), Some(wrong.clone())).unwrap();
    assert_eq!((plain.0.max_timestamp, plain.0.attributes.0), (77, 0));
    assert_eq!(plain.0.check_crc(&plain.1), Ok(()));
    let own = config(&[("message.timestamp.type", "LogAppendTime")]);
    assert_eq!(outcome(&own, wrong).unwrap_err(), (32, true));
}

#[test]
fn each_record_out_of_range_or_without_a_key_is_named() {
    let compacted = config(&[("cleanup.policy", "compact")]);
    let keyless = BatchBuilder::new(5)
        .record(None, Some(b"a"), &[])
        .record(Some(b"k"), Some(b"b"), &[])
        .record(None, Some(b"c"), &[])
        .build();
    let refusal = validate(9, &compacted, &|| "t-0".into(), Some(keyless)).unwrap_err();
    let why = "Compacted topic cannot accept message without key in topic partition t-0".to_owned();
    assert_eq!(refusal.records, [(0, why.clone()), (2, why)]);
    assert_eq!(refusal.failure.code, 87);
    let recent = config(&[("message.timestamp.before.max.ms", "1000")]);
    assert_eq!(outcome(&recent, batch(5)).unwrap_err(), (32, true));
}
