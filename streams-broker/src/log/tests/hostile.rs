//! Bytes that nobody promised to be records.

use proptest::prelude::*;

use super::*;

/// Valid batches, for mutations.
fn valid(codec: u8) -> Bytes {
    let plain = (0..5)
        .fold(BatchBuilder::new(3), |batch, n| batch.record(Some(&[n]), Some(b"value"), &[("h", b"x")]))
        .build();
    recompress(codec, None, &BatchHeader::parse(&plain).unwrap(), &plain).unwrap().1
}

fn decode(bytes: &[u8]) {
    for batch in batches(Bytes::copy_from_slice(bytes)) {
        let Ok((header, batch)) = batch else { return };
        let _ = header.check_crc(&batch);
        let _ = records(&header, &batch).map(|records| records.iter().count());
        if let Ok(decoded) = records(&header, &batch) {
            decoded.iter().for_each(drop);
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        decode(&bytes);
    }

    #[test]
    fn a_mutated_batch_is_decoded_or_refused(
        codec in 0u8..5,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = valid(codec).to_vec();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        decode(&bytes);
    }

    #[test]
    fn a_log_with_any_content_opens(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 0usize..200) {
        let dir = tempfile::tempdir().unwrap();
        let mut content = valid(0)[..cut.min(valid(0).len())].to_vec();
        content.extend_from_slice(&bytes);
        std::fs::write(dir.path().join("00000000000000000000.log"), &content).unwrap();
        for name in ["checkpoint", "00000000000000000003.producers", "00000000000000000000.index"] {
            std::fs::write(dir.path().join(name), &bytes).unwrap();
        }
        let mut log = open(dir.path());
        let end = log.end_offset();
        prop_assert_eq!(append(&mut log, &record(1, "k", None)), end);
    }
}
