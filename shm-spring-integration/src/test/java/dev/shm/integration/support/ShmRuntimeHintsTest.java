package dev.shm.integration.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.integration.inbound.ShmMessageProducer;
import dev.shm.integration.testing.Trade;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import org.junit.jupiter.api.Test;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.core.io.support.SpringFactoriesLoader;

class ShmRuntimeHintsTest {

    @Test
    void shouldRegisterWhatExists() throws ClassNotFoundException {
        RuntimeHints hints = new RuntimeHints();
        SpringFactoriesLoader.forResourceLocation("META-INF/spring/aot.factories")
                .load(RuntimeHintsRegistrar.class)
                .stream()
                .filter(ShmRuntimeHints.class::isInstance)
                .forEach(registrar -> registrar.registerHints(hints, getClass().getClassLoader()));
        assertThat(RuntimeHintsPredicates.reflection()
                        .onType(ShmMessageProducer.class)
                        .withMemberCategory(MemberCategory.INVOKE_PUBLIC_METHODS))
                .accepts(hints);
        for (var type : hints.reflection().typeHints().toList()) {
            assertThat(Class.forName(type.getType().getCanonicalName())).isNotNull();
        }
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
