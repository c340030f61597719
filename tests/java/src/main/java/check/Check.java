package check;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Runs applications of Kafka Streams as two processes on a broker, kills one of them (as kill -9) and starts it again
 * while records come in, and compares the results with what it has computed itself.
 *
 * <p>Check BOOTSTRAP [APP,…] [PROTOCOL,…] [GUARANTEE,…]
 */
public final class Check {
    static final Duration WINDOW = Duration.ofSeconds(10);
    private static final int PARTITIONS = 4;
    private static final int PART = 3000;
    private static final Duration LONG = Duration.ofSeconds(90);

    private final String bootstrap;
    private final String app;
    private final String protocol;
    private final String guarantee;
    private final String id;
    private final Admin admin;
    private final Path dir;
    /** Long enough ago that no record lies in the future, short enough that none is too old to be kept. */
    private final long start = (System.currentTimeMillis() / 60_000 - 60) * 60_000;
    private int next;
    private final Map<String, List<String>> expected = new TreeMap<>();
    private final Map<String, List<String>> found = new TreeMap<>();
    private final Map<String, String> table = new HashMap<>();

    private Check(String bootstrap, String app, String protocol, String guarantee, Admin admin) throws Exception {
        this.bootstrap = bootstrap;
        this.app = app;
        this.protocol = protocol;
        this.guarantee = guarantee;
        this.admin = admin;
        this.id = String.join("-", app, protocol, guarantee, Long.toString(System.currentTimeMillis() % 1_000_000));
        this.dir = Files.createTempDirectory("streams-java");
    }

    public static void main(String[] args) throws Exception {
        boolean good = true;
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            for (String app : choice(args, 1, "word-count,windowed-count,join")) {
                for (String protocol : choice(args, 2, "classic,streams")) {
                    for (String guarantee : choice(args, 3, "at_least_once,exactly_once_v2")) {
                        good &= new Check(args[0], app, protocol, guarantee, admin).run();
                    }
                }
            }
        }
        System.exit(good ? 0 : 1);
    }

    private static String[] choice(String[] args, int at, String all) {
        return (args.length > at ? args[at] : all).split(",");
    }

    private boolean run() throws Exception {
        long began = System.nanoTime();
        createTopics();
        List<Process> instances = new ArrayList<>();
        String verdict;
        try (KafkaProducer<String, String> producer = producer();
                KafkaConsumer<String, String> consumer = consumer()) {
            instances.add(instance(0));
            instances.add(instance(1));
            produce(producer);
            await("both instances share the work", () -> members() == 4);
            await("results before the kill", () -> read(consumer) > PART / 2);
            produce(producer);
            instances.get(0).destroyForcibly().waitFor();
            produce(producer);
            instances.set(0, instance(0));
            await("the killed instance is back", () -> members() == 4);
            produce(producer);
            verdict = result(consumer);
            for (Process instance : instances) {
                verdict = instance.isAlive() ? verdict : "an instance has stopped: see " + dir;
            }
        } catch (IllegalStateException error) {
            verdict = error.getMessage() + ": see " + dir;
        } finally {
            instances.forEach(Process::destroyForcibly);
        }
        System.out.printf("%s %s %s %s: %s (%d s)%n", verdict.startsWith("right") ? "PASS" : "FAIL", app, protocol,
                guarantee, verdict, (System.nanoTime() - began) / 1_000_000_000);
        return verdict.startsWith("right");
    }

    private void createTopics() throws Exception {
        List<NewTopic> topics = new ArrayList<>();
        for (String name : List.of("-in", "-out", "-table")) {
            topics.add(new NewTopic(id + name, PARTITIONS, (short) 1));
        }
        admin.createTopics(topics).all().get();
        if (protocol.equals("streams")) {
            AlterConfigOp standby = new AlterConfigOp(
                    new ConfigEntry("streams.num.standby.replicas", "1"), AlterConfigOp.OpType.SET);
            ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, id);
            admin.incrementalAlterConfigs(Map.of(group, List.of(standby))).all().get();
        }
    }

    private Process instance(int number) throws Exception {
        File log = dir.resolve("instance-" + number + ".log").toFile();
        return new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "-Xmx256m", "-XX:TieredStopAtLevel=1",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", System.getProperty("java.class.path"),
                        "check.App", bootstrap, id, app, protocol, guarantee, dir.resolve("state-" + number).toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                .start();
    }

    /** Members of the group if it is stable. */
    private int members() throws Exception {
        try {
            if (protocol.equals("streams")) {
                var group = admin.describeStreamsGroups(List.of(id)).describedGroups().get(id).get();
                return group.groupState() == GroupState.STABLE ? group.members().size() : 0;
            }
            var group = admin.describeConsumerGroups(List.of(id)).describedGroups().get(id).get();
            return group.groupState() == GroupState.STABLE ? group.members().size() : 0;
        } catch (ExecutionException error) {
            return 0; // there is no such group yet
        }
    }

    private KafkaProducer<String, String> producer() {
        return new KafkaProducer<>(Map.of("bootstrap.servers", bootstrap), new StringSerializer(), new StringSerializer());
    }

    /** Sends a part of the input, and notes what must come of it. The table changes between the parts. */
    private void produce(KafkaProducer<String, String> producer) {
        long time = start + next * 20L;
        if (app.equals("join")) {
            for (int key = 0; key < 50; key++) {
                table.put("key-" + key, "version-" + next / PART);
                producer.send(new ProducerRecord<>(id + "-table", null, time, "key-" + key, table.get("key-" + key)));
            }
            producer.flush();
        }
        for (int end = next + PART; next < end; next++) {
            time = start + next * 20L + 10;
            String key = "key-" + next * 7 % 50;
            String line = "word-" + next % 97 + " word-" + next % 31 + " line-" + next;
            producer.send(new ProducerRecord<>(id + "-in", null, time, key, line));
            expect(key, line, time);
        }
        producer.flush();
    }

    private void expect(String key, String line, long time) {
        switch (app) {
            case "word-count":
                for (String word : line.split(" ")) {
                    count(word);
                }
                break;
            case "windowed-count":
                count(key + "@" + time / WINDOW.toMillis() * WINDOW.toMillis());
                break;
            default:
                expected.computeIfAbsent(key, k -> new ArrayList<>()).add(line + ":" + table.get(key));
        }
    }

    private void count(String key) {
        List<String> counts = expected.computeIfAbsent(key, k -> new ArrayList<>());
        counts.add(Integer.toString(counts.size() + 1));
    }

    private KafkaConsumer<String, String> consumer() {
        KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap, "isolation.level", "read_committed"),
                new StringDeserializer(), new StringDeserializer());
        List<TopicPartition> partitions = new ArrayList<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            partitions.add(new TopicPartition(id + "-out", partition));
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        return consumer;
    }

    /** Reads what is new; returns how many results there are. */
    private int read(KafkaConsumer<String, String> consumer) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(500))) {
            found.computeIfAbsent(record.key(), key -> new ArrayList<>()).add(record.value());
        }
        return size(found);
    }

    private String result(KafkaConsumer<String, String> consumer) throws Exception {
        boolean exactly = guarantee.startsWith("exactly_once");
        await("all results", () -> {
            read(consumer);
            return exactly ? size(found) >= size(expected) : missing() == null;
        });
        // What comes too often comes late.
        for (int quiet = 0; quiet < 4; quiet++) {
            read(consumer);
        }
        if (missing() != null) {
            return "lost: " + missing();
        }
        int surplus = size(found) - size(expected);
        if (exactly && !found.equals(expected)) {
            return "differs from what is expected, by " + surplus + " results";
        }
        return "right, " + size(expected) + " results" + (surplus > 0 ? " and " + surplus + " repeated" : "");
    }

    /** A key whose results are not complete. After a kill at-least-once may skip a count, but not the last one. */
    private String missing() {
        for (Map.Entry<String, List<String>> entry : expected.entrySet()) {
            List<String> here = found.getOrDefault(entry.getKey(), List.of());
            List<String> wanted = entry.getValue();
            boolean complete = app.equals("join")
                    ? here.stream().map(Check::line).toList().containsAll(wanted.stream().map(Check::line).toList())
                    : !here.isEmpty() && Integer.parseInt(here.get(here.size() - 1)) >= wanted.size();
            if (!complete) {
                return entry.getKey();
            }
        }
        return null;
    }

    /** What at-least-once must keep of a joined record: a record read again may meet a newer table. */
    private static String line(String joined) {
        return joined.substring(0, joined.indexOf(':'));
    }

    private static int size(Map<String, List<String>> results) {
        return results.values().stream().mapToInt(Collection::size).sum();
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + LONG.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("waited in vain for: " + what);
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }
}
