package dev.shm.benchmark.queue;

import dev.shm.benchmark.crew.Crew;
import dev.shm.benchmark.crew.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Something that is measured in a cell, and how. */
abstract class Contender {

    private static final int MEBIBYTE = 1 << 20;
    private static final int QUEUES_OF_THE_IDLE = 10;
    private static final int LEAST_EXCHANGES = 20_000;
    private static final int LEAST_WAKE_UPS = 2_000;
    private static final int WARMING_WAKE_UPS = 200;
    private static final long IDLE_SETTLES_MILLIS = 1_000;
    private static final long WATCHDOG_SECONDS = 120;

    final String name;
    final Transport transport;

    private Contender(String name, Transport transport) {
        this.name = name;
        this.transport = transport;
    }

    /** One measurement, with processes of its own. */
    abstract Map<Metric, Double> measure(Cell cell, Times times) throws IOException;

    /** How long a measurement takes. */
    record Times(long warmMillis, long measureMillis) {

        private Crew crew() throws IOException {
            return new Crew(WATCHDOG_SECONDS + (warmMillis + measureMillis) / 1000);
        }
    }

    /** All of those transports that can do that, and the machine itself where it bounds them. */
    static List<Contender> in(Cell cell, List<Transport> transports) {
        List<Contender> all = new ArrayList<>();
        for (Transport transport : transports) {
            if (!transport.can(cell.scenario(), cell.bytes())) {
                continue;
            }
            switch (cell.scenario()) {
                case ONE_TO_ONE, MANY_TO_ONE, TWO_TO_TWO, FAN_OUT ->
                    all.add(new Throughput(transport, cell.scenario()));
                case ROUND_TRIP -> all.add(new RoundTrip(transport));
                case WAKE_UP -> transport.waits().forEach(waiting -> all.add(new WakeUp(transport, waiting)));
                case IDLE -> transport.waits().forEach(waiting -> all.add(new AtRest(transport, waiting)));
            }
        }
        if (cell.scenario() == Scenario.ONE_TO_ONE && cell.bytes() >= MEBIBYTE) {
            all.add(new Copying(false));
            all.add(new Copying(true));
        }
        return all;
    }

    private static final class Throughput extends Contender {

        Throughput(Transport transport, Scenario scenario) {
            super(
                    transport.shape(scenario) == scenario.shape()
                            ? transport.name()
                            : transport.name() + " (" + transport.shape(scenario) + ")",
                    transport);
        }

        @Override
        Map<Metric, Double> measure(Cell cell, Times times) throws IOException {
            Shape shape = transport.shape(cell.scenario());
            try (Crew crew = times.crew()) {
                List<Crew.Member> consumers = startAll(crew, cell, shape, shape.consumers);
                List<Crew.Member> producers = startAll(crew, cell, shape, shape.producers);
                for (Crew.Member consumer : consumers) {
                    consumer.order("receiver", 0).answer();
                }
                for (Crew.Member producer : producers) {
                    producer.order("sender", 0).answer();
                }
                consumers.forEach(consumer -> consumer.order("consume", times.warmMillis, times.measureMillis));
                producers.forEach(producer -> producer.order("produce"));
                double rate = 0;
                for (Crew.Member consumer : consumers) {
                    rate += Double.parseDouble(consumer.answer());
                }
                producers.forEach(producer -> producer.order("stop"));
                long sent = 0;
                for (Crew.Member producer : producers) {
                    sent += Long.parseLong(producer.answer());
                }
                long received = 0;
                for (Crew.Member consumer : consumers) {
                    consumer.order("finish");
                }
                for (Crew.Member consumer : consumers) {
                    received += Long.parseLong(consumer.answer());
                }
                int copies = shape == Shape.ONE_TO_ALL ? shape.consumers : 1;
                if (received != copies * sent) {
                    throw new IOException(sent + " sent, " + received + " received");
                }
                return Map.of(Metric.RATE, rate / copies);
            }
        }

        private List<Crew.Member> startAll(Crew crew, Cell cell, Shape shape, int processes) throws IOException {
            List<Crew.Member> members = new ArrayList<>();
            for (int i = 0; i < processes; i++) {
                members.add(start(crew, transport, shape, cell.bytes(), i, cell.reading(), Waiting.BLOCK));
            }
            return members;
        }
    }

    private static final class RoundTrip extends Contender {

        RoundTrip(Transport transport) {
            super(transport.name(), transport);
        }

        @Override
        Map<Metric, Double> measure(Cell cell, Times times) throws IOException {
            try (Crew crew = times.crew()) {
                Crew.Member echo =
                        start(crew, transport, Shape.ONE_TO_ONE, cell.bytes(), 0, cell.reading(), Waiting.BLOCK);
                Crew.Member asker =
                        start(crew, transport, Shape.ONE_TO_ONE, cell.bytes(), 0, cell.reading(), Waiting.BLOCK);
                echo.order("receiver", 0).answer();
                asker.order("receiver", 1).answer();
                echo.order("sender", 1).answer();
                asker.order("sender", 0).answer();
                echo.order("pong");
                return percentiles(asker.order("ping", times.warmMillis, times.measureMillis, LEAST_EXCHANGES)
                        .answer());
            }
        }
    }

    private static final class WakeUp extends Contender {

        private final Waiting waiting;

        WakeUp(Transport transport, Waiting waiting) {
            super(transport.name() + ", " + waiting, transport);
            this.waiting = waiting;
        }

        @Override
        Map<Metric, Double> measure(Cell cell, Times times) throws IOException {
            long messages = Math.max(LEAST_WAKE_UPS, times.measureMillis);
            try (Crew crew = times.crew()) {
                Crew.Member sleeper =
                        start(crew, transport, Shape.ONE_TO_ONE, cell.bytes(), 0, cell.reading(), waiting);
                Crew.Member waker = start(crew, transport, Shape.ONE_TO_ONE, cell.bytes(), 0, cell.reading(), waiting);
                sleeper.order("receiver", 0).answer();
                waker.order("sender", 0).answer();
                sleeper.order("listen", WARMING_WAKE_UPS, messages);
                waker.order("tick", WARMING_WAKE_UPS + messages);
                return percentiles(sleeper.answer());
            }
        }
    }

    private static final class AtRest extends Contender {

        private final Waiting waiting;

        AtRest(Transport transport, Waiting waiting) {
            super(transport.name() + ", " + waiting, transport);
            this.waiting = waiting;
        }

        @Override
        Map<Metric, Double> measure(Cell cell, Times times) throws IOException {
            try (Crew crew = times.crew()) {
                Crew.Member idle = start(crew, transport, Shape.ONE_TO_ONE, cell.bytes(), 0, cell.reading(), waiting);
                Crew.Member peer = start(crew, transport, Shape.ONE_TO_ONE, cell.bytes(), 0, cell.reading(), waiting);
                for (int queue = 0; queue < QUEUES_OF_THE_IDLE; queue++) {
                    idle.order("receiver", queue).answer();
                }
                for (int queue = 0; queue < QUEUES_OF_THE_IDLE; queue++) {
                    peer.order("sender", queue).answer();
                }
                return Map.of(
                        Metric.CPU,
                        Double.parseDouble(idle.order("idle", IDLE_SETTLES_MILLIS, times.measureMillis)
                                .answer()));
            }
        }
    }

    /** The machine's bandwidth for the same bytes: one process that copies in, or another that reads at the same time. */
    private static final class Copying extends Contender {

        private final boolean both;

        Copying(boolean both) {
            super(both ? "copy in and read, two processes" : "copy in, one process", new BareJvm());
            this.both = both;
        }

        @Override
        Map<Metric, Double> measure(Cell cell, Times times) throws IOException {
            try (Crew crew = times.crew()) {
                Crew.Member in =
                        start(crew, transport, Shape.ONE_TO_ONE, cell.bytes(), 0, cell.reading(), Waiting.BLOCK);
                if (!both) {
                    in.order("map").answer();
                    return Map.of(Metric.RATE, rate(in, "in", times));
                }
                Crew.Member out =
                        start(crew, transport, Shape.ONE_TO_ONE, cell.bytes(), 1, cell.reading(), Waiting.BLOCK);
                in.order("map").answer();
                out.order("map").answer();
                in.order("copy", "in", times.warmMillis, times.measureMillis);
                double read = rate(out, "out", times);
                return Map.of(Metric.RATE, Math.min(read, Double.parseDouble(in.answer())));
            }
        }

        private static double rate(Crew.Member member, String direction, Times times) throws IOException {
            return Double.parseDouble(member.order("copy", direction, times.warmMillis, times.measureMillis)
                    .answer());
        }
    }

    private static Crew.Member start(
            Crew crew, Transport transport, Shape shape, int bytes, int index, Reading reading, Waiting waiting)
            throws IOException {
        return crew.start(
                Worker.class,
                transport.jvmOptions(),
                Worker.arguments(transport, new Place(crew.directory(), 0, shape, bytes, index), reading, waiting));
    }

    private static Map<Metric, Double> percentiles(String answer) {
        String[] words = answer.split(" ", -1);
        Map<Metric, Double> values = new EnumMap<>(Metric.class);
        values.put(Metric.P50, Double.parseDouble(words[0]));
        values.put(Metric.P99, Double.parseDouble(words[1]));
        return values;
    }
}
