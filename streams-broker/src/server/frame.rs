//! Request frames: a four-byte length, a request header, a body.

use bytes::{Buf, Bytes, BytesMut, TryGetError};
use kafka_protocol::messages::ApiKey;
use kafka_protocol::protocol::StrBytes;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::budget::Charge;

/// How much is reserved ahead of the bytes that have really arrived, so that a length that lies
/// costs no memory.
const READ_STEP: usize = 256 * 1024;

/// Most bytes of a request that carries no records.
const OTHERS_LIMIT: usize = 8 * 1024 * 1024;

/// Produce's key, as the first bytes of its requests.
const PRODUCE: &[u8] = &(ApiKey::Produce as i16).to_be_bytes();

/// The fields of a request header that handlers use.
#[derive(Debug, Clone)]
pub(crate) struct RequestHeader {
    /// The API's number; it need not be one that this broker knows.
    pub(crate) key: i16,
    /// The request's version.
    pub(crate) version: i16,
    /// Repeated in the answer.
    pub(crate) correlation_id: i32,
    /// The client's name for itself.
    pub(crate) client_id: Option<StrBytes>,
}

/// Why a frame ends its connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    /// The peer closed the connection between two frames.
    #[error("closed by the peer")]
    Closed,
    /// The length is negative or above the limit, in bytes.
    #[error("a frame of {0} bytes is negative or above the limit")]
    Size(i32),
    /// The peer speaks TLS to a port that does not.
    #[error("a TLS handshake, but this port has no TLS: is the client's security.protocol right?")]
    TlsOnPlainPort,
    /// All connections together hold too much.
    #[error("the limit on the memory of all requests is reached")]
    Memory,
    /// Nothing came for too long.
    #[error("idle for too long")]
    Idle,
    /// The header cannot be decoded.
    #[error("a request header cannot be decoded")]
    Header,
    /// The socket failed, or was closed in the middle of a frame.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Reads the next frame, without its length, from `socket`. `buffer` keeps what has been read
/// beyond it. May be cancelled: what has arrived stays in `buffer`.
pub(crate) async fn read_frame(
    socket: &mut (impl AsyncRead + Unpin),
    buffer: &mut BytesMut,
    limit: usize,
    charge: &mut Charge<'_>,
) -> Result<Bytes, FrameError> {
    loop {
        if !charge.set(buffer.capacity()) {
            return Err(FrameError::Memory);
        }
        if let Some(head) = buffer.first_chunk::<4>() {
            let declared = i32::from_be_bytes(*head);
            let size = usize::try_from(declared).map_err(|_| FrameError::Size(declared))?;
            if size > limit {
                // A TLS handshake record, of any version.
                if head[..2] == [0x16, 3] {
                    return Err(FrameError::TlsOnPlainPort);
                }
                return Err(FrameError::Size(declared));
            }
            // Small requests decode to many times their size, and only records need to be large.
            if size > OTHERS_LIMIT && buffer.get(4..6).is_some_and(|key| key != PRODUCE) {
                return Err(FrameError::Size(declared));
            }
            if buffer.len() >= 4 + size {
                buffer.advance(4);
                // The frame keeps what it takes until it has been answered.
                charge.set(size + buffer.capacity() - size.min(buffer.capacity()));
                return Ok(buffer.split_to(size).freeze());
            }
            buffer.reserve((4 + size - buffer.len()).min(READ_STEP.max(buffer.len())));
        } else {
            buffer.reserve(4096);
        }
        if socket.read_buf(buffer).await.map_err(FrameError::Io)? == 0 {
            return Err(match buffer.is_empty() {
                true => FrameError::Closed,
                false => FrameError::Io(std::io::ErrorKind::UnexpectedEof.into()),
            });
        }
    }
}

/// Splits a frame into header and body. An API that this broker does not know yields its key and
/// version only, since the header's layout depends on them.
pub(crate) fn split_header(mut frame: Bytes) -> Result<(RequestHeader, Bytes), FrameError> {
    if frame.len() < 8 {
        return Err(FrameError::Header);
    }
    let key = i16::from_be_bytes([frame[0], frame[1]]);
    let version = i16::from_be_bytes([frame[2], frame[3]]);
    let correlation_id = i32::from_be_bytes([frame[4], frame[5], frame[6], frame[7]]);
    let client_id = match header_version(key, version) {
        Some(header_version) => {
            frame.advance(8);
            rest_of_header(&mut frame, header_version).map_err(|_| FrameError::Header)?
        }
        None => None,
    };
    Ok((RequestHeader { key, version, correlation_id, client_id }, frame))
}

/// Reads what follows the correlation id: the client's name, which need not be valid UTF-8 and is
/// null if its length is negative, and tagged fields, none of which is known.
fn rest_of_header(frame: &mut Bytes, version: i16) -> Result<Option<StrBytes>, TryGetError> {
    if version < 1 {
        return Ok(None);
    }
    let client_id = match usize::try_from(frame.try_get_i16()?) {
        Ok(length) => {
            let bytes = take(frame, length)?;
            Some(StrBytes::from_string(String::from_utf8_lossy(&bytes).into_owned()))
        }
        Err(_) => None,
    };
    if version >= 2 {
        for _ in 0..varint(frame)? {
            varint(frame)?;
            let length = varint(frame)? as usize;
            take(frame, length)?;
        }
    }
    Ok(client_id)
}

fn take(frame: &mut Bytes, length: usize) -> Result<Bytes, TryGetError> {
    match length <= frame.len() {
        true => Ok(frame.split_to(length)),
        false => Err(TryGetError { requested: length, available: frame.len() }),
    }
}

fn varint(frame: &mut Bytes) -> Result<u32, TryGetError> {
    let mut value = 0;
    for shift in (0..35).step_by(7) {
        let byte = frame.try_get_u8()?;
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    Ok(value)
}

/// The request header's version, `None` for an unknown API.
fn header_version(key: i16, version: i16) -> Option<i16> {
    match key {
        // StreamsGroupHeartbeat and StreamsGroupDescribe (KIP-1071): flexible from version 0.
        88 | 89 => Some(2),
        _ => ApiKey::try_from(key).ok().map(|key| key.request_header_version(version)),
    }
}

/// The response header's version. ApiVersions always has version 0, so that a client that asked
/// with too high a version can read the answer.
pub(crate) fn response_header_version(key: i16, version: i16) -> i16 {
    match key {
        18 => 0,
        88 | 89 => 1,
        _ => ApiKey::try_from(key).map_or(0, |key| key.response_header_version(version)),
    }
}
