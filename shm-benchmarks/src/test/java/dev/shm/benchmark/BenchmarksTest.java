package dev.shm.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.shm.benchmark.channel.ChannelBenchmark;
import dev.shm.benchmark.object.ObjectBenchmark;
import dev.shm.benchmark.queue.QueueBenchmark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs everything once, so that it cannot rot. The figures mean nothing. */
class BenchmarksTest {

    /** Where filling takes most of the time, with few elements; see the next. */
    @Test
    void shouldRunEveryBenchmark() throws Exception {
        Collection<RunResult> results = run(benchmarks(".*")
                .param("bytes", "64", "1048576")
                .param("segmentBytes", "33554432")
                .param("entries", "1000")
                .param("elements", "1024"));

        assertThat(results).hasSizeGreaterThan(20);
    }

    @Test
    void shouldFillMapsAndListsWithAllThatTheyAreMeasuredWith() throws Exception {
        Collection<RunResult> results = run(benchmarks("(Map|FrozenMap|List)Benchmark\\.(get|getUnchanging)$")
                .param("entries", "1000000")
                .param("elements", "1048576")
                .param("keyLength", "36"));

        assertThat(results).hasSize(8);
    }

    private static ChainedOptionsBuilder benchmarks(String which) {
        return new OptionsBuilder()
                .include("dev\\.shm\\.benchmark\\." + which)
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(20))
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT);
    }

    private static Collection<RunResult> run(ChainedOptionsBuilder options) throws RunnerException {
        Collection<RunResult> results = new Runner(options.build()).run();
        assertThat(results)
                .allSatisfy(result ->
                        assertThat(result.getPrimaryResult().getScore()).isPositive());
        return results;
    }

    @Test
    void shouldRunTwoProcessesAndLeaveNothingBehind() throws Exception {
        List<Path> before = segments();

        TwoProcessHeap.main(new String[] {"1", "5"});

        assertThat(segments()).isEqualTo(before);
    }

    @Test
    void shouldMeasureFragmentation() {
        Fragmentation.main(new String[] {"0.05", "32", "1"});
    }

    @Test
    void shouldCompareTransportsBetweenProcessesAndLeaveNothingBehind(@TempDir Path directory) throws Exception {
        List<Path> before = segments();
        Path csv = directory.resolve("queues.csv");

        QueueBenchmark.main(
                ("quick --scenario one-to-one,round-trip --sizes 32 --peers agrona-one-to-one,uds --rounds 1 --warm 20"
                                + " --measure 50 --csv " + csv)
                        .split(" ", -1));

        assertThat(Files.readAllLines(csv).stream().map(line -> line.split(",", -1)))
                .extracting(columns -> columns[0] + " " + columns[5])
                .contains(
                        "one-to-one \"agrona-one-to-one\"",
                        "one-to-one \"uds\"",
                        "round-trip \"uds\"",
                        "round-trip \"bare-cache-lines\"");
        assertThat(segments()).isEqualTo(before);
    }

    @Test
    void shouldCompareChannelsBetweenProcessesAndLeaveNothingBehind(@TempDir Path directory) throws Exception {
        List<Path> before = segments();
        Path csv = directory.resolve("channels.csv");

        ChannelBenchmark.main(
                ("quick --scenario throughput --load record --links shm,direct,zeromq,tcp,tcp-with-headers"
                                + " --rounds 1 --warm 20 --measure 50 --csv " + csv)
                        .split(" ", -1));

        assertThat(Files.readAllLines(csv).stream().map(line -> line.split(",", -1)))
                .extracting(columns -> columns[0] + " " + columns[2] + " " + columns[4])
                .contains(
                        "throughput RATE shm",
                        "throughput RECEIVER_BYTES shm",
                        "throughput RATE zeromq",
                        "throughput SENDER_BYTES tcp",
                        "throughput RATE tcp-with-headers",
                        "throughput RATE direct");
        assertThat(segments()).isEqualTo(before);
    }

    @Test
    void shouldMeasureTheLatencyOfChannelsAndLeaveNothingBehind(@TempDir Path directory) throws Exception {
        List<Path> before = segments();
        Path csv = directory.resolve("channels.csv");

        ChannelBenchmark.main(("quick --scenario built,latency --load bytes --links shm-single --rounds 1 --warm 20"
                        + " --measure 50 --csv " + csv)
                .split(" ", -1));

        assertThat(Files.readAllLines(csv).stream().map(line -> line.split(",", -1)))
                .extracting(columns -> columns[0] + " " + columns[2] + " " + columns[4])
                .contains(
                        "built RATE shm-single",
                        "latency P50 shm-single",
                        "latency CPU shm-single",
                        "latency P99 shm-single");
        assertThat(segments()).isEqualTo(before);
    }

    @Test
    void shouldCompareObjectsBetweenProcessesAndLeaveNothingBehind(@TempDir Path directory) throws Exception {
        List<Path> before = segments();
        Path csv = directory.resolve("objects.csv");

        ObjectBenchmark.main(("quick --rounds 1 --warm 1 --measure 1 --many 2048 --csv " + csv).split(" ", -1));

        assertThat(Files.readAllLines(csv).stream().map(line -> line.split(",", -1)))
                .extracting(columns -> String.join(",", columns[0], columns[1], columns[3], columns[4]))
                .contains(
                        "shared,map of String to Long,get,NOBODY",
                        "shared,map of String to Long,get,READER",
                        "shared,map of String to record,put,WRITER",
                        "shared,bean,get,WRITER",
                        "shared,map in a graph,get,WRITER",
                        "java.util,map of String to Long,get,NOBODY",
                        "Chronicle Map,map of String to record,get,NOBODY",
                        "plain buffer,bean,set,NOBODY",
                        "long[],array of long,get,NOBODY",
                        "java.util,list of Long,fill,NOBODY");
        assertThat(segments()).isEqualTo(before);
    }

    @Test
    void shouldRefuseNumbersOfElementsThatAreNoPowerOfTwo() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ObjectBenchmark.main(new String[] {"--many", "1000"}))
                .withMessage("--many must be a power of two above 1024: 1000");
    }

    @Test
    void shouldKillProcessesAndLeaveNothingBehind() throws Exception {
        List<Path> before = segments();

        RecoveryBenchmark.main(new String[] {"1"});

        assertThat(segments()).isEqualTo(before);
    }

    private static List<Path> segments() throws Exception {
        Path shared = Path.of("/dev/shm");
        if (!Files.isDirectory(shared)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(shared)) {
            return files.filter(file -> file.getFileName().toString().startsWith("shm-benchmark-"))
                    .sorted()
                    .toList();
        }
    }
}
