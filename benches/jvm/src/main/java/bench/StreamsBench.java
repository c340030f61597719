package bench;

import java.lang.management.ManagementFactory;
import java.nio.file.*;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.state.*;

/** usage: StreamsBench BOOTSTRAP load N | run APP N [guarantee] [threads] ; APP = passthrough|filter|wordcount|windowed|join|table */
public class StreamsBench {
    static final String IN = "bench-lines";
    static final int PARTITIONS = 4;

    public static void main(String[] a) throws Exception {
        String bs = a[0];
        if (a[1].equals("load")) { load(bs, Integer.parseInt(a[2])); return; }
        String app = a[2]; long n = Long.parseLong(a[3]);
        String guarantee = a.length > 4 ? a[4] : "at_least_once";
        int threads = a.length > 5 ? Integer.parseInt(a[5]) : 1;
        long t0 = System.nanoTime();
        String id = "bench-" + app + "-" + System.nanoTime();
        String out = id + "-out";
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bs))) {
            admin.createTopics(List.of(new NewTopic(out, PARTITIONS, (short) 1))).all().get();
        }
        AtomicLong seen = new AtomicLong();
        AtomicLong first = new AtomicLong(), last = new AtomicLong();
        CountDownLatch done = new CountDownLatch(1);
        StreamsBuilder b = new StreamsBuilder();
        KStream<String, String> lines = b.stream(IN, Consumed.with(Serdes.String(), Serdes.String()));
        lines = lines.peek((k, v) -> {
            long c = seen.incrementAndGet();
            if (c == 1) first.set(System.nanoTime());
            if (c == n) { last.set(System.nanoTime()); done.countDown(); }
        });
        Produced<String, String> ss = Produced.with(Serdes.String(), Serdes.String());
        switch (app) {
            case "passthrough" -> lines.to(out, ss);
            case "filter" -> lines.mapValues(v -> v.toUpperCase(Locale.ROOT)).filter((k, v) -> v.length() % 2 == 0).map((k, v) -> KeyValue.pair(v.substring(0, 1), v)).to(out, ss);
            // count by the record key: no repartition topic
            case "count" -> lines.groupByKey(Grouped.with(Serdes.String(), Serdes.String())).count(Materialized.as("counts")).toStream().to(out, Produced.with(Serdes.String(), Serdes.Long()));
            // full word count: a repartition topic between the two halves
            case "wordcount" -> lines.flatMapValues(v -> Arrays.asList(v.split(" "))).groupBy((k, w) -> w, Grouped.with(Serdes.String(), Serdes.String())).count(Materialized.as("counts")).toStream().to(out, Produced.with(Serdes.String(), Serdes.Long()));
            case "windowed" -> lines.groupByKey(Grouped.with(Serdes.String(), Serdes.String())).windowedBy(TimeWindows.ofSizeWithNoGrace(Duration.ofSeconds(10))).count(Materialized.as("counts")).toStream((w, v) -> w.key()).to(out, Produced.with(Serdes.String(), Serdes.Long()));
            case "join" -> { KTable<String, String> t = lines.toTable(Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as("tbl").withKeySerde(Serdes.String()).withValueSerde(Serdes.String())); lines.join(t, (l, r) -> l.length() + ":" + r.length()).to(out, ss); }
            default -> throw new IllegalArgumentException(app);
        }
        Properties p = new Properties();
        p.put("application.id", id); p.put("bootstrap.servers", bs);
        p.put("processing.guarantee", guarantee); p.put("num.stream.threads", threads);
        p.put("state.dir", "/tmp/streams-bench-state/" + id);
        p.put("consumer.auto.offset.reset", "earliest");
        if (guarantee.equals("at_least_once")) p.put("commit.interval.ms", System.getProperty("commit", "1000"));
        p.put("replication.factor", 1);
        KafkaStreams s = new KafkaStreams(b.build(p), p);
        s.start();
        if (!done.await(Long.getLong("timeout", 280), TimeUnit.SECONDS)) System.out.println("TIMEOUT seen=" + seen.get());
        // wordcount's second half trails: wait until the group has no lag
        long lagZero = 0;
        if (app.equals("wordcount")) {
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", bs))) {
                String rep = id + "-KSTREAM-AGGREGATE-STATE-STORE";
                long until = System.nanoTime() + 200_000_000_000L;
                while (System.nanoTime() < until) {
                    var committed = admin.listConsumerGroupOffsets(id).partitionsToOffsetAndMetadata().get();
                    Map<TopicPartition, OffsetSpec> q = new HashMap<>();
                    for (String t : admin.listTopics().names().get()) if (t.startsWith(id) && t.endsWith("-repartition")) for (int i = 0; i < PARTITIONS; i++) q.put(new TopicPartition(t, i), OffsetSpec.latest());
                    for (int i = 0; i < PARTITIONS; i++) q.put(new TopicPartition(IN, i), OffsetSpec.latest());
                    var ends = admin.listOffsets(q).all().get();
                    long lag = 0;
                    for (var e : ends.entrySet()) { var c = committed.get(e.getKey()); lag += e.getValue().offset() - (c == null ? 0 : c.offset()); }
                    if (lag <= 8 * q.size() * (guarantee.startsWith("exactly") ? 1 : 0)) { lagZero = System.nanoTime(); break; }
                    Thread.sleep(20);
                }
            }
        }
        long end = lagZero != 0 ? lagZero : last.get();
        long cpu = ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
        long total = System.nanoTime() - t0;
        s.close(Duration.ofSeconds(20));
        String hwm = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(l -> l.startsWith("VmHWM")).findFirst().orElse("").replaceAll("\\D+", "");
        double secs = (end - first.get()) / 1e9;
        System.out.printf(Locale.ROOT, "java %s %s threads=%d records=%d steady_s=%.2f rec_per_s=%.0f startup_to_first_s=%.2f cpu_s=%.2f cpu_us_per_rec=%.2f rss_mb=%d total_s=%.2f%n",
            app, guarantee, threads, n, secs, n / secs, (first.get() - t0) / 1e9, cpu / 1e9, cpu / 1e3 / n, Long.parseLong(hwm) / 1024, total / 1e9);
        System.exit(0);
    }

    /** N lines of 8 words, words Zipf-distributed over 50,000, keys one of 1,000, timestamps 1 ms apart; the same for the same N. */
    static void load(String bs, int n) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bs))) {
            admin.createTopics(List.of(new NewTopic(IN, PARTITIONS, (short) 1))).all().get();
        }
        Random r = new Random(42);
        double[] cdf = new double[50_000]; double sum = 0;
        for (int i = 0; i < cdf.length; i++) { sum += 1.0 / (i + 1); cdf[i] = sum; }
        Properties p = new Properties();
        p.put("bootstrap.servers", bs); p.put("linger.ms", 20); p.put("batch.size", 131072); p.put("compression.type", "none");
        long ts = 1_700_000_000_000L;
        try (KafkaProducer<String, String> prod = new KafkaProducer<>(p, new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < n; i++) {
                StringBuilder sb = new StringBuilder();
                for (int w = 0; w < 8; w++) {
                    int ix = Arrays.binarySearch(cdf, r.nextDouble() * sum); if (ix < 0) ix = -ix - 1;
                    if (w > 0) sb.append(' ');
                    sb.append(Integer.toString(Math.min(ix, 49_999) * 7 + 11, 36)).append("ing");
                }
                prod.send(new ProducerRecord<>(IN, null, ts + i, "user-" + r.nextInt(1000), sb.toString()));
            }
        }
        System.out.println("loaded " + n);
    }
}
