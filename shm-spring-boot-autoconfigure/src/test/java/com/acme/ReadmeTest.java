package com.acme;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.boot.testing.Directory;
import dev.shm.boot.testing.Page;
import dev.shm.boot.testing.Watchdog;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** What the README shows of two applications: its very lines, run. The core's test of that name has the rest of it. */
class ReadmeTest {

    @RegisterExtension
    final Directory directory = new Directory();

    @Test
    void shouldCarryWhatOneApplicationSendsToTheOther() {
        ApplicationContextRunner worker = Application.with(Worker.class, directory);
        Application.with(Gateway.class, directory)
                .run(gateway -> worker.run(other -> {
                    assertThat(gateway.getBean("desk", SharedMemory.class).size())
                            .isEqualTo(256L << 20);
                    gateway.getBean(Gateway.class).order(new Order("A-1", 100));
                    Watchdog.await("handled", () -> Application.received(gateway.getBean(SharedMemory.class)) == 1);
                }));
    }

    @Test
    void shouldRunEveryLineThatIsShown() {
        Page readme = Page.of("README.md");
        assertThat(readme.blocks("yaml")).hasSize(1);
        List<String> shown = readme.blocks("java").stream()
                .filter(block -> block.contains("@Component"))
                .toList();
        assertThat(shown).hasSize(1);
        StringBuilder run = new StringBuilder();
        for (Class<?> bean : List.of(Gateway.class, Worker.class)) {
            String source = Page.source(bean);
            run.append(source, source.indexOf("@Component"), source.length());
        }
        assertThat(Page.bare(shown.get(0))).isEqualTo(Page.bare(run.toString()));
    }
}
