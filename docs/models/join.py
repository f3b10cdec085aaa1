# Explicit-state check of a cursor that joins while the head moves, with a death after every step of the one who joins.
# A step is one access to shared memory. Positions count records; the ring holds N. Sequentially consistent.
#
#   python3 join.py          the protocol: expects "bad=0"
#   python3 join.py kept     without the state PLACING: one who dies while it joins leaves a cursor that is kept
#   python3 join.py touch    without the touch of the head: a cursor behind the head
#   python3 join.py lossy    a lossy ring, where senders move cursors: expects "bad=0"
#   python3 join.py jump     a lossy ring, where the step to the end is a plain store
import sys
from collections import deque

ARG = sys.argv[1] if len(sys.argv) > 1 else ""
LOSSY = ARG in ("lossy", "jump")
N, SENDS = 2, 5
NOBODY, ARRIVING, PLACING, PRESENT, AWAY = range(5)
HOLDS = (PLACING, PRESENT, AWAY)

# head, joins, tail | the cursor: state, position | joiner: pc, head seen, joins seen, end seen |
# sender: pc, head seen, joins seen, slowest seen, pushed from | deaths left
START = (0, 0, 0, NOBODY, 0, (0, 0, 0, 0), (0, 0, 0, 0, 0), 1)


def successors(s):
    head, joins, tail, state, pos, j, p, deaths = s
    pc, jh, jj, je = j
    # ---- the one who joins; pc 9 is done, 8 is dead and not reaped, 7 is reaped
    if pc < 7:
        if deaths and pc > 0:
            yield head, joins, tail, state, pos, (8, 0, 0, 0), p, deaths - 1
        if pc == 0:
            yield head, joins, tail, ARRIVING, pos, (1, 0, 0, 0), p, deaths
        elif pc == 1:
            yield head, joins, tail, state, pos, (2, head, joins, 0), p, deaths
        elif pc == 2:
            yield head, joins, tail, state, jh, (3, jh, jj, 0), p, deaths
        elif pc == 3:
            shown = state if state != ARRIVING else (PRESENT if ARG == "kept" else PLACING)
            yield head, joins, tail, shown, pos, (4, jh, jj, 0), p, deaths
        elif pc == 4:
            if ARG == "touch":
                yield head, joins, tail, state, pos, (5, 0, 0, 0), p, deaths
            elif (head, joins) == (jh, jj):
                yield head, (joins + 1) % 4, tail, state, pos, (5, 0, 0, 0), p, deaths
            else:
                yield head, joins, tail, state, pos, (1, 0, 0, 0), p, deaths
        elif pc == 5:
            # From the oldest: stays where it is.
            yield head, joins, tail, PRESENT, pos, (9, 0, 0, 0), p, deaths
            yield head, joins, tail, state, pos, (6, pos, 0, tail), p, deaths
        elif pc == 6:
            # Forward only, and by compare-and-set where others move it too.
            if ARG == "jump" or (pos == jh and jh < je):
                yield head, joins, tail, PRESENT, je, (9, 0, 0, 0), p, deaths
            elif pos != jh and pos < je:
                yield head, joins, tail, state, pos, (6, pos, 0, je), p, deaths
            else:
                yield head, joins, tail, PRESENT, pos, (9, 0, 0, 0), p, deaths
    if pc == 8:
        after = AWAY if state == PRESENT else state if state == AWAY else NOBODY
        yield head, joins, tail, after, pos, (7, 0, 0, 0), p, deaths
    # ---- one who is there reads
    if pc == 9 and pos < tail and not LOSSY:
        yield head, joins, tail, state, pos + 1, j, p, deaths
    # ---- the sender
    pp, ph, pj, ps, pf = p
    if pp == 0 and tail < SENDS:
        if tail - head < N:
            yield head, joins, tail + 1, state, pos, j, p, deaths
        else:
            yield head, joins, tail, state, pos, j, (1, head, joins, 0, 0), deaths
    elif pp == 1:
        slowest = pos if state in HOLDS else tail
        yield head, joins, tail, state, pos, j, (2, ph, pj, min(slowest, tail), 0), deaths
    elif pp == 2:
        if ps > ph and (head, joins) == (ph, pj):
            yield ps, joins, tail, state, pos, j, (0, 0, 0, 0, 0), deaths
        elif ps > ph or not LOSSY:
            yield head, joins, tail, state, pos, j, (0, 0, 0, 0, 0), deaths
        else:
            yield head, joins, tail, state, pos, j, (3, 0, 0, 0, pos), deaths
    elif pp == 3:
        # Drops the oldest of the slowest; what is behind the head cannot be read, so there is nothing to drop.
        moved = pos + 1 if state in HOLDS and pos == pf and head <= pos < tail else pos
        yield head, joins, tail, state, moved, j, (0, 0, 0, 0, 0), deaths


def is_bad(s):
    head, _, _, state, pos, j, _, _ = s
    # Whoever may read, now or when it comes back, reads nothing that was overwritten.
    return state == AWAY and pos < head or state == PRESENT and j[0] == 9 and pos < head


def main():
    seen, queue, bad, first = {START}, deque([START]), 0, None
    while queue:
        s = queue.popleft()
        if is_bad(s):
            bad, first = bad + 1, first or s
        for x in successors(s):
            if x not in seen:
                seen.add(x)
                queue.append(x)
    print(f"join {ARG or 'as built'}: states={len(seen)} bad={bad}" + (f" first={first}" if first else ""))


main()
