package com.acme;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.boot.autoconfigure.ShmAutoConfiguration;
import dev.shm.boot.autoconfigure.ShmIntegrationAutoConfiguration;
import dev.shm.boot.testing.Directory;
import dev.shm.boot.testing.Watchdog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.integration.autoconfigure.IntegrationAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;

/** What the README shows of two applications: its very lines, run. */
class ReadmeTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @RegisterExtension
    final Directory directory = new Directory();

    private static List<String> blocks(String language) throws IOException {
        return Pattern.compile("```" + language + "\\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(ROOT.resolve("README.md"), UTF_8))
                .results()
                .map((MatchResult block) -> block.group(1))
                .toList();
    }

    private ApplicationContextRunner application(Class<?> bean) throws IOException {
        byte[] yaml = blocks("yaml").get(0).getBytes(UTF_8);
        return directory
                .runner(
                        IntegrationAutoConfiguration.class,
                        ShmAutoConfiguration.class,
                        ShmIntegrationAutoConfiguration.class)
                .withInitializer(context -> {
                    try {
                        for (PropertySource<?> source :
                                new YamlPropertySourceLoader().load("README", new ByteArrayResource(yaml))) {
                            context.getEnvironment().getPropertySources().addLast(source);
                        }
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .withBean(bean);
    }

    @Test
    void shouldCarryWhatOneApplicationSendsToTheOther() throws IOException {
        ApplicationContextRunner worker = application(Worker.class);
        application(Gateway.class)
                .run(gateway -> worker.run(other -> {
                    assertThat(gateway.getBean("desk", SharedMemory.class).size())
                            .isEqualTo(256L << 20);
                    gateway.getBean(Gateway.class).order(new Order("A-1", 100));
                    Watchdog.await("handled", () -> received(gateway.getBean(SharedMemory.class)) == 1);
                }));
    }

    private static long received(SharedMemory desk) {
        Map<String, Object> figures = desk.figures().stream()
                .filter(object -> object.object().name().equals("orders"))
                .findFirst()
                .orElseThrow()
                .figures();
        return (Long) figures.get("received");
    }

    @Test
    void shouldRunEveryLineThatIsShown() throws IOException {
        String shown = blocks("java").stream()
                .filter(block -> block.contains("@Component"))
                .findFirst()
                .orElseThrow();
        StringBuilder run = new StringBuilder();
        for (String file : List.of("Gateway.java", "Worker.java")) {
            String source = Files.readString(Path.of("src/test/java/com/acme").resolve(file), UTF_8);
            run.append(source, source.indexOf("@Component"), source.length());
        }
        assertThat(shown.replaceAll("\\s", "")).isEqualTo(run.toString().replaceAll("\\s", ""));
    }
}
