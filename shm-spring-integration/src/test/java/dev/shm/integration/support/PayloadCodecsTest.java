package dev.shm.integration.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.codec.NdArray;
import dev.shm.collection.SharedList;
import dev.shm.collection.SharedMap;
import dev.shm.collection.SharedSet;
import dev.shm.error.CodecException;
import dev.shm.integration.testing.Segment;
import dev.shm.integration.testing.Trade;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PayloadCodecsTest {

    record Basket(String owner, List<Trade> orders) {}

    @RegisterExtension
    final Segment segment = new Segment();

    @Test
    void shouldKnowCodecsByName() {
        assertThat(PayloadCodecs.named("kryo", Trade.class).name()).startsWith("kryo:" + Trade.class.getName());
        assertThat(PayloadCodecs.named("kryo", Object.class, Trade.class).name())
                .startsWith("kryo:java.lang.Object");
        assertThat(PayloadCodecs.named("kryo", String.class)).isSameAs(Codecs.string());
        assertThat(PayloadCodecs.named("json", Trade.class).name()).isEqualTo("json:" + Trade.class.getName());
        assertThat(PayloadCodecs.named("string", String.class)).isSameAs(Codecs.string());
        assertThat(PayloadCodecs.named("bytes", Object.class)).isSameAs(Codecs.bytes());
        assertThat(PayloadCodecs.named("ndarray", NdArray.class)).isSameAs(Codecs.ndArrays());
        assertThat(PayloadCodecs.named("ndarray", Object.class)).isSameAs(Codecs.ndArrays());
        assertThat(PayloadCodecs.names()).containsExactlyInAnyOrder("kryo", "json", "string", "bytes", "ndarray");
    }

    @Test
    void shouldSayWhichCodecsThereAre() {
        assertThatThrownBy(() -> PayloadCodecs.named("avro", Trade.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'avro'")
                .hasMessageContaining("bytes, json, kryo, ndarray, string");
        assertThatThrownBy(() -> PayloadCodecs.named("string", Trade.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Trade.class.getName());
        assertThatThrownBy(() -> PayloadCodecs.named("ndarray", Trade.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("writes dev.shm.codec.NdArray");
    }

    @Test
    void shouldWriteAndReadJson() {
        Codec<Basket> codec = JsonCodec.of(Basket.class);
        Basket basket = new Basket("Zoë", List.of(new Trade("a", 1), new Trade("b", 2)));
        ByteBuffer buffer = ByteBuffer.allocate(1_000);
        codec.encode(basket, buffer);
        buffer.flip();
        assertThat(StandardCharsets.UTF_8.decode(buffer.duplicate()).toString())
                .isEqualTo("{\"owner\":\"Zoë\",\"orders\":[{\"id\":\"a\",\"pieces\":1},{\"id\":\"b\",\"pieces\":2}]}");
        assertThat(codec.decode(buffer)).isEqualTo(basket);
        assertThat(buffer.hasRemaining()).isFalse();
    }

    @Test
    void shouldWriteSharedCollectionsAsWhatIsInThem() {
        SharedMap<String, Object> map = segment.mine().create("map", SharedMap.of(String.class, Object.class));
        map.put("sizes", Arrays.asList(1, 2.5, true, null));
        SharedList<Object> list = segment.mine().create("list", SharedList.of(Object.class));
        list.addAll(List.of("Zoë", Map.of("pieces", 7)));
        SharedSet<Long> set = segment.mine().create("set", SharedSet.of(Long.class));
        set.add(3L);
        assertThat(json(Map.class, map)).isEqualTo("{\"sizes\":[1,2.5,true,null]}");
        assertThat(json(List.class, list)).isEqualTo("[\"Zoë\",{\"pieces\":7}]");
        assertThat(json(Set.class, set)).isEqualTo("[3]");
    }

    private static <T> String json(Class<T> type, T value) {
        ByteBuffer buffer = ByteBuffer.allocate(1_000);
        JsonCodec.of(type).encode(value, buffer);
        return StandardCharsets.UTF_8.decode(buffer.flip()).toString();
    }

    @Test
    void shouldAskForMoreRoomForJson() {
        Codec<Basket> codec = JsonCodec.of(Basket.class);
        Basket large = new Basket("x".repeat(20_000), List.of(new Trade("y".repeat(20_000), 1)));
        for (int room : new int[] {0, 10, 8_000, 19_000, 39_000}) {
            ByteBuffer buffer = ByteBuffer.allocate(room + 2).position(2);
            assertThatThrownBy(() -> codec.encode(large, buffer)).isInstanceOf(BufferOverflowException.class);
            assertThat(buffer.position()).isEqualTo(2);
        }
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"})
    void shouldRefuseWhatIsNotJsonOfThatType() {
        Codec<Trade> codec = JsonCodec.of(Trade.class);
        for (String bad : List.of("", "{", "null", "[1]", "{\"id\":\"a\",\"pieces\":\"many\"}", "{} {}")) {
            ByteBuffer source = ByteBuffer.wrap(bad.getBytes(StandardCharsets.UTF_8));
            assertThatThrownBy(() -> codec.decode(source))
                    .as(bad)
                    .isInstanceOf(CodecException.class)
                    .hasMessageContaining("json:" + Trade.class.getName());
            assertThat(source.position()).isZero();
        }
        assertThatThrownBy(() -> ((Codec) codec).encode("no order", ByteBuffer.allocate(100)))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("java.lang.String");
    }
}
