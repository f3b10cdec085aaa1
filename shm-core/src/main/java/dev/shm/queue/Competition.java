package dev.shm.queue;

/** How the head moves where consumers compete: over what is done. */
final class Competition {

    static final Ring.Reclaimer RECLAIMER = new Ring.Reclaimer() {
        @Override
        public long reclaim(Ring ring, long wanted) {
            return ((SlotRing) ring).advance();
        }

        @Override
        public long reachable(Ring ring) {
            return ((SlotRing) ring).doneUntil();
        }
    };

    private Competition() {}
}
