//! What becomes of records that were not delivered.

use super::*;
use crate::handler::ProductionExceptionHandler;

struct Decides(ProductionDecision);

impl ProductionExceptionHandler for Decides {
    fn handle(&self, _: &ErrorHandlerContext<'_>, _: &str, _: &Error) -> ProductionDecision {
        self.0
    }
}

/// What comes of a record that the client gave up.
fn undelivered(handlers: ErrorHandlers, code: RDKafkaErrorCode) -> Result<()> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", "127.0.0.1:1");
    let producer = StreamProducer::new(&config, "c", Arc::new(handlers), Arc::default(), false).unwrap();
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
