package dev.shm.tool;

import dev.shm.SegmentStatistics;
import dev.shm.SegmentView;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code verify}: walks through a segment. What the dead left is told, and is no problem. */
final class VerifyCommand {

    private VerifyCommand() {}

    static int run(Arguments arguments, PrintStream out) {
        List<String> problems;
        List<SegmentView.Peer> dead;
        SegmentStatistics statistics;
        int objects;
        try (SegmentView view = SegmentView.open(arguments.directory(), arguments.name())) {
            dead = view.peers().stream().filter(peer -> !peer.alive()).toList();
            problems = view.verify();
            statistics = view.deepStatistics();
            objects = view.objects().size();
        }
        Map<Integer, Long> held = statistics.tentativeBytesBySlot();
        if (arguments.json()) {
            out.println(Json.write(Json.object(
                    "name",
                    arguments.name(),
                    "good",
                    problems.isEmpty(),
                    "problems",
                    problems,
                    "toBeReaped",
                    dead.stream().map(peer -> json(peer, held)).toList())));
        } else {
            print(arguments.name(), problems, statistics, objects, out);
            for (SegmentView.Peer peer : dead) {
                out.println();
                out.println("to be reaped: " + PeersCommand.describe(peer.info()) + " is dead and holds "
                        + (held(peer, held) == 0 ? "nothing" : Text.bytes(held(peer, held)))
                        + (peer.unfinished() ? " and a change to be finished" : "")
                        + ".");
                out.println("  That is no damage: it goes back when a process attaches.");
            }
        }
        return problems.isEmpty() ? Main.GOOD : Main.BAD;
    }

    private static long held(SegmentView.Peer peer, Map<Integer, Long> held) {
        return held.getOrDefault(peer.info().slot(), 0L);
    }

    private static Map<String, @Nullable Object> json(SegmentView.Peer peer, Map<Integer, Long> held) {
        return Json.object(
                "slot",
                peer.info().slot(),
                "generation",
                peer.info().generation(),
                "pid",
                peer.info().pid(),
                "application",
                peer.info().application(),
                "tentativeBytes",
                held(peer, held),
                "unfinishedChange",
                peer.unfinished());
    }

    private static void print(
            String name, List<String> problems, SegmentStatistics statistics, int objects, PrintStream out) {
        if (problems.isEmpty()) {
            out.println("segment '" + name + "' is good: walked "
                    + Text.count(statistics.heapBytes() / statistics.pageBytes(), "page") + ", "
                    + Text.count(statistics.usedBlocks(), "block") + " in use, " + Text.count(objects, "object"));
            return;
        }
        out.println("segment '" + name + "' has " + Text.count(problems.size(), "problem") + ":");
        problems.forEach(problem -> out.println("  - " + Text.clean(problem)));
    }
}
