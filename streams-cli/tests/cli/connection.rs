//! What is said when a broker is there and refuses the connection.

use crate::cluster::Cluster;

#[test]
fn wrong_and_missing_passwords_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let users = dir.path().join("users");
    std::fs::write(&users, "alice:secret\n").unwrap();
    let cluster = Cluster::start_with(&["--listen", "127.0.0.1:0", "--sasl-users", users.to_str().unwrap()]);
    let list = |password: &str| {
        format!(
            "topics list --timeout-ms 1000 --client-config security.protocol=SASL_PLAINTEXT \
             --client-config sasl.mechanism=PLAIN --client-config sasl.username=alice \
             --client-config sasl.password={password}"
        )
    };
    let error = cluster.error(&list("guess"));
    assert!(error.contains("does not accept this client") && error.contains("uthentication"), "{error}");
    let error = cluster.error("topics list --timeout-ms 1000");
    assert!(error.contains("security.protocol"), "{error}");
    assert_eq!(cluster.text(&list("secret")), "TOPIC  PARTITIONS\n");
}
