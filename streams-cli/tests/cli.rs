//! The command as its users run it: processes, their output, and their exit codes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A broker on a free port, and commands that talk to it.
struct Cluster {
    broker: Child,
    address: String,
}

impl Cluster {
    fn start() -> Self {
        let mut broker = streams(&["broker", "--listen", "127.0.0.1:0", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(broker.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        Self { broker, address: ready["ready"].as_str().unwrap().to_owned() }
    }

    fn command(&self, line: &str) -> Command {
        let mut command = streams(&line.split(' ').collect::<Vec<_>>());
        command.env("STREAMS_BOOTSTRAP_SERVERS", &self.address);
        command
    }

    fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }

    /// Standard output of a command that succeeds.
    #[track_caller]
    fn text(&self, line: &str) -> String {
        let output = self.run(line);
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The JSON objects that a command prints.
    #[track_caller]
    fn json(&self, line: &str) -> Vec<Value> {
        let text = self.text(&format!("{line} --json"));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn produce(&self, line: &str, input: &str) {
        let mut child = self.command(line).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.broker.kill();
        let _ = self.broker.wait();
    }
}

fn streams(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_streams"));
    command.args(arguments).env_remove("STREAMS_LOG");
    command
}

#[test]
fn settings_of_a_topic_are_altered_one_by_one() {
    let cluster = Cluster::start();
    cluster.text("topics create words --config retention.ms=60000 --config max.message.bytes=5000");
    cluster.text("topics alter words --config retention.ms=70000 --delete-config max.message.bytes");
    cluster.text("topics alter words --config segment.ms=90000");
    let described = cluster.json("topics describe words");
    let settings: Vec<_> = described
        .iter()
        .filter_map(|row| Some((row["setting"].as_str()?, row["value"].as_str()?, row["set_by"].as_str()?)))
        .collect();
    assert_eq!(settings, [("retention.ms", "70000", "topic"), ("segment.ms", "90000", "topic")]);

    let all = cluster.json("topics describe words --all-settings");
    assert!(
        all.iter().any(|row| row["setting"] == "cleanup.policy" && row["set_by"] == "default"),
        "{all:?}"
    );

    let refused = cluster.run("topics alter words --delete-config cleanup.policy");
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("no setting cleanup.policy of its own"));
}

#[test]
fn partitions_can_be_added_and_not_taken_away() {
    let cluster = Cluster::start();
    cluster.text("topics create words -p 2");
    assert_eq!(cluster.json("topics partitions words 5"), [serde_json::json!({ "altered": "words" })]);
    assert_eq!(cluster.json("topics list"), [serde_json::json!({ "topic": "words", "partitions": 5 })]);
    let refused = cluster.run("topics partitions words 3");
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("words to 3"));
}

#[test]
fn the_end_is_the_end_of_all_partitions_of_all_topics() {
    let cluster = Cluster::start();
    for topic in ["a", "b", "c"] {
        cluster.text(&format!("topics create {topic} -p 2"));
    }
    let lines = |from: u32| (from..from + 50).map(|n| format!("{n}={n}\n")).collect::<String>();
    cluster.produce("produce a -k =", &lines(0));
    cluster.produce("produce b -k =", &lines(50));
    let mut read: Vec<u32> =
        cluster.text("consume a b c --from-beginning -e").lines().map(|line| line.parse().unwrap()).collect();
    read.sort_unstable();
    assert_eq!(read, (0..100).collect::<Vec<_>>());
    assert_eq!(cluster.text("consume a b c -e"), "");
}

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
    assert_eq!(cluster.json("groups delete readers"), [serde_json::json!({ "deleted": "readers" })]);
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
    let mut cluster = Cluster { broker, address: String::new() };
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
    assert_eq!(streams(&["topics", "alter", "words"]).output().unwrap().status.code(), Some(2));
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
