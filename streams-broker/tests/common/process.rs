//! A broker in a process of its own, which can be killed.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The example `broker`, which cargo builds along with the tests.
fn executable() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    test.parent().and_then(Path::parent).expect("target/debug").join("examples/broker")
}

/// A running broker. It is killed, as by `kill -9`, when this is dropped, in a test that fails, too.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the broker without waiting for it.
pub(crate) fn spawn(address: &str, dir: &Path) -> Process {
    let child = Command::new(executable())
        .args([address.as_ref(), dir.as_os_str()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("cargo has built the example");
    Process(child)
}

/// Starts the broker; returns when it listens, with the address.
pub(crate) fn start(address: &str, dir: &Path) -> (Process, String) {
    let mut process = spawn(address, dir);
    let mut line = String::new();
    BufReader::new(process.0.stdout.take().expect("piped"))
        .read_line(&mut line)
        .expect("it says that it is ready");
    let address = line.trim_start_matches("broker on ").split(';').next().expect("an address").to_owned();
    assert!(!address.is_empty(), "the broker did not start");
    (process, address)
}
