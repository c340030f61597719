//! Windows at the edges: of no length, at the last possible time, before the epoch; and streams that are cogrouped twice.
#![allow(clippy::unwrap_used, reason = "a helper that panics fails its test, as it should")]

use std::time::Duration;

use streams_dsl::prelude::*;
use streams_test::TopologyTestDriver;

const MS: Duration = Duration::from_millis(1);

/// Counts the records of one key at these times, with `windowed`, and returns the results as `start/end=count`, or the
/// error at the first record that fails.
fn counts(
    windowed: impl FnOnce(KGroupedStream<String, String>) -> KTable<Windowed<String>, i64>,
    times: &[i64],
) -> Result<Vec<String>, Error> {
    let builder = StreamsBuilder::new();
    let counts = windowed(builder.stream::<String, String>("in").group_by_key()).to_stream_of_values();
    counts.select_key(|key, _| format!("{}/{}", key.window.start, key.window.end)).to("out");
    let driver = TopologyTestDriver::new(&builder.build()?)?;
    let mut input = driver.create_input_topic::<String, String>("in");
    for time in times {
        input.pipe_input_at("a", "", *time)?;
    }
    let counts = driver.create_output_topic::<String, i64>("out").read_key_values_to_list()?;
    Ok(counts.into_iter().map(|(window, count)| format!("{window}={count}")).collect())
}

#[test]
fn sliding_windows_of_no_length_fail_at_the_first_record() {
    let windows = SlidingWindows::of_time_difference_with_no_grace(Duration::ZERO);
    let count = |stream: KGroupedStream<_, _>| stream.windowed_by(windows).count();
    assert!(counts(count, &[]).unwrap().is_empty());
    let error = counts(count, &[5]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    assert!(error.to_string().contains("must end after it starts"), "{error}");
}

#[test]
fn a_record_whose_window_would_end_after_the_last_possible_time_fails() {
    let windows = TimeWindows::of_size_with_no_grace(10 * MS);
    let count = |stream: KGroupedStream<_, _>| stream.windowed_by(windows).count();
    let last = i64::MAX;
    let window = format!("{}/{}", last - 17, last - 7);
    assert_eq!(counts(count, &[last - 9, last - 8]).unwrap(), [format!("{window}=1"), format!("{window}=2")]);
    let error = counts(count, &[last]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    assert!(error.to_string().contains("impossible window from 9223372036854775800 to"), "{error}");
    let hopping = windows.advance_by(MS);
    let count = |stream: KGroupedStream<_, _>| stream.windowed_by(hopping).count();
    assert_eq!(counts(count, &[last - 20]).unwrap().len(), 10);
    counts(count, &[last - 20, last - 5]).unwrap_err();
}

#[test]
fn a_record_next_to_the_last_possible_time_has_no_sliding_windows() {
    let windows = SlidingWindows::of_time_difference_with_no_grace(10 * MS);
    let count = |stream: KGroupedStream<_, _>| stream.windowed_by(windows).count();
    let last = i64::MAX;
    assert!(counts(count, &[last - 1, last]).unwrap().is_empty());
    let found = counts(count, &[last - 20, last - 12]).unwrap();
    let window = |end: i64, count| format!("{}/{end}={count}", end - 10);
    assert_eq!(found, [window(last - 20, 1), window(last - 9, 1), window(last - 12, 2)]);
}

#[test]
fn windows_that_stay_open_for_all_time_give_no_final_results() {
    let grace = Duration::from_millis(i64::MAX as u64);
    let windows = TimeWindows::of_size_and_grace(10 * MS, grace);
    let count = |stream: KGroupedStream<_, _>| {
        stream.windowed_by(windows).emit_strategy(EmitStrategy::OnWindowClose).count()
    };
    assert!(counts(count, &[5, 15, 100_000]).unwrap().is_empty());
}

#[test]
fn a_record_that_is_given_a_window_before_the_epoch_fails() {
    struct Around;

    impl Windows for Around {
        fn windows_for(&self, timestamp: i64, windows: &mut Vec<Window>) {
            windows.push(Window::new(timestamp - 5, timestamp + 5));
        }

        fn size_ms(&self) -> i64 {
            10
        }
    }

    let count = |stream: KGroupedStream<_, _>| stream.windowed_by(Around).count();
    assert_eq!(counts(count, &[7]).unwrap(), ["2/12=1"]);
    let error = counts(count, &[7, 3]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    assert!(error.to_string().contains("impossible window from -2 to 8"), "{error}");
}

#[test]
fn the_second_aggregator_of_a_cogrouped_stream_replaces_the_first_in_its_place() {
    let builder = StreamsBuilder::new();
    let one = builder.stream::<String, String>("one").group_by_key();
    let other = builder.stream::<String, String>("other").group_by_key();
    one.cogroup(|_, value, so_far: String| format!("{so_far}first:{value} "))
        .cogroup(&other, |_, value, so_far| format!("{so_far}other:{value} "))
        .cogroup(&one.clone(), |_, value, so_far| format!("{so_far}second:{value} "))
        .aggregate(String::new)
        .to_stream_of_values()
        .to("out");
    let topology = builder.build().unwrap();
    let described = topology.describe().to_string();
    assert_eq!(described.matches("Processor: COGROUPKSTREAM-AGGREGATE").count(), 2, "{described}");
    let driver = TopologyTestDriver::new(&topology).unwrap();
    driver.create_input_topic::<String, String>("one").pipe_input("a", "x").unwrap();
    driver.create_input_topic::<String, String>("other").pipe_input("a", "y").unwrap();
    let results = driver.create_output_topic::<String, String>("out").read_values_to_list().unwrap();
    assert_eq!(results, ["second:x ", "second:x other:y "]);
}
