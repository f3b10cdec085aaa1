package dev.shm.integration.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.integration.channel.SubscribableShmChannel;
import dev.shm.integration.inbound.ShmMessageProducer;
import dev.shm.integration.lock.ShmLockRegistry;
import dev.shm.integration.metadata.ShmMetadataStore;
import dev.shm.integration.outbound.ShmOutboundGateway;
import dev.shm.integration.store.ShmMessageGroupStore;
import dev.shm.integration.testing.Trade;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.core.io.support.SpringFactoriesLoader;

class ShmRuntimeHintsTest {

    private static final Set<String> PACKAGES = Set.of("channel", "inbound", "outbound", "lock", "metadata", "store");

    private static RuntimeHints registered() {
        RuntimeHints hints = new RuntimeHints();
        SpringFactoriesLoader.forResourceLocation("META-INF/spring/aot.factories")
                .load(RuntimeHintsRegistrar.class)
                .stream()
                .filter(ShmRuntimeHints.class::isInstance)
                .forEach(registrar -> registrar.registerHints(hints, ShmRuntimeHintsTest.class.getClassLoader()));
        return hints;
    }

    /** The classes that become beans: those that are public in the packages of channels, adapters and stores. */
    private static List<Class<?>> components() throws IOException, ClassNotFoundException {
        List<Class<?>> components = new ArrayList<>();
        for (Resource file :
                new PathMatchingResourcePatternResolver().getResources("classpath*:dev/shm/integration/*/*.class")) {
            String path = file.getURL().getPath().replace(".class", "");
            Class<?> type = Class.forName(
                    path.substring(path.indexOf("dev/shm/integration/")).replace('/', '.'));
            if (PACKAGES.contains(type.getPackageName().replace("dev.shm.integration.", ""))
                    && Modifier.isPublic(type.getModifiers())
                    && !Modifier.isAbstract(type.getModifiers())
                    && !type.isMemberClass()) {
                components.add(type);
            }
        }
        return components;
    }

    @Test
    void shouldLetEveryComponentBeCalledByName() throws IOException, ClassNotFoundException {
        RuntimeHints hints = registered();
        List<Class<?>> components = components();
        assertThat(components)
                .contains(
                        SubscribableShmChannel.class,
                        ShmMessageProducer.class,
                        ShmOutboundGateway.class,
                        ShmLockRegistry.class,
                        ShmMetadataStore.class,
                        ShmMessageGroupStore.class);
        for (Class<?> component : components) {
            assertThat(RuntimeHintsPredicates.reflection()
                            .onType(component)
                            .withMemberCategory(MemberCategory.INVOKE_PUBLIC_METHODS))
                    .as(component.getName())
                    .accepts(hints);
        }
    }

    @Test
    void shouldRegisterNothingElseButDeliveriesAndHeaders() throws IOException, ClassNotFoundException {
        List<String> expected = new ArrayList<>();
        components().forEach(type -> expected.add(type.getName()));
        expected.add(ShmDelivery.class.getName());
        expected.add(ShmMessageHeaders.class.getName());
        assertThat(registered().reflection().typeHints())
                .extracting(hint -> hint.getType().getName())
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void shouldLetHeadersBeSerialised() {
        assertThat(RuntimeHintsPredicates.reflection().onJavaSerialization(ShmMessageHeaders.class, true))
                .accepts(registered());
    }

    @Test
    void shouldRegisterPayloads() {
        RuntimeHints hints = new RuntimeHints();
        ShmRuntimeHints.registerPayload(hints, Trade.class);
        assertThat(RuntimeHintsPredicates.reflection().onType(Trade.class)).accepts(hints);
    }

    @Test
    void shouldKeepTheIdOfHeadersThatAreSerialised() throws Exception {
        ShmMessageHeaders headers = new ShmMessageHeaders();
        headers.raw().put("k", "v");
        headers.sentAt(5);
        var id = headers.getId();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(headers);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            ShmMessageHeaders again = (ShmMessageHeaders) in.readObject();
            assertThat(again).containsEntry("k", "v");
            assertThat(again.getId()).isEqualTo(id);
            assertThat(again.getTimestamp()).isEqualTo(5);
        }
    }
}
