package dev.shm.integration.channel;

import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmSender;
import java.util.Objects;
import org.springframework.integration.channel.AbstractMessageChannel;
import org.springframework.messaging.Message;

/**
 * What the channels have in common: they send. Any thread may, between the start and the end of the application. What happens when
 * the queue or topic is full, its {@link dev.shm.queue.FullPolicy} says; a send that is given a time waits that long instead, and
 * returns false if there is still no room.
 *
 * <p>The queue or topic is opened, and created if need be, when the bean is initialised, and closed when it is destroyed. The segment
 * is closed after that, by whoever opened it.
 */
public abstract class AbstractShmChannel extends AbstractMessageChannel {

    private final ShmDestination destination;
    private final ShmSender sender;
    private long sendTimeout = ShmSender.FOREVER;

    AbstractShmChannel(ShmDestination destination) {
        this.destination = Objects.requireNonNull(destination);
        this.sender = new ShmSender(destination);
    }

    /** The queue or topic behind it. */
    public ShmDestination getDestination() {
        return destination;
    }

    /**
     * How long a send that is not given a time waits for room, in milliseconds, if it waits at all; -1, for as long as it takes, if
     * not said.
     */
    public void setSendTimeout(long millis) {
        this.sendTimeout = millis;
    }

    @Override
    protected void onInit() {
        super.onInit();
        sender.open();
    }

    @Override
    protected boolean doSend(Message<?> message, long timeout) {
        return timeout < 0 ? sender.sendAsPolicySays(message, sendTimeout) : sender.send(message, timeout);
    }

    @Override
    public void destroy() {
        sender.close();
        super.destroy();
    }
}
