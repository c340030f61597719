//! Requests as a running broker serves them: nothing that they say may take it down.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Runtime;

use crate::api::{Request, dispatch};
use crate::broker::Broker;
use crate::config::Settings;
use crate::fault::ApiKey;
use crate::server::split_header;
use crate::topics::NewTopic;

/// Longest wait for an answer; many APIs may wait for others.
const PATIENCE: Duration = Duration::from_millis(1);

/// APIs that may make as many files as they say. Their decoding is tested, and what they say is
/// checked, but a test need not make a hundred thousand folders.
const LEFT_OUT: [ApiKey; 2] = [ApiKey::CREATE_TOPICS, ApiKey(37)];

struct Bench {
    runtime: Runtime,
    broker: Arc<Broker>,
}

impl Bench {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be made");
        let mut settings = Settings::default();
        settings.values.insert("auto.create.topics.enable".into(), "false".into());
        let broker = Broker::open(settings, ("127.0.0.1".into(), 9092), runtime.handle())
            .expect("a temporary folder can be used");
        Bench { runtime, broker }
    }

    /// Requests may have deleted it.
    fn ensure_topic(&self) {
        if self.broker.topics.get("t").is_none() {
            let new = NewTopic { name: "t".into(), partitions: 2, configs: Default::default() };
            self.broker.topics.create(new).expect("the name is free");
        }
    }
}

/// Serves a frame.
pub(super) fn handle(input: &[u8]) {
    thread_local! {
        static BENCH: Bench = Bench::new();
    }
    let Ok((header, body)) = split_header(Bytes::copy_from_slice(input)) else { return };
    if LEFT_OUT.contains(&ApiKey(header.key)) {
        return;
    }
    BENCH.with(|bench| {
        bench.ensure_topic();
        let broker = Arc::clone(&bench.broker);
        let peer = ([127, 0, 0, 1], 1).into();
        let request = Request { broker, header, peer, session: Arc::default(), login: None, body };
        bench.runtime.block_on(async {
            let _ = tokio::time::timeout(PATIENCE, dispatch(request)).await;
        });
    });
}
