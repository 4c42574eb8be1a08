import io.confluent.parallelconsumer.ParallelConsumerOptions;
import io.confluent.parallelconsumer.ParallelConsumerOptions.CommitMode;
import io.confluent.parallelconsumer.ParallelConsumerOptions.ProcessingOrder;
import io.confluent.parallelconsumer.ParallelStreamProcessor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Confluent's parallel consumer with order by key; the work is a pause.
 *
 * <p>Arguments: bootstrap, name, file, warm, total, slots, work in ms. Says "warm" and "done", and
 * writes the file, as tests/benchmarks/lanes/completions.py does.
 */
public final class Main {
    /** Where the sequence number stands in a record's value. */
    private static final int NUMBER_FROM = 35;

    private static final int NUMBER_TO = 47;

    private static final CountDownLatch DONE = new CountDownLatch(1);
    private static long[] numbers;
    private static Instant[] times;
    private static int noted;

    private Main() {}

    public static void main(String[] told) throws Exception {
        int warm = Integer.parseInt(told[3]);
        int total = Integer.parseInt(told[4]);
        numbers = new long[total];
        times = new Instant[total];
        int slots = Integer.parseInt(told[5]);
        long workMs = Long.parseLong(told[6]);
        var options =
                ParallelConsumerOptions.<String, byte[]>builder()
                        .consumer(new KafkaConsumer<>(settings(told[0], told[1])))
                        .ordering(ProcessingOrder.KEY)
                        .commitMode(CommitMode.PERIODIC_CONSUMER_ASYNCHRONOUS)
                        .maxConcurrency(slots)
                        .build();
        var processor = ParallelStreamProcessor.createEosStreamProcessor(options);
        processor.subscribe(List.of(told[1] + ".work"));
        processor.poll(
                context -> {
                    pause(workMs);
                    note(number(context.value()), warm);
                });
        DONE.await();
        Files.writeString(Path.of(told[2]), lines());
        say("done");
        processor.closeDontDrainFirst();
    }

    private static Properties settings(String bootstrap, String group) {
        var settings = new Properties();
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        settings.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "2000");
        settings.put(
                ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class.getName());
        settings.put(
                ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class.getName());
        return settings;
    }

    private static void pause(long workMs) {
        try {
            Thread.sleep(workMs);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static long number(byte[] value) {
        var digits =
                new String(value, NUMBER_FROM, NUMBER_TO - NUMBER_FROM, StandardCharsets.US_ASCII);
        return Long.parseLong(digits, 16);
    }

    private static synchronized void note(long number, int warm) {
        numbers[noted] = number;
        times[noted] = Instant.now();
        noted++;
        if (noted == warm) {
            say("warm");
        }
        if (noted == numbers.length) {
            DONE.countDown();
        }
    }

    private static String lines() {
        var lines = new StringBuilder();
        for (int n = 0; n < noted; n++) {
            double at = times[n].getEpochSecond() + times[n].getNano() / 1e9;
            lines.append(String.format(Locale.ROOT, "%d %.6f%n", numbers[n], at));
        }
        return lines.toString();
    }

    private static void say(String what) {
        System.out.println(what);
        System.out.flush();
    }
}
