//! The two hashes that Kafka Streams' data depend on: murmur2 places records, murmur3 tells foreign-key values apart.

const MURMUR2_SEED: u32 = 0x9747_b28c;
const MURMUR2_M: u32 = 0x5bd1_e995;

/// The partition, out of `partitions`, of a record with this key: what Kafka's default partitioner chooses.
///
/// ```
/// use streams_core::partition_for_key;
///
/// assert_eq!(partition_for_key(b"hello", 12), 9);
/// ```
pub fn partition_for_key(key: &[u8], partitions: i32) -> i32 {
    let positive = (murmur2(key) & 0x7fff_ffff) as i32;
    positive % partitions.max(1)
}

/// Murmur2 in 32 bits, with Kafka's seed.
fn murmur2(data: &[u8]) -> u32 {
    let mut hash = MURMUR2_SEED ^ data.len() as u32;
    let (words, tail) = data.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(MURMUR2_M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(MURMUR2_M) ^ k.wrapping_mul(MURMUR2_M);
    }
    if !tail.is_empty() {
        let mut rest = [0; 4];
        rest[..tail.len()].copy_from_slice(tail);
        hash = (hash ^ u32::from_le_bytes(rest)).wrapping_mul(MURMUR2_M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(MURMUR2_M);
    hash ^ (hash >> 15)
}

const MURMUR3_SEED: u64 = 104_729;
const C1: u64 = 0x87c3_7b91_1142_53d5;
const C2: u64 = 0x4cf5_ad43_2745_937f;

/// Murmur3 in 128 bits (the x64 variant) with Kafka Streams' seed: the hash of a left value in a foreign-key join, as 16
/// bytes, big-endian.
///
/// ```
/// use streams_core::murmur3_128;
///
/// assert_eq!(murmur3_128(b"a")[..4], [0x33, 0x61, 0x63, 0x4e]);
/// ```
pub fn murmur3_128(data: &[u8]) -> [u8; 16] {
    let (mut h1, mut h2) = (MURMUR3_SEED, MURMUR3_SEED);
    let (blocks, tail) = data.as_chunks::<16>();
    for block in blocks {
        let (k1, k2) = halves(block);
        h1 ^= mix1(k1);
        h1 = h1.rotate_left(27).wrapping_add(h2).wrapping_mul(5).wrapping_add(0x52dc_e729);
        h2 ^= mix2(k2);
        h2 = h2.rotate_left(31).wrapping_add(h1).wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    if !tail.is_empty() {
        let mut rest = [0; 16];
        rest[..tail.len()].copy_from_slice(tail);
        let (k1, k2) = halves(&rest);
        h2 ^= mix2(k2);
        h1 ^= mix1(k1);
    }
    h1 ^= data.len() as u64;
    h2 ^= data.len() as u64;
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    h1 = finish(h1);
    h2 = finish(h2);
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    (u128::from(h1) << 64 | u128::from(h2)).to_be_bytes()
}

fn halves(block: &[u8; 16]) -> (u64, u64) {
    let both = u128::from_le_bytes(*block);
    (both as u64, (both >> 64) as u64)
}

fn mix1(k: u64) -> u64 {
    k.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2)
}

fn mix2(k: u64) -> u64 {
    k.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1)
}

fn finish(mut h: u64) -> u64 {
    h = (h ^ (h >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    h = (h ^ (h >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    h ^ (h >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key, murmur2, partitions of 2, 3, 5, 7, 12 and 100, murmur3: from Kafka Streams 4.3.1.
    const GOLDEN: &[(&str, i32, [i32; 6], &str)] = &[
        ("", 275646681, [1, 0, 1, 2, 9, 81], "9d2764a018e329428c3cf3b035938518"),
        ("a", -1563381124, [0, 1, 4, 5, 4, 24], "3361634e7e0f5188e9c7dda24eae326b"),
        ("b", -1853091852, [0, 2, 1, 6, 8, 96], "8fcddcf69451e798b08f9eddfc30e005"),
        ("ab", 316155434, [0, 2, 4, 0, 2, 34], "79ff6415a28fa15603ff066e65c54eb0"),
        ("abc", 479470107, [1, 0, 2, 4, 3, 7], "8cc66bdf24a3b65ee942bed9d38bee40"),
        ("abcd", -1323649548, [0, 2, 0, 5, 8, 0], "2dad74f19507f45442239844aa3b0a54"),
        ("abcde", 461995741, [1, 1, 1, 4, 1, 41], "8c2829fa684be75433ec4038eec6fe48"),
        ("key-0", 29210041, [1, 1, 1, 0, 1, 41], "e6f7d51bc72110509d99bdaf7de90f75"),
        ("key-1", 193331640, [0, 0, 0, 5, 0, 40], "6502dd7feade6f740b386c59c63b7061"),
        ("key-2", 852269702, [0, 2, 2, 4, 2, 2], "d9161096d827959687902e0c688fe078"),
        ("key-3", -1839136101, [1, 2, 2, 4, 11, 47], "10ee50ea7a5aa1f607e2f41e7159b0dc"),
        ("key-17", 956945460, [0, 0, 0, 2, 0, 60], "df1131bbed2308c792c26218c05ba76e"),
        ("hello", 2132663229, [1, 0, 4, 4, 9, 29], "30bfb4f39919e764566aea857401d1c6"),
        ("Kafka", 824573139, [1, 0, 4, 5, 3, 39], "034977c6c9b06dcdbd1395543dffc45b"),
        ("the quick brown fox", 2136040129, [1, 1, 4, 6, 1, 29], "d394d44f758103e02e9fb6ada883cd34"),
        ("żółw", 1005548696, [0, 2, 1, 5, 8, 96], "d6a5db9d518a5c354ce23134b8de6dd7"),
        ("日本語", 1431860170, [0, 1, 0, 6, 10, 70], "8e7c7bec07486e33a71e956e43e0ea81"),
        ("😀", 131881617, [1, 0, 2, 0, 9, 17], "6f9a4b8462206dfbd517f529cf5ce8b9"),
        ("0", 971027396, [0, 2, 1, 3, 8, 96], "b86367c1b3e642003e34a590db00844d"),
        ("42", 417700972, [0, 1, 2, 3, 4, 72], "fcad51cdcb8c69276cabb2b3a2337524"),
        ("user:1", 1791313958, [0, 2, 3, 0, 2, 58], "8c5a7d0c5e9a487b7b69c3721eaabadd"),
        ("user:2", -278357775, [1, 2, 3, 6, 5, 73], "75e7717bd55507bf4c297b5d8c1b9bf0"),
        ("user:3", -1109011351, [1, 1, 2, 2, 1, 97], "06e4b22c7e7535e6507c704c7959b1ec"),
        ("xxxxxxxxxxxxxxxx", -1342464181, [1, 1, 2, 0, 7, 67], "c2ec5f39659164cdbe69da5aaa745f18"),
        ("xxxxxxxxxxxxxxxxx", -978420883, [1, 1, 0, 3, 1, 65], "85ad28380ec1803ad3eff60b3340cb0e"),
    ];

    #[test]
    fn hashes_are_those_of_the_jvm() {
        for (key, two, partitions, three) in GOLDEN {
            assert_eq!(murmur2(key.as_bytes()) as i32, *two, "{key}");
            let ours = [2, 3, 5, 7, 12, 100].map(|n| partition_for_key(key.as_bytes(), n));
            assert_eq!(ours, *partitions, "{key}");
            let hex: String = murmur3_128(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, *three, "{key}");
        }
    }

    #[test]
    fn no_partitions_are_treated_as_one() {
        assert_eq!(partition_for_key(b"a", 0), 0);
    }
}
