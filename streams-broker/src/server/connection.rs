//! One connection: frames in, answers out, in order.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::{AsyncWriteExt, Interest};
use tokio::net::TcpStream;
use tracing::{debug, trace};

use super::frame::{FrameError, read_frame, response_header_version, split_header};
use super::reply::{FileSlice, Part, Reply};
use crate::api::{self, Disconnect, Request};
use crate::broker::Broker;

/// Serves one connection until the peer leaves, breaks the protocol, or the broker stops.
pub(crate) async fn run(mut socket: TcpStream, peer: SocketAddr, broker: Arc<Broker>) {
    if let Err(error) = socket.set_nodelay(true) {
        debug!(%peer, %error, "cannot set TCP_NODELAY");
    }
    broker.counters.opened();
    let ended = requests(&mut socket, peer, &broker).await;
    broker.counters.closed();
    match ended {
        Ok(()) => trace!(%peer, "connection ended"),
        Err(reason) => debug!(%peer, %reason, "connection closed"),
    }
}

async fn requests(socket: &mut TcpStream, peer: SocketAddr, broker: &Arc<Broker>) -> Result<(), Disconnect> {
    let mut buffer = BytesMut::new();
    let mut stop = broker.stop_signal();
    let mut charge = broker.budget.charge();
    let idle = Duration::from_millis(broker.settings.number("connections.max.idle.ms").max(1) as u64);
    loop {
        let frame = tokio::select! {
            frame = read_frame(socket, &mut buffer, broker.settings.max_request_bytes, &mut charge) => frame,
            () = tokio::time::sleep(idle) => Err(FrameError::Idle),
            () = stop.stopped() => return Ok(()),
        };
        let frame = match frame {
            Ok(frame) => frame,
            Err(FrameError::Closed | FrameError::Idle) => return Ok(()),
            Err(error) => return Err(Disconnect::Frame(error)),
        };
        let size = frame.len();
        let (header, body) = split_header(frame).map_err(Disconnect::Frame)?;
        let (key, version, correlation_id) = (header.key, header.version, header.correlation_id);
        broker.counters.request(key, size);
        let reply = api::dispatch(Request { broker: Arc::clone(broker), header, peer, body }).await?;
        if let Reply::Body(parts) = &reply {
            broker.counters.answer(reply.len());
            let head = response_head(reply.len(), correlation_id, response_header_version(key, version));
            write_reply(socket, head, parts)
                .await
                .map_err(|error| Disconnect::Frame(FrameError::Io(error)))?;
        }
    }
}

/// Length, correlation id, and the empty tagged fields of a version 1 header.
fn response_head(body: usize, correlation_id: i32, header_version: i16) -> BytesMut {
    let header = if header_version >= 1 { 5 } else { 4 };
    let mut head = BytesMut::with_capacity(9);
    // The longest answer is far below 2 GiB: requests and fetch sizes are limited.
    head.put_u32((header + body) as u32);
    head.put_i32(correlation_id);
    if header_version >= 1 {
        head.put_u8(0);
    }
    head
}

async fn write_reply(socket: &mut TcpStream, mut head: BytesMut, parts: &[Part]) -> io::Result<()> {
    // Small neighbours travel in one segment: they are joined until a file region comes.
    for part in parts {
        match part {
            Part::Bytes(bytes) if head.len() + bytes.len() <= 16 * 1024 => head.extend_from_slice(bytes),
            Part::Bytes(bytes) => {
                flush(socket, &mut head).await?;
                socket.write_all(bytes).await?;
            }
            Part::File(slice) => {
                flush(socket, &mut head).await?;
                send_file(socket, slice).await?;
            }
        }
    }
    flush(socket, &mut head).await
}

async fn flush(socket: &mut TcpStream, head: &mut BytesMut) -> io::Result<()> {
    if !head.is_empty() {
        let bytes: Bytes = head.split().freeze();
        socket.write_all(&bytes).await?;
    }
    Ok(())
}

/// Hands a region of a log file to the kernel.
#[cfg(target_os = "linux")]
async fn send_file(socket: &mut TcpStream, slice: &FileSlice) -> io::Result<()> {
    let mut position = slice.position;
    let end = slice.position + slice.length as u64;
    while position < end {
        let wanted = (end - position) as usize;
        let sent = socket
            .async_io(Interest::WRITABLE, || {
                let mut from = position;
                rustix::fs::sendfile(&*socket, &*slice.file, Some(&mut from), wanted).map_err(io::Error::from)
            })
            .await?;
        if sent == 0 {
            // The length is already on the wire; only closing keeps the stream intact.
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        position += sent as u64;
    }
    Ok(())
}

/// Copies a region of a log file to the socket.
#[cfg(not(target_os = "linux"))]
async fn send_file(socket: &mut TcpStream, slice: &FileSlice) -> io::Result<()> {
    use std::os::unix::fs::FileExt;
    let mut chunk = vec![0; slice.length.min(256 * 1024)];
    let mut sent = 0;
    while sent < slice.length {
        let take = chunk.len().min(slice.length - sent);
        slice.file.read_exact_at(&mut chunk[..take], slice.position + sent as u64)?;
        socket.write_all(&chunk[..take]).await?;
        sent += take;
    }
    Ok(())
}
