package dev.shm.benchmark.queue;

import java.util.List;

/** All that is measured. To add a transport, write its class and add it here. */
final class Transports {

    private static final List<Transport> ALL = List.of(
            // Ratios are to the first of ours that can do a cell.
            new OursTransport(OursTransport.Form.SINGLE),
            new OursTransport(OursTransport.Form.SINGLE_CONSUMER),
            new OursTransport(OursTransport.Form.QUEUE),
            new OursTransport(OursTransport.Form.TOPIC),
            new AeronIpc(),
            new AgronaRing(false),
            new AgronaRing(true),
            new Chronicle(),
            new Sockets(false, false),
            new Sockets(false, true),
            new Sockets(true, false),
            new Sockets(true, true),
            new CacheLines(),
            new BareJvm());

    private Transports() {}

    static List<Transport> all() {
        return ALL;
    }

    static Transport named(String name) {
        return ALL.stream()
                .filter(transport -> transport.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no transport is called " + name));
    }
}
