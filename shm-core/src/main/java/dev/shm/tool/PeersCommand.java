package dev.shm.tool;

import dev.shm.PeerInfo;
import dev.shm.SegmentView;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code peers}: one line for each process that has a slot. */
final class PeersCommand {

    private PeersCommand() {}

    static int run(Arguments arguments, PrintStream out) {
        List<SegmentView.Peer> peers;
        try (SegmentView view = SegmentView.open(arguments.directory(), arguments.name())) {
            peers = view.peers();
        }
        if (arguments.json()) {
            out.println(Json.write(Json.object("name", arguments.name(), "peers", json(peers))));
        } else if (peers.isEmpty()) {
            out.println("no process is attached to segment '" + arguments.name() + "'");
        } else {
            print(peers, out);
        }
        return Main.GOOD;
    }

    static List<Map<String, @Nullable Object>> json(List<SegmentView.Peer> peers) {
        return peers.stream().map(PeersCommand::json).toList();
    }

    private static Map<String, @Nullable Object> json(SegmentView.Peer peer) {
        PeerInfo info = peer.info();
        return Json.object(
                "slot",
                info.slot(),
                "generation",
                info.generation(),
                "pid",
                info.pid(),
                "application",
                info.application(),
                "role",
                role(info),
                "joined",
                Text.iso(info.joined()),
                "heartbeatAgeMillis",
                info.sinceHeartbeat().toMillis(),
                "alive",
                peer.alive(),
                "unfinishedChange",
                peer.unfinished());
    }

    private static String role(PeerInfo info) {
        return info.role().name().toLowerCase(Locale.ROOT);
    }

    private static void print(List<SegmentView.Peer> peers, PrintStream out) {
        Table table = new Table("", ">SLOT", ">PID", "STATE", "ROLE", "JOINED", ">HEARTBEAT", "APPLICATION");
        for (SegmentView.Peer peer : peers) {
            PeerInfo info = peer.info();
            table.row(
                    String.valueOf(info.slot()),
                    String.valueOf(info.pid()),
                    peer.alive() ? "alive" : "dead",
                    role(info),
                    Text.time(info.joined()),
                    Text.age(info.sinceHeartbeat()) + " ago",
                    Text.clean(info.application()));
        }
        table.print(out);
        if (peers.stream().anyMatch(peer -> !peer.alive())) {
            out.println();
            out.println("What a dead process held goes back when another one attaches.");
        }
    }

    /** For sentences. */
    static String describe(PeerInfo info) {
        return "pid " + info.pid() + " '" + Text.clean(info.application()) + "' (slot " + info.slot() + ")";
    }
}
