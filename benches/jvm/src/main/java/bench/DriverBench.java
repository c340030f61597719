package bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.*;
import java.time.*;
import java.util.*;
import java.util.function.*;
import java.util.stream.*;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;

/**
 * The five topologies of {@code streams-bench driver} on Kafka Streams' own TopologyTestDriver.
 * usage: DriverBench RECORDS [TOPOLOGY [STORE]]; prints records per CPU second of the whole process.
 */
public class DriverBench {
    static final String[] KEYS = IntStream.range(0, 1_000).mapToObj(n -> "key-" + n).toArray(String[]::new);
    static final Serde<String> STRING = Serdes.String();
    static final Consumed<String, String> STRINGS = Consumed.with(STRING, STRING);
    static final Map<String, Consumer<StreamsBuilder>> TOPOLOGIES = new LinkedHashMap<>();

    static {
        TOPOLOGIES.put("chain", b -> b.stream("left", STRINGS)
            .mapValues(v -> v.toUpperCase(Locale.ROOT))
            .filter((k, v) -> !v.isEmpty())
            .map((k, v) -> KeyValue.pair(v, k))
            .filterNot((k, v) -> k.isEmpty())
            .to("out", Produced.with(STRING, STRING)));
        TOPOLOGIES.put("wordcount", b -> b.stream("left", STRINGS)
            .flatMapValues(v -> Arrays.asList(v.split(" ")))
            .groupBy((k, v) -> v, Grouped.with(STRING, STRING))
            .count(Materialized.as("counts"))
            .toStream()
            .to("out", Produced.with(STRING, Serdes.Long())));
        TOPOLOGIES.put("tumbling", b -> b.stream("left", STRINGS)
            .groupByKey(Grouped.with(STRING, STRING))
            .windowedBy(TimeWindows.ofSizeWithNoGrace(Duration.ofSeconds(60)))
            .count(Materialized.as("counts"))
            .toStream()
            .selectKey((windowed, v) -> windowed.key())
            .to("out", Produced.with(STRING, Serdes.Long())));
        TOPOLOGIES.put("stream-stream", b -> b.stream("left", STRINGS)
            .join(b.stream("right", STRINGS), (l, r) -> l + "+" + r,
                JoinWindows.ofTimeDifferenceWithNoGrace(Duration.ofSeconds(60)),
                StreamJoined.with(STRING, STRING, STRING))
            .to("out", Produced.with(STRING, STRING)));
        TOPOLOGIES.put("stream-table", b -> b.stream("left", STRINGS)
            .join(b.table("right", STRINGS), (l, r) -> l + "+" + r, Joined.with(STRING, STRING, STRING))
            .to("out", Produced.with(STRING, STRING)));
    }

    public static void main(String[] args) throws Exception {
        int records = Integer.parseInt(args[0]);
        for (String name : TOPOLOGIES.keySet()) {
            for (String store : List.of("memory", "rocksdb")) {
                if ((args.length < 2 || args[1].equals(name)) && (args.length < 3 || args[2].equals(store))) {
                    System.out.printf(Locale.ROOT, "java driver %s %s records=%d rec_per_cpu_s=%.0f%n",
                        name, store, records, measure(name, store, records));
                }
            }
        }
    }

    static double measure(String name, String store, int records) throws Exception {
        Properties config = new Properties();
        config.put("application.id", "bench");
        config.put("bootstrap.servers", "unused:9092");
        config.put("state.dir", Files.createTempDirectory("driver-bench").toString());
        config.put("statestore.cache.max.bytes", 0);
        config.put("dsl.store.suppliers.class", store.equals("memory")
            ? "org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$InMemoryDslStoreSuppliers"
            : "org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$RocksDBDslStoreSuppliers");
        StreamsBuilder builder = new StreamsBuilder(new TopologyConfig(new StreamsConfig(config)));
        TOPOLOGIES.get(name).accept(builder);
        try (TopologyTestDriver driver = new TopologyTestDriver(builder.build(), config)) {
            TestInputTopic<String, String> left = driver.createInputTopic("left", STRING.serializer(), STRING.serializer());
            TestInputTopic<String, String> right = name.startsWith("stream-")
                ? driver.createInputTopic("right", STRING.serializer(), STRING.serializer()) : left;
            int warmUp = records / 10;
            long start = 0;
            for (int n = 0; n < records; n++) {
                if (n == warmUp) {
                    drain(driver);
                    start = cpuNanos();
                }
                if (name.equals("wordcount")) {
                    StringJoiner line = new StringJoiner(" ");
                    for (int w = 0; w < 5; w++) line.add(key(n * 5L + w));
                    left.pipeInput(key(n), line.toString(), time(n));
                } else if (name.startsWith("stream-")) {
                    (n % 2 == 0 ? left : right).pipeInput(key(n / 2), "value", time(n));
                } else {
                    left.pipeInput(key(n), "value", time(n));
                }
                if (n % 10_000 == 0) drain(driver);
            }
            return (records - warmUp) / ((cpuNanos() - start) / 1e9);
        }
    }

    /** Takes what the topology has written to all topics, changelogs and repartition topics too. */
    static void drain(TopologyTestDriver driver) {
        for (String topic : driver.producedTopicNames()) {
            driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer()).readRecordsToList();
        }
    }

    /** One of 1,000 keys. */
    static String key(long n) {
        return KEYS[(int) Long.remainderUnsigned(n * 2_654_435_761L, KEYS.length)];
    }

    /** One record a millisecond. */
    static long time(long n) {
        return n;
    }

    static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
