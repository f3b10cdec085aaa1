package dev.shm.integration.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.error.CodecException;
import dev.shm.integration.testing.Segment;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.integration.IntegrationMessageHeaderAccessor;
import org.springframework.integration.support.MessageBuilder;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;

/** Headers that are read when somebody asks for one. */
class ShmMessageHeadersTest {

    @RegisterExtension
    final Segment segment = new Segment();

    private final Codec<Message<?>> codec = ShmMessageMapper.defaults().codec(Codecs.string());

    private static byte[] encode(Codec<Message<?>> codec, Message<?> message) {
        ByteBuffer target = ByteBuffer.allocate(4_096).order(ByteOrder.LITTLE_ENDIAN);
        codec.encode(message, target);
        byte[] bytes = new byte[target.position()];
        target.get(0, bytes);
        return bytes;
    }

    private static Message<?> decode(Codec<Message<?>> codec, byte[] bytes) {
        return codec.decode(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    }

    private ShmMessageHeaders received(Map<String, ?> sent) {
        Message<?> message = MessageBuilder.withPayload("p").copyHeaders(sent).build();
        return (ShmMessageHeaders) decode(codec, encode(codec, message)).getHeaders();
    }

    private static Map<String, Object> sent() {
        Map<String, Object> sent = new HashMap<>();
        sent.put("tenant", "north");
        sent.put("version", 7L);
        sent.put("key", UUID.fromString("bb13bb6c-3eee-4313-96e8-d0b1b538a2ef"));
        sent.put(IntegrationMessageHeaderAccessor.CORRELATION_ID, 5);
        sent.put("flag", true);
        return sent;
    }

    @Test
    void shouldBeThereHoweverTheyAreAskedFor() {
        List<Function<ShmMessageHeaders, Object>> questions = List.of(
                headers -> headers.get("tenant").equals("north"),
                headers -> headers.get("version", Long.class) == 7,
                headers -> headers.containsKey("key"),
                headers -> headers.containsValue(true),
                headers -> headers.size() == 5,
                headers -> !headers.isEmpty(),
                headers -> headers.keySet().equals(sent().keySet()),
                headers -> headers.entrySet().equals(sent().entrySet()),
                headers -> headers.values().size() == 5,
                headers -> new HashMap<>(headers).equals(sent()),
                headers -> headers.equals(received(sent())),
                headers -> received(sent()).equals(headers),
                headers -> headers.hashCode() == sent().hashCode(),
                headers -> headers.toString().contains("tenant=north"),
                headers -> headers.raw().equals(sent()),
                headers -> !headers.equals(received(Map.of("tenant", "south"))),
                headers -> headers.getReplyChannel() == null && headers.size() == 5);
        for (int i = 0; i < questions.size(); i++) {
            assertThat(questions.get(i).apply(received(sent())))
                    .as("question %s", i)
                    .isEqualTo(true);
        }
    }

    @Test
    void shouldBeTheSameAfterSerialisation() throws Exception {
        ShmMessageHeaders headers = received(sent());
        headers.delivered(2, null, null);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(headers);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertThat((MessageHeaders) in.readObject())
                    .containsAllEntriesOf(sent())
                    .containsEntry(ShmHeaders.DELIVERY_COUNT, 2)
                    .hasSize(6);
        }
    }

    @Test
    void shouldSayOfADeliveryWhatIsKnownWhetherTheyHaveBeenReadOrNot() {
        Object callback = new Object();
        ShmMessageHeaders unread = received(sent());
        ShmMessageHeaders read = received(sent());
        assertThat(read).hasSize(5);
        for (ShmMessageHeaders headers : List.of(unread, read, received(Map.of()))) {
            headers.sentAt(1_234);
            headers.delivered(3, "orders", callback);
            assertThat(headers)
                    .containsEntry(ShmHeaders.DELIVERY_COUNT, 3)
                    .containsEntry(ShmHeaders.NAME, "orders")
                    .containsEntry(ShmHeaders.TIMESTAMP, 1_234L)
                    .containsEntry(IntegrationMessageHeaderAccessor.ACKNOWLEDGMENT_CALLBACK, callback);
            assertThat(headers.getTimestamp()).isEqualTo(1_234);
        }
    }

    @Test
    void shouldBeReadOnceByManyThreads() {
        for (int i = 0; i < 200; i++) {
            ShmMessageHeaders headers = received(sent());
            List<CompletableFuture<Object>> values = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                values.add(CompletableFuture.supplyAsync(() -> headers.get("tenant")));
            }
            Object first = values.get(0).join();
            assertThat(first).isEqualTo("north");
            values.forEach(value -> assertThat(value.join()).isSameAs(first));
        }
    }

    @Test
    void shouldRefuseDamagedHeadersWhenTheMessageIsDecoded() {
        byte[] good = encode(
                codec, MessageBuilder.withPayload("p").copyHeaders(sent()).build());
        Random random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = good.clone();
            bytes[5 + random.nextInt(good.length - 6)] = (byte) random.nextInt();
            Message<?> message;
            try {
                message = decode(codec, bytes);
            } catch (CodecException e) {
                refused++;
                continue;
            }
            // What was not refused can be read to the end.
            assertThat(message.getHeaders().size()).isBetween(1, 40);
        }
        assertThat(refused).isPositive();
        byte[] notUtf8 = encode(
                codec, MessageBuilder.withPayload("p").setHeader("k", "vvvv").build());
        notUtf8[notUtf8.length - 3] = (byte) 0xFF;
        assertThatThrownBy(() -> decode(codec, notUtf8)).isInstanceOf(CodecException.class);
    }

    @Test
    void shouldEqualTheHeadersOfTheMessageThatWasStored() {
        Codec<Message<?>> stores = ShmMessageMapper.defaults().forStore().codec(Codecs.string());
        Message<?> message = MessageBuilder.withPayload("p").setHeader("k", "v").build();
        Message<?> again = decode(stores, encode(stores, message));
        assertThat(message.getHeaders().equals(again.getHeaders())).isTrue();
        assertThat(again.getHeaders().equals(message.getHeaders())).isTrue();
    }

    @Test
    void shouldAllocateLittleForAMessageThatIsReceived() throws InterruptedException {
        ShmDestination destination = ShmDestination.queue(segment.mine(), "garbage", byte[].class);
        Message<?> message = MessageBuilder.withPayload(new byte[100])
                .setHeader("tenant", "north")
                .setHeader("version", 7L)
                .build();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int messages = 10_000;
        long least = Long.MAX_VALUE;
        try (ShmSender sender = new ShmSender(destination);
                ShmReceiver receiver = ShmReceiver.open(destination, 10)) {
            // A compiler that is at work may leave something in between.
            for (int round = 0; round < 10 && least >= 200L * messages; round++) {
                long allocated = 0;
                for (int i = 0; i < messages; i++) {
                    assertThat(sender.send(message, 0)).isTrue();
                    long before = threads.getCurrentThreadAllocatedBytes();
                    ShmDelivery delivery = receiver.receive(Duration.ZERO);
                    Message<?> received = delivery.message(false, false);
                    delivery.ack();
                    allocated += threads.getCurrentThreadAllocatedBytes() - before;
                    assertThat(received.getPayload()).isInstanceOf(byte[].class);
                }
                // The payload, and the framework's own message, headers and map with nothing in them.
                least = Math.min(least, allocated - messages * (120L + 24 + 16 + 48));
            }
        }
        assertThat(least / messages)
                .as("bytes for a message beside its payload and the framework's own")
                .isLessThan(200);
    }
}
