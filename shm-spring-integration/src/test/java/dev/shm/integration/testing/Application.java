package dev.shm.integration.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.integration.config.EnableIntegration;

/** A small application with Spring Integration. Several of them in a test are like several processes. Closed after the test. */
public final class Application implements AfterEachCallback {

    private final List<Application> others = new ArrayList<>();
    private AnnotationConfigApplicationContext context = fresh();

    private static AnnotationConfigApplicationContext fresh() {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.register(Infrastructure.class);
        return context;
    }

    /** Adds a configuration. */
    public Application with(Class<?>... configurations) {
        for (Class<?> configuration : configurations) {
            context.register(configuration);
        }
        return this;
    }

    /** Adds a bean. */
    public <T> Application bean(String name, Class<T> type, Supplier<T> supplier) {
        context.registerBean(name, type, supplier);
        return this;
    }

    public Application start() {
        context.refresh();
        return this;
    }

    /** Another application, closed with this one. */
    public Application another() {
        Application other = new Application();
        others.add(other);
        return other;
    }

    public <T> T get(String name, Class<T> type) {
        return context.getBean(name, type);
    }

    public AnnotationConfigApplicationContext context() {
        return context;
    }

    public void close() {
        context.close();
    }

    @Override
    public void afterEach(ExtensionContext junit) {
        others.forEach(Application::close);
        close();
        context = fresh();
    }

    @EnableIntegration
    static class Infrastructure {}
}
