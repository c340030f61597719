//! Changes valid inputs at random and watches what decoders do.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::{Duration, Instant};

use super::{TARGETS, Target};

/// Longest input.
const LONGEST: usize = 16 * 1024;

/// Longest time for one input, on a busy machine and without optimization.
const SLOWEST: Duration = Duration::from_secs(20);

/// Inputs of a target that costs 1, unless `FUZZ_ITERATIONS` says otherwise.
const ITERATIONS: usize = 20_000;

/// Remembers the largest piece of memory that a thread has asked for.
struct Counting;

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

fn note(size: usize) {
    // It fails while the thread ends; then nobody asks.
    let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(size)));
}

// SAFETY: every call goes to the system's allocator as it came.
#[allow(unsafe_code, reason = "an allocator is unsafe to implement; this one only looks on")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Numbers that look random and are the same each time (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`; 0 if there is none.
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// One change of an input.
fn mutate(input: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let at = random.below(input.len());
    match random.below(10) {
        0 if !input.is_empty() => input[at] ^= 1 << random.below(8),
        1 if !input.is_empty() => input[at] = random.pick(&[0, 1, 2, 0x7e, 0x7f, 0x80, 0xfe, 0xff]),
        2 => input.truncate(at),
        3 => {
            let number = random.pick(&[-1, 0, 1, 2, i16::MAX, i16::MIN, 100]).to_be_bytes();
            overwrite(input, at, &number);
        }
        4 => {
            let number = random.pick(&[-1, 0, 1, i32::MAX, i32::MIN, 1 << 20, 1 << 28]).to_be_bytes();
            overwrite(input, at, &number);
        }
        5 => {
            let number = random.pick(&[-1, 0, i64::MAX, i64::MIN, 1 << 40, 1 << 62]).to_be_bytes();
            overwrite(input, at, &number);
        }
        // A varint that promises much.
        6 => overwrite(input, at, &[0xff, 0xff, 0xff, 0xff, 0x0f][random.below(5)..]),
        7 => {
            let other = &seeds[random.below(seeds.len())];
            let from = random.below(other.len());
            let to = from + random.below(other.len() - from + 1);
            input.splice(at..at, other[from..to].iter().copied());
        }
        8 => {
            let end = at + random.below(input.len() - at + 1);
            input.drain(at..end);
        }
        _ => {
            let end = at + random.below((input.len() - at).min(64) + 1);
            let again = input[at..end].to_vec();
            for _ in 0..=random.below(8) {
                input.splice(at..at, again.iter().copied());
            }
        }
    }
    input.truncate(LONGEST);
}

fn overwrite(input: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = (at + bytes.len()).min(input.len());
    input.splice(at..end, bytes.iter().copied());
}

fn number(variable: &str, default: usize) -> usize {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable}={text} is not a number")),
        Err(_) => default,
    }
}

fn drive(target: &Target) {
    let seeds = (target.seeds)();
    for seed in &seeds {
        check(target, seed, "a seed");
    }
    let iterations = number("FUZZ_ITERATIONS", ITERATIONS / target.cost);
    let name = target.name.bytes().fold(0u64, |hash, byte| hash.wrapping_mul(31) + u64::from(byte));
    let mut random = Random(name ^ (number("FUZZ_SEED", 1) as u64) << 32);
    for iteration in 0..iterations {
        let mut input = seeds[random.below(seeds.len())].clone();
        for _ in 0..=random.below(6) {
            mutate(&mut input, &seeds, &mut random);
        }
        if random.below(4) > 0 {
            (target.repair)(&mut input);
        }
        check(target, &input, &format!("iteration {iteration}"));
    }
}

fn check(target: &Target, input: &[u8], what: &str) {
    let started = Instant::now();
    LARGEST.set(0);
    let result = std::panic::catch_unwind(|| (target.run)(input));
    let (largest, took) = (LARGEST.get(), started.elapsed());
    let name = target.name;
    assert!(result.is_ok(), "{name}: {what} panicked: {input:?}");
    assert!(took < SLOWEST, "{name}: {what} took {took:?}: {input:?}");
    let limit = (target.memory)(input.len());
    assert!(largest <= limit, "{name}: {what} asked for {largest} bytes, {limit} are allowed: {input:?}");
}

macro_rules! targets {
    ($($name:ident),*) => {
        $(#[test]
        fn $name() {
            let target = TARGETS.iter().find(|target| target.name == stringify!($name)).expect("a target");
            drive(target);
        })*

        #[test]
        fn every_target_is_driven() {
            let driven = [$(stringify!($name)),*];
            assert_eq!(TARGETS.iter().map(|target| target.name).collect::<Vec<_>>(), driven);
        }
    };
}

targets!(
    frame,
    request,
    handler,
    sasl,
    batch,
    segment,
    index,
    producers,
    checkpoint,
    settings,
    group_record,
    transaction_record,
    subscription
);
