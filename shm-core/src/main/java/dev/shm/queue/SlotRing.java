package dev.shm.queue;

import dev.shm.memory.Memory;
import org.jspecify.annotations.Nullable;

/**
 * A ring for any number of producers, with a {@link ControlWord} for each slot of 64 bytes.
 *
 * <p>The records of a lap form a chain: each one's span leads to the next. A producer follows the chain to its end and claims
 * there by one compare-and-set, which writes its name and the length of the record; so a claim that is never committed does
 * not hide what comes after it, and the reaper of a dead producer knows what to skip. The tail is only a hint where to begin.
 *
 * <p>No word ever comes back: it names its lap. So a producer that was stopped for any time between reading a word and its
 * compare-and-set cannot claim what is somebody else's by then. A position where a chain once ended is where the next record
 * of that lap begins, whoever writes it; that is why a stale hint does no harm: the word there is of its own lap, and leads
 * on, or of a later one, and then the search begins again at the head.
 */
final class SlotRing extends Ring {

    private static final int SCAN = 256;

    /** After so many records of others, where the tail is said to be is looked up. */
    private static final int STEPS = 16;

    /** After so many records of what is taken or done it is worth while to remember how far that goes. */
    private static final int FAR = 64;

    /** Slots whose control words share a line, as a power of two. */
    private static final int LINE_SHIFT = 3;

    /** What of a position is its place in such a line. */
    static final int LINE_MASK = (1 << LINE_SHIFT) - 1;

    private final int owner;
    private final long control;
    private final long leases;
    private final int lapShift;

    /** Where this process last took something; racy, and only a hint. */
    private long takeFrom;

    /** Where this process last claimed something; racy, and only a hint. */
    private long claimFrom;

    private long returnsSeen;

    /** Whether what was taken stays taken until its taker ends it or it is counted as returned: there are no leases. */
    private final boolean remembers;

    /** What the last long walk passed; racy, and as good as any other. */
    private @Nullable Passed passed;

    /**
     * A walk from the head on over records that were all taken or done. They still are for as long as the head is there and nothing
     * came back: whoever gives a record back counts that before it tells anybody, and if it is killed in between, its reaper does.
     */
    private record Passed(long returns, long head, long until) {
        boolean holds(long returnsNow, long headNow) {
            return returns == returnsNow && head == headNow;
        }
    }

    SlotRing(Memory memory, Geometry geometry, int index, long base, int owner, Reclaimer reclaimer) {
        super(memory, geometry, index, base, reclaimer);
        this.owner = owner;
        this.control = base + geometry.ringOffset(index) + QueueLayout.RING_HEADER_BYTES;
        this.leases = control + geometry.controlBytes(index);
        this.lapShift = Long.numberOfTrailingZeros(units);
        this.takeFrom = headSeen();
        this.claimFrom = headSeen();
        this.remembers = geometry.visibilityNanos() == 0;
    }

    @Override
    long largest() {
        return Math.min(super.largest(), (long) ControlWord.MAX_SPAN << unitShift);
    }

    long controlAddress(long position) {
        return control + ((long) index(position) << 3);
    }

    long word(long position) {
        // SYNC POINT with commit, acknowledge and every compare-and-set of a control word.
        return memory.getLongAcquire(controlAddress(position));
    }

    /** Where the {@link Lease} of the record at a position is, if the ring has leases. */
    long leaseAddress(long position) {
        return leases + ((long) index(position) << 3);
    }

    long lap(long position) {
        return position >>> lapShift;
    }

    /** See {@link ControlWord#age}. */
    int age(long word, long position) {
        return ControlWord.age(word, lap(position));
    }

    /**
     * Whether the position, which was right once, is a lap behind, given a head that was read after the word. If the head is not
     * past it, nobody can have begun another lap there: then the word is so old that its lap seems to come after this one.
     * Nothing starts there, as with any older word. That is so where all records had the same length for 2^27 laps.
     */
    private static boolean isBehind(int age, long position, long head) {
        return age > 0 && head > position;
    }

    private long after(long position, long word) {
        int span = ControlWord.span(word);
        if (span == 0) {
            throw damaged(position, "the word 0x" + Long.toHexString(word) + " has no span");
        }
        return position + span;
    }

    // ------------------------------------------------------------------------------------------ writing

    @Override
    long claim(long span) {
        long position = Math.max(claimFrom, headSeen());
        int steps = 0;
        for (; ; ) {
            long word = word(position);
            int age = age(word, position);
            if (age == 0) {
                position = after(position, word);
                if (++steps == STEPS) {
                    position = Math.max(position, memory.getLongAcquire(tailAddress));
                }
                continue;
            }
            if (age > 0 && isBehind(age, position, refreshHead())) {
                position = Math.max(memory.getLongAcquire(tailAddress), headSeen());
                continue;
            }
            long toEnd = units - index(position);
            boolean padding = span > toEnd;
            long need = padding ? toEnd : span;
            if (!(padding ? isFree(position, toEnd) : hasRoom(position, need))) {
                if (position - head() > units) {
                    throw damaged(position, "its end lies that far behind its head at " + head());
                }
                return FULL;
            }
            long claimed = ControlWord.word(
                    position >>> lapShift,
                    (int) need,
                    0,
                    padding ? 0 : owner,
                    false,
                    padding ? ControlWord.SKIPPED : ControlWord.CLAIMED);
            // Dead from here on: the reaper turns the claim into a skipped record of this very span.
            if (memory.compareAndSetLong(controlAddress(position), word, claimed)) {
                long next = position + need;
                // A hint for other processes, which all write it: as good when it comes once for a line of control
                // words.
                if (position >>> LINE_SHIFT != next >>> LINE_SHIFT) {
                    memory.putLongRelease(tailAddress, next);
                }
                claimFrom = next;
                if (!padding) {
                    return position;
                }
                position = next;
            }
        }
    }

    /**
     * Says that the record holds a reference, which was written before. From here on the reaper of a dead producer looks
     * whether the block is enqueued; before, what lies where the reference will be may be anything.
     */
    @Override
    void markReference(long position, long reference) {
        long word = word(position);
        memory.putLongRelease(controlAddress(position), ControlWord.withReference(word));
    }

    @Override
    boolean commit(long position, long span) {
        long address = controlAddress(position);
        // Nobody else changes a claim while its owner is alive and in here.
        long word = memory.getLong(address);
        // SYNC POINT with word: publishes the record.
        memory.putLongRelease(address, ControlWord.with(word, 0, ControlWord.COMMITTED));
        return true;
    }

    @Override
    void abort(long position) {
        change(position, ControlWord.CLAIMED, ControlWord.SKIPPED);
    }

    /**
     * Commits what was claimed in one piece as several records, all at once.
     *
     * @param spans spans of all records but the last
     */
    boolean commitBatch(long position, int[] spans, int count, long total) {
        long word = word(position);
        if (!isMine(word, position, ControlWord.CLAIMED)) {
            return false;
        }
        // Whoever reads the chain now steps over the whole claim; whoever reads it later finds every record of it.
        long at = position;
        long left = total;
        for (int i = 0; i < count; i++) {
            int span = i == count - 1 ? (int) left : spans[i];
            if (i > 0) {
                long part = ControlWord.withSpan(ControlWord.with(word, 0, ControlWord.COMMITTED), span);
                memory.putLongRelease(controlAddress(at), part);
            }
            at += span;
            left -= span;
        }
        long first = ControlWord.with(word, 0, ControlWord.COMMITTED);
        return memory.compareAndSetLong(
                controlAddress(position), word, count == 1 ? first : ControlWord.withSpan(first, spans[0]));
    }

    /** From one state of this process to one of nobody. */
    private boolean change(long position, int from, int to) {
        long word = word(position);
        return isMine(word, position, from)
                && memory.compareAndSetLong(controlAddress(position), word, ControlWord.with(word, 0, to));
    }

    private boolean isMine(long word, long position, int state) {
        return age(word, position) == 0 && ControlWord.state(word) == state && ControlWord.owner(word) == owner;
    }

    // ------------------------------------------------------------------------------------------ reading by cursor

    @Override
    long limit(long position) {
        long at = position;
        for (int i = 0; i < SCAN; i++) {
            long word = word(at);
            if (age(word, at) != 0 || !isReadable(word)) {
                break;
            }
            at = after(at, word);
        }
        return at;
    }

    private static boolean isReadable(long word) {
        int state = ControlWord.state(word);
        return state == ControlWord.COMMITTED || state == ControlWord.SKIPPED;
    }

    @Override
    long span(long position) {
        return after(position, memory.getLong(controlAddress(position))) - position;
    }

    @Override
    long messageSpan(long position, long recordWord) {
        long word = memory.getLong(controlAddress(position));
        return ControlWord.state(word) == ControlWord.COMMITTED ? after(position, word) - position : 0;
    }

    @Override
    boolean isMessage(long position) {
        return ControlWord.state(memory.getLong(controlAddress(position))) == ControlWord.COMMITTED;
    }

    @Override
    boolean refersToBlock(long position) {
        return ControlWord.isReference(memory.getLong(controlAddress(position)));
    }

    @Override
    long end() {
        long position = Math.max(memory.getLongAcquire(tailAddress), head());
        for (; ; ) {
            long word = word(position);
            int age = age(word, position);
            if (age == 0) {
                position = after(position, word);
            } else if (isBehind(age, position, head())) {
                position = head();
            } else {
                return position;
            }
        }
    }

    // ------------------------------------------------------------------------------------------ competing for records

    /**
     * What was taken last. The word is the one it was taken by, and not to be read again: where there is a visibility time-out,
     * the record may be somebody else's already.
     */
    static final class Taken {
        long position;
        long word;
    }

    /** Says when a message that somebody took counts as lost by it. */
    interface Leases {
        /** Whether the one who took the record has had it for too long. */
        boolean isOver(long position, long word);
    }

    /**
     * Takes the first message that nobody has.
     *
     * <p>It begins where this process last took something, but says that there is nothing only after a look from the head on, or from
     * where an earlier look from there came to if nothing came back since: a message that came back from a dead consumer lies
     * behind.
     *
     * @param again whether to begin at the head
     * @return whether there was one
     */
    boolean take(Leases leases, boolean again, Taken taken) {
        long returns = memory.getLongAcquire(returnsAddress);
        long head = head();
        long position = returns == returnsSeen && !again ? Math.max(takeFrom, head) : head;
        boolean fromHead = position == head;
        int passedRecords = 0;
        for (; ; ) {
            long word = word(position);
            int age = age(word, position);
            int state = ControlWord.state(word);
            if (age > 0 && isBehind(age, position, head())) {
                head = head();
                position = head;
                passedRecords = 0;
                fromHead = true;
            } else if (age != 0 || state == ControlWord.CLAIMED) {
                if (fromHead) {
                    remember(returns, head, passedRecords, position);
                    return false;
                }
                head = head();
                position = whereToLook(returns, head);
                passedRecords = 0;
                fromHead = true;
            } else if (state == ControlWord.COMMITTED) {
                if (take(position, word, taken)) {
                    takeFrom = after(position, word);
                    returnsSeen = returns;
                    return true;
                }
            } else if (state == ControlWord.TAKEN && leases.isOver(position, word)) {
                giveBack(position, word);
            } else {
                position = after(position, word);
                passedRecords++;
            }
        }
    }

    /** Where to look first, or -1 if something came back, and is to be looked for from the head on. */
    long takeFrom() {
        return memory.getLongAcquire(returnsAddress) == returnsSeen ? Math.max(takeFrom, head()) : -1;
    }

    /** Everything before that was taken, by this process or by others. */
    void tookUntil(long position) {
        takeFrom = position;
    }

    int owner() {
        return owner;
    }

    private boolean take(long position, long word, Taken taken) {
        // Dead from here on: the reaper commits it again, with one more attempt.
        long mine = ControlWord.with(word, owner, ControlWord.TAKEN);
        if (!memory.compareAndSetLong(controlAddress(position), word, mine)) {
            return false;
        }
        taken.position = position;
        taken.word = mine;
        return true;
    }

    /** Takes the oldest message, unless somebody has it. */
    boolean takeOldest(Taken taken) {
        long position = advance();
        long word = word(position);
        return age(word, position) == 0
                && ControlWord.state(word) == ControlWord.COMMITTED
                && take(position, word, taken);
    }

    /** Whether there is something to take. Changes nothing. */
    boolean hasMessage(Leases leases) {
        long position = head();
        int far = remembers ? FAR : Integer.MAX_VALUE;
        for (int passedRecords = 0; passedRecords < far; ) {
            long word = word(position);
            int age = age(word, position);
            int state = ControlWord.state(word);
            if (age > 0 && isBehind(age, position, head())) {
                position = head();
            } else if (age != 0 || state == ControlWord.CLAIMED) {
                return false;
            } else if (state == ControlWord.COMMITTED
                    || (state == ControlWord.TAKEN && leases.isOver(position, word))) {
                return true;
            } else {
                position = after(position, word);
                passedRecords++;
            }
        }
        return hasMessageFarOn();
    }

    /** As {@link #hasMessage}, where somebody keeps a message and others after it are done. */
    private boolean hasMessageFarOn() {
        long returns = memory.getLongAcquire(returnsAddress);
        long head = head();
        long position = whereToLook(returns, head);
        int passedRecords = 0;
        for (; ; ) {
            long word = word(position);
            int age = age(word, position);
            int state = ControlWord.state(word);
            if (age > 0 && isBehind(age, position, head())) {
                head = head();
                position = head;
                passedRecords = 0;
            } else if (age != 0 || state == ControlWord.CLAIMED) {
                remember(returns, head, passedRecords, position);
                return false;
            } else if (state == ControlWord.COMMITTED) {
                return true;
            } else {
                position = after(position, word);
                passedRecords++;
            }
        }
    }

    /** Where to begin to look for a message, given how many came back and the head, both read in this order. */
    private long whereToLook(long returns, long head) {
        Passed known = passed;
        return known != null && known.holds(returns, head) ? known.until : head;
    }

    /** Everything from the head to a position was taken or done, and so many records of it were looked at one by one. */
    private void remember(long returns, long head, int passedRecords, long position) {
        if (remembers && passedRecords >= FAR) {
            passed = new Passed(returns, head, position);
            takeFrom = position;
            returnsSeen = returns;
        }
    }

    /** One who looks at records. */
    interface Visitor {
        /** Looks at one; false to stop. */
        boolean visit(long position, long word);
    }

    /** Shows every message that nobody has, from the head on; others may take them meanwhile. */
    void forEachCommitted(Visitor visitor) {
        long start = head();
        long position = start;
        while (position - start < units) {
            long word = word(position);
            if (age(word, position) != 0) {
                return;
            }
            if (ControlWord.state(word) == ControlWord.COMMITTED && !visitor.visit(position, word)) {
                return;
            }
            position = after(position, word);
        }
    }

    /** Shows every message that is not done, those that somebody has included. */
    void forEachUndone(Visitor visitor) {
        long start = head();
        long position = start;
        while (position - start < units) {
            long word = word(position);
            if (age(word, position) != 0) {
                return;
            }
            int state = ControlWord.state(word);
            if ((state == ControlWord.COMMITTED || state == ControlWord.TAKEN) && !visitor.visit(position, word)) {
                return;
            }
            position = after(position, word);
        }
    }

    /** Whether a record has not changed since its word was read. */
    boolean isStill(long position, long word) {
        memory.acquireFence();
        return word(position) == word;
    }

    /** Takes a message that was committed with this very word; the word by which it was taken, or 0. */
    long takeThis(long position, long word) {
        long taken = ControlWord.with(word, owner, ControlWord.TAKEN);
        return memory.compareAndSetLong(controlAddress(position), word, taken) ? taken : 0;
    }

    /** First half of acknowledging a record that refers to a block; false if it is not the taker's any more. */
    boolean beginFreeing(long position, long word) {
        return memory.compareAndSetLong(
                controlAddress(position), word, ControlWord.with(word, owner, ControlWord.FREEING));
    }

    /** Second half, when the block is free. */
    void endFreeing(long position) {
        memory.putLongRelease(controlAddress(position), ControlWord.with(word(position), 0, ControlWord.DONE));
    }

    /** Commits a taken record again; false if it changed meanwhile. */
    boolean giveBack(long position, long word) {
        if (!memory.compareAndSetLong(controlAddress(position), word, ControlWord.returned(word))) {
            return false;
        }
        memory.getAndAddLong(returnsAddress, 1);
        return true;
    }

    /** Ends a record that was taken with this very word; false if it is not the taker's any more. */
    boolean acknowledge(long position, long word) {
        // SYNC POINT with word: what the taker read is read.
        return memory.compareAndSetLong(controlAddress(position), word, ControlWord.with(word, 0, ControlWord.DONE));
    }

    /** As {@link #acknowledge}, where nobody can take a record away from its taker. */
    void done(long position, long word) {
        // SYNC POINT with word: what the taker read is read.
        memory.putLongRelease(controlAddress(position), ControlWord.with(word, 0, ControlWord.DONE));
    }

    /** Moves the head over what is done; returns it. */
    long advance() {
        long word = memory.getLongAcquire(headAddress);
        long head = word >>> QueueLayout.HEAD_SHIFT;
        long to = doneFrom(head);
        return to == head || !moveHead(word, to) ? head() : to;
    }

    /** End of what is done, from the head on. */
    long doneUntil() {
        return doneFrom(head());
    }

    private long doneFrom(long head) {
        long to = head;
        while (to - head < units) {
            long record = word(to);
            int state = ControlWord.state(record);
            if (age(record, to) != 0 || !(state == ControlWord.DONE || state == ControlWord.SKIPPED)) {
                break;
            }
            to = after(to, record);
        }
        return to;
    }
}
