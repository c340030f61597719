//! A broker and its clients as processes.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A broker, and commands that talk to it.
pub(crate) struct Cluster {
    pub(crate) broker: Child,
    pub(crate) address: String,
}

impl Cluster {
    /// A broker on a free port.
    pub(crate) fn start() -> Self {
        Self::start_with(&["--listen", "127.0.0.1:0"])
    }

    /// A broker of its own arguments.
    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        let mut broker = streams(&["broker", "--json"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(broker.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        Self::of(broker, ready["ready"].as_str().unwrap().to_owned())
    }

    pub(crate) fn of(broker: Child, address: String) -> Self {
        Self { broker, address }
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = streams(&line.split(' ').collect::<Vec<_>>());
        command.env("STREAMS_BOOTSTRAP_SERVERS", &self.address);
        command
    }

    pub(crate) fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }

    /// Standard output of a command that succeeds.
    #[track_caller]
    pub(crate) fn text(&self, line: &str) -> String {
        let output = self.run(line);
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Standard error of a command that fails.
    #[track_caller]
    pub(crate) fn error(&self, line: &str) -> String {
        let output = self.run(line);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}: {error}");
        error
    }

    /// The JSON objects that a command prints.
    #[track_caller]
    pub(crate) fn json(&self, line: &str) -> Vec<Value> {
        let text = self.text(&format!("{line} --json"));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn produce(&self, line: &str, input: &str) {
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

pub(crate) fn streams(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_streams"));
    command.args(arguments).env_remove("STREAMS_LOG");
    command
}
