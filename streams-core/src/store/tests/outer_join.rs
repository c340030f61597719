use super::{Fixture, text};
use crate::serde::DefaultSerde;
use crate::store::{JoinSide, OuterJoinStore, OuterJoinStoreBuilder, StateStore};

type Store = OuterJoinStore<String, String, i64>;

fn builder(persistent: bool) -> OuterJoinStoreBuilder<String, String, i64> {
    let (string, long) = (String::default_serde, i64::default_serde);
    OuterJoinStoreBuilder::new("shared", persistent, string(), string(), long())
}

#[test]
fn values_of_one_key_and_time_are_one_list_in_kafkas_bytes() {
    let mut fixture = Fixture::new();
    let store = fixture.add::<Store>(&builder(true));
    fixture.at(&store, 1000).add(&text("A"), 1000, &JoinSide::Left(text("1"))).unwrap();
    fixture.at(&store, 1000).add(&text("A"), 1000, &JoinSide::Left(text("23"))).unwrap();
    fixture.at(&store, 1001).remove(&text("A"), 1000, JoinSide::Left(())).unwrap();
    fixture.at(&store, 1002).remove(&text("A"), 1000, JoinSide::Left(())).unwrap();
    let key = text("00000000000003e80141");
    let lists = ["0100000001000000020131", "01000000020000000201310000000301".to_owned().as_str()].map(text);
    let expected = [
        (key.clone(), Some(lists[0].clone()), Some(1000)),
        (key.clone(), Some(lists[1].clone() + "3233"), Some(1000)),
        (key, None, Some(1001)),
    ];
    assert_eq!(fixture.logged(), expected);
}

#[test]
fn records_come_by_time_then_right_before_left_then_key() {
    for persistent in [true, false] {
        let mut fixture = Fixture::new();
        let store = fixture.add::<Store>(&builder(persistent));
        for (key, time) in [("b", 5), ("a", 5), ("z", 1)] {
            fixture.at(&store, 0).add(&text(key), time, &JoinSide::Left(text("l"))).unwrap();
        }
        fixture.at(&store, 0).add(&text("y"), 5, &JoinSide::Right(7)).unwrap();
        let changelog = fixture.changelog();
        let mut fixture = Fixture::new();
        let store = fixture.add::<Store>(&builder(persistent));
        fixture.at(&store, 0).restore(&changelog).unwrap();
        let found: Vec<_> = fixture.at(&store, 0).all().unwrap().map(Result::unwrap).collect();
        let seen: Vec<_> = found.iter().map(|entry| (entry.timestamp, entry.key.as_str())).collect();
        assert_eq!(seen, [(1, "z"), (5, "y"), (5, "a"), (5, "b")]);
        assert_eq!(found[1].values, [JoinSide::Right(7)]);
    }
}
