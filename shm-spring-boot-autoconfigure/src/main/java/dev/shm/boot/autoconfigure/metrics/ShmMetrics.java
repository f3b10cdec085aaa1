package dev.shm.boot.autoconfigure.metrics;

import dev.shm.ObjectFigures;
import dev.shm.SegmentStatistics;
import dev.shm.SharedMemory;
import dev.shm.boot.autoconfigure.actuate.ChannelFigures;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Meters of segments ({@code shm.segment.*}, {@code shm.peers}) and of their queues and topics ({@code shm.channel.*}).
 *
 * <p>All values of a scrape come from one look at each segment, which is taken when the first of them is asked for, and again when
 * that one is older than a quarter of a second. The same look adds the meters of what is new and removes those of what is gone: what
 * appears is there from the second scrape on. A segment that is damaged or ends just now leaves its gauges without a value; counters
 * keep their last one. Any thread may scrape; none waits for another.
 */
public final class ShmMetrics implements MeterBinder {

    private static final Snapshot NEVER = new Snapshot(Map.of(), Map.of(), 0, 0);
    private static final Duration DEFAULT_VALIDITY = Duration.ofMillis(250);

    private final Supplier<List<SharedMemory>> segments;
    private final long validNanos;
    private final List<Binding> bindings = new CopyOnWriteArrayList<>();
    private final ReentrantLock looking = new ReentrantLock();
    private volatile Snapshot snapshot = NEVER;

    /**
     * Meters of those segments.
     *
     * @param segments gives the segments that are open now; asked for each look
     */
    public ShmMetrics(Supplier<List<SharedMemory>> segments) {
        this(segments, DEFAULT_VALIDITY);
    }

    ShmMetrics(Supplier<List<SharedMemory>> segments, Duration validity) {
        this.segments = segments;
        this.validNanos = validity.toNanos();
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
            Snapshot fresh = look();
            snapshot = fresh;
            bindings.forEach(binding -> binding.follow(fresh));
        } finally {
            looking.unlock();
        }
    }

    // ------------------------------------------------------------------------------------------ looking

    private record SegmentLook(SegmentStatistics memory, int peers, int objects) {}

    /** One that is created anew as another kind has other meters. */
    private record ChannelKey(String segment, String channel, String kind) {}

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
                    Snapshot fresh = look();
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
                                        segment.name(), described.object().name(), described.kind()),
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

        Count(ChannelKey channel, ChannelFigures figure) {
            this.channel = channel;
            this.figure = figure;
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
        private final Map<Object, List<Meter>> meters = new HashMap<>();
        /** Registries refer to them weakly. */
        private final Map<ChannelKey, List<Count>> counts = new HashMap<>();

        Binding(MeterRegistry registry) {
            this.registry = registry;
        }

        void follow(Snapshot seen) {
            if (registry.isClosed()) {
                bindings.remove(this);
                return;
            }
            Set<Object> gone = new HashSet<>(meters.keySet());
            gone.removeAll(seen.segments().keySet());
            gone.removeAll(seen.channels().keySet());
            for (Object key : gone) {
                meters.getOrDefault(key, List.of()).forEach(registry::remove);
                meters.remove(key);
                counts.remove(key);
            }
            for (String segment : seen.segments().keySet()) {
                if (!meters.containsKey(segment)) {
                    meters.put(segment, register(segment));
                }
            }
            seen.channels().forEach((channel, described) -> {
                if (!meters.containsKey(channel) && described.problem().isEmpty()) {
                    meters.put(channel, register(channel, described));
                }
            });
        }

        private List<Meter> register(String segment) {
            List<Meter> registered = new ArrayList<>();
            Tags tags = Tags.of("segment", segment);
            for (SegmentGauge gauge : SegmentGauge.values()) {
                registered.add(Gauge.builder(gauge.name, ShmMetrics.this, metrics -> metrics.value(segment, gauge))
                        .description(gauge.description)
                        .baseUnit(gauge.unit)
                        .tags(tags)
                        .register(registry));
            }
            return registered;
        }

        private List<Meter> register(ChannelKey channel, ObjectFigures described) {
            List<Meter> registered = new ArrayList<>();
            List<Count> counting = new ArrayList<>();
            Tags tags = Tags.of("segment", channel.segment(), "channel", channel.channel());
            for (ChannelMeter meter : ChannelMeter.values()) {
                if (meter.figure.in(described) == null) {
                    continue;
                }
                if (meter.counts) {
                    Count count = new Count(channel, meter.figure);
                    counting.add(count);
                    registered.add(FunctionCounter.builder(meter.name, count, Count::value)
                            .description(meter.description)
                            .baseUnit(meter.unit)
                            .tags(tags)
                            .register(registry));
                } else {
                    registered.add(
                            Gauge.builder(meter.name, ShmMetrics.this, metrics -> metrics.value(channel, meter.figure))
                                    .description(meter.description)
                                    .baseUnit(meter.unit)
                                    .tags(tags)
                                    .register(registry));
                }
            }
            counts.put(channel, counting);
            return registered;
        }
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
