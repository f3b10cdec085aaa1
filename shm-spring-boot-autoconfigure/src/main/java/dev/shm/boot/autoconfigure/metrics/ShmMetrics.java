package dev.shm.boot.autoconfigure.metrics;

import dev.shm.ObjectFigures;
import dev.shm.SegmentStatistics;
import dev.shm.SharedMemory;
import dev.shm.boot.autoconfigure.actuate.ChannelFigures;
import dev.shm.boot.autoconfigure.actuate.Segments;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Meters of segments ({@code shm.segment.*}, {@code shm.peers}) and of their queues and topics ({@code shm.channel.*}).
 *
 * <p>All values of a scrape come from one look at each segment, which is taken when the first of them is asked for, and again when
 * that one is older than a quarter of a second. The same look adds the meters of what is new and removes those of what has been gone
 * for ten seconds: what appears is there from the second scrape on, and what is closed and opened again keeps its meters. Until then
 * the gauges of what is gone, or damaged, have no value; counters keep their last one. Any thread may scrape; none waits for another.
 */
public final class ShmMetrics implements MeterBinder {

    private static final Snapshot NEVER = new Snapshot(Map.of(), Map.of(), 0, 0);
    private static final Duration DEFAULT_VALIDITY = Duration.ofMillis(250);
    /** A registry must not see the same meter removed and added during one scrape: Prometheus refuses to show it twice. */
    private static final Duration DEFAULT_LINGER = Duration.ofSeconds(10);

    private final Supplier<List<SharedMemory>> segments;
    private final long validNanos;
    private final long lingerNanos;
    private final List<Binding> bindings = new CopyOnWriteArrayList<>();
    private final ReentrantLock looking = new ReentrantLock();
    private volatile Snapshot snapshot = NEVER;

    /**
     * Meters of those segments.
     *
     * @param segments gives the segments that are open now; asked for each look
     */
    public ShmMetrics(Supplier<List<SharedMemory>> segments) {
        this(segments, DEFAULT_VALIDITY, DEFAULT_LINGER);
    }

    ShmMetrics(Supplier<List<SharedMemory>> segments, Duration validity, Duration linger) {
        this.segments = segments;
        this.validNanos = validity.toNanos();
        this.lingerNanos = linger.toNanos();
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        bindings.add(new Binding(registry));
        Gauge.builder("shm.segments", this, metrics -> metrics.now().segments().size())
                .description("Segments that are open")
                .strongReference(true)
                .register(registry);
        refresh();
    }

    /** Looks now, and so has the meters of all that is there now. Otherwise that is done when a value is asked for. */
    public void refresh() {
        looking.lock();
        try {
            Snapshot fresh = Segments.looking(this::look);
            snapshot = fresh;
            bindings.forEach(binding -> binding.follow(fresh));
        } finally {
            looking.unlock();
        }
    }

    // ------------------------------------------------------------------------------------------ looking

    private record SegmentLook(SegmentStatistics memory, int peers, int objects) {}

    private record ChannelKey(String segment, String channel) {}

    private record Snapshot(
            Map<String, SegmentLook> segments, Map<ChannelKey, ObjectFigures> channels, long taken, long number) {}

    private Snapshot now() {
        Snapshot last = snapshot;
        if (last.number() > 0 && System.nanoTime() - last.taken() < validNanos) {
            return last;
        }
        if (looking.tryLock()) {
            try {
                if (snapshot.number() == last.number()) {
                    Snapshot fresh = Segments.looking(this::look);
                    snapshot = fresh;
                    bindings.forEach(binding -> binding.follow(fresh));
                }
            } finally {
                looking.unlock();
            }
        }
        return snapshot;
    }

    private Snapshot look() {
        Map<String, SegmentLook> seen = new HashMap<>();
        Map<ChannelKey, ObjectFigures> channels = new HashMap<>();
        for (SharedMemory segment : segments.get()) {
            try {
                List<ObjectFigures> figures = segment.figures();
                seen.put(
                        segment.name(),
                        new SegmentLook(segment.statistics(), segment.peers().size(), figures.size()));
                figures.stream()
                        .filter(ChannelFigures::isChannel)
                        .forEach(described -> channels.put(
                                new ChannelKey(
                                        segment.name(), described.object().name()),
                                described));
            } catch (RuntimeException | InternalError e) {
                // It ends just now, or is damaged, which health tells. The latter is what the JVM raises if a file was
                // truncated under it.
            }
        }
        return new Snapshot(seen, channels, System.nanoTime(), snapshot.number() + 1);
    }

    // ------------------------------------------------------------------------------------------ meters

    private enum SegmentGauge {
        SIZE("shm.segment.size", "Size of the segment", BaseUnits.BYTES),
        USED("shm.segment.used", "Bytes of the heap that are held", BaseUnits.BYTES),
        FREE("shm.segment.free", "Bytes of the heap that are free, in pieces of any size", BaseUnits.BYTES),
        LARGEST_FREE(
                "shm.segment.largest.free", "The most bytes that one object or message could get", BaseUnits.BYTES),
        FRAGMENTATION("shm.segment.fragmentation", "1 - longest free run of pages / free pages", null),
        OBJECTS("shm.segment.objects", "Objects in the segment", BaseUnits.OBJECTS),
        PEERS("shm.peers", "Processes attached to the segment", "processes");

        private final String name;
        private final String description;
        private final @Nullable String unit;

        SegmentGauge(String name, String description, @Nullable String unit) {
            this.name = name;
            this.description = description;
            this.unit = unit;
        }

        double value(SegmentLook look) {
            return switch (this) {
                case SIZE -> look.memory().segmentBytes();
                case USED -> look.memory().usedBytes();
                case FREE -> look.memory().freeBytes();
                case LARGEST_FREE -> look.memory().largestFreeBlock();
                case FRAGMENTATION -> look.memory().fragmentation();
                case OBJECTS -> look.objects();
                case PEERS -> look.peers();
            };
        }
    }

    private enum ChannelMeter {
        DEPTH("depth", ChannelFigures.DEPTH, "Messages in it", BaseUnits.MESSAGES, false),
        CAPACITY("capacity", ChannelFigures.CAPACITY, "Bytes of ring", BaseUnits.BYTES, false),
        USED("used", ChannelFigures.USED, "Bytes of ring in use", BaseUnits.BYTES, false),
        HIGH_WATER(
                "high.water", ChannelFigures.HIGH_WATER, "The most bytes of ring ever in use", BaseUnits.BYTES, false),
        DEAD_LETTERS(
                "dead.letters", ChannelFigures.DEAD_LETTERS, "Dead letters that are there", BaseUnits.MESSAGES, false),
        SUBSCRIBERS("subscribers", ChannelFigures.SUBSCRIBERS, "Subscriptions of a topic", "subscriptions", false),
        SENT("sent", ChannelFigures.SENT, "Messages sent", BaseUnits.MESSAGES, true),
        RECEIVED("received", ChannelFigures.RECEIVED, "Messages acknowledged", BaseUnits.MESSAGES, true),
        BYTES("bytes", ChannelFigures.RECEIVED_BYTES, "Payload of the messages acknowledged", BaseUnits.BYTES, true),
        REDELIVERED(
                "redelivered",
                ChannelFigures.REDELIVERED,
                "Deliveries of what had been delivered before",
                BaseUnits.MESSAGES,
                true),
        DROPPED(
                "dropped",
                ChannelFigures.DROPPED,
                "Messages dropped or lost for lack of room",
                BaseUnits.MESSAGES,
                true),
        DEAD_LETTERED(
                "dead.lettered",
                ChannelFigures.DEAD_LETTERED,
                "Messages that became dead letters",
                BaseUnits.MESSAGES,
                true),
        EVICTED("evicted", ChannelFigures.EVICTED, "Subscribers of a topic put out", "subscriptions", true);

        private final String name;
        private final ChannelFigures figure;
        private final String description;
        private final String unit;
        private final boolean counts;

        ChannelMeter(String name, ChannelFigures figure, String description, String unit, boolean counts) {
            this.name = "shm.channel." + name;
            this.figure = figure;
            this.description = description;
            this.unit = unit;
            this.counts = counts;
        }
    }

    /** A counter that keeps its value while there is nothing to read: some registries add up differences. */
    private final class Count {

        private final ChannelKey channel;
        private final ChannelFigures figure;
        private volatile long last;

        Count(ChannelKey channel, ChannelFigures figure, long first) {
            this.channel = channel;
            this.figure = figure;
            this.last = first;
        }

        double value() {
            Long value = figure(channel, figure);
            if (value != null) {
                last = value;
            }
            return last;
        }
    }

    private @Nullable Long figure(ChannelKey channel, ChannelFigures figure) {
        ObjectFigures described = now().channels().get(channel);
        return described == null ? null : figure.in(described);
    }

    /** The meters of one registry. What changes them holds {@link #looking}. */
    private final class Binding {

        private final MeterRegistry registry;
        private final Map<String, Registered<SegmentGauge>> ofSegments = new HashMap<>();
        private final Map<ChannelKey, Registered<ChannelMeter>> ofChannels = new HashMap<>();

        Binding(MeterRegistry registry) {
            this.registry = registry;
        }

        void follow(Snapshot seen) {
            if (registry.isClosed()) {
                bindings.remove(this);
                return;
            }
            seen.segments().keySet().forEach(segment -> {
                Registered<SegmentGauge> meters = ofSegments.computeIfAbsent(segment, key -> new Registered<>());
                meters.seen = seen.taken();
                for (SegmentGauge gauge : SegmentGauge.values()) {
                    meters.byFigure.computeIfAbsent(gauge, key -> register(segment, gauge));
                }
            });
            seen.channels().forEach((channel, described) -> {
                Registered<ChannelMeter> meters = ofChannels.computeIfAbsent(channel, key -> new Registered<>());
                meters.seen = seen.taken();
                if (described.problem().isEmpty()) {
                    follow(channel, described, meters.byFigure);
                }
            });
            forget(ofSegments, seen.taken());
            forget(ofChannels, seen.taken());
        }

        /** One that is created anew as another kind has other meters. */
        private void follow(ChannelKey channel, ObjectFigures described, Map<ChannelMeter, Meter> meters) {
            for (ChannelMeter meter : ChannelMeter.values()) {
                Long value = meter.figure.in(described);
                if (value != null) {
                    meters.computeIfAbsent(meter, key -> register(channel, meter, value));
                } else {
                    Meter former = meters.remove(meter);
                    if (former != null) {
                        registry.remove(former);
                    }
                }
            }
        }

        private <F extends Enum<F>> void forget(Map<?, Registered<F>> meters, long now) {
            meters.values().removeIf(registered -> {
                if (registered.seen == now || now - registered.seen < lingerNanos) {
                    return false;
                }
                registered.byFigure.values().forEach(registry::remove);
                return true;
            });
        }

        private Meter register(String segment, SegmentGauge gauge) {
            return Gauge.builder(gauge.name, ShmMetrics.this, metrics -> metrics.value(segment, gauge))
                    .description(gauge.description)
                    .baseUnit(gauge.unit)
                    .tags("segment", segment)
                    .register(registry);
        }

        private Meter register(ChannelKey channel, ChannelMeter meter, long value) {
            Tags tags = Tags.of("segment", channel.segment(), "channel", channel.channel());
            if (meter.counts) {
                Count count = new Count(channel, meter.figure, value);
                return FunctionCounter.builder(meter.name, ShmMetrics.this, metrics -> count.value())
                        .description(meter.description)
                        .baseUnit(meter.unit)
                        .tags(tags)
                        .register(registry);
            }
            return Gauge.builder(meter.name, ShmMetrics.this, metrics -> metrics.value(channel, meter.figure))
                    .description(meter.description)
                    .baseUnit(meter.unit)
                    .tags(tags)
                    .register(registry);
        }
    }

    /** The meters of one segment or channel, and when it was last there. */
    private static final class Registered<F extends Enum<F>> {

        private final Map<F, Meter> byFigure = new HashMap<>();
        private long seen;
    }

    private double value(String segment, SegmentGauge gauge) {
        SegmentLook look = now().segments().get(segment);
        return look == null ? Double.NaN : gauge.value(look);
    }

    private double value(ChannelKey channel, ChannelFigures figure) {
        Long value = figure(channel, figure);
        return value == null ? Double.NaN : value;
    }
}
