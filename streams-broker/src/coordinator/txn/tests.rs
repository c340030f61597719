//! The transaction coordinator's rules.

use super::*;
use crate::coordinator::records::{TransactionLogRecord, TransactionLogValue};
use kafka_protocol::ResponseError;

const ID: &str = "tx";
const TIMEOUT: i32 = 60_000;

/// A coordinator whose every value goes through the log's encoding.
#[derive(Default)]
struct Bench {
    state: TxnState,
    now: i64,
    next_id: i64,
}

impl Bench {
    fn new() -> Self {
        Self { now: 1_000, next_id: 100, ..Self::default() }
    }

    fn write(&mut self, value: TransactionLogValue) {
        let (key, value) = TransactionLogRecord { transactional_id: ID.into(), value: Some(value) }.encode();
        let record = TransactionLogRecord::decode(&key, value.as_deref()).unwrap().unwrap();
        self.state.replay(record);
    }

    fn write_to_the_end(&mut self, prepared: TransactionLogValue) {
        self.write(prepared.clone());
        self.write(complete(&prepared, self.now));
    }

    fn init_as(&mut self, expected: Option<(i64, i16)>) -> Result<(i64, i16), i16> {
        let request = InitProducer { id: ID, timeout_ms: TIMEOUT, expected };
        let next_id = &mut self.next_id;
        let new_id = || {
            *next_id += 1;
            Ok(*next_id)
        };
        match self.state.init_producer(self.now, request, new_id).map_err(|e| e.code())? {
            Initialized::Repeated(value) => Ok((value.producer_id, value.producer_epoch)),
            Initialized::Next(value) => {
                self.write(value.clone());
                Ok((value.producer_id, value.producer_epoch))
            }
            Initialized::Abort(value) => {
                self.write_to_the_end(value);
                Err(ResponseError::ConcurrentTransactions.code())
            }
        }
    }

    fn init(&mut self) -> Result<(i64, i16), i16> {
        self.init_as(None)
    }

    fn add(&mut self, producer: (i64, i16), topic: &str, version: i16) -> Result<(), i16> {
        let partitions = [(topic.to_owned(), 0)];
        let added = self.state.add_partitions(self.now, speaks(producer), &partitions, version);
        if let Some(value) = added.map_err(|e| e.code())? {
            self.write(value);
        }
        Ok(())
    }

    fn verify(&self, producer: (i64, i16), topic: &str) -> Result<(), i16> {
        self.state.verify_partition(speaks(producer), topic, 0).map_err(|e| e.code())
    }

    fn end(&mut self, producer: (i64, i16), commit: bool, version: i16) -> Result<(i64, i16), i16> {
        let next_id = &mut self.next_id;
        let new_id = || {
            *next_id += 1;
            Ok(*next_id)
        };
        let ended = self.state.end(self.now, speaks(producer), commit, version, new_id);
        match ended.map_err(|e| e.code())? {
            Ended::Repeated(id, epoch) => Ok((id, epoch)),
            Ended::Prepare(value) => {
                self.write_to_the_end(value);
                let now = self.state.get(ID).unwrap();
                Ok((now.producer_id, now.producer_epoch))
            }
        }
    }

    fn status(&self) -> Status {
        self.state.get(ID).unwrap().state()
    }
}

fn speaks((producer_id, epoch): (i64, i16)) -> Producer<'static> {
    Producer { id: ID, producer_id, epoch }
}

#[test]
fn version_1_keeps_its_epoch_over_transactions() {
    let mut bench = Bench::new();
    let p = bench.init().unwrap();
    assert_eq!(p.1, 0);
    for commit in [true, false, true] {
        assert_eq!(bench.add(p, "t", 1), Ok(()));
        assert_eq!(bench.status(), Status::Ongoing);
        assert_eq!(bench.end(p, commit, 1), Ok(p));
        assert_eq!(bench.end(p, commit, 1), Ok(p), "a repeated end is fine");
        assert_eq!(bench.end(p, !commit, 1), Err(48));
    }
}

#[test]
fn version_2_gets_a_new_epoch_with_every_end() {
    let mut bench = Bench::new();
    let (id, _) = bench.init().unwrap();
    bench.add((id, 0), "t", 2).unwrap();
    assert_eq!(bench.end((id, 0), true, 2), Ok((id, 1)));
    assert_eq!(bench.end((id, 0), true, 2), Ok((id, 1)), "a repeated end gets the same answer");
    assert_eq!(bench.end((id, 0), false, 2), Err(48));
    assert_eq!(bench.add((id, 0), "t", 2), Err(90));
    assert_eq!(bench.add((id, 1), "t", 2), Ok(()));
}

#[test]
fn version_2_may_abort_what_it_never_began() {
    let mut bench = Bench::new();
    let (id, _) = bench.init().unwrap();
    assert_eq!(bench.end((id, 0), false, 2), Ok((id, 1)));
    assert_eq!(bench.end((id, 1), false, 2), Ok((id, 2)));
    assert_eq!(bench.end((id, 2), true, 2), Err(48));
}

#[test]
fn version_1_cannot_end_what_it_never_began() {
    let mut bench = Bench::new();
    let p = bench.init().unwrap();
    assert_eq!((bench.end(p, true, 1), bench.end(p, false, 1)), (Err(48), Err(48)));
}

#[test]
fn a_second_producer_aborts_the_open_transaction_and_fences_the_first() {
    for version in [1, 2] {
        let mut bench = Bench::new();
        let (id, _) = bench.init().unwrap();
        bench.add((id, 0), "t", version).unwrap();
        assert_eq!(bench.init(), Err(51));
        assert_eq!(bench.status(), Status::CompleteAbort);
        assert_eq!(bench.init(), Ok((id, 2)));
        assert_eq!(bench.end((id, 0), true, version), Err(90));
        assert_eq!(bench.add((id, 0), "t", version), Err(90));
        assert_eq!(bench.verify((id, 0), "t"), Err(90));
    }
}

#[test]
fn a_prepared_transaction_is_answered_with_51() {
    let mut bench = Bench::new();
    let p = bench.init().unwrap();
    bench.add(p, "t", 1).unwrap();
    let Ok(Ended::Prepare(value)) = bench.state.end(bench.now, speaks(p), true, 1, || Ok(0)) else {
        panic!("an open transaction can be ended");
    };
    bench.write(value);
    assert_eq!(bench.state.prepared(), [ID]);
    assert_eq!(bench.init(), Err(51));
    assert_eq!(bench.add(p, "t", 1), Err(51));
    assert_eq!((bench.end(p, true, 1), bench.end(p, false, 1)), (Err(51), Err(48)));
}

#[test]
fn another_producer_id_is_error_49() {
    let mut bench = Bench::new();
    let p = bench.init().unwrap();
    let other = (p.0 + 77, p.1);
    assert_eq!((bench.add(other, "t", 1), bench.end(other, true, 1)), (Err(49), Err(49)));
    assert_eq!(bench.verify(other, "t"), Err(49));
}

#[test]
fn a_partition_that_was_not_added_is_error_120() {
    let mut bench = Bench::new();
    let p = bench.init().unwrap();
    assert_eq!(bench.verify(p, "t"), Err(120));
    bench.add(p, "t", 1).unwrap();
    assert_eq!((bench.verify(p, "t"), bench.verify(p, "u")), (Ok(()), Err(120)));
}

#[test]
fn a_transaction_over_its_time_is_aborted_and_fenced() {
    let mut bench = Bench::new();
    let (id, _) = bench.init().unwrap();
    bench.add((id, 0), "t", 2).unwrap();
    bench.now += i64::from(TIMEOUT);
    assert!(bench.state.timed_out(bench.now).is_empty());
    bench.now += 1;
    for (_, value) in bench.state.timed_out(bench.now) {
        bench.write_to_the_end(value);
    }
    assert_eq!(bench.end((id, 0), true, 2), Err(48), "its producer learns that it is too late to commit");
    assert_eq!(bench.add((id, 0), "t", 2), Err(90));
}

#[test]
fn who_was_too_slow_may_go_on_after_asking_with_the_epoch_before() {
    let mut bench = Bench::new();
    let slow = bench.init().unwrap();
    bench.add(slow, "t", 1).unwrap();
    bench.now += i64::from(TIMEOUT) + 1;
    for (_, value) in bench.state.timed_out(bench.now) {
        bench.write_to_the_end(value);
    }
    assert_eq!(bench.end(slow, true, 1), Err(90));
    assert_eq!(bench.end(slow, true, 2), Err(48), "version 2 takes it for the one before");
    assert_eq!(bench.init_as(Some(slow)), Ok((slow.0, slow.1 + 1)));
    assert_eq!(bench.init(), Ok((slow.0, slow.1 + 2)));
}

#[test]
fn an_unused_id_expires() {
    let mut bench = Bench::new();
    bench.init().unwrap();
    assert!(bench.state.expired(bench.now + 9, 10).is_empty());
    assert_eq!(bench.state.expired(bench.now + 10, 10), [ID]);
}

#[test]
fn a_producer_that_names_its_epoch_gets_the_next_one_and_keeps_it_when_asking_again() {
    let mut bench = Bench::new();
    let (id, _) = bench.init().unwrap();
    assert_eq!(bench.init_as(Some((id, 0))), Ok((id, 1)));
    assert_eq!(bench.init_as(Some((id, 0))), Ok((id, 1)));
    assert_eq!(bench.init_as(Some((id, 1))), Ok((id, 2)));
    assert_eq!(bench.init_as(Some((id, 0))), Err(90));
    assert_eq!(bench.init_as(Some((id + 50, 2))), Err(90));
}

#[test]
fn a_producer_id_is_taken_only_when_one_is_needed() {
    let mut bench = Bench::new();
    let (id, _) = bench.init().unwrap();
    let taken = bench.next_id;
    for epoch in 0..5 {
        bench.add((id, epoch), "t", 2).unwrap();
        assert_eq!(bench.end((id, epoch), true, 2), Ok((id, epoch + 1)));
    }
    bench.init().unwrap();
    assert_eq!(bench.next_id, taken);
}

#[test]
fn when_epochs_are_used_up_the_producer_gets_a_new_id() {
    let mut bench = Bench::new();
    let (id, _) = bench.init().unwrap();
    let mut value = bench.state.get(ID).unwrap().clone();
    value.producer_epoch = i16::MAX - 1;
    bench.write(value);
    bench.add((id, i16::MAX - 1), "t", 2).unwrap();
    let (next, epoch) = bench.end((id, i16::MAX - 1), true, 2).unwrap();
    assert_eq!(epoch, 0);
    assert_ne!(next, id);
    assert_eq!(bench.end((id, i16::MAX - 1), true, 2), Ok((next, 0)), "a repeated end");
}
