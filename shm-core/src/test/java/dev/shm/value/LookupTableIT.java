package dev.shm.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.shm.SharedMemory;
import dev.shm.SharedType;
import dev.shm.codec.ElementType;
import dev.shm.testing.ChildJvm;
import dev.shm.testing.TestDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A table that three processes read lies in memory once. {@code -Dshm.table.mebibytes=2304} makes it large, as the profile {@code torture}
 * does; by default it is one of 96 MiB, in parts as a large one has.
 */
class LookupTableIT {

    private static final long MEBIBYTES = Long.getLong("shm.table.mebibytes", 96);
    private static final long BYTES = MEBIBYTES << 20;
    private static final int READERS = 3;
    private static final int COLUMNS = 64;

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    @Test
    void shouldCostItsSizeOnce() throws IOException {
        long segment = (BYTES + BYTES / 8 + (16L << 20)) & -4096;
        assumeTrue(
                Files.getFileStore(directory.path()).getUsableSpace() > segment + (64L << 20),
                "shared memory has room for the table");
        List<ChildJvm> readers = new ArrayList<>();
        try (SharedMemory memory = directory.segment("tables").size(segment).create()) {
            SharedArray table = memory.create("table", LookupTableReader.type(BYTES, COLUMNS));
            long rows = table.shape()[0];
            for (long row = 0; row < rows; row++) {
                table.setLong(row, row % COLUMNS, row);
            }
            for (int i = 0; i < READERS; i++) {
                readers.add(ChildJvm.start(LookupTableReader.class, directory.path(), BYTES, COLUMNS));
            }
            for (ChildJvm reader : readers) {
                assertThat(reader.await("sum ")).isEqualTo(Long.toString(rows * (rows - 1) / 2));
            }
            long shares = 0;
            long residents = 0;
            for (ChildJvm reader : readers) {
                long resident = kibibytes(reader.pid(), "Rss:") << 10;
                assertThat(resident).as("what a reader has of the table").isGreaterThan(BYTES - BYTES / 20);
                residents += resident;
                shares += kibibytes(reader.pid(), "Pss:") << 10;
            }
            shares += kibibytes(ProcessHandle.current().pid(), "Pss:") << 10;
            System.out.printf(
                    "a table of %d MiB: resident %d MiB in %d readers on average, %d MiB in all processes together%n",
                    MEBIBYTES, (residents / READERS) >> 20, READERS, shares >> 20);
            assertThat(shares)
                    .as("what all of them have together")
                    .isBetween(BYTES - BYTES / 20, segment + segment / 20);
            assertThat(memory.verify()).isEmpty();
        } finally {
            readers.forEach(ChildJvm::close);
        }
    }

    /** Of the pages of the segment: those that a process has, or its share of those that several have. */
    private static long kibibytes(long pid, String field) throws IOException {
        long sum = 0;
        boolean ours = false;
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps"))) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                // Who made it knows it by the name that it had before it was whole.
                ours = line.contains("/tables");
            } else if (ours && line.startsWith(field)) {
                sum += Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        return sum;
    }

    /** One of the processes that read. */
    public static final class LookupTableReader {

        private LookupTableReader() {}

        /** A small one has small parts, so that it has several as a large one has. */
        static SharedType<SharedArray> type(long bytes, long columns) {
            return bytes > 1L << 30
                    ? SharedArray.of(ElementType.INT64, bytes / 8 / columns, columns)
                    : SharedArray.of(32L << 20, 64L << 20, ElementType.INT64, bytes / 8 / columns, columns);
        }

        /** Reads all of a table, says the sum of its elements, and stays until its input ends. */
        public static void main(String[] arguments) throws IOException {
            try (SharedMemory memory = SharedMemory.named("tables")
                    .directory(Path.of(arguments[0]))
                    .open()) {
                SharedArray table = memory.open("table", SharedArray.existing());
                LongElements elements = table.asLongs();
                long sum = 0;
                for (long i = 0; i < elements.length(); i++) {
                    sum += elements.get(i);
                }
                System.out.println("sum " + sum);
                while (System.in.read() >= 0) {
                    // Stays.
                }
            }
        }
    }
}
