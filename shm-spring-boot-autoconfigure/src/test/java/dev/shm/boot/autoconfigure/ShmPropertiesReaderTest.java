package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.OnCreatorLost;
import dev.shm.OnStale;
import dev.shm.Role;
import dev.shm.boot.autoconfigure.ShmProperties.Ack;
import dev.shm.boot.autoconfigure.ShmProperties.Channel;
import dev.shm.boot.autoconfigure.ShmProperties.Direction;
import dev.shm.boot.autoconfigure.ShmProperties.Kind;
import dev.shm.boot.autoconfigure.ShmProperties.Segment;
import dev.shm.queue.FullPolicy;
import dev.shm.queue.Waiting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.util.unit.DataSize;

/** What is read of the configuration, in all the forms in which it may be written, and what is refused. */
class ShmPropertiesReaderTest {

    private final StandardEnvironment environment = new StandardEnvironment();

    ShmPropertiesReaderTest() {
        variables(Map.of());
        system(Map.of());
    }

    private void variables(Map<String, Object> variables) {
        replace(new SystemEnvironmentPropertySource(
                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
    }

    private void system(Map<String, Object> properties) {
        replace(new MapPropertySource(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME, properties));
    }

    private void replace(MapPropertySource source) {
        environment.getPropertySources().replace(source.getName(), source);
    }

    private ShmProperties read(String... pairs) {
        Map<String, Object> map = new HashMap<>();
        for (String pair : pairs) {
            int equals = pair.indexOf('=');
            map.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
        environment.getPropertySources().addFirst(new MapPropertySource("test", map));
        return ShmPropertiesReader.read(environment);
    }

    private ShmProperties yaml(String text) throws IOException {
        new YamlPropertySourceLoader()
                .load("yaml", new ByteArrayResource(text.getBytes(StandardCharsets.UTF_8)))
                .forEach(environment.getPropertySources()::addLast);
        return ShmPropertiesReader.read(environment);
    }

    @Test
    void shouldBeEmptyIfNothingIsConfigured() {
        assertThat(read()).isEqualTo(new ShmProperties(null, Map.of(), Map.of()));
    }

    @Test
    void shouldGiveASegmentItsDefaults() {
        assertThat(read("shm.segments.desk.role=peer").segments())
                .containsExactly(Map.entry(
                        "desk",
                        new Segment(
                                null,
                                Role.PEER,
                                null,
                                OnStale.RECREATE,
                                OnCreatorLost.KEEP,
                                Duration.ofSeconds(30),
                                Duration.ofSeconds(1),
                                64,
                                null)));
    }

    @Test
    void shouldReadEveryKeyOfASegment() {
        ShmProperties read = read(
                "shm.directory=/dev/shm/ours",
                "shm.segments.desk.size=256MB",
                "shm.segments.desk.role=consumer",
                "shm.segments.desk.hash-seed=-42",
                "shm.segments.desk.on-stale=adopt",
                "shm.segments.desk.on-creator-lost=close",
                "shm.segments.desk.attach-timeout=2m",
                "shm.segments.desk.close-grace=250ms",
                "shm.segments.desk.slots=8",
                "shm.segments.desk.group=desks");
        assertThat(read.directory()).isEqualTo("/dev/shm/ours");
        assertThat(read.segments().get("desk"))
                .isEqualTo(new Segment(
                        DataSize.ofMegabytes(256),
                        Role.CONSUMER,
                        -42L,
                        OnStale.ADOPT,
                        OnCreatorLost.CLOSE,
                        Duration.ofMinutes(2),
                        Duration.ofMillis(250),
                        8,
                        "desks"));
    }

    @Test
    void shouldGiveAChannelItsDefaults() {
        assertThat(read("shm.segments.desk.role=peer", "shm.channels.orders.segment=desk")
                        .channels()
                        .get("orders"))
                .isEqualTo(new Channel(
                        "desk",
                        null,
                        Kind.QUEUE,
                        false,
                        DataSize.ofMegabytes(4),
                        1,
                        null,
                        List.of(),
                        "kryo",
                        FullPolicy.BLOCK,
                        Duration.ofSeconds(5),
                        Ack.AUTO,
                        10,
                        Duration.ofMillis(10),
                        Duration.ofSeconds(1),
                        null,
                        null,
                        1,
                        1,
                        Waiting.BLOCK,
                        null,
                        false,
                        64,
                        null,
                        null,
                        Direction.INBOUND));
    }

    @Test
    void shouldReadEveryKeyOfAQueue() {
        String key = "shm.channels.orders.";
        ShmProperties read = read(
                "shm.segments.desk.role=peer",
                key + "segment=desk",
                key + "name=all-orders",
                key + "kind=queue",
                key + "pollable=false",
                key + "capacity=1MB",
                key + "priorities=3",
                key + "payload-type=com.acme.Order",
                key + "registered-types=com.acme.Line,com.acme.Customer",
                key + "codec=json",
                key + "full=drop-newest",
                key + "offer-timeout=1s",
                key + "ack=manual",
                key + "max-deliveries=3",
                key + "redelivery-delay=50ms",
                key + "max-redelivery-delay=20s",
                key + "dead-letter=failed",
                key + "visibility-timeout=1m",
                key + "concurrency=4",
                key + "batch-size=16",
                key + "wait=spin",
                key + "channel=theirs",
                key + "direction=outbound");
        assertThat(read.channels().get("orders"))
                .isEqualTo(new Channel(
                        "desk",
                        "all-orders",
                        Kind.QUEUE,
                        false,
                        DataSize.ofMegabytes(1),
                        3,
                        "com.acme.Order",
                        List.of("com.acme.Line", "com.acme.Customer"),
                        "json",
                        FullPolicy.DROP_NEWEST,
                        Duration.ofSeconds(1),
                        Ack.MANUAL,
                        3,
                        Duration.ofMillis(50),
                        Duration.ofSeconds(20),
                        "failed",
                        Duration.ofMinutes(1),
                        4,
                        16,
                        Waiting.SPIN,
                        null,
                        false,
                        64,
                        null,
                        "theirs",
                        Direction.OUTBOUND));
    }

    @Test
    void shouldReadEveryKeyOfATopic() {
        Channel read = read(
                        "shm.segments.desk.role=peer",
                        "shm.channels.ticks.kind=topic",
                        "shm.channels.ticks.subscription=audit",
                        "shm.channels.ticks.from-oldest=true",
                        "shm.channels.ticks.subscribers=8",
                        "shm.channels.ticks.evict-after=10s",
                        "shm.channels.ticks.full=drop-oldest")
                .channels()
                .get("ticks");
        assertThat(read.isTopic()).isTrue();
        assertThat(read.subscription()).isEqualTo("audit");
        assertThat(read.fromOldest()).isTrue();
        assertThat(read.subscribers()).isEqualTo(8);
        assertThat(read.evictAfter()).isEqualTo(Duration.ofSeconds(10));
        assertThat(read.full()).isEqualTo(FullPolicy.DROP_OLDEST);
    }

    @Test
    void shouldReadNestedYaml() throws IOException {
        ShmProperties read = yaml("""
                shm:
                  segments:
                    desk: {size: 256MB, role: peer, hash-seed: 42}
                  channels:
                    orders: {segment: desk, payload-type: com.acme.Order}
                    ticks:
                      kind: topic
                      full: drop-oldest
                      registered-types:
                        - com.acme.Tick
                        - com.acme.Tock
                """);
        assertThat(read.segments().get("desk").hashSeed()).isEqualTo(42);
        assertThat(read.channels()).containsOnlyKeys("orders", "ticks");
        assertThat(read.channels().get("ticks").registeredTypes()).containsExactly("com.acme.Tick", "com.acme.Tock");
    }

    @Test
    void shouldTakeAnEntryWithNothingInItForOneWithTheDefaults() throws IOException {
        ShmProperties read = yaml("""
                shm:
                  segments:
                    desk:
                  channels:
                    orders:
                """);
        assertThat(read.segments()).containsOnlyKeys("desk");
        assertThat(read.channels()).containsOnlyKeys("orders");
        assertThat(read.channels().get("orders").capacity()).isEqualTo(DataSize.ofMegabytes(4));
    }

    @Test
    void shouldTakeASectionWithNothingInItForNone() throws IOException {
        assertThat(yaml("shm:\n  segments:\n  channels:\n").segments()).isEmpty();
    }

    @Test
    void shouldReadRelaxedNames() {
        ShmProperties read = read(
                "shm.segments.desk.hashSeed=7",
                "shm.segments.desk.ATTACH_TIMEOUT=3s",
                "shm.channels.orders.batchSize=9",
                "shm.channels.orders.kind=TOPIC",
                "shm.channels.orders.full=DROP_OLDEST");
        assertThat(read.segments().get("desk").hashSeed()).isEqualTo(7);
        assertThat(read.segments().get("desk").attachTimeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(read.channels().get("orders").batchSize()).isEqualTo(9);
    }

    @Test
    void shouldReadEnvironmentVariables() {
        variables(Map.of(
                "SHM_DIRECTORY", "/dev/shm/ours",
                "SHM_SEGMENTS_DESK_SIZE", "2MB",
                "SHM_SEGMENTS_DESK_HASHSEED", "5",
                "SHM_CHANNELS_ORDERS_CAPACITY", "64KB",
                "SHM_CHANNELS_ORDERS_REGISTEREDTYPES_0", "com.acme.Line"));
        ShmProperties read = read();
        assertThat(read.directory()).isEqualTo("/dev/shm/ours");
        assertThat(read.segments().get("desk").size()).isEqualTo(DataSize.ofMegabytes(2));
        assertThat(read.segments().get("desk").hashSeed()).isEqualTo(5);
        assertThat(read.channels().get("orders").capacity()).isEqualTo(DataSize.ofKilobytes(64));
        assertThat(read.channels().get("orders").registeredTypes()).containsExactly("com.acme.Line");
    }

    @Test
    void shouldLetAVariableChangeWhatAFileSaysOfANameWithADash() {
        variables(Map.of("SHM_SEGMENTS_MYDESK_SIZE", "2MB"));
        ShmProperties read = read("shm.segments.my-desk.slots=8");
        assertThat(read.segments()).containsOnlyKeys("my-desk");
        assertThat(read.segments().get("my-desk").size()).isEqualTo(DataSize.ofMegabytes(2));
        assertThat(read.segments().get("my-desk").slots()).isEqualTo(8);
    }

    @Test
    void shouldKeepTheLettersOfNames() throws IOException {
        ShmProperties read = yaml("""
                shm:
                  segments:
                    myDesk: {size: 1MB}
                    "[our_desk]": {size: 1MB}
                """);
        assertThat(read.segments()).containsOnlyKeys("myDesk", "our_desk");
    }

    // ------------------------------------------------------------------------------------------ unknown keys

    @ParameterizedTest
    @CsvSource({
        "shm.segments.desk.siez, shm.segments.desk.size",
        "shm.segments.desk.hash-sead, shm.segments.desk.hash-seed",
        "shm.segmnets.desk.size, shm.segments",
        "shm.directroy, shm.directory",
        "shm.channels.orders.payload, shm.channels.orders.payload-type",
        "shm.channels.orders.capacty, shm.channels.orders.capacity",
        "shm.channels.orders.batchsise, shm.channels.orders.batch-size"
    })
    void shouldRefuseAnUnknownKeyAndNameTheNearest(String key, String meant) {
        assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
                .isThrownBy(() -> read("shm.segments.desk.role=peer", key + "=1"))
                .satisfies(e -> assertThat(e.getReason()).contains("Did you mean '" + meant + "'?"))
                .satisfies(e -> assertThat(e.getName()).isEqualTo(key));
    }

    @Test
    void shouldListTheKeysThereAreIfNoneIsNear() {
        assertThatThrownBy(() -> read("shm.segments.desk.colour=red")).hasMessageContaining("size, role, hash-seed");
    }

    @Test
    void shouldRefuseAKeyBelowAValue() {
        assertThatThrownBy(() -> read("shm.segments.desk.size.bytes=1")).hasMessageContaining("nothing below it");
    }

    @Test
    void shouldRefuseAnUnknownKeyInAVariable() {
        variables(Map.of("SHM_SEGMENTS_DESK_SIEZ", "1MB"));
        assertThatThrownBy(this::read).hasMessageContaining("Did you mean 'shm.segments.desk.size'?");
    }

    @Test
    void shouldKnowAKeyInAVariableHoweverItIsWritten() {
        variables(Map.of("SHM_SEGMENTS_DESK_HASH_SEED", "5", "SHM_SEGMENTS_MY_DESK_SIZE", "1MB"));
        assertThat(read("shm.segments.desk.role=peer", "shm.segments.my-desk.role=peer")
                        .segments()
                        .get("desk")
                        .hashSeed())
                .isEqualTo(5);
    }

    @Test
    void shouldLeaveVariablesOfOthersAlone() {
        variables(Map.of("SHM_TORTURE_KILLS", "1", "SHMEM", "2"));
        system(Map.of("shm.torture.kills", "300"));
        assertThat(read().segments()).isEmpty();
    }

    @Test
    void shouldRefuseASystemPropertyThatLooksLikeAKey() {
        system(Map.of("shm.directroy", "/tmp"));
        assertThatThrownBy(this::read).hasMessageContaining("Did you mean 'shm.directory'?");
    }

    // ------------------------------------------------------------------------------------------ values

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "shm.segments.desk.size=0B                | shm.segments.desk.size           | all of which is taken",
                "shm.segments.desk.size=-1MB              | shm.segments.desk.size           | all of which is taken",
                "shm.segments.desk.size=1000B             | shm.segments.desk.size           | multiple of 4KB: write 64MB",
                "shm.segments.desk.size=1048577B          | shm.segments.desk.size           | write 1048576B or 1052672B",
                "shm.segments.desk.size=2TB               | shm.segments.desk.size           | at most 1 TiB",
                "shm.segments.desk.slots=0                | shm.segments.desk.slots          | 1 to 1023",
                "shm.segments.desk.slots=1024             | shm.segments.desk.slots          | 1 to 1023",
                "shm.segments.desk.attach-timeout=-1s     | shm.segments.desk.attach-timeout | not negative",
                "shm.segments.desk.close-grace=-1s        | shm.segments.desk.close-grace    | not negative",
                "shm.segments.desk.group=                 | shm.segments.desk.group          | Name a group",
                "shm.segments[a.b].size=1MB               | shm.segments.a.b                 | letters, digits",
                "shm.directory=                           | shm.directory                    | Name a directory",
                "shm.channels.orders.segment=             | shm.channels.orders.segment      | Give it a value",
                "shm.channels.orders.name=                | shm.channels.orders.name         | Give it a value",
                "shm.channels.orders.payload-type=        | shm.channels.orders.payload-type | Give it a value",
                "shm.channels.orders.codec=               | shm.channels.orders.codec        | Give it a value",
                "shm.channels.orders.capacity=0B          | shm.channels.orders.capacity     | power of two",
                "shm.channels.orders.capacity=3MB         | shm.channels.orders.capacity     | The next one is 4194304",
                "shm.channels.orders.capacity=1GB         | shm.channels.orders.capacity     | power of two",
                "shm.channels.orders.priorities=0         | shm.channels.orders.priorities   | 1 to 8",
                "shm.channels.orders.priorities=9         | shm.channels.orders.priorities   | 1 to 8",
                "shm.channels.orders.offer-timeout=-1s    | shm.channels.orders.offer-timeout | not negative",
                "shm.channels.orders.max-deliveries=-1    | shm.channels.orders.max-deliveries | 1 to 63",
                "shm.channels.orders.max-deliveries=64    | shm.channels.orders.max-deliveries | 1 to 63",
                "shm.channels.orders.redelivery-delay=-1s | shm.channels.orders.redelivery-delay | not negative",
                "shm.channels.orders.max-redelivery-delay=2d | shm.channels.orders.max-redelivery-delay | for a day at most",
                "shm.channels.orders.visibility-timeout=0s | shm.channels.orders.visibility-timeout | more than zero",
                "shm.channels.orders.concurrency=0        | shm.channels.orders.concurrency  | 1 or more",
                "shm.channels.orders.batch-size=0         | shm.channels.orders.batch-size   | 1 or more",
                "shm.channels.orders.dead-letter=orders   | shm.channels.orders.dead-letter  | Name another channel",
                "shm.channels.orders.subscription=audit   | shm.channels.orders.subscription | Only topics",
                "shm.channels.orders.from-oldest=true     | shm.channels.orders.from-oldest  | Only topics",
                "shm.channels.orders.evict-after=1s       | shm.channels.orders.evict-after  | Only topics",
                "shm.channels.orders.subscribers=2        | shm.channels.orders.subscribers  | Only topics",
                "shm.channels.orders.direction=outbound   | shm.channels.orders.direction    | which is missing",
                "shm.channels.orders.segment=desk,shm.channels.orders.kind=topic,shm.channels.orders.pollable=true"
                        + " | shm.channels.orders.pollable | only a queue is polled",
                "shm.channels.orders.kind=topic,shm.channels.orders.priorities=2 | shm.channels.orders.priorities | Only queues",
                "shm.channels.orders.kind=topic,shm.channels.orders.dead-letter=x | shm.channels.orders.dead-letter | Only queues",
                "shm.channels.orders.kind=topic,shm.channels.orders.visibility-timeout=1s"
                        + " | shm.channels.orders.visibility-timeout | Only queues",
                "shm.channels.orders.kind=topic,shm.channels.orders.subscribers=0"
                        + " | shm.channels.orders.subscribers | 1 to 1024",
                "shm.channels.orders.kind=topic,shm.channels.orders.evict-after=0s"
                        + " | shm.channels.orders.evict-after | more than zero",
                "shm.channels.orders.pollable=true,shm.channels.orders.concurrency=2"
                        + " | shm.channels.orders.concurrency | Who polls",
                "shm.channels.orders.pollable=true,shm.channels.orders.batch-size=2"
                        + " | shm.channels.orders.batch-size | Who polls",
                "shm.channels.orders.pollable=true,shm.channels.orders.ack=manual | shm.channels.orders.ack | Who polls",
                "shm.channels.orders.pollable=true,shm.channels.orders.redelivery-delay=1s"
                        + " | shm.channels.orders.redelivery-delay | Who polls",
                "shm.channels.orders.pollable=true,shm.channels.orders.max-redelivery-delay=2s"
                        + " | shm.channels.orders.max-redelivery-delay | Who polls",
                "shm.channels.orders.pollable=true,shm.channels.orders.channel=x"
                        + " | shm.channels.orders.pollable | there already",
                "shm.channels.orders.max-deliveries=0,shm.channels.orders.dead-letter=x"
                        + " | shm.channels.orders.max-deliveries | Write 1 to 63",
                "shm.segments.desk.size=4MB,shm.channels.orders.segment=desk"
                        + " | shm.channels.orders.capacity | does not fit into segment 'desk'",
                "shm.channels.desk.kind=queue | shm.channels.desk | bean of that name already",
                "shm.channels.errorChannel.kind=queue | shm.channels.errorChannel | Choose another",
                "shm.channels.a.name=x,shm.channels.b.name=x,shm.channels.b.kind=topic | shm.channels | of one kind",
                "shm.segments.other.size=1MB,shm.channels.orders.kind=queue"
                        + " | shm.channels.orders.segment | There are several segments"
            })
    void shouldRefuseWhatCannotBeRightAndNameTheKey(String pairs, String key, String reason) {
        String[] all = ("shm.segments.desk.role=peer," + pairs).split(",");
        assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
                .isThrownBy(() -> read(all))
                .satisfies(e -> assertThat(e.getName()).startsWith(key))
                .satisfies(e -> assertThat(e.getReason()).contains(reason));
    }

    @Test
    void shouldRefuseAChannelIfThereIsNoSegmentAndSayHowToAddOne() {
        assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
                .isThrownBy(() -> read("shm.channels.orders.kind=queue"))
                .satisfies(e -> assertThat(e.getName()).isEqualTo("shm.channels.orders.segment"))
                .satisfies(e -> assertThat(e.getReason()).contains("shm.segments.desk.size: 64MB"));
    }

    @Test
    void shouldLetSeveralChannelsStandOnOneTopic() {
        assertThat(read(
                                "shm.segments.desk.role=peer",
                                "shm.channels.all.kind=topic",
                                "shm.channels.audit.kind=topic",
                                "shm.channels.audit.name=all",
                                "shm.channels.audit.subscription=audit")
                        .channels())
                .hasSize(2);
    }
}
