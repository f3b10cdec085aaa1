package dev.shm.sample.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.http.MediaType.APPLICATION_JSON;

import dev.shm.SharedMemory;
import dev.shm.collection.SharedMap;
import dev.shm.sample.desk.Fill;
import dev.shm.sample.desk.Order;
import dev.shm.sample.desk.OrderState;
import dev.shm.sample.testing.SegmentDirectory;
import dev.shm.value.SharedLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatus;
import org.springframework.integration.channel.QueueChannel;
import org.springframework.messaging.Message;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.ActiveProfiles;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;

@WebMvcTest(controllers = OrdersController.class, properties = "sample.orders-kept=20")
@ActiveProfiles("gateway")
@Import(Ledger.class)
@DirtiesContext
class OrdersControllerTest {

    @Autowired
    private MockMvcTester mvc;

    @Autowired
    private Orders orders;

    @Autowired
    private Ledger ledger;

    @Autowired
    private SharedMap<Long, OrderState> orderStates;

    /** In the place of the channel in shared memory, which returns false when there is no room in time. */
    static final class Orders extends QueueChannel {

        private boolean full;

        @Override
        protected boolean doSend(Message<?> message, long timeout) {
            return !full && super.doSend(message, timeout);
        }
    }

    @TestConfiguration(proxyBeanMethods = false)
    static class Beans {

        @Bean
        Orders orders() {
            return new Orders();
        }

        @Bean
        SegmentDirectory directory() {
            return SegmentDirectory.make();
        }

        @Bean
        SharedMemory desk(SegmentDirectory directory) {
            return SharedMemory.named("desk")
                    .directory(directory.path())
                    .size(8 << 20)
                    .slots(8)
                    .openOrCreate();
        }

        @Bean
        SharedLong orderNumbers(SharedMemory desk) {
            return desk.openOrCreate("order-numbers", SharedLong.type());
        }

        @Bean
        SharedMap<Long, OrderState> orderStates(SharedMemory desk) {
            return desk.openOrCreate("order-states", SharedMap.of(Long.class, OrderState.class));
        }
    }

    @BeforeEach
    void empty() {
        orders.full = false;
        orders.clear();
        orderStates.clear();
    }

    private MvcTestResult post(String body) {
        return mvc.post()
                .uri("/api/orders")
                .contentType(APPLICATION_JSON)
                .content(body)
                .exchange();
    }

    @Test
    void shouldSendAnOrderAndTellItsState() {
        MvcTestResult placed = post("{\"symbol\": \"HEMP\", \"pieces\": 3}");

        assertThat(placed).hasStatus(HttpStatus.ACCEPTED);
        Order order = (Order) orders.receive(0).getPayload();
        assertThat(order.symbol()).isEqualTo("HEMP");
        assertThat(order.pieces()).isEqualTo(3);
        assertThat(placed).headers().hasValue("Location", "/api/orders/" + order.id());
        assertThat(mvc.get().uri("/api/orders/" + order.id()))
                .hasStatusOk()
                .bodyJson()
                .extractingPath("$.status")
                .isEqualTo("ACCEPTED");

        ledger.done(new Fill(order, 10_050, 42, 1, 5));

        assertThat(mvc.get().uri("/api/orders/" + order.id())).bodyJson().isLenientlyEqualTo("""
                {"status": "DONE", "worker": 42, "cents": 10050, "order": {"symbol": "HEMP"}}""");
    }

    @Test
    void shouldSendManyWithNumbersOfTheirOwn() {
        assertThat(mvc.post().uri("/api/orders/random?count=12"))
                .hasStatus(HttpStatus.ACCEPTED)
                .bodyJson()
                .extractingPath("$.accepted")
                .isEqualTo(12);

        assertThat(orders.clear().stream().map(message -> ((Order) message.getPayload()).id()))
                .hasSize(12)
                .doesNotHaveDuplicates();
        assertThat(ledger.account(0).inFlight()).isEqualTo(12);
    }

    @Test
    void shouldRefuseOrdersThatMakeNoSenseAndSayWhatDoes() {
        assertThat(post("{\"symbol\": \"hemp!\", \"pieces\": 3}"))
                .hasStatus(HttpStatus.BAD_REQUEST)
                .bodyText()
                .contains("capital letters");
        assertThat(post("{\"pieces\": 3}")).hasStatus(HttpStatus.BAD_REQUEST);
        assertThat(post("{\"symbol\": \"HEMP\", \"pieces\": 0}"))
                .hasStatus(HttpStatus.BAD_REQUEST)
                .bodyText()
                .contains("from 1 to");
        assertThat(mvc.post().uri("/api/orders/random?count=0")).hasStatus(HttpStatus.BAD_REQUEST);
        assertThat(orders.getQueueSize()).isZero();
        assertThat(ledger.account(0).accepted()).isZero();
    }

    @Test
    void shouldRefuseMoreThanItCanKeepAccountOf() {
        assertThat(mvc.post().uri("/api/orders/random?count=21"))
                .hasStatus(HttpStatus.INSUFFICIENT_STORAGE)
                .bodyText()
                .contains("DELETE /api/orders");
        assertThat(orders.getQueueSize()).isZero();
    }

    @Test
    void shouldNotAcceptAnOrderThatTheQueueHasNoRoomFor() {
        orders.full = true;

        assertThat(post("{\"symbol\": \"HEMP\", \"pieces\": 1}"))
                .hasStatus(HttpStatus.SERVICE_UNAVAILABLE)
                .bodyText()
                .contains("queue is full");
        assertThat(ledger.account(0).accepted()).isZero();
    }

    @Test
    void shouldKnowNothingOfAnOrderThatWasNeverThere() {
        assertThat(mvc.get().uri("/api/orders/987654321"))
                .hasStatus(HttpStatus.NOT_FOUND)
                .bodyText()
                .contains("987654321");
    }

    @Test
    void shouldForgetWhatHasEnded() {
        post("{\"symbol\": \"HEMP\", \"pieces\": 1}");
        ledger.done(new Fill((Order) orders.receive(0).getPayload(), 1, 1, 1, 1));
        post("{\"symbol\": \"HEMP\", \"pieces\": 1}");

        assertThat(mvc.delete().uri("/api/orders"))
                .hasStatusOk()
                .bodyJson()
                .extractingPath("$.forgotten")
                .isEqualTo(1);
        assertThat(ledger.account(0).inFlight()).isEqualTo(1);
    }
}
