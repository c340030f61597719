use std::time::Duration;

use super::{Fixture, context, text};
use crate::serde::DefaultSerde;
use crate::store::{
    GraceBuffer, GraceBufferBuilder, StateStore, SuppressionBuffer, SuppressionBufferBuilder,
};

type Suppression = SuppressionBuffer<String, String>;
type Grace = GraceBuffer<String, String>;

fn suppression() -> SuppressionBufferBuilder<String, String> {
    SuppressionBufferBuilder::new("suppress", String::default_serde(), String::default_serde())
}

fn put(
    fixture: &mut Fixture,
    buffer: &crate::StoreRef<Suppression>,
    time: i64,
    key: &str,
    new: &str,
    old: Option<&str>,
) {
    let old = old.map(text);
    let context = context(time, time);
    fixture.at(buffer, time).put(time, &text(key), Some(&text(new)), old.as_ref(), context).unwrap();
}

#[test]
fn a_buffered_key_keeps_its_place_and_what_was_seen_before_it() {
    let mut fixture = Fixture::new();
    let buffer = fixture.add::<Suppression>(&suppression());
    put(&mut fixture, &buffer, 1, "a", "1", Some("0"));
    put(&mut fixture, &buffer, 2, "b", "1", None);
    put(&mut fixture, &buffer, 3, "a", "2", Some("1"));
    let buffer = fixture.at(&buffer, 0);
    assert_eq!((buffer.num_records(), buffer.min_time()), (2, Some(1)));
    assert_eq!(buffer.prior_value(&text("a")).unwrap(), Some(Some(text("0"))));
    let first = buffer.first().unwrap().unwrap();
    assert_eq!(buffer.num_records(), 2);
    buffer.remove_first();
    assert_eq!((first.key, first.new, first.prior), (text("a"), Some(text("2")), Some(text("0"))));
    assert_eq!(first.context.timestamp, 3);
    assert_eq!(buffer.first().unwrap().unwrap().key, "b");
    buffer.remove_first();
    assert_eq!((buffer.min_time(), buffer.buffer_bytes()), (None, 0));
    assert_eq!(buffer.first().unwrap(), None);
}

#[test]
fn a_flush_logs_each_changed_key_once_without_a_timestamp() {
    let mut fixture = Fixture::new();
    let buffer = fixture.add::<Suppression>(&suppression());
    put(&mut fixture, &buffer, 0, "a", "1", None);
    put(&mut fixture, &buffer, 1, "b", "3", None);
    assert!(fixture.at(&buffer, 0).cached_bytes() > 0);
    assert!(fixture.logged().is_empty());
    fixture.at(&buffer, 0).remove_first();
    fixture.at(&buffer, 0).flush().unwrap();
    assert_eq!(fixture.at(&buffer, 0).cached_bytes(), 0);
    let logged = fixture.logged();
    assert_eq!(logged[0], (text("61"), None, None));
    assert_eq!((logged[1].0.as_str(), logged[1].2), ("62", None));
    assert!(logged[1].1.as_deref().unwrap().ends_with("ffffffffffffffff00000001330000000000000001"));
}

#[test]
fn a_suppression_restores_from_its_changelog() {
    let mut fixture = Fixture::new();
    let buffer = fixture.add::<Suppression>(&suppression());
    put(&mut fixture, &buffer, 4, "a", "1", Some("0"));
    put(&mut fixture, &buffer, 5, "b", "1", None);
    fixture.at(&buffer, 0).flush().unwrap();
    fixture.at(&buffer, 0).remove_first();
    fixture.at(&buffer, 0).flush().unwrap();
    let changelog = fixture.changelog();
    let mut fixture = Fixture::new();
    let buffer = fixture.add::<Suppression>(&suppression());
    fixture.at(&buffer, 0).restore(&changelog).unwrap();
    let restored = fixture.at(&buffer, 0);
    assert_eq!((restored.num_records(), restored.min_time()), (1, Some(5)));
    assert_eq!(restored.first().unwrap().unwrap().context.offset, 5);
}

#[test]
fn a_changelog_of_an_old_format_is_refused() {
    let mut fixture = Fixture::new();
    let buffer = fixture.add::<Suppression>(&suppression());
    put(&mut fixture, &buffer, 4, "a", "1", None);
    fixture.at(&buffer, 0).flush().unwrap();
    let mut changelog = fixture.changelog();
    changelog[0].headers.remove("v");
    let error = fixture.at(&buffer, 0).restore(&changelog).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Data);
}

fn grace() -> GraceBufferBuilder<String, String> {
    let grace = Duration::from_millis(10);
    GraceBufferBuilder::new("buffer", grace, String::default_serde(), String::default_serde())
}

#[test]
fn records_wait_until_the_grace_period_is_over_and_late_ones_do_not_wait() {
    let mut fixture = Fixture::new();
    let buffer = fixture.add::<Grace>(&grace());
    let put = |fixture: &mut Fixture, value: &str, time: i64| {
        fixture.at(&buffer, time).put(&text("a"), &text(value), time, context(time, time)).unwrap()
    };
    assert!(put(&mut fixture, "s9", 9));
    assert!(put(&mut fixture, "s5", 5));
    assert!(fixture.at(&buffer, 9).evict().unwrap().is_empty());
    assert!(put(&mut fixture, "s16", 16));
    let evicted = fixture.at(&buffer, 16).evict().unwrap();
    assert_eq!(evicted.iter().map(|record| record.value.as_str()).collect::<Vec<_>>(), ["s5"]);
    assert!(!put(&mut fixture, "s4", 4));
    let logged = fixture.logged();
    assert_eq!(logged[1].0, "0000000000000000056100000002");
    assert_eq!(logged[3], (text("0000000000000000056100000002"), None, None));
}

#[test]
fn a_reopened_buffer_goes_on_with_time_and_sequence() {
    let mut fixture = Fixture::new();
    let buffer = fixture.add::<Grace>(&grace());
    fixture.at(&buffer, 30).put(&text("a"), &text("v"), 30, context(0, 30)).unwrap();
    fixture.logged();
    let mut fixture = fixture.reopen(true);
    let buffer = fixture.add::<Grace>(&grace());
    assert!(!fixture.at(&buffer, 19).put(&text("a"), &text("v"), 19, context(1, 19)).unwrap());
    assert!(fixture.at(&buffer, 30).put(&text("a"), &text("w"), 30, context(2, 30)).unwrap());
    assert_eq!(fixture.logged()[0].0, "00000000000000001e6100000002");
}
