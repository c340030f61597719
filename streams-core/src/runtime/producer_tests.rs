//! What becomes of records that were not delivered.

use super::*;
use crate::handler::ProductionExceptionHandler;
use crate::runtime::task_collector::TaskCollector;

struct Decides(ProductionDecision);

impl ProductionExceptionHandler for Decides {
    fn handle(&self, _: &ErrorHandlerContext<'_>, _: &str, _: &Error) -> ProductionDecision {
        self.0
    }
}

/// A producer that reaches nobody.
fn producer(handlers: ErrorHandlers) -> StreamProducer {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", "127.0.0.1:1");
    StreamProducer::new(&config, "c", Arc::new(handlers), Arc::default(), false, Duration::ZERO).unwrap()
}

/// What comes of a record that the client gave up.
fn undelivered(handlers: ErrorHandlers, code: RDKafkaErrorCode) -> Result<()> {
    let producer = producer(handlers);
    let (tag, lane) = producer.open_lane(TaskId::new(0, 0), "out");
    producer.delivered(&[lane], Delivery { tag, offset: -1, error: Some(code) });
    producer.check()
}

fn kind(handlers: ErrorHandlers, code: RDKafkaErrorCode) -> ErrorKind {
    undelivered(handlers, code).unwrap_err().kind()
}

fn deciding(decision: ProductionDecision) -> ErrorHandlers {
    ErrorHandlers { production: Arc::new(Decides(decision)), ..ErrorHandlers::default() }
}

#[test]
fn no_commit_can_follow_a_record_that_was_given_up() {
    use RDKafkaErrorCode::{MessageSizeTooLarge, MessageTimedOut};
    assert_eq!(kind(ErrorHandlers::default(), MessageTimedOut), ErrorKind::Fenced);
    assert_eq!(kind(deciding(ProductionDecision::Retry), MessageTimedOut), ErrorKind::Fenced);
    assert_eq!(kind(deciding(ProductionDecision::Fail), MessageTimedOut), ErrorKind::Data);
    assert_eq!(kind(ErrorHandlers::default(), MessageSizeTooLarge), ErrorKind::Data);
    undelivered(deciding(ProductionDecision::Continue), MessageTimedOut).unwrap();
}

#[test]
fn tasks_that_come_and_go_leave_no_lanes_behind() {
    let producer = Arc::new(producer(ErrorHandlers::default()));
    for round in 0..20 {
        // The client's complaints that it reaches nobody count as under way until they are read.
        producer.poll(Duration::ZERO);
        let mut collector = TaskCollector::new(TaskId::new(0, round), Arc::clone(&producer));
        collector.index_of("out").unwrap();
        collector.index_of("changelog").unwrap();
    }
    let lanes = producer.lanes.lock().unwrap().all.len();
    assert!(lanes < 10, "{lanes} lanes");
}
