//! The hash of a left value, by which answers that come too late are told apart.

use streams_core::{BoxError, Serde, murmur3_128};

/// The hash of a value's bytes; `None` stands for no value.
pub(super) type ValueHash = Option<[u8; 16]>;

/// The hash of a value as its serde writes it.
pub(super) fn value_hash<V: 'static>(
    topic: &str,
    serde: &Serde<V>,
    value: Option<&V>,
) -> Result<ValueHash, BoxError> {
    let Some(value) = value else { return Ok(None) };
    Ok(serde.to_bytes(topic, value)?.map(|bytes| murmur3_128(&bytes)))
}

/// The bit of the first byte of a message that says that there is no hash.
const NO_HASH: u8 = 0x80;

/// Begins a message: version and hash presence in one byte.
pub(super) fn first_byte(version: u8, hash: &ValueHash) -> u8 {
    if hash.is_some() { version } else { version | NO_HASH }
}

/// Version, and whether a hash follows, of a message that begins with this byte.
pub(super) fn read_first_byte(byte: u8) -> (u8, bool) {
    (byte & !NO_HASH, byte & NO_HASH == 0)
}
