//! `streams produce`.

use std::io::Write;
use std::process::Stdio;

use crate::cluster::Cluster;

#[test]
fn lines_before_one_that_cannot_be_sent_are_written() {
    let cluster = Cluster::start();
    cluster.text("topics create words -p 1");
    let mut produce =
        cluster.command("produce words -k :").stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    produce.stdin.take().unwrap().write_all(b"a:1\nb:2\nc\nd:4\n").unwrap();
    let output = produce.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "streams: line 3: `c` has no key separator `:`\n\
         streams: the lines before it were written: 2 records\n"
    );
    assert_eq!(cluster.text("consume words --from-beginning -e"), "1\n2\n");
}
