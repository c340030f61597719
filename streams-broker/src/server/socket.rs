//! A connection's bytes, as they are or through TLS. Every operation that waits for the peer has a
//! limit in time, so that one who stops reading does not hold memory for ever.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use super::reply::FileSlice;

/// Bytes of a file that go through TLS at once.
const CHUNK: usize = 64 * 1024;

/// A connection to a client.
#[derive(Debug)]
pub(super) enum Socket {
    /// Bytes as they are.
    Plain(TcpStream),
    /// Bytes through TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Socket::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Socket::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl Socket {
    /// Writes all bytes. `patience` is how long the peer may take nothing.
    pub(super) async fn write_all(&mut self, mut bytes: &[u8], patience: Duration) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = match self {
                Socket::Plain(stream) => within(patience, stream.write(bytes)).await?,
                Socket::Tls(stream) => within(patience, stream.write(bytes)).await?,
            };
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            bytes = &bytes[written..];
        }
        Ok(())
    }

    /// Sends what lies in buffers.
    pub(super) async fn flush(&mut self, patience: Duration) -> io::Result<()> {
        match self {
            Socket::Plain(_) => Ok(()),
            Socket::Tls(stream) => within(patience, stream.flush()).await,
        }
    }

    /// Says goodbye, so that the peer can tell the end from a cut.
    pub(super) async fn close(&mut self, patience: Duration) {
        // The connection ends in any case.
        let _ = match self {
            Socket::Plain(stream) => within(patience, stream.shutdown()).await,
            Socket::Tls(stream) => within(patience, stream.shutdown()).await,
        };
    }

    /// Sends a region of a log file: by the kernel alone if nothing is to be encrypted.
    pub(super) async fn send_file(&mut self, slice: &FileSlice, patience: Duration) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        if let Socket::Plain(stream) = self {
            return sendfile(stream, slice, patience).await;
        }
        self.copy_file(slice, patience).await
    }

    async fn copy_file(&mut self, slice: &FileSlice, patience: Duration) -> io::Result<()> {
        use std::os::unix::fs::FileExt;
        let mut chunk = vec![0; slice.length.min(CHUNK)];
        let mut sent = 0;
        while sent < slice.length {
            let take = chunk.len().min(slice.length - sent);
            slice.file.read_exact_at(&mut chunk[..take], slice.position + sent as u64)?;
            self.write_all(&chunk[..take], patience).await?;
            sent += take;
        }
        Ok(())
    }
}

/// Hands a region of a log file to the kernel.
#[cfg(target_os = "linux")]
async fn sendfile(socket: &TcpStream, slice: &FileSlice, patience: Duration) -> io::Result<()> {
    use tokio::io::Interest;
    let mut position = slice.position;
    let end = slice.position + slice.length as u64;
    while position < end {
        let wanted = (end - position) as usize;
        let sending = socket.async_io(Interest::WRITABLE, || {
            let mut from = position;
            rustix::fs::sendfile(socket, &*slice.file, Some(&mut from), wanted).map_err(io::Error::from)
        });
        let sent = within(patience, sending).await?;
        if sent == 0 {
            // The length is already on the wire; only closing keeps the stream intact.
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        position += sent as u64;
    }
    Ok(())
}

async fn within<T>(patience: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    match timeout(patience, work).await {
        Ok(result) => result,
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the peer has stopped reading")),
    }
}
