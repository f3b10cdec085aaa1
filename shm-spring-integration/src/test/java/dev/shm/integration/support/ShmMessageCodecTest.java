package dev.shm.integration.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.codec.KryoCodec;
import dev.shm.error.CodecException;
import dev.shm.integration.testing.Trade;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.integration.IntegrationMessageHeaderAccessor;
import org.springframework.integration.acks.AcknowledgmentCallback;
import org.springframework.integration.channel.DirectChannel;
import org.springframework.integration.channel.QueueChannel;
import org.springframework.integration.history.MessageHistory;
import org.springframework.integration.support.MessageBuilder;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;
import org.springframework.messaging.support.GenericMessage;
import org.springframework.util.MimeTypeUtils;

class ShmMessageCodecTest {

    private final ShmMessageMapper mapper = ShmMessageMapper.defaults();

    private static byte[] encode(Codec<Message<?>> codec, Message<?> message) {
        int size = codec.size(message);
        ByteBuffer target = ByteBuffer.allocate(size < 0 ? 4_096 : size).order(ByteOrder.LITTLE_ENDIAN);
        codec.encode(message, target);
        if (size >= 0) {
            assertThat(target.remaining())
                    .as("what is left of the size that was said")
                    .isZero();
        }
        byte[] bytes = new byte[target.position()];
        target.get(0, bytes);
        return bytes;
    }

    private static Message<?> decode(Codec<Message<?>> codec, byte[] bytes) {
        return codec.decode(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    }

    private static Message<?> roundTrip(Codec<Message<?>> codec, Message<?> message) {
        return decode(codec, encode(codec, message));
    }

    @SuppressWarnings("JavaUtilDate") // Others have it in their headers.
    static Stream<Object> values() {
        return Stream.of(
                "",
                "text",
                "Grüße, 世界, 🦀",
                "x".repeat(300),
                0,
                Integer.MIN_VALUE,
                Long.MAX_VALUE,
                true,
                false,
                Math.PI,
                Double.NaN,
                1.5f,
                (short) -3,
                (byte) 7,
                'ß',
                UUID.randomUUID(),
                Instant.ofEpochSecond(-5, 999_999_999),
                new Date(1_700_000_000_123L),
                Duration.ofNanos(-1),
                new BigDecimal("-12345678901234567890.000100"),
                BigInteger.ONE.negate().shiftLeft(200),
                BigInteger.valueOf(128),
                BigInteger.valueOf(-128),
                BigInteger.ZERO,
                URI.create("shm://desk/orders?x=1#y"),
                MimeTypeUtils.parseMimeType("text/plain;charset=utf-8"),
                LocalDate.of(2026, 2, 28),
                LocalDateTime.of(2026, 1, 1, 0, 0, 0, 1),
                OffsetDateTime.parse("2026-01-01T00:00:00+01:00"),
                ZonedDateTime.parse("2026-01-01T00:00:00+01:00[Europe/Berlin]"),
                List.of(),
                List.of(List.of(UUID.randomUUID(), 1, 3), List.of("a")),
                Set.of("one"),
                Map.of("a", 1, 2, List.of(true)),
                Map.of(List.of("first", "second"), 1));
    }

    @ParameterizedTest
    @MethodSource("values")
    void shouldCarryHeadersOfThatType(Object value) {
        Message<?> sent = MessageBuilder.withPayload("p")
                .setHeader("own", value)
                .setHeader(IntegrationMessageHeaderAccessor.CORRELATION_ID, value)
                .build();
        Message<?> received = roundTrip(mapper.codec(String.class), sent);
        assertThat(received.getPayload()).isEqualTo("p");
        assertThat(received.getHeaders().get("own")).isEqualTo(value);
        assertThat(received.getHeaders().get(IntegrationMessageHeaderAccessor.CORRELATION_ID))
                .isEqualTo(value);
    }

    @Test
    void shouldCarryBytesAndNullsInCollections() {
        List<Object> holes = new ArrayList<>();
        holes.add(null);
        holes.add("b");
        Map<String, Object> map = new HashMap<>();
        map.put("nothing", null);
        Message<?> received = roundTrip(
                mapper.codec(byte[].class),
                MessageBuilder.withPayload(new byte[] {1, 2})
                        .setHeader("bytes", new byte[] {3, 4, 5})
                        .setHeader("holes", holes)
                        .setHeader("map", map)
                        .build());
        assertThat((byte[]) received.getPayload()).containsExactly(1, 2);
        assertThat((byte[]) received.getHeaders().get("bytes")).containsExactly(3, 4, 5);
        assertThat(received.getHeaders()).containsEntry("holes", holes).containsEntry("map", map);
    }

    @Test
    void shouldWriteTheseVeryBytes() {
        Map<String, Object> headers = Map.of(IntegrationMessageHeaderAccessor.SEQUENCE_NUMBER, 258);
        assertThat(HexFormat.ofDelimiter(" ").formatHex(encode(mapper.codec(String.class), message("hi", headers))))
                .isEqualTo("01 06 00 00 00 07 02 02 01 00 00 68 69");
        assertThat(HexFormat.ofDelimiter(" ")
                        .formatHex(encode(mapper.codec(byte[].class), message(new byte[] {9}, Map.of("k", "v")))))
                .isEqualTo("01 06 00 00 00 00 01 6b 01 01 76 09");
        assertThat(HexFormat.ofDelimiter(" ")
                        .formatHex(encode(mapper.codec(byte[].class), message(new byte[0], Map.of()))))
                .isEqualTo("01 00 00 00 00");
    }

    @Test
    void shouldKeepTheNumbersOfWellKnownNames() {
        List<String> names = new ArrayList<>();
        for (int code = 1; HeaderNames.name(code) != null; code++) {
            names.add(HeaderNames.name(code));
            assertThat(HeaderNames.code(HeaderNames.name(code))).isEqualTo(code);
        }
        assertThat(String.join(" ", names))
                .isEqualTo("id timestamp contentType correlationId expirationDate priority sequenceNumber sequenceSize "
                        + "sequenceDetails routingSlip duplicateMessage history shm_replyTo shm_correlationId traceparent "
                        + "tracestate baggage b3 X-B3-TraceId X-B3-SpanId X-B3-ParentSpanId X-B3-Sampled X-B3-Flags");
    }

    private static Message<?> message(Object payload, Map<String, Object> headers) {
        return new GenericMessage<>(payload, headers);
    }

    @Test
    void shouldLeaveBehindWhatMeansSomethingInOneProcessOnly() {
        Message<?> received = roundTrip(
                mapper.codec(String.class),
                MessageBuilder.withPayload("p")
                        .setReplyChannel(new QueueChannel())
                        .setErrorChannelName("errors")
                        .setHeader(IntegrationMessageHeaderAccessor.DELIVERY_ATTEMPT, new AtomicInteger(3))
                        .setHeader(IntegrationMessageHeaderAccessor.SOURCE_DATA, new Object())
                        .setHeader(IntegrationMessageHeaderAccessor.ACKNOWLEDGMENT_CALLBACK, (AcknowledgmentCallback)
                                status -> {})
                        .setHeader(ShmHeaders.DELIVERY_COUNT, 4)
                        .setHeader(ShmHeaders.REPLY_TO, "replies")
                        .setHeader("kept", 1)
                        .build());
        assertThat(received.getHeaders().entrySet())
                .containsExactlyInAnyOrder(Map.entry("kept", 1), Map.entry(ShmHeaders.REPLY_TO, "replies"));
    }

    @Test
    void shouldChooseHeadersByPatterns() {
        Codec<Message<?>> codec = ShmMessageMapper.builder()
                .headers("!http_*", "order*", "*Id")
                .build()
                .codec(String.class);
        Message<?> received = roundTrip(
                codec,
                message(
                        "p",
                        Map.of(
                                "http_orderId",
                                "x",
                                "orderType",
                                1,
                                "customerId",
                                2,
                                "other",
                                3,
                                ShmHeaders.CORRELATION_ID,
                                4L)));
        assertThat(received.getHeaders().entrySet())
                .containsExactlyInAnyOrder(
                        Map.entry("orderType", 1),
                        Map.entry("customerId", 2),
                        Map.entry(ShmHeaders.CORRELATION_ID, 4L));
    }

    @Test
    void shouldSendIdAndTimeStampOnlyIfAsked() {
        Message<?> sent = new GenericMessage<>("p");
        Message<?> without = roundTrip(mapper.codec(String.class), sent);
        assertThat(without.getHeaders().entrySet()).isEmpty();
        Message<?> with = roundTrip(
                ShmMessageMapper.builder().ids(true).timestamps(true).build().codec(String.class), sent);
        assertThat(with.getHeaders().getId()).isEqualTo(sent.getHeaders().getId());
        assertThat(with.getHeaders().getTimestamp()).isEqualTo(sent.getHeaders().getTimestamp());
        assertThat(with.getHeaders()).hasSize(2);
    }

    @Test
    void shouldMakeAnIdWhenItIsAskedForFirst() {
        Message<?> received = roundTrip(mapper.codec(String.class), new GenericMessage<>("p"));
        MessageHeaders headers = received.getHeaders();
        assertThat(headers).isEmpty();
        assertThat(headers.containsKey(MessageHeaders.ID)).isTrue();
        UUID id = headers.getId();
        assertThat(id).isNotNull();
        assertThat(headers.get(MessageHeaders.ID)).isEqualTo(id);
        assertThat(headers.getId()).isEqualTo(id);
        assertThat(headers.getTimestamp()).isNotNull().isEqualTo(headers.get(MessageHeaders.TIMESTAMP));
        assertThat(MessageBuilder.fromMessage(received)
                        .setHeader("a", 1)
                        .build()
                        .getHeaders()
                        .getId())
                .isNotNull()
                .isNotEqualTo(id);
        assertThatThrownBy(() -> headers.get(MessageHeaders.ID, String.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("id");
    }

    @Test
    void shouldCarryTheMessageHistory() {
        DirectChannel first = new DirectChannel();
        first.setBeanName("first");
        DirectChannel second = new DirectChannel();
        second.setBeanName("second");
        Message<?> sent = MessageHistory.write(MessageHistory.write(new GenericMessage<>("p"), first), second);
        Message<?> received = roundTrip(mapper.codec(String.class), sent);
        MessageHistory history = MessageHistory.read(received);
        assertThat(history).isEqualTo(MessageHistory.read(sent)).hasToString("first,second");
        assertThat(history)
                .extracting(component -> component.getProperty("type"))
                .containsExactly("channel", "channel");
        Properties third = new Properties();
        third.setProperty("name", "third");
        MessageHistory.write(received, second);
        assertThat(MessageHistory.read(received)).hasToString("first,second,second");
        assertThat(MessageHistory.read(sent)).hasToString("first,second");
    }

    @Test
    void shouldSayWhatToDoWithAHeaderItCannotWrite() {
        Message<?> message = message("p", Map.of("odd", Thread.currentThread()));
        Codec<Message<?>> codec = mapper.codec(String.class);
        assertThatThrownBy(() -> codec.size(message))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("'odd'")
                .hasMessageContaining("java.lang.Thread")
                .hasMessageContaining("headers(\"!odd\", \"*\")");
        List<Object> inItself = new ArrayList<>();
        inItself.add(inItself);
        assertThatThrownBy(() -> codec.size(message("p", Map.of("deep", inItself))))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("'deep'");
    }

    @Test
    void shouldWriteOtherHeadersByTheirCodec() {
        Codec<Object> headers = KryoCodec.of(Object.class).register(Trade.class).build();
        ShmMessageMapper with = ShmMessageMapper.builder().headerCodec(headers).build();
        Codec<Message<?>> codec = with.codec(String.class);
        Message<?> received = roundTrip(codec, message("p", Map.of("order", new Trade("a", 1), "n", 5)));
        assertThat(received.getHeaders())
                .containsEntry("order", new Trade("a", 1))
                .containsEntry("n", 5);
        assertThat(received.getPayload()).isEqualTo("p");
        assertThat(codec.name()).isNotEqualTo(mapper.codec(String.class).name()).contains("kryo");
        assertThatThrownBy(() ->
                        decode(mapper.codec(String.class), encode(codec, message("p", Map.of("o", new Trade("", 0))))))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("headerCodec");
    }

    @Test
    void shouldReadWhatItKnowsOfAProcessThatRegistersMore() {
        Codec<Message<?>> there = mapper.codec(PayloadCodecs.named("kryo", Object.class, Trade.class));
        Codec<Message<?>> here = mapper.codec(PayloadCodecs.named("kryo", Object.class));
        assertThat(here.name()).as("so that they may share a channel").isEqualTo(there.name());
        assertThat(decode(here, encode(there, message(List.of(1, "a"), Map.of("n", 5))))
                        .getPayload())
                .isEqualTo(List.of(1, "a"));
        byte[] unknown = encode(there, message(new Trade("a", 1), Map.of("n", 5)));
        assertThatThrownBy(() -> decode(here, unknown))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("not registered in this process");
    }

    @Test
    void shouldNameTheTypeOfAPayloadThatItsCodecDoesNotWrite() {
        assertThatThrownBy(() -> mapper.codec(String.class).size(message(5, Map.of())))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("java.lang.Integer")
                .hasMessageContaining("'string'");
        assertThatThrownBy(() -> encode(mapper.codec(Trade.class), message(5, Map.of())))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("java.lang.Integer");
    }

    @Test
    void shouldLeaveThePositionWhereItWasIfThereIsTooLittleRoom() {
        Codec<Message<?>> codec = mapper.codec(Trade.class);
        Message<?> message = message(new Trade("long enough to need some room", 1), Map.of("k", "value"));
        int needed = encode(codec, message).length;
        for (int room = 0; room < needed; room++) {
            ByteBuffer target =
                    ByteBuffer.allocate(room + 3).order(ByteOrder.LITTLE_ENDIAN).position(3);
            assertThatThrownBy(() -> codec.encode(message, target)).isInstanceOf(BufferOverflowException.class);
            assertThat(target.position()).isEqualTo(3);
        }
    }

    @Test
    void shouldMeetDamageWithNothingButACodecException() {
        ShmMessageCodec codec = (ShmMessageCodec) mapper.codec(Trade.class);
        Map<String, Object> headers = new HashMap<>();
        values().forEach(value -> headers.put("h" + headers.size(), value));
        byte[] good = encode(codec, message(new Trade("a", 7), headers));
        Random random = new Random(42);
        for (int i = 0; i < 20_000; i++) {
            byte[] bad = Arrays.copyOf(good, i < good.length ? i : good.length);
            for (int flips = random.nextInt(4); flips >= 0 && bad.length > 0; flips--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            ByteBuffer source = ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN);
            try {
                assertThat(codec.decode(source)).isNotNull();
            } catch (CodecException e) {
                assertThat(source.position()).isZero();
                assertThat(source.limit()).isEqualTo(bad.length);
                codec.headersOfUnreadable(source);
            }
        }
    }

    @Test
    void shouldReadHeadersOfAMessageWhosePayloadCannotBeRead() {
        ShmMessageCodec codec = (ShmMessageCodec) mapper.codec(Trade.class);
        byte[] bytes = encode(mapper.codec(String.class), message("no order", Map.of("k", "v")));
        assertThatThrownBy(() -> decode(codec, bytes)).isInstanceOf(CodecException.class);
        assertThat(codec.headersOfUnreadable(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)))
                .containsExactly(Map.entry("k", "v"));
    }

    @Test
    void shouldRefuseAnotherVersionAndWhatItDoesNotKnow() {
        Codec<Message<?>> codec = mapper.codec(String.class);
        assertThatThrownBy(() -> decode(codec, new byte[] {2, 0, 0, 0, 0}))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("format 2");
        assertThatThrownBy(() -> decode(codec, new byte[] {1, 2, 0, 0, 0, (byte) 200, 0}))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("name number 200");
        assertThatThrownBy(() -> decode(codec, new byte[] {1, 2, 0, 0, 0, 1, 99}))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("type number 99");
        assertThatThrownBy(() -> decode(codec, new byte[0])).isInstanceOf(CodecException.class);
    }

    @Test
    void shouldTurnWhatAUsersCodecThrowsIntoACodecException() {
        Codec<Message<?>> codec = mapper.codec(new Codec<String>() {
            @Override
            public String name() {
                return "bad";
            }

            @Override
            public int size(String value) {
                return Codecs.string().size(value);
            }

            @Override
            public void encode(String value, ByteBuffer target) {
                Codecs.string().encode(value, target);
            }

            @Override
            public String decode(ByteBuffer source) {
                throw new NoClassDefFoundError("com/acme/Trade");
            }
        });
        byte[] bytes = encode(codec, message("p", Map.of()));
        assertThatThrownBy(() -> decode(codec, bytes))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("com/acme/Trade")
                .hasMessageContaining("'bad'");
    }
}
