package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.shm.Role;
import dev.shm.SharedMemory;
import dev.shm.boot.autoconfigure.testing.PeerChild;
import dev.shm.boot.testing.Directory;
import dev.shm.codec.Codecs;
import dev.shm.integration.support.ShmMessageMapper;
import dev.shm.queue.SharedQueue;
import dev.shm.segment.SegmentLayout;
import dev.shm.segment.SegmentState;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.integration.autoconfigure.IntegrationAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.integration.channel.DirectChannel;

/** What an application says that cannot start: what happened, and what to type. */
@ExtendWith(OutputCaptureExtension.class)
class StartupFailureTest {

    @RegisterExtension
    final Directory directory = new Directory();

    record Order(String id, int pieces) {}

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        IntegrationAutoConfiguration.class,
        ShmAutoConfiguration.class,
        ShmIntegrationAutoConfiguration.class
    })
    static class Application {}

    @Configuration(proxyBeanMethods = false)
    static class Clash {
        @Bean
        DirectChannel orders() {
            return new DirectChannel();
        }

        @Bean
        String desk() {
            return "a bean of its own";
        }
    }

    private Throwable fail(Class<?>[] sources, String... arguments) {
        SpringApplication application = new SpringApplication(sources);
        application.setWebApplicationType(WebApplicationType.NONE);
        application.setBannerMode(Banner.Mode.OFF);
        application.setRegisterShutdownHook(false);
        List<String> all = new ArrayList<>();
        if (Arrays.stream(arguments).noneMatch(argument -> argument.startsWith("shm.directory="))) {
            all.add("--shm.directory=" + directory.path());
        }
        for (String argument : arguments) {
            all.add("--" + argument);
        }
        Throwable failure =
                catchThrowable(() -> application.run(all.toArray(String[]::new)).close());
        assertThat(failure).as("the application started").isNotNull();
        return failure;
    }

    private void assertExplained(CapturedOutput output, String... words) {
        assertThat(output.getOut()).contains("APPLICATION FAILED TO START").contains(words);
    }

    private void startAndExplain(CapturedOutput output, String arguments, String... words) {
        fail(new Class<?>[] {Application.class}, arguments.split(" "));
        assertExplained(output, words);
    }

    private SharedMemory.Builder desk() {
        return SharedMemory.named("desk").directory(directory.path()).size(1 << 20);
    }

    @Test
    void shouldExplainASegmentThatAnotherCreatorHolds(CapturedOutput output) {
        try (SharedMemory held = desk().role(Role.CREATOR).create()) {
            startAndExplain(
                    output,
                    "shm.segments.desk.role=creator shm.segments.desk.attach-timeout=10ms",
                    "'shm.segments.desk' cannot be opened",
                    "living creator",
                    String.valueOf(held.self().pid()),
                    "shm.segments.desk.role: consumer");
        }
    }

    @Test
    void shouldExplainAChannelForDeadLettersThatIsNotThere(CapturedOutput output) {
        startAndExplain(
                output,
                "shm.segments.desk.size=16MB shm.channels.orders.codec=string shm.channels.orders.dead-letter=faild"
                        + " shm.channels.failed.codec=string",
                "shm.channels.orders.dead-letter",
                "There is no such channel. Did you mean 'failed'?",
                "There are errorChannel, failed, nullChannel",
                "'shm.channels.faild'");
    }

    @Test
    void shouldExplainThatDeadLettersGoToAChannelAndToNothingElse(CapturedOutput output) {
        startAndExplain(
                output,
                "shm.segments.desk.size=8MB shm.channels.orders.codec=string shm.channels.orders.dead-letter=desk",
                "shm.channels.orders.dead-letter",
                "There is no such channel.");
    }

    @Test
    void shouldExplainAHashSeedThatDiffers(CapturedOutput output) {
        try (SharedMemory held = desk().hashSeed(1).create()) {
            assertThat(held.hashSeed()).isEqualTo(1);
            startAndExplain(
                    output,
                    "shm.segments.desk.hash-seed=2",
                    "created with hash seed 1",
                    "asks for 2",
                    "Leave 'shm.segments.desk.hash-seed' out");
        }
    }

    @Test
    void shouldExplainTooLittleSpace(CapturedOutput output) {
        startAndExplain(
                output,
                "shm.segments.desk.size=1TB",
                "needs 1099511627776 bytes",
                "Ask for less with 'shm.segments.desk.size'",
                "docker run --shm-size",
                "df -h /dev/shm");
        assertThat(directory.files()).noneMatch(file -> file.equals("desk"));
    }

    @Test
    void shouldExplainThatNoCreatorCame(CapturedOutput output) {
        startAndExplain(
                output,
                "shm.segments.desk.role=consumer shm.segments.desk.attach-timeout=20ms",
                "no creator has offered segment 'desk'",
                "raise 'shm.segments.desk.attach-timeout'",
                "shm.segments.desk.role: peer");
    }

    @Test
    void shouldExplainASizeThatDiffers(CapturedOutput output) {
        try (SharedMemory held = desk().create()) {
            assertThat(held.isOpen()).isTrue();
            startAndExplain(
                    output,
                    "shm.segments.desk.size=2MB",
                    "has 1048576 bytes",
                    "Give all processes the same 'shm.segments.desk.size'");
        }
    }

    @Test
    void shouldExplainADirectoryThatIsOpenToOthers(CapturedOutput output) throws IOException {
        Files.setPosixFilePermissions(directory.path(), PosixFilePermissions.fromString("rwxr-xr-x"));
        startAndExplain(output, "shm.segments.desk.size=1MB", "is open to others", "chmod 700", "shm.directory:");
    }

    @Test
    void shouldExplainADirectoryOfAnotherUser(CapturedOutput output) throws IOException {
        startAndExplain(
                output,
                "shm.segments.desk.size=1MB shm.directory=" + directoryOfAnotherUser(),
                "belongs to user",
                "this process runs as user " + uid(Path.of("/proc/self")),
                "Run them as one user",
                "shm.directory:");
    }

    /** The superuser can give one away; for everybody else, there are those of the superuser. */
    private Path directoryOfAnotherUser() throws IOException {
        if (uid(Path.of("/proc/self")) != 0) {
            return Path.of("/usr");
        }
        Path given = Files.createDirectory(
                directory.path().resolve("given"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.setAttribute(given, "unix:uid", 54_321);
        return given;
    }

    private static int uid(Path path) throws IOException {
        return (Integer) Files.getAttribute(path, "unix:uid");
    }

    @Test
    void shouldExplainWhatADeadCreatorLeft(CapturedOutput output) {
        try (PeerChild creator = PeerChild.start(directory.path(), "desk", Role.CREATOR)) {
            creator.kill();
            startAndExplain(
                    output,
                    "shm.segments.desk.role=creator shm.segments.desk.on-stale=fail shm.directory=" + ofChildren(),
                    "'shm.segments.desk' cannot be opened: the creator of segment 'desk'",
                    "is dead",
                    "shm.segments.desk.on-stale: adopt",
                    "cli.jar rm desk");
        }
    }

    private Path ofChildren() {
        return directory.path().resolve("segments");
    }

    @Test
    void shouldExplainASegmentThatHasFailedAndThatSomebodyHolds(CapturedOutput output) throws Exception {
        try (PeerChild holder = PeerChild.start(directory.path(), "desk", Role.PEER)) {
            // Whoever runs would see it, and leave.
            stop(holder.pid());
            try (RandomAccessFile file =
                    new RandomAccessFile(ofChildren().resolve("desk").toFile(), "rw")) {
                file.seek(SegmentLayout.STATE);
                file.writeLong(Long.reverseBytes(SegmentState.FAILED.code()));
            }
            startAndExplain(
                    output,
                    "shm.segments.desk.size=1MB shm.directory=" + ofChildren(),
                    "has failed and is still held by",
                    String.valueOf(holder.pid()),
                    "Stop all processes that use the segment",
                    "rm desk --force");
        }
    }

    private static void stop(long pid) throws Exception {
        assertThat(new ProcessBuilder("kill", "-STOP", String.valueOf(pid))
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void shouldExplainAFileThatIsNoSegment(CapturedOutput output) throws IOException {
        put(new byte[1 << 20]);
        startAndExplain(output, "shm.segments.desk.size=1MB", "not a segment", "rm desk --force");
    }

    private void put(byte[] bytes) throws IOException {
        Path file = directory.path().resolve("desk");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(file, bytes);
    }

    private byte[] ofLayout(int major) throws IOException {
        byte[] bytes;
        try (SharedMemory memory = desk().create()) {
            bytes = Files.readAllBytes(memory.path());
        }
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(SegmentLayout.LAYOUT_MAJOR, major);
        return bytes;
    }

    @Test
    void shouldExplainALayoutThatIsTooOld(CapturedOutput output) throws IOException {
        put(ofLayout(0));
        startAndExplain(output, "shm.segments.desk.size=1MB", "made by an older version", "rm desk --force");
    }

    @Test
    void shouldExplainALayoutThatIsTooNew(CapturedOutput output) throws IOException {
        put(ofLayout(99));
        startAndExplain(
                output, "shm.segments.desk.size=1MB", "made by a newer version", "Raise this application's version");
    }

    @Test
    void shouldExplainTooManyProcesses(CapturedOutput output) {
        try (SharedMemory held = desk().slots(1).create()) {
            assertThat(held.isOpen()).isTrue();
            startAndExplain(
                    output, "shm.segments.desk.size=1MB", "cli.jar peers desk", "raise 'shm.segments.desk.slots'");
        }
    }

    @Test
    void shouldExplainAQueueOfAnotherType(CapturedOutput output) {
        try (SharedMemory held = desk().size(64 << 20).create()) {
            held.openOrCreate(
                    "orders", SharedQueue.of(ShmMessageMapper.defaults().codec(Codecs.string())));
            startAndExplain(
                    output,
                    "shm.segments.desk.role=peer shm.channels.orders.payload-type=" + Order.class.getName(),
                    "The channel 'orders' cannot be opened",
                    "Compare 'shm.channels.orders.kind'",
                    "shm.channels.orders.name: <another name>");
        }
    }

    @Test
    void shouldExplainASegmentThatIsTooSmallForItsChannels(CapturedOutput output) {
        try (SharedMemory held = desk().create()) {
            assertThat(held.isOpen()).isTrue();
            startAndExplain(
                    output,
                    "shm.segments.desk.role=peer shm.channels.orders.capacity=4MB",
                    "The channel 'orders' cannot be opened",
                    "shm.channels.orders.capacity: 1MB");
        }
    }

    @Test
    void shouldExplainTheQueueOfAChannelWithADotInItsName(CapturedOutput output) {
        try (SharedMemory held = desk().size(64 << 20).create()) {
            held.openOrCreate(
                    "eu.orders", SharedQueue.of(ShmMessageMapper.defaults().codec(Codecs.string())));
            startAndExplain(
                    output,
                    "shm.segments.desk.role=peer shm.channels[eu.orders].codec=bytes",
                    "The channel 'eu.orders' cannot be opened",
                    "Compare 'shm.channels.eu.orders.kind'",
                    "shm.channels.eu.orders.name: <another name>");
        }
    }

    @Test
    void shouldExplainTheQueueOfAChannelThatIsWired(CapturedOutput output) {
        try (SharedMemory hall =
                SharedMemory.named("hall").directory(directory.path()).create()) {
            hall.openOrCreate(
                    "eu.orders", SharedQueue.of(ShmMessageMapper.defaults().codec(Codecs.string())));
            for (String direction : List.of("inbound", "outbound")) {
                fail(
                        new Class<?>[] {Application.class, Clash.class},
                        "shm.segments.hall.role=peer",
                        "shm.channels[eu.orders].codec=bytes",
                        "shm.channels[eu.orders].channel=orders",
                        "shm.channels[eu.orders].direction=" + direction);
            }
        }
        assertThat(output.getOut().split("The channel 'eu.orders' cannot be opened", -1))
                .hasSize(3);
        assertThat(output.getOut().split("Compare 'shm.channels.eu.orders.kind'", -1))
                .hasSize(3);
    }

    @Test
    void shouldExplainAnUnknownKeyWithTheNearestOne(CapturedOutput output) {
        startAndExplain(
                output,
                "shm.segments.desk.siez=1MB",
                "shm.segments.desk.siez",
                "There is no such key. Did you mean 'shm.segments.desk.size'?");
    }

    @Test
    void shouldExplainAKeyThatIsMissing(CapturedOutput output) {
        startAndExplain(
                output,
                "shm.channels.orders.codec=kryo",
                "'shm.channels.orders.segment'",
                "A channel lives in a segment");
    }

    @Test
    void shouldExplainAnUnknownSegment(CapturedOutput output) {
        startAndExplain(
                output,
                "shm.segments.desk.size=8MB shm.channels.orders.segment=dsk",
                "shm.channels.orders.segment",
                "There is no such segment. Did you mean 'desk'?");
    }

    @Test
    void shouldExplainAnUnknownCodec(CapturedOutput output) {
        startAndExplain(
                output,
                "shm.segments.desk.size=8MB shm.channels.orders.codec=jsno",
                "There is no such codec. Did you mean 'json'?",
                "add a bean of type dev.shm.codec.Codec");
    }

    @Test
    void shouldExplainAPayloadTypeThatIsNotThere(CapturedOutput output) {
        startAndExplain(
                output,
                "shm.segments.desk.size=8MB shm.channels.orders.payload-type=com.acme.Nowhere",
                "shm.channels.orders.payload-type",
                "There is no such class in this application");
    }

    @Test
    void shouldExplainARegisteredTypeThatIsNotThere(CapturedOutput output) {
        startAndExplain(
                output,
                "shm.segments.desk.size=8MB shm.channels.orders.registered-types=java.lang.String,com.acme.Nowhere",
                "shm.channels.orders.registered-types[1]",
                "There is no such class in this application");
    }

    @Test
    void shouldExplainAValueThatIsNoneOfThose(CapturedOutput output) {
        startAndExplain(output, "shm.segments.desk.role=boss", "shm.segments.desk.role", "CONSUMER", "CREATOR", "PEER");
    }

    @Test
    void shouldExplainThatTheApplicationHasAChannelOfThatName(CapturedOutput output) {
        fail(
                new Class<?>[] {Application.class, Clash.class},
                "shm.segments.hall.size=8MB",
                "shm.channels.orders.segment=hall");
        assertExplained(
                output,
                "'shm.channels.orders' is to be a bean of the name 'orders'",
                "shm.channels.<new name>.channel: orders");
        assertThat(output.getOut()).doesNotContain("allow-bean-definition-overriding");
    }

    @Test
    void shouldExplainThatTheApplicationHasABeanOfTheSegmentsName(CapturedOutput output) {
        fail(new Class<?>[] {Application.class, Clash.class}, "shm.segments.desk.size=1MB");
        assertExplained(output, "'shm.segments.desk' is to be a bean of the name 'desk'", "rename one of the two");
    }

    @Configuration(proxyBeanMethods = false)
    static class Parts {
        @Bean("orders.adapter")
        @ConditionalOnProperty(name = "clash", havingValue = "orders.adapter")
        String adapter() {
            return "a bean of its own";
        }

        @Bean("orders.handler")
        @ConditionalOnProperty(name = "clash", havingValue = "orders.handler")
        String handler() {
            return "a bean of its own";
        }

        @Bean("orders.deadLetters")
        @ConditionalOnProperty(name = "clash", havingValue = "orders.deadLetters")
        String deadLetters() {
            return "a bean of its own";
        }

        @Bean
        DirectChannel theirs() {
            return new DirectChannel();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "orders.adapter, shm.channels.orders.channel=theirs",
        "orders.handler, shm.channels.orders.channel=theirs shm.channels.orders.direction=outbound",
        "orders.deadLetters, shm.channels.orders.dead-letter=theirs"
    })
    void shouldRefuseAClashWithWhatAChannelNeedsBesideIt(String bean, String settings, CapturedOutput output) {
        for (String replace : List.of("false", "true")) {
            for (boolean first : List.of(true, false)) {
                List<String> all = new ArrayList<>(List.of(settings.split(" ")));
                all.add("spring.main.allow-bean-definition-overriding=" + replace);
                all.add("shm.segments.desk.size=16MB");
                all.add("clash=" + bean);
                fail(
                        first
                                ? new Class<?>[] {Application.class, Parts.class}
                                : new Class<?>[] {Parts.class, Application.class},
                        all.toArray(String[]::new));
            }
        }
        String description = "Description:\n\n'shm.channels.orders' is to be a bean of the name '" + bean + "'";
        assertThat(output.getOut().split(Pattern.quote(description), -1))
                .as("said four times")
                .hasSize(5);
        assertExplained(output, "Rename the bean", "shm.channels.<new name>.name: orders");
        assertThat(output.getOut()).doesNotContain("<new name>.channel");
    }

    @Test
    void shouldRefuseAClashAlsoWhereBeansMayReplaceOthers(CapturedOutput output) {
        fail(
                new Class<?>[] {Clash.class, Application.class},
                "spring.main.allow-bean-definition-overriding=true",
                "shm.segments.hall.size=8MB",
                "shm.channels.orders.segment=hall");
        assertExplained(output, "'shm.channels.orders' is to be a bean of the name 'orders'");
    }
}
