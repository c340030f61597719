//! The command as its users run it: processes, their output, and their exit codes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod cluster;
mod connection;
mod consume;
mod produce;
mod topics;

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use cluster::{Cluster, streams};

#[test]
fn a_group_shows_its_lag_and_can_be_moved() {
    let cluster = Cluster::start();
    cluster.text("topics create a -p 1");
    cluster.text("topics create b -p 1");
    cluster.produce("produce a", "1\n2\n3\n");
    cluster.produce("produce b", "1\n2\n");
    cluster.text("consume a b -g readers --from-beginning -e");
    cluster.produce("produce a", "4\n");
    let lags = |rows: &[Value]| -> Vec<(String, i64)> {
        let lag = |row: &Value| Some((row["topic"].as_str()?.to_owned(), row["lag"].as_i64()?));
        rows.iter().filter_map(lag).collect()
    };
    assert_eq!(lags(&cluster.json("groups describe readers")), [("a".into(), 1), ("b".into(), 0)]);
    cluster.text("groups reset-offsets readers --topic b --to earliest");
    assert_eq!(lags(&cluster.json("groups describe readers")), [("a".into(), 1), ("b".into(), 2)]);
    let described = cluster.json("groups describe readers");
    let total = serde_json::json!({ "group": "readers", "state": "Empty", "members": 0, "total_lag": 3 });
    assert_eq!(described.last(), Some(&total));
    let listed = serde_json::json!({ "group": "readers", "type": "consumer", "state": "Empty", "members": 0, "lag": 3 });
    assert_eq!(cluster.json("groups list"), [listed]);
    let list = cluster.text("groups list");
    let rows: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(
        rows,
        [["GROUP", "TYPE", "STATE", "MEMBERS", "LAG"], ["readers", "consumer", "Empty", "0", "3"]]
    );
    let refused = cluster.error("groups delete nobody readers noone");
    assert_eq!(refused.lines().count(), 2, "each that was not deleted is named: {refused}");
    assert!(refused.contains("nobody") && refused.contains("noone"), "{refused}");
    assert!(cluster.json("groups list").is_empty());
}

#[test]
fn perf_measures_what_it_writes_and_reads() {
    let cluster = Cluster::start();
    cluster.text("topics create load -p 3");
    let produced =
        &cluster.json("perf produce load -n 2000 -s 50 --keys 10 --compression lz4 --linger-ms 1")[0];
    assert_eq!(produced["records"], 2000);
    for field in ["records_per_second", "megabytes_per_second", "latency_p50_ms", "latency_p999_ms"] {
        assert!(produced[field].as_f64().unwrap() > 0.0, "{field} of {produced}");
    }
    let consumed = &cluster.json("perf consume load")[0];
    assert_eq!(consumed["records"], 2000);
    assert!(
        consumed["megabytes"].as_f64().unwrap() >= 2000.0 * 51.0 / f64::from(1 << 20) - 0.001,
        "{consumed}"
    );
    assert_eq!(cluster.json("perf consume load -n 500")[0]["records"], 500);
    let latency = &cluster.json("perf latency load -n 20")[0];
    assert_eq!(latency["records"], 20);
    assert!(latency["latency_p50_ms"].as_f64() <= latency["latency_max_ms"].as_f64(), "{latency}");
    assert!(cluster.text("perf produce load -n 10 --throughput 1000").contains("latency p99"));
}

#[test]
fn an_unreachable_cluster_is_one_plain_line_and_exit_code_1() {
    // Connections are taken, and never answered.
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    let commands = ["topics list", "consume a", "groups list", "perf latency a", "topics delete a"];
    for line in commands {
        let words: Vec<&str> = line.split(' ').chain(["-b", &address, "--timeout-ms", "300"]).collect();
        let output = streams(&words).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}: {error}");
        assert!(error.starts_with("streams: no broker answers at "), "{line}: {error}");
        assert_eq!(error.lines().count(), 1, "{line}: {error}");
    }
    let output =
        streams(&["topics", "list", "-b", &address, "--timeout-ms", "300", "--json"]).output().unwrap();
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert!(error["error"].as_str().unwrap().starts_with("no broker answers"), "{error}");
}

/// What a command does when nobody reads its output.
fn closed(command: &mut Command) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap()
}

#[test]
fn a_reader_that_leaves_ends_the_command_without_a_word() {
    let cluster = Cluster::start();
    cluster.text("topics create a -p 1");
    cluster.produce("produce a", "1\n2\n");
    cluster.text("consume a -g readers --from-beginning -n 1");
    let commands = [
        "topics list",
        "topics describe a --json",
        "groups list",
        "groups describe readers",
        "consume a --from-beginning",
        "perf produce a -n 10",
        "perf consume a --json",
        "completions bash",
    ];
    for line in commands {
        let output = closed(&mut cluster.command(line));
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), error.as_str()), (Some(141), ""), "{line}");
    }
    let broker = closed(&mut streams(&["broker", "--listen", "127.0.0.1:0"]));
    assert_eq!(broker.status.code(), Some(141));
}

#[test]
fn a_broker_outlives_the_reader_of_its_first_line() {
    let broker = streams(&["broker", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut cluster = Cluster::of(broker, String::new());
    let mut line = String::new();
    BufReader::new(cluster.broker.stdout.take().unwrap()).read_line(&mut line).unwrap();
    cluster.address = line.split(' ').find(|word| word.starts_with("127.")).unwrap().to_owned();
    assert!(cluster.json("topics list").is_empty());

    let pid = cluster.broker.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let mut error = String::new();
    cluster.broker.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert_eq!(cluster.broker.wait().unwrap().code(), Some(141), "{error}");
    assert!(!error.contains("panicked"), "{error}");
}

#[test]
fn a_wrong_command_line_is_exit_code_2_and_the_help_says_so() {
    let wrong = [
        "topics alter words",
        "consume a -f %z",
        "consume a --offset=-1",
        "produce a --timestamp 0",
        "broker --topic a:0",
        "groups reset-offsets g --topic a --to soon",
        "perf produce a -s 18446744073709551615",
    ];
    for line in wrong {
        let words: Vec<&str> = line.split(' ').collect();
        let output = streams(&words).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let help = streams(&["--help"]).output().unwrap();
    assert_eq!(help.status.code(), Some(0));
    assert!(String::from_utf8(help.stdout).unwrap().contains("2    the command line is wrong"));
}

#[test]
fn shells_get_their_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let script = String::from_utf8(streams(&["completions", shell]).output().unwrap().stdout).unwrap();
        for word in ["perf", "latency", "reset-offsets", "partitions"] {
            assert!(script.contains(word), "{shell} knows nothing of {word}");
        }
    }
}
