//! One connection: frames in, answers out, in order.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::ResponseError;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{debug, info, trace};

use super::budget::Charge;
use super::frame::{FrameError, RequestHeader, read_frame, response_header_version, split_header};
use super::reply::{Part, Reply};
use super::session::Session;
use super::socket::Socket;
use crate::api::{self, Disconnect, Request};
use crate::broker::Broker;
use crate::fault::error_answer;
use crate::security::Login;
use crate::stop::StopSignal;

/// Serves one connection until the peer leaves, breaks the protocol, or the broker stops.
pub(crate) async fn run(stream: TcpStream, peer: SocketAddr, broker: Arc<Broker>) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%peer, %error, "cannot set TCP_NODELAY");
    }
    #[cfg(target_os = "linux")]
    if peer.ip().to_canonical().is_loopback() {
        unpaced(&stream, peer);
    }
    broker.counters.opened();
    let ended = serve(stream, peer, &broker).await;
    broker.counters.closed();
    match ended {
        Ok(()) => trace!(%peer, "connection ended"),
        Err(reason @ (Disconnect::Tls(_) | Disconnect::Authentication(_))) => {
            info!(%peer, %reason, "connection closed");
        }
        Err(Disconnect::Frame(reason @ FrameError::TlsOnPlainPort)) => {
            info!(%peer, %reason, "connection closed");
        }
        Err(reason) => debug!(%peer, %reason, "connection closed"),
    }
}

/// Has answers to this machine sent as fast as they are read. Where BBR is the system's choice, the
/// kernel paces even what never leaves the machine, by interrupts of a timer, which take a third of
/// the CPU time that a Fetch takes here. Reno does not pace, and every Linux has it.
#[cfg(target_os = "linux")]
fn unpaced(stream: &TcpStream, peer: SocketAddr) {
    if let Err(error) = rustix::net::sockopt::set_tcp_congestion(stream, "reno") {
        debug!(%peer, %error, "cannot set TCP_CONGESTION");
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr, broker: &Arc<Broker>) -> Result<(), Disconnect> {
    let deadline = Instant::now() + broker.settings.now().handshake_timeout;
    let mut stop = broker.stop_signal();
    let socket = tokio::select! {
        socket = encrypt(stream, broker, deadline) => socket?,
        () = stop.stopped() => return Ok(()),
    };
    let idle = Duration::from_millis(broker.settings.number("connections.max.idle.ms").max(1) as u64);
    let login = broker.sasl.as_ref().map(|sasl| Arc::new(Mutex::new(Login::new(Arc::clone(sasl)))));
    let mut connection = Connection {
        buffer: BytesMut::new(),
        charge: broker.budget.charge(),
        limit: broker.settings.now().max_request_bytes,
        socket,
        broker,
        peer,
        session: Arc::default(),
        stop,
        idle,
    };
    let ended = match login {
        Some(login) => match connection.authenticate(&login, deadline).await {
            Ok(true) => connection.requests().await,
            Ok(false) => Ok(()),
            Err(reason) => Err(reason),
        },
        None => connection.requests().await,
    };
    connection.socket.close(Duration::from_secs(1)).await;
    ended
}

/// Does the TLS handshake, if there is to be one.
async fn encrypt(stream: TcpStream, broker: &Broker, deadline: Instant) -> Result<Socket, Disconnect> {
    let Some(tls) = &broker.tls else { return Ok(Socket::Plain(stream)) };
    match timeout_at(deadline, tls.accept(stream)).await {
        Ok(Ok(stream)) => Ok(Socket::Tls(Box::new(stream))),
        Ok(Err(error)) => Err(Disconnect::Tls(error.to_string())),
        Err(_) => Err(Disconnect::Tls("it was not complete in time".into())),
    }
}

/// A connection that frames go over.
struct Connection<'a> {
    socket: Socket,
    buffer: BytesMut,
    charge: Charge<'a>,
    limit: usize,
    broker: &'a Arc<Broker>,
    peer: SocketAddr,
    session: Arc<Session>,
    stop: StopSignal,
    idle: Duration,
}

impl Connection<'_> {
    /// The next frame, `None` if the connection has come to its end.
    async fn frame(&mut self, limit: usize, patience: Duration) -> Result<Option<Bytes>, Disconnect> {
        let frame = tokio::select! {
            frame = read_frame(&mut self.socket, &mut self.buffer, limit, &mut self.charge) => frame,
            () = sleep(patience) => Err(FrameError::Idle),
            () = self.stop.stopped() => return Ok(None),
        };
        match frame {
            Ok(frame) => Ok(Some(frame)),
            Err(FrameError::Closed | FrameError::Idle) => Ok(None),
            Err(error) => Err(Disconnect::Frame(error)),
        }
    }

    /// Serves requests until the end.
    async fn requests(&mut self) -> Result<(), Disconnect> {
        while let Some(frame) = self.frame(self.limit, self.idle).await? {
            let request = self.request(frame, None)?;
            let (key, version, correlation_id) = of(&request.header);
            let reply = api::dispatch(request).await?;
            self.answer(key, version, correlation_id, &reply).await?;
            if let Some(time) = self.session.take_pause() {
                self.pause(time).await;
            }
        }
        Ok(())
    }

    /// Serves what is allowed before the client has authenticated. Returns whether it has.
    async fn authenticate(
        &mut self,
        login: &Arc<Mutex<Login>>,
        deadline: Instant,
    ) -> Result<bool, Disconnect> {
        let locked = || login.lock().unwrap_or_else(PoisonError::into_inner);
        let most = self.broker.settings.number("sasl.server.max.receive.size");
        let limit = self.limit.min(usize::try_from(most).unwrap_or(0));
        loop {
            let patience = deadline.saturating_duration_since(Instant::now()).min(self.idle);
            let Some(frame) = self.frame(limit, patience).await? else {
                return match Instant::now() < deadline {
                    true => Ok(false),
                    false => Err(Disconnect::Authentication("it was not complete in time".into())),
                };
            };
            if locked().is_bare() {
                let outcome = locked().token(&frame);
                match outcome {
                    Ok(token) => self.bare_answer(&token).await?,
                    // Without headers there is no room for an error.
                    Err(why) => {
                        let reason = locked().failure().map_or(why, str::to_owned);
                        self.penalty().await;
                        return Err(Disconnect::Authentication(reason));
                    }
                }
            } else {
                let request = self.request(frame, Some(Arc::clone(login)))?;
                let (key, version, correlation_id) = of(&request.header);
                if !locked().admits(key) {
                    let reason = format!("API {key} is not served before it");
                    if locked().is_exchanging()
                        && let Ok(reply) = error_answer(&request, ResponseError::IllegalSaslState.code())
                    {
                        self.answer(key, version, correlation_id, &reply).await?;
                    }
                    return Err(Disconnect::Authentication(reason));
                }
                let reply = api::dispatch(request).await?;
                let failure = locked().failure().map(str::to_owned);
                if let Some(reason) = failure {
                    self.penalty().await;
                    self.answer(key, version, correlation_id, &reply).await?;
                    return Err(Disconnect::Authentication(reason));
                }
                self.answer(key, version, correlation_id, &reply).await?;
            }
            if let Some(user) = locked().user() {
                debug!(peer = %self.peer, user, "authenticated");
                self.session.authenticated(user);
                return Ok(true);
            }
        }
    }

    /// The pause that makes guessing passwords slow.
    async fn penalty(&mut self) {
        let delay = self.broker.settings.number("connection.failed.authentication.delay.ms");
        self.pause(Duration::from_millis(delay.max(0) as u64)).await;
    }

    /// Serves nothing for a while.
    async fn pause(&mut self, time: Duration) {
        tokio::select! {
            () = sleep(time) => {}
            () = self.stop.stopped() => {}
        }
    }

    fn request(&self, frame: Bytes, login: Option<Arc<Mutex<Login>>>) -> Result<Request, Disconnect> {
        let size = frame.len();
        let (header, body) = split_header(frame).map_err(Disconnect::Frame)?;
        self.broker.counters.request(header.key, size);
        let (broker, session) = (Arc::clone(self.broker), Arc::clone(&self.session));
        Ok(Request { broker, header, peer: self.peer, session, login, body })
    }

    async fn answer(
        &mut self,
        key: i16,
        version: i16,
        correlation_id: i32,
        reply: &Reply,
    ) -> Result<(), Disconnect> {
        let Reply::Body(parts) = reply else { return Ok(()) };
        self.broker.counters.answer(reply.len());
        let head = response_head(reply.len(), correlation_id, response_header_version(key, version));
        write_reply(&mut self.socket, head, parts, self.idle)
            .await
            .map_err(|error| Disconnect::Frame(FrameError::Io(error)))
    }

    /// Sends a mechanism's message with nothing but its length before it.
    async fn bare_answer(&mut self, token: &[u8]) -> Result<(), Disconnect> {
        let mut frame = BytesMut::with_capacity(4 + token.len());
        // Messages of mechanisms are shorter than the requests that they answer.
        frame.put_u32(token.len() as u32);
        frame.put_slice(token);
        flush(&mut self.socket, &mut frame, self.idle)
            .await
            .map_err(|error| Disconnect::Frame(FrameError::Io(error)))
    }
}

fn of(header: &RequestHeader) -> (i16, i16, i32) {
    (header.key, header.version, header.correlation_id)
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

async fn write_reply(
    socket: &mut Socket,
    mut head: BytesMut,
    parts: &[Part],
    patience: Duration,
) -> io::Result<()> {
    // Small neighbours travel in one segment: they are joined until a file region comes.
    for part in parts {
        match part {
            Part::Bytes(bytes) if head.len() + bytes.len() <= 16 * 1024 => head.extend_from_slice(bytes),
            Part::Bytes(bytes) => {
                write(socket, &mut head, patience).await?;
                socket.write_all(bytes, patience).await?;
            }
            Part::File(slice) => {
                write(socket, &mut head, patience).await?;
                socket.send_file(slice, patience).await?;
            }
        }
    }
    flush(socket, &mut head, patience).await
}

async fn write(socket: &mut Socket, head: &mut BytesMut, patience: Duration) -> io::Result<()> {
    let bytes = head.split();
    socket.write_all(&bytes, patience).await
}

async fn flush(socket: &mut Socket, head: &mut BytesMut, patience: Duration) -> io::Result<()> {
    write(socket, head, patience).await?;
    socket.flush(patience).await
}
