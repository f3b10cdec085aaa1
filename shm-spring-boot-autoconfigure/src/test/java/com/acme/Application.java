package com.acme;

import dev.shm.SharedMemory;
import dev.shm.boot.autoconfigure.ShmAutoConfiguration;
import dev.shm.boot.autoconfigure.ShmIntegrationAutoConfiguration;
import dev.shm.boot.testing.Directory;
import dev.shm.boot.testing.Page;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.integration.autoconfigure.IntegrationAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;

/** An application that has what the README says in its {@code application.yml}. */
final class Application {

    private Application() {}

    /** With that bean, and its segments in that directory. */
    static ApplicationContextRunner with(Class<?> bean, Directory directory) {
        byte[] yaml = Page.of("README.md").blocks("yaml").get(0).getBytes(StandardCharsets.UTF_8);
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

    /** How many orders have been handled in all. */
    static long received(SharedMemory desk) {
        Map<String, Object> figures = desk.figures().stream()
                .filter(object -> object.object().name().equals("orders"))
                .findFirst()
                .orElseThrow()
                .figures();
        return (Long) figures.get("received");
    }
}
