import io.debezium.embedded.Connect;
import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Relays an outbox by Debezium's embedded engine, with the Kafka producer in the same process.
 *
 * <p>Takes {@code engine.name=value} and {@code producer.name=value} arguments. A batch of the
 * engine is sent, flushed, and marked as processed once all of it is acknowledged, as Debezium
 * Server's own Kafka sink does.
 */
public final class DebeziumRelay
        implements DebeziumEngine.ChangeConsumer<ChangeEvent<SourceRecord, SourceRecord>> {
    private final KafkaProducer<byte[], byte[]> producer;
    private final AtomicReference<Exception> failure = new AtomicReference<>();

    private DebeziumRelay(Properties settings) {
        producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    public static void main(String[] arguments) throws Exception {
        DebeziumRelay relay = new DebeziumRelay(settings("producer.", arguments));
        DebeziumEngine<?> engine =
                DebeziumEngine.create(Connect.class)
                        .using(settings("engine.", arguments))
                        .notifying(relay)
                        .using((success, message, error) -> report(success, message, error))
                        .build();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(engine)));
        engine.run();
    }

    @Override
    public void handleBatch(
            List<ChangeEvent<SourceRecord, SourceRecord>> events,
            DebeziumEngine.RecordCommitter<ChangeEvent<SourceRecord, SourceRecord>> committer)
            throws InterruptedException {
        for (ChangeEvent<SourceRecord, SourceRecord> event : events) {
            producer.send(message(event.value()), (metadata, error) -> note(error));
        }
        producer.flush();
        if (failure.get() != null) {
            throw new IllegalStateException("Kafka refused a record", failure.get());
        }
        for (ChangeEvent<SourceRecord, SourceRecord> event : events) {
            committer.markProcessed(event);
        }
        committer.markBatchFinished();
    }

    private static ProducerRecord<byte[], byte[]> message(SourceRecord routed) {
        ProducerRecord<byte[], byte[]> message =
                new ProducerRecord<>(routed.topic(), bytes(routed.key()), bytes(routed.value()));
        for (Header header : routed.headers()) {
            message.headers().add(header.key(), bytes(header.value()));
        }
        return message;
    }

    private static byte[] bytes(Object value) {
        if (value instanceof byte[] array) {
            return array;
        }
        if (value instanceof ByteBuffer buffer) {
            byte[] copy = new byte[buffer.remaining()];
            buffer.duplicate().get(copy);
            return copy;
        }
        return String.valueOf(value).getBytes(StandardCharsets.UTF_8);
    }

    private void note(Exception error) {
        if (error != null) {
            failure.compareAndSet(null, error);
        }
    }

    private static Properties settings(String prefix, String[] arguments) {
        Properties found = new Properties();
        for (String argument : arguments) {
            if (argument.startsWith(prefix)) {
                String[] parts = argument.substring(prefix.length()).split("=", 2);
                found.setProperty(parts[0], parts[1]);
            }
        }
        return found;
    }

    private static void report(boolean success, String message, Throwable error) {
        if (!success) {
            System.err.println(message);
            if (error != null) {
                error.printStackTrace();
            }
        }
    }

    private static void close(DebeziumEngine<?> engine) {
        try {
            engine.close();
        } catch (Exception error) {
            error.printStackTrace();
        }
    }
}
