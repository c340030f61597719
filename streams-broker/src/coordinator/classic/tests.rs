//! The classic protocol's rules, in virtual time.

mod membership;
mod rebalancing;
mod restart;
mod statics;

use crate::coordinator::testing::{Bench, Who};

/// A stable group of two: members a (leader) and b, in generation 2.
fn two_members() -> (Bench, Who, Who) {
    let mut bench = Bench::new();
    let (mut a, mut b) = (Who::new(), Who::new());
    let first = bench.enter(&mut a);
    assert_eq!(bench.joined(first).unwrap().generation_id, 1);
    bench.sync(&a, 1, &[(&a.member, "a")]);
    let b_joins = bench.enter(&mut b);
    let a_joins = bench.join(&a);
    assert_eq!(bench.joined(b_joins).unwrap().generation_id, 2);
    assert_eq!(bench.joined(a_joins).unwrap().leader.as_str(), a.member);
    bench.sync(&b, 2, &[]);
    bench.sync(&a, 2, &[(&a.member, "a"), (&b.member, "b")]);
    (bench, a, b)
}
