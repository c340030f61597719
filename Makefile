# The two commands of the README, and the gate's steps. Every target installs what it needs (scripts/setup) and links
# one prebuilt RocksDB (scripts/rocksdb).
SHELL := /bin/bash
ENV := . scripts/env &&
FILE ?= LICENSE

.PHONY: word-count test test-kafka lint doc fmt

## Counts the words of FILE over the embedded broker: make word-count [FILE=path]
word-count:
	$(ENV) cargo run --release --bin word_count -- $(FILE)

## All tests, over the embedded broker
test:
	$(ENV) cargo test --workspace

## The end-to-end suite over a real Apache Kafka (needs Java 17 and Maven)
test-kafka:
	$(ENV) scripts/kafka/with-kafka cargo test -p streams-tests --test runtime

lint:
	$(ENV) cargo fmt --all --check
	$(ENV) cargo clippy --workspace --all-targets -- -D warnings

doc:
	$(ENV) RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

fmt:
	cargo fmt --all
