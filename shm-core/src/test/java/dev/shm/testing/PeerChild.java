package dev.shm.testing;

import java.util.List;

/** A {@link PeerProcess} as its parent sees it. */
public final class PeerChild implements AutoCloseable {

    /** Attachments whose name begins so get a class loader of their own. */
    public static final String ISOLATED = "isolated";

    /** The answer to a successful {@code open}. */
    public static final String OPENED = "opened";

    static final String ANSWER = "answer ";
    static final String EVENT = "event ";

    private static final String ONLY = "only";

    private final TestDirectory directory;
    private final ChildJvm child;

    private PeerChild(TestDirectory directory, ChildJvm child) {
        this.directory = directory;
        this.child = child;
    }

    public static PeerChild start(TestDirectory directory) {
        return new PeerChild(directory, ChildJvm.start(PeerProcess.class));
    }

    /** Starts one, and has it open a segment. */
    public static PeerChild opened(TestDirectory directory, String segment, String verb, String... options) {
        PeerChild peer = start(directory);
        String answer = peer.open(segment, verb, options);
        if (!answer.equals(OPENED)) {
            peer.close();
            throw new AssertionError(answer);
        }
        return peer;
    }

    /** Has it open a segment; verbs are those of the builder. Returns {@link #OPENED}, or the exception. */
    public String openAs(String attachment, String segment, String verb, String... options) {
        beginOpeningAs(attachment, segment, verb, options);
        return awaitAnswer();
    }

    public String open(String segment, String verb, String... options) {
        return openAs(ONLY, segment, verb, options);
    }

    /** As {@link #open(String, String, String...)}, for one that has to wait: the answer comes by {@link #awaitAnswer}. */
    public void beginOpening(String segment, String verb, String... options) {
        beginOpeningAs(ONLY, segment, verb, options);
        awaitEvent("opening");
    }

    private void beginOpeningAs(String attachment, String segment, String verb, String... options) {
        child.send(attachment + " open " + segment + " " + verb + " directory=" + directory.segments() + " "
                + String.join(" ", options));
    }

    public String awaitAnswer() {
        return child.await(ANSWER);
    }

    /** Has it do something, and returns its answer or the exception. */
    public String tell(String command) {
        return tell(ONLY, command);
    }

    public String tell(String attachment, String command) {
        child.send(attachment + " " + command);
        return awaitAnswer();
    }

    /** Has it do something that it does until it is killed. */
    public void tellForever(String command) {
        child.send(ONLY + " " + command);
    }

    /** Waits until it has heard that, and returns the rest of what it heard. */
    public String awaitEvent(String event) {
        return child.await(EVENT + event);
    }

    public boolean hasHeard(String event) {
        return child.output().contains(EVENT + event);
    }

    public long pid() {
        return child.pid();
    }

    /** SIGSTOP. */
    public void stop() {
        ChildJvm.stop(List.of(child));
    }

    /** SIGCONT. */
    public void resume() {
        ChildJvm.resume(List.of(child));
    }

    /** SIGKILL, and waits for the end. */
    @Override
    public void close() {
        child.close();
    }
}
