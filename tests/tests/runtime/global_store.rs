//! Global stores: filled before the first record is processed, and kept up to date.

use streams_core::{
    BoxError, KafkaStreams, KeyValueStore, KeyValueStoreBuilder, Processor, ProcessorContext, Record, Sink,
    Source, StoreRef, Topology,
};

use crate::cluster::{Cluster, close, start};

#[derive(Default)]
struct Update {
    names: Option<StoreRef<KeyValueStore<String, String>>>,
}

impl Processor<String, String, (), ()> for Update {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, (), ()>) -> Result<(), BoxError> {
        self.names = Some(ctx.store_ref("names")?);
        Ok(())
    }

    fn process(
        &mut self,
        record: Record<String, String>,
        ctx: &mut ProcessorContext<'_, (), ()>,
    ) -> Result<(), BoxError> {
        let names = self.names.ok_or("not initialized")?;
        Ok(ctx.store(&names)?.put(&record.key, &record.value)?)
    }
}

#[derive(Default)]
struct LookUp {
    names: Option<StoreRef<KeyValueStore<String, String>>>,
}

impl Processor<String, String, String, String> for LookUp {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, String, String>) -> Result<(), BoxError> {
        self.names = Some(ctx.store_ref("names")?);
        Ok(())
    }

    fn process(
        &mut self,
        record: Record<String, String>,
        ctx: &mut ProcessorContext<'_, String, String>,
    ) -> Result<(), BoxError> {
        let names = self.names.ok_or("not initialized")?;
        let found = ctx.store(&names)?.get(&record.value)?.unwrap_or_else(|| "nobody".to_owned());
        Ok(ctx.forward(record.with_value(found))?)
    }
}

/// Replaces the ids in `input` by the names that `names` has for them.
fn topology(names: &str, input: &str, output: &str, persistent: bool) -> Topology {
    let store = if persistent {
        KeyValueStoreBuilder::<String, String>::persistent("names")
    } else {
        KeyValueStoreBuilder::<String, String>::in_memory("names")
    };
    let mut topology = Topology::new();
    topology
        .add_global_store(
            store.with_logging_disabled(),
            Source::<String, String>::new("names-source", [names]),
            "update",
            Update::default,
        )
        .unwrap()
        .add_source(Source::<String, String>::new("ids", [input]))
        .unwrap()
        .add_processor("look-up", LookUp::default, ["ids"])
        .unwrap()
        .add_sink(Sink::<String, String>::to("out", output), ["look-up"])
        .unwrap();
    topology
}

fn run(persistent: bool) {
    let cluster = Cluster::start();
    let (names, input, output) = (cluster.name("names"), cluster.name("ids"), cluster.name("out"));
    cluster.create_topic(&names, 3);
    cluster.create_topic(&input, 2);
    cluster.create_topic(&output, 1);
    // The producer's keys are "0", "1", …
    cluster.produce(&names, ["anna", "bert", "carl", "dora"]);
    cluster.produce(&input, ["3", "9"]);
    let config = cluster.config("app", "one").set("num.stream.threads", 2).build().unwrap();
    for round in 1..=2 {
        let streams =
            KafkaStreams::new(&topology(&names, &input, &output, persistent), config.clone()).unwrap();
        start(&streams);
        let mut seen = Vec::new();
        cluster.read_until(&output, |_, value| {
            seen.push(String::from_utf8(value.to_vec()).unwrap());
            seen.len() == 2 * round
        });
        seen.sort();
        let expected =
            if round == 1 { vec!["dora", "nobody"] } else { vec!["bert", "carl", "dora", "nobody"] };
        assert_eq!(seen, expected);
        close(&streams);
        cluster.produce(&input, ["1", "2"]);
    }
}

#[test]
fn a_global_store_on_disk_is_complete_before_the_first_record() {
    run(true);
}

#[test]
fn a_global_store_in_memory_is_complete_before_the_first_record() {
    run(false);
}
