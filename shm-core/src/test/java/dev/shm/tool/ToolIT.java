package dev.shm.tool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.PeerInfo;
import dev.shm.SegmentView;
import dev.shm.SharedMemory;
import dev.shm.error.SegmentClosedException;
import dev.shm.error.SegmentFailedException;
import dev.shm.segment.SegmentHeader;
import dev.shm.segment.SegmentLayout;
import dev.shm.testing.TestDirectory;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedLong;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ToolIT {

    private TestDirectory directory;

    @BeforeEach
    void makeDirectory() {
        directory = TestDirectory.create();
    }

    @AfterEach
    void removeDirectory() {
        directory.close();
    }

    private record Result(int code, String out, String err) {

        Map<String, Object> json() {
            return StrictJson.object(out);
        }
    }

    private Result shm(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] all = Stream.concat(Stream.of("--directory", directory.path().toString()), Arrays.stream(args))
                .toArray(String[]::new);
        int code = Main.run(all, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
        assertThat(err.toString(UTF_8)).doesNotContain("\tat ");
        return new Result(code, out.toString(UTF_8), err.toString(UTF_8));
    }

    private SharedMemory open(String name) {
        return SharedMemory.named(name)
                .directory(directory.path())
                .size(4 << 20)
                .application("test")
                .openOrCreate();
    }

    /** Makes a segment whose only owner was killed. */
    private void abandoned(String name) throws IOException {
        ToolPeer.start(directory.path(), name, "victim", false).close();
    }

    private FileChannel file(String name) throws IOException {
        return FileChannel.open(directory.path().resolve(name), StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private void flip(String name, long address, int bit) throws IOException {
        try (FileChannel file = file(name)) {
            ByteBuffer word = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            file.read(word, address);
            word.putLong(0, word.getLong(0) ^ 1L << bit).rewind();
            file.write(word, address);
        }
    }

    private SegmentLayout layout(String name) throws IOException {
        try (FileChannel file = file(name)) {
            return SegmentHeader.check(file, directory.path().resolve(name));
        }
    }

    private void foreign(String name) throws IOException {
        Files.createFile(
                directory.path().resolve(name),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(directory.path().resolve(name), "no segment at all".repeat(1000));
    }

    // ------------------------------------------------------------------------------------------ looking

    @Test
    void shouldListNothingWhereThereIsNoDirectory() throws IOException {
        Files.delete(directory.path());
        Result ls = shm("ls");
        assertThat(ls.code()).isZero();
        assertThat(ls.out()).startsWith("no segments in " + directory.path());
        assertThat(shm("ls", "--json").json()).containsEntry("segments", List.of());
        assertThat(shm("stat", "desk").code()).isEqualTo(3);
        Files.createDirectory(
                directory.path(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    @Test
    void shouldRefuseADirectoryThatIsOpenToEverybody() throws IOException {
        Files.setPosixFilePermissions(directory.path(), PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(shm("ls").code()).isEqualTo(3);
        assertThat(shm("ls").err()).contains("chmod");
    }

    @Test
    void shouldLookIntoADirectoryOfAGroup() throws IOException {
        Files.setPosixFilePermissions(directory.path(), PosixFilePermissions.fromString("rwxrwx---"));
        assertThat(shm("ls").code()).isZero();
    }

    @Test
    void shouldSayThatThereIsNoSuchSegment() {
        for (String command : List.of("stat", "peers", "verify", "rm")) {
            Result result = shm(command, "desk");
            assertThat(result.code()).isEqualTo(3);
            assertThat(result.out()).isEmpty();
            assertThat(result.err())
                    .startsWith("shm: there is no segment 'desk'")
                    .hasLineCount(1);
        }
        assertThat(directory.files()).isEmpty();
    }

    @Test
    void shouldShowLivingOwnersOfThisAndOfOtherProcesses() throws IOException {
        try (SharedMemory memory = open("desk");
                ToolPeer peer = ToolPeer.start(directory.path(), "desk", "other", false)) {
            memory.openOrCreate("hits", SharedLong.type());
            List<?> segments = (List<?>) shm("ls", "--json").json().get("segments");
            assertThat(segments).singleElement().satisfies(segment -> {
                Map<?, ?> facts = (Map<?, ?>) segment;
                assertThat(facts.get("name")).isEqualTo("desk");
                assertThat(facts.get("state")).isEqualTo("ready");
                assertThat(facts.get("sizeBytes")).isEqualTo(memory.size());
                assertThat(facts.get("peersAlive")).isEqualTo(2L);
                assertThat(facts.get("peersDead")).isEqualTo(0L);
                assertThat(facts.get("objects")).isEqualTo(2L);
            });
            assertThat(shm("ls").out().lines().skip(1))
                    .singleElement()
                    .satisfies(line -> assertThat(line).contains("desk", "4.0 MiB", "ready"));
            assertThat(shm("peers", "desk").out())
                    .contains("alive", "other", "test", String.valueOf(peer.pid()))
                    .doesNotContain("dead");
            assertThat(shm("stat", "desk").out()).contains("2 alive, 0 dead", "hits", "text");
            assertThat(shm("verify", "desk").code()).isZero();
            // The look did not cost this process its own lock.
            assertThat(memory.peers()).extracting(PeerInfo::application).containsExactlyInAnyOrder("test", "other");
            assertThat(shm("rm", "desk").code()).isEqualTo(1);
        }
    }

    @Test
    void shouldReadASegmentWhoseOwnersWereAllKilledAndChangeNothing() throws IOException {
        ToolPeer first = ToolPeer.start(directory.path(), "desk", "first", false);
        ToolPeer second = ToolPeer.start(directory.path(), "desk", "second", false);
        first.close();
        second.close();
        byte[] before = Files.readAllBytes(directory.path().resolve("desk"));
        List<String> files = directory.files();

        assertThat(shm("peers", "desk").out()).contains("dead", "second").doesNotContain("alive");
        assertThat(shm("stat", "desk", "--deep").out()).contains("0 alive, ", "hits", "text", "live");
        assertThat(shm("stat", "desk").out()).contains("by hints");
        Result verify = shm("verify", "desk");
        assertThat(verify.out()).contains("segment 'desk' is good", "to be reaped: pid");
        assertThat(verify.code()).isZero();
        assertThat(shm("ls").code()).isZero();

        assertThat(Files.readAllBytes(directory.path().resolve("desk"))).isEqualTo(before);
        assertThat(directory.files()).isEqualTo(files);
    }

    @Test
    void shouldFindNothingWrongWithWhatABusyProcessLeft() throws IOException, InterruptedException {
        for (int kill = 0; kill < 8; kill++) {
            long killed;
            try (ToolPeer peer = ToolPeer.start(directory.path(), "desk", "busy", true)) {
                killed = peer.pid();
                TimeUnit.MILLISECONDS.sleep(50L + 10L * kill);
                for (int look = 0; look < 5; look++) {
                    assertThat(shm("verify", "desk", "--json").json()).containsEntry("problems", List.of());
                }
            }
            Result verify = shm("verify", "desk", "--json");
            assertThat(verify.json()).containsEntry("good", true).containsEntry("problems", List.of());
            // And the one before, if this one was killed before it had reaped it.
            assertThat((List<?>) verify.json().get("toBeReaped"))
                    .hasSizeBetween(1, kill + 1)
                    .anyMatch(dead -> Long.valueOf(killed).equals(((Map<?, ?>) dead).get("pid")));
            assertThat(verify.code()).isZero();
        }
    }

    @Test
    void shouldWriteJsonThatCanBeRead() throws IOException {
        try (SharedMemory memory = open("desk");
                ToolPeer peer = ToolPeer.start(directory.path(), "desk", "a\"b\\c\nd", false)) {
            memory.openOrCreate("Gr\u00fc\u00dfe \u001b[31m", SharedBytes.type())
                    .set(new byte[10]);
            foreign("junk");
            Map<String, Object> fast = shm("stat", "desk", "--json").json();
            Map<String, Object> deep = shm("stat", "desk", "--deep", "--json").json();
            assertThat(fast)
                    .containsOnlyKeys(
                            "name",
                            "path",
                            "uuid",
                            "state",
                            "created",
                            "layoutVersion",
                            "sizeBytes",
                            "slots",
                            "objectCapacity",
                            "hasCreator",
                            "reaped",
                            "memory",
                            "peers",
                            "objects")
                    .containsEntry("uuid", memory.uuid().toString());
            Map<?, ?> memoryFast = (Map<?, ?>) fast.get("memory");
            Map<?, ?> memoryDeep = (Map<?, ?>) deep.get("memory");
            assertThat(memoryFast.keySet()).hasToString(memoryDeep.keySet().toString());
            assertThat(memoryFast.get("liveBytes")).isNull();
            assertThat((long) memoryDeep.get("liveBytes")
                            + (long) memoryDeep.get("queuedBytes")
                            + (long) memoryDeep.get("tentativeBytes"))
                    .isEqualTo(memoryDeep.get("usedBytes"));
            assertThat((List<?>) fast.get("objects"))
                    .anySatisfy(object ->
                            assertThat(((Map<?, ?>) object).get("name")).isEqualTo("Gr\u00fc\u00dfe \u001b[31m"));
            List<?> peers = (List<?>) shm("peers", "desk", "--json").json().get("peers");
            assertThat(peers).anySatisfy(found -> {
                Map<?, ?> facts = (Map<?, ?>) found;
                assertThat(facts.get("application")).isEqualTo("a\"b\\c\nd");
                assertThat(facts.get("pid")).isEqualTo(peer.pid());
                assertThat(facts.get("alive")).isEqualTo(true);
                assertThat(facts.get("heartbeatAgeMillis")).isInstanceOf(Long.class);
            });
            assertThat((List<?>) shm("ls", "--json").json().get("segments"))
                    .hasSize(2)
                    .anySatisfy(segment ->
                            assertThat(((Map<?, ?>) segment).get("state")).isEqualTo("unreadable"));
            assertThat(shm("verify", "desk", "--json").json())
                    .containsOnlyKeys("name", "good", "problems", "toBeReaped");
            assertThat(shm("stat", "desk").out()).doesNotContain("\u001b");
        }
    }

    // ------------------------------------------------------------------------------------------ damage

    @Test
    void shouldRefuseADamagedHeaderAndRemoveItOnlyByForce() throws IOException {
        abandoned("desk");
        flip("desk", SegmentLayout.SLOTS, 5);
        for (String command : List.of("stat", "peers", "verify", "rm")) {
            Result result = shm(command, "desk");
            assertThat(result.code()).isEqualTo(3);
            assertThat(result.err()).contains("damaged").hasLineCount(1);
        }
        assertThat(shm("ls").out()).contains("unreadable", "damaged");
        assertThat(shm("rm", "desk").err()).contains("rm desk --force");
        assertThat(shm("rm", "desk", "--force").code()).isZero();
        assertThat(directory.files()).isEmpty();
    }

    @Test
    void shouldNotRemoveADamagedSegmentThatSomebodyHolds() throws IOException {
        try (ToolPeer peer = ToolPeer.start(directory.path(), "desk", "holder", false)) {
            flip("desk", SegmentLayout.SLOTS, 5);
            Result rm = shm("rm", "desk", "--force");
            assertThat(rm.code()).isEqualTo(1);
            assertThat(rm.err()).contains("living process");
            assertThat(directory.files()).contains("desk");
        }
        assertThat(shm("rm", "desk", "--force").code()).isZero();
        assertThat(directory.files()).isEmpty();
    }

    @Test
    void shouldNotTakeTheLockFromThisProcessWhenItAsksWhoHoldsADamagedSegment() throws IOException {
        try (SharedMemory memory = open("desk")) {
            flip("desk", SegmentLayout.SLOTS, 5);
            assertThat(shm("rm", "desk", "--force").code()).isEqualTo(1);
            flip("desk", SegmentLayout.SLOTS, 5);
            // Another process would reap us if the lock were gone.
            try (ToolPeer peer = ToolPeer.start(directory.path(), "desk", "other", false)) {
                assertThat(memory.peers()).hasSize(2);
                assertThat(runJar("rm", "desk").code()).isEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 22})
    void shouldSayWhatIsWrongWithAPageMapThatLostABit(int bit) throws IOException {
        abandoned("desk");
        assertThat(shm("verify", "desk").code()).isZero();
        SegmentLayout layout = layout("desk");
        // Slabs come from high addresses, and named objects are in them.
        flip("desk", layout.pageMap() + 8L * (layout.pageCount() - 1), bit);
        Result verify = shm("verify", "desk");
        assertThat(verify.code()).isEqualTo(1);
        assertThat(verify.out())
                .contains("segment 'desk' has ")
                .containsPattern("  - (the object '|the block at |page )");
        assertThat(shm("verify", "desk", "--json").json()).containsEntry("good", false);
        assertThat(shm("stat", "desk", "--deep").code()).isZero();
        assertThat(shm("rm", "desk").code()).isZero();
    }

    @Test
    void shouldSayOfAFreePageThatItHasAnOwner() throws IOException {
        abandoned("desk");
        SegmentLayout layout = layout("desk");
        flip("desk", layout.pageMap() + 8L * (layout.pageCount() / 2), 13);
        Result verify = shm("verify", "desk");
        assertThat(verify.code()).isEqualTo(1);
        assertThat(verify.out()).contains("page " + layout.pageCount() / 2 + " is free and has an owner");
    }

    @Test
    void shouldRefuseAForeignFile() throws IOException {
        foreign("notes");
        assertThat(shm("stat", "notes").code()).isEqualTo(3);
        assertThat(shm("stat", "notes").err()).contains("is not a segment");
        assertThat(shm("ls").out()).contains("notes", "is not a segment");
        assertThat(shm("rm", "notes").code()).isEqualTo(3);
        assertThat(directory.files()).contains("notes");
        assertThat(shm("rm", "notes", "--force").code()).isZero();
        assertThat(directory.files()).isEmpty();
    }

    @Test
    void shouldRefuseATruncatedFile() throws IOException {
        abandoned("desk");
        try (FileChannel file = file("desk")) {
            file.truncate(file.size() / 2);
        }
        assertThat(shm("verify", "desk").code()).isEqualTo(3);
        assertThat(shm("verify", "desk").err()).contains("truncated");
        try (FileChannel file = file("desk")) {
            file.truncate(10);
        }
        assertThat(shm("verify", "desk").code()).isEqualTo(3);
        assertThat(shm("rm", "desk", "--force").code()).isZero();
    }

    @Test
    void shouldSurviveAFileThatIsTruncatedUnderTheLook() throws IOException {
        abandoned("desk");
        try (SegmentView view = SegmentView.open(directory.path(), "desk");
                FileChannel file = file("desk")) {
            assertThat(view.verify()).isEmpty();
            file.truncate(4096);
            assertThatThrownBy(view::deepStatistics).isInstanceOf(SegmentFailedException.class);
            assertThatThrownBy(view::verify).isInstanceOf(SegmentFailedException.class);
            assertThatThrownBy(view::peers).isInstanceOf(SegmentFailedException.class);
        }
    }

    // ------------------------------------------------------------------------------------------ the view

    @Test
    void shouldViewWhatAnAttachedProcessSees() throws IOException {
        SegmentView view;
        try (SharedMemory memory = open("desk")) {
            memory.openOrCreate("hits", SharedLong.type());
            view = SegmentView.open(directory.path(), "desk");
            assertThat(view.uuid()).isEqualTo(memory.uuid());
            assertThat(view.size()).isEqualTo(memory.size());
            assertThat(view.path()).isEqualTo(memory.path());
            assertThat(view.state()).isEqualTo(SegmentView.State.READY);
            assertThat(view.objects()).isEqualTo(memory.objects());
            assertThat(view.statistics()).isEqualTo(memory.statistics());
            assertThat(view.deepStatistics()).isEqualTo(memory.deepStatistics());
            assertThat(view.peers()).singleElement().satisfies(peer -> {
                assertThat(peer.alive()).isTrue();
                assertThat(peer.info().pid()).isEqualTo(ProcessHandle.current().pid());
            });
            assertThat(SegmentView.names(directory.path())).containsExactly("desk");
        }
        // The view stays with what it was opened on.
        assertThat(SegmentView.names(directory.path())).isEmpty();
        assertThat(view.state()).isEqualTo(SegmentView.State.CLOSED);
        assertThat(view.peers()).isEmpty();
        view.close();
        assertThatThrownBy(view::peers).isInstanceOf(SegmentClosedException.class);
    }

    // ------------------------------------------------------------------------------------------ removing

    @Test
    void shouldRefuseToRemoveWhatSomebodyUsesAndRemoveItAfterwards() throws IOException {
        try (ToolPeer peer = ToolPeer.start(directory.path(), "desk", "owner", false)) {
            for (String force : List.of("--json", "--force")) {
                Result rm = shm("rm", "desk", force);
                assertThat(rm.code()).isEqualTo(1);
                assertThat(rm.out()).isEmpty();
                assertThat(rm.err()).contains("pid " + peer.pid() + " 'owner'").hasLineCount(1);
            }
            assertThat(directory.files()).contains("desk");
        }
        assertThat(shm("rm", "desk", "--json").json()).containsEntry("removed", true);
        assertThat(directory.files()).isEmpty();
    }

    // ------------------------------------------------------------------------------------------ the jar

    private Result runJar(String... args) throws IOException {
        Path out = Files.createTempFile("shm-tool", ".out");
        Path err = Files.createTempFile("shm-tool", ".err");
        try {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", jar().toString()));
            command.addAll(List.of(args));
            command.addAll(List.of("--directory", directory.path().toString()));
            Process process = new ProcessBuilder(command)
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            try {
                return new Result(process.waitFor(), Files.readString(out), Files.readString(err));
            } catch (InterruptedException e) {
                throw new IOException(e);
            } finally {
                process.destroyForcibly();
            }
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    private static Path jar() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("target"))) {
            return files.filter(file -> file.getFileName().toString().matches("shm-core-.*-cli\\.jar"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void shouldRunAsAJarOfItsOwn() throws IOException {
        abandoned("desk");
        assertThat(runJar("ls").out()).contains("desk");
        assertThat(runJar("--version").out()).matches("shm [0-9].*\\s*");
        Result stat = runJar("stat", "desk", "--json", "--deep");
        assertThat(stat.err()).isEmpty();
        assertThat(stat.json()).containsEntry("name", "desk");
        Result verify = runJar("verify", "desk");
        assertThat(verify.out()).contains("is good");
        assertThat(verify.code()).isZero();
        assertThat(runJar("nonsense").code()).isEqualTo(2);
        assertThat(runJar("stat", "nobody").code()).isEqualTo(3);
        assertThat(runJar("rm", "desk").code()).isZero();
        assertThat(directory.files()).isEmpty();
    }

    @Test
    void shouldKnowEveryKindOfObjectInTheJarToo() throws IOException {
        String services = "META-INF/services/dev.shm.heap.ObjectKind$Provider";
        try (JarFile jar = new JarFile(jar().toFile())) {
            List<String> expected = new String(
                            getClass()
                                    .getClassLoader()
                                    .getResourceAsStream(services)
                                    .readAllBytes(),
                            UTF_8)
                    .lines()
                    .toList();
            assertThat(new String(jar.getInputStream(jar.getEntry(services)).readAllBytes(), UTF_8).lines())
                    .containsExactlyElementsOf(expected);
        }
    }
}
