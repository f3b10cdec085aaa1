# Explicit-state check of a ring for competing consumers whose messages are references to blocks, with the state FREEING.
# One producer, two consumers, a reaper that may die and begins again; the producer and one consumer may die at any step.
# A step is one access to shared memory. Sequentially consistent.
#
#   python3 ring.py           the protocol: expects "bad=0 leaks=0 lost=0"
#   python3 ring.py early     the word says that there is a reference before it is written, and the reaper believes what it finds
#   python3 ring.py free      a block is freed before the word says FREEING: a message seen whose block is gone
import sys
from collections import deque

ARG = sys.argv[1] if len(sys.argv) > 1 else ""
SLOTS, BLOCKS, MESSAGES = 2, 2, 3
FREE, TENT, QUEUED = "FTQ"
CLAIMED, COMMITTED, SKIPPED, TAKEN, DONE, FREEING = range(1, 7)

# A slot: lap, state, owner, is reference | reference (block, stamp) or None. A block: state, owner, stamp.
# A process: pc, alive (2: dead and not reaped), position, block, stamp.
START = (
    ((0, DONE, 0, 0),) * SLOTS,
    (None,) * SLOTS,
    tuple((FREE, 0, i) for i in range(BLOCKS)),
    SLOTS,  # head
    BLOCKS,  # next stamp
    ((0, 1, 0, 0, 0), (0, 1, 0, 0, 0), (0, 1, 0, 0, 0)),
    0,  # messages sent, committed or not
    frozenset(),  # committed, by stamp
    frozenset(),  # acknowledged or in the hands of who is about to, by stamp
    None,  # reaper: owner, slot, step
    1,  # deaths of reapers left
    (1, 1),  # deaths left: the producer's, a consumer's
)


def put(t, i, v):
    return t[:i] + (v,) + t[i + 1 :]


def successors(s):
    ctl, ref, blk, head, stamp, procs, sent, committed, seen, reaper, rdeaths, deaths = s

    def state(**k):
        d = dict(ctl=ctl, ref=ref, blk=blk, head=head, stamp=stamp, procs=procs, sent=sent, committed=committed)
        d.update(seen=seen, reaper=reaper, rdeaths=rdeaths, deaths=deaths)
        d.update(k)
        return tuple(d.values())

    for me in (1, 2, 3):
        pc, alive, pos, b, st = procs[me - 1]
        if alive != 1:
            continue

        def go(pc2, pos2=pos, b2=b, st2=st, **k):
            return state(procs=put(procs, me - 1, (pc2, 1, pos2, b2, st2)), **k)

        kind = 0 if me == 1 else 1
        if me < 3 and pc > 0 and deaths[kind]:
            yield state(procs=put(procs, me - 1, (pc, 2, pos, b, st)), deaths=put(deaths, kind, 0))
        slot = pos % SLOTS
        if me == 1:
            if pc == 0 and sent < MESSAGES:
                for i in range(BLOCKS):
                    if blk[i][0] == FREE:
                        yield go(1, 0, i, stamp, blk=put(blk, i, (TENT, me, stamp)), stamp=stamp + 1, sent=sent + 1)
                        break
            elif pc == 1:
                at = next((p for p in range(head, head + SLOTS) if ctl[p % SLOTS][0] != p // SLOTS), None)
                if at is not None:
                    yield go(2, at, ctl=put(ctl, at % SLOTS, (at // SLOTS, CLAIMED, me, ARG == "early")))
            elif pc == 2:
                yield go(3, ref=put(ref, slot, (b, stamp)), st2=stamp, stamp=stamp + 1)
            elif pc == 3:
                yield go(4, ctl=put(ctl, slot, ctl[slot][:3] + (1,)))
            elif pc == 4:
                yield go(5, blk=put(blk, b, (QUEUED, 0, st)))
            elif pc == 5:
                yield go(0, 0, 0, 0, ctl=put(ctl, slot, (ctl[slot][0], COMMITTED, 0, 1)), committed=committed | {st})
        else:
            if pc == 0:
                for p in range(head, head + SLOTS):
                    w = ctl[p % SLOTS]
                    if w[0] != p // SLOTS or w[1] == CLAIMED:
                        break
                    if w[1] == COMMITTED:
                        yield go(1, p, ctl=put(ctl, p % SLOTS, (w[0], TAKEN, me, 1)))
                        break
            elif pc == 1:
                i, t = ref[slot]
                if blk[i] != (QUEUED, 0, t):
                    yield "bad"
                else:
                    yield go(3 if ARG == "free" else 2, b2=i, st2=t)
            elif pc == 2:
                word = (ctl[slot][0], FREEING, me, 1)
                yield go(3, ctl=put(ctl, slot, word), seen=seen | {st})
            elif pc == 3:
                if blk[b] == (QUEUED, 0, st):
                    yield go(4, blk=put(blk, b, (TENT, me, stamp)), stamp=stamp + 1, seen=seen | {st}, st2=stamp)
                else:
                    yield "bad"
            elif pc == 4:
                yield go(5, blk=put(blk, b, (FREE, 0, stamp)), stamp=stamp + 1)
            elif pc == 5:
                yield go(0, 0, 0, 0, ctl=put(ctl, slot, (ctl[slot][0], DONE, 0, 1)))
    w = ctl[head % SLOTS]
    if w[0] == head // SLOTS and w[1] in (DONE, SKIPPED):
        yield state(head=head + 1)
    # ---- the reaper: slots, then blocks
    if reaper is None:
        for me in (1, 2, 3):
            if procs[me - 1][1] == 2:
                yield state(reaper=(me, 0, 0))
        return
    dead, at, step = reaper
    if rdeaths:
        yield state(reaper=None, rdeaths=0)
    if at < SLOTS:
        w = ctl[at]
        if w[2] != dead:
            yield state(reaper=(dead, at + 1, 0))
        elif step == 0 and w[3] and w[1] in (CLAIMED, FREEING):
            r = ref[at]
            if r and blk[r[0]][0] == QUEUED and (ARG == "early" or blk[r[0]][2] == r[1]):
                yield state(blk=put(blk, r[0], (TENT, dead, stamp)), stamp=stamp + 1, reaper=(dead, at, 1))
            else:
                yield state(reaper=(dead, at, 1))
        else:
            to = {CLAIMED: SKIPPED, TAKEN: COMMITTED, FREEING: DONE}[w[1]]
            yield state(ctl=put(ctl, at, (w[0], to, 0, w[3])), reaper=(dead, at + 1, 0))
    elif at < SLOTS + BLOCKS:
        i = at - SLOTS
        if blk[i][0] == TENT and blk[i][1] == dead:
            yield state(blk=put(blk, i, (FREE, 0, stamp)), stamp=stamp + 1, reaper=(dead, at + 1, 0))
        else:
            yield state(reaper=(dead, at + 1, 0))
    else:
        yield state(procs=put(procs, dead - 1, (0, 0, 0, 0, 0)), reaper=None)


def canonical(s):
    """Stamps only ever grow; which numbers they are does not matter."""
    ctl, ref, blk, head, stamp, procs, sent, committed, seen, reaper, rdeaths, deaths = s
    used = sorted({b[2] for b in blk} | {r[1] for r in ref if r} | {p[4] for p in procs} | set(committed) | set(seen))
    name = {v: i for i, v in enumerate(used)}
    return (
        ctl,
        tuple((r[0], name[r[1]]) if r else None for r in ref),
        tuple((b[0], b[1], name[b[2]]) for b in blk),
        head,
        len(used),
        tuple(p[:4] + (name[p[4]],) for p in procs),
        sent,
        frozenset(name[v] for v in committed),
        frozenset(name[v] for v in seen),
        reaper,
        rdeaths,
        deaths,
    )


def main():
    start = canonical(START)
    known, queue = {start}, deque([start])
    bad = leaks = lost = ends = 0
    while queue and not (ARG and bad + leaks + lost):
        s = queue.popleft()
        ctl, ref, blk, head, _, procs, sent, committed, seen, reaper, _, _ = s
        idle = reaper is None and all(p[0] == 0 and p[1] != 2 for p in procs)
        if idle and ctl[head % SLOTS][0] != head // SLOTS and (sent == MESSAGES or not procs[0][1]):
            ends += 1
            leaks += any(b[0] != FREE for b in blk)
            lost += not committed <= seen
        for x in successors(s):
            if x == "bad":
                bad += 1
                continue
            x = canonical(x)
            if x not in known:
                known.add(x)
                queue.append(x)
    print(f"ring {ARG or 'as built'}: states={len(known)} ends={ends} bad={bad} leaks={leaks} lost={lost}")


main()
