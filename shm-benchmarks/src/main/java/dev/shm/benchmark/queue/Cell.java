package dev.shm.benchmark.queue;

/** What contenders are compared in. */
record Cell(Scenario scenario, int bytes, Reading reading) {

    @Override
    public String toString() {
        return scenario + ", " + words(bytes) + ", " + reading;
    }

    /** That many bytes as people say it. */
    static String words(int bytes) {
        if (bytes >= 1 << 20 && bytes % (1 << 20) == 0) {
            return (bytes >> 20) + " MiB";
        }
        return bytes >= 1024 && bytes % 1024 == 0 ? (bytes >> 10) + " KiB" : bytes + " B";
    }
}
