package dev.shm.integration.dsl;

import static org.assertj.core.api.Assertions.assertThat;

import java.beans.Introspector;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever can be set on a component can be said in a flow. */
class SpecsTest {

    /** Where the words of flows are others. */
    private static final Map<String, String> WORDS = Map.of(
            "errorChannelName", "errorChannel",
            "discardChannelName", "discardChannel",
            "destinationExpressionString", "destinationExpression",
            "destinationFunction", "destination",
            "maxRedeliveryDelay", "redeliveryDelay",
            "loadBalancingStrategy", "loadBalancer");

    @ParameterizedTest
    @CsvSource({
        "channel.SubscribableShmChannel, ShmSubscribableChannelSpec",
        "channel.PublishSubscribeShmChannel, ShmPublishSubscribeChannelSpec",
        "channel.PollableShmChannel, ShmPollableChannelSpec",
        "inbound.ShmMessageProducer, ShmMessageDrivenChannelAdapterSpec",
        "inbound.ShmMessageSource, ShmInboundChannelAdapterSpec",
        "inbound.ShmInboundGateway, ShmInboundGatewaySpec",
        "outbound.ShmMessageHandler, ShmOutboundChannelAdapterSpec",
        "outbound.ShmOutboundGateway, ShmOutboundGatewaySpec",
    })
    void shouldHaveAWordForWhatCanBeSet(String component, String spec) throws ClassNotFoundException {
        Set<String> words = Arrays.stream(
                        Class.forName("dev.shm.integration.dsl." + spec).getMethods())
                .map(Method::getName)
                .collect(Collectors.toSet());
        Set<String> missing = new TreeSet<>();
        for (Method method : Class.forName("dev.shm.integration." + component).getMethods()) {
            if (method.getName().startsWith("set")
                    && method.getDeclaringClass().getName().startsWith("dev.shm.")) {
                String property = Introspector.decapitalize(method.getName().substring("set".length()));
                String word = WORDS.getOrDefault(property, property);
                if (!words.contains(word)) {
                    missing.add(word);
                }
            }
        }
        assertThat(missing).as("what %s has no word for", spec).isEmpty();
    }
}
