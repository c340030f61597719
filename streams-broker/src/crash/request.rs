//! A broker without a network: requests go straight to the handlers.

use std::path::Path;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::ApiKey;
use kafka_protocol::protocol::{Decodable, Encodable};
use tokio::runtime::Runtime;

use crate::api::{Request, dispatch};
use crate::broker::Broker;
use crate::config::{DataDir, Settings};
use crate::server::{Part, Reply, RequestHeader};

/// A broker and what runs it.
pub(super) struct Bench {
    pub(super) broker: Arc<Broker>,
    runtime: Runtime,
}

impl Bench {
    /// Starts a broker on a folder.
    pub(super) fn start(dir: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be made");
        let mut settings = Settings { data_dir: DataDir::Path(dir.to_owned()), ..Settings::default() };
        for key in ["offsets.topic.num.partitions", "transaction.state.log.num.partitions"] {
            settings.values.insert(key.into(), "1".into());
        }
        let broker = Broker::open(settings, ("127.0.0.1".into(), 9092), runtime.handle());
        Bench { broker: broker.unwrap_or_else(|error| panic!("the broker does not start: {error}")), runtime }
    }

    /// Runs a handler, and nothing else as long as it need not wait: what the broker does behind
    /// the requests' backs is done when the workload says so, and the same each time.
    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        let entered = self.runtime.enter();
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        drop(entered);
        self.runtime.block_on(future)
    }

    /// Sends a request and gives the answer.
    pub(super) fn call<Q: Encodable, A: Decodable>(&self, key: ApiKey, version: i16, body: &Q) -> A {
        let mut encoded = BytesMut::new();
        body.encode(&mut encoded, version).expect("a request of this version");
        let header = RequestHeader { key: key as i16, version, correlation_id: 0, client_id: None };
        let peer = ([127, 0, 0, 1], 1).into();
        let broker = Arc::clone(&self.broker);
        let request =
            Request { broker, header, peer, session: Arc::default(), login: None, body: encoded.freeze() };
        let reply = self.wait(dispatch(request)).unwrap_or_else(|error| panic!("{error}"));
        let Reply::Body(parts) = reply else { panic!("no answer") };
        let whole: Vec<u8> = parts
            .iter()
            .flat_map(|part| match part {
                Part::Bytes(bytes) => bytes.clone(),
                Part::File(slice) => slice.load().expect("the log can be read"),
            })
            .collect();
        A::decode(&mut Bytes::from(whole), version).expect("an answer of this version")
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.broker.stop();
        // The tasks see the signal when they next run.
        self.runtime.block_on(async {
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
        });
    }
}
