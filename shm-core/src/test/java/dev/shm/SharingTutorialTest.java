package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.codec.Codec;
import dev.shm.codec.ElementType;
import dev.shm.queue.SharedQueue;
import dev.shm.testing.Document;
import dev.shm.testing.TestDirectory;
import dev.shm.value.SharedArray;
import dev.shm.value.SharedBean;
import dev.shm.value.SharedLong;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The lines of docs/sharing.md, and what the tool tells of them. A test here has the very lines, and the last one sees to that. */
class SharingTutorialTest {

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private SharedMemory open() {
        return directory.segment("desk").size(16 << 20).openOrCreate();
    }

    @SuppressWarnings("unchecked")
    private static List<String> lines(Map<String, Object> basket) {
        return (List<String>) basket.get("lines");
    }

    @Test
    void shouldSendABasket() throws InterruptedException {
        try (SharedMemory memory = open()) {
            Codec<Shared<Map<String, Object>>> codec = memory.sharedCodec();
            SharedQueue<Shared<Map<String, Object>>> baskets = memory.openOrCreate("baskets", SharedQueue.of(codec));

            Map<String, Object> basket = Map.of("customer", "A-17", "lines", List.of("apples", "pears"));
            Shared<Map<String, Object>> shared = memory.share(basket);
            baskets.put(shared);

            try (Shared<Map<String, Object>> received = baskets.take()) {
                List<String> lines = lines(received.get());
                lines.add("plums");
            }
            assertThat(shared.get())
                    .isEqualTo(Map.of("customer", "A-17", "lines", List.of("apples", "pears", "plums")));
            lookAt(shared.name());
        }
    }

    private void lookAt(String name) {
        try (SegmentView view = SegmentView.open(directory.path(), "desk")) {
            assertThat(view.verify()).isEmpty();
            assertThat(view.figures())
                    .filteredOn(figures -> figures.kind().equals("graph"))
                    .singleElement()
                    .satisfies(figures -> {
                        assertThat(figures.object().name()).isEqualTo(name);
                        assertThat(figures.object().openers()).isEqualTo(1);
                        assertThat(figures.figures())
                                .containsOnly(
                                        Map.entry("collections", 2L),
                                        Map.entry("maps", 1L),
                                        Map.entry("lists", 1L),
                                        Map.entry("entries", 2L),
                                        Map.entry("elements", 3L));
                    });
        }
    }

    @Test
    void shouldFindPrices() {
        try (SharedMemory memory = open()) {
            Shared<Map<String, Long>> prices = memory.share("prices", Map.of("apples", 3L));
            Shared<Map<String, Long>> found = memory.shared("prices");
            found.get().put("apples", 4L);
            assertThat(prices.get()).isEqualTo(Map.of("apples", 4L));
        }
    }

    @Test
    void shouldPutCollections() {
        try (SharedMemory memory = open();
                Shared<Map<String, List<String>>> graph = memory.share(Map.of())) {
            Map<String, List<String>> map = graph.get();
            map.put("fruit", List.of("apples"));
            map.get("fruit").add("pears");
            map.computeIfAbsent("nuts", key -> new ArrayList<>()).add("almonds");
            assertThat(graph.copy()).isEqualTo(Map.of("fruit", List.of("apples", "pears"), "nuts", List.of("almonds")));
        }
    }

    interface Player {
        String getName();

        void setName(String name);

        long getScore();

        long addAndGetScore(long points);
    }

    @Test
    void shouldPutLiveValues() {
        try (SharedMemory memory = open();
                SharedMemory other = open()) {
            Shared<Map<String, Object>> game = memory.share(Map.of(
                    "rounds", SharedLong.type(),
                    "board", SharedArray.of(ElementType.INT8, 8, 8),
                    "players", List.of(SharedBean.of(Player.class))));
            ((SharedLong) game.get().get("rounds")).incrementAndGet();

            Map<String, SharedBean<Player>> none = Map.of();
            Shared<Map<String, SharedBean<Player>>> players = memory.share(none);
            players.get().computeIfAbsent("ann", name -> players.newValue(SharedBean.of(Player.class)));
            players.get().get("ann").get().addAndGetScore(10);

            Shared<Map<String, SharedBean<Player>>> there = other.shared(players.name());
            look(other);
            assertThat(there.get().get("ann").get().getScore()).isEqualTo(10);
            Shared<Map<String, Object>> gameThere = other.shared(game.name());
            assertThat(gameThere.get().get("rounds")).hasToString("1");
        }
    }

    private static void look(SharedMemory memory) {
        memory.register(SharedBean.of(Player.class));
    }

    @Test
    void shouldRunEveryLineThatIsShown() {
        String lines = Document.source(SharingTutorialTest.class);
        List<String> blocks = Document.of("docs/sharing.md").blocks("java").stream()
                // Spring's is run where Spring is.
                .filter(block -> !block.contains("@Bean"))
                .toList();
        assertThat(blocks).hasSize(8);
        for (String block : blocks) {
            assertThat(lines).contains(Document.bare(block));
        }
    }
}
