package dev.shm.sample.gateway;

import dev.shm.PeerInfo;
import dev.shm.SharedMemory;
import dev.shm.collection.SharedMap;
import dev.shm.sample.desk.OrderState;
import dev.shm.sample.gateway.Goings.Going;
import dev.shm.sample.gateway.Goings.What;
import dev.shm.sample.gateway.Ledger.Account;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Profile;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** All that the page shows and Actuator does not: read from the live objects as they are now. */
@RestController
@Profile("gateway")
class DeskController {

    private static final int LATEST_ORDERS = 12;
    private static final int SHOWN_IN_HAND = 8;

    private final long pid = ProcessHandle.current().pid();
    private final SharedMemory desk;
    private final Ledger ledger;
    private final Goings goings;
    private final SharedMap<Long, Long> inHand;
    private final SharedMap<Long, Long> ticksSeen;
    private final SharedMap<String, Long> prices;

    DeskController(
            SharedMemory desk,
            Ledger ledger,
            Goings goings,
            SharedMap<Long, Long> inHand,
            SharedMap<Long, Long> ticksSeen,
            SharedMap<String, Long> prices) {
        this.desk = desk;
        this.ledger = ledger;
        this.goings = goings;
        this.inHand = inHand;
        this.ticksSeen = ticksSeen;
        this.prices = prices;
    }

    /**
     * The desk.
     *
     * @param segment name of the segment
     * @param gateway pid of the gateway that answers
     * @param account what became of orders
     * @param processes those that are there, and those that went
     * @param prices the last price of each symbol, in cents
     * @param latest the orders that ended last
     * @param goings who came and went
     */
    record Desk(
            String segment,
            long gateway,
            Totals account,
            List<DeskProcess> processes,
            Map<String, Long> prices,
            List<OrderState> latest,
            List<Going> goings) {}

    /** {@code accepted == done + failed + inFlight}. */
    record Totals(int accepted, int done, int failed, int inFlight, int deliveredAgain, int doneAgain) {}

    /**
     * A process.
     *
     * @param pid its pid
     * @param role what it is
     * @param state {@code running}, {@code killed}, {@code left}, or that it is gone if nobody saw how
     * @param since when it joined, or when it went; null if nobody knows
     * @param done orders that it did
     * @param ticks ticks that it saw
     * @param inHand orders that it has in hand; left over, of one that is gone, until another one takes them up
     * @param inHandIds the numbers of some of these
     */
    record DeskProcess(
            long pid,
            String role,
            String state,
            @Nullable Instant since,
            int done,
            long ticks,
            int inHand,
            List<Long> inHandIds) {}

    @GetMapping("/api/desk")
    Desk desk() {
        Account account = ledger.account(LATEST_ORDERS);
        List<Going> latest = goings.latest();
        return new Desk(
                desk.name(),
                pid,
                new Totals(
                        account.accepted(),
                        account.done(),
                        account.failed(),
                        account.inFlight(),
                        account.deliveredAgain(),
                        account.doneAgain()),
                processes(account.byWorker(), latest),
                new TreeMap<>(prices),
                account.latest(),
                latest);
    }

    private List<DeskProcess> processes(Map<Long, Integer> done, List<Going> latest) {
        Map<Long, List<Long>> hands = new HashMap<>();
        inHand.forEach((order, worker) ->
                hands.computeIfAbsent(worker, any -> new ArrayList<>()).add(order));
        Map<Long, DeskProcess> known = new LinkedHashMap<>();
        List<PeerInfo> peers = new ArrayList<>(desk.peers());
        peers.sort(Comparator.comparing(PeerInfo::application).thenComparing(PeerInfo::joined));
        for (PeerInfo peer : peers) {
            known.put(peer.pid(), process(peer.pid(), peer.application(), "running", peer.joined(), done, hands));
        }
        for (Going going : latest) {
            if (going.what() != What.JOINED && !known.containsKey(going.pid())) {
                String state = going.what() == What.KILLED ? "killed" : "left";
                known.put(going.pid(), process(going.pid(), going.role(), state, going.at(), done, hands));
            }
        }
        for (Long worker : done.keySet()) {
            if (!known.containsKey(worker)) {
                known.put(worker, process(worker, "worker", "gone", null, done, hands));
            }
        }
        return List.copyOf(known.values());
    }

    private DeskProcess process(
            long process,
            String role,
            String state,
            @Nullable Instant since,
            Map<Long, Integer> done,
            Map<Long, List<Long>> hands) {
        List<Long> held = hands.getOrDefault(process, List.of());
        return new DeskProcess(
                process,
                role,
                state,
                since,
                done.getOrDefault(process, 0),
                ticksSeen.getOrDefault(process, 0L),
                held.size(),
                held.stream().sorted().limit(SHOWN_IN_HAND).toList());
    }
}
