package check;

import java.time.Duration;
import java.util.Arrays;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;

/** One instance of an application: App BOOTSTRAP ID APP PROTOCOL GUARANTEE STATE-DIR. It runs until it is killed. */
public final class App {
    private static final Serde<String> TEXT = Serdes.String();

    public static void main(String[] args) {
        String id = args[1];
        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, String> input = builder.stream(id + "-in", Consumed.with(TEXT, TEXT));
        build(args[2], builder, id, input).to(id + "-out", Produced.with(TEXT, TEXT));
        KafkaStreams streams = new KafkaStreams(builder.build(), properties(args));
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(3);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(20))));
        streams.start();
    }

    private static KStream<String, String> build(
            String app, StreamsBuilder builder, String id, KStream<String, String> input) {
        switch (app) {
            case "word-count":
                return input.flatMapValues(line -> Arrays.asList(line.split(" ")))
                        .groupBy((key, word) -> word, Grouped.with(TEXT, TEXT))
                        .count()
                        .toStream()
                        .mapValues(count -> count.toString());
            case "windowed-count":
                return input.groupByKey(Grouped.with(TEXT, TEXT))
                        .windowedBy(TimeWindows.ofSizeAndGrace(Check.WINDOW, Duration.ofMinutes(1)))
                        .count()
                        .toStream((window, count) -> window.key() + "@" + window.window().start())
                        .mapValues(count -> count.toString());
            case "join":
                KTable<String, String> table = builder.table(id + "-table", Consumed.with(TEXT, TEXT));
                return input.join(table, (line, version) -> line + ":" + version, Joined.with(TEXT, TEXT, TEXT));
            default:
                throw new IllegalArgumentException(app);
        }
    }

    private static Properties properties(String[] args) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        properties.put("application.id", args[1]);
        properties.put("group.protocol", args[3]);
        properties.put("processing.guarantee", args[4]);
        properties.put("state.dir", args[5]);
        properties.put("num.stream.threads", 2);
        properties.put("statestore.cache.max.bytes", 0); // every change is an output
        properties.put("commit.interval.ms", 200);
        properties.put("consumer.auto.offset.reset", "earliest");
        // Without it a join may miss table records that lie in the consumer's buffer behind those of the stream: Kafka
        // Streams takes the lag of 0 that it was last told for granted. So it does on Apache Kafka.
        properties.put("max.task.idle.ms", 500);
        if (args[3].equals("classic")) {
            properties.put("num.standby.replicas", 1);
            properties.put("consumer.session.timeout.ms", 6000);
            properties.put("consumer.heartbeat.interval.ms", 1000);
        }
        return properties;
    }
}
