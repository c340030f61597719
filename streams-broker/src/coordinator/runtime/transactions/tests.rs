use std::sync::Arc;

use super::*;
use crate::config::{DataDir, Settings};
use crate::topics::NewTopic;

fn broker(runtime: &tokio::runtime::Runtime) -> Arc<Broker> {
    let mut settings = Settings { data_dir: DataDir::Temporary, ..Settings::default() };
    settings.values.insert("transaction.state.log.num.partitions".into(), "1".into());
    Broker::open(settings, ("127.0.0.1".into(), 9092), runtime.handle()).expect("it starts")
}

#[test]
fn a_transaction_does_not_end_while_something_is_written_in_it() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let broker = broker(&runtime);
    let coordinator = broker.coordinators.transactions().unwrap();
    let request = InitProducer { id: "tx", timeout_ms: 1_000, expected: None };
    let (producer_id, epoch) = coordinator.init_producer(&broker, request).unwrap();
    let producer = Producer { id: "tx", producer_id, epoch };
    let write = || coordinator.shards[0].try_lock().is_err();
    assert!(coordinator.while_included(&broker, producer, "t", 0, write).is_err());
    coordinator.add_partitions(&broker, producer, &[("t".into(), 0)], 1).unwrap();
    assert_eq!(coordinator.while_included(&broker, producer, "t", 0, write), Ok(true));
}

#[test]
fn a_marker_that_cannot_be_written_does_not_hold_back_others() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let broker = broker(&runtime);
    let topic = NewTopic { name: "t".into(), partitions: 2, configs: Default::default() };
    broker.topics.create(topic).unwrap();
    let coordinator = broker.coordinators.transactions().unwrap();
    let begin = |id, partition| {
        let request = InitProducer { id, timeout_ms: 1_000, expected: None };
        let (producer_id, epoch) = coordinator.init_producer(&broker, request).unwrap();
        let producer = Producer { id, producer_id, epoch };
        coordinator.add_partitions(&broker, producer, &[("t".into(), partition)], 1).unwrap();
        (producer_id, epoch)
    };
    let ((stuck, epoch), _) = (begin("stuck", 0), begin("late", 1));
    // A coordinator of the future has written to the partition: it takes no more of this one's markers.
    let newer = control_marker(ControlType::Abort, stuck, epoch, COORDINATOR_EPOCH + 1, now_ms());
    broker.topics.partition("t", 0).unwrap().append_own(&newer).unwrap();
    let producer = Producer { id: "stuck", producer_id: stuck, epoch };
    coordinator.end(&broker, producer, true, 3).unwrap();

    // The shard differs from its log: that is mended first.
    coordinator.session(&broker, "late").unwrap().shard.stale = true;
    coordinator.tick_at(&broker, now_ms() + 60_000);
    let status = |id| coordinator.look(&broker, id, |state| state.get(id).map(|value| value.state()));
    assert_eq!(status("stuck"), Ok(Some(Status::PrepareCommit)));
    assert_eq!(status("late"), Ok(Some(Status::CompleteAbort)));
}
