package dev.shm.tool;

import dev.shm.ObjectFigures;
import dev.shm.ObjectInfo;
import dev.shm.Role;
import dev.shm.SegmentStatistics;
import dev.shm.SegmentView;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code stat}: all about one segment. */
final class StatCommand {

    private static final String INDENT = "  ";
    private static final String BYTES = "Bytes";
    private static final int WIDE_BAR = 40;
    private static final int NARROW_BAR = 20;

    private final String name;
    private final Path path;
    private final UUID uuid;
    private final SegmentView.State state;
    private final Instant created;
    private final String layoutVersion;
    private final long size;
    private final int slots;
    private final int objectCapacity;
    private final boolean hasCreator;
    private final List<SegmentView.Peer> peers;
    private final List<ObjectFigures> objects;
    private final SegmentStatistics memory;

    private StatCommand(SegmentView view, boolean deep) {
        this.name = view.name();
        this.path = view.path();
        this.uuid = view.uuid();
        this.state = view.state();
        this.created = view.created();
        this.layoutVersion = view.layoutVersion();
        this.size = view.size();
        this.slots = view.slots();
        this.objectCapacity = view.objectCapacity();
        this.hasCreator = view.hasCreator();
        this.peers = view.peers();
        this.objects = view.figures();
        this.memory = deep ? view.deepStatistics() : view.statistics();
    }

    static int run(Arguments arguments, PrintStream out) {
        try (SegmentView view = SegmentView.open(arguments.directory(), arguments.name())) {
            StatCommand stat = new StatCommand(view, arguments.deep());
            if (arguments.json()) {
                out.println(Json.write(stat.json()));
            } else {
                stat.print(out);
            }
        }
        return Main.GOOD;
    }

    // ------------------------------------------------------------------------------------------ for people

    private void print(PrintStream out) {
        out.println("segment '" + name + "', " + Text.bytes(size) + ", " + ListCommand.state(state));
        fact(out, "file", Text.clean(path.toString()));
        fact(out, "uuid", uuid.toString());
        fact(out, "created", Text.time(created) + ", " + Text.age(Duration.between(created, Instant.now())) + " ago");
        fact(
                out,
                "layout",
                layoutVersion + ": pages of " + Text.bytes(memory.pageBytes()) + ", " + Text.count(slots, "slot")
                        + ", room for " + Text.count(objectCapacity, "object"));
        fact(out, "owner", owner());
        long alive = peers.stream().filter(SegmentView.Peer::alive).count();
        fact(out, "peers", Text.count(alive) + " alive, " + Text.count(peers.size() - alive) + " dead");
        fact(out, "reaped", Text.count(memory.reaped()) + " dead so far");
        printMemory(out);
        printSizeClasses(out);
        printFreeRuns(out);
        printObjects(out);
    }

    private String owner() {
        if (!hasCreator) {
            return "its peers, together";
        }
        Optional<SegmentView.Peer> creator = peers.stream()
                .filter(peer -> peer.info().role() == Role.CREATOR)
                .findFirst();
        return creator.map(peer ->
                        "its creator, " + PeersCommand.describe(peer.info()) + (peer.alive() ? "" : ", which is dead"))
                .orElse("its creator, which is gone");
    }

    private static void fact(PrintStream out, String key, String value) {
        out.println(INDENT + key + " ".repeat(Math.max(1, 14 - key.length())) + value);
    }

    private void printMemory(PrintStream out) {
        double used = Text.ratio(memory.usedBytes(), memory.heapBytes());
        out.println();
        out.println("memory " + Text.bar(used, WIDE_BAR) + " " + Text.percent(used) + " of "
                + Text.bytes(memory.heapBytes()) + " used");
        fact(
                out,
                "used",
                Text.bytes(memory.usedBytes()) + " in " + Text.count(memory.usedBlocks(), "block")
                        + (memory.exact() ? "" : " (by hints; --deep looks at each)"));
        if (memory.exact()) {
            fact(out, "  live", Text.bytes(memory.liveBytes()) + " in objects");
            fact(out, "  queued", Text.bytes(memory.queuedBytes()) + " in messages");
            fact(out, "  tentative", Text.bytes(memory.tentativeBytes()) + " on the way, held by one process");
            memory.tentativeBytesBySlot().forEach((slot, bytes) -> fact(out, "    slot " + slot, Text.bytes(bytes)));
            fact(out, "  waste", Text.bytes(memory.wasteBytes()) + " of these are headers and rounding");
        }
        fact(out, "left over", Text.bytes(memory.metaBytes()) + " at the ends of slabs");
        fact(
                out,
                "free",
                Text.bytes(memory.freeBytes()) + ", of it " + Text.count(memory.freePages(), "page")
                        + " that hold nothing");
        fact(out, "largest", Text.bytes(memory.largestFreeBlock()) + " could be had in one piece");
        fact(out, "fragmented", Text.percent(memory.fragmentation()) + " of free pages are outside the longest run");
    }

    private void printSizeClasses(PrintStream out) {
        out.println();
        if (memory.sizeClasses().isEmpty()) {
            out.println("no small blocks yet");
            return;
        }
        out.println("small blocks");
        Table table = new Table(INDENT, ">BLOCK", ">SLABS", ">BLOCKS", ">USED", ">FREE", "OCCUPIED", ">");
        for (SegmentStatistics.SizeClass size : memory.sizeClasses()) {
            long used = size.blocks() - size.freeBlocks();
            double ratio = Text.ratio(used, size.blocks());
            table.row(
                    Text.bytes(size.blockBytes()),
                    Text.count(size.slabs()),
                    Text.count(size.blocks()),
                    Text.count(used),
                    Text.count(size.freeBlocks()),
                    Text.bar(ratio, NARROW_BAR),
                    Text.percent(ratio));
        }
        table.print(out);
    }

    private void printFreeRuns(PrintStream out) {
        out.println();
        if (memory.freeRuns().isEmpty()) {
            out.println("no free pages");
            return;
        }
        out.println("free pages, by how many are in one piece");
        Table table = new Table(INDENT, ">PAGES", ">PIECES");
        for (int i = 0; i < memory.freeRuns().size(); i++) {
            int runs = memory.freeRuns().get(i);
            if (runs > 0) {
                table.row(i == 0 ? "1" : Text.count(1L << i) + " - " + Text.count((2L << i) - 1), Text.count(runs));
            }
        }
        table.print(out);
    }

    private void printObjects(PrintStream out) {
        out.println();
        List<ObjectInfo> named = objects.stream()
                .map(ObjectFigures::object)
                .filter(object -> !object.destroyed())
                .toList();
        out.println(named.isEmpty() ? "no objects" : "objects: " + Text.count(named.size()));
        if (!named.isEmpty()) {
            Table table = new Table(INDENT, "NAME", ">OPEN BY", "CREATED", "TYPE");
            for (ObjectInfo object : named) {
                table.row(
                        Text.clean(object.name()),
                        Text.count(object.openers()),
                        Text.time(object.created()),
                        Text.clean(object.type()));
            }
            table.print(out);
        }
        if (named.size() < objects.size()) {
            out.println(INDENT + "and " + Text.count(objects.size() - named.size())
                    + " that were destroyed and are still open somewhere");
        }
        printFigures(out);
    }

    /** A table for each kind of objects of which there is something to tell. What is 0 in all of them is left out. */
    private void printFigures(PrintStream out) {
        Map<String, List<ObjectFigures>> kinds = new LinkedHashMap<>();
        for (ObjectFigures object : objects) {
            if (!object.figures().isEmpty() && !object.object().destroyed()) {
                kinds.computeIfAbsent(object.kind(), kind -> new ArrayList<>()).add(object);
            }
        }
        kinds.forEach((kind, alike) -> {
            out.println();
            out.println(kind + "s: " + Text.count(alike.size()));
            Set<String> keys = new LinkedHashSet<>();
            alike.forEach(object -> object.figures().forEach((key, value) -> {
                if (!value.equals(0L)) {
                    keys.add(key);
                }
            }));
            // In the order in which they are told, which is the same for all; some have fewer.
            List<String> shown = alike.stream()
                    .flatMap(object -> object.figures().keySet().stream())
                    .distinct()
                    .filter(keys::contains)
                    .toList();
            List<String> headings = new ArrayList<>(List.of("NAME"));
            shown.forEach(key -> headings.add(heading(key, alike)));
            Table table = new Table(INDENT, headings.toArray(new String[0]));
            for (ObjectFigures object : alike) {
                List<String> cells =
                        new ArrayList<>(List.of(Text.clean(object.object().name())));
                shown.forEach(key -> cells.add(cell(key, object.figures().get(key))));
                table.row(cells.toArray(new String[0]));
            }
            table.print(out);
        });
        List<ObjectFigures> damaged =
                objects.stream().filter(object -> object.problem().isPresent()).toList();
        if (!damaged.isEmpty()) {
            out.println();
        }
        damaged.forEach(object -> out.println("'" + Text.clean(object.object().name()) + "' "
                + Text.clean(object.problem().orElseThrow())));
    }

    /** {@code highWaterBytes} becomes {@code HIGH WATER}; numbers are set to the right. */
    private static String heading(String key, List<ObjectFigures> alike) {
        boolean number = alike.stream().anyMatch(object -> object.figures().get(key) instanceof Long);
        String words = key.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toUpperCase(Locale.ROOT);
        boolean ambiguous = alike.stream().anyMatch(object -> object.figures().containsKey(withoutBytes(key)));
        return (number ? ">" : "") + (key.endsWith(BYTES) && !ambiguous ? words.replace(" BYTES", "") : words);
    }

    private static String withoutBytes(String key) {
        return key.endsWith(BYTES) ? key.substring(0, key.length() - BYTES.length()) : "";
    }

    private static String cell(String key, @Nullable Object value) {
        if (value instanceof Long number) {
            return key.endsWith(BYTES) ? Text.bytes(number) : Text.count(number);
        }
        if (value instanceof Map<?, ?> parts) {
            return parts.entrySet().stream()
                    .filter(part -> !part.getValue().equals(0L))
                    // The values of a bean are nothing without the names of its fields; other texts say what they are
                    // about.
                    .map(part -> part.getValue() instanceof Long || key.equals("values")
                            ? part.getKey() + " " + part.getValue()
                            : part.getValue())
                    .map(part -> Text.clean(part.toString()))
                    .collect(Collectors.joining(", "));
        }
        return value == null ? "" : Text.clean(value.toString());
    }

    // ------------------------------------------------------------------------------------------ for machines

    private Map<String, @Nullable Object> json() {
        return Json.object(
                "name",
                name,
                "path",
                path.toString(),
                "uuid",
                uuid.toString(),
                "state",
                ListCommand.state(state),
                "created",
                Text.iso(created),
                "layoutVersion",
                layoutVersion,
                "sizeBytes",
                size,
                "slots",
                slots,
                "objectCapacity",
                objectCapacity,
                "hasCreator",
                hasCreator,
                "reaped",
                memory.reaped(),
                "memory",
                memoryJson(),
                "peers",
                PeersCommand.json(peers),
                "objects",
                objects.stream().map(StatCommand::json).toList());
    }

    private Map<String, @Nullable Object> memoryJson() {
        return Json.object(
                "exact",
                memory.exact(),
                "heapBytes",
                memory.heapBytes(),
                "usedBytes",
                memory.usedBytes(),
                "usedRatio",
                Text.ratio(memory.usedBytes(), memory.heapBytes()),
                "freeBytes",
                memory.freeBytes(),
                "metaBytes",
                memory.metaBytes(),
                "liveBytes",
                ifExact(memory.liveBytes()),
                "queuedBytes",
                ifExact(memory.queuedBytes()),
                "tentativeBytes",
                ifExact(memory.tentativeBytes()),
                "wasteBytes",
                ifExact(memory.wasteBytes()),
                "usedBlocks",
                memory.usedBlocks(),
                "pageBytes",
                memory.pageBytes(),
                "freePages",
                memory.freePages(),
                "largestFreeBytes",
                memory.largestFreeBlock(),
                "fragmentation",
                memory.fragmentation(),
                "sizeClasses",
                memory.sizeClasses().stream().map(StatCommand::json).toList(),
                "freeRuns",
                freeRunsJson(),
                "unusable",
                unusableJson(),
                "tentativeBySlot",
                memory.tentativeBytesBySlot().entrySet().stream()
                        .map(held -> Json.object("slot", held.getKey(), "bytes", held.getValue()))
                        .toList());
    }

    private @Nullable Long ifExact(long bytes) {
        return memory.exact() ? bytes : null;
    }

    private static Map<String, @Nullable Object> json(SegmentStatistics.SizeClass size) {
        return Json.object(
                "blockBytes",
                size.blockBytes(),
                "slabs",
                size.slabs(),
                "blocks",
                size.blocks(),
                "freeBlocks",
                size.freeBlocks());
    }

    private List<Map<String, @Nullable Object>> freeRunsJson() {
        List<Map<String, @Nullable Object>> runs = new ArrayList<>();
        for (int i = 0; i < memory.freeRuns().size(); i++) {
            runs.add(Json.object(
                    "minPages",
                    1L << i,
                    "maxPages",
                    (2L << i) - 1,
                    "runs",
                    memory.freeRuns().get(i)));
        }
        return runs;
    }

    private List<Map<String, @Nullable Object>> unusableJson() {
        List<Map<String, @Nullable Object>> parts = new ArrayList<>();
        for (int i = 0; i < memory.unusable().size(); i++) {
            parts.add(Json.object("pages", 1L << i, "ratio", memory.unusable().get(i)));
        }
        return parts;
    }

    private static Map<String, @Nullable Object> json(ObjectFigures described) {
        ObjectInfo object = described.object();
        return Json.object(
                "name",
                object.name(),
                "type",
                object.type(),
                "openers",
                object.openers(),
                "destroyed",
                object.destroyed(),
                "created",
                Text.iso(object.created()),
                "kind",
                described.kind().isEmpty() ? null : described.kind(),
                "figures",
                described.figures().isEmpty() ? null : described.figures(),
                "problem",
                described.problem().orElse(null));
    }
}
