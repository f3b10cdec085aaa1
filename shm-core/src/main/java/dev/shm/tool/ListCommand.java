package dev.shm.tool;

import dev.shm.ObjectInfo;
import dev.shm.SegmentStatistics;
import dev.shm.SegmentView;
import dev.shm.error.SegmentNotFoundException;
import dev.shm.error.SharedMemoryException;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code ls}: one line for each segment. What cannot be read is listed too, and said below why. */
final class ListCommand {

    private ListCommand() {}

    /** A readable segment has everything but {@code error}; any other only its name and that. */
    private record Line(String name, @Nullable Facts facts, String error) {}

    private record Facts(
            long size,
            long heapBytes,
            long usedBytes,
            int alive,
            int dead,
            int objects,
            SegmentView.State state,
            Instant created) {}

    static int run(Arguments arguments, PrintStream out) {
        List<Line> lines = new ArrayList<>();
        for (String name : SegmentView.names(arguments.directory())) {
            try (SegmentView view = SegmentView.open(arguments.directory(), name)) {
                lines.add(new Line(name, look(view), ""));
            } catch (SegmentNotFoundException e) {
                // Removed since it was listed.
            } catch (SharedMemoryException e) {
                lines.add(new Line(name, null, String.valueOf(e.getMessage())));
            }
        }
        if (arguments.json()) {
            out.println(Json.write(Json.object(
                    "directory",
                    arguments.directory().toString(),
                    "segments",
                    lines.stream().map(ListCommand::json).toList())));
        } else {
            print(arguments, lines, out);
        }
        return Main.GOOD;
    }

    private static Facts look(SegmentView view) {
        SegmentStatistics statistics = view.statistics();
        List<SegmentView.Peer> peers = view.peers();
        int alive = (int) peers.stream().filter(SegmentView.Peer::alive).count();
        return new Facts(
                view.size(),
                statistics.heapBytes(),
                statistics.usedBytes(),
                alive,
                peers.size() - alive,
                (int) view.objects().stream()
                        .filter(object -> !object.destroyed())
                        .map(ObjectInfo::name)
                        .count(),
                view.state(),
                view.created());
    }

    private static Map<String, @Nullable Object> json(Line line) {
        Facts facts = line.facts();
        if (facts == null) {
            return Json.object("name", line.name(), "state", "unreadable", "error", line.error());
        }
        return Json.object(
                "name",
                line.name(),
                "state",
                state(facts.state()),
                "created",
                Text.iso(facts.created()),
                "sizeBytes",
                facts.size(),
                "heapBytes",
                facts.heapBytes(),
                "usedBytes",
                facts.usedBytes(),
                "usedRatio",
                Text.ratio(facts.usedBytes(), facts.heapBytes()),
                "peersAlive",
                facts.alive(),
                "peersDead",
                facts.dead(),
                "objects",
                facts.objects());
    }

    static String state(SegmentView.State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    private static void print(Arguments arguments, List<Line> lines, PrintStream out) {
        if (lines.isEmpty()) {
            out.println("no segments in " + Text.clean(arguments.directory().toString()));
            return;
        }
        Table table = new Table("", "NAME", ">SIZE", ">USED", ">ALIVE", ">DEAD", ">OBJECTS", "STATE", "CREATED");
        for (Line line : lines) {
            Facts facts = line.facts();
            if (facts == null) {
                table.row(line.name(), "-", "-", "-", "-", "-", "unreadable", "-");
            } else {
                table.row(
                        line.name(),
                        Text.bytes(facts.size()),
                        Text.percent(Text.ratio(facts.usedBytes(), facts.heapBytes())),
                        Text.count(facts.alive()),
                        Text.count(facts.dead()),
                        Text.count(facts.objects()),
                        state(facts.state()),
                        Text.time(facts.created()));
            }
        }
        table.print(out);
        for (Line line : lines) {
            if (line.facts() == null) {
                out.println();
                out.println(Text.wrap(line.name() + ": " + Text.clean(line.error()), 80));
            }
        }
    }
}
